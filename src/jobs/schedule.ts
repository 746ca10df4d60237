import type { Logger } from 'pino';
import { reasonOf } from '../domain/reasons.js';

/** When work that nobody asked for is done. */
export interface Schedule {
  /** From now on passes run, the first one at once: for what a process that was killed left. Kicks before that come to nothing. */
  start(): void;
  /**
   * There is something to do: a pass runs now, or right after the one under way. Any number of kicks during a pass ask for
   * one more. While passes fail a kick changes nothing.
   */
  kick(): void;
  /** Resolves when no pass is under way and none was asked for. */
  idle(): Promise<void>;
  /** No pass begins any more. Resolves when the one under way has ended, which its signal asks it to do. */
  stop(): Promise<void>;
}

export interface ScheduleOptions {
  /** Where it rejects, the next one comes later and later. */
  readonly pass: (signal: AbortSignal) => Promise<void>;
  /** Said of a pass that rejected. */
  readonly failure: string;
  readonly log: Pick<Logger, 'warn'>;
  /** Between passes without a kick. */
  readonly intervalMs: number;
  /** Before the first one, with the same jitter, for work that no start should wait for. Default: it begins at once. */
  readonly firstAfterMs?: number;
  /** Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** Seldom enough not to be in the way of a store that recovers. */
const longestPauseMs = 15 * 60_000;

/** Runs passes: at intervals, and soon after a kick. Never two at once in this process. */
export function createSchedule({ pass, failure, log, intervalMs, firstAfterMs = 0, random = Math.random }: ScheduleOptions): Schedule {
  const stopping = new AbortController();
  let started = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let askedAgain = false;
  /** Passes in a row that failed. */
  let failures = 0;

  const isRunning = () => started && !stopping.signal.aborted;

  async function runPass(): Promise<void> {
    try {
      await pass(stopping.signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      log.warn({ reason: reasonOf(error), failures }, failure);
    }
  }

  function begin(): void {
    clearTimeout(timer);
    askedAgain = false;
    running = runPass().then(() => {
      running = null;
      if (!isRunning()) return;
      if (askedAgain && failures === 0) begin();
      else plan();
    });
  }

  /** Jitter, so that processes which started together do not go on together. */
  function plan(pauseMs = Math.min(intervalMs * 2 ** failures, Math.max(intervalMs, longestPauseMs))): void {
    // It keeps no process alive that has nothing else to do.
    timer = setTimeout(begin, pauseMs * (0.5 + random())).unref();
  }

  async function idle(): Promise<void> {
    while (running) await running;
  }

  return {
    start() {
      if (started) return;
      started = true;
      if (!isRunning()) return;
      if (firstAfterMs > 0) plan(firstAfterMs);
      else begin();
    },
    kick() {
      if (!isRunning()) return;
      if (running) askedAgain = true;
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
