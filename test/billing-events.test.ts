import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { BillingEvent, BillingSubject, SubscriptionState } from '../src/domain/billing.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { scriptBilling, subscription, type ScriptedBilling } from './support/billing/scripted-provider.js';
import { PROVE, seededRandom } from './support/counts.js';
import { createSeed, type Seed } from './support/seed.js';

/**
 * What Stripe's events come to, in whatever order and however often they come, and wherever whoever processes them dies.
 * Events go in where the webhook hands them over, once their signature was checked.
 */
let app: TestApp;
let seed: Seed;
let billing: ScriptedBilling;

const { seed: seedOfRun } = seededRandom('billing events');

beforeAll(async () => {
  billing = scriptBilling();
  app = await createTestApp({ wrapBilling: () => billing.provider });
  seed = await createSeed(app);
});
beforeEach(() => {
  billing.failWith = null;
  billing.before = () => undefined;
  billing.subscriptions.clear();
  billing.calls.length = 0;
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

const events = () => app.app.billing.events!;
/** Many at a time, which the seed's one connection does not take. */
const sql = <Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> =>
  app.app.databases.service({ kind: 'system' }).query<Row>(text, [...values]);
const start = 1_790_000_000;

/** A new account, straight into the table: thousands of them are needed here. */
async function account(): Promise<Person & { readonly customerId: string }> {
  const id = randomUUID();
  await sql('insert into profiles (id, customer_id) values ($1, $2)', [id, `cus_${id}`]);
  return { id, token: '', customerId: `cus_${id}` };
}

interface Kept {
  subscriptionId: string | null;
  status: string | null;
  priceId: string | null;
  hasAccess: boolean;
  end: number | null;
  cancels: boolean;
  scheduled: string | null;
  at: number | null;
  failedAt: number | null;
  paidAt: number | null;
}

async function keptOf({ id }: Pick<Person, 'id'>): Promise<Kept> {
  const [row] = await sql<Kept>(
    `select subscription_id as "subscriptionId", subscription_status as status, price_id as "priceId", has_access as "hasAccess",
       extract(epoch from current_period_end)::int as "end", cancel_at_period_end as cancels, scheduled_price_id as scheduled,
       extract(epoch from subscription_event_at)::int as at, extract(epoch from payment_failed_at)::int as "failedAt",
       extract(epoch from last_paid_at)::int as "paidAt"
     from profiles where id = $1`,
    [id],
  );
  return row!;
}

/** The price in force at the end of each of some seconds, as a statement of that time reads it today. */
async function pricesAt({ id }: Pick<Person, 'id'>, instants: readonly number[]): Promise<(string | null)[]> {
  const rows = await sql<{ price: string | null }>(
    `select (select price_id from plan_changes where owner_id = $1 and effective_at < to_timestamp(at + 1)
       order by effective_at desc, recorded_at desc, id desc limit 1) as price
     from unnest($2::bigint[]) with ordinality as asked (at, n) order by n`,
    [id, instants],
  );
  return rows.map(({ price }) => price);
}

const unprocessed = ({ id }: Pick<Person, 'id'>) =>
  sql(`select event_id from webhook_events where processed_at is null and payload::text like '%' || $1 || '%'`, [id]);

function event(createdAt: number, type: string, subject: BillingSubject): BillingEvent {
  return { eventId: `evt_${randomUUID()}`, type, createdAt, subject };
}

const snapshot = (createdAt: number, state: SubscriptionState, type = 'updated'): BillingEvent =>
  event(createdAt, `customer.subscription.${type}`, { kind: 'subscription', state, isWhole: true });

/** Six events of a life that ends: created, paid, in force, not paid, past due, ended. */
function lifeOf({ id, customerId }: { id: string; customerId: string }): BillingEvent[] {
  const base = subscription({ subscriptionId: `sub_${id}`, customerId, profileId: id, createdAt: start });
  const owned = { subscriptionId: base.subscriptionId, customerId, profileId: id };
  const day = 86_400;
  return [
    snapshot(start, { ...base, status: 'incomplete' }, 'created'),
    event(start + 2, 'invoice.paid', { kind: 'payment', outcome: 'paid', nextAttemptAt: null, ...owned }),
    snapshot(start + 3, base),
    event(start + 30 * day, 'invoice.payment_failed', { kind: 'payment', outcome: 'failed', nextAttemptAt: start + 33 * day, ...owned }),
    snapshot(start + 30 * day + 1, { ...base, status: 'past_due', currentPeriodStart: start + 30 * day, currentPeriodEnd: start + 60 * day }),
    snapshot(start + 45 * day, { ...base, status: 'canceled', currentPeriodStart: start + 30 * day, currentPeriodEnd: start + 60 * day }, 'deleted'),
  ];
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first, index) => permutations(items.filter((_, other) => other !== index)).map((rest) => [first, ...rest]));
}

const everyOrder = permutations([0, 1, 2, 3, 4, 5]);
const random = ((state) => () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647)((seedOfRun % 2_147_483_646) + 1);
const chosenOrders = PROVE ? everyOrder : everyOrder.filter(() => random() < 0.15);

/** Each event again, once or twice, somewhere behind its first delivery. */
function withDuplicates(order: readonly number[]): number[] {
  const all = [...order];
  for (const index of order) {
    for (let copies = random() < 0.5 ? 1 : 2; copies > 0; copies -= 1) {
      const first = all.indexOf(index);
      all.splice(first + 1 + Math.floor(random() * (all.length - first)), 0, index);
    }
  }
  return all;
}

/** In lines of a few, as webhooks come. */
async function inLines<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
    }),
  );
}

const ended = {
  status: 'canceled',
  priceId: 'price_starter_monthly',
  hasAccess: false,
  end: start + 60 * 86_400,
  cancels: false,
  scheduled: null,
  at: start + 45 * 86_400,
  failedAt: start + 30 * 86_400,
  paidAt: start + 2,
};

/** Before, and between, and after the events of `lifeOf`. */
const instants = [start - 1, start + 1, start + 3, start + 20 * 86_400, start + 40 * 86_400, start + 45 * 86_400];
const prices = [null, null, 'price_starter_monthly', 'price_starter_monthly', 'price_starter_monthly', null];

describe(`six events of a subscription's life in ${chosenOrders.length} of their 720 orders, each with duplicates`, () => {
  it('come to what the newest one says, and to the same history, without a question to Stripe', async () => {
    billing.failWith = new Error('Nobody need ask.');

    await inLines(chosenOrders, 8, async (order) => {
      const person = await account();
      const life = lifeOf(person);
      for (const index of withDuplicates(order)) await events().receive(life[index]!);

      const outcome = { kept: await keptOf(person), prices: await pricesAt(person, instants), unprocessed: await unprocessed(person) };
      expect({ order, ...outcome }).toEqual({
        order,
        kept: { subscriptionId: `sub_${person.id}`, ...ended },
        prices,
        unprocessed: [],
      });
    });
    expect(billing.calls).toEqual([]);
  });

  it('come to the same where all of them are delivered at once, twice', async () => {
    await inLines([...Array(PROVE ? 100 : 20).keys()], 4, async () => {
      const person = await account();
      const life = lifeOf(person);
      await Promise.all([...life, ...life].map((each) => events().receive(each)));
      expect(await keptOf(person)).toEqual({ subscriptionId: `sub_${person.id}`, ...ended });
      expect(await pricesAt(person, instants)).toEqual(prices);
    });
  });
});

describe('a handler that dies', () => {
  /** Raises at the nth write of a table that an event touches; the count survives the rollback, as sequences do. */
  async function whileWritesFail<T>(nth: number, work: () => Promise<T>): Promise<T> {
    await seed.sql('create sequence fuse');
    await seed.sql(
      `create function burn() returns trigger language plpgsql security definer as $$
       begin if nextval('public.fuse') = ${nth} then raise exception 'burnt'; end if; return null; end $$`,
    );
    for (const table of ['webhook_events', 'profiles', 'plan_changes']) {
      await seed.sql(`create trigger burn after insert or update on ${table} for each row execute function burn()`);
    }
    try {
      return await work();
    } finally {
      await seed.sql('drop function burn() cascade');
      await seed.sql('drop sequence fuse');
    }
  }

  it('at any write of any event leaves nothing half-written, and another delivery makes up for it', async () => {
    let deaths = 0;
    // Each event writes at most its record, the profile, the history and its mark.
    for (let nth = 1; nth <= 6 * 4; nth += 1) {
      const person = await account();
      const life = lifeOf(person);
      const order = everyOrder[Math.floor(random() * everyOrder.length)]!;
      await whileWritesFail(nth, async () => {
        for (const index of order) {
          const before = await keptOf(person);
          await events()
            .receive(life[index]!)
            .catch(async () => {
              deaths += 1;
              expect(await keptOf(person)).toEqual(before);
              await events().receive(life[index]!);
            });
        }
      });
      expect({ nth, kept: await keptOf(person) }).toEqual({ nth, kept: { subscriptionId: `sub_${person.id}`, ...ended } });
      expect(await pricesAt(person, instants)).toEqual(prices);
      expect(await unprocessed(person)).toEqual([]);
    }
    expect(deaths).toBeGreaterThan(12);
  });

  it('is made up for by our own pass where Stripe never sends the event again', async () => {
    const person = await account();
    const life = lifeOf(person);
    // The record is the first write, and stays; what comes after it dies, and is noted.
    await whileWritesFail(2, async () => {
      await expect(events().receive(life[2]!)).rejects.toThrow();
    });
    expect(await keptOf(person)).toMatchObject({ subscriptionId: null, hasAccess: false });
    expect(await unprocessed(person)).toHaveLength(1);

    await seed.sql(`update webhook_events set retry_at = now() - interval '1 second' where processed_at is null`);
    expect(await events().retryDue()).toEqual({ done: 1, failed: 0 });

    expect(await keptOf(person)).toMatchObject({ status: 'active', hasAccess: true });
    expect(await unprocessed(person)).toEqual([]);
  });

  it('that could not even note that it failed is made up for by our own pass', async () => {
    const person = await account();
    const [, , inForce] = lifeOf(person);
    await seed.sql(
      `insert into webhook_events (provider, event_id, type, payload, attempts, received_at)
       values ('stripe', $1, $2, $3, 1, now() - interval '10 minutes')`,
      [inForce!.eventId, inForce!.type, JSON.stringify(inForce)],
    );

    expect(await events().retryDue()).toEqual({ done: 1, failed: 0 });

    expect(await keptOf(person)).toMatchObject({ status: 'active', hasAccess: true });
  });
});

describe('events whose order nobody can tell', () => {
  it('of one second are settled by asking Stripe, in either order', async () => {
    for (const order of [[0, 1], [1, 0]]) {
      const person = await account();
      const base = subscription({ subscriptionId: `sub_${person.id}`, customerId: person.customerId, createdAt: start });
      const twins = [snapshot(start, { ...base, priceId: 'price_advanced_monthly' }), snapshot(start, base)];
      billing.subscriptions.set(base.subscriptionId, base);
      billing.now = start + 5;

      for (const index of order) await events().receive(twins[index]!);

      expect(await keptOf(person)).toMatchObject({ priceId: 'price_starter_monthly', hasAccess: true });
      expect(await pricesAt(person, [start])).toEqual(['price_starter_monthly']);
    }
    expect(billing.calls.map(({ method }) => method)).toEqual(['getSubscription', 'getSubscription']);
  });

  it('stay unprocessed while Stripe is away, and are settled by our own pass', async () => {
    const person = await account();
    const base = subscription({ subscriptionId: `sub_${person.id}`, customerId: person.customerId, createdAt: start });
    billing.subscriptions.set(base.subscriptionId, { ...base, status: 'canceled' });
    billing.now = start + 5;
    await events().receive(snapshot(start, base));
    billing.failWith = new Error('away');

    await expect(events().receive(snapshot(start, { ...base, status: 'canceled' }, 'deleted'))).rejects.toThrow('away');

    expect(await keptOf(person)).toMatchObject({ status: 'active', hasAccess: true });
    expect(await unprocessed(person)).toHaveLength(1);
    await seed.sql(`update webhook_events set retry_at = now() - interval '1 second' where processed_at is null`);
    expect(await events().retryDue()).toEqual({ done: 0, failed: 1 });
    billing.failWith = null;
    await seed.sql(`update webhook_events set retry_at = now() - interval '1 second' where processed_at is null`);
    expect(await events().retryDue()).toEqual({ done: 1, failed: 0 });
    expect(await keptOf(person)).toMatchObject({ status: 'canceled', hasAccess: false });
  });

  it('do not undo what Stripe was asked for a moment before', async () => {
    const person = await account();
    const base = subscription({ subscriptionId: `sub_${person.id}`, customerId: person.customerId, createdAt: start });
    const upgraded = { ...base, priceId: 'price_advanced_monthly' };
    billing.subscriptions.set(base.subscriptionId, upgraded);
    billing.now = start + 100;
    await events().receive(snapshot(start, base));
    // A schedule's event tells nothing itself, so that Stripe is asked: at start + 100.
    await events().receive(
      event(start + 99, 'subscription_schedule.released', { kind: 'subscription-changed', ...base, profileId: null }),
    );

    // From before the question, and told late.
    await events().receive(snapshot(start + 98, base));

    expect(await keptOf(person)).toMatchObject({ priceId: 'price_advanced_monthly' });
    expect(await pricesAt(person, [start + 98, start + 100])).toEqual(['price_starter_monthly', 'price_advanced_monthly']);
  });
});

describe('whose an event is', () => {
  it('its metadata says first, its customer second, and nothing else does', async () => {
    const [named, other] = [await account(), await account()];
    await seed.sql(`update profiles set email = 'same@roomfeed.test' where id = any($1)`, [[named.id, other.id]]);
    const base = subscription({ subscriptionId: `sub_${named.id}`, customerId: other.customerId, profileId: named.id, createdAt: start });

    await events().receive(snapshot(start, base));
    await events().receive(snapshot(start + 1, { ...base, subscriptionId: 'sub_nobody', customerId: 'cus_nobody', profileId: randomUUID() }));

    expect(await keptOf(named)).toMatchObject({ subscriptionId: base.subscriptionId, hasAccess: true });
    expect(await keptOf(other)).toMatchObject({ subscriptionId: null, hasAccess: false });
    expect(await seed.sql(`select from profiles where subscription_id = 'sub_nobody'`)).toEqual([]);
    expect(await seed.sql(`select from webhook_events where processed_at is null and payload::text like '%sub_nobody%'`)).toEqual([]);
  });

  it('an account without a customer gets the one that its own metadata names, and never another account’s', async () => {
    const [fresh, other] = [await account(), await account()];
    await seed.sql('update profiles set customer_id = null where id = $1', [fresh.id]);
    const base = subscription({ subscriptionId: `sub_${fresh.id}`, customerId: other.customerId, profileId: fresh.id, createdAt: start });
    const customer = async () => (await seed.sql<{ id: string | null }>('select customer_id as id from profiles where id = $1', [fresh.id]))[0]?.id;

    await events().receive(snapshot(start, base));
    expect(await customer()).toBeNull();
    await events().receive(snapshot(start + 1, { ...base, customerId: `cus_${fresh.id}` }));
    expect(await customer()).toBe(`cus_${fresh.id}`);
  });
});

describe('random lives of customers', () => {
  /** What happens at Stripe, one after the other. */
  const happening = fc.record({
    afterSeconds: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90 }), fc.constant(100_000)),
    what: fc.constantFrom('price', 'pastDue', 'recover', 'cancelLater', 'keep', 'schedule', 'end', 'subscribe', 'abandon'),
    /** When it is told, beside the others; and how often. */
    told: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 3 }),
  });

  it('come to what Stripe has, whatever the order, the ties and the outages', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 1, maxLength: 12 }), fc.array(fc.boolean(), { maxLength: 40 }), async (happenings, outages) => {
        const person = await account();
        const mine = new Map<string, SubscriptionState>();
        billing.subscriptions.clear();
        let clock = start;
        let current: string | null = null;
        const deliveries: { at: number; event: BillingEvent }[] = [];
        /** Stripe's states by the number of happenings so far. */
        const history: Map<string, SubscriptionState>[] = [];

        happenings.forEach(({ afterSeconds, what, told }, index) => {
          clock += afterSeconds;
          const state = current === null ? undefined : mine.get(current);
          const live = state !== undefined && ['active', 'past_due'].includes(state.status);
          let next: SubscriptionState | null = null;
          const base = (more: Partial<SubscriptionState>) =>
            subscription({ subscriptionId: `sub_${person.id}_${index}`, customerId: person.customerId, createdAt: clock, ...more });
          if (!live && what === 'abandon') next = base({ status: 'incomplete' });
          else if (!live) next = base({});
          else if (what === 'price') next = { ...state, priceId: state.priceId === 'price_starter_monthly' ? 'price_advanced_monthly' : 'price_starter_monthly', scheduledPriceId: null };
          else if (what === 'pastDue') next = { ...state, status: 'past_due' };
          else if (what === 'recover') next = { ...state, status: 'active' };
          else if (what === 'cancelLater') next = { ...state, cancelAtPeriodEnd: true, scheduledPriceId: null };
          else if (what === 'keep') next = { ...state, cancelAtPeriodEnd: false, scheduledPriceId: null };
          else if (what === 'schedule') next = { ...state, cancelAtPeriodEnd: false, scheduledPriceId: 'price_small' };
          else if (what === 'end') next = { ...state, status: 'canceled', cancelAtPeriodEnd: false, scheduledPriceId: null };
          if (next) {
            mine.set(next.subscriptionId, next);
            if (next.status !== 'incomplete') current = next.subscriptionId;
            // A schedule's price is not in the subscription's own event.
            const isWhole = next.scheduledPriceId === null;
            const shown = { ...next, scheduledPriceId: null };
            const happened = event(clock, 'customer.subscription.updated', { kind: 'subscription', state: shown, isWhole });
            for (const delay of told) deliveries.push({ at: index + delay, event: happened });
          }
          history.push(new Map(mine));
        });
        const ticks = Math.max(...deliveries.map(({ at }) => at), 0);
        for (let tick = 0; tick <= ticks; tick += 1) {
          const seen = history[Math.min(tick, history.length - 1)]!;
          for (const [id, state] of seen) billing.subscriptions.set(id, state);
          billing.now = start + happenings.slice(0, tick + 1).reduce((sum, { afterSeconds }) => sum + afterSeconds, 0) + 1;
          for (const { event: due } of deliveries.filter(({ at }) => at === tick)) {
            billing.failWith = outages.pop() ? new Error('away') : null;
            await events().receive(due).catch(() => undefined);
          }
        }
        billing.failWith = null;
        await seed.sql(`update webhook_events set retry_at = now() - interval '1 second' where processed_at is null`);
        await events().retryDue();

        const truth = current === null ? null : mine.get(current)!;
        const kept = await keptOf(person);
        expect(await unprocessed(person)).toEqual([]);
        if (truth && truth.status !== 'canceled') {
          expect(kept).toMatchObject({
            subscriptionId: truth.subscriptionId,
            status: truth.status,
            priceId: truth.priceId,
            hasAccess: true,
            cancels: truth.cancelAtPeriodEnd,
            scheduled: truth.scheduledPriceId,
          });
          expect(await pricesAt(person, [2_000_000_000])).toEqual([truth.priceId]);
        } else {
          expect(kept).toMatchObject({ hasAccess: false });
          expect(await pricesAt(person, [2_000_000_000])).toEqual([null]);
        }
      }),
      { seed: seedOfRun, numRuns: PROVE ? 2_000 : 150 },
    );
  });
});
