import type { ByteRange } from './storage.js';

/** Throws a RangeError unless it is 0 <= first <= last, in whole numbers. */
export function assertRange({ start, end }: ByteRange): void {
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return;
  throw new RangeError(`Bytes ${start} to ${end} are no range: give whole numbers, 0 <= first <= last.`);
}
