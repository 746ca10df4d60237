import type { StoppableProgress } from '../progress.js';

/** A progress that is silent for the first second: most work is done by then. */
export function patiently(progress: StoppableProgress, elapsedMs = stopwatch()): StoppableProgress {
  let isTold = false;
  return Object.assign(
    (done: number, total: number) => {
      if (!isTold && elapsedMs() < 1_000) return;
      isTold = true;
      progress(done, total);
    },
    { stop: () => progress.stop() },
  );
}

function stopwatch(): () => number {
  const begun = performance.now();
  return () => performance.now() - begun;
}
