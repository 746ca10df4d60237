import { setImmediate as nextTurn } from 'node:timers/promises';

/** The way through a job: where it may be stopped, and where it tells how far it is. */
export interface Steps {
  /** One of the announced steps is done. Rejects with the signal's reason. */
  done(): Promise<void>;
  /** Lets others have the process for a turn, in the middle of a long computation. Rejects with the signal's reason. */
  breathe(): Promise<void>;
}

export function createSteps(
  total: number,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (progress: number) => Promise<void> },
): Steps {
  let count = 0;
  signal.throwIfAborted();
  return {
    async done() {
      signal.throwIfAborted();
      count += 1;
      await onProgress(Math.min(1, count / total));
      signal.throwIfAborted();
    },
    async breathe() {
      await nextTurn();
      signal.throwIfAborted();
    },
  };
}
