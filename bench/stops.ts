import { say } from './say.ts';

/** What has been started, to be stopped on every way out. */
export interface Stops {
  add(stop: () => Promise<void>): void;
  /** Stops all, the last first; called again, waits for the same. */
  run(): Promise<void>;
  begun(): boolean;
}

export function createStops(): Stops {
  const steps: (() => Promise<void>)[] = [];
  let running: Promise<void> | undefined;
  async function runAll(): Promise<void> {
    for (let step = steps.pop(); step; step = steps.pop()) {
      await step().catch((error: unknown) => say(`While stopping: ${String(error)}`));
    }
  }
  return {
    add(stop) {
      // What has started meanwhile is stopped at once.
      if (running === undefined) steps.push(stop);
      else running = running.then(stop);
    },
    run: () => (running ??= runAll()),
    begun: () => running !== undefined,
  };
}
