import { InvalidStorageKey } from './errors.js';

/** A signed URL holds its key and stays far below the 2,000 characters that every client and proxy takes. */
export const MAX_KEY_LENGTH = 512;

/** Leaves room for what a driver appends to a name: file systems allow 255 bytes. */
const MAX_SEGMENT_LENGTH = 200;

/** Published copies: the only keys that are read without a signature. */
export const PUBLIC_PREFIX = 'community/';

/**
 * ASCII alone, although files and S3 would take more: no two spellings of one name (Unicode has several for é),
 * nothing to escape in a URL, the same order everywhere. No dot at the start: that keeps `.`, `..` and a driver's own
 * files out.
 */
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** What is wrong with a key, or null. */
function keyProblem(key: string): string | null {
  if (key.length === 0) return 'it is empty';
  if (key.length > MAX_KEY_LENGTH) return `it is longer than ${MAX_KEY_LENGTH} characters`;
  for (const segment of key.split('/')) {
    if (segment.length === 0) return 'it has an empty segment (a slash at an end, or two in a row)';
    if (segment.length > MAX_SEGMENT_LENGTH) return `a segment is longer than ${MAX_SEGMENT_LENGTH} characters`;
    if (!SEGMENT.test(segment)) return 'a segment may hold letters, digits, ".", "_" and "-", and not begin with "."';
  }
  return null;
}

/**
 * Whether a store may hold this key: slash-separated segments of `[A-Za-z0-9._-]`, none empty and none beginning with a
 * dot, at most 512 characters in all and 200 in a segment. So a valid key names something below the store's root,
 * whatever the driver does with it.
 */
export function isStorageKey(key: string): boolean {
  return keyProblem(key) === null;
}

/** Throws `InvalidStorageKey`, which says what is wrong, unless `isStorageKey(key)`. */
export function assertStorageKey(key: string): void {
  const problem = keyProblem(key);
  if (problem !== null) throw new InvalidStorageKey(key, problem);
}

/** Throws `InvalidStorageKey` unless it is what a key may begin with: folders, and the beginning of a name. */
export function assertPrefix(prefix: string): void {
  if (prefix !== '' && !isStorageKey(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix)) {
    throw new InvalidStorageKey(prefix, 'no key begins with it');
  }
}

/** Whether a key is readable by everybody at a plain URL (design: published community images). */
export function isPublicKey(key: string): boolean {
  return key.startsWith(PUBLIC_PREFIX);
}
