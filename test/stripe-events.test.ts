import { readStripeEvent } from '../src/billing/stripe/events.js';
import { type BillingSubject, MalformedEvent, type SubscriptionState } from '../src/domain/billing.js';
import {
  charge,
  checkoutSession,
  dispute,
  end,
  event,
  invoice,
  item,
  personal,
  phase,
  profileId,
  schedule,
  start,
  subscription,
  subscriptionOf2018,
  subscriptionOf2024,
} from './support/stripe-objects.js';

const read = (type: string, object: unknown, fields?: Readonly<Record<string, unknown>>) =>
  readStripeEvent(JSON.stringify(event(type, object, fields)));
const subjectOf = (type: string, object: unknown): BillingSubject => read(type, object).subject;

/** What an event about a subscription says of it. */
function stateOf(object: unknown, type = 'customer.subscription.updated'): SubscriptionState {
  const subject = subjectOf(type, object);
  if (subject.kind !== 'subscription') throw new Error(`It was read as ${subject.kind}.`);
  return subject.state;
}

const expected: SubscriptionState = {
  subscriptionId: 'sub_1',
  customerId: 'cus_1',
  profileId,
  status: 'active',
  priceId: 'price_starter',
  createdAt: start - 100,
  currentPeriodStart: start,
  currentPeriodEnd: end,
  cancelAtPeriodEnd: false,
  scheduledPriceId: null,
};

describe('an event about a subscription', () => {
  test.each(['created', 'updated', 'paused', 'resumed', 'pending_update_applied', 'pending_update_expired', 'trial_will_end'])(
    'tells how it stands when it was %s',
    (what) => {
      expect(read(`customer.subscription.${what}`, subscription())).toEqual({
        eventId: 'evt_1',
        type: `customer.subscription.${what}`,
        createdAt: start + 5,
        subject: { kind: 'subscription', state: expected, isWhole: true },
      });
    },
  );

  test('is read of versions of the API that have the period on the subscription', () => {
    expect(stateOf(subscriptionOf2024())).toEqual(expected);
  });

  test('is read of versions of the API that have plans and no prices', () => {
    expect(stateOf(subscriptionOf2018())).toEqual({ ...expected, priceId: 'gold plan' });
    const bare = { ...subscriptionOf2018(), items: undefined };
    expect(stateOf(bare)).toEqual({ ...expected, priceId: 'gold plan' });
  });

  test('takes the period of the item before that of the subscription', () => {
    const state = stateOf(subscription({ current_period_start: 1, current_period_end: 2 }));
    expect([state.currentPeriodStart, state.currentPeriodEnd]).toEqual([start, end]);
  });

  test('takes the first item whose price recurs', () => {
    const once = item('si_0', 'price_setup', {
      price: { id: 'price_setup', object: 'price', recurring: null, type: 'one_time' },
    });
    const data = [once, item('si_1', 'price_pro'), item('si_2', 'price_extra', { current_period_end: end + 9 })];
    expect(stateOf(subscription({ items: { data } }))).toEqual({ ...expected, priceId: 'price_pro' });
  });

  test('without items has no price and no period', () => {
    expect(stateOf(subscription({ items: { data: [] } }))).toEqual({
      ...expected,
      priceId: null,
      currentPeriodStart: null,
      currentPeriodEnd: null,
    });
  });

  test('takes a customer that is written out', () => {
    expect(stateOf(subscription({ customer: { id: 'cus_1', email: personal } })).customerId).toBe('cus_1');
  });

  test.each([
    ['the flag', { cancel_at_period_end: true, cancel_at: end }, true],
    ['a date at the end of the period', { cancel_at: end }, true],
    ['a date before the end of the period', { cancel_at: end - 60 }, true],
    ['a date after the end of the period', { cancel_at: end + 1 }, false],
    ['no date', { cancel_at: null, cancel_at_period_end: null }, false],
  ])('ends with its period by %s', (_, fields, ends) => {
    expect(stateOf(subscription(fields)).cancelAtPeriodEnd).toBe(ends);
  });

  test.each([
    ['is no UUID', { profile_id: `${profileId} or 1=1` }],
    ['is no text', { profile_id: 7 }],
    ['is not there', {}],
    ['has nowhere to be', null],
  ])('names no profile where what it names %s', (_, metadata) => {
    expect(stateOf(subscription({ metadata })).profileId).toBeNull();
  });

  test('names a profile in lower case, as ours are compared', () => {
    expect(stateOf(subscription({ metadata: { profile_id: profileId.toUpperCase() } })).profileId).toBe(profileId);
  });

  test('is not whole where it has a schedule, of which it tells the id alone', () => {
    expect(subjectOf('customer.subscription.updated', subscription({ schedule: 'sub_sched_1' }))).toEqual({
      kind: 'subscription',
      state: expected,
      isWhole: false,
    });
  });

  test('of an end is whole, and nothing follows on it', () => {
    const ended = subscription({ status: 'canceled', schedule: 'sub_sched_1' });
    const written = subscription({
      status: 'canceled',
      schedule: schedule({ phases: [phase('price_starter', [start, end]), phase('price_pro', [end, end + 9])] }),
    });

    for (const object of [ended, written]) {
      expect(subjectOf('customer.subscription.deleted', object)).toEqual({
        kind: 'subscription',
        state: { ...expected, status: 'canceled' },
        isWhole: true,
      });
    }
  });
});

describe('a schedule that is written out', () => {
  const scheduled = (fields: Readonly<Record<string, unknown>>) =>
    stateOf(subscription({ schedule: schedule(fields) })).scheduledPriceId;
  const now = phase('price_starter', [start, end]);
  const later = phase('price_pro', [end, end + 9]);

  test('tells the price of the phase that follows the present one', () => {
    const past = phase('price_old', [start - 9, start]);
    expect(scheduled({ phases: [past, now, later] })).toBe('price_pro');
  });

  test('tells no price where the next phase changes nothing, where there is none, and where it is over', () => {
    expect(scheduled({ phases: [now, phase('price_starter', [end, end + 9])] })).toBeNull();
    expect(scheduled({ phases: [now] })).toBeNull();
    expect(scheduled({ phases: [now, later], current_phase: null })).toBeNull();
  });

  test('is read of versions of the API whose phases have plans', () => {
    const [old, next] = ['price_starter', 'gold plan'].map((plan, at) => ({ start_date: start + at, plans: [{ plan, quantity: 1 }] }));
    expect(scheduled({ phases: [old, next] })).toBe('gold plan');
  });
});

test.each(['created', 'updated', 'released', 'canceled', 'completed', 'aborted', 'expiring'])(
  'a schedule that was %s says which subscription to look at',
  (what) => {
    const changed = { kind: 'subscription-changed', subscriptionId: 'sub_1', customerId: 'cus_1', profileId: null };
    expect(subjectOf(`subscription_schedule.${what}`, schedule())).toEqual(changed);
    const released = schedule({ subscription: null, released_subscription: 'sub_1' });
    expect(subjectOf(`subscription_schedule.${what}`, released)).toEqual(changed);
    expect(subjectOf(`subscription_schedule.${what}`, schedule({ subscription: null }))).toEqual({ kind: 'other' });
  },
);

describe('a checkout that is done', () => {
  const type = 'checkout.session.completed';

  test('says which subscription of whom to look at', () => {
    const changed = { kind: 'subscription-changed', subscriptionId: 'sub_1', customerId: 'cus_1', profileId };
    expect(subjectOf(type, checkoutSession())).toEqual(changed);
    expect(subjectOf(type, checkoutSession({ metadata: {} }))).toEqual(changed);
    expect(subjectOf(type, checkoutSession({ client_reference_id: null }))).toEqual(changed);
    expect(subjectOf(type, checkoutSession({ subscription: subscription(), customer: { id: 'cus_1' } }))).toEqual(changed);
  });

  test('by a payment link names nobody: its address is anybody\'s to write', () => {
    const linked = checkoutSession({ metadata: {}, payment_link: 'plink_1' });
    expect(subjectOf(type, linked)).toMatchObject({ kind: 'subscription-changed', profileId: null });
  });

  test('of a single payment concerns nobody', () => {
    expect(subjectOf(type, checkoutSession({ mode: 'payment', subscription: null }))).toEqual({ kind: 'other' });
  });
});

describe('an invoice', () => {
  const payment = { kind: 'payment', subscriptionId: 'sub_1', customerId: 'cus_1', profileId };

  test.each(['invoice.paid', 'invoice.payment_succeeded'])('tells of a payment by %s', (type) => {
    expect(subjectOf(type, invoice())).toEqual({ ...payment, outcome: 'paid', nextAttemptAt: null });
  });

  test.each(['invoice.payment_failed', 'invoice.payment_action_required'])('tells of a failure by %s', (type) => {
    const failed = { ...payment, outcome: 'failed' };
    expect(subjectOf(type, invoice({ next_payment_attempt: end }))).toEqual({ ...failed, nextAttemptAt: end });
    expect(subjectOf(type, invoice())).toEqual({ ...failed, nextAttemptAt: null });
  });

  test('is read of versions of the API that name the subscription beside it', () => {
    const old = invoice({
      parent: undefined,
      subscription: 'sub_1',
      subscription_details: { metadata: { profile_id: profileId } },
    });
    expect(subjectOf('invoice.paid', old)).toEqual({ ...payment, outcome: 'paid', nextAttemptAt: null });
    const older = invoice({ parent: undefined, subscription: { id: 'sub_1' } });
    expect(subjectOf('invoice.paid', older)).toMatchObject({ subscriptionId: 'sub_1', profileId: null });
  });

  test('of something else than a subscription names none', () => {
    expect(subjectOf('invoice.paid', invoice({ parent: null }))).toMatchObject({ kind: 'payment', subscriptionId: null });
  });
});

describe('money that goes back', () => {
  const incident = { kind: 'incident', customerId: 'cus_1', profileId: null, currency: 'usd' };

  test('is told by a refund with all that was given back', () => {
    expect(subjectOf('charge.refunded', charge())).toEqual({
      ...incident,
      incident: 'refund',
      objectId: 'ch_1',
      status: null,
      amountCents: 400,
    });
  });

  test.each(['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'])('is told by a dispute that was %s', (what) => {
    const told = { ...incident, incident: 'dispute', objectId: 'du_1', status: 'needs_response', amountCents: 900 };
    expect(subjectOf(`charge.dispute.${what}`, dispute())).toEqual({ ...told, customerId: null });
    expect(subjectOf(`charge.dispute.${what}`, dispute({ charge: charge(), currency: 'USD' }))).toEqual(told);
  });
});

test('a customer that was deleted is told by its id', () => {
  const customer = { id: 'cus_1', object: 'customer', email: personal, metadata: { profile_id: profileId } };
  expect(subjectOf('customer.deleted', customer)).toEqual({ kind: 'customer-deleted', customerId: 'cus_1', profileId });
});

test('every other type concerns nobody, whatever it is about', () => {
  for (const type of ['payment_intent.succeeded', 'customer.updated', 'constructor', 'customer.subscription.teleported']) {
    expect(read(type, { object: 'something' })).toEqual({ eventId: 'evt_1', type, createdAt: start + 5, subject: { kind: 'other' } });
  }
});

test('what a connected account tells concerns nobody', () => {
  expect(read('customer.subscription.updated', subscription(), { account: 'acct_1' }).subject).toEqual({ kind: 'other' });
});

test('nothing of a person is read', () => {
  const objects: readonly (readonly [string, unknown])[] = [
    ['customer.subscription.updated', subscription({ customer: { id: 'cus_1', name: personal } })],
    ['subscription_schedule.updated', schedule({ metadata: { note: personal } })],
    ['checkout.session.completed', checkoutSession()],
    ['invoice.payment_failed', invoice()],
    ['charge.refunded', charge()],
    ['charge.dispute.created', dispute({ charge: charge() })],
    ['customer.deleted', { id: 'cus_1', object: 'customer', name: personal, metadata: { note: personal } }],
    ['customer.updated', { id: 'cus_1', object: 'customer', name: personal }],
  ];
  for (const [type, object] of objects) {
    const body = JSON.stringify(event(type, object));
    expect(body).toContain('Jenny');
    expect(JSON.stringify(readStripeEvent(body))).not.toMatch(/Jenny|example\.com|4242/);
  }
});

describe('what cannot be read', () => {
  const refusalOf = (body: string): string => {
    try {
      readStripeEvent(body);
    } catch (error) {
      if (error instanceof MalformedEvent) return error.message;
    }
    throw new Error('It was read, or failed otherwise.');
  };

  test.each([
    ['is no JSON', '{', 'The delivery is no JSON.'],
    ['is null', 'null', 'The delivery is not an event as we know it.'],
    ['is a list', '[]', 'The delivery is not an event as we know it.'],
    ['is a thin event', JSON.stringify({ object: 'v2.core.event', id: 'evt_1' }), 'The delivery is a thin event. Have the endpoint send snapshots.'],
    ['has an id that nobody could keep', JSON.stringify(event('invoice.paid', invoice(), { id: 'evt\u0000' })), 'The delivery is not an event as we know it: see id.'],
    ['was created at no time', JSON.stringify(event('invoice.paid', invoice(), { created: '2026' })), 'The delivery is not an event as we know it: see created.'],
    ['has no object', JSON.stringify({ ...event('invoice.paid', invoice()), data: null }), 'The delivery is not an event as we know it: see data.'],
  ])('is refused where it %s', (_, body, message) => {
    expect(refusalOf(body)).toBe(message);
  });

  test.each<[string, unknown, string]>([
    ['customer.subscription.updated', { object: 'something' }, 'object'],
    ['customer.subscription.updated', subscription({ status: personal }), 'status'],
    ['customer.subscription.updated', subscription({ customer: null }), 'customer'],
    ['customer.subscription.deleted', subscription({ created: -1 }), 'created'],
    ['subscription_schedule.released', subscription(), 'object'],
    ['checkout.session.completed', checkoutSession({ mode: 3 }), 'mode'],
    ['invoice.paid', invoice({ customer: { email: personal } }), 'customer'],
    ['charge.refunded', charge({ amount_refunded: '4' }), 'amount_refunded'],
    ['charge.dispute.created', dispute({ currency: 'dollars' }), 'currency'],
    ['customer.deleted', { object: 'customer', id: `cus_${'1'.repeat(300)}` }, 'id'],
  ])('is refused where a type that concerns us (%s) is of something else, by the name of the field', (type, object, field) => {
    expect(refusalOf(JSON.stringify(event(type, object)))).toBe(`The delivery is not ${type} as we know it: see ${field}.`);
  });
});
