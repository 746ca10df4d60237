import type { Logger } from 'pino';
import { reasonOf } from '../domain/reasons.js';
import { createSchedule, type Schedule } from './schedule.js';

/**
 * When streams are looked after whose notices did not arrive: at intervals, with jitter, and at a kick. A look that fails
 * is no reason to come later: streams wait for the next one.
 */
export function createLiveSchedule({
  look,
  intervalMs,
  log,
}: {
  readonly look: () => Promise<void>;
  readonly intervalMs: number;
  readonly log: Pick<Logger, 'debug' | 'warn'>;
}): Schedule {
  let failures = 0;
  return createSchedule({
    async pass() {
      try {
        await look();
        failures = 0;
      } catch (error) {
        const fields = { reason: reasonOf(error) };
        if (failures === 0) log.warn(fields, 'Looking for changes that streams wait for failed; it goes on.');
        else log.debug(fields, 'Looking for changes that streams wait for still fails.');
        failures += 1;
      }
    },
    failure: 'Looking for changes that streams wait for failed.',
    intervalMs,
    log,
  });
}
