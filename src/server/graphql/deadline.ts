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
 * tells the work to stop, and this rejects with the signal's reason. What is done at once is waited for by no timer.
 */
export function withDeadline<T>(exchange: Exchange, seconds: number, work: () => Promise<T> | T): Promise<T> | T {
  // Where it has aborted already nothing is begun.
  if (exchange.isAborted) return new Promise((_resolve, reject) => void exchange.onAbort(reject));
  const working = work();
  if (!(working instanceof Promise)) return working;
  return new Promise<T>((resolve, reject) => {
    const stop = exchange.onAbort((reason) => {
      clearTimeout(timer);
      reject(reason);
    });
    const timer = setTimeout(() => exchange.abort(new RequestTimeout(seconds)), seconds * 1000);
    const over = (): void => {
      clearTimeout(timer);
      stop();
    };
    working.then(
      (value) => {
        over();
        resolve(value);
      },
      (error: unknown) => {
        over();
        reject(error);
      },
    );
  });
}
