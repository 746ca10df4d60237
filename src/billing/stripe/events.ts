import { z } from 'zod';
import { type BillingEvent, type BillingSubject, MalformedEvent } from '../../domain/billing.js';
import { cents, currency, id, profileIdIn, profileIdOf, reference, seconds, word } from './fields.js';
import { readSubscription } from './subscription.js';

const envelope = z.object({
  object: z.literal('event'),
  id: z.string().regex(/^[A-Za-z0-9_-]{1,200}$/),
  type: z.string().regex(/^[a-z0-9_.]{1,100}$/),
  created: seconds,
  /** The connected account that it is of; our own account's events have none. */
  account: z.unknown().optional(),
  data: z.object({ object: z.unknown().optional() }),
});

const schedule = z.object({
  object: z.literal('subscription_schedule'),
  customer: reference.nullish(),
  subscription: reference.nullish(),
  released_subscription: reference.nullish(),
  metadata: z.unknown().optional(),
});

const checkout = z.object({
  object: z.literal('checkout.session'),
  mode: word,
  customer: reference.nullish(),
  subscription: reference.nullish(),
  client_reference_id: z.unknown().optional(),
  payment_link: z.unknown().optional(),
  metadata: z.unknown().optional(),
});

const ofSubscription = z.object({ subscription: reference.nullish(), metadata: z.unknown().optional() });

const invoice = z.object({
  object: z.literal('invoice'),
  customer: reference.nullish(),
  parent: z.object({ subscription_details: ofSubscription.nullish() }).nullish(),
  /** Where these two stood before 2025-03. */
  subscription: reference.nullish(),
  subscription_details: z.object({ metadata: z.unknown().optional() }).nullish(),
  next_payment_attempt: seconds.nullish(),
});

const charge = z.object({
  object: z.literal('charge'),
  id,
  customer: reference.nullish(),
  amount_refunded: cents,
  currency,
  metadata: z.unknown().optional(),
});

const dispute = z.object({
  object: z.literal('dispute'),
  id,
  charge: z.union([z.string(), z.object({ customer: reference.nullish() })]).nullish(),
  amount: cents,
  currency,
  status: word,
  metadata: z.unknown().optional(),
});

const customer = z.object({ object: z.literal('customer'), id, metadata: z.unknown().optional() });

type Reader = (object: unknown) => BillingSubject;

const ofState: Reader = (object) => {
  const { state, isWhole } = readSubscription(object);
  return { kind: 'subscription', state, isWhole };
};

/** Nothing follows on an end: whatever a schedule still says is over. */
const ofEnd: Reader = (object) => {
  const { state } = readSubscription(object);
  return { kind: 'subscription', state: { ...state, scheduledPriceId: null }, isWhole: true };
};

const ofSchedule: Reader = (object) => {
  const read = schedule.parse(object);
  const subscriptionId = read.subscription ?? read.released_subscription ?? null;
  if (subscriptionId === null) return { kind: 'other' };
  const profileId = profileIdIn(read.metadata);
  return { kind: 'subscription-changed', subscriptionId, customerId: read.customer ?? null, profileId };
};

const ofCheckout: Reader = (object) => {
  const read = checkout.parse(object);
  if (read.mode !== 'subscription' || read.subscription == null) return { kind: 'other' };
  // Whoever opens a payment link may write any reference into its address.
  const named = read.payment_link == null ? profileIdOf(read.client_reference_id) : null;
  return {
    kind: 'subscription-changed',
    subscriptionId: read.subscription,
    customerId: read.customer ?? null,
    profileId: profileIdIn(read.metadata) ?? named,
  };
};

function ofInvoice(outcome: 'paid' | 'failed'): Reader {
  return (object) => {
    const read = invoice.parse(object);
    const details = read.parent?.subscription_details;
    return {
      kind: 'payment',
      outcome,
      subscriptionId: details?.subscription ?? read.subscription ?? null,
      customerId: read.customer ?? null,
      profileId: profileIdIn(details?.metadata) ?? profileIdIn(read.subscription_details?.metadata),
      nextAttemptAt: outcome === 'failed' ? (read.next_payment_attempt ?? null) : null,
    };
  };
}

const ofRefund: Reader = (object) => {
  const read = charge.parse(object);
  return {
    kind: 'incident',
    incident: 'refund',
    objectId: read.id,
    status: null,
    amountCents: read.amount_refunded,
    currency: read.currency,
    customerId: read.customer ?? null,
    profileId: profileIdIn(read.metadata),
  };
};

const ofDispute: Reader = (object) => {
  const read = dispute.parse(object);
  return {
    kind: 'incident',
    incident: 'dispute',
    objectId: read.id,
    status: read.status,
    amountCents: read.amount,
    currency: read.currency,
    customerId: typeof read.charge === 'object' ? (read.charge?.customer ?? null) : null,
    profileId: profileIdIn(read.metadata),
  };
};

const ofCustomer: Reader = (object) => {
  const read = customer.parse(object);
  return { kind: 'customer-deleted', customerId: read.id, profileId: profileIdIn(read.metadata) };
};

/** How each type is read that concerns us. A Map: types are names from outside. */
const readers = new Map<string, Reader>([
  ...['created', 'updated', 'paused', 'resumed', 'pending_update_applied', 'pending_update_expired', 'trial_will_end'].map(
    (what): [string, Reader] => [`customer.subscription.${what}`, ofState],
  ),
  ['customer.subscription.deleted', ofEnd],
  ...['created', 'updated', 'released', 'canceled', 'completed', 'aborted', 'expiring'].map(
    (what): [string, Reader] => [`subscription_schedule.${what}`, ofSchedule],
  ),
  ['checkout.session.completed', ofCheckout],
  ['invoice.paid', ofInvoice('paid')],
  ['invoice.payment_succeeded', ofInvoice('paid')],
  ['invoice.payment_failed', ofInvoice('failed')],
  ['invoice.payment_action_required', ofInvoice('failed')],
  ['charge.refunded', ofRefund],
  ...['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'].map(
    (what): [string, Reader] => [`charge.dispute.${what}`, ofDispute],
  ),
  ['customer.deleted', ofCustomer],
]);

/**
 * Reads an event of which a signature proved that it is Stripe's, as any version of its API writes it. Of what it holds
 * only ids, words, times and amounts are taken: no name, address or card.
 *
 * Test and live mode are told apart by the secrets of their endpoints, so `livemode` is not looked at. What a connected
 * account tells of itself is nothing that concerns us: it could name anybody's profile.
 *
 * @throws MalformedEvent for what is no event, and for a type that concerns us whose object cannot be read.
 */
export function readStripeEvent(body: string): BillingEvent {
  const { id: eventId, type, created: createdAt, account, data } = readAs('an event', () => envelope.parse(parse(body)));
  const read = account == null ? readers.get(type) : undefined;
  const subject: BillingSubject = read ? readAs(type, () => read(data.object)) : { kind: 'other' };
  return { eventId, type, createdAt, subject };
}

function parse(body: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new MalformedEvent('The delivery is no JSON.');
  }
  if (typeof value === 'object' && value !== null && 'object' in value && value.object === 'v2.core.event') {
    throw new MalformedEvent('The delivery is a thin event. Have the endpoint send snapshots.');
  }
  return value;
}

/** What `read` makes of it; where it cannot be read, the name of the field that is at fault, and not its value. */
function readAs<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const field = error.issues[0]?.path.join('.') ?? '';
    throw new MalformedEvent(`The delivery is not ${what} as we know it${field === '' ? '' : `: see ${field}`}.`);
  }
}
