import type { Logger } from 'pino';
import { createSchedule, type Schedule } from './schedule.js';

/** Often enough for what is left of an hour's uploads, and seldom enough for a list of them. */
const intervalMs = 15 * 60_000;

/** When photos that arrived and were never completed are removed. */
export function createUploadSweepSchedule({
  removeUncompleted,
  log,
}: {
  /** One pass; see services/uploads/sweeping.ts. */
  removeUncompleted: (signal: AbortSignal) => Promise<number>;
  log: Pick<Logger, 'debug' | 'warn'>;
}): Schedule {
  return createSchedule({
    async pass(signal) {
      const removed = await removeUncompleted(signal);
      if (removed > 0) log.debug({ removed }, 'Photos that were never completed were removed from storage.');
    },
    failure: 'Removing photos that were never completed failed; the next pass tries again.',
    intervalMs,
    log,
  });
}
