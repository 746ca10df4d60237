import { StorageError, StorageUnavailable } from '../errors.js';

/** The store answered that there is no such object. Stays within the driver. */
export class NoSuchObject extends StorageError {
  override readonly name = 'NoSuchObject';
}

/** The object is shorter than the range that was asked of it. Stays within the driver. */
export class NoSuchRange extends StorageError {
  override readonly name = 'NoSuchRange';
}

/** The store answered, and does not let this key do what it asked. To the rest it is as unavailable as any. */
export class AccessRefused extends StorageUnavailable {}

/** What went wrong with one request: what was thrown, and the status that had come by then, if any. */
export interface Failure {
  readonly error: unknown;
  readonly status: number | null;
}

/** The store is busy or at fault itself, and may not be in a moment. 501 is the answer to what it will never do. */
export function isPassing(status: number | null): boolean {
  return status === 408 || status === 429 || (status !== null && status >= 500 && status !== 501);
}

/**
 * Whether the same request may succeed in a moment: nothing or half an answer came, or the store was busy. Every request
 * of the driver may be repeated, as a key's content never changes.
 */
export function isRepeatable({ error, status }: Failure): boolean {
  if (error instanceof StorageError) return false;
  // A 2xx whose body was cut off, or told of an error after all, as a copy's and a bulk deletion's may.
  return status === null || status < 300 || isPassing(status);
}

/**
 * A failure in the words of the interface. The client's errors hold whatever the server sent, with signatures and the
 * canonical request among it, so that nothing of theirs but the code goes on; a system's error has none of that.
 */
export function explain({ error, status }: Failure): StorageError {
  if (error instanceof StorageError) return error;
  const code = codeOf(error);
  if (status === null || status < 300) return noAnswer(error, code);
  if (status === 404 && code === 'NoSuchBucket') return new StorageUnavailable(`The bucket does not exist (${code}). ${BUCKETS}`);
  if (status === 404) return new NoSuchObject('There is no such object.');
  if (status === 416) return new NoSuchRange('The object is shorter than the range.');
  const answer = code === null ? `HTTP ${status}` : `${code}, HTTP ${status}`;
  if (isPassing(status)) return new StorageUnavailable(`The S3 store is busy or at fault (${answer}). Try again in a moment.`);
  if (status === 301 || status === 307 || status === 400) {
    return new StorageUnavailable(`The S3 store did not take the request (${answer}). Check STORAGE_URL and STORAGE_REGION.`);
  }
  return new AccessRefused(
    `The S3 store refused the request (${answer}). Check STORAGE_ACCESS_KEY and STORAGE_SECRET_KEY, what they may do ` +
      `(docs/storage.md), and the clock of this machine.`,
  );
}

const BUCKETS = 'The gateway makes its buckets when it starts, where its key may; docs/storage.md says how to make them.';

function noAnswer(error: unknown, code: string | null): StorageUnavailable {
  const why = code ?? (error instanceof Error ? error.name : 'no answer');
  return new StorageUnavailable(
    `The S3 store does not answer, or not to the end (${why}). Check STORAGE_URL and STORAGE_TLS, and whether it runs.`,
    error instanceof Error && isSystemError(error) ? { cause: error } : {},
  );
}

/** A code in the manner of S3 (`AccessDenied`) or of Node (`ECONNREFUSED`); anything else a server could have made up. */
function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const { code } = error;
  return typeof code === 'string' && /^[A-Za-z_]{1,60}$/.test(code) ? code : null;
}

function isSystemError(error: Error): boolean {
  return 'syscall' in error;
}
