import { createHash, randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { BillingProviderUnavailable, PaymentDeclined } from '../../billing/provider.js';
import type { BillingRow } from '../../repositories/billing.js';

/** The provider remembers a key for a day. */
const rememberedMs = 86_400_000;
const rememberedKeys = 10_000;

/**
 * One intent from one state: the same step from the same state is the same intent, so that a repeated request does nothing
 * twice, and the same step after something else happened is another.
 */
export function intentOf(row: BillingRow, ...step: readonly unknown[]): string {
  const { ownerId, subscriptionId, subscriptionEventAt, subscriptionEventId, priceId, scheduledPriceId, cancelAtPeriodEnd } = row;
  const state = [subscriptionId, subscriptionEventAt?.getTime(), subscriptionEventId, priceId, scheduledPriceId, cancelAtPeriodEnd];
  return `roomfeed-${createHash('sha256').update(JSON.stringify([ownerId, state, step])).digest('base64url')}`;
}

export type Intents = ReturnType<typeof createIntents>;

/**
 * The provider's keys for intents. While it does not answer, an intent keeps its key: nobody knows what was done. Once it
 * refused, it would refuse the same key for a day, whatever was mended meanwhile; so the next try has another.
 */
export function createIntents() {
  const keys = new LRUCache<string, string>({ max: rememberedKeys, ttl: rememberedMs });

  return {
    async withKey<T>(intent: string, call: (key: string) => Promise<T>): Promise<T> {
      try {
        return await call(keys.get(intent) ?? intent);
      } catch (error) {
        const isRefused = error instanceof PaymentDeclined || (error instanceof BillingProviderUnavailable && error.hasAnswered);
        if (isRefused) keys.set(intent, `${intent}-${randomUUID()}`);
        throw error;
      }
    },
  };
}
