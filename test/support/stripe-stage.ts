import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { createStripeDouble, type StripeDouble, type StripeDoubleOptions } from '../../src/stripe-double/double.js';

export const stageKey = 'sk_test_stage_1234';
export const stageSecret = 'whsec_stage';
/** A Sunday in a month of 30 days. */
export const stageStart = Date.UTC(2026, 10, 1, 10, 0, 0) / 1_000;

export const stagePrices: StripeDoubleOptions['prices'] = [
  { id: 'price_starter', name: 'Starter', amountCents: 1_900, currency: 'aud', interval: 'month' },
  { id: 'price_advanced', name: 'Advanced', amountCents: 4_900, currency: 'aud', interval: 'month' },
  { id: 'price_yearly', name: 'Yearly', amountCents: 49_000, currency: 'aud', interval: 'year' },
];

/** A double whose clock stands still but where it is moved, and the official client on it. */
export interface StripeStage {
  readonly double: StripeDouble;
  readonly stripe: Stripe;
  client(config?: Partial<ConstructorParameters<typeof Stripe>[1]>, key?: string): Stripe;
  /** A customer with a subscription that was paid through checkout. */
  subscribe(options?: { readonly priceId?: string; readonly trialDays?: number }): Promise<{
    readonly customer: Stripe.Customer;
    readonly subscription: Stripe.Subscription;
    readonly itemId: string;
  }>;
  /** What was emitted since the last call, as `day hour type`. */
  told(): string[];
}

export async function createStripeStage(options: Partial<StripeDoubleOptions> = {}): Promise<StripeStage> {
  const double = await createStripeDouble({
    secretKey: stageKey,
    webhookSecret: stageSecret,
    prices: stagePrices,
    now: () => stageStart * 1_000,
    retryMilliseconds: [1, 1, 1, 1, 1],
    ...options,
  });
  const { hostname, port } = new URL(double.url);
  const client: StripeStage['client'] = (config = {}, key = stageKey) =>
    new Stripe(key, { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false, timeout: 5_000, ...config });
  const stripe = client();
  let seen = 0;
  return {
    double,
    stripe,
    client,
    async subscribe({ priceId = 'price_starter', trialDays } = {}) {
      const customer = await stripe.customers.create({ email: 'ann@example.test', name: 'Ann', metadata: { profile_id: 'p1' } });
      const session = await stripe.checkout.sessions.create({
        mode: 'subscription',
        customer: customer.id,
        client_reference_id: 'p1',
        line_items: [{ price: priceId, quantity: 1 }],
        success_url: 'http://127.0.0.1:3000/done?session={CHECKOUT_SESSION_ID}',
        cancel_url: 'http://127.0.0.1:3000/plans',
        subscription_data: { metadata: { profile_id: 'p1' }, ...(trialDays === undefined ? {} : { trial_period_days: trialDays }) },
      });
      const subscription = await stripe.subscriptions.retrieve(double.completeCheckout(session.id).subscriptionId);
      return { customer, subscription, itemId: subscription.items.data[0]!.id };
    },
    told() {
      const all = double.events();
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh.map(({ created, type }) => `${new Date(created * 1_000).toISOString().slice(0, 13)} ${type}`);
    },
  };
}

/** What a webhook brought. */
export interface ReceivedWebhook {
  readonly body: string;
  readonly signature: string;
}

/** An endpoint that keeps what it is sent, and answers with the statuses that it is given before it answers with 200. */
export async function createEndpoint(...statuses: number[]) {
  const received: ReceivedWebhook[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ body, signature: String(request.headers['stripe-signature']) });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    /** The types of what came, in the order in which it came. */
    types: () => received.map(({ body }) => (JSON.parse(body) as { type: string }).type),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
