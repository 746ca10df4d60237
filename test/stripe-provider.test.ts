import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BillingProviderUnavailable, type BillingProvider, PaymentDeclined } from '../src/billing/provider.js';
import { createStripeProvider } from '../src/billing/stripe.js';
import { readStripeEvent } from '../src/billing/stripe/events.js';
import { createStripeVerifier } from '../src/billing/stripe/signature.js';
import { Secret } from '../src/config/secret.js';
import type { BillingEvent } from '../src/domain/billing.js';
import { createStripeDouble, type StripeDouble } from '../src/stripe-double/double.js';

/** What the driver does, on a Stripe with a memory. */

const webhookSecret = 'whsec_driver';
const prices = [
  { id: 'price_basic', name: 'Basic', amountCents: 900, currency: 'usd', interval: 'month' as const },
  { id: 'price_starter', name: 'Starter', amountCents: 1_900, currency: 'usd', interval: 'month' as const },
  { id: 'price_pro', name: 'Pro', amountCents: 4_900, currency: 'usd', interval: 'month' as const },
];

interface Stage {
  readonly double: StripeDouble;
  readonly provider: BillingProvider;
  readonly faults: readonly string[];
  readonly events: readonly BillingEvent[];
  /** Somebody who pays for a price. */
  subscribe(priceId: string): Promise<{ profileId: string; customerId: string; subscriptionId: string }>;
  close(): Promise<void>;
}

async function createStage(eventVersion?: string): Promise<Stage> {
  const events: BillingEvent[] = [];
  const faults: string[] = [];
  const verify = createStripeVerifier([new Secret(webhookSecret)], () => new Date());
  const sink: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const isSigned = verify(body, String(request.headers['stripe-signature'])) === 'signed';
      events.push(readStripeEvent(body));
      response.writeHead(isSigned ? 200 : 401).end();
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const double = await createStripeDouble({
    secretKey: 'sk_test_driver',
    webhookSecret,
    webhookUrl: `http://127.0.0.1:${(sink.address() as AddressInfo).port}/`,
    prices,
    ...(eventVersion === undefined ? {} : { eventVersion }),
  });
  const provider = createStripeProvider({
    settings: {
      secretKey: new Secret('sk_test_driver'),
      webhookSecret: new Secret(webhookSecret),
      previousWebhookSecret: null,
      apiBase: double.url,
    },
    onFault: (message) => faults.push(message),
    timeoutMs: 2_000,
  });
  return {
    double,
    provider,
    faults,
    events,
    async subscribe(priceId) {
      const profileId = randomUUID();
      const customerId = await provider.createCustomer({ profileId, email: 'a@example.com', name: 'A' }, randomUUID());
      const page = { successUrl: 'https://app.example/done', cancelUrl: 'https://app.example/' };
      const url = await provider.openCheckout({ customerId, profileId, priceId, ...page }, randomUUID());
      const session = /cs_\w+/.exec(url)?.[0] ?? '';
      const { subscriptionId } = double.completeCheckout(session);
      return { profileId, customerId, subscriptionId };
    },
    async close() {
      await double.close();
      await new Promise((resolve) => {
        sink.close(resolve);
        sink.closeAllConnections();
      });
    },
  };
}

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
afterAll(() => stage.close());

const stateOf = async (subscriptionId: string) => (await stage.provider.getSubscription(subscriptionId))?.state;

/** Each change, and what it comes to, from a subscription to Starter that is to go down to Basic. */
const changes: readonly (readonly [string, (subscriptionId: string, key: string) => Promise<unknown>, object])[] = [
  [
    'a change at once',
    (subscriptionId, key) => stage.provider.changeNow({ subscriptionId, priceId: 'price_pro' }, key),
    { priceId: 'price_pro', scheduledPriceId: null, cancelAtPeriodEnd: false },
  ],
  [
    'a change when the period ends',
    (subscriptionId, key) => stage.provider.changeAtPeriodEnd({ subscriptionId, priceId: 'price_pro' }, key),
    { priceId: 'price_starter', scheduledPriceId: 'price_pro', cancelAtPeriodEnd: false },
  ],
  [
    'an end with the period',
    (subscriptionId, key) => stage.provider.cancelAtPeriodEnd({ subscriptionId }, key),
    { priceId: 'price_starter', scheduledPriceId: null, cancelAtPeriodEnd: true },
  ],
  [
    'keeping it',
    (subscriptionId, key) => stage.provider.keep({ subscriptionId }, key),
    { priceId: 'price_starter', scheduledPriceId: null, cancelAtPeriodEnd: false },
  ],
];
const goDown = (subscriptionId: string) => stage.provider.changeAtPeriodEnd({ subscriptionId, priceId: 'price_basic' }, randomUUID());
const toEnd = (subscriptionId: string) => stage.provider.cancelAtPeriodEnd({ subscriptionId }, randomUUID());
const asItIs = () => Promise.resolve();

describe.each(changes)('%s', (_, act, outcome) => {
  test.each([
    ['goes on', asItIs],
    ['is to go down', goDown],
    ['is to end', toEnd],
  ])('comes to the same for a subscription that %s, also when it is repeated', async (__, prepare) => {
    const { subscriptionId } = await stage.subscribe('price_starter');
    await prepare(subscriptionId);
    const key = randomUUID();

    expect(await act(subscriptionId, key)).toMatchObject({ state: outcome });
    const events = stage.double.events().length;
    expect(await act(subscriptionId, key)).toMatchObject({ state: outcome });

    expect(stage.double.events()).toHaveLength(events);
    expect(stage.faults).toEqual([]);
  });

  test.each([
    [1, 'is to go down', goDown],
    [2, 'is to go down', goDown],
    [2, 'goes on', asItIs],
  ])('is finished by a repetition where it stopped after request %d, for a subscription that %s', async (done, __, prepare) => {
    const { subscriptionId } = await stage.subscribe('price_starter');
    await prepare(subscriptionId);
    const key = randomUUID();
    const answered = Array.from({ length: done - 1 }, () => ({ delay: 0 }));
    stage.double.fail('POST *', ...answered, 'lost answer', 'reset', 'reset');

    await act(subscriptionId, key).catch((error: unknown) => expect(error).toBeInstanceOf(BillingProviderUnavailable));
    stage.double.clearFaults();

    expect(await act(subscriptionId, key)).toMatchObject({ state: outcome });
  });

  test('that comes once more after a later change does nothing', async () => {
    const { subscriptionId } = await stage.subscribe('price_starter');
    const key = randomUUID();
    await act(subscriptionId, key);
    await stage.provider.changeNow({ subscriptionId, priceId: 'price_pro' }, randomUUID());
    await goDown(subscriptionId);
    const before = await stateOf(subscriptionId);
    expect(before).toMatchObject({ priceId: 'price_pro', scheduledPriceId: 'price_basic' });

    await act(subscriptionId, key);

    expect(await stateOf(subscriptionId)).toEqual(before);
  });
});

test('a declined payment leaves everything as it was, a scheduled change too', async () => {
  const { subscriptionId, customerId } = await stage.subscribe('price_starter');
  await goDown(subscriptionId);
  const before = await stateOf(subscriptionId);
  stage.double.setCard(customerId, 'declining');

  await expect(stage.provider.changeNow({ subscriptionId, priceId: 'price_pro' }, randomUUID())).rejects.toThrow(PaymentDeclined);

  expect(await stateOf(subscriptionId)).toEqual(before);
  expect(before).toMatchObject({ scheduledPriceId: 'price_basic' });
});

test('a preview costs what the change then costs', async () => {
  const { subscriptionId } = await stage.subscribe('price_starter');

  const { amountDueCents, currency } = await stage.provider.previewChange({ subscriptionId, priceId: 'price_pro' });

  expect(currency).toBe('usd');
  // A whole period is left, less the seconds that the test took.
  expect(amountDueCents).toBeGreaterThan(2_990);
  expect(amountDueCents).toBeLessThanOrEqual(3_000);
});

test('a customer who is deleted pays for nothing any more, and may be deleted again', async () => {
  const { subscriptionId, customerId } = await stage.subscribe('price_starter');
  await goDown(subscriptionId);

  await stage.provider.deleteCustomer(customerId);
  await stage.provider.deleteCustomer(customerId);

  expect(await stateOf(subscriptionId)).toMatchObject({ status: 'canceled' });
});

test.each([
  ['of today', undefined],
  ['of 2024', '2024-06-20'],
])('events of a version %s tell the state that Stripe answers with', async (_, version) => {
  const own = await createStage(version);
  try {
    const { profileId, customerId, subscriptionId } = await own.subscribe('price_starter');
    await own.provider.changeNow({ subscriptionId, priceId: 'price_pro' }, randomUUID());
    await own.double.whenDelivered();

    const told = own.events.flatMap(({ subject }) => (subject.kind === 'subscription' && subject.isWhole ? [subject.state] : []));
    const answered = await own.provider.getSubscription(subscriptionId);
    expect(told.at(-1)).toEqual(answered?.state);
    expect(answered?.state).toMatchObject({ profileId, customerId, status: 'active', priceId: 'price_pro' });
    expect(own.events.map(({ subject }) => subject.kind)).toEqual(expect.arrayContaining(['subscription-changed', 'payment']));
    expect(JSON.stringify(own.events)).not.toMatch(/example\.com/);
  } finally {
    await own.close();
  }
});

test('a scheduled change is in force when the period is over, and the schedule is gone a period later', async () => {
  const own = await createStage();
  try {
    const { subscriptionId } = await own.subscribe('price_starter');
    await own.provider.changeAtPeriodEnd({ subscriptionId, priceId: 'price_basic' }, randomUUID());

    own.double.advance('32d');

    const { state } = (await own.provider.getSubscription(subscriptionId))!;
    expect(state).toMatchObject({ status: 'active', priceId: 'price_basic', scheduledPriceId: null });

    own.double.advance('31d');
    const later = (await own.provider.getSubscription(subscriptionId))!;
    expect(later.state).toMatchObject({ status: 'active', priceId: 'price_basic' });
    // By Stripe's clock, and not by ours.
    expect(later.asOf * 1_000).toBeGreaterThan(Date.now() + 60 * 86_400_000);
  } finally {
    await own.close();
  }
});
