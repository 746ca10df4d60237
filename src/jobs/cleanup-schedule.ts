import type { Logger } from 'pino';
import type { Cleanup } from '../services/data/cleanup.js';
import { createSchedule, type Schedule } from './schedule.js';

/** What piles up does so over days; what has to be fast has a schedule of its own. */
const intervalMs = 6 * 60 * 60_000;

/** A start has more to do than to tidy up, and one that follows the other should not do so each time. */
const firstAfterMs = 10 * 60_000;

/** When what nobody needs any more is taken away. */
export function createCleanupSchedule({
  cleanup,
  log,
}: {
  readonly cleanup: Cleanup;
  readonly log: Pick<Logger, 'info' | 'debug' | 'warn'>;
}): Schedule {
  return createSchedule({
    async pass(signal) {
      for (const { task, examined, changed, errors, isElsewhere } of await cleanup.run({ dryRun: false, detailLimit: 0, signal })) {
        if (isElsewhere) log.debug({ task }, 'Another process is at this clean-up.');
        else if (errors.length > 0) log.warn({ task, examined, changed, errors }, 'Some of a clean-up could not be done; the next one tries again.');
        else if (changed > 0) log.info({ task, examined, changed }, 'Something was cleaned up.');
      }
    },
    failure: 'Cleaning up failed; what was done by then is done, and the next pass goes on.',
    intervalMs,
    firstAfterMs,
    log,
  });
}
