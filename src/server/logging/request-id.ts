import { randomUUID } from 'node:crypto';

/** A proxy's id is taken over where it can stand in a log line and a header without harm. */
const SANE = /^[A-Za-z0-9._-]{1,64}$/;

/** The id of a request: its `x-request-id` where that is 1 to 64 of `A-Z a-z 0-9 . _ -`, otherwise a new UUID. */
export function requestIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && SANE.test(header) ? header : randomUUID();
}
