import type { Logger } from 'pino';
import type { RecoveryReport } from '../services/generation/recovery.js';
import { createSchedule, type Schedule } from './schedule.js';

/** A process that dies is noticed within this time, and its jobs go on elsewhere; with jitter, half of it to half as much again. */
const intervalMs = 10_000;

/** When jobs are looked for that nobody looks after. */
export function createRecoverySchedule({
  recover,
  log,
}: {
  readonly recover: () => Promise<RecoveryReport>;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
}): Schedule {
  return createSchedule({
    async pass() {
      const { stuck, revived, events } = await recover();
      if (stuck > 0) log.warn({ stuck }, 'Generations took too long: they failed, and were given back.');
      if (revived > 0) log.warn({ revived }, 'Generations that nobody worked on are in the queue again.');
      if (events > 0) log.debug({ events }, 'Old events of generations were deleted.');
    },
    failure: 'Looking for generations that nobody works on failed.',
    intervalMs,
    log,
  });
}
