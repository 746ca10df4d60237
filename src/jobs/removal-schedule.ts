import type { Logger } from 'pino';
import { reasonOf, type RemovalReport } from '../services/storage/removal.js';

/** When bytes that nothing needs any more are removed. */
export interface RemovalSchedule {
  /** From now on passes run, the first one at once: for what a process that was killed left. Kicks before that come to nothing. */
  start(): void;
  /**
   * Something was marked: a pass runs now, or right after the one under way. Any number of kicks during a pass ask for
   * one more. While the store or the database is away a kick changes nothing.
   */
  kick(): void;
  /** Resolves when no pass is under way and none was asked for. */
  idle(): Promise<void>;
  /** No pass begins any more. Resolves when the one under way has ended, which it does after its present batch. */
  stop(): Promise<void>;
}

export interface RemovalScheduleOptions {
  /** One pass; see the removal service. */
  readonly removeDue: (signal: AbortSignal) => Promise<RemovalReport>;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  /** Between passes without a kick: for what a crash left, and for marks that fall due. Default: a minute. */
  readonly intervalMs?: number;
  /** Default: `Math.random`. */
  readonly random?: () => number;
}

/** Seldom enough not to be in the way of a store that recovers. */
const longestPauseMs = 15 * 60_000;

/** Runs passes of removal: soon after something was marked, and every minute. Never two at once in this process. */
export function createRemovalSchedule({
  removeDue,
  log,
  intervalMs = 60_000,
  random = Math.random,
}: RemovalScheduleOptions): RemovalSchedule {
  const stopping = new AbortController();
  let started = false;
  let timer: NodeJS.Timeout | undefined;
  let pass: Promise<void> | null = null;
  let askedAgain = false;
  /** Passes in a row that found the store or the database away. */
  let failures = 0;

  const isRunning = () => started && !stopping.signal.aborted;

  async function runPass(): Promise<void> {
    try {
      const { removed, kept, failed, firstFailure } = await removeDue(stopping.signal);
      failures = 0;
      if (kept > 0) log.warn({ kept }, 'Pictures that were marked for removal are still in use, and were kept.');
      if (failed > 0) log.warn({ failed, ...firstFailure }, 'Pictures could not be removed from storage; they stay marked.');
      if (removed > 0) log.debug({ removed }, 'Pictures were removed from storage.');
    } catch (error) {
      failures += 1;
      log.warn({ reason: reasonOf(error), failures }, 'Removing pictures failed; what was marked stays marked.');
    }
  }

  function begin(): void {
    clearTimeout(timer);
    askedAgain = false;
    pass = runPass().then(() => {
      pass = null;
      if (!isRunning()) return;
      if (askedAgain && failures === 0) begin();
      else plan();
    });
  }

  /** Jitter, so that processes which started together do not go on together. */
  function plan(): void {
    const pause = Math.min(intervalMs * 2 ** failures, longestPauseMs) * (0.5 + random());
    // It keeps no process alive that has nothing else to do.
    timer = setTimeout(begin, pause).unref();
  }

  async function idle(): Promise<void> {
    while (pass) await pass;
  }

  return {
    start() {
      if (started) return;
      started = true;
      if (isRunning()) begin();
    },
    kick() {
      if (!isRunning()) return;
      if (pass) askedAgain = true;
      else if (failures === 0) begin();
    },
    idle,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await idle();
    },
  };
}
