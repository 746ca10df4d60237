import { z } from 'zod';
import { setCard } from './cards.js';
import { completeSession, successUrl } from './checkout.js';
import { readDuration } from './clock.js';
import { settleUntil } from './due.js';
import { declined, invalidRequest, missing } from './errors.js';
import type { Fault, Faults } from './faults.js';
import type { CardState, CheckoutSession, Charge, Customer, Delivery, Dispute, Refund, StoredEvent } from './records.js';
import { closeDispute, openDispute, refundCharge } from './refunds.js';
import type { Webhooks } from './webhooks.js';
import { DAY, type World } from './world.js';

/** An event, and where its delivery stands. */
export type EventState = Omit<StoredEvent, 'double'> & { readonly delivery: Delivery };

/** What people and tests can do beside Stripe's API. Everything is done when a call returns, but for deliveries. */
export interface Control {
  /** Seconds since 1970 by the double's clock. */
  now(): number;
  /**
   * Moves the clock and does what falls due meanwhile. `31d`, `12h`, `90m`, `45s`, or seconds.
   *
   * @throws ApiError for anything else.
   */
  advance(duration: string | number): number;
  /** Moves the clock to a moment that is not past. @throws ApiError */
  moveTo(moment: Date | string): number;
  /** All events, the oldest first. */
  events(type?: string): readonly EventState[];
  /** Keeps events from being delivered, from now on. */
  hold(): void;
  /** Delivers what is held, and whatever comes, again. */
  release(): void;
  /** Delivers these events in this order, held or not, one as often as it is named. Returns what was answered. */
  deliver(ids: readonly string[]): Promise<readonly (number | string)[]>;
  /** Resolves when no delivery is under way or waits to be tried again. */
  whenDelivered(): Promise<void>;
  /** Lets the next calls fail that a pattern such as `POST /v1/subscriptions/*` fits, one for each fault. */
  fail(pattern: string, ...faults: readonly Fault[]): void;
  clearFaults(): void;
  /** Cuts every connection to the API, until it is back. */
  setAway(isAway: boolean): void;
  /** @throws ApiError, as all below. */
  setCard(customerId: string, state: CardState): Customer;
  /** Pays as a person does on the page. @throws ApiError 402 where the card is one that declines; nothing is changed. */
  completeCheckout(sessionId: string, card?: CardState): { readonly session: CheckoutSession; readonly subscriptionId: string; readonly redirectUrl: string };
  openDispute(chargeId: string, reason?: string): Dispute;
  closeDispute(disputeId: string, outcome: 'won' | 'lost'): Dispute;
  refund(chargeId: string, amount?: number): Refund;
}

export interface ControlParts {
  readonly world: World;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly setHolding: (isHolding: boolean) => void;
  /** Does something wholly or not at all, saves it and lets its events go. */
  readonly commit: <Result>(work: () => Result) => Result;
}

/** The clock is moved by at most so much at once: what happens in ten years is enough to see. */
const MAX_ADVANCE = 3_660 * DAY;

export function createControl({ world, faults, webhooks, setHolding, commit }: ControlParts): Control {
  const { store, clock } = world;

  function moveBy(seconds: number): number {
    if (seconds > MAX_ADVANCE) throw invalidRequest('The clock moves by at most ten years at once.', { param: 'advance' });
    return commit(() => {
      const target = clock.now() + seconds;
      settleUntil(world, target);
      store.setClockOffset(store.clockOffset() + seconds);
      return target;
    });
  }

  function find<Kind extends 'charge' | 'customer' | 'dispute' | 'checkout.session'>(kind: Kind, id: string) {
    const record = store.get(kind, id);
    if (record === null) throw missing(kind, id);
    return record;
  }

  return {
    now: () => clock.now(),
    advance(duration) {
      const seconds = readDuration(duration);
      if (seconds === null) throw invalidRequest('`advance` is a number of seconds, or such as 31d, 12h, 90m, 45s.', { param: 'advance' });
      return moveBy(seconds);
    },
    moveTo(moment) {
      const target = Math.floor(new Date(moment).getTime() / 1_000);
      if (!Number.isFinite(target)) throw invalidRequest('`to` is a moment such as 2027-01-31T12:00:00Z.', { param: 'to' });
      if (target < clock.now()) throw invalidRequest('The clock moves forward only.', { param: 'to' });
      return moveBy(target - clock.now());
    },
    events: (type) =>
      store
        .list('event')
        .filter((event) => (type ?? event.type) === event.type)
        .map(({ double, ...event }) => ({ ...event, delivery: double })),
    hold: () => setHolding(true),
    release() {
      setHolding(false);
      commit(() => {
        for (const event of store.list('event')) {
          if (event.double.status === 'held') store.put('event', { ...event, double: { ...event.double, status: 'pending', nextAttemptAt: 0 } });
        }
      });
    },
    async deliver(ids) {
      const answers: (number | string)[] = [];
      for (const id of ids) {
        if (store.get('event', id) === null) throw missing('event', id);
        answers.push(await webhooks.send(id));
      }
      return answers;
    },
    whenDelivered: () => webhooks.whenDelivered(),
    fail: (pattern, ...more) => faults.add(pattern, more),
    clearFaults: () => faults.clear(),
    setAway: (isAway) => faults.setAway(isAway),
    setCard: (id, state) => commit(() => setCard(world, find('customer', id), state)),
    completeCheckout(id, card = 'ok') {
      return commit(() => {
        const session = completeSession(world, find('checkout.session', id), card);
        if (session?.subscription == null) throw declined(null);
        return { session, subscriptionId: session.subscription, redirectUrl: successUrl(session) };
      });
    },
    openDispute: (id, reason) => commit(() => openDispute(world, find('charge', id) satisfies Charge, reason)),
    closeDispute: (id, outcome) => commit(() => closeDispute(world, find('dispute', id), outcome)),
    refund: (id, amount) => commit(() => refundCharge(world, find('charge', id), { amount })),
  };
}

const fault = z.union([z.number().int().min(400).max(599), z.enum(['hang', 'reset', 'lost answer', 'garbage']), z.strictObject({ delay: z.number().int().min(0).max(600_000) })]);
const card = z.enum(['ok', 'declining', 'none']);

const commands: Readonly<Record<string, { readonly body: z.ZodType; run(control: Control, body: never, id: string): unknown }>> = {
  'POST /double/clock': command(
    z.union([z.strictObject({ advance: z.union([z.string(), z.number()]) }), z.strictObject({ to: z.string() })]),
    (control, body) => ({ now: 'to' in body ? control.moveTo(body.to) : control.advance(body.advance) }),
  ),
  'GET /double/clock': command(z.unknown(), (control) => ({ now: control.now(), iso: new Date(control.now() * 1_000).toISOString() })),
  'GET /double/events': command(z.unknown(), (control) => ({ events: control.events() })),
  'POST /double/events/:id/deliver': command(z.unknown(), async (control, _, id) => ({ answers: await control.deliver([id]) })),
  'POST /double/deliveries': command(z.strictObject({ ids: z.array(z.string()).max(1_000) }), async (control, { ids }) => ({ answers: await control.deliver(ids) })),
  'POST /double/deliveries/hold': command(z.unknown(), (control) => control.hold()),
  'POST /double/deliveries/release': command(z.unknown(), (control) => control.release()),
  'POST /double/faults': command(z.strictObject({ pattern: z.string().min(1).max(200), faults: z.array(fault).max(100) }), (control, body) =>
    control.fail(body.pattern, ...body.faults),
  ),
  'DELETE /double/faults': command(z.unknown(), (control) => control.clearFaults()),
  'POST /double/away': command(z.strictObject({ away: z.boolean() }), (control, { away }) => control.setAway(away)),
  'POST /double/customers/:id/card': command(z.strictObject({ card }), (control, body, id) => ({ customer: control.setCard(id, body.card).id })),
  'POST /double/checkout/:id/complete': command(z.strictObject({ card: card.optional() }), (control, body, id) => {
    const { subscriptionId, redirectUrl } = control.completeCheckout(id, body.card);
    return { subscription: subscriptionId, redirect: redirectUrl };
  }),
  'POST /double/charges/:id/dispute': command(z.strictObject({ reason: z.string().max(100).optional() }), (control, body, id) => ({ dispute: control.openDispute(id, body.reason).id })),
  'POST /double/charges/:id/refund': command(z.strictObject({ amount: z.number().int().min(1).optional() }), (control, body, id) => ({ refund: control.refund(id, body.amount).id })),
  'POST /double/disputes/:id/close': command(z.strictObject({ outcome: z.enum(['won', 'lost']) }), (control, body, id) => ({ status: control.closeDispute(id, body.outcome).status })),
};

function command<Schema extends z.ZodType>(body: Schema, run: (control: Control, body: z.infer<Schema>, id: string) => unknown) {
  return { body, run: run as (control: Control, body: never, id: string) => unknown };
}

const matchers = Object.entries(commands).map(([name, each]) => {
  const [method = '', path = ''] = name.split(' ');
  return { method, fits: new RegExp(`^${path.replace(':id', '([^/]+)')}$`), ...each };
});

/** Control over HTTP, by JSON. Null: there is no such command. @throws ApiError */
export async function runCommand(control: Control, call: { readonly method: string; readonly path: string; readonly body: string }): Promise<object | null> {
  for (const { method, fits, body: schema, run } of matchers) {
    const match = method === call.method ? fits.exec(call.path) : null;
    if (match === null) continue;
    const read = schema.safeParse(call.body === '' ? {} : parse(call.body));
    if (!read.success) throw invalidRequest(`This command takes something else. ${z.prettifyError(read.error)}`);
    return ((await run(control, read.data as never, match[1] ?? '')) ?? { done: true });
  }
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalidRequest('The body must be JSON.');
  }
}
