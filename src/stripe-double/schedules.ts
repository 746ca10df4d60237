import { changeItems } from './subscription-changes.js';
import { periodEnd, periodStart, planOf } from './subscription-items.js';
import { emit, update } from './events.js';
import type { Metadata, Price, ProrationBehavior, SchedulePhase, Subscription, SubscriptionSchedule } from './records.js';
import { newId } from './store.js';
import type { World } from './world.js';

/** The life of a schedule: phases that follow each other, and what comes after the last. */

/** What a phase is made of. */
export interface PhasePlan {
  readonly start: number;
  readonly end: number;
  readonly items: readonly { readonly price: Price; readonly quantity: number }[];
  readonly metadata: Metadata;
  readonly proration: ProrationBehavior;
  readonly trialEnd: number | null;
}

/** A schedule that leaves a subscription as it is: its one phase is the present period. */
export function scheduleFrom(world: World, subscription: Subscription, metadata: Metadata): SubscriptionSchedule {
  const { store, clock } = world;
  const phase = toPhase({
    start: periodStart(subscription),
    end: subscription.cancel_at ?? periodEnd(subscription),
    items: subscription.items.data.map(({ price, quantity }) => ({ price, quantity })),
    metadata: {},
    proration: 'create_prorations',
    trialEnd: subscription.status === 'trialing' ? subscription.trial_end : null,
  });
  const schedule = store.put('subscription_schedule', {
    id: newId('sub_sched_1'),
    object: 'subscription_schedule',
    application: null,
    billing_mode: subscription.billing_mode,
    canceled_at: null,
    completed_at: null,
    created: clock.now(),
    current_phase: { start_date: phase.start_date, end_date: phase.end_date },
    customer: subscription.customer,
    default_settings: {
      application_fee_percent: null,
      automatic_tax: subscription.automatic_tax,
      billing_cycle_anchor: 'automatic',
      billing_thresholds: null,
      collection_method: 'charge_automatically',
      default_payment_method: null,
      description: null,
      invoice_settings: { account_tax_ids: null, days_until_due: null, issuer: { type: 'self' } },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: subscription.cancel_at === null ? 'release' : 'cancel',
    livemode: false,
    metadata,
    pause_schedules: [],
    phases: [phase],
    released_at: null,
    released_subscription: null,
    status: 'active',
    subscription: subscription.id,
    test_clock: null,
  });
  emit(world, 'subscription_schedule.created', schedule);
  update(world, 'customer.subscription.updated', subscription, { ...subscription, schedule: schedule.id });
  return schedule;
}

export function toPhase({ start, end, items, metadata, proration, trialEnd }: PhasePlan): SchedulePhase {
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency: items[0]?.price.currency ?? 'aud',
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: end,
    invoice_settings: null,
    items: items.map(({ price, quantity }) => ({
      billing_thresholds: null,
      discounts: [],
      metadata: {},
      plan: planOf(price).id,
      price: price.id,
      quantity,
      tax_rates: [],
    })),
    metadata,
    on_behalf_of: null,
    proration_behavior: proration,
    start_date: start,
    transfer_data: null,
    trial_end: trialEnd,
  };
}

/** Lets go of the subscription, which goes on as it is. */
export function releaseSchedule(world: World, schedule: SubscriptionSchedule, { keepsCancelDate = false } = {}): SubscriptionSchedule {
  const { store, clock } = world;
  const released = store.put('subscription_schedule', {
    ...schedule,
    status: 'released',
    current_phase: null,
    released_at: clock.now(),
    released_subscription: schedule.subscription,
    subscription: null,
  });
  emit(world, 'subscription_schedule.released', released);
  const subscription = schedule.subscription === null ? null : store.get('subscription', schedule.subscription);
  if (subscription !== null) {
    const endsWithIt = schedule.end_behavior === 'cancel' && !keepsCancelDate;
    store.put('subscription', {
      ...subscription,
      schedule: null,
      ...(endsWithIt ? { cancel_at: null, cancel_at_period_end: false, canceled_at: null } : {}),
    });
  }
  return released;
}

/** The phase that a schedule is in; null where it is in none. */
export function currentPhase(schedule: SubscriptionSchedule): SchedulePhase | null {
  return schedule.phases.find(({ start_date }) => start_date === schedule.current_phase?.start_date) ?? null;
}

/**
 * What was changed in a subscription beside its schedule: the phase that it is in is cut in two, of which the second has
 * the new items. Phases that are to come stay.
 */
export function cutPhase(world: World, schedule: SubscriptionSchedule, subscription: Subscription): void {
  const phase = currentPhase(schedule);
  if (phase === null) return;
  const now = world.clock.now();
  const items = subscription.items.data.map(({ price, quantity }) => ({ price, quantity }));
  const changed = toPhase({
    start: Math.max(now, phase.start_date),
    end: phase.end_date,
    items,
    metadata: phase.metadata,
    proration: phase.proration_behavior,
    trialEnd: phase.trial_end,
  });
  const past = now > phase.start_date ? [{ ...phase, end_date: now }] : [];
  update(world, 'subscription_schedule.updated', schedule, {
    ...schedule,
    phases: schedule.phases.flatMap((each) => (each === phase ? [...past, changed] : [each])),
    current_phase: { start_date: changed.start_date, end_date: changed.end_date },
  });
}

/**
 * Goes on to the next phase, which is due. After the last, the subscription is released; one that is to end is the
 * caller's to end. Tells of the schedule, and of the subscription nothing: that is part of a larger change.
 */
export function enterNextPhase(world: World, schedule: SubscriptionSchedule): 'entered' | 'released' | 'ends' {
  const { store } = world;
  const subscription = schedule.subscription === null ? null : store.get('subscription', schedule.subscription);
  const next = schedule.phases.find(({ start_date }) => start_date === schedule.current_phase?.end_date);
  if (subscription === null || next === undefined) {
    if (schedule.end_behavior === 'cancel') return 'ends';
    releaseSchedule(world, schedule);
    return 'released';
  }
  update(world, 'subscription_schedule.updated', schedule, {
    ...schedule,
    current_phase: { start_date: next.start_date, end_date: next.end_date },
  });
  enterPhase(world, subscription, next, next.proration_behavior);
  return 'entered';
}

/** Gives a subscription what a phase says. */
export function enterPhase(world: World, subscription: Subscription, phase: SchedulePhase, behavior: ProrationBehavior): void {
  const { store, clock } = world;
  const present = subscription.items.data;
  const items = phase.items.map(({ price: id, quantity }, index) => {
    const price = store.get('price', id);
    const from = present[index] ?? present[0];
    if (price === null || from === undefined) throw new Error(`A phase of ${subscription.schedule} has no price.`);
    return { ...from, id: present[index]?.id ?? newId('si_', 14), price, plan: planOf(price), quantity };
  });
  const named = store.put('subscription', { ...subscription, metadata: { ...subscription.metadata, ...phase.metadata } });
  const isSame = items.length === present.length && items.every((item, index) => item.price.id === present[index]?.price.id && item.quantity === present[index]?.quantity);
  if (!isSame) changeItems(world, named, items, { behavior, moment: clock.now(), payment: 'allow_incomplete' });
}
