import { type BillingProvider, BillingProviderUnavailable } from '../../billing/provider.js';
import type { PlanConfiguration, RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { nothing } from '../../domain/selection.js';
import { AccessSuspended } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import * as billing from '../../repositories/billing.js';
import { scopeOf } from '../scope.js';
import type { UsageService } from '../usage.js';
import type { BillingChanges } from './changes.js';
import { BillingUnavailable } from './errors.js';
import { type BillingView, kindOfChange, toBillingView, wantedPlan } from './view.js';

/** What a change of the plan would mean. */
export interface PlanChangePreview {
  readonly kind: 'upgrade' | 'downgrade' | 'none';
  readonly from: PlanConfiguration;
  readonly to: PlanConfiguration;
  readonly effectiveAt: Date;
  /** What would be charged at once, in hundredths of the currency. */
  readonly amountDueCents: number;
  readonly currency: string;
  readonly monthlyLimitAfter: number;
  /** Of the present month, by the new limit. */
  readonly remainingAfter: number;
}

export type BillingService = ReturnType<typeof createBillingService>;

/** What people pay for. */
export function createBillingService({
  databases,
  runtime,
  provider,
  usage,
  changes,
  now,
}: {
  databases: Databases;
  runtime: RuntimeConfiguration;
  /** Null: billing is switched off. */
  provider: Pick<BillingProvider, 'previewChange'> | null;
  usage: Pick<UsageService, 'getUsage'>;
  changes: BillingChanges;
  now: () => Date;
}) {
  /** What is charged at once: nothing for what comes later, and nothing of ours to guess where a subscription is changed. */
  async function costsNow(
    view: BillingView,
    to: PlanConfiguration,
    kind: PlanChangePreview['kind'],
  ): Promise<{ amountDueCents: number; currency: string }> {
    const { subscriptionId } = view;
    if (provider === null) throw new BillingUnavailable('off');
    if (kind !== 'upgrade' || to.priceId === null) return { amountDueCents: 0, currency: to.currency };
    if (subscriptionId === null) return { amountDueCents: to.priceCents, currency: to.currency };
    try {
      return await provider.previewChange({ subscriptionId, priceId: to.priceId });
    } catch (error) {
      if (error instanceof BillingProviderUnavailable) throw new BillingUnavailable('away');
      throw error;
    }
  }

  return {
    ...changes,

    /** What the viewer pays for. */
    async getBilling(viewer: Viewer): Promise<BillingView> {
      const row = await billing.getBilling(databases.gateway(scopeOf(viewer)), viewer.id);
      if (!row) throw new Error('A signed-in viewer has no profile.');
      return toBillingView(runtime, row, now());
    },

    /**
     * What a change to a plan would mean for an account, with Stripe's own figures where it would be charged now.
     *
     * @throws UnknownPlan, BillingUnavailable
     * @throws AccessSuspended, as the change itself would
     */
    async previewPlanChange(view: BillingView, planId: string): Promise<PlanChangePreview> {
      if (view.isSuspended) throw new AccessSuspended();
      const to = wantedPlan(runtime, planId);
      const from = view.plan;
      const kind = kindOfChange(from, to);
      const [costs, month] = await Promise.all([
        costsNow(view, to, kind),
        usage.getUsage({ id: view.ownerId, email: null, name: null }, null, nothing),
      ]);
      return {
        kind,
        from,
        to,
        effectiveAt: kind === 'downgrade' && view.subscriptionId !== null ? view.currentPeriod.end : now(),
        ...costs,
        monthlyLimitAfter: to.monthlyGenerations,
        remainingAfter: Math.max(0, to.monthlyGenerations + month.credits - month.used),
      };
    },
  };
}
