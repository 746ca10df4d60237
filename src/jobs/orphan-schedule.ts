import type { Logger } from 'pino';
import type { OrphanSweep } from '../services/storage/orphans/report.js';
import type { Alone } from '../services/uploads/completion.js';
import { createSchedule, type Schedule } from './schedule.js';

/** Orphans come of accidents, and to look for them is to list the whole store. */
const intervalMs = 24 * 60 * 60_000;

/** A process that has just started has better things to do, and one that starts again and again should not list at each start. */
const firstAfterMs = 60 * 60_000;

/** When what storage holds and nothing needs is looked for: about once a day, and by one process at a time. */
export function createOrphanSchedule({
  sweepUnattended,
  alone,
  onMarked,
  log,
}: {
  readonly sweepUnattended: OrphanSweep['sweepUnattended'];
  readonly alone: Alone;
  /** Something was found that is due at once. */
  readonly onMarked: () => void;
  readonly log: Pick<Logger, 'info' | 'debug' | 'warn'>;
}): Schedule {
  return createSchedule({
    async pass(signal) {
      const report = await alone('orphans', (lost) => sweepUnattended(AbortSignal.any([signal, lost])));
      if (report === null) return;
      const { orphans, unrecorded, isHeld, records, objects } = report;
      const counts = Object.fromEntries(Object.entries(orphans).map(([reason, { count }]) => [reason, count]));
      const found = Object.values(orphans).some(({ count }) => count > 0);
      if (unrecorded > 0) {
        log.warn({ unrecorded }, 'Rows refer to pictures that are on no record; `npm run maintenance -- storage --orphans` names them.');
      }
      if (isHeld) {
        log.warn(
          { ...counts, objects },
          'So much of the store is on no record that nothing was marked: see that this is its database, and then `npm run maintenance -- storage --orphans`.',
        );
      } else if (found) {
        log.info({ ...counts, records, objects }, 'Orphans were found in storage, and marked for removal.');
        onMarked();
      } else {
        log.debug({ records, objects }, 'No orphans were found in storage.');
      }
    },
    failure: 'Looking for orphans in storage failed; the next pass begins anew.',
    intervalMs,
    firstAfterMs,
    log,
  });
}
