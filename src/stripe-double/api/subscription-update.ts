import { z } from 'zod';
import { invalidRequest, missing, unsupported } from '../errors.js';
import { clearableText, count, expand, flag, listOf, metadata, text, timestamp } from '../parameters.js';
import type { Subscription, SubscriptionItem } from '../records.js';
import { cutPhase } from '../schedules.js';
import { changeItems, endTrial, refuseOver, subscriptionById, type PaymentBehavior } from '../subscription-changes.js';
import { newItem, periodEnd, periodStart, planOf } from '../subscription-items.js';
import { defaultProration, type World } from '../world.js';
import { findRecurringPrice } from './find.js';
import { mergeMetadata } from './metadata.js';

export const prorationBehavior = z.enum(['always_invoice', 'create_prorations', 'none'], {
  error: 'Invalid proration_behavior: must be one of create_prorations, always_invoice, or none',
});
export const paymentBehavior = z.enum(['allow_incomplete', 'default_incomplete', 'error_if_incomplete', 'pending_if_incomplete'], {
  error: 'Invalid payment_behavior: must be one of allow_incomplete, error_if_incomplete, pending_if_incomplete, or default_incomplete',
});
const cancelAt = z.union([z.enum(['min_period_end', 'max_period_end']), timestamp]);
export const cancellationDetails = z.strictObject({ comment: clearableText.optional(), feedback: clearableText.optional() });
export const trialSettings = z.strictObject({
  end_behavior: z.strictObject({ missing_payment_method: z.enum(['cancel', 'create_invoice', 'pause']) }),
});
export const trialEnd = z.union([z.literal('now'), timestamp]);

/** What a change of items looks like; previews of invoices take the same. */
export const itemChanges = listOf(
  z.strictObject({ id: text.optional(), price: text.optional(), quantity: count.optional(), deleted: flag.optional(), metadata: metadata.optional() }),
);

export const changes = z.strictObject({
  ...expand,
  cancel_at: z.union([z.literal(''), cancelAt]).optional(),
  cancel_at_period_end: flag.optional(),
  cancellation_details: cancellationDetails.optional(),
  description: clearableText.optional(),
  items: itemChanges.optional(),
  metadata: metadata.optional(),
  off_session: flag.optional(),
  pause_collection: z
    .union([z.literal(''), z.strictObject({ behavior: z.enum(['keep_as_draft', 'mark_uncollectible', 'void']), resumes_at: timestamp.optional() })])
    .optional(),
  payment_behavior: paymentBehavior.optional(),
  proration_behavior: prorationBehavior.optional(),
  proration_date: timestamp.optional(),
  trial_end: trialEnd.optional(),
  trial_settings: trialSettings.optional(),
});

type Changes = z.infer<typeof changes>;

/** Carries an update out. @throws ApiError; the caller's transaction then undoes it. */
export function changeSubscription(world: World, before: Subscription, sent: Changes): void {
  const { store, clock } = world;
  if (Object.keys(sent).some((name) => !['cancellation_details', 'metadata', 'expand'].includes(name))) refuseOver(before);
  changeDetails(world, before, sent);
  if (sent.cancel_at !== undefined || sent.cancel_at_period_end !== undefined) changeEnd(world, subscriptionById(world, before.id), sent);
  if (sent.items !== undefined) {
    const present = subscriptionById(world, before.id);
    const items = applyItems(world, present, sent.items);
    changeItems(world, present, items, {
      behavior: sent.proration_behavior ?? defaultProration,
      moment: readProrationDate(world, present, sent.proration_date),
      payment: readPaymentBehavior(sent.payment_behavior),
    });
    const changed = subscriptionById(world, before.id);
    const schedule = changed.schedule === null ? null : store.get('subscription_schedule', changed.schedule);
    if (schedule?.status === 'active' && JSON.stringify(changed.items) !== JSON.stringify(present.items)) cutPhase(world, schedule, changed);
  }
  if (sent.trial_end !== undefined) changeTrial(world, subscriptionById(world, before.id), sent.trial_end, readPaymentBehavior(sent.payment_behavior));
  if (sent.pause_collection !== undefined) {
    const pause = sent.pause_collection;
    if (pause !== '' && pause.resumes_at !== undefined && pause.resumes_at <= clock.now()) {
      throw invalidRequest('`resumes_at` must be in the future.', { param: 'pause_collection[resumes_at]' });
    }
    store.put('subscription', {
      ...subscriptionById(world, before.id),
      pause_collection: pause === '' ? null : { behavior: pause.behavior, resumes_at: pause.resumes_at ?? null },
    });
  }
}

function changeDetails({ store }: World, before: Subscription, sent: Changes): void {
  store.put('subscription', {
    ...before,
    metadata: mergeMetadata(before.metadata, sent.metadata),
    description: sent.description === undefined ? before.description : sent.description || null,
    cancellation_details: { ...before.cancellation_details, ...textsOf(sent.cancellation_details) },
    ...(sent.trial_settings ? { trial_settings: sent.trial_settings } : {}),
  });
}

/**
 * When the subscription is to end. Two ways to say it, as with Stripe: a moment that was set is not taken back by
 * `cancel_at_period_end: false`, which answers to `cancel_at_period_end: true` alone.
 */
function changeEnd({ store, clock }: World, before: Subscription, sent: Changes): void {
  if (before.schedule !== null) {
    throw invalidRequest(
      `The subscription is managed by the subscription schedule \`${before.schedule}\`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.`,
    );
  }
  const { cancel_at: moment, cancel_at_period_end: atPeriodEnd } = sent;
  if (moment !== undefined && moment !== '' && atPeriodEnd === true) {
    throw invalidRequest('You may only specify one of these parameters: cancel_at, cancel_at_period_end.', { code: 'parameters_exclusive' });
  }
  if (typeof moment === 'number' && moment <= clock.now()) throw invalidRequest('`cancel_at` must be in the future.', { param: 'cancel_at' });
  const end =
    atPeriodEnd === true || (typeof moment === 'string' && moment !== '')
      ? periodEnd(before)
      : typeof moment === 'number'
        ? moment
        : moment === '' || before.cancel_at_period_end
          ? null
          : before.cancel_at;
  store.put('subscription', {
    ...before,
    cancel_at: end,
    cancel_at_period_end: end !== null && (atPeriodEnd ?? false),
    canceled_at: end === null ? null : before.cancel_at === end ? before.canceled_at : clock.now(),
    cancellation_details: { ...before.cancellation_details, reason: end === null ? null : 'cancellation_requested' },
  });
}

/** The items as they are to be. One that is named is changed, one without an id is added. @throws ApiError */
export function applyItems(world: World, subscription: Subscription, sent: z.infer<typeof itemChanges>): SubscriptionItem[] {
  let items = [...subscription.items.data];
  for (const [index, change] of sent.entries()) {
    const price = change.price === undefined ? null : findRecurringPrice(world, change.price, `items[${index}][price]`);
    if (price !== null && price.currency !== subscription.currency) {
      throw invalidRequest(`The price specified only supports \`${price.currency}\`. This doesn't match the expected currency: \`${subscription.currency}\`.`, {
        param: `items[${index}][price]`,
      });
    }
    if (change.id === undefined) {
      if (price === null) throw invalidRequest(`Missing required param: items[${index}][price].`, { code: 'parameter_missing', param: `items[${index}][price]` });
      if (items.some((item) => item.price.id === price.id)) {
        throw invalidRequest(`Cannot add multiple subscription items with the same plan: ${price.id}`, { param: `items[${index}]` });
      }
      const period = { start: periodStart(subscription), end: periodEnd(subscription) };
      items.push(newItem(world, { subscription: subscription.id, price, quantity: change.quantity ?? 1, period }));
      continue;
    }
    if (!items.some(({ id }) => id === change.id)) throw missing('subscription item', change.id, `items[${index}][id]`);
    items = items.flatMap((item) => {
      if (item.id !== change.id) return [item];
      if (change.deleted) return [];
      const metadata = mergeMetadata(item.metadata, change.metadata);
      const quantity = change.quantity ?? item.quantity;
      return [price === null ? { ...item, metadata, quantity } : { ...item, metadata, quantity, price, plan: planOf(price) }];
    });
  }
  return items;
}

/** From when on prorations are counted. @throws ApiError outside of the period */
export function readProrationDate(world: World, subscription: Subscription, sent: number | undefined): number {
  if (sent === undefined) return world.clock.now();
  if (sent < periodStart(subscription) || sent > periodEnd(subscription)) {
    throw invalidRequest('Cannot specify `proration_date` outside of the current subscription period.', { param: 'proration_date' });
  }
  return sent;
}

function changeTrial(world: World, before: Subscription, end: 'now' | number, payment: PaymentBehavior): void {
  const now = world.clock.now();
  if (end === 'now') {
    if (before.status === 'trialing') endTrial(world, before, payment);
    return;
  }
  if (end <= now) throw invalidRequest('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' });
  world.store.put('subscription', {
    ...before,
    status: 'trialing',
    trial_start: before.trial_start ?? now,
    trial_end: end,
    billing_cycle_anchor: end,
    items: {
      ...before.items,
      data: before.items.data.map((item) => ({ ...item, current_period_start: now, current_period_end: end })),
    },
    double: { trialNoticed: false },
  });
}

export function readPaymentBehavior(sent: z.infer<typeof paymentBehavior> | undefined): PaymentBehavior {
  if (sent === 'pending_if_incomplete') throw unsupported('payment_behavior=pending_if_incomplete', 'payment_behavior');
  return sent ?? 'allow_incomplete';
}

export function textsOf(sent: z.infer<typeof cancellationDetails> | undefined): Partial<Subscription['cancellation_details']> {
  return {
    ...(sent?.comment === undefined ? {} : { comment: sent.comment || null }),
    ...(sent?.feedback === undefined ? {} : { feedback: sent.feedback || null }),
  };
}
