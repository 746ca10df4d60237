import type { AspectRatio, Mode, PresetConfiguration, Quality, RuntimeConfiguration } from '../../config/runtime.js';
import type { InputCheck } from '../../domain/input.js';
import { paragraphOrNull } from './text.js';

/** The settings that "Try this look" starts a generation with. */
export interface ApplySettings {
  readonly mode: Mode;
  /** A preset's id. */
  readonly roomType: string | null;
  /** A preset's id. */
  readonly style: string | null;
  readonly prompt: string | null;
  readonly aspectRatio: AspectRatio;
  readonly quality: Quality;
  readonly variants: number;
  /** What no longer fits today's presets and was replaced, in words. */
  readonly adjustments: readonly string[];
}

/** What a curator gives; absent and null are the same: nothing is given. */
export interface ApplySettingsInput {
  readonly mode?: Mode | null | undefined;
  readonly roomType?: string | null | undefined;
  readonly style?: string | null | undefined;
  readonly prompt?: string | null | undefined;
  readonly aspectRatio?: AspectRatio | null | undefined;
  readonly quality?: Quality | null | undefined;
  readonly variants?: number | null | undefined;
}

/** What is stored of a look's settings: what was given, in the words of `ApplySettings`. */
export type StoredSettings = Readonly<Partial<Omit<ApplySettings, 'adjustments'>>>;

const ids = (presets: readonly PresetConfiguration[]) => presets.map(({ id }) => id);

/** The one mode that has no photo to start from, and so cannot be submitted without words. */
const needsPrompt = (mode: Mode): boolean => mode === 'imagine';

/**
 * Checks settings against today's presets and gives what to store of them: only what was given, so that what was left
 * open follows the defaults as they change. What is wrong is told to `check` under `path`.
 */
export function checkApplySettings(
  { modes, roomTypes, styles, aspectRatios, qualities, defaults, limits }: RuntimeConfiguration,
  input: ApplySettingsInput,
  check: InputCheck,
  path: readonly string[],
): StoredSettings {
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

/**
 * Reads an item's stored settings against today's presets, so that they always can be submitted: what is absent becomes
 * the default silently, what no longer fits becomes the default (a preset: none) and is named in `adjustments`.
 * Null where nothing is stored, and where nothing could be submitted: no mode is offered that does without the prompt
 * that is missing.
 */
export function extractApplySettings(
  { modes, roomTypes, styles, aspectRatios, qualities, defaults, limits }: RuntimeConfiguration,
  stored: unknown,
): ApplySettings | null {
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) return null;
  const settings = stored as Record<string, unknown>;
  const adjustments: string[] = [];

  function choose<T, D>(what: string, value: unknown, known: readonly T[], fallback: D): T | D {
    if (value === undefined || value === null) return fallback;
    const match = known.find((candidate) => candidate === value);
    if (match !== undefined) return match;
    const instead = fallback === null ? 'it was left out' : `"${String(fallback)}" is used instead`;
    adjustments.push(`The ${what} "${quoted(value)}" is no longer offered; ${instead}.`);
    return fallback;
  }

  function readVariants(value: unknown): number {
    if (value === undefined || value === null) return defaults.variants;
    if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= limits.maxVariants) {
      return value as number;
    }
    const nearest = Number.isInteger(value)
      ? Math.min(Math.max(value as number, 1), limits.maxVariants)
      : defaults.variants;
    adjustments.push(`The number of variants must be from 1 to ${limits.maxVariants}; ${nearest} is used.`);
    return nearest;
  }

  function readPrompt(value: unknown): string | null {
    if (value === undefined || value === null) return null;
    if (typeof value !== 'string') {
      adjustments.push('The prompt was no text; it was left out.');
      return null;
    }
    // As on write: control characters stand in no prompt, and what shows nothing is none.
    const printable = value.replace(/[^\P{Cc}\t\n\r]|\p{Cs}/gu, '').trim();
    const prompt = start(printable, limits.maxPromptLength).trim();
    if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(prompt)) return null;
    if (printable !== value.trim()) adjustments.push('Characters that no text has were left out of the prompt.');
    if (prompt !== printable) adjustments.push(`The prompt was shortened to ${limits.maxPromptLength} characters.`);
    return prompt;
  }

  const settled = {
    mode: choose('mode', settings['mode'], modes, defaults.mode),
    roomType: choose('room type', settings['roomType'], ids(roomTypes), null),
    style: choose('style', settings['style'], ids(styles), null),
    prompt: readPrompt(settings['prompt']),
    aspectRatio: choose('aspect ratio', settings['aspectRatio'], aspectRatios, defaults.aspectRatio),
    quality: choose('quality', settings['quality'], qualities, defaults.quality),
    variants: readVariants(settings['variants']),
  };
  if (settled.prompt !== null || !needsPrompt(settled.mode)) return { ...settled, adjustments };
  const mode = [defaults.mode, ...modes].find((candidate) => !needsPrompt(candidate));
  if (mode === undefined) return null;
  adjustments.push(`A room that is imagined needs a prompt, and there is none; "${mode}" is used instead.`);
  return { ...settled, mode, adjustments };
}

/** The first `length` characters (code points), as `InputCheck` counts them. */
function start(text: string, length: number): string {
  return text.length <= length ? text : [...text].slice(0, length).join('');
}

/** A stored value of any type, short enough for a sentence. */
function quoted(value: unknown): string {
  return start(typeof value === 'string' ? value : JSON.stringify(value), 50);
}
