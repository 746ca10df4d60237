import type { BillingProvider } from '../../billing/provider.js';
import type { Databases } from '../../database/database.js';
import { ownerTopic } from '../../domain/cache-topics.js';
import * as billing from '../../repositories/billing.js';
import type { Cache } from '../cache/cache.js';
import { isKept, observe, type Subscriptions } from './subscriptions.js';

/** Stripe renews within the hour, and its events are seldom later. */
const graceMs = 2 * 3_600_000;
const accountsAPass = 50;

export type BillingUpkeep = ReturnType<typeof createBillingUpkeep>;

/** Asks Stripe about subscriptions of which it should have told something. */
export function createBillingUpkeep({
  databases,
  cache,
  subscriptions,
  provider,
  now,
}: {
  databases: Databases;
  cache: Cache;
  subscriptions: Subscriptions;
  provider: Pick<BillingProvider, 'getSubscription' | 'listSubscriptions'>;
  now: () => Date;
}) {
  const system = () => databases.service({ kind: 'system' });

  return {
    /**
     * Whoever has access, and a period that is over: the event of its renewal, or of its end, was lost. Returns how many
     * were asked about.
     *
     * @throws BillingProviderUnavailable
     */
    async reconcile(signal?: AbortSignal): Promise<number> {
      const endedBefore = new Date(now().getTime() - graceMs);
      const overdue = await billing.listOverdue(system(), { endedBefore, limit: accountsAPass });
      for (const account of overdue) {
        if (signal?.aborted) break;
        const { ownerId, customerId, subscriptionId, revision } = account;
        const observed = await observe(provider, { customerId, keptId: subscriptionId, askedId: null });
        if (!observed || isKept(account, observed.state)) continue;
        await system().transaction(async (tx) => {
          const kept = await billing.lockBilling(tx, ownerId);
          // An event was faster; the next pass sees whether it told enough.
          if (kept?.revision === revision) await subscriptions.applyObserved(tx, kept, observed);
        });
        cache.drop([ownerTopic(ownerId)]);
      }
      return overdue.length;
    },
  };
}
