import { demoProfiles } from '../../config/demo-profiles.js';
import type { AspectRatio, RuntimeConfiguration } from '../../config/runtime.js';
import { createRandom, type Random } from '../../generation/drawing/random.js';
import { uuidAt } from './ids.js';
import { pictureSize, type PictureSize } from './pictures.js';

export const minute = 60_000;
export const day = 24 * 60 * minute;

/** What every part of the demo data is planned with. */
export interface DemoSetting {
  readonly now: Date;
  readonly configuration: RuntimeConfiguration;
  readonly random: Random;
  readonly people: { readonly demo: string; readonly other: string; readonly admin: string };
  /** Each greater than the one before, and none depends on `now`. */
  nextId(): string;
  /** That long before now. */
  ago(days: number, minutes?: number): Date;
  notLater(date: Date): Date;
  sizeOf(aspect: AspectRatio): PictureSize;
  /** Of an input photo: smaller, as nobody looks at it long. */
  photoSizeOf(aspect: AspectRatio): PictureSize;
}

export interface DemoSettingOptions {
  readonly now: Date;
  readonly configuration: RuntimeConfiguration;
  readonly pictureSide: number;
}

export function createDemoSetting({ now, configuration, pictureSide }: DemoSettingOptions): DemoSetting {
  const random = createRandom('roomfeed demo');
  // The profiles' ids begin with the same instant.
  let clock = 0x0197a0000000;
  return {
    now,
    configuration,
    random,
    people: {
      demo: idOf('demo@roomfeed.test'),
      other: idOf('other@roomfeed.test'),
      admin: idOf('admin@roomfeed.test'),
    },
    nextId: () => uuidAt((clock += 1), random),
    ago: (days, minutes = 0) => new Date(now.getTime() - days * day - minutes * minute),
    notLater: (date) => new Date(Math.min(date.getTime(), now.getTime())),
    sizeOf: (aspect) => pictureSize(aspect, pictureSide),
    photoSizeOf: (aspect) => pictureSize(aspect, Math.round(pictureSide * 0.75)),
  };
}

function idOf(email: string): string {
  const profile = demoProfiles.find((candidate) => candidate.email === email);
  if (profile === undefined) throw new Error(`There is no demo profile ${email}.`);
  return profile.id;
}
