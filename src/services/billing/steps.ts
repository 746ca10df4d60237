import type { PlanConfiguration, RuntimeConfiguration } from '../../config/runtime.js';
import { planOfPriceId } from '../../config/plans.js';
import { isLive } from '../../domain/billing.js';
import type { BillingRow } from '../../repositories/billing.js';
import { NoSubscription, PlanUnchanged } from './errors.js';
import { kindOfChange } from './view.js';

/** What is to be done at the payment provider. */
export type Step =
  | { readonly kind: 'now' | 'later'; readonly subscriptionId: string; readonly priceId: string }
  | { readonly kind: 'cancel' | 'keep'; readonly subscriptionId: string };

/**
 * What makes a plan an account's: at once where it gives more, at the period's end where it gives less; `free` ends the
 * subscription with its period; the plan that is in force already takes back whatever was to happen then.
 *
 * @throws PlanUnchanged and NoSubscription where there is nothing to do, or nothing that could be changed.
 */
export function stepTo(runtime: RuntimeConfiguration, row: BillingRow, target: PlanConfiguration): Step {
  const { subscriptionId, priceId, scheduledPriceId, cancelAtPeriodEnd } = row;
  if (subscriptionId === null || !isLive(row.subscriptionStatus)) {
    if (target.priceId === null) throw new PlanUnchanged(`You have the plan ${target.label} already.`);
    throw new NoSubscription(`There is no subscription that could be changed. Subscribe to ${target.label} with "createCheckoutSession".`);
  }
  const until = row.currentPeriodEnd ? ` on ${row.currentPeriodEnd.toISOString().slice(0, 10)}` : ' with its period';
  if (target.priceId === null) {
    if (cancelAtPeriodEnd && scheduledPriceId === null) throw new PlanUnchanged(`Your subscription ends${until} already.`);
    return { kind: 'cancel', subscriptionId };
  }
  const { plan } = planOfPriceId(runtime, priceId);
  if (target.priceId === priceId) {
    if (scheduledPriceId === null && !cancelAtPeriodEnd) throw new PlanUnchanged(`You have the plan ${target.label} already.`);
    return { kind: 'keep', subscriptionId };
  }
  if (target.priceId === scheduledPriceId && !cancelAtPeriodEnd) {
    throw new PlanUnchanged(`Your plan changes to ${target.label}${until} already.`);
  }
  return { kind: kindOfChange(plan, target) === 'downgrade' ? 'later' : 'now', subscriptionId, priceId: target.priceId };
}
