import type { InputCheck } from '../domain/input.js';

/** White space as `InputCheck` takes it off. */
const blank = /^[\s\u0085\u180e\u200b\ufeff]*$/u;

/** A text that may be left empty: null where it holds nothing but white space, else checked and trimmed. */
export function paragraphOrNull(check: InputCheck, path: readonly string[], text: string, max: number): string | null {
  return blank.test(text) ? null : check.paragraph(path, text, max);
}
