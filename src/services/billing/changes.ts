import { type BillingProvider, BillingProviderUnavailable, PaymentDeclined } from '../../billing/provider.js';
import { planOfPriceId } from '../../config/plans.js';
import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { type ObservedSubscription, isLive } from '../../domain/billing.js';
import { AccountDeleted } from '../../domain/errors.js';
import { checkInput, type InputCheck } from '../../domain/input.js';
import type { Viewer } from '../../domain/viewer.js';
import * as billing from '../../repositories/billing.js';
import { scopeOf } from '../scope.js';
import { createTurns } from '../turns.js';
import type { Writes } from '../writes.js';
import { AlreadySubscribed, BillingUnavailable, NoSubscription, PaymentRefused, PlanUnchanged } from './errors.js';
import { createIntents, intentOf } from './intents.js';
import { type Step, stepTo } from './steps.js';
import { observe, type Subscriptions } from './subscriptions.js';
import { type BillingView, toBillingView, wantedPlan } from './view.js';

export interface CheckoutInput {
  readonly planId: string;
  readonly successUrl: URL;
  readonly cancelUrl: URL;
}

/** One person's changes wait for each other: Stripe may take some seconds for each. */
const turns = { patienceMs: 30_000, longestLine: 10 };

/** The same checkout asked for again within this time is the same page, for the same new customer. */
const checkoutWindowMs = 10 * 60_000;
const windowAt = (at: Date): number => Math.floor(at.getTime() / checkoutWindowMs);

/** After so many changes of an account while Stripe was asked about it, the webhooks are left to settle it. */
const maxQuestions = 3;

export type BillingChanges = ReturnType<typeof createBillingChanges>;

/** What people change of what they pay for. Money moves at Stripe; what is kept here is what Stripe said of it. */
export function createBillingChanges({
  databases,
  writes,
  runtime,
  provider,
  subscriptions,
  returnOrigins,
  now,
}: {
  databases: Databases;
  writes: Writes;
  runtime: RuntimeConfiguration;
  /** Null: billing is switched off. */
  provider: BillingProvider | null;
  subscriptions: Subscriptions;
  returnOrigins: readonly string[];
  now: () => Date;
}) {
  const inTurn = createTurns(turns);
  const { withKey } = createIntents();

  /** What the account pays for now, for a change of it. */
  async function begin(viewer: Viewer): Promise<{ row: billing.BillingRow; provider: BillingProvider }> {
    const row = await writes.inOneStatement(viewer, async (db) => required(await billing.getBilling(db, viewer.id)));
    if (provider === null) throw new BillingUnavailable('off');
    return { row, provider };
  }

  /** Calls the provider, and tells people of its faults in words for them. */
  async function ask<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof BillingProviderUnavailable) throw new BillingUnavailable('away');
      if (error instanceof PaymentDeclined) throw new PaymentRefused();
      throw error;
    }
  }

  /**
   * Puts down what Stripe answered, and returns what is kept then. Where a webhook was faster, Stripe is asked once more:
   * nobody knows which of the two is newer.
   */
  async function keep(
    viewer: Viewer,
    asked: billing.BillingRow,
    provider: BillingProvider,
    answered: ObservedSubscription,
  ): Promise<billing.BillingRow> {
    let { revision } = asked;
    let observed: ObservedSubscription | null = answered;
    for (let questions = 0; observed && questions < maxQuestions; questions += 1) {
      const answer: ObservedSubscription = observed;
      const kept = await writes.serve(viewer, async (tx) => {
        const row = required(await billing.lockBilling(tx, viewer.id));
        if (row.revision !== revision) return { row, isDone: false };
        return { row: await subscriptions.applyObserved(tx, row, answer), isDone: true };
      });
      if (kept.isDone) return kept.row;
      ({ revision } = kept.row);
      observed = await provider.getSubscription(answer.state.subscriptionId);
    }
    return required(await billing.getBilling(databases.gateway(scopeOf(viewer)), viewer.id));
  }

  function take(provider: BillingProvider, step: Step, key: string): Promise<ObservedSubscription> {
    switch (step.kind) {
      case 'now':
        return provider.changeNow(step, key);
      case 'later':
        return provider.changeAtPeriodEnd(step, key);
      case 'cancel':
        return provider.cancelAtPeriodEnd(step, key);
      case 'keep':
        return provider.keep(step, key);
    }
  }

  /** People are sent back only where an app of ours is. */
  function checkReturn(check: InputCheck, field: string, url: URL): string {
    if (!returnOrigins.includes(url.origin) || url.username !== '' || url.password !== '') {
      const known = returnOrigins.length > 0 ? `It must begin with ${returnOrigins.join(' or ')}.` : 'None is configured (RETURN_ORIGINS).';
      check.issue([field], `"${field}" leads to a place that is none of our apps'. ${known}`);
    }
    return url.href;
  }

  /** The account's customer, made where there is none. */
  async function customerOf(viewer: Viewer, row: billing.BillingRow, provider: BillingProvider): Promise<string> {
    if (row.customerId !== null) return row.customerId;
    const { ownerId: profileId, email, name } = row;
    const made = await withKey(intentOf(row, 'customer', windowAt(now())), (key) =>
      provider.createCustomer({ profileId, email, name }, key),
    );
    const kept = await writes
      .serve(viewer, (tx) => billing.setCustomer(tx, profileId, made))
      .catch(async (error: unknown) => {
        // Whoever left meanwhile leaves nothing at the provider.
        if (error instanceof AccountDeleted) await provider.deleteCustomer(made);
        throw error;
      });
    if (kept === null) throw new Error('A new customer belongs to another account.');
    return kept;
  }

  return {
    /**
     * A page on which the viewer subscribes to a plan.
     *
     * @throws InvalidInput for a return address that is none of our apps'.
     * @throws UnknownPlan, PlanUnchanged for the plan that is in force, AlreadySubscribed, BillingUnavailable
     * @throws AccessSuspended
     */
    createCheckoutSession(viewer: Viewer, { planId, ...urls }: CheckoutInput): Promise<{ url: string }> {
      return inTurn(viewer.id, async () => {
        const { row, provider } = await begin(viewer);
        const check = checkInput();
        const successUrl = checkReturn(check, 'successUrl', urls.successUrl);
        const cancelUrl = checkReturn(check, 'cancelUrl', urls.cancelUrl);
        check.done();
        const plan = wantedPlan(runtime, planId);
        const { priceId } = plan;
        refuseSubscribed(row, planId);
        if (priceId === null) throw new PlanUnchanged(`You have the plan ${plan.label} already; it costs nothing.`);
        const url = await ask(async () => {
          const customerId = await customerOf(viewer, row, provider);
          if (row.customerId !== null) {
            // Somebody who has just paid, and whose webhook is on its way, must not pay twice.
            const observed = await observe(provider, { customerId, keptId: row.subscriptionId, askedId: null });
            if (observed && isLive(observed.state.status)) refuseSubscribed(await keep(viewer, row, provider, observed), planId);
          }
          const checkout = { customerId, profileId: viewer.id, priceId, successUrl, cancelUrl };
          return withKey(intentOf(row, 'checkout', checkout, windowAt(now())), (key) => provider.openCheckout(checkout, key));
        });
        return { url };
      });
    },

    /**
     * A page on which the viewer sees to payment methods, invoices and the subscription.
     *
     * @throws InvalidInput for a return address that is none of our apps'.
     * @throws NoSubscription for somebody who never subscribed, BillingUnavailable
     * @throws AccessSuspended
     */
    async createPortalSession(viewer: Viewer, input: { readonly returnUrl: URL }): Promise<{ url: string }> {
      const { row, provider } = await begin(viewer);
      const check = checkInput();
      const returnUrl = checkReturn(check, 'returnUrl', input.returnUrl);
      check.done();
      const { customerId } = row;
      if (customerId === null) {
        throw new NoSubscription('You never subscribed, so there is nothing to see to. Subscribe with "createCheckoutSession".');
      }
      return { url: await ask(() => provider.openPortal({ customerId, returnUrl })) };
    },

    /**
     * Makes a plan the viewer's: see `stepTo` for when. Repeated, it changes nothing more.
     *
     * @throws UnknownPlan, PlanUnchanged, NoSubscription, PaymentRefused, BillingUnavailable
     * @throws AccessSuspended
     */
    changePlan(viewer: Viewer, { planId }: { readonly planId: string }): Promise<BillingView> {
      return inTurn(viewer.id, async () => {
        const { row, provider } = await begin(viewer);
        const step = stepTo(runtime, row, wantedPlan(runtime, planId));
        const kept = await ask(async () => {
          const observed = await withKey(intentOf(row, step), (key) => take(provider, step, key));
          return keep(viewer, row, provider, observed);
        });
        return toBillingView(runtime, kept, now());
      });
    },
  };

  /** @throws AlreadySubscribed, or PlanUnchanged for the very plan. */
  function refuseSubscribed({ subscriptionStatus, priceId }: billing.BillingRow, planId: string): void {
    if (!isLive(subscriptionStatus)) return;
    const { plan } = planOfPriceId(runtime, priceId);
    if (plan.id === planId) throw new PlanUnchanged(`You have the plan ${plan.label} already.`);
    throw new AlreadySubscribed(plan);
  }
}

function required(row: billing.BillingRow | null): billing.BillingRow {
  if (!row) throw new Error('A signed-in viewer has no profile.');
  return row;
}
