import { isDeepStrictEqual } from 'node:util';
import type { Answer } from '../app.js';
import { byText, type Outcome } from './rules.js';

/** An answer without its words for people, which must be there; an error of the whole request by its code. */
export function withoutWords(mutation: string, { data, errors }: Answer<Record<string, unknown>>): Outcome {
  if (errors) return errors.length === 1 ? { topLevel: errors[0]!.extensions.code } : { errors };
  const { message, issues, ...outcome } = withKeys(data[mutation]) as Outcome;
  if ('code' in outcome && (typeof message !== 'string' || message.length < 10)) {
    throw new Error(`${mutation} was refused without words: ${JSON.stringify(data)}`);
  }
  const places = issues as readonly { path: readonly string[] }[] | undefined;
  return { ...outcome, ...(places ? { issues: places.map(({ path }) => path).sort(byText) } : {}) };
}

/** Signed URLs as the keys that they are of: what else they hold is for others to test. */
export function withKeys(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, inner: unknown) => {
    if (name !== 'url' || typeof inner !== 'string') return inner;
    const { pathname } = new URL(inner);
    return pathname.startsWith('/assets/') ? pathname.slice('/assets/'.length) : inner;
  });
}

/** Jest tells best what differs, and takes a millisecond to find that nothing does. */
export function mustEqual(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}
