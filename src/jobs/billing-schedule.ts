import type { Logger } from 'pino';
import type { BillingEvents } from '../services/billing/events.js';
import type { BillingUpkeep } from '../services/billing/upkeep.js';
import { createSchedule, type Schedule } from './schedule.js';

/** An event that failed is due half a minute later at the earliest. */
const retryIntervalMs = 15_000;
/** Lost events are seldom, and each costs a call of Stripe. */
const reconcileIntervalMs = 15 * 60_000;

/** When Stripe's events are tried again that could not be processed. */
export function createBillingRetrySchedule({
  retryDue,
  log,
}: {
  readonly retryDue: BillingEvents['retryDue'];
  readonly log: Pick<Logger, 'info' | 'warn'>;
}): Schedule {
  return createSchedule({
    async pass(signal) {
      const { done, failed } = await retryDue(signal);
      if (failed > 0) log.warn({ failed }, 'Events of Stripe could not be processed once more.');
      if (done > 0) log.info({ done }, 'Events of Stripe were processed that had failed before.');
    },
    failure: 'Trying events of Stripe again failed.',
    intervalMs: retryIntervalMs,
    log,
  });
}

/** When subscriptions are asked about of which Stripe should have told something. */
export function createBillingReconcileSchedule({
  reconcile,
  log,
}: {
  readonly reconcile: BillingUpkeep['reconcile'];
  readonly log: Pick<Logger, 'warn'>;
}): Schedule {
  return createSchedule({
    async pass(signal) {
      const overdue = await reconcile(signal);
      if (overdue > 0) log.warn({ overdue }, 'Stripe was asked about subscriptions whose period ended unnoticed.');
    },
    failure: 'Asking Stripe about subscriptions failed.',
    intervalMs: reconcileIntervalMs,
    log,
  });
}
