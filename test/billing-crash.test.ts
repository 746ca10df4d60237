import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import Stripe from 'stripe';
import { createStripeDouble, type StripeDouble } from '../src/stripe-double/double.js';
import { PROVE } from './support/counts.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';
import { type GatewayProcess, startGatewayProcess } from './support/gateway-process.js';

/** Gateways that are killed with -9 while Stripe tells them what happened, and Stripe's own tries again. */
let stripe: StripeDouble;
let database: TestDatabase;
let folder: string;
let gateway: GatewayProcess;
let client: pg.Client;

const people = PROVE ? 60 : 9;
const kills = PROVE ? 12 : 2;

async function start(): Promise<void> {
  gateway = await startGatewayProcess({ database, storageDirectory: folder, environment: stripe.environment, now: new Date() });
  stripe.setWebhookUrl(`${gateway.url}/webhooks/stripe`);
}

beforeAll(async () => {
  const monthly = { currency: 'aud', interval: 'month' } as const;
  stripe = await createStripeDouble({
    secretKey: 'sk_test_crash',
    webhookSecret: 'whsec_crash',
    prices: [
      { id: 'price_starter_monthly', name: 'Starter', amountCents: 1_900, ...monthly },
      { id: 'price_advanced_monthly', name: 'Advanced', amountCents: 4_900, ...monthly },
    ],
    // A gateway of the tests takes some seconds to begin.
    retryMilliseconds: Array.from({ length: 2_000 }, () => 250),
  });
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.urls.service });
  await client.connect();
  folder = await mkdtemp(join(tmpdir(), 'roomfeed-billing-'));
  await start();
});
afterAll(async () => {
  await client.end();
  await gateway.stop();
  await stripe.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

it(`killed ${kills} times in the midst of ${people} lives, leaves every account what Stripe says it is`, async () => {
  const url = new URL(stripe.url);
  const api = new Stripe(stripe.environment.STRIPE_SECRET_KEY, { protocol: 'http', host: url.hostname, port: url.port, telemetry: false });
  const ids = Array.from({ length: people }, (_, n) => `0197b000-0000-7000-8000-${String(n).padStart(12, '0')}`);
  for (const id of ids) await client.query('insert into profiles (id) values ($1)', [id]);
  const fatal = new Set(Array.from({ length: kills }, (_, nth) => Math.floor(((nth + 1) * people) / (kills + 1))));
  /** The gateway dies with what it is at, and another one begins; nobody waits for it but the next who dies. */
  let dying = Promise.resolve();
  const die = async (): Promise<void> => {
    await gateway.kill();
    await start();
  };

  const expected: Record<string, string | null> = {};
  for (const [n, id] of ids.entries()) {
    const metadata = { profile_id: id };
    const customer = await api.customers.create({ metadata });
    stripe.setCard(customer.id, 'ok');
    const subscription = await api.subscriptions.create({ customer: customer.id, items: [{ price: 'price_starter_monthly' }], metadata });
    if (n % 3 === 1) {
      await api.subscriptions.update(subscription.id, { items: [{ id: subscription.items.data[0]!.id, price: 'price_advanced_monthly' }] });
    }
    if (n % 3 === 2) await api.subscriptions.cancel(subscription.id);
    expected[id] = [`price_starter_monthly`, `price_advanced_monthly`, null][n % 3]!;
    if (fatal.has(n)) dying = dying.then(die);
  }
  await dying;
  await stripe.whenDelivered();

  const { rows } = await client.query<{ id: string; price: string | null; history: string | null }>(
    `select id, case when has_access then price_id end as price,
       (select price_id from plan_changes where owner_id = p.id order by effective_at desc, recorded_at desc, id desc limit 1) as history
     from profiles p where id = any($1) order by id`,
    [ids],
  );
  expect(Object.fromEntries(rows.map(({ id, price }) => [id, price]))).toEqual(expected);
  expect(Object.fromEntries(rows.map(({ id, history }) => [id, history]))).toEqual(expected);
  const { rows: open } = await client.query(`select event_id, error from webhook_events where processed_at is null`);
  expect(open).toEqual([]);
  // What was acknowledged is on record, and what is on record was told once at least.
  const delivered = stripe.events().filter(({ delivery }) => delivery.status === 'delivered');
  const { rows: recorded } = await client.query<{ id: string }>('select event_id as id from webhook_events');
  expect(new Set(recorded.map(({ id }) => id))).toEqual(new Set(delivered.map(({ id }) => id)));
  expect(delivered).toHaveLength(stripe.events().length);
});
