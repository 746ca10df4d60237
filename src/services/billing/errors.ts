import type { PlanConfiguration } from '../../config/runtime.js';
import { UserError } from '../../domain/user-errors.js';

/** Nothing of billing can be had now: it is switched off, or the payment provider is away. */
export class BillingUnavailable extends UserError {
  readonly code = 'BILLING_UNAVAILABLE';

  constructor(why: 'off' | 'away') {
    super(
      why === 'off'
        ? 'Billing is switched off on this gateway. Its operator turns it on with STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET.'
        : 'The payment provider cannot be reached now. Nothing was charged because of this request; try again in a minute.',
    );
  }
}

/** No plan has the id. */
export class UnknownPlan extends UserError {
  readonly code = 'UNKNOWN_PLAN';

  constructor(planId: string, plans: readonly PlanConfiguration[]) {
    const known = plans.map(({ id }) => id).join(', ');
    super(`There is no plan "${[...planId].slice(0, 50).join('')}" here. Choose one of ${known}; the query "plans" lists them.`);
  }
}

/** What was asked for is so already. */
export class PlanUnchanged extends UserError {
  readonly code = 'PLAN_UNCHANGED';
}

/** There is nothing at the payment provider that could be changed. */
export class NoSubscription extends UserError {
  readonly code = 'NO_SUBSCRIPTION';
}

/** Who has a subscription changes it, and takes no second one. */
export class AlreadySubscribed extends UserError {
  readonly code = 'ALREADY_SUBSCRIBED';

  constructor(plan: PlanConfiguration) {
    super(`You have a subscription already, to ${plan.label}. "changePlan" changes it; "createPortalSession" shows its invoices.`);
  }
}

/** The bank, or the card, said no. */
export class PaymentRefused extends UserError {
  readonly code = 'PAYMENT_DECLINED';

  constructor() {
    super('The payment was declined, and your plan is as it was. Change the payment method ("createPortalSession"), and try again.');
  }
}
