/*
 * Objects as Stripe's API writes them, by the examples and descriptions in its reference: of today's version, of one from
 * before 2025-03 (periods and invoices' subscriptions stood elsewhere), and of one from before there were prices. They
 * hold what people are called and pay with, to show that nothing of it gets further.
 */

export const profileId = '6f2c1d34-5b6a-4c8d-9e0f-1a2b3c4d5e6f';
export const personal = 'Jenny Rosen <jenny@example.com>, Visa 4242';

export const start = 1_790_000_000;
export const end = 1_792_592_000;

type Fields = Readonly<Record<string, unknown>>;

const price = (id: string): Fields => ({
  id,
  object: 'price',
  active: true,
  billing_scheme: 'per_unit',
  currency: 'usd',
  product: 'prod_1',
  recurring: { interval: 'month', interval_count: 1, usage_type: 'licensed', meter: null },
  type: 'recurring',
  unit_amount: 900,
});

/** What only the items of today's version have. */
export function item(id: string, priceId: string, fields: Fields = {}): Fields {
  return {
    id,
    object: 'subscription_item',
    current_period_end: end,
    current_period_start: start,
    metadata: {},
    plan: { id: priceId, object: 'plan', interval: 'month' },
    price: price(priceId),
    quantity: 1,
    tax_rates: [],
    ...fields,
  };
}

/** A subscription of today's version. */
export function subscription(fields: Fields = {}): Fields {
  return {
    id: 'sub_1',
    object: 'subscription',
    billing_mode: { type: 'flexible' },
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    created: start - 100,
    currency: 'usd',
    customer: 'cus_1',
    default_payment_method: 'pm_1',
    description: personal,
    items: { object: 'list', data: [item('si_1', 'price_starter')], has_more: false, url: '/v1/subscription_items' },
    latest_invoice: 'in_1',
    livemode: false,
    metadata: { profile_id: profileId, note: personal },
    schedule: null,
    status: 'active',
    trial_end: null,
    ...fields,
  };
}

/** One of 2024-06-20: the period is the subscription's. */
export function subscriptionOf2024(fields: Fields = {}): Fields {
  return subscription({
    current_period_end: end,
    current_period_start: start,
    items: {
      object: 'list',
      data: [{ id: 'si_1', object: 'subscription_item', plan: { id: 'price_starter' }, price: price('price_starter'), quantity: 1 }],
    },
    plan: { id: 'price_starter', object: 'plan' },
    ...fields,
  });
}

/** One of 2018-02-06: a plan, and no prices. */
export function subscriptionOf2018(fields: Fields = {}): Fields {
  return {
    id: 'sub_1',
    object: 'subscription',
    billing: 'charge_automatically',
    cancel_at_period_end: false,
    created: start - 100,
    current_period_end: end,
    current_period_start: start,
    customer: 'cus_1',
    items: { object: 'list', data: [{ id: 'si_1', object: 'subscription_item', plan: { id: 'gold plan', object: 'plan' } }] },
    metadata: { profile_id: profileId },
    plan: { id: 'gold plan', object: 'plan' },
    status: 'active',
    ...fields,
  };
}

export function phase(priceId: string, [from, to]: readonly [number, number], fields: Fields = {}): Fields {
  return {
    add_invoice_items: [],
    billing_cycle_anchor: null,
    collection_method: null,
    currency: 'usd',
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: to,
    items: [{ discounts: [], metadata: {}, plan: priceId, price: priceId, quantity: 1, tax_rates: [] }],
    metadata: {},
    proration_behavior: 'create_prorations',
    start_date: from,
    trial_end: null,
    ...fields,
  };
}

/** A schedule in its first phase; by default there is no other. */
export function schedule(fields: Fields = {}): Fields {
  return {
    id: 'sub_sched_1',
    object: 'subscription_schedule',
    created: start,
    current_phase: { start_date: start, end_date: end },
    customer: 'cus_1',
    end_behavior: 'release',
    metadata: {},
    phases: [phase('price_starter', [start, end])],
    released_subscription: null,
    status: 'active',
    subscription: 'sub_1',
    ...fields,
  };
}

export function invoice(fields: Fields = {}): Fields {
  return {
    id: 'in_1',
    object: 'invoice',
    account_name: personal,
    amount_due: 900,
    currency: 'usd',
    customer: 'cus_1',
    customer_email: personal,
    next_payment_attempt: null,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: { profile_id: profileId }, subscription: 'sub_1' },
    },
    status: 'paid',
    ...fields,
  };
}

export function charge(fields: Fields = {}): Fields {
  return {
    id: 'ch_1',
    object: 'charge',
    amount: 900,
    amount_refunded: 400,
    billing_details: { email: personal },
    currency: 'usd',
    customer: 'cus_1',
    metadata: {},
    refunded: false,
    ...fields,
  };
}

export function dispute(fields: Fields = {}): Fields {
  return {
    id: 'du_1',
    object: 'dispute',
    amount: 900,
    charge: 'ch_1',
    currency: 'usd',
    evidence: { customer_name: personal },
    metadata: {},
    status: 'needs_response',
    ...fields,
  };
}

export function checkoutSession(fields: Fields = {}): Fields {
  return {
    id: 'cs_test_1',
    object: 'checkout.session',
    client_reference_id: profileId,
    customer: 'cus_1',
    customer_details: { email: personal },
    metadata: { profile_id: profileId },
    mode: 'subscription',
    payment_link: null,
    payment_status: 'paid',
    status: 'complete',
    subscription: 'sub_1',
    ...fields,
  };
}

export function event(type: string, object: unknown, fields: Fields = {}): Fields {
  return {
    id: 'evt_1',
    object: 'event',
    api_version: '2026-10-28.endive',
    created: start + 5,
    data: { object, previous_attributes: {} },
    livemode: false,
    pending_webhooks: 1,
    request: { id: 'req_1', idempotency_key: 'key' },
    type,
    ...fields,
  };
}
