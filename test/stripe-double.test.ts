import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { createStripeStage, stageStart, type StripeStage } from './support/stripe-stage.js';

const DAY = 86_400;
/** 1 December 2026, 10:00: where the period of a monthly subscription of the stage ends. */
const periodEnd = stageStart + 30 * DAY;

let stage: StripeStage;
beforeEach(async () => {
  stage = await createStripeStage();
});
afterEach(() => stage.double.close());

const failure = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => Promise.reject(new Error('It succeeded.')),
    (error: unknown) => error as Stripe.errors.StripeError,
  );

describe('the resources, through the official client', () => {
  test('a customer is made, changed, and forgotten with every subscription', async () => {
    const { stripe } = stage;
    const { customer, subscription } = await stage.subscribe();

    const changed = await stripe.customers.update(customer.id, { name: 'Anne', metadata: { profile_id: '', plan: 'x' } });
    const deleted = await stripe.customers.del(customer.id);

    expect(customer).toMatchObject({ email: 'ann@example.test', name: 'Ann', metadata: { profile_id: 'p1' }, balance: 0 });
    expect(changed).toMatchObject({ name: 'Anne', metadata: { plan: 'x' } });
    expect(changed.metadata).not.toHaveProperty('profile_id');
    expect(deleted).toMatchObject({ id: customer.id, deleted: true });
    expect(JSON.parse(JSON.stringify(await stripe.customers.retrieve(customer.id)))).toEqual({ id: customer.id, object: 'customer', deleted: true });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    expect(stage.double.events('customer.deleted')).toHaveLength(1);
    expect(await failure(stripe.customers.del(customer.id))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect(await failure(stripe.customers.update(customer.id, { name: 'B' }))).toMatchObject({ code: 'resource_missing' });
  });

  test('products and prices are those that it was started with, and more can be made', async () => {
    const { stripe } = stage;

    const listed = await stripe.prices.list({ limit: 2 });
    const starter = await stripe.prices.retrieve('price_starter', { expand: ['product'] });
    const product = await stripe.products.create({ name: 'Extra' });
    const price = await stripe.prices.create({ product: product.id, currency: 'aud', unit_amount: 500, recurring: { interval: 'week' } });

    expect(listed).toMatchObject({ has_more: true, data: [{ id: 'price_yearly' }, { id: 'price_advanced' }] });
    expect(starter).toMatchObject({ unit_amount: 1_900, currency: 'aud', recurring: { interval: 'month' }, product: { name: 'Starter' } });
    expect(String(starter.unit_amount_decimal)).toBe('1900');
    expect(await stripe.prices.retrieve(price.id)).toMatchObject({ unit_amount: 500, product: product.id, recurring: { interval: 'week' } });
    expect((await stripe.products.list()).data.map(({ name }) => name)).toEqual(['Extra', 'Yearly', 'Advanced', 'Starter']);
  });

  test('a customer has a card, which another takes the place of', async () => {
    const { stripe, double } = stage;
    const { id } = await stripe.customers.create({});
    const before = await stripe.customers.retrieve(id, { expand: ['invoice_settings.default_payment_method'] });

    double.setCard(id, 'declining');

    const cards = await stripe.customers.listPaymentMethods(id);
    expect(before).toMatchObject({ invoice_settings: { default_payment_method: { card: { last4: '4242' } } } });
    expect(cards.data.map(({ card }) => card?.last4)).toEqual(['0341']);
    expect(await stripe.paymentMethods.retrieve(cards.data[0]!.id)).toMatchObject({ customer: id, type: 'card' });
  });

  test('a checkout session shows what it is for, and ends by itself after a day', async () => {
    const { stripe, double } = stage;
    const open: Stripe.Checkout.SessionCreateParams = {
      mode: 'subscription', success_url: 'https://app.test/ok', line_items: [{ price: 'price_advanced', quantity: 1 }],
    };
    const [forgotten, given] = [await stripe.checkout.sessions.create(open), await stripe.checkout.sessions.create(open)];

    const closed = await stripe.checkout.sessions.expire(given.id);
    double.advance('24h');

    const shown = await stripe.checkout.sessions.retrieve(forgotten.id, { expand: ['line_items'] });
    expect(forgotten).toMatchObject({ status: 'open', amount_total: 4_900, payment_status: 'unpaid', expires_at: stageStart + DAY });
    expect(closed).toMatchObject({ status: 'expired', url: null });
    expect(shown).toMatchObject({ status: 'expired', line_items: { data: [{ quantity: 1, price: { id: 'price_advanced' } }] } });
    expect(double.events('checkout.session.expired').map(({ created }) => created)).toEqual([stageStart, stageStart + DAY]);
    expect((await stripe.checkout.sessions.list({ status: 'expired' })).data).toHaveLength(2);
    expect(() => double.completeCheckout(forgotten.id)).toThrow('status');
  });

  test('subscriptions are listed by customer and status, page by page', async () => {
    const { stripe } = stage;
    const { customer, subscription: first } = await stage.subscribe();
    await stage.subscribe();
    const more = await Promise.all(
      ['price_advanced', 'price_starter'].map((price) => stripe.subscriptions.create({ customer: customer.id, items: [{ price }] })),
    );
    await stripe.subscriptions.cancel(first.id);

    const live = await stripe.subscriptions.list({ customer: customer.id });
    const all: string[] = [];
    for await (const { id } of stripe.subscriptions.list({ customer: customer.id, status: 'all', limit: 1 })) all.push(id);

    expect(live.data.map(({ id }) => id).sort()).toEqual(more.map(({ id }) => id).sort());
    expect(new Set(all)).toEqual(new Set([first.id, ...more.map(({ id }) => id)]));
    expect(all.at(-1)).toBe(first.id);
    expect((await stripe.subscriptions.list({ status: 'canceled' })).data.map(({ id }) => id)).toEqual([first.id]);
  });

  test('ids are expanded where that is asked for, in lists as well', async () => {
    const { stripe } = stage;
    const { customer, subscription } = await stage.subscribe();
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });

    const one = await stripe.subscriptions.retrieve(subscription.id, { expand: ['customer', 'latest_invoice.payments', 'schedule'] });
    const listed = await stripe.subscriptions.list({ customer: customer.id, expand: ['data.schedule', 'data.items.data.price.product'] });

    expect(one).toMatchObject({ customer: { name: 'Ann' }, schedule: { id: schedule.id } });
    expect(one.latest_invoice).toMatchObject({ status: 'paid', payments: { data: [{ status: 'paid' }] } });
    expect(listed.data[0]).toMatchObject({ schedule: { id: schedule.id }, items: { data: [{ price: { product: { name: 'Starter' } } }] } });
    expect(await failure(stripe.subscriptions.retrieve(subscription.id, { expand: ['status'] }))).toMatchObject({ statusCode: 400, param: 'expand' });
  });

  test('an invoice that is open is paid, or made void', async () => {
    const { stripe, double } = stage;
    const { customer } = await stage.subscribe();
    double.setCard(customer.id, 'declining');
    const broken = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: 'price_advanced' }] });
    const invoiceId = broken.latest_invoice as string;

    const refused = await failure(stripe.invoices.pay(invoiceId));
    double.setCard(customer.id, 'ok');
    const paid = await stripe.invoices.pay(invoiceId);

    expect(broken.status).toBe('incomplete');
    expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined', decline_code: 'generic_decline' });
    expect(double.events('invoice.payment_failed')).toHaveLength(2);
    expect(paid).toMatchObject({ status: 'paid', amount_paid: 4_900, attempt_count: 1, billing_reason: 'subscription_create' });
    expect((await stripe.subscriptions.retrieve(broken.id)).status).toBe('active');
    expect(await failure(stripe.invoices.voidInvoice(invoiceId))).toMatchObject({ statusCode: 400 });
    expect((await stripe.invoices.list({ customer: customer.id, status: 'paid' })).data).toHaveLength(2);
  });

  test('an invoice that waits for its payment is made void, and its subscription stays incomplete', async () => {
    const { stripe } = stage;
    const { id: customer } = await stripe.customers.create({});
    const waiting = await stripe.subscriptions.create({ customer, items: [{ price: 'price_starter' }], payment_behavior: 'default_incomplete' });

    const voided = await stripe.invoices.voidInvoice(waiting.latest_invoice as string);

    expect(waiting.status).toBe('incomplete');
    expect(voided).toMatchObject({ status: 'void', attempted: false, amount_paid: 0 });
    expect((await stripe.subscriptions.retrieve(waiting.id)).status).toBe('incomplete');
    expect(await failure(stripe.invoices.pay(voided.id))).toMatchObject({ statusCode: 400 });
  });

  test('a schedule that is canceled takes its subscription with it', async () => {
    const { stripe } = stage;
    const { customer, subscription } = await stage.subscribe();
    const { id } = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });

    const canceled = await stripe.subscriptionSchedules.cancel(id);

    expect(canceled).toMatchObject({ status: 'canceled', canceled_at: stageStart });
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
    expect((await stripe.subscriptionSchedules.list({ customer: customer.id })).data.map((each) => each.id)).toEqual([id]);
  });

  test('money goes back by refunds and disputes, which are told of', async () => {
    const { stripe, double } = stage;
    const { customer } = await stage.subscribe();
    const [charge] = (await stripe.charges.list({ customer: customer.id })).data;

    await stripe.refunds.create({ charge: charge!.id, amount: 400, reason: 'requested_by_customer' });
    const dispute = double.openDispute(charge!.id);
    double.closeDispute(dispute.id, 'lost');

    expect(await stripe.charges.retrieve(charge!.id)).toMatchObject({ amount: 1_900, amount_refunded: 400, refunded: false, disputed: true });
    expect(await stripe.disputes.retrieve(dispute.id)).toMatchObject({ status: 'lost', amount: 1_900 });
    expect(double.events().map(({ type }) => type).filter((type) => /refund|dispute/.test(type))).toEqual([
      'charge.refunded', 'refund.created', 'charge.dispute.created', 'charge.dispute.funds_withdrawn', 'charge.dispute.closed',
    ]);
    expect(await failure(stripe.refunds.create({ charge: charge!.id, amount: 1_501 }))).toMatchObject({ statusCode: 400, param: 'amount' });
  });

  test('events are listed for thirty days, with what they replaced', async () => {
    const { stripe, double } = stage;
    const { subscription } = await stage.subscribe();
    await stripe.subscriptions.update(subscription.id, { metadata: { note: 'x' } }, { idempotencyKey: 'note' });

    const [event] = (await stripe.events.list({ type: 'customer.subscription.updated' })).data;
    double.advance('45d');

    expect(event).toMatchObject({
      api_version: '2026-10-28.endive',
      data: { object: { id: subscription.id, metadata: { note: 'x', profile_id: 'p1' } }, previous_attributes: { metadata: { note: null } } },
      request: { idempotency_key: 'note' },
    });
    expect(await stripe.events.retrieve(event!.id)).toMatchObject({ id: event!.id });
    expect((await stripe.events.list({ types: ['customer.created'] })).data).toEqual([]);
    expect(double.events('customer.created')).toHaveLength(1);
  });
});

describe('the life of a subscription', () => {
  test('begins at checkout, with events in the order of Stripe', async () => {
    const { subscription } = await stage.subscribe();

    expect(subscription).toMatchObject({ status: 'active', metadata: { profile_id: 'p1' }, cancel_at_period_end: false });
    expect(subscription.items.data[0]).toMatchObject({ current_period_start: stageStart, current_period_end: periodEnd });
    expect(stage.told().map((line) => line.slice(14))).toEqual([
      'customer.created', 'checkout.session.completed', 'customer.subscription.created', 'invoice.created', 'invoice.finalized',
      'customer.updated', 'charge.succeeded', 'payment_intent.succeeded', 'invoice.paid', 'invoice.payment_succeeded',
      'customer.subscription.updated',
    ]);
    expect(stage.double.events('customer.subscription.created')[0]?.data.object).toMatchObject({ status: 'incomplete' });
    expect(stage.double.events('customer.subscription.updated')[0]?.data).toMatchObject({
      object: { status: 'active' },
      previous_attributes: { status: 'incomplete' },
    });
    expect(stage.double.events('checkout.session.completed')[0]?.data.object).toMatchObject({
      client_reference_id: 'p1', mode: 'subscription', payment_status: 'paid', status: 'complete', subscription: subscription.id,
    });
  });

  test('is renewed when its period ends, and paid an hour later', async () => {
    const { stripe, double } = stage;
    const { subscription } = await stage.subscribe();
    stage.told();

    double.advance('31d');

    const renewed = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
    expect(stage.told()).toEqual([
      '2026-12-01T10 invoice.created', '2026-12-01T10 customer.subscription.updated', '2026-12-01T11 invoice.finalized',
      '2026-12-01T11 charge.succeeded', '2026-12-01T11 payment_intent.succeeded', '2026-12-01T11 invoice.paid',
      '2026-12-01T11 invoice.payment_succeeded',
    ]);
    expect(renewed.items.data[0]).toMatchObject({ current_period_start: periodEnd, current_period_end: Date.UTC(2027, 0, 1, 10) / 1_000 });
    expect(renewed.latest_invoice).toMatchObject({
      amount_paid: 1_900,
      billing_reason: 'subscription_cycle',
      period_start: stageStart,
      period_end: periodEnd,
      parent: { subscription_details: { subscription: subscription.id, metadata: { profile_id: 'p1' } } },
      lines: { data: [{ period: { start: periodEnd, end: Date.UTC(2027, 0, 1, 10) / 1_000 } }] },
    });
  });

  test('is past due where its renewal is not paid, tried four times more, and canceled', async () => {
    const { stripe, double } = stage;
    const { customer, subscription } = await stage.subscribe();
    double.setCard(customer.id, 'declining');
    double.advance('30d');
    stage.told();

    double.advance('1h');
    const late = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
    double.advance('7d');

    expect(late).toMatchObject({ status: 'past_due', latest_invoice: { status: 'open', attempt_count: 1, next_payment_attempt: periodEnd + DAY + 3_600 } });
    expect(stage.told().filter((line) => /invoice|subscription/.test(line))).toEqual([
      '2026-12-01T11 invoice.finalized', '2026-12-01T11 invoice.payment_failed', '2026-12-01T11 customer.subscription.updated',
      '2026-12-02T11 invoice.payment_failed', '2026-12-04T11 invoice.payment_failed', '2026-12-06T11 invoice.payment_failed',
      '2026-12-08T11 invoice.payment_failed', '2026-12-08T11 invoice.updated', '2026-12-08T11 customer.subscription.deleted',
    ]);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'canceled', ended_at: periodEnd + 7 * DAY + 3_600, cancellation_details: { reason: 'payment_failed' },
    });
    stage.told();
    double.advance('400d');
    expect(stage.told()).toEqual([]);
  });

  test('goes on with the next attempt, once the card works', async () => {
    const { stripe, double } = stage;
    const { customer, subscription } = await stage.subscribe();
    double.setCard(customer.id, 'declining');
    double.advance('31d');

    double.setCard(customer.id, 'ok');
    double.advance('3d');

    const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data;
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect(invoice).toMatchObject({ status: 'paid', attempt_count: 2 });
  });

  test('changes its price at once, and is charged to the cent what the preview said', async () => {
    const { stripe, double } = stage;
    const { subscription, itemId } = await stage.subscribe();
    double.advance(10 * DAY + 1);
    const items = [{ id: itemId, price: 'price_advanced' }];

    const preview = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items, proration_behavior: 'always_invoice' },
    });
    stage.told();
    const changed = await stripe.subscriptions.update(subscription.id, {
      items, proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete', expand: ['latest_invoice'],
    });

    // Of 2,592,000 seconds 1,727,999 are left: 4,900 and 1,900 times that, each to the nearest cent.
    expect(preview.lines.data.map(({ amount }) => amount)).toEqual([-1_267, 3_267]);
    expect(preview).toMatchObject({ amount_due: 2_000, status: 'draft', billing_reason: 'subscription_update' });
    expect(changed.latest_invoice).toMatchObject({ amount_due: 2_000, amount_paid: 2_000, status: 'paid', billing_reason: 'subscription_update' });
    expect(changed.items.data[0]).toMatchObject({ id: itemId, price: { id: 'price_advanced' }, plan: { id: 'price_advanced' }, current_period_end: periodEnd });
    expect(stage.told().filter((line) => line.endsWith('customer.subscription.updated'))).toHaveLength(1);
    expect(stage.double.events('customer.subscription.updated').at(-1)?.data.previous_attributes).toMatchObject({
      items: { data: [{ price: { id: 'price_starter' } }] },
    });
  });

  test('a preview changes nothing and tells nobody', async () => {
    const { stripe } = stage;
    const { subscription, itemId } = await stage.subscribe();
    stage.told();

    const next = await stripe.invoices.createPreview({ subscription: subscription.id });
    const waiting = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { items: [{ id: itemId, price: 'price_advanced' }], proration_behavior: 'create_prorations' },
    });

    expect(next).toMatchObject({ amount_due: 1_900, billing_reason: 'upcoming', lines: { data: [{ period: { start: periodEnd } }] } });
    expect(waiting.lines.data.map(({ amount }) => amount)).toEqual([-1_900, 4_900, 4_900]);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
    expect((await stripe.invoices.list()).data).toHaveLength(1);
    expect(stage.told()).toEqual([]);
  });

  test('stays as it is where the payment for a change is declined', async () => {
    const { stripe, double } = stage;
    const { customer, subscription, itemId } = await stage.subscribe();
    double.setCard(customer.id, 'declining');
    const before = await stripe.customers.retrieve(customer.id);
    stage.told();

    const refused = await failure(
      stripe.subscriptions.update(subscription.id, {
        items: [{ id: itemId, price: 'price_advanced' }], proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete',
      }),
    );

    expect(refused).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(refused).toMatchObject({ statusCode: 402, code: 'card_declined' });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
    expect(await stripe.customers.retrieve(customer.id)).toEqual(before);
    expect((await stripe.invoices.list()).data).toHaveLength(1);
    expect(stage.told()).toEqual([]);
  });

  test('changes and is past due where a change need not be paid at once', async () => {
    const { stripe, double } = stage;
    const { customer, subscription, itemId } = await stage.subscribe();
    double.setCard(customer.id, 'declining');

    const changed = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemId, price: 'price_advanced' }], proration_behavior: 'always_invoice', expand: ['latest_invoice'],
    });

    expect(changed).toMatchObject({ status: 'past_due', latest_invoice: { status: 'open', amount_due: 3_000 } });
    expect(changed.items.data[0]?.price.id).toBe('price_advanced');
  });

  test('gives back the rest of what was paid as credit, which the next invoices use', async () => {
    const { stripe, double } = stage;
    const { customer, subscription, itemId } = await stage.subscribe({ priceId: 'price_advanced' });

    await stripe.subscriptions.update(subscription.id, { items: [{ id: itemId, price: 'price_starter' }], proration_behavior: 'always_invoice' });
    const credited = await stripe.customers.retrieve(customer.id);
    double.advance('31d');

    const [renewal, credit] = (await stripe.invoices.list({ customer: customer.id })).data;
    expect(credited).toMatchObject({ balance: -3_000 });
    expect(credit).toMatchObject({ total: -3_000, amount_due: 0, status: 'paid', ending_balance: -3_000 });
    expect(renewal).toMatchObject({ total: 1_900, starting_balance: -3_000, ending_balance: -1_100, amount_due: 0, status: 'paid' });
    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ balance: -1_100 });
  });

  test('begins a new period where the new price has another interval', async () => {
    const { stripe, double } = stage;
    const { subscription, itemId } = await stage.subscribe();
    double.advance('15d');

    const yearly = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemId, price: 'price_yearly' }], proration_behavior: 'create_prorations', expand: ['latest_invoice'],
    });

    expect(yearly.latest_invoice).toMatchObject({ amount_paid: 49_000 - 950, status: 'paid' });
    expect(yearly.items.data[0]).toMatchObject({ current_period_start: stageStart + 15 * DAY, current_period_end: Date.UTC(2027, 10, 16, 10) / 1_000 });
  });

  test('changes its price by a schedule when the period ends, which then lets go of it', async () => {
    const { stripe, double } = stage;
    const { subscription } = await stage.subscribe({ priceId: 'price_advanced' });
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const [present] = schedule.phases;
    const planned = await stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: 'release',
      proration_behavior: 'none',
      phases: [
        { start_date: present!.start_date, end_date: present!.end_date, items: [{ price: 'price_advanced', quantity: 1 }] },
        { items: [{ price: 'price_starter', quantity: 1 }], duration: { interval: 'month', interval_count: 1 }, proration_behavior: 'none' },
      ],
    });
    stage.told();

    const before = await stripe.subscriptions.retrieve(subscription.id);
    double.advance('31d');
    const after = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
    const told = stage.told();
    double.advance('31d');

    expect(planned.phases.map(({ start_date, end_date }) => [start_date, end_date])).toEqual([
      [stageStart, periodEnd], [periodEnd, Date.UTC(2027, 0, 1, 10) / 1_000],
    ]);
    expect(before).toMatchObject({ schedule: schedule.id, items: { data: [{ price: { id: 'price_advanced' } }] } });
    expect(after).toMatchObject({ schedule: schedule.id, latest_invoice: { total: 1_900 }, items: { data: [{ price: { id: 'price_starter' } }] } });
    expect(told.slice(0, 3)).toEqual([
      '2026-12-01T10 subscription_schedule.updated', '2026-12-01T10 invoice.created', '2026-12-01T10 customer.subscription.updated',
    ]);
    expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({ status: 'released', subscription: null, released_subscription: subscription.id });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active', schedule: null });
  });

  test('is held by its schedule, until that is released', async () => {
    const { stripe } = stage;
    const { subscription, itemId } = await stage.subscribe();
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });

    const refused = await failure(stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }));
    const twice = await failure(stripe.subscriptionSchedules.create({ from_subscription: subscription.id }));
    await stripe.subscriptions.update(subscription.id, { items: [{ id: itemId, price: 'price_advanced' }] });
    const cut = await stripe.subscriptionSchedules.retrieve(schedule.id);
    const released = await stripe.subscriptionSchedules.release(schedule.id);
    const ending = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });

    expect(refused.message).toContain(`managed by the subscription schedule \`${schedule.id}\``);
    expect(twice).toMatchObject({ statusCode: 400 });
    expect(cut.phases.at(-1)).toMatchObject({ end_date: periodEnd, items: [{ price: 'price_advanced' }] });
    expect(released).toMatchObject({ status: 'released', released_subscription: subscription.id });
    expect(ending).toMatchObject({ schedule: null, cancel_at_period_end: true });
    expect(await failure(stripe.subscriptionSchedules.release(schedule.id))).toMatchObject({ statusCode: 400 });
  });

  test.each([
    ['no start to count from', [{ items: [{ price: 'price_starter' }] }], 'start_date'],
    ['another start of the present phase', [{ items: [{ price: 'price_starter' }], start_date: stageStart + 1 }], 'can not modify the start date'],
    ['an end and a duration', [{ items: [{ price: 'price_starter' }], start_date: stageStart, end_date: periodEnd, duration: { interval: 'month' } }], 'both'],
    ['a price that is not there', [{ items: [{ price: 'price_gone' }], start_date: stageStart }], "No such price: 'price_gone'"],
  ] as const)('keeps its schedule where phases are sent with %s', async (_, phases, words) => {
    const { stripe } = stage;
    const { subscription } = await stage.subscribe();
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });

    const refused = await failure(stripe.subscriptionSchedules.update(schedule.id, { phases: phases as never }));

    expect(refused).toMatchObject({ statusCode: 400 });
    expect(refused.message).toContain(words);
    expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toEqual(schedule);
  });

  test('keeps its trial in a schedule whose phase names it, and loses it where the phase does not', async () => {
    const { stripe } = stage;
    const { subscription } = await stage.subscribe({ trialDays: 14 });
    const { id, phases } = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const { start_date, end_date, trial_end } = phases[0]!;
    const phase = { start_date, end_date, items: [{ price: 'price_starter' }] };

    await stripe.subscriptionSchedules.update(id, { phases: [{ ...phase, trial_end: trial_end! }] });
    const kept = await stripe.subscriptions.retrieve(subscription.id);
    await stripe.subscriptionSchedules.update(id, { phases: [phase] });

    expect(kept).toMatchObject({ status: 'trialing', trial_end: stageStart + 14 * DAY });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active', trial_end: stageStart });
  });

  test('is the same whether the clock is moved at once or in steps', async () => {
    const stages = [stage, await createStripeStage()];
    const books = await Promise.all(
      stages.map(async ({ stripe, double, subscribe, told }, index) => {
        const [plain, trial] = [await subscribe(), await subscribe({ trialDays: 40, priceId: 'price_advanced' })];
        await stripe.subscriptionSchedules.create({ from_subscription: plain.subscription.id });
        double.setCard(trial.customer.id, 'declining');
        for (let step = 0; step < (index === 0 ? 1 : 800); step++) double.advance(index === 0 ? 800 * 7_000 : 7_000);
        return told();
      }),
    );

    expect(books[0]!.length).toBeGreaterThan(40);
    expect(books[1]).toEqual(books[0]);
    await stages[1]!.double.close();
  });

  test('ends with its period where that was asked for, and not where it was taken back', async () => {
    const { stripe, double } = stage;
    const [ending, staying] = [await stage.subscribe(), await stage.subscribe()];
    const asked = await stripe.subscriptions.update(ending.subscription.id, { cancel_at_period_end: true });
    await stripe.subscriptions.update(staying.subscription.id, { cancel_at_period_end: true });

    const back = await stripe.subscriptions.update(staying.subscription.id, { cancel_at_period_end: false });
    stage.told();
    double.moveTo(new Date(periodEnd * 1_000));

    expect(asked).toMatchObject({ status: 'active', cancel_at_period_end: true, cancel_at: periodEnd, canceled_at: stageStart });
    expect(back).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
    expect(stage.told()).toEqual(expect.arrayContaining(['2026-12-01T10 customer.subscription.deleted', '2026-12-01T10 invoice.created']));
    expect(await stripe.subscriptions.retrieve(ending.subscription.id)).toMatchObject({ status: 'canceled', ended_at: periodEnd, canceled_at: stageStart });
    expect(await stripe.subscriptions.retrieve(staying.subscription.id)).toMatchObject({ status: 'active' });
    expect(await failure(stripe.subscriptions.update(ending.subscription.id, { cancel_at_period_end: false }))).toMatchObject({ statusCode: 400 });
    expect(await failure(stripe.subscriptions.cancel(ending.subscription.id))).toMatchObject({ statusCode: 404, code: 'resource_missing' });
  });

  test('ends at a moment that was set, which only its own parameter takes back', async () => {
    const { stripe, double } = stage;
    const { subscription } = await stage.subscribe();
    await stripe.subscriptions.update(subscription.id, { cancel_at: stageStart + DAY });

    const still = await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: false });
    const back = await stripe.subscriptions.update(subscription.id, { cancel_at: '' });
    await stripe.subscriptions.update(subscription.id, { cancel_at: stageStart + 2 * DAY });
    double.advance('3d');

    expect(still).toMatchObject({ cancel_at: stageStart + DAY, cancel_at_period_end: false });
    expect(back).toMatchObject({ cancel_at: null, canceled_at: null });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'canceled', ended_at: stageStart + 2 * DAY });
  });

  test('has a trial, whose end is announced three days before and then charged', async () => {
    const { stripe, double } = stage;
    const { subscription } = await stage.subscribe({ trialDays: 14 });
    stage.told();

    double.advance('15d');

    expect(subscription).toMatchObject({ status: 'trialing', trial_end: stageStart + 14 * DAY });
    expect(stage.told().filter((line) => /subscription|invoice/.test(line))).toEqual([
      '2026-11-12T10 customer.subscription.trial_will_end', '2026-11-15T10 invoice.created', '2026-11-15T10 customer.subscription.updated',
      '2026-11-15T11 invoice.finalized', '2026-11-15T11 invoice.paid', '2026-11-15T11 invoice.payment_succeeded',
    ]);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      status: 'active', items: { data: [{ current_period_end: Date.UTC(2026, 11, 15, 10) / 1_000 }] },
    });
  });

  test('is paused where a trial ends without a card, and resumed with one', async () => {
    const { stripe, double } = stage;
    const { id: customer } = await stripe.customers.create({});
    double.setCard(customer, 'none');
    const { id } = await stripe.subscriptions.create({
      customer, items: [{ price: 'price_starter' }], trial_period_days: 3, trial_settings: { end_behavior: { missing_payment_method: 'pause' } },
    });
    double.advance('4d');
    const paused = await stripe.subscriptions.retrieve(id);

    double.setCard(customer, 'ok');
    const resumed = await stripe.subscriptions.resume(id);

    expect(paused.status).toBe('paused');
    expect(resumed.status).toBe('active');
    expect(double.events().map(({ type }) => type)).toEqual(expect.arrayContaining(['customer.subscription.paused', 'customer.subscription.resumed']));
    expect(await failure(stripe.subscriptions.resume(id))).toMatchObject({ statusCode: 400 });
    double.advance('1m');
    expect((await stripe.invoices.list({ subscription: id })).data[0]).toMatchObject({ status: 'paid', amount_paid: 1_900 });
  });

  test('expires where its first payment is not made good within 23 hours', async () => {
    const { stripe, double } = stage;
    const { id: customer } = await stripe.customers.create({});
    double.setCard(customer, 'declining');
    const { id } = await stripe.subscriptions.create({ customer, items: [{ price: 'price_starter' }] });

    double.advance('23h');

    expect(await stripe.subscriptions.retrieve(id, { expand: ['latest_invoice'] })).toMatchObject({ status: 'incomplete_expired', latest_invoice: { status: 'void' } });
  });

  test('of the last day of a month ends on the last day of a shorter one', async () => {
    const { stripe, double } = stage;
    double.moveTo('2027-01-31T10:00:00Z');
    const { subscription } = await stage.subscribe();
    const ends: string[] = [];

    for (let month = 0; month < 3; month++) {
      const { items } = await stripe.subscriptions.retrieve(subscription.id);
      ends.push(new Date(items.data[0]!.current_period_end * 1_000).toISOString().slice(0, 10));
      double.moveTo(new Date(items.data[0]!.current_period_end * 1_000));
    }

    expect(ends).toEqual(['2027-02-28', '2027-03-31', '2027-04-30']);
  });

  test('goes on unpaid while its collection is paused', async () => {
    const { stripe, double } = stage;
    const { subscription } = await stage.subscribe();
    await stripe.subscriptions.update(subscription.id, { pause_collection: { behavior: 'void', resumes_at: periodEnd + 2 * DAY } });

    double.advance('31d');
    const paused = await stripe.subscriptions.retrieve(subscription.id, { expand: ['latest_invoice'] });
    double.advance('5d');

    expect(paused).toMatchObject({ status: 'active', latest_invoice: { status: 'void' }, pause_collection: { behavior: 'void' } });
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active', pause_collection: null });
  });

  test('is canceled at once, with its rest given back where that is asked for', async () => {
    const { stripe, double } = stage;
    const { customer, subscription } = await stage.subscribe();
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    double.advance('15d');

    await stripe.subscriptions.cancel(subscription.id, { prorate: true, invoice_now: true });

    expect(await stripe.customers.retrieve(customer.id)).toMatchObject({ balance: -950 });
    expect(await stripe.subscriptionSchedules.retrieve(schedule.id)).toMatchObject({ status: 'canceled' });
    expect(double.events('customer.subscription.deleted')).toHaveLength(1);
  });
});

describe('an older version of the API', () => {
  test('is what events are written in where that is asked for', async () => {
    const older = await createStripeStage({ eventVersion: '2024-06-20' });
    try {
      const { subscription } = await older.subscribe();
      older.double.advance('31d');

      const events = older.double.events();
      const [changed, paid] = ['customer.subscription.updated', 'invoice.paid'].map((type) => events.filter((event) => event.type === type).at(-1)!);
      expect(changed).toMatchObject({
        api_version: '2024-06-20',
        data: { object: { current_period_start: periodEnd }, previous_attributes: { current_period_start: stageStart, current_period_end: periodEnd } },
      });
      expect(changed!.data.object).not.toHaveProperty('items.data.0.current_period_end');
      expect(paid!.data.object).toMatchObject({ subscription: subscription.id, subscription_details: { metadata: { profile_id: 'p1' } }, paid: true });
      expect(paid!.data.object).not.toHaveProperty('parent');
    } finally {
      await older.double.close();
    }
  });

  test('is what a client is answered in that asks for it', async () => {
    const { subscription } = await stage.subscribe();
    const older = stage.client({ apiVersion: '2024-06-20' as never });

    expect(await older.subscriptions.retrieve(subscription.id)).toMatchObject({ current_period_end: periodEnd });
  });
});

describe('somebody who subscribed before it began', () => {
  it('is there, paid for and told of to nobody, and stays as they are left', async () => {
    const subscriber = {
      customerId: 'cus_before',
      subscriptionId: 'sub_before',
      email: 'demo@roomfeed.test',
      name: 'Demo',
      priceId: 'price_starter',
      metadata: { profile_id: 'p1' },
      since: stageStart - 20 * 86_400,
    };
    const folder = await mkdtemp(join(tmpdir(), 'stripe-double-'));
    const options = { subscribers: [subscriber], stateFile: join(folder, 'state.json') };
    const first = await createStripeStage(options);
    const subscription = await first.stripe.subscriptions.retrieve('sub_before');
    expect(subscription).toMatchObject({ status: 'active', customer: 'cus_before', metadata: { profile_id: 'p1' } });
    expect(subscription.items.data[0]).toMatchObject({ current_period_start: subscriber.since, price: { id: 'price_starter' } });
    expect(new Set(first.double.events().map(({ delivery }) => delivery.status))).toEqual(new Set(['off']));
    await first.stripe.subscriptions.cancel('sub_before');
    await first.double.close();

    const second = await createStripeStage(options);
    expect(await second.stripe.subscriptions.retrieve('sub_before')).toMatchObject({ status: 'canceled' });
    await second.double.close();
    await rm(folder, { recursive: true });
  });
});
