import { DatabaseUnavailable } from '../database/errors.js';

/** Runs work for a key when the work for it that was asked for earlier is done. */
export type Turns = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/**
 * Lets the work for one key run one after the other, in the order in which it was asked for.
 *
 * The database's lock does the same across processes, but whoever waits for it holds a connection: without this line in
 * front, one account's burst of writes would take every connection of the pool and stop everybody else. Work that has
 * waited for `patienceMs`, or finds `longestLine` others before it, is refused and never runs.
 */
export function createTurns({ patienceMs, longestLine }: { patienceMs: number; longestLine: number }): Turns {
  /** Who waits for a key; an entry exists while somebody is at work for it. */
  const lines = new Map<string, (() => void)[]>();

  function take(key: string): Promise<void> {
    const line = lines.get(key);
    if (!line) {
      lines.set(key, []);
      return Promise.resolve();
    }
    if (line.length >= longestLine) return Promise.reject(new DatabaseUnavailable('Too many writes of one account at once.'));
    return new Promise((resolve, reject) => {
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(go), 1);
        reject(new DatabaseUnavailable('The writes of one account that came earlier took too long.'));
      }, patienceMs);
      line.push(go);
    });
  }

  function pass(key: string): void {
    const next = lines.get(key)?.shift();
    if (next) next();
    else lines.delete(key);
  }

  return async (key, work) => {
    await take(key);
    try {
      return await work();
    } finally {
      pass(key);
    }
  };
}
