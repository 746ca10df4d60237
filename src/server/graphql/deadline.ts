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
  const { signal } = exchange;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  const timer = setTimeout(() => exchange.abort(new RequestTimeout(seconds)), seconds * 1000);
  try {
    signal.throwIfAborted();
    return await Promise.race([work(), aborted]);
  } finally {
    clearTimeout(timer);
    stop();
  }
}
