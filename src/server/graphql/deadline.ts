import type { Exchange } from '../http/exchange.js';

/** The operation was given up; its class is public (server/errors.ts). */
export class RequestTimeout extends Error {
  readonly code = 'REQUEST_TIMEOUT';
  readonly isPublic = true;

  constructor(seconds: number) {
    super(`The operation took longer than ${seconds} seconds and was given up. Ask for less at once, or try again.`);
    this.name = 'RequestTimeout';
  }
}

/**
 * Waits for `work`, at most so many seconds, and no longer than there is somebody to answer; then the exchange's signal
 * tells the work to stop, and this rejects with the signal's reason.
 */
export async function withDeadline<T>(exchange: Exchange, seconds: number, work: () => Promise<T>): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = exchange.onAbort(reject);
  });
  // Where it has aborted already nothing is begun, and the race is lost.
  const timer = setTimeout(() => exchange.abort(new RequestTimeout(seconds)), seconds * 1000);
  try {
    return await Promise.race([exchange.isAborted ? aborted : work(), aborted]);
  } finally {
    clearTimeout(timer);
    stop();
  }
}
