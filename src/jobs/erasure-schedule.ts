import type { Logger } from 'pino';
import type { ErasureReport } from '../services/erasure/erasing.js';
import { createSchedule, type Schedule } from './schedule.js';

/** Between passes without a kick: for what a process that was killed left, and for what had to pass first. */
const intervalMs = 60_000;

/** When deleted accounts are erased: as soon as one was deleted, and every minute. */
export function createErasureSchedule({
  eraseDue,
  log,
}: {
  /** One pass; see services/erasure/erasing.ts. */
  readonly eraseDue: (signal: AbortSignal) => Promise<ErasureReport>;
  readonly log: Pick<Logger, 'info' | 'debug' | 'warn'>;
}): Schedule {
  return createSchedule({
    async pass(signal) {
      const { completed, waiting, failed, firstFailure } = await eraseDue(signal);
      if (failed > 0) log.warn({ failed, ...firstFailure }, 'Deleted accounts could not be erased; the next pass tries again.');
      if (waiting > 0) log.debug({ waiting }, 'Deleted accounts wait to be erased completely.');
      if (completed > 0) log.info({ completed }, 'Deleted accounts were erased completely.');
    },
    failure: 'Erasing deleted accounts failed; the next pass goes on.',
    intervalMs,
    log,
  });
}
