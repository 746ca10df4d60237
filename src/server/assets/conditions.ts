import fresh from 'fresh';
import type { IncomingHttpHeaders } from 'node:http';
import type { ByteRange, StoredObject } from '../../storage/storage.js';

/** The validators of an answer, as its headers carry them. */
export function validatorsOf(object: StoredObject): { etag: string; 'last-modified': string } {
  return { etag: `"${object.etag}"`, 'last-modified': object.lastModified.toUTCString() };
}

/** Whether the client's copy is good: If-None-Match, or without it If-Modified-Since (RFC 9110 §13.1). */
export function isUnmodified(headers: IncomingHttpHeaders, object: StoredObject): boolean {
  return fresh(headers, validatorsOf(object));
}

/** One range, both ends within the object; or why there is none: serve the whole, or say that nothing is there. */
export type RangeRequest = ByteRange | 'whole' | 'unsatisfiable';

/** Fifteen digits stay exact in a number; one more and the header is ignored as any other that makes no sense. */
const SINGLE_RANGE = /^bytes=[ \t]*(?:(\d{1,15})-(\d{1,15})?|-(\d{1,15}))[ \t]*$/i;

/**
 * Reads the Range header (RFC 9110 §14): `0-99`, `100-`, and `-100` for the last hundred. Several ranges, other units
 * and anything malformed are ignored, as the RFC allows, and so is a range whose If-Range names another content.
 *
 * Our own, although there is `range-parser` (and `send`, which uses it): that one answers 416 to a suffix longer than
 * the object, where the RFC asks for the whole object.
 */
export function requestedRange(headers: IncomingHttpHeaders, object: StoredObject): RangeRequest {
  const match = SINGLE_RANGE.exec(headers.range ?? '');
  if (match === null || !rangeStillApplies(headers['if-range'], object)) return 'whole';
  const size = object.byteSize;
  const [, first, last, suffix] = match;
  if (first === undefined) {
    const length = Math.min(Number(suffix), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === undefined ? Infinity : Number(last);
  if (end < start) return 'whole';
  return start >= size ? 'unsatisfiable' : { start, end: Math.min(end, size - 1) };
}

/** If-Range compares strongly: the exact tag, or the exact date (RFC 9110 §13.1.5). */
function rangeStillApplies(ifRange: string | string[] | undefined, object: StoredObject): boolean {
  if (ifRange === undefined) return true;
  const validators = validatorsOf(object);
  return ifRange === validators.etag || ifRange === validators['last-modified'];
}
