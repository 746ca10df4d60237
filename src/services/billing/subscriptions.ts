import { planOfPriceId } from '../../config/plans.js';
import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { BillingProvider } from '../../billing/provider.js';
import type { Sql } from '../../database/database.js';
import { isLive, type ObservedSubscription, type SubscriptionState } from '../../domain/billing.js';
import * as billing from '../../repositories/billing.js';
import { secondsOf } from './weighing.js';

/** What operators should hear of. Ids only: nothing of a person. */
export interface BillingNotice {
  readonly ownerId: string | null;
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number | null>>;
}

export type Subscriptions = ReturnType<typeof createSubscriptions>;

/** Writes down what subscriptions are, and since when: the profile has the present state, `plan_changes` the history. */
export function createSubscriptions({
  runtime,
  onNotice,
}: {
  runtime: RuntimeConfiguration;
  onNotice: (notice: BillingNotice) => void;
}) {
  /** What somebody should look at, whoever told of it. */
  function remark({ ownerId, erasedAt }: billing.BillingRow, state: SubscriptionState): void {
    const details = { subscription: state.subscriptionId, price: state.priceId, status: state.status };
    if (state.priceId !== null && !planOfPriceId(runtime, state.priceId).known) {
      onNotice({ ownerId, message: 'No plan has the price that an account pays for; it counts as free. Correct "plans".', details });
    }
    if (erasedAt !== null && isLive(state.status)) {
      onNotice({ ownerId, message: 'A deleted account has a live subscription. End it at Stripe.', details });
    }
  }

  return {
    /** Puts the state that an event tells in the place of the kept one. */
    async apply(
      tx: Sql,
      kept: billing.BillingRow,
      state: SubscriptionState,
      event: { readonly createdAt: number; readonly eventId: string },
    ): Promise<void> {
      const { ownerId } = kept;
      await billing.applySubscription(tx, ownerId, state, { at: event.createdAt, eventId: event.eventId });
      await billing.recordPlanChange(tx, ownerId, state, { at: event.createdAt, eventId: event.eventId });
      remark(kept, state);
    },

    /** Puts a state that Stripe was asked for in the place of the kept one, and returns what is kept then. */
    async applyObserved(
      tx: Sql,
      kept: billing.BillingRow,
      { state, asOf }: ObservedSubscription,
    ): Promise<billing.BillingRow> {
      const { ownerId } = kept;
      const applied = await billing.applySubscription(tx, ownerId, state, { at: asOf, eventId: null });
      if (!applied) throw new Error('An account that is locked went away.');
      // Also where it is the same plan: what is told later of the time before then ends here.
      await billing.recordPlanChange(tx, ownerId, state, { at: asOf, eventId: null });
      remark(kept, state);
      return applied;
    },
  };
}

/** Whether nothing of a state is another than what is kept. */
export function isKept(kept: billing.BillingRow, state: SubscriptionState): boolean {
  return (
    kept.subscriptionId === state.subscriptionId &&
    kept.subscriptionStatus === state.status &&
    kept.priceId === state.priceId &&
    kept.scheduledPriceId === state.scheduledPriceId &&
    kept.cancelAtPeriodEnd === state.cancelAtPeriodEnd &&
    (kept.currentPeriodEnd === null ? null : secondsOf(kept.currentPeriodEnd)) === state.currentPeriodEnd
  );
}

/**
 * Asks Stripe for the subscription that decides for an account: the newest live one of the customer, or else the kept one.
 * Null where Stripe has none.
 *
 * @throws BillingProviderUnavailable
 */
export async function observe(
  provider: Pick<BillingProvider, 'getSubscription' | 'listSubscriptions'>,
  {
    customerId,
    keptId,
    askedId,
  }: { readonly customerId: string | null; readonly keptId: string | null; readonly askedId: string | null },
): Promise<ObservedSubscription | null> {
  if (customerId === null || (askedId !== null && askedId === keptId)) {
    return askedId === null ? null : provider.getSubscription(askedId);
  }
  const all = await provider.listSubscriptions(customerId);
  const newestFirst = [...all].sort((one, other) => other.state.createdAt - one.state.createdAt);
  return (
    newestFirst.find(({ state }) => isLive(state.status)) ??
    newestFirst.find(({ state }) => state.subscriptionId === keptId) ??
    newestFirst[0] ??
    // Of a customer that is deleted nothing is listed, and its subscriptions are still there.
    (askedId === null ? null : provider.getSubscription(askedId))
  );
}
