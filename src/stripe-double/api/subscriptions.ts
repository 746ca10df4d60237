import { z } from 'zod';
import { cardState } from '../cards.js';
import { endSubscription, isOver } from '../endings.js';
import { invalidRequest, missing } from '../errors.js';
import { emit } from '../events.js';
import { draftInvoice, finalizeInvoice } from '../invoices.js';
import { clearableText, count, expand, flag, isWithin, listOf, metadata, moments, paging, text, wholeNumber } from '../parameters.js';
import { unusedLine } from '../proration.js';
import type { Subscription } from '../records.js';
import { newId } from '../store.js';
import { beginSubscription, changing, draftPeriod, startPeriod, subscriptionById } from '../subscription-changes.js';
import { DAY, type World } from '../world.js';
import { findCustomer, findRecurringPrice, findSubscription } from './find.js';
import { mergeMetadata } from './metadata.js';
import { pageOf } from './page.js';
import { asRecord, route, type Route } from './route.js';
import { cancellationDetails, changes, changeSubscription, paymentBehavior, readPaymentBehavior, textsOf, trialEnd, trialSettings } from './subscription-update.js';

const creation = z.strictObject({
  ...expand,
  customer: text,
  items: listOf(z.strictObject({ price: text, quantity: count.optional() })),
  metadata: metadata.optional(),
  description: clearableText.optional(),
  payment_behavior: paymentBehavior.optional(),
  trial_end: trialEnd.optional(),
  trial_period_days: wholeNumber.optional(),
  trial_settings: trialSettings.optional(),
  off_session: flag.optional(),
});

export const subscriptionRoutes: readonly Route[] = [
  route('POST', '/v1/subscriptions', creation, (world, sent) => {
    const customer = findCustomer(world, sent.customer, 'customer');
    const trial = readTrialEnd(world, sent);
    if (trial === null && cardState(world, customer) === 'none' && sent.payment_behavior !== 'default_incomplete') {
      throw invalidRequest('This customer has no attached payment source or default payment method. Please consider adding a default payment method.', {
        code: 'resource_missing',
      });
    }
    return asRecord(
      beginSubscription(world, {
        customer: customer.id,
        items: sent.items.map(({ price, quantity = 1 }, index) => ({ price: findRecurringPrice(world, price, `items[${index}][price]`), quantity })),
        metadata: mergeMetadata({}, sent.metadata),
        description: sent.description || null,
        trialEnd: trial,
        ...(sent.trial_settings ? { missingPaymentMethod: sent.trial_settings.end_behavior.missing_payment_method } : {}),
        paymentBehavior: readPaymentBehavior(sent.payment_behavior),
      }),
    );
  }),
  route(
    'GET',
    '/v1/subscriptions',
    z.strictObject({ ...paging, customer: text.optional(), price: text.optional(), status: text.optional(), created: moments.optional() }),
    ({ store }, sent) => {
      const wanted = store
        .list('subscription')
        .filter(
          (subscription) =>
            (sent.customer ?? subscription.customer) === subscription.customer &&
            (sent.price === undefined || subscription.items.data.some(({ price }) => price.id === sent.price)) &&
            isOfStatus(subscription, sent.status) &&
            isWithin(subscription.created, sent.created),
        );
      return pageOf(wanted, sent, '/v1/subscriptions', 'subscription');
    },
  ),
  route('GET', '/v1/subscriptions/:id', z.strictObject(expand), (world, _, id) => asRecord(findSubscription(world, id))),
  route('POST', '/v1/subscriptions/:id', changes, (world, sent, id) => {
    findSubscription(world, id);
    changing(world, id, (subscription) => changeSubscription(world, subscription, sent));
    return asRecord(subscriptionById(world, id));
  }),
  route(
    'DELETE',
    '/v1/subscriptions/:id',
    z.strictObject({ ...expand, cancellation_details: cancellationDetails.optional(), invoice_now: flag.optional(), prorate: flag.optional() }),
    (world, sent, id) => {
      const subscription = findSubscription(world, id);
      // What is over is as good as not there, as with Stripe.
      if (isOver(subscription)) throw missing('subscription', id);
      if (sent.prorate) giveBackRest(world, subscription, sent.invoice_now ?? false);
      return asRecord(endSubscription(world, subscriptionById(world, id), 'cancellation_requested', textsOf(sent.cancellation_details)));
    },
  ),
  route('POST', '/v1/subscriptions/:id/resume', z.strictObject({ ...expand, billing_cycle_anchor: z.enum(['now', 'unchanged']).optional() }), (world, _, id) => {
    const { status } = findSubscription(world, id);
    if (status !== 'paused') throw invalidRequest('Resuming a subscription is only supported for subscriptions that are paused.');
    changing(world, id, (subscription) => {
      const now = world.clock.now();
      const active = startPeriod(world, { ...subscription, status: 'active', billing_cycle_anchor: now }, now);
      emit(world, 'invoice.created', draftPeriod(world, active, 'subscription_cycle', now));
    });
    const resumed = subscriptionById(world, id);
    emit(world, 'customer.subscription.resumed', resumed);
    return asRecord(resumed);
  }),
];

function giveBackRest(world: World, subscription: Subscription, isInvoiced: boolean): void {
  const lines = subscription.items.data.flatMap((item) => unusedLine(world, item, world.clock.now()));
  if (isInvoiced) {
    const draft = draftInvoice(world, { subscription, lines, reason: 'subscription_update', finalizesAt: null });
    emit(world, 'invoice.created', draft);
    finalizeInvoice(world, draft);
    return;
  }
  for (const line of lines) {
    world.store.put('invoiceitem', { id: newId('ii_1'), object: 'invoiceitem', customer: subscription.customer, subscription: subscription.id, line });
  }
}

function readTrialEnd({ clock }: World, sent: z.infer<typeof creation>): number | null {
  const end = sent.trial_end ?? (sent.trial_period_days === undefined ? 'now' : clock.now() + sent.trial_period_days * DAY);
  if (end === 'now') return null;
  if (end <= clock.now()) throw invalidRequest('Invalid timestamp: must be an integer Unix timestamp in the future.', { param: 'trial_end' });
  return end;
}

function isOfStatus(subscription: Subscription, wanted: string | undefined): boolean {
  if (wanted === 'all') return true;
  if (wanted === undefined) return subscription.status !== 'canceled';
  if (wanted === 'ended') return isOver(subscription);
  return subscription.status === wanted;
}
