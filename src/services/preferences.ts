import { type InputCheck, isWellFormed } from '../domain/input.js';
import type { ProfileChange } from '../repositories/profiles.js';

/** What a person's preferences may weigh together, as the database writes them. */
export const maxPreferencesBytes = 16_384;

/** Characters of a key at any depth. */
const maxKeyLength = 100;

/** Objects and lists within each other. */
const maxDepth = 10;

/**
 * Checks what is to be merged into preferences: JSON of bounded depth whose text the database can keep (no U+0000, no
 * half of a character). What it all weighs is known after the merge. Undefined stays undefined: nothing is to change.
 */
export function checkPreferences(
  check: InputCheck,
  given: Readonly<Record<string, unknown>> | null | undefined,
): ProfileChange['preferences'] {
  if (given === undefined) return undefined;
  if (given === null) return { clear: true, set: {}, remove: [] };
  checkValue(check, ['preferences'], given, 1);
  const entries = Object.entries(given);
  return {
    clear: false,
    // From entries, because a key may be called __proto__.
    set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    remove: entries.filter(([, value]) => value === null).map(([key]) => key),
  };
}

/** Adds at most one issue, so that a hostile object does not make a thousand. */
function checkValue(check: InputCheck, path: readonly string[], value: unknown, depth: number): boolean {
  const refuse = (message: string): false => {
    check.issue(path, message);
    return false;
  };
  if (typeof value === 'string') return isStorable(value) || refuse('A text holds U+0000 or half of a character.');
  if (typeof value === 'number') return Number.isFinite(value) || refuse('A number is too large.');
  if (typeof value !== 'object' || value === null) return true;
  if (depth > maxDepth) return refuse(`Objects and lists may be ${maxDepth} levels deep.`);
  return Object.entries(value).every(([key, inner]) => {
    if (key === '' || key.length > maxKeyLength || !isStorable(key)) {
      return refuse(`A key must have 1 to ${maxKeyLength} characters, without U+0000 and halves of characters.`);
    }
    return checkValue(check, [...path, key], inner, depth + 1);
  });
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && isWellFormed(text);
}
