import type { Seed } from '../seed.js';

/** What a profile has of a subscription; by default one to Starter that is paid for the coming month. */
export interface SeededSubscription {
  readonly subscriptionId?: string;
  readonly customerId?: string;
  readonly status?: string;
  readonly priceId?: string;
  readonly scheduledPriceId?: string | null;
  readonly cancelAtPeriodEnd?: boolean;
  readonly periodStart?: Date;
  readonly periodEnd?: Date;
}

const dayMs = 86_400_000;

/** Gives a profile a subscription, as if Stripe had told of it when its period began. */
export async function seedSubscription(seed: Seed, ownerId: string, more: SeededSubscription = {}): Promise<string> {
  const subscriptionId = more.subscriptionId ?? `sub_${ownerId}`;
  const status = more.status ?? 'active';
  await seed.sql(
    `update profiles set subscription_id = $2, customer_id = $3, subscription_status = $4, price_id = $5,
       has_access = $4 in ('active', 'trialing', 'past_due'), scheduled_price_id = $6, cancel_at_period_end = $7,
       current_period_start = $8, current_period_end = $9, subscription_created_at = $8,
       subscription_event_at = date_trunc('second', $8::timestamptz), subscription_event_id = $10
     where id = $1`,
    [
      ownerId,
      subscriptionId,
      more.customerId ?? `cus_${ownerId}`,
      status,
      more.priceId ?? 'price_starter_monthly',
      more.scheduledPriceId ?? null,
      more.cancelAtPeriodEnd ?? false,
      more.periodStart ?? new Date(Date.now() - 10 * dayMs),
      more.periodEnd ?? new Date(Date.now() + 20 * dayMs),
      `evt_seeded_${ownerId}`,
    ],
  );
  return subscriptionId;
}
