import type { Logger } from 'pino';
import type { RemovalReport } from '../services/storage/removal.js';
import { createSchedule, type Schedule } from './schedule.js';

/** When bytes that nothing needs any more are removed: soon after something was marked, and every minute. */
export type RemovalSchedule = Schedule;

export interface RemovalScheduleOptions {
  /** One pass; see the removal service. Its signal ends it after its present batch. */
  readonly removeDue: (signal: AbortSignal) => Promise<RemovalReport>;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
  /** Between passes without a kick: for what a crash left, and for marks that fall due. Default: a minute. */
  readonly intervalMs?: number;
  /** Default: `Math.random`. */
  readonly random?: () => number;
}

export function createRemovalSchedule({ removeDue, log, intervalMs = 60_000, random }: RemovalScheduleOptions): RemovalSchedule {
  return createSchedule({
    async pass(signal) {
      const { removed, kept, failed, firstFailure } = await removeDue(signal);
      if (kept > 0) log.warn({ kept }, 'Pictures that were marked for removal are still in use, and were kept.');
      if (failed > 0) log.warn({ failed, ...firstFailure }, 'Pictures could not be removed from storage; they stay marked.');
      if (removed > 0) log.debug({ removed }, 'Pictures were removed from storage.');
    },
    failure: 'Removing pictures failed; what was marked stays marked.',
    intervalMs,
    log,
    random,
  });
}
