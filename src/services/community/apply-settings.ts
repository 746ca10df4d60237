import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { SettledSettings } from '../../domain/generation-settings.js';
import { type GivenSettings, ids, needsPrompt, quoted, start } from '../settings.js';

/** The settings that "Try this look" starts a generation with. */
export interface ApplySettings extends SettledSettings {
  /** What no longer fits today's presets and was replaced, in words. */
  readonly adjustments: readonly string[];
}

/** What is stored of a look's settings: what was given, in the words of `ApplySettings`. */
export type StoredSettings = GivenSettings;

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
