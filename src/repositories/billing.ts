import type { Sql } from '../database/database.js';
import { lifeOrder, priceInForce, type SubscriptionState } from '../domain/billing.js';

/** What an account pays for, as its profile has it. */
export interface BillingRow {
  readonly ownerId: string;
  readonly accountStatus: 'active' | 'suspended';
  readonly email: string | null;
  readonly name: string | null;
  readonly customerId: string | null;
  readonly priceId: string | null;
  readonly hasAccess: boolean;
  readonly subscriptionId: string | null;
  /** Stripe's own word; null where there was never a subscription. */
  readonly subscriptionStatus: string | null;
  readonly subscriptionCreatedAt: Date | null;
  /** Stripe's time of the state; null where there is none. */
  readonly subscriptionEventAt: Date | null;
  /** The event that dictated it; null where Stripe was asked. */
  readonly subscriptionEventId: string | null;
  readonly currentPeriodStart: Date | null;
  readonly currentPeriodEnd: Date | null;
  readonly cancelAtPeriodEnd: boolean;
  readonly scheduledPriceId: string | null;
  readonly lastPaidAt: Date | null;
  readonly paymentFailedAt: Date | null;
  readonly nextPaymentAttemptAt: Date | null;
  readonly erasedAt: Date | null;
  /** Another one after each change of the row. */
  readonly revision: string;
}

const billingColumns = `id as "ownerId", account_status as "accountStatus", email, name, customer_id as "customerId", price_id as "priceId",
  has_access as "hasAccess", subscription_id as "subscriptionId", subscription_status as "subscriptionStatus",
  subscription_created_at as "subscriptionCreatedAt", subscription_event_at as "subscriptionEventAt",
  subscription_event_id as "subscriptionEventId", current_period_start as "currentPeriodStart",
  current_period_end as "currentPeriodEnd", cancel_at_period_end as "cancelAtPeriodEnd",
  scheduled_price_id as "scheduledPriceId", last_paid_at as "lastPaidAt", payment_failed_at as "paymentFailedAt",
  next_payment_attempt_at as "nextPaymentAttemptAt", erased_at as "erasedAt", xmin::text as "revision"`;

/** What an account pays for; null where there is no such account that the scope may see. */
export async function getBilling(db: Sql, ownerId: string): Promise<BillingRow | null> {
  const [row] = await db.query<BillingRow>(`select ${billingColumns} from profiles where id = $1::uuid`, [ownerId]);
  return row ?? null;
}

/** The same, with the account's row locked until the transaction ends. */
export async function lockBilling(tx: Sql, ownerId: string): Promise<BillingRow | null> {
  const [row] = await tx.query<BillingRow>(
    `select ${billingColumns} from profiles where id = $1::uuid for no key update`,
    [ownerId],
  );
  return row ?? null;
}

/** The account that a profile's id names, or else the one that has the customer; null where there is neither. */
export async function findPayer(
  db: Sql,
  { profileId, customerId }: { readonly profileId: string | null; readonly customerId: string | null },
): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    `select id from profiles where id = $1::uuid or customer_id = $2::text
     order by (id = $1::uuid) desc nulls last limit 1`,
    [profileId, customerId],
  );
  return row?.id ?? null;
}

/**
 * Gives an account its customer where it has none, and returns the one that it has then; null where another account has
 * this one.
 */
export async function setCustomer(tx: Sql, ownerId: string, customerId: string): Promise<string | null> {
  const [row] = await tx.query<{ customerId: string | null }>(
    `update profiles p set customer_id = coalesce(p.customer_id, $2::text)
     where p.id = $1::uuid
       and (p.customer_id is not null or not exists (select from profiles o where o.customer_id = $2::text))
     returning p.customer_id as "customerId"`,
    [ownerId, customerId],
  );
  return row?.customerId ?? null;
}

/** Takes a customer that Stripe no longer has from the account that had it. */
export async function clearCustomer(tx: Sql, ownerId: string, customerId: string): Promise<void> {
  await tx.query(`update profiles set customer_id = null where id = $1::uuid and customer_id = $2::text`, [
    ownerId,
    customerId,
  ]);
}

/** Puts a state of a subscription in the place of what an account's profile has, and returns what it has then. */
export async function applySubscription(
  tx: Sql,
  ownerId: string,
  state: SubscriptionState,
  { at, eventId }: { readonly at: number; readonly eventId: string | null },
): Promise<BillingRow | null> {
  const [row] = await tx.query<BillingRow>(
    `update profiles set subscription_id = $2::text, subscription_status = $3::text, price_id = $4::text,
       has_access = $5::boolean, subscription_created_at = to_timestamp($6::bigint),
       current_period_start = to_timestamp($7::bigint), current_period_end = to_timestamp($8::bigint),
       cancel_at_period_end = $9::boolean, scheduled_price_id = $10::text,
       subscription_event_at = to_timestamp($11::bigint), subscription_event_id = $12::text
     where id = $1::uuid
     returning ${billingColumns}`,
    [
      ownerId,
      state.subscriptionId,
      state.status,
      state.priceId,
      priceInForce(state) !== null,
      state.createdAt,
      state.currentPeriodStart,
      state.currentPeriodEnd,
      state.cancelAtPeriodEnd,
      state.scheduledPriceId,
      at,
      eventId,
    ],
  );
  return row ?? null;
}

/** Behind every stage of a life, in milliseconds. */
const afterAllEvents = 3;

/**
 * Puts on record which price a subscription gives from a second of Stripe's on; within the second, by the milliseconds, in
 * the order of a subscription's life, and what Stripe was asked for last. An event is on record once.
 */
export async function recordPlanChange(
  tx: Sql,
  ownerId: string,
  state: Pick<SubscriptionState, 'status' | 'priceId'>,
  { at, eventId }: { readonly at: number; readonly eventId: string | null },
): Promise<void> {
  await tx.query(
    `insert into plan_changes (owner_id, price_id, effective_at, stripe_event_id)
     values ($1::uuid, $2::text, to_timestamp($3::bigint) + $4::int * interval '1 millisecond', $5::text)
     on conflict (stripe_event_id) do nothing`,
    [ownerId, priceInForce(state), at, eventId === null ? afterAllEvents : lifeOrder(state), eventId],
  );
}

/** Notes that a payment went through, or did not. The newest of each stays, in whatever order they are told. */
export async function notePayment(
  tx: Sql,
  ownerId: string,
  payment: { readonly outcome: 'paid' | 'failed'; readonly at: number; readonly nextAttemptAt: number | null },
): Promise<void> {
  await tx.query(
    payment.outcome === 'paid'
      ? `update profiles set last_paid_at = greatest(last_paid_at, to_timestamp($2::bigint)) where id = $1::uuid`
      : `update profiles set payment_failed_at = to_timestamp($2::bigint), next_payment_attempt_at = to_timestamp($3::bigint)
         where id = $1::uuid and (payment_failed_at is null or payment_failed_at <= to_timestamp($2::bigint))`,
    payment.outcome === 'paid' ? [ownerId, payment.at] : [ownerId, payment.at, payment.nextAttemptAt],
  );
}

/**
 * Accounts with access whose period ended before an instant: Stripe should have told of it. Any of them, so that some that
 * stay so are not in the way of the others.
 */
export function listOverdue(
  db: Sql,
  { endedBefore, limit }: { readonly endedBefore: Date; readonly limit: number },
): Promise<BillingRow[]> {
  return db.query<BillingRow>(
    `select ${billingColumns} from profiles
     where has_access and current_period_end < $1::timestamptz and subscription_id is not null
     order by random() limit $2::int`,
    [endedBefore, limit],
  );
}
