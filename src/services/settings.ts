import type { AspectRatio, Mode, PresetConfiguration, Quality, RuntimeConfiguration } from '../config/runtime.js';
import type { SettledSettings } from '../domain/generation-settings.js';
import type { InputCheck } from '../domain/input.js';
import { paragraphOrNull } from './text.js';

/** What a generation is made with, as a person or a curator gives it; absent and null are the same: nothing is given. */
export interface SettingsInput {
  readonly mode?: Mode | null | undefined;
  /** A preset's id. */
  readonly roomType?: string | null | undefined;
  /** A preset's id. */
  readonly style?: string | null | undefined;
  readonly prompt?: string | null | undefined;
  readonly aspectRatio?: AspectRatio | null | undefined;
  readonly quality?: Quality | null | undefined;
  readonly variants?: number | null | undefined;
}

/** What was given of it, checked: the rest follows the defaults. */
export type GivenSettings = Readonly<Partial<SettledSettings>>;

export const ids = (presets: readonly PresetConfiguration[]): string[] => presets.map(({ id }) => id);

/** The one mode that has no photo to start from, and so cannot be submitted without words. */
export const needsPrompt = (mode: Mode): boolean => mode === 'imagine';

/**
 * Checks settings against today's presets, and gives what was given of them: what was left open follows the defaults. What
 * is wrong is told to `check` under `path`.
 */
export function checkSettings(
  { modes, roomTypes, styles, aspectRatios, qualities, defaults, limits }: RuntimeConfiguration,
  input: SettingsInput,
  check: InputCheck,
  path: readonly string[],
): GivenSettings {
  function oneOf<T extends string>(field: string, value: T | null | undefined, known: readonly T[]): T | null {
    if (value != null && !known.includes(value)) {
      check.issue([...path, field], `"${quoted(value)}" is not offered. Choose one of ${known.join(', ')}, or none.`);
    }
    return value ?? null;
  }

  const prompt = input.prompt == null ? null : paragraphOrNull(check, [...path, 'prompt'], input.prompt, limits.maxPromptLength);
  if (prompt === null && needsPrompt(input.mode ?? defaults.mode)) {
    check.issue([...path, 'prompt'], 'A room that is imagined is made from words alone: give a prompt, or choose another mode.');
  }
  const settings = {
    mode: oneOf('mode', input.mode, modes),
    roomType: oneOf('roomType', input.roomType, ids(roomTypes)),
    style: oneOf('style', input.style, ids(styles)),
    prompt,
    aspectRatio: oneOf('aspectRatio', input.aspectRatio, aspectRatios),
    quality: oneOf('quality', input.quality, qualities),
    variants: input.variants == null ? null : check.integer([...path, 'variants'], input.variants, 1, limits.maxVariants),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

/** The first `length` characters (code points), as `InputCheck` counts them. */
export function start(text: string, length: number): string {
  return text.length <= length ? text : [...text].slice(0, length).join('');
}

/** A stored value of any type, short enough for a sentence. */
export function quoted(value: unknown): string {
  return start(typeof value === 'string' ? value : JSON.stringify(value), 50);
}
