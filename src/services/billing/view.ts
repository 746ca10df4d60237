import { freePlan, planById, planOfPriceId } from '../../config/plans.js';
import type { PlanConfiguration, RuntimeConfiguration } from '../../config/runtime.js';
import { isLive } from '../../domain/billing.js';
import { monthOf } from '../../domain/months.js';
import type { BillingRow } from '../../repositories/billing.js';
import { UnknownPlan } from './errors.js';

/** What an account pays for, as people are shown it. */
export interface BillingView {
  readonly ownerId: string;
  readonly isSuspended: boolean;
  /** At the payment provider; null without a live subscription. */
  readonly subscriptionId: string | null;
  /** The plan in force now. */
  readonly plan: PlanConfiguration;
  readonly hasAccess: boolean;
  readonly subscriptionStatus: string | null;
  readonly currentPeriod: {
    readonly start: Date;
    /** The next period's first instant. */
    readonly end: Date;
    /** Days that have begun count. */
    readonly daysRemaining: number;
  };
  readonly cancelAtPeriodEnd: boolean;
  readonly scheduledChange: { readonly plan: PlanConfiguration; readonly effectiveAt: Date } | null;
  /** When a payment failed that none has followed yet; null otherwise. */
  readonly paymentFailedAt: Date | null;
  /** When the provider tries that payment again; null where it does not. */
  readonly nextPaymentAttemptAt: Date | null;
}

const dayMs = 86_400_000;

/** A row, as people are shown it at an instant. */
export function toBillingView(runtime: RuntimeConfiguration, row: BillingRow, now: Date): BillingView {
  const hasSubscription = isLive(row.subscriptionStatus) && row.subscriptionId !== null;
  const { plan } = planOfPriceId(runtime, row.hasAccess ? row.priceId : null);
  const { start, end } = (hasSubscription && periodOf(row)) || monthOf(now);
  const next = hasSubscription ? planAfter(runtime, row) : null;
  const { paymentFailedAt } = row;
  const isUnpaid = hasSubscription && paymentFailedAt !== null && isOpen(row, paymentFailedAt);
  return {
    ownerId: row.ownerId,
    isSuspended: row.accountStatus === 'suspended',
    subscriptionId: hasSubscription ? row.subscriptionId : null,
    plan,
    hasAccess: row.hasAccess,
    subscriptionStatus: row.subscriptionStatus,
    currentPeriod: { start, end, daysRemaining: Math.max(0, Math.ceil((end.getTime() - now.getTime()) / dayMs)) },
    cancelAtPeriodEnd: hasSubscription && row.cancelAtPeriodEnd,
    scheduledChange: next && { plan: next, effectiveAt: end },
    paymentFailedAt: isUnpaid ? paymentFailedAt : null,
    nextPaymentAttemptAt: isUnpaid ? row.nextPaymentAttemptAt : null,
  };
}

/** Whether a payment that failed is still to be made: none followed it, and it was not for a subscription before this one. */
function isOpen({ lastPaidAt, subscriptionCreatedAt }: BillingRow, failedAt: Date): boolean {
  const isPaid = lastPaidAt !== null && lastPaidAt >= failedAt;
  return !isPaid && (subscriptionCreatedAt === null || subscriptionCreatedAt <= failedAt);
}

/** The subscription's own period; null where Stripe told none. */
function periodOf({ currentPeriodStart, currentPeriodEnd }: BillingRow): { start: Date; end: Date } | null {
  return currentPeriodStart && currentPeriodEnd && { start: currentPeriodStart, end: currentPeriodEnd };
}

/** The plan that follows when the period ends; null where it goes on as it is. */
function planAfter(runtime: RuntimeConfiguration, { cancelAtPeriodEnd, scheduledPriceId }: BillingRow): PlanConfiguration | null {
  if (cancelAtPeriodEnd) return freePlan(runtime);
  return scheduledPriceId === null ? null : planOfPriceId(runtime, scheduledPriceId).plan;
}

/** @throws UnknownPlan */
export function wantedPlan(runtime: RuntimeConfiguration, planId: string): PlanConfiguration {
  const plan = planById(runtime, planId);
  if (plan === null) throw new UnknownPlan(planId, Object.values(runtime.plans));
  return plan;
}

/**
 * Which way a change goes: by what a plan allows in a month, and between plans that allow the same by what they cost. What
 * gives more is given at once; what gives less, when what is paid for has been had.
 */
export function kindOfChange(from: PlanConfiguration, to: PlanConfiguration): 'upgrade' | 'downgrade' | 'none' {
  if (from.id === to.id) return 'none';
  const more = to.monthlyGenerations - from.monthlyGenerations || to.priceCents - from.priceCents;
  return more >= 0 ? 'upgrade' : 'downgrade';
}
