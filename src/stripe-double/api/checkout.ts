import { z } from 'zod';
import { expireSession } from '../checkout.js';
import { invalidRequest, missing, unsupported } from '../errors.js';
import { clearableText, count, expand, flag, listOf, metadata, paging, text, timestamp, webAddress, wholeNumber } from '../parameters.js';
import type { CheckoutSession } from '../records.js';
import { newId } from '../store.js';
import { DAY, HOUR, type World } from '../world.js';
import { findCustomer, findRecurringPrice } from './find.js';
import { mergeMetadata } from './metadata.js';
import { pageOf } from './page.js';
import { asRecord, route, type Route } from './route.js';

const creation = z.strictObject({
  ...expand,
  allow_promotion_codes: flag.optional(),
  billing_address_collection: text.optional(),
  cancel_url: webAddress.optional(),
  client_reference_id: z.string().max(200).optional(),
  customer: text.optional(),
  customer_email: text.optional(),
  expires_at: timestamp.optional(),
  line_items: listOf(z.strictObject({ price: text, quantity: count.optional() })),
  locale: text.optional(),
  metadata: metadata.optional(),
  mode: z.enum(['payment', 'setup', 'subscription'], { error: 'Invalid mode: must be one of payment, setup, or subscription' }),
  payment_method_collection: z.enum(['always', 'if_required']).optional(),
  payment_method_types: listOf(text).optional(),
  subscription_data: z
    .strictObject({
      description: clearableText.optional(),
      metadata: metadata.optional(),
      trial_end: timestamp.optional(),
      trial_period_days: wholeNumber.optional(),
    })
    .optional(),
  success_url: webAddress,
  ui_mode: text.optional(),
});

const filter = { customer: text.optional(), subscription: text.optional(), status: text.optional() };

export const checkoutRoutes: readonly Route[] = [
  route('POST', '/v1/checkout/sessions', creation, (world, sent) => asRecord(openSession(world, sent))),
  route('GET', '/v1/checkout/sessions', z.strictObject({ ...paging, ...filter }), ({ store }, sent) => {
    const wanted = store
      .list('checkout.session')
      .filter(
        ({ customer, subscription, status }) =>
          (sent.customer ?? customer) === customer && (sent.subscription ?? subscription) === subscription && (sent.status ?? status) === status,
      );
    return pageOf(wanted, sent, '/v1/checkout/sessions', 'checkout.session');
  }),
  route('GET', '/v1/checkout/sessions/:id', z.strictObject(expand), (world, _, id) => asRecord(findSession(world, id))),
  route('POST', '/v1/checkout/sessions/:id/expire', z.strictObject(expand), (world, _, id) => asRecord(expireSession(world, findSession(world, id)))),
];

function openSession(world: World, sent: z.infer<typeof creation>): CheckoutSession {
  const { store, clock } = world;
  const now = clock.now();
  if (sent.mode !== 'subscription') throw unsupported(`mode=${sent.mode}`, 'mode');
  if (sent.ui_mode !== undefined && sent.ui_mode !== 'hosted_page') throw unsupported(`ui_mode=${sent.ui_mode}`, 'ui_mode');
  if (sent.customer !== undefined && sent.customer_email !== undefined) {
    throw invalidRequest('You may only specify one of these parameters: customer, customer_email.', { code: 'parameters_exclusive' });
  }
  const [item, ...others] = sent.line_items;
  if (item === undefined) throw invalidRequest('Missing required param: line_items.', { code: 'parameter_missing', param: 'line_items' });
  if (others.length > 0) throw unsupported('more than one line item', 'line_items[1]');
  const price = findRecurringPrice(world, item.price, 'line_items[0][price]');
  if (item.quantity === undefined) {
    throw invalidRequest('Quantity is required. Add `quantity` to `line_items[0]`', { code: 'parameter_missing', param: 'line_items[0][quantity]' });
  }
  const customer = sent.customer === undefined ? null : findCustomer(world, sent.customer, 'customer');
  const expiresAt = sent.expires_at ?? now + DAY;
  if (expiresAt < now + HOUR / 2 || expiresAt > now + DAY) {
    throw invalidRequest('The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation, and at most 24 hours.', { param: 'expires_at' });
  }
  const { trial_end: trialEnd, trial_period_days: trialDays } = sent.subscription_data ?? {};
  const isFree = trialEnd !== undefined || trialDays !== undefined;
  const total = isFree ? 0 : price.unit_amount * item.quantity;
  const id = newId('cs_test_', 58);
  return store.put('checkout.session', {
    id,
    object: 'checkout.session',
    allow_promotion_codes: sent.allow_promotion_codes ?? null,
    amount_subtotal: total,
    amount_total: total,
    cancel_url: sent.cancel_url ?? null,
    client_reference_id: sent.client_reference_id ?? null,
    client_secret: null,
    created: now,
    currency: price.currency,
    customer: customer?.id ?? null,
    customer_creation: customer === null ? 'always' : null,
    customer_details: null,
    customer_email: sent.customer_email ?? null,
    expires_at: expiresAt,
    invoice: null,
    livemode: false,
    locale: sent.locale ?? null,
    metadata: mergeMetadata({}, sent.metadata),
    mode: 'subscription',
    payment_intent: null,
    payment_method_collection: sent.payment_method_collection ?? 'always',
    payment_method_types: ['card'],
    payment_status: isFree ? 'no_payment_required' : 'unpaid',
    setup_intent: null,
    status: 'open',
    subscription: null,
    success_url: sent.success_url,
    ui_mode: 'hosted_page',
    url: `${world.address()}/checkout/${id}`,
    double: {
      priceId: price.id,
      quantity: item.quantity,
      subscriptionMetadata: mergeMetadata({}, sent.subscription_data?.metadata),
      subscriptionDescription: sent.subscription_data?.description || null,
      trialEnd: trialEnd ?? null,
      trialDays: trialDays ?? null,
    },
  });
}

function findSession({ store }: World, id: string): CheckoutSession {
  const session = store.get('checkout.session', id);
  if (session === null) throw missing('checkout.session', id);
  return session;
}
