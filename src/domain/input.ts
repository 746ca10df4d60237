import { type InputIssue, InvalidInput } from './user-errors.js';

/**
 * Collects what is wrong with an input, so that a client is told everything at once. Each check returns the value to go
 * on with; after a wrong one that value means nothing, and `done` throws.
 */
export interface InputCheck {
  /** Adds an issue. */
  issue(path: readonly string[], message: string): void;
  /**
   * Text for people: trimmed, from 1 to `max` characters (code points), with something to see, on one line.
   * Control characters are refused: none belongs in a name, and the database takes no U+0000.
   */
  line(path: readonly string[], text: string, max: number): string;
  /** Like `line`, and may have line breaks and tabs. */
  paragraph(path: readonly string[], text: string, max: number): string;
  /** A whole number from `min` to `max`. */
  integer(path: readonly string[], value: number, min: number, max: number): number;
  /** A list of `min` to `max` entries, duplicates counted; returned without them, in their order. */
  batch(path: readonly string[], values: readonly string[], min: number, max: number): readonly string[];
  /** @throws InvalidInput where there was an issue. */
  done(): void;
}

export function checkInput(): InputCheck {
  const issues: InputIssue[] = [];
  const issue = (path: readonly string[], message: string): void => void issues.push({ path, message });

  function text(path: readonly string[], given: string, max: number, forbidden: RegExp): string {
    const name = path.at(-1) ?? 'input';
    const trimmed = trim(given);
    const length = [...trimmed].length;
    if (!isWellFormed(given)) issue(path, `"${name}" holds half of a character (a lone surrogate); send valid Unicode.`);
    else if (forbidden.test(trimmed)) issue(path, `"${name}" holds a control character, which no text for people has.`);
    else if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(trimmed)) issue(path, `"${name}" is empty: give it 1 to ${max} characters.`);
    else if (length > max) issue(path, `"${name}" may have at most ${max} characters, and has ${length}.`);
    return trimmed;
  }

  return {
    issue,
    line: (path, given, max) => text(path, given, max, /\p{Cc}|[\u2028\u2029]/u),
    paragraph: (path, given, max) => text(path, given, max, /[^\P{Cc}\t\n\r]/u),
    integer(path, value, min, max) {
      if (!Number.isInteger(value) || value < min || value > max) {
        issue(path, `"${path.at(-1) ?? 'input'}" must be from ${min} to ${max}, and was ${value}.`);
      }
      return value;
    },
    batch(path, values, min, max) {
      if (values.length < min || values.length > max) {
        issue(path, `"${path.at(-1) ?? 'input'}" takes ${min} to ${max} entries, and has ${values.length}.`);
      }
      return [...new Set(values)];
    },
    done() {
      const [first, ...more] = issues;
      if (first) throw new InvalidInput([first, ...more]);
    },
  };
}

/** What any reader would call white space, the database's [[:space:]] in any locale included. */
const space = /[\s\u0085\u180e\u200b\ufeff]/u;

/**
 * Character by character from both ends: a regular expression for the end begins anew at each space inside, and a
 * megabyte of spaces would hold the process for minutes.
 */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && space.test(text.charAt(start))) start += 1;
  while (end > start && space.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Half of a surrogate pair is no character: UTF-8 has no form for it, and jsonb refuses it. */
export function isWellFormed(text: string): boolean {
  return !/\p{Cs}/u.test(text);
}
