import { pino } from 'pino';
import Stripe from 'stripe';
import { createStripeDouble, type StripeDouble } from '../src/stripe-double/double.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { mutate, type Outcome } from './support/mutate.js';
import { read } from './support/read.js';
import { createSeed, type Seed } from './support/seed.js';

/** What happens to subscriptions beside what their owners do: in Stripe's dashboard, at the bank, and at the end. */
let stripe: StripeDouble;
let api: Stripe;
let app: TestApp;
let seed: Seed;
let person: Person;
const logged: string[] = [];

beforeAll(async () => {
  const monthly = { currency: 'aud', interval: 'month' } as const;
  stripe = await createStripeDouble({
    secretKey: 'sk_test_operations',
    webhookSecret: 'whsec_operations',
    prices: [
      { id: 'price_starter_monthly', name: 'Starter', amountCents: 1_900, ...monthly },
      { id: 'price_special', name: 'Made in the dashboard', amountCents: 500, ...monthly },
    ],
  });
  const { hostname, port } = new URL(stripe.url);
  api = new Stripe('sk_test_operations', { protocol: 'http', host: hostname, port, telemetry: false });
  app = await createTestApp({
    environment: { ...stripe.environment, RETURN_ORIGINS: 'https://app.example.com' },
    log: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
  });
  stripe.setWebhookUrl(`${app.url}/webhooks/stripe`);
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
  await stripe.close();
});
beforeEach(async () => {
  person = await app.signUp();
  logged.length = 0;
});

interface Standing {
  readonly plan: { readonly id: string };
  readonly hasAccess: boolean;
  readonly subscriptionStatus: string | null;
  readonly currentPeriod: { readonly end: string };
}

async function standing(): Promise<Standing> {
  await stripe.whenDelivered();
  const query = '{ viewer { billing { plan { id } hasAccess subscriptionStatus currentPeriod { end } } } }';
  return (await read<{ viewer: { billing: Standing } }>(app, query, { as: person })).viewer.billing;
}

/** Through our own checkout. */
async function subscribe(): Promise<{ customer: string; subscription: string }> {
  const checkout = await mutate<Outcome & { url: string }>(
    app,
    'createCheckoutSession',
    { planId: 'starter', successUrl: 'https://app.example.com/', cancelUrl: 'https://app.example.com/' },
    { as: person, payload: 'url' },
  );
  const paid = await fetch(checkout.url, { method: 'POST', body: new URLSearchParams({ action: 'pay' }), redirect: 'manual' });
  expect(paid.status).toBe(303);
  await stripe.whenDelivered();
  const [row] = await seed.sql<{ customer: string; subscription: string }>(
    'select customer_id as customer, subscription_id as subscription from profiles where id = $1',
    [person.id],
  );
  return row!;
}

const chargeOf = async (customer: string): Promise<string> => (await api.charges.list({ customer })).data[0]!.id;
const active = { plan: { id: 'starter' }, hasAccess: true, subscriptionStatus: 'active' };
const warnings = (words: string) => logged.filter((line) => line.includes(words)).map((line) => JSON.parse(line) as Record<string, unknown>);

it('a trial gives the plan, and when nobody pays at its end the plan goes with the last try', async () => {
  const customer = await api.customers.create({ metadata: { profile_id: person.id } });
  stripe.setCard(customer.id, 'ok');
  await api.subscriptions.create({ customer: customer.id, items: [{ price: 'price_starter_monthly' }], trial_period_days: 7, metadata: { profile_id: person.id } });
  expect(await standing()).toMatchObject({ plan: { id: 'starter' }, hasAccess: true, subscriptionStatus: 'trialing' });

  stripe.setCard(customer.id, 'declining');
  stripe.advance('8d');
  expect(await standing()).toMatchObject({ plan: { id: 'starter' }, hasAccess: true, subscriptionStatus: 'past_due' });
  stripe.advance('20d');
  expect(await standing()).toMatchObject({ plan: { id: 'free' }, hasAccess: false, subscriptionStatus: 'canceled' });
});

it('a pause that only stops the collection leaves the plan, as Stripe leaves it active, and resuming changes nothing', async () => {
  const { subscription } = await subscribe();
  await api.subscriptions.update(subscription, { pause_collection: { behavior: 'void' } });
  expect(await standing()).toMatchObject(active);
  await api.subscriptions.update(subscription, { pause_collection: '' });
  expect(await standing()).toMatchObject(active);
});

it('a refund and a dispute leave the plan, and operators are told, with ids and amounts alone', async () => {
  const { customer } = await subscribe();
  const charge = await chargeOf(customer);

  const dispute = stripe.openDispute(charge);
  expect(await standing()).toMatchObject(active);
  stripe.closeDispute(dispute.id, 'lost');
  stripe.refund(charge, 500);
  expect(await standing()).toMatchObject(active);

  expect(warnings('disputed')[0]).toMatchObject({ object: dispute.id, amountCents: 1_900, currency: 'aud' });
  expect(warnings('refunded')[0]).toMatchObject({ account: person.id, amountCents: 500 });
  expect(logged.join('')).not.toMatch(/@roomfeed\.test|sk_test|whsec/);
});

it('a subscription ended at once in the dashboard ends the plan at once', async () => {
  const { subscription } = await subscribe();
  await api.subscriptions.cancel(subscription);
  expect(await standing()).toMatchObject({ plan: { id: 'free' }, hasAccess: false, subscriptionStatus: 'canceled' });
});

it('a price that no plan has counts as free, and operators are told which', async () => {
  const { subscription } = await subscribe();
  const { data } = (await api.subscriptions.retrieve(subscription)).items;
  await api.subscriptions.update(subscription, { items: [{ id: data[0]!.id, price: 'price_special' }], proration_behavior: 'none' });
  expect(await standing()).toMatchObject({ plan: { id: 'free' }, hasAccess: true, subscriptionStatus: 'active' });
  expect(warnings('No plan has the price')[0]).toMatchObject({ account: person.id, price: 'price_special' });
});

it('a customer deleted in the dashboard can subscribe again, as a new one', async () => {
  const { customer } = await subscribe();
  await api.customers.del(customer);
  expect(await standing()).toMatchObject({ plan: { id: 'free' }, hasAccess: false });
  const again = await subscribe();
  expect(again.customer).toMatch(/^cus_/);
  expect(again.customer).not.toBe(customer);
  expect(await standing()).toMatchObject(active);
});

it('somebody who subscribed again is on the new subscription, whatever is still told of the old one', async () => {
  const first = await subscribe();
  await api.subscriptions.cancel(first.subscription);
  expect(await standing()).toMatchObject({ hasAccess: false });
  const second = await subscribe();
  expect(second.subscription).not.toBe(first.subscription);

  const ofTheFirst = stripe.events().filter(({ data }) => (data.object as { id: string }).id === first.subscription);
  expect(ofTheFirst.length).toBeGreaterThan(1);
  await stripe.deliver([...ofTheFirst].reverse().map(({ id }) => id));

  expect(await standing()).toMatchObject(active);
});

it('a payment that failed for the subscription before asks nobody for another card, in whatever order it is told', async () => {
  const first = await subscribe();
  stripe.setCard(first.customer, 'declining');
  stripe.advance('32d');
  await api.subscriptions.cancel(first.subscription);
  await stripe.whenDelivered();
  stripe.setCard(first.customer, 'ok');
  stripe.hold();
  const before = new Set(stripe.events().map(({ id }) => id));
  const checkout = await mutate<Outcome & { url: string }>(
    app,
    'createCheckoutSession',
    { planId: 'starter', successUrl: 'https://app.example.com/', cancelUrl: 'https://app.example.com/' },
    { as: person, payload: 'url' },
  );
  await fetch(checkout.url, { method: 'POST', body: new URLSearchParams({ action: 'pay' }), redirect: 'manual' });

  // The payment is told before the subscription that it is for.
  const told = stripe.events().filter(({ id }) => !before.has(id));
  const isPayment = ({ type }: { type: string }) => type.startsWith('invoice.');
  await stripe.deliver([...told.filter(isPayment), ...told.filter((event) => !isPayment(event))].map(({ id }) => id));
  stripe.release();

  expect(await standing()).toMatchObject(active);
  const { viewer } = await read<{ viewer: object }>(app, '{ viewer { billing { paymentFailedAt nextPaymentAttemptAt } } }', { as: person });
  expect(viewer).toEqual({ billing: { paymentFailedAt: null, nextPaymentAttemptAt: null } });
  const [row] = await seed.sql<{ is_noted: boolean }>('select last_paid_at > payment_failed_at as is_noted from profiles where id = $1', [person.id]);
  expect(row).toEqual({ is_noted: true });
});

it('Stripe away: what is known stays, changes say so, and everything else works', async () => {
  await subscribe();
  const before = await standing();
  stripe.setAway(true);
  try {
    expect(await mutate(app, 'changePlan', { planId: 'free' }, { as: person })).toMatchObject({ code: 'BILLING_UNAVAILABLE' });
    expect(await standing()).toEqual(before);
    expect(await mutate(app, 'createCollection', { name: 'Baths' }, { as: person })).toMatchObject({ __typename: 'CreateCollectionPayload' });
  } finally {
    stripe.setAway(false);
  }
  expect(await mutate(app, 'changePlan', { planId: 'free' }, { as: person, payload: 'billing { cancelAtPeriodEnd }' })).toMatchObject({ billing: { cancelAtPeriodEnd: true } });
});

it('an account that is deleted ends its subscription, and Stripe forgets the person', async () => {
  const { customer, subscription } = await subscribe();
  expect(await mutate(app, 'deleteAccount', { confirm: true }, { as: person, payload: 'erasedAt' })).toMatchObject({ __typename: 'DeleteAccountPayload' });

  app.app.erasures.start();
  await app.app.erasures.idle();
  await stripe.whenDelivered();

  expect(await api.customers.retrieve(customer)).toMatchObject({ deleted: true });
  expect(await api.subscriptions.retrieve(subscription)).toMatchObject({ status: 'canceled' });
  const [row] = await seed.sql('select customer_id, has_access, email, name from profiles where id = $1', [person.id]);
  expect(row).toEqual({ customer_id: null, has_access: false, email: null, name: null });
});
