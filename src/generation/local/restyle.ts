import { drawFramed } from '../drawing/draw-layer.js';
import type { Palette } from '../drawing/palettes.js';
import { createRandom } from '../drawing/random.js';
import { daylightOf, lookOfPalette } from './look.js';
import { encodePng, openPixels, type Pixels } from './photo.js';
import { recolour } from './recolour.js';
import type { Reading, Spot } from './regions.js';
import type { Steps } from './steps.js';

/** What a variant is made of. */
export interface Variant {
  readonly jobId: string;
  /** A preset's id, or null. */
  readonly style: string | null;
  readonly palette: Palette;
  /** From 0. */
  readonly variant: number;
}

export const seedOf = ({ jobId, variant }: Variant): number => createRandom('grain', jobId, variant).whole(1, 0x7fffffff);

/** A photo in a style's colours and light, and with a picture on its wall where there is room for one. */
export async function restyle(photo: Pixels, reading: Reading, variant: Variant, steps: Steps): Promise<Buffer> {
  const look = lookOfPalette(reading.regions, variant.palette, variant);
  const restyled = await recolour(photo, reading, look, seedOf(variant), steps);
  await steps.done();
  if (reading.calm === null) return encodePng(openPixels(restyled));
  return encodePng(openPixels(restyled).composite([{ input: Buffer.from(hang(photo, reading, variant, reading.calm)) }]));
}

/** A framed picture in the wall's calmest place, as SVG. */
export function hang(photo: Pixels, reading: Reading, { jobId, palette, variant }: Variant, spot: Spot, content?: Buffer): string {
  const { width, height } = photo;
  const side = Math.min(spot.width * width, spot.height * height) * 0.84;
  const portrait = createRandom('frame', jobId, variant).chance(0.5);
  return drawFramed({
    width,
    height,
    palette,
    seed: `${jobId}/${variant}`,
    daylight: daylightOf(jobId, variant),
    lightFrom: reading.light.x < spot.x + spot.width / 2 ? -1 : 1,
    frame: {
      x: (spot.x + spot.width / 2) * width,
      y: (spot.y + spot.height / 2) * height,
      width: portrait ? side * 0.76 : side,
      height: portrait ? side : side * 0.76,
    },
    ...(content ? { content } : {}),
  });
}
