import { inspect } from 'node:util';
import { BillingProviderUnavailable, type BillingProvider, PaymentDeclined } from '../src/billing/provider.js';
import { createStripeProvider } from '../src/billing/stripe.js';
import { item, personal, phase, profileId, end, schedule, start, subscription } from './support/stripe-objects.js';
import { clock, createStripeScript, fault, type Reply, type StripeScript } from './support/stripe-script.js';

const localNow = new Date(1_800_000_000_900);
const faults: string[] = [];
let stripe: StripeScript;
let provider: BillingProvider;

beforeAll(async () => {
  stripe = await createStripeScript();
  provider = createStripeProvider({
    settings: stripe.settings,
    onFault: (message) => faults.push(message),
    timeoutMs: 150,
    now: () => localNow,
  });
});
afterAll(() => stripe.close());

beforeEach(() => {
  stripe.clear();
  faults.length = 0;
});
// What was laid out was asked for, and nothing else was.
afterEach(() => {
  expect(stripe.left()).toBe(0);
});

const ok = (body: unknown): Reply => ({ body });
const change = { subscriptionId: 'sub_1', priceId: 'price_pro' };
const asked = () => stripe.calls.map(({ request, key }) => [request, key]);
const forms = () => stripe.calls.map(({ form }) => form);

/** What a call came to that did not succeed. Nothing of it may show a secret, or what Stripe said. */
async function failureOf(call: Promise<unknown>): Promise<Error> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('The call succeeded.');
  const shown = [inspect(error, { depth: 10 }), JSON.stringify(error), ...faults].join('\n');
  expect(shown).not.toMatch(/sk_test|Bearer|Jenny|example\.com|No such|req_1/);
  expect(error.cause).toBeUndefined();
  return error;
}

const scheduled = schedule({ phases: [phase('price_starter', [start, end]), phase('price_basic', [end, end + 9])] });
const upgraded = subscription({ items: { data: [item('si_1', 'price_pro')] } });
const described = {
  state: {
    subscriptionId: 'sub_1',
    customerId: 'cus_1',
    profileId,
    status: 'active',
    priceId: 'price_pro',
    createdAt: start - 100,
    currentPeriodStart: start,
    currentPeriodEnd: end,
    cancelAtPeriodEnd: false,
    scheduledPriceId: null,
  },
  asOf: clock,
};

describe('a customer', () => {
  const details = { profileId, email: 'jenny@example.com', name: 'Jenny Rosen' };

  test('is made with the profile in its metadata, under the key that was given', async () => {
    stripe.reply(ok({ id: 'cus_1', object: 'customer' }));

    expect(await provider.createCustomer(details, 'key-1')).toBe('cus_1');

    expect(asked()).toEqual([['POST /v1/customers', 'key-1']]);
    expect(forms()).toEqual([{ 'metadata[profile_id]': profileId, email: 'jenny@example.com', name: 'Jenny Rosen' }]);
    expect(stripe.calls[0]?.headers).toMatchObject({
      'stripe-version': '2026-10-28.endive',
      'user-agent': expect.stringContaining(' roomfeed'),
      authorization: `Bearer ${stripe.settings.secretKey.reveal()}`,
    });
    expect(stripe.calls[0]?.headers).not.toHaveProperty('x-stripe-client-telemetry');
  });

  test('is made without what is not known of it, and with a long name cut', async () => {
    stripe.reply(ok({ id: 'cus_1' }), ok({ id: 'cus_2' }));

    await provider.createCustomer({ profileId, email: null, name: null }, 'key-1');
    await provider.createCustomer({ profileId, email: null, name: 'é'.repeat(500) }, 'key-2');

    expect(forms()).toEqual([
      { 'metadata[profile_id]': profileId },
      { 'metadata[profile_id]': profileId, name: 'é'.repeat(200) },
    ]);
  });

  test('is made without an address that Stripe does not take', async () => {
    stripe.reply(fault(400, { code: 'email_invalid', param: 'email', message: personal }), ok({ id: 'cus_1' }));

    expect(await provider.createCustomer(details, 'key-1')).toBe('cus_1');

    expect(asked()).toEqual([
      ['POST /v1/customers', 'key-1'],
      ['POST /v1/customers', 'key-1:without-email'],
    ]);
    expect(forms()[1]).toEqual({ 'metadata[profile_id]': profileId, name: 'Jenny Rosen' });
    expect(faults).toEqual([]);
  });
});

describe('a page', () => {
  const checkout = {
    customerId: 'cus_1',
    profileId,
    priceId: 'price_pro',
    successUrl: 'https://app.example/done?session={CHECKOUT_SESSION_ID}',
    cancelUrl: 'https://app.example/',
  };

  test('of a checkout names the profile in all that it makes', async () => {
    stripe.reply(ok({ id: 'cs_1', url: 'https://checkout.stripe.com/c/pay/cs_1' }));

    expect(await provider.openCheckout(checkout, 'key-1')).toBe('https://checkout.stripe.com/c/pay/cs_1');

    expect(asked()).toEqual([['POST /v1/checkout/sessions', 'key-1']]);
    expect(forms()).toEqual([
      {
        mode: 'subscription',
        customer: 'cus_1',
        client_reference_id: profileId,
        'line_items[0][price]': 'price_pro',
        'line_items[0][quantity]': '1',
        'metadata[profile_id]': profileId,
        'subscription_data[metadata][profile_id]': profileId,
        success_url: 'https://app.example/done?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'https://app.example/',
      },
    ]);
  });

  test('of a checkout for a price that Stripe does not know is the operator\'s to correct', async () => {
    stripe.reply(fault(400, { code: 'resource_missing', param: 'line_items[0][price]', message: "No such price: 'price_pro'" }));

    const error = await failureOf(provider.openCheckout(checkout, 'key-1'));

    expect(error).toBeInstanceOf(BillingProviderUnavailable);
    expect(error.message).toBe('Stripe was asked to open a checkout and did not: 400 resource_missing.');
    expect(faults).toEqual([
      'Stripe knows no price price_pro. Correct "priceId" of its plan (plans.….priceId), or STRIPE_SECRET_KEY where it is ' +
        "another account's, or of test mode in place of live mode.",
    ]);
  });

  test('without an address is none', async () => {
    stripe.reply(ok({ id: 'cs_1', url: null }), ok({ id: 'bps_1', url: 'javascript:alert(1)' }));

    for (const call of [provider.openCheckout(checkout, 'key-1'), provider.openPortal({ customerId: 'cus_1', returnUrl: 'https://app.example/' })]) {
      expect(await failureOf(call)).toBeInstanceOf(BillingProviderUnavailable);
    }
  });

  test('of the portal leads back to the app', async () => {
    stripe.reply(ok({ id: 'bps_1', url: 'https://billing.stripe.com/p/session/1' }));

    const url = await provider.openPortal({ customerId: 'cus_1', returnUrl: 'https://app.example/' });

    expect(url).toBe('https://billing.stripe.com/p/session/1');
    expect(stripe.calls[0]?.request).toBe('POST /v1/billing_portal/sessions');
    expect(forms()).toEqual([{ customer: 'cus_1', return_url: 'https://app.example/' }]);
  });

  test('of a portal that was never set up is the operator\'s to set up', async () => {
    stripe.reply(fault(400, { message: `No configuration provided for ${personal}` }));

    await failureOf(provider.openPortal({ customerId: 'cus_1', returnUrl: 'https://app.example/' }));

    expect(faults).toEqual([
      "Stripe refused to open the customer portal: 400. Where the portal was never set up, save its settings in Stripe's dashboard.",
    ]);
  });
});

describe('a subscription', () => {
  test('is described with the price that its schedule puts in place', async () => {
    stripe.reply(ok(subscription({ schedule: scheduled })));

    expect(await provider.getSubscription('sub_1')).toEqual({
      state: { ...described.state, priceId: 'price_starter', scheduledPriceId: 'price_basic' },
      asOf: clock,
    });

    expect(stripe.calls).toMatchObject([{ request: 'GET /v1/subscriptions/sub_1', form: { 'expand[0]': 'schedule' }, key: null }]);
  });

  test('is as of our own clock where the answer does not say when it was given', async () => {
    stripe.reply({ body: subscription(), headers: { date: null } }, { body: subscription(), headers: { date: 'soon' } });

    expect((await provider.getSubscription('sub_1'))?.asOf).toBe(1_800_000_000);
    expect((await provider.getSubscription('sub_1'))?.asOf).toBe(1_800_000_000);
  });

  test('that is not there is null', async () => {
    stripe.reply(fault(404, { code: 'resource_missing', param: 'id', message: "No such subscription: 'sub_1'" }));

    expect(await provider.getSubscription('sub_1')).toBeNull();
    expect(faults).toEqual([]);
  });

  test('cannot lead a request elsewhere by its id', async () => {
    stripe.reply(ok(subscription()));

    await provider.getSubscription('../customers/cus_1?expand=x');

    expect(stripe.calls[0]?.request).toBe('GET /v1/subscriptions/..%2Fcustomers%2Fcus_1%3Fexpand%3Dx');
  });

  test.each<[string, unknown]>([
    ['something else', { id: 'cus_1', object: 'customer' }],
    ['null', null],
    ['a word', 'hello'],
    ['a list', [subscription()]],
    ['a subscription whose schedule is not told', subscription({ schedule: 'sub_sched_1' })],
  ])('of which Stripe answers %s is not known', async (_, body) => {
    stripe.reply(ok(body));

    expect(await failureOf(provider.getSubscription('sub_1'))).toBeInstanceOf(BillingProviderUnavailable);
    expect(faults).toEqual([]);
  });
});

describe('subscriptions of a customer', () => {
  test('are listed, those that ended as well', async () => {
    const ended = subscription({ id: 'sub_0', status: 'canceled', created: start - 500 });
    stripe.reply(ok({ object: 'list', data: [upgraded, ended], has_more: false }));

    expect(await provider.listSubscriptions('cus_1')).toEqual([
      described,
      { state: { ...described.state, subscriptionId: 'sub_0', status: 'canceled', priceId: 'price_starter', createdAt: start - 500 }, asOf: clock },
    ]);

    expect(stripe.calls).toMatchObject([
      {
        request: 'GET /v1/subscriptions',
        form: { customer: 'cus_1', status: 'all', limit: '100', 'expand[0]': 'data.schedule' },
      },
    ]);
  });

  test('are none where the customer is not there', async () => {
    stripe.reply(fault(400, { code: 'resource_missing', param: 'customer' }));

    expect(await provider.listSubscriptions('cus_1')).toEqual([]);
  });
});

describe('a preview', () => {
  test('tells what a change would cost at this moment', async () => {
    stripe.reply(ok(subscription()), ok({ object: 'invoice', amount_due: 1_234, currency: 'usd' }));

    expect(await provider.previewChange(change)).toEqual({ amountDueCents: 1_234, currency: 'usd' });

    expect(stripe.calls[1]).toMatchObject({
      request: 'POST /v1/invoices/create_preview',
      form: {
        subscription: 'sub_1',
        'subscription_details[items][0][id]': 'si_1',
        'subscription_details[items][0][price]': 'price_pro',
        'subscription_details[proration_behavior]': 'always_invoice',
      },
    });
  });

  test('costs nothing where something is left', async () => {
    stripe.reply(ok(subscription()), ok({ amount_due: -500, currency: 'usd' }));

    expect(await provider.previewChange(change)).toEqual({ amountDueCents: 0, currency: 'usd' });
  });

  test('of a subscription without an item is none', async () => {
    stripe.reply(ok(subscription({ items: { data: [] } })));

    expect(await failureOf(provider.previewChange(change))).toBeInstanceOf(BillingProviderUnavailable);
  });
});

describe('a change at once', () => {
  const payment = {
    'items[0][id]': 'si_1',
    'items[0][price]': 'price_pro',
    proration_behavior: 'always_invoice',
    payment_behavior: 'error_if_incomplete',
  };

  test('asks how the subscription stands, has it paid, and answers with how it stands then', async () => {
    stripe.reply(ok(subscription()), ok(upgraded), ok(upgraded));

    expect(await provider.changeNow(change, 'key-1')).toEqual(described);

    expect(asked()).toEqual([
      ['POST /v1/subscriptions/sub_1', 'key-1:begin'],
      ['POST /v1/subscriptions/sub_1', 'key-1:price'],
      ['GET /v1/subscriptions/sub_1', null],
    ]);
    expect(forms()).toEqual([{ 'expand[0]': 'schedule' }, payment, { 'expand[0]': 'schedule' }]);
  });

  test.each([
    ['flag', { cancel_at_period_end: true, cancel_at: end }, { cancel_at_period_end: 'false' }],
    ['date', { cancel_at: end }, { cancel_at: '' }],
  ])('takes back an end by a %s with the payment', async (_, fields, taken) => {
    stripe.reply(ok(subscription(fields)), ok(upgraded), ok(upgraded));

    expect(await provider.changeNow(change, 'key-1')).toEqual(described);

    expect(forms()[1]).toEqual({ ...payment, ...taken });
  });

  test('takes back a scheduled change once it is paid, and an end that came with it', async () => {
    stripe.reply(ok(subscription({ schedule: scheduled })), ok(upgraded), ok({}), ok(upgraded));
    await provider.changeNow(change, 'key-1');
    expect(asked().slice(1)).toEqual([
      ['POST /v1/subscriptions/sub_1', 'key-1:price'],
      ['POST /v1/subscription_schedules/sub_sched_1/release', 'key-1:release'],
      ['GET /v1/subscriptions/sub_1', null],
    ]);
    // Of the end of a subscription with a schedule, Stripe takes no change beside it.
    expect(forms()[1]).toEqual(payment);

    stripe.clear();
    stripe.reply(ok(subscription({ schedule: scheduled, cancel_at: end })), ok(upgraded), ok({}), ok(upgraded), ok(upgraded));
    await provider.changeNow(change, 'key-2');
    expect(forms()[1]).toEqual(payment);
    expect(stripe.calls[3]).toMatchObject({ request: 'POST /v1/subscriptions/sub_1', key: 'key-2:resume', form: { cancel_at: '' } });
  });

  test.each<[string, Reply]>([
    ['was declined', fault(402, { type: 'card_error', code: 'card_declined', decline_code: 'do_not_honor', message: personal })],
    ['wants more than a card', fault(402, { type: 'card_error', code: 'subscription_payment_intent_requires_action' })],
    [
      'has nothing to be taken from',
      fault(400, { code: 'resource_missing', message: 'This customer has no attached payment source or default payment method.' }),
    ],
  ])('whose payment %s leaves everything as it was, a scheduled change too', async (_, refused) => {
    stripe.reply(ok(subscription({ schedule: scheduled })), refused);

    const error = await failureOf(provider.changeNow(change, 'key-1'));

    expect(error).toBeInstanceOf(PaymentDeclined);
    expect(asked()).toHaveLength(2);
    // The first of the two changes nothing.
    expect(forms()[0]).toEqual({ 'expand[0]': 'schedule' });
    expect(faults).toEqual([]);
  });

  test('to a price that Stripe does not know is no declined payment', async () => {
    stripe.reply(ok(subscription()), fault(400, { code: 'resource_missing', param: 'items[0][price]', message: "No such price: 'price_pro'" }));

    expect(await failureOf(provider.changeNow(change, 'key-1'))).toBeInstanceOf(BillingProviderUnavailable);
    expect(faults).toEqual([expect.stringContaining('Stripe knows no price price_pro.')]);
  });

  test('that was paid when the answer was lost is finished when it is repeated, by the same requests', async () => {
    const before = ok(subscription({ schedule: scheduled }));
    stripe.reply(before, ok(upgraded), 'reset', 'reset', 'reset');
    expect(await failureOf(provider.changeNow(change, 'key-1'))).toBeInstanceOf(BillingProviderUnavailable);
    const first = stripe.calls.slice(0, 3);

    stripe.clear();
    // Stripe answers the keys that it knows as it did before.
    stripe.reply(before, ok(upgraded), ok({}), ok(upgraded));
    expect(await provider.changeNow(change, 'key-1')).toEqual(described);

    const requests = ({ request, key, form }: (typeof first)[number]) => ({ request, key, form });
    expect(stripe.calls.slice(0, 3).map(requests)).toEqual(first.map(requests));
  });
});

describe('a change when the period ends', () => {
  const phases = {
    end_behavior: 'release',
    proration_behavior: 'none',
    'phases[0][proration_behavior]': 'none',
    'phases[0][items][0][price]': 'price_starter',
    'phases[0][items][0][quantity]': '1',
    'phases[0][start_date]': String(start),
    'phases[0][end_date]': String(end),
    'phases[1][proration_behavior]': 'none',
    'phases[1][items][0][price]': 'price_pro',
    'phases[1][items][0][quantity]': '1',
    'phases[1][duration][interval]': 'month',
    'phases[1][duration][interval_count]': '1',
  };
  const waiting = subscription({
    schedule: schedule({ phases: [phase('price_starter', [start, end]), phase('price_pro', [end, end + 9])] }),
  });
  const answered = { state: { ...described.state, priceId: 'price_starter', scheduledPriceId: 'price_pro' }, asOf: clock };

  test('makes a schedule of the subscription, and gives it a phase with the new price', async () => {
    stripe.reply(ok(subscription()), ok(schedule()), ok(schedule()), ok(waiting));

    expect(await provider.changeAtPeriodEnd(change, 'key-1')).toEqual(answered);

    expect(asked()).toEqual([
      ['POST /v1/subscriptions/sub_1', 'key-1:begin'],
      ['POST /v1/subscription_schedules', 'key-1:schedule'],
      ['POST /v1/subscription_schedules/sub_sched_1', 'key-1:phases'],
      ['GET /v1/subscriptions/sub_1', null],
    ]);
    expect(forms()[1]).toEqual({ from_subscription: 'sub_1' });
    expect(forms()[2]).toEqual(phases);
  });

  test('takes the place of what a schedule was to do, whatever came before and an end included', async () => {
    const past = phase('price_old', [start - 9, start]);
    const now = phase('price_starter', [start, end + 500]);
    const before = schedule({ phases: [past, now, phase('price_basic', [end + 500, end + 900])], end_behavior: 'cancel' });
    stripe.reply(ok(subscription({ schedule: before, cancel_at: end })), ok(schedule()), ok(waiting));

    expect(await provider.changeAtPeriodEnd(change, 'key-1')).toEqual(answered);

    expect(asked()).toEqual([
      ['POST /v1/subscriptions/sub_1', 'key-1:begin'],
      ['POST /v1/subscription_schedules/sub_sched_1', 'key-1:phases'],
      ['GET /v1/subscriptions/sub_1', null],
    ]);
    expect(forms()[1]).toEqual(phases);
  });

  test('takes back a cancellation first', async () => {
    stripe.reply(ok(subscription({ cancel_at_period_end: true })), ok(subscription()), ok(schedule()), ok(schedule()), ok(waiting));

    await provider.changeAtPeriodEnd(change, 'key-1');

    expect(stripe.calls[1]).toMatchObject({
      request: 'POST /v1/subscriptions/sub_1',
      key: 'key-1:resume',
      form: { cancel_at_period_end: 'false' },
    });
  });

  test('says again what the present phase says of taxes, discounts, payment, trial and metadata', async () => {
    const settings = {
      automatic_tax: { enabled: true, liability: null },
      collection_method: 'charge_automatically',
      default_payment_method: 'pm_1',
      default_tax_rates: [{ id: 'txr_1', object: 'tax_rate' }],
      discounts: [{ coupon: 'half', discount: 'di_1', promotion_code: null }, { coupon: 'tenth', discount: null, promotion_code: null }],
      metadata: { profile_id: profileId },
      trial_end: end,
      items: [
        { price: 'price_extra', quantity: 3, discounts: [{ coupon: null, discount: null, promotion_code: 'promo_1' }], tax_rates: ['txr_2'] },
        { price: { id: 'price_starter', object: 'price' }, discounts: [{ coupon: 'own' }], tax_rates: null },
      ],
    };
    stripe.reply(ok(subscription()), ok(schedule({ phases: [phase('', [start, end], settings)] })), ok(schedule()), ok(waiting));

    await provider.changeAtPeriodEnd(change, 'key-1');

    const of = (at: number) =>
      Object.fromEntries(
        Object.entries(forms()[2] ?? {})
          .filter(([name]) => name.startsWith(`phases[${at}]`))
          .map(([name, value]) => [name.slice(`phases[${at}]`.length), value]),
      );
    const both = {
      '[proration_behavior]': 'none',
      '[automatic_tax][enabled]': 'true',
      '[collection_method]': 'charge_automatically',
      '[default_payment_method]': 'pm_1',
      '[default_tax_rates][0]': 'txr_1',
      '[discounts][0][discount]': 'di_1',
      '[discounts][1][coupon]': 'tenth',
      '[metadata][profile_id]': profileId,
      '[items][0][price]': 'price_extra',
      '[items][0][quantity]': '3',
      '[items][0][tax_rates][0]': 'txr_2',
      '[items][0][discounts][0][promotion_code]': 'promo_1',
    };
    expect(of(0)).toEqual({
      ...both,
      '[items][1][price]': 'price_starter',
      '[items][1][discounts][0][coupon]': 'own',
      '[start_date]': String(start),
      '[end_date]': String(end),
      '[trial_end]': String(end),
    });
    expect(of(1)).toEqual({
      ...both,
      '[items][1][price]': 'price_pro',
      '[duration][interval]': 'month',
      '[duration][interval_count]': '1',
    });
  });

  test('that stopped after its schedule was made is finished when it is repeated, by the same requests', async () => {
    stripe.reply(ok(subscription()), ok(schedule()), 'reset', 'reset', 'reset');
    expect(await failureOf(provider.changeAtPeriodEnd(change, 'key-1'))).toBeInstanceOf(BillingProviderUnavailable);
    const first = stripe.calls.slice(0, 3);

    stripe.clear();
    stripe.reply(ok(subscription()), ok(schedule()), ok(schedule()), ok(waiting));
    expect(await provider.changeAtPeriodEnd(change, 'key-1')).toEqual(answered);

    const requests = ({ request, key, form }: (typeof first)[number]) => ({ request, key, form });
    expect(stripe.calls.slice(0, 3).map(requests)).toEqual(first.map(requests));
  });

  test('finds the schedule that another one left behind', async () => {
    stripe.reply(ok(subscription({ schedule: schedule() })), ok(schedule()), ok(waiting));

    expect(await provider.changeAtPeriodEnd(change, 'key-2')).toEqual(answered);

    expect(forms()[1]).toEqual(phases);
  });

  test('of a schedule that has no phase now changes nothing', async () => {
    stripe.reply(ok(subscription()), ok(schedule({ current_phase: null })));

    expect(await failureOf(provider.changeAtPeriodEnd(change, 'key-1'))).toBeInstanceOf(BillingProviderUnavailable);
  });
});

describe('an end with the period', () => {
  test('takes the place of a scheduled change', async () => {
    const ending = subscription({ cancel_at_period_end: true, cancel_at: end });
    stripe.reply(ok(subscription({ schedule: scheduled })), ok({}), ok(ending), ok(ending));

    const { state } = await provider.cancelAtPeriodEnd({ subscriptionId: 'sub_1' }, 'key-1');

    expect(state).toEqual({ ...described.state, priceId: 'price_starter', cancelAtPeriodEnd: true });
    expect(asked()).toEqual([
      ['POST /v1/subscriptions/sub_1', 'key-1:begin'],
      ['POST /v1/subscription_schedules/sub_sched_1/release', 'key-1:release'],
      ['POST /v1/subscriptions/sub_1', 'key-1:cancel'],
      ['GET /v1/subscriptions/sub_1', null],
    ]);
    expect(forms()[2]).toEqual({ cancel_at_period_end: 'true' });
  });
});

describe('keeping a subscription', () => {
  test('takes back a scheduled change and an end', async () => {
    stripe.reply(ok(subscription({ schedule: scheduled, cancel_at: end })), ok({}), ok(upgraded), ok(upgraded));

    expect(await provider.keep({ subscriptionId: 'sub_1' }, 'key-1')).toEqual(described);

    expect(asked().slice(1)).toEqual([
      ['POST /v1/subscription_schedules/sub_sched_1/release', 'key-1:release'],
      ['POST /v1/subscriptions/sub_1', 'key-1:resume'],
      ['GET /v1/subscriptions/sub_1', null],
    ]);
    expect(forms()[2]).toEqual({ cancel_at: '' });
  });

  test('changes nothing where there is nothing to take back, nor an end that an operator set for later', async () => {
    stripe.reply(ok(subscription({ cancel_at: end + 9 })), ok(upgraded));

    expect(await provider.keep({ subscriptionId: 'sub_1' }, 'key-1')).toEqual(described);

    expect(asked()).toHaveLength(2);
  });
});

describe('the end of a customer', () => {
  const missing = fault(404, { code: 'resource_missing', param: 'id', message: 'No such customer' });

  test('ends each subscription at once and without a last invoice, and then the customer', async () => {
    const all = [subscription(), subscription({ id: 'sub_2', status: 'past_due' }), subscription({ id: 'sub_3', status: 'incomplete_expired' })];
    stripe.reply(ok({ data: all }), ok(subscription()), ok(subscription()), ok({ id: 'cus_1', deleted: true }));

    await provider.deleteCustomer('cus_1');

    expect(asked()).toEqual([
      ['GET /v1/subscriptions', null],
      ['DELETE /v1/subscriptions/sub_1', null],
      ['DELETE /v1/subscriptions/sub_2', null],
      ['DELETE /v1/customers/cus_1', null],
    ]);
    expect(forms()[1]).toEqual({ invoice_now: 'false', prorate: 'false' });
  });

  test('goes on where it stopped, and finds what is gone already', async () => {
    stripe.reply(ok({ data: [subscription()] }), missing, missing);
    await provider.deleteCustomer('cus_1');
    stripe.reply(missing, missing);
    await provider.deleteCustomer('cus_1');

    expect(faults).toEqual([]);
    expect(asked().slice(3)).toEqual([
      ['GET /v1/subscriptions', null],
      ['DELETE /v1/customers/cus_1', null],
    ]);
  });

  test('is not over while a subscription could not be ended', async () => {
    stripe.reply(ok({ data: [subscription()] }), fault(400, { code: 'not_now' }));

    expect(await failureOf(provider.deleteCustomer('cus_1'))).toBeInstanceOf(BillingProviderUnavailable);
  });
});

describe('Stripe in trouble', () => {
  const details = { profileId, email: null, name: null };
  const create = () => provider.createCustomer(details, 'key-1');

  test.each<[string, Reply]>([
    ['a fault', fault(500, { type: 'api_error', message: personal })],
    ['a page of a proxy', { status: 502, body: 'Bad Gateway' }],
    ['another request at work on it', fault(409, { code: 'idempotency_key_in_use' })],
    ['too many requests', fault(429, { code: 'rate_limit' })],
    ['a connection that is cut', 'reset'],
    ['no answer', 'hang'],
    ['half an answer', 'half'],
    ['a fault of which it says nothing', { status: 503, body: {} }],
  ])('is asked again, with the same key, after %s', async (_, trouble) => {
    stripe.reply(trouble, ok({ id: 'cus_1' }));

    expect(await create()).toBe('cus_1');

    expect(asked()).toEqual([
      ['POST /v1/customers', 'key-1'],
      ['POST /v1/customers', 'key-1'],
    ]);
    expect(faults).toEqual([]);
  });

  test.each<[string, Reply]>([
    ['a fault', fault(500, { type: 'api_error', message: personal })],
    ['too many requests', fault(429, { code: 'rate_limit' })],
    ['a connection that is cut', 'reset'],
    ['no answer', 'hang'],
    ['a fault of which it says nothing', { status: 503, body: {} }],
  ])('is away after %s three times', async (_, trouble) => {
    stripe.reply(trouble, trouble, trouble);

    expect(await failureOf(create())).toBeInstanceOf(BillingProviderUnavailable);

    expect(asked()).toHaveLength(3);
    expect(faults).toEqual([]);
  });

  test.each<[string, Reply]>([
    ['an answer that is no JSON', 'garbage'],
    ['an answer that is an error and none', fault(200, { code: 'strange' })],
    ['an answer that is JSON of something else', ok({ object: 'customer' })],
    ['a fault that it does not want to be asked again', fault(500, { type: 'api_error' }, { 'stripe-should-retry': 'false' })],
    ['a key that was used for something else', fault(400, { type: 'idempotency_error', message: personal })],
  ])('is not asked again after %s', async (_, trouble) => {
    stripe.reply(trouble);

    expect(await failureOf(create())).toBeInstanceOf(BillingProviderUnavailable);

    expect(asked()).toHaveLength(1);
  });

  test('that answers without an end is left', async () => {
    stripe.reply('endless', 'endless', 'endless');

    expect(await failureOf(create())).toBeInstanceOf(BillingProviderUnavailable);
  });

  test('does not lead to another address', async () => {
    const moved: Reply = { status: 307, body: {}, headers: { location: '/v1/elsewhere' } };
    stripe.reply(moved, moved, moved);

    expect(await failureOf(create())).toBeInstanceOf(BillingProviderUnavailable);

    expect(new Set(stripe.calls.map(({ request }) => request))).toEqual(new Set(['POST /v1/customers']));
  });

  test('that does not take the key tells the operator so, and nobody the key', async () => {
    const masked = `Invalid API Key provided: sk_test_****${stripe.settings.secretKey.reveal().slice(-4)}`;
    stripe.reply(fault(401, { message: masked }));

    const error = await failureOf(create());

    expect(error).toBeInstanceOf(BillingProviderUnavailable);
    expect(error.message).toBe('Stripe was asked to create a customer and did not: 401.');
    expect(faults).toEqual(['Stripe does not know the key in STRIPE_SECRET_KEY (401). Give one that is in force.']);
  });

  test('that takes the key for less tells the operator what is missing', async () => {
    stripe.reply(fault(403, { message: `The provided key 'rk_test_1' does not have the required permissions` }));

    await failureOf(create());

    expect(faults).toEqual([
      "The key in STRIPE_SECRET_KEY may not create a customer (403). Give it the permission in Stripe's dashboard.",
    ]);
  });

  test('that refuses says what, in words that are safe', async () => {
    stripe.reply(fault(400, { code: 'parameter_invalid_empty', param: 'metadata[profile_id]', message: personal }));
    await failureOf(create());
    stripe.reply(fault(400, { code: personal, param: personal, message: personal }));
    await failureOf(create());

    expect(faults).toEqual([
      'Stripe refused to create a customer: 400 parameter_invalid_empty (metadata[profile_id]).',
      'Stripe refused to create a customer: 400.',
    ]);
  });

  test('writes nothing into our output by a notice', async () => {
    const warnings: unknown[] = [];
    const { emitWarning } = process;
    process.emitWarning = (warning: unknown) => void warnings.push(warning);
    stripe.reply({ body: { id: 'cus_1' }, headers: { 'stripe-notice': 'Upgrade, Jenny' } });

    await create().finally(() => {
      process.emitWarning = emitWarning;
    });

    expect(warnings).toEqual([]);
  });
});
