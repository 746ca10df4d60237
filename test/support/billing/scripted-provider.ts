import { type BillingProvider, BillingProviderUnavailable, PaymentDeclined } from '../../../src/billing/provider.js';
import type { ObservedSubscription, SubscriptionState } from '../../../src/domain/billing.js';

/**
 * A payment provider that does at once what it is told, and keeps what it was told: for tests of what is done with its
 * answers. What Stripe itself would answer is the double's to know (src/stripe-double). It is away to whoever names
 * something that begins with `sub_away` or `cus_away`, and declines payments for what begins with `sub_declined`.
 */
export interface ScriptedBilling {
  readonly provider: BillingProvider;
  /** What was called, in its order: the method and its arguments. */
  readonly calls: { readonly method: string; readonly args: readonly unknown[] }[];
  /** Subscriptions by their id. One that is asked for and not here is made, on the price `price_starter_monthly`. */
  readonly subscriptions: Map<string, SubscriptionState>;
  /** Where set, every call rejects with it. */
  failWith: Error | null;
  /** Called before each answer; may take its time, and change what is kept. */
  before: (method: string) => Promise<void> | void;
  /** By the provider's clock, in seconds. */
  now: number;
}

export const away = (): Error => new BillingProviderUnavailable('The provider is away.');

/** A subscription that is paid for the month from `createdAt` on. */
export function subscription(more: Partial<SubscriptionState> & { readonly subscriptionId: string }): SubscriptionState {
  const createdAt = more.createdAt ?? 1_790_000_000;
  return {
    customerId: `cus_of_${more.subscriptionId}`,
    profileId: null,
    status: 'active',
    priceId: 'price_starter_monthly',
    createdAt,
    currentPeriodStart: createdAt,
    currentPeriodEnd: createdAt + 30 * 86_400,
    cancelAtPeriodEnd: false,
    scheduledPriceId: null,
    ...more,
  };
}

export function scriptBilling(now = Math.floor(Date.now() / 1_000)): ScriptedBilling {
  const subscriptions = new Map<string, SubscriptionState>();
  const script: ScriptedBilling = { provider: makeProvider(), calls: [], subscriptions, failWith: null, before: () => undefined, now };

  async function called(method: string, ...args: readonly unknown[]): Promise<void> {
    script.calls.push({ method, args });
    await script.before(method);
    if (script.failWith) throw script.failWith;
    const named = JSON.stringify(args);
    if (/"(sub|cus)_away/.test(named)) throw away();
    if (method === 'changeNow' && named.includes('"sub_declined')) throw new PaymentDeclined('The card was declined.');
  }

  function known(subscriptionId: string): SubscriptionState {
    return subscriptions.get(subscriptionId) ?? subscription({ subscriptionId, createdAt: script.now });
  }

  function change(subscriptionId: string, to: Partial<SubscriptionState>): ObservedSubscription {
    const state = { ...known(subscriptionId), ...to };
    subscriptions.set(subscriptionId, state);
    return { state, asOf: script.now };
  }

  function makeProvider(): BillingProvider {
    return {
      name: 'scripted',
      async createCustomer(details, key) {
        await called('createCustomer', details, key);
        return `cus_${details.profileId}`;
      },
      async openCheckout(checkout, key) {
        await called('openCheckout', checkout, key);
        return `https://pay.example.com/checkout/${encodeURIComponent(key)}`;
      },
      async openPortal(portal) {
        await called('openPortal', portal);
        return 'https://pay.example.com/portal';
      },
      async previewChange(asked) {
        await called('previewChange', asked);
        return { amountDueCents: 1_234, currency: 'aud' };
      },
      async changeNow({ subscriptionId, priceId }, key) {
        await called('changeNow', { subscriptionId, priceId }, key);
        return change(subscriptionId, { priceId, scheduledPriceId: null, cancelAtPeriodEnd: false });
      },
      async changeAtPeriodEnd({ subscriptionId, priceId }, key) {
        await called('changeAtPeriodEnd', { subscriptionId, priceId }, key);
        return change(subscriptionId, { scheduledPriceId: priceId, cancelAtPeriodEnd: false });
      },
      async cancelAtPeriodEnd({ subscriptionId }, key) {
        await called('cancelAtPeriodEnd', { subscriptionId }, key);
        return change(subscriptionId, { scheduledPriceId: null, cancelAtPeriodEnd: true });
      },
      async keep({ subscriptionId }, key) {
        await called('keep', { subscriptionId }, key);
        return change(subscriptionId, { scheduledPriceId: null, cancelAtPeriodEnd: false });
      },
      async getSubscription(subscriptionId) {
        await called('getSubscription', subscriptionId);
        const state = subscriptions.get(subscriptionId);
        return state ? { state, asOf: script.now } : null;
      },
      async listSubscriptions(customerId) {
        await called('listSubscriptions', customerId);
        return [...subscriptions.values()]
          .filter((state) => state.customerId === customerId)
          .map((state) => ({ state, asOf: script.now }));
      },
      async deleteCustomer(customerId) {
        await called('deleteCustomer', customerId);
        for (const state of subscriptions.values()) {
          if (state.customerId === customerId) change(state.subscriptionId, { status: 'canceled' });
        }
      },
    };
  }

  return script;
}
