import { declined, invalidRequest } from './errors.js';
import { emit } from './events.js';
import { isOver } from './endings.js';
import { collectInvoice, draftInvoice, finalizeInvoice, markUncollectible, voidInvoice } from './invoices.js';
import { hasSameInterval, nextPeriodEnd } from './periods.js';
import { periodLine, prorationLines, unusedLine } from './proration.js';
import type { BillingReason, Invoice, Metadata, Price, ProrationBehavior, Subscription, SubscriptionItem } from './records.js';
import { newId } from './store.js';
import { newItem } from './subscription-items.js';
import type { World } from './world.js';

/** What changes a subscription, whoever asks: the API, a schedule, a page or the time. */

export type PaymentBehavior = 'allow_incomplete' | 'default_incomplete' | 'error_if_incomplete';

/**
 * One customer.subscription.updated for all that `work` changes in a subscription, told when it is done. An end tells of
 * itself. Not to be nested.
 */
export function changing<Result>(world: World, id: string, work: (subscription: Subscription) => Result): Result {
  const before = subscriptionById(world, id);
  const result = work(before);
  const after = subscriptionById(world, id);
  if (after.status !== 'canceled' && JSON.stringify(after) !== JSON.stringify(before)) {
    emit(world, 'customer.subscription.updated', after, before);
  }
  return result;
}

/** What is needed to begin a subscription. */
export interface NewSubscription {
  /** Default: a new one. */
  readonly id?: string;
  readonly customer: string;
  readonly items: readonly { readonly price: Price; readonly quantity: number }[];
  readonly metadata: Metadata;
  readonly description: string | null;
  /** Null for none. */
  readonly trialEnd: number | null;
  readonly missingPaymentMethod?: 'cancel' | 'create_invoice' | 'pause';
  readonly paymentBehavior: PaymentBehavior;
  /** Called before anything is told of the subscription: what caused it tells of itself first. */
  readonly announce?: (subscription: Subscription, invoice: Invoice) => void;
}

/** @throws ApiError 402 where the payment has to succeed and does not; the caller's transaction then undoes everything. */
export function beginSubscription(world: World, wanted: NewSubscription): Subscription {
  const { store, clock } = world;
  const now = clock.now();
  const [first] = wanted.items;
  if (first === undefined) throw invalidRequest('Missing required param: items.', { code: 'parameter_missing', param: 'items' });
  const id = wanted.id ?? newId('sub_1');
  const end = wanted.trialEnd ?? nextPeriodEnd(now, first.price, now);
  const isTrial = wanted.trialEnd !== null;
  store.put('subscription', {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: wanted.trialEnd ?? now,
    billing_cycle_anchor_config: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible' },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency: first.price.currency,
    customer: wanted.customer,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: wanted.description,
    discounts: [],
    ended_at: null,
    invoice_settings: { account_tax_ids: null, issuer: { type: 'self' } },
    items: {
      object: 'list',
      data: wanted.items.map(({ price, quantity }) =>
        newItem(world, { subscription: id, price, quantity, period: { start: now, end } }),
      ),
      has_more: false,
      total_count: wanted.items.length,
      url: `/v1/subscription_items?subscription=${id}`,
    },
    latest_invoice: null,
    livemode: false,
    metadata: wanted.metadata,
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: { payment_method_options: null, payment_method_types: null, save_default_payment_method: 'off' },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: isTrial ? 'trialing' : 'incomplete',
    test_clock: null,
    transfer_data: null,
    trial_end: wanted.trialEnd,
    trial_settings: { end_behavior: { missing_payment_method: wanted.missingPaymentMethod ?? 'create_invoice' } },
    trial_start: isTrial ? now : null,
    double: { trialNoticed: false },
  });
  const subscription = subscriptionById(world, id);
  const invoice = draftInvoice(world, {
    subscription,
    lines: subscription.items.data.map((item) => periodLine(world, item, { start: now, end }, isTrial)),
    reason: 'subscription_create',
    finalizesAt: null,
  });
  wanted.announce?.(subscriptionById(world, id), invoice);
  emit(world, 'customer.subscription.created', subscriptionById(world, id));
  changing(world, id, () => issue(world, invoice, wanted.paymentBehavior));
  return subscriptionById(world, id);
}

/**
 * Puts items in the place of a subscription's present ones. Prorations are counted from `moment`.
 *
 * @returns the invoice that the change made; null where it waits for the next one, or costs nothing.
 * @throws ApiError 402 as `beginSubscription` does.
 */
export function changeItems(
  world: World,
  subscription: Subscription,
  items: readonly SubscriptionItem[],
  { behavior, moment, payment }: { readonly behavior: ProrationBehavior; readonly moment: number; readonly payment: PaymentBehavior | 'preview' },
): Invoice | null {
  const { store, clock } = world;
  const present = subscription.items.data;
  const [first] = items;
  if (first === undefined) throw invalidRequest('A subscription must have at least one active plan.', { param: 'items' });
  const put = (data: readonly SubscriptionItem[], anchor = subscription.billing_cycle_anchor): Subscription =>
    store.put('subscription', {
      ...subscription,
      billing_cycle_anchor: anchor,
      items: { ...subscription.items, data, total_count: data.length },
    });
  if (subscription.status === 'trialing') {
    put(items);
    return null;
  }
  const startsAnew = present.some(({ price }) => !hasSameInterval(price, first.price));
  const lines = [
    ...present.flatMap((from) => {
      if (behavior === 'none') return [];
      const to = items.find(({ id }) => id === from.id) ?? null;
      if (startsAnew) return unusedLine(world, from, moment);
      if (to !== null && to.price.id === from.price.id && to.quantity === from.quantity) return [];
      return prorationLines(world, { from, to, moment });
    }),
    ...(startsAnew || behavior === 'none'
      ? []
      : items
          .filter(({ id }) => !present.some((from) => from.id === id))
          .flatMap((added) => prorationLines(world, { from: { ...added, quantity: 0 }, to: added, moment }))),
  ];
  if (startsAnew) {
    const now = clock.now();
    const period = { start: now, end: nextPeriodEnd(now, first.price, now) };
    const changed = put(
      items.map((item) => ({ ...item, current_period_start: period.start, current_period_end: period.end })),
      now,
    );
    return invoiceChange(world, changed, [...lines, ...changed.items.data.map((item) => periodLine(world, item, period))], payment);
  }
  const changed = put(items);
  if (behavior === 'always_invoice' && lines.length > 0) return invoiceChange(world, changed, lines, payment);
  for (const line of lines) {
    store.put('invoiceitem', {
      id: line.parent.subscription_item_details.invoice_item ?? newId('ii_1'),
      object: 'invoiceitem',
      customer: changed.customer,
      subscription: changed.id,
      line,
    });
  }
  return null;
}

function invoiceChange(
  world: World,
  subscription: Subscription,
  lines: Parameters<typeof draftInvoice>[1]['lines'],
  payment: PaymentBehavior | 'preview',
): Invoice {
  const invoice = draftInvoice(world, { subscription, lines, reason: 'subscription_update', finalizesAt: null });
  return payment === 'preview' ? invoice : issue(world, invoice, payment);
}

/**
 * Ends a trial now, and charges the first period. A renewal in all but name.
 */
export function endTrial(world: World, subscription: Subscription, payment: PaymentBehavior): Invoice {
  const now = world.clock.now();
  const active = startPeriod(world, { ...subscription, status: 'active', trial_end: now, billing_cycle_anchor: now }, now);
  return issue(world, draftPeriod(world, active, 'subscription_update', null), payment);
}

/** The items' next period, from `start` on. Tells nobody. */
export function startPeriod(world: World, subscription: Subscription, start: number): Subscription {
  return world.store.put('subscription', {
    ...subscription,
    items: {
      ...subscription.items,
      data: subscription.items.data.map((item) => ({
        ...item,
        current_period_start: start,
        current_period_end: nextPeriodEnd(subscription.billing_cycle_anchor, item.price, start),
      })),
    },
  });
}

/** An invoice of the items' present period. */
export function draftPeriod(
  world: World,
  subscription: Subscription,
  reason: BillingReason,
  finalizesAt: number | null,
  period?: { readonly start: number; readonly end: number },
): Invoice {
  return draftInvoice(world, {
    subscription,
    lines: subscription.items.data.map((item) =>
      periodLine(world, item, { start: item.current_period_start, end: item.current_period_end }),
    ),
    reason,
    finalizesAt,
    ...(period ? { period } : {}),
  });
}

/** Tells of a draft, makes it binding at once and has it paid. @throws ApiError 402 as `beginSubscription` does. */
function issue(world: World, draft: Invoice, payment: PaymentBehavior): Invoice {
  const { store } = world;
  emit(world, 'invoice.created', draft);
  const final = finalizeInvoice(world, draft);
  if (final.status !== 'open') return final;
  const paid = payment === 'default_incomplete' ? awaitPayment(world, final) : collectInvoice(world, final, { isRetry: false });
  if (paid.status !== 'paid' && payment === 'error_if_incomplete') throw declined(paid.double.chargeId);
  return store.get('invoice', paid.id) ?? paid;
}

function awaitPayment({ store }: World, invoice: Invoice): Invoice {
  const subscription = store.get('subscription', invoice.parent.subscription_details.subscription);
  if (subscription?.status === 'active') store.put('subscription', { ...subscription, status: 'past_due' });
  return invoice;
}

/** The moment at which a draft of a renewal is to be paid; a subscription whose collection is paused is not charged. */
export function payDraft(world: World, draft: Invoice): void {
  const subscription = subscriptionById(world, draft.parent.subscription_details.subscription);
  const paused = subscription.pause_collection?.behavior;
  if (paused === 'keep_as_draft') {
    world.store.put('invoice', { ...draft, auto_advance: false, automatically_finalizes_at: null, next_payment_attempt: null });
    return;
  }
  const final = finalizeInvoice(world, draft);
  if (final.status !== 'open') return;
  if (paused === 'void') voidInvoice(world, final);
  else if (paused === 'mark_uncollectible') markUncollectible(world, final);
  else collectInvoice(world, final, { isRetry: true });
}

/** @throws Error where there is none: a record of the double's names it. */
export function subscriptionById({ store }: World, id: string): Subscription {
  const subscription = store.get('subscription', id);
  if (subscription === null) throw new Error(`There is no subscription ${id}.`);
  return subscription;
}

/** @throws ApiError where nothing but its details can be changed any more. */
export function refuseOver(subscription: Subscription): void {
  if (isOver(subscription)) throw invalidRequest('A canceled subscription can only update its cancellation_details and metadata.');
}
