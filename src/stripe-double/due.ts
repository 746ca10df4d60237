import { cardState } from './cards.js';
import { expireSession } from './checkout.js';
import { endSubscription } from './endings.js';
import { emit } from './events.js';
import { collectInvoice, customerOf, subscriptionOf, voidInvoice } from './invoices.js';
import type { Invoice, Subscription } from './records.js';
import { enterNextPhase } from './schedules.js';
import { changing, draftPeriod, payDraft, startPeriod, subscriptionById } from './subscription-changes.js';
import { periodEnd, periodStart } from './subscription-items.js';
import { DAY, HOUR, type World } from './world.js';

/** What happens by itself, because its time has come. */

interface DueWork {
  readonly at: number;
  readonly run: () => void;
}

/** Stripe tells of the end of a trial three days before. */
const TRIAL_NOTICE = 3 * DAY;
/** A first payment that did not succeed may be made good for so long. */
const INCOMPLETE = 23 * HOUR;
/** More than this many things cannot happen in ten years to a few subscriptions. */
const MOST_STEPS = 1_000_000;

/** Does everything that falls due up to a moment, in its order and each at its own time. */
export function settleUntil(world: World, moment: number): void {
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = nextDue(world);
    if (next === null || next.at > moment) return;
    world.store.transact(() => world.clock.at(next.at, next.run));
  }
  throw new Error('The Stripe double does not come to rest.');
}

/** When the next thing falls due; null where nothing will. */
export function nextDueAt(world: World): number | null {
  return nextDue(world)?.at ?? null;
}

function nextDue(world: World): DueWork | null {
  let first: DueWork | null = null;
  const consider = (at: number | null, run: () => void): void => {
    if (at !== null && (first === null || at < first.at)) first = { at, run };
  };
  const { store } = world;
  for (const invoice of store.list('invoice')) {
    if (invoice.status === 'draft') consider(invoice.automatically_finalizes_at, () => collect(world, invoice, () => payDraft(world, invoice)));
    if (invoice.status === 'open') {
      consider(invoice.next_payment_attempt, () => collect(world, invoice, () => collectInvoice(world, invoice, { isRetry: true })));
    }
  }
  for (const schedule of store.list('subscription_schedule')) {
    const { current_phase: phase, subscription } = schedule;
    if (schedule.status !== 'active' || phase === null || subscription === null) continue;
    // At the end of a period the change of phases is part of the renewal.
    if (periodEnd(subscriptionById(world, subscription)) === phase.end_date) continue;
    consider(phase.end_date, () =>
      changing(world, subscription, (present) => {
        if (enterNextPhase(world, schedule) === 'ends') endSubscription(world, present, 'cancellation_requested');
      }),
    );
  }
  for (const subscription of store.list('subscription')) considerSubscription(world, subscription, consider);
  for (const session of store.list('checkout.session')) {
    if (session.status === 'open') consider(session.expires_at, () => expireSession(world, session));
  }
  return first;
}

function considerSubscription(
  world: World,
  subscription: Subscription,
  consider: (at: number | null, run: () => void) => void,
): void {
  const { id, status, pause_collection: paused, trial_end: trialEnd, cancel_at: cancelAt } = subscription;
  if (status === 'canceled' || status === 'incomplete_expired' || status === 'paused') return;
  if (status === 'incomplete') {
    consider(subscription.created + INCOMPLETE, () => expire(world, id));
    return;
  }
  if (cancelAt !== null && cancelAt < periodEnd(subscription)) {
    consider(cancelAt, () => endSubscription(world, subscription, 'cancellation_requested'));
  }
  if (paused?.resumes_at != null) {
    consider(paused.resumes_at, () =>
      changing(world, id, (present) => world.store.put('subscription', { ...present, pause_collection: null })),
    );
  }
  if (status === 'trialing' && trialEnd !== null && !subscription.double.trialNoticed) {
    consider(Math.max(trialEnd - TRIAL_NOTICE, subscription.created), () => {
      emit(world, 'customer.subscription.trial_will_end', world.store.put('subscription', { ...subscription, double: { trialNoticed: true } }));
    });
  }
  consider(periodEnd(subscription), () => changing(world, id, (present) => renew(world, present)));
}

/** The end of a period, or of a trial: an end that was asked for, the next phase of a schedule, the next period. */
function renew(world: World, before: Subscription): void {
  const { store, clock, rules } = world;
  const now = clock.now();
  const over = { start: periodStart(before), end: now };
  const schedule = before.schedule === null ? null : store.get('subscription_schedule', before.schedule);
  if (schedule?.status === 'active' && schedule.current_phase !== null && schedule.current_phase.end_date <= now) {
    if (enterNextPhase(world, schedule) === 'ends') {
      endSubscription(world, subscriptionById(world, before.id), 'cancellation_requested');
      return;
    }
  }
  const subscription = subscriptionById(world, before.id);
  if (subscription.cancel_at !== null && subscription.cancel_at <= now) {
    endSubscription(world, subscription, 'cancellation_requested');
    return;
  }
  const hadTrial = subscription.status === 'trialing';
  if (hadTrial && cardState(world, customerOf(world, subscription.customer)) === 'none') {
    const behavior = subscription.trial_settings.end_behavior.missing_payment_method;
    if (behavior === 'cancel') {
      endSubscription(world, subscription, 'payment_failed');
      return;
    }
    if (behavior === 'pause') {
      emit(world, 'customer.subscription.paused', store.put('subscription', { ...subscription, status: 'paused' }));
      return;
    }
  }
  const going = store.put('subscription', { ...subscription, status: hadTrial ? 'active' : subscription.status });
  // A phase of another interval has begun a period of its own.
  if (periodEnd(going) > now) return;
  const draft = draftPeriod(world, startPeriod(world, going, now), 'subscription_cycle', now + rules.draftSeconds, over);
  emit(world, 'invoice.created', draft);
}

function collect(world: World, invoice: Invoice, work: () => void): void {
  changing(world, subscriptionOf(world, invoice).id, work);
}

function expire(world: World, id: string): void {
  changing(world, id, (subscription) => {
    const { store, clock } = world;
    const invoice = subscription.latest_invoice === null ? null : store.get('invoice', subscription.latest_invoice);
    if (invoice?.status === 'open') voidInvoice(world, invoice);
    store.put('subscription', { ...subscriptionById(world, id), status: 'incomplete_expired', ended_at: clock.now() });
  });
}
