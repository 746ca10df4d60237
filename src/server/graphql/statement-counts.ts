import { AsyncLocalStorage } from 'node:async_hooks';

/** Statements that one piece of work has sent so far. */
export interface StatementCount {
  readonly sent: number;
}

export interface StatementCounts {
  /** To be called for every statement; fits the database's listener. */
  statementSent(): void;
  /** Runs work whose statements are counted, also those of what it begins and does not wait for. */
  counting<T>(work: (count: StatementCount) => Promise<T>): Promise<T>;
  /** Runs what belongs to no request although a request gave rise to it. */
  apart(work: () => void): void;
}

/**
 * Counts the statements of single requests among those of others. On Node 20 an AsyncLocalStorage that was entered once
 * slows every promise of the process from then on, so it is entered only for work that is counted, and switched off when
 * the last of it is done.
 */
export function createStatementCounts(): StatementCounts {
  const current = new AsyncLocalStorage<{ sent: number } | undefined>();
  let atWork = 0;
  return {
    statementSent() {
      const count = current.getStore();
      if (count) count.sent += 1;
    },
    async counting(work) {
      const count = { sent: 0 };
      atWork += 1;
      try {
        return await current.run(count, () => work(count));
      } finally {
        atWork -= 1;
        if (atWork === 0) current.disable();
      }
    },
    apart(work) {
      if (atWork === 0) work();
      else current.exit(work);
    },
  };
}
