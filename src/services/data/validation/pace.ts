import { setTimeout as delay } from 'node:timers/promises';

/** What a pace is kept by; another one where a test has time pass. */
export interface PaceClock {
  /** Milliseconds since some beginning; never goes back. */
  now(): number;
  /** Resolves after so many milliseconds, and at once where the signal is aborted. */
  rest(ms: number, signal: AbortSignal): Promise<void>;
}

/** Timers know no shorter time: what is owed less is rested with the next part. */
const shortestTimerMs = 1;
/** A longer one would go off at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: PaceClock = {
  now: () => performance.now(),
  rest: (ms, signal) => delay(Math.min(ms, longestTimerMs), undefined, { signal }).catch(() => undefined),
};

/** Has long work take a share of the time, so that what goes on beside it has the rest. */
export interface Pace {
  /** Does a part of the work. It ends before there is a rest, and so holds no transaction or lock meanwhile. */
  work<T>(part: () => Promise<T>): Promise<T>;
  /**
   * Rests for what was worked since the last rest; not at all for less than a millisecond, which is owed until there is more.
   *
   * @throws the signal's reason, as soon as it is aborted.
   */
  rest(): Promise<void>;
}

/** @param share of the time that is worked: above 0, and at most 1, at which there is no rest. */
export function createPace(share: number, signal: AbortSignal, clock: PaceClock): Pace {
  const restOfWork = 1 / share - 1;
  let owedMs = 0;
  return {
    async work(part) {
      const began = clock.now();
      try {
        return await part();
      } finally {
        owedMs += (clock.now() - began) * restOfWork;
      }
    },
    async rest() {
      const restMs = owedMs;
      if (restMs >= shortestTimerMs) {
        owedMs = 0;
        await clock.rest(restMs, signal);
      }
      signal.throwIfAborted();
    },
  };
}

/** The same parts, each of them work, with a rest behind each. What is done with a part between is neither. */
export async function* paced<T>(parts: AsyncIterable<T>, pace: Pace): AsyncGenerator<T> {
  const iterator = parts[Symbol.asyncIterator]();
  try {
    for (;;) {
      const part = await pace.work(() => iterator.next());
      if (part.done) return;
      yield part.value;
      await pace.rest();
    }
  } finally {
    // Closes what the parts are read from, where no more of them are wanted.
    await iterator.return?.();
  }
}
