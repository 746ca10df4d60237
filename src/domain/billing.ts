/**
 * What is known of a subscription, in Stripe's words where they matter. Times are Stripe's: whole seconds since 1970, of
 * its clock and not of ours. It is written down as it is, as part of an event, and so holds nothing personal.
 */
export interface SubscriptionState {
  readonly subscriptionId: string;
  readonly customerId: string;
  /** The profile that its metadata names, where we made it; null otherwise. */
  readonly profileId: string | null;
  /** Stripe's own word: active, past_due, canceled, … */
  readonly status: string;
  /** The price of its item; null where it has none. */
  readonly priceId: string | null;
  readonly createdAt: number;
  readonly currentPeriodStart: number | null;
  readonly currentPeriodEnd: number | null;
  /** Whether it ends with the present period. */
  readonly cancelAtPeriodEnd: boolean;
  /** The price that a schedule puts in place of the present one when the period ends; null for none. */
  readonly scheduledPriceId: string | null;
}

/** A state, and when it was read. */
export interface ObservedSubscription {
  readonly state: SubscriptionState;
  /** By Stripe's clock, in seconds: when it answered. The state was read at most `observationSeconds` before. */
  readonly asOf: number;
}

/** As long as an answer of Stripe's may take, and some more: no state that was answered is older. */
export const observationSeconds = 60;

/** Whose something at Stripe is, as far as it says so itself. */
interface Owned {
  readonly customerId: string | null;
  /** What its metadata names; null where it has none of ours. */
  readonly profileId: string | null;
}

/** What an event is about. */
export type BillingSubject =
  /** `isWhole`: false where it has a schedule, whose price the event does not tell. */
  | { readonly kind: 'subscription'; readonly state: SubscriptionState; readonly isWhole: boolean }
  /** A subscription of which something changed that the event does not tell wholly: a schedule, a checkout that is done. */
  | ({ readonly kind: 'subscription-changed'; readonly subscriptionId: string } & Owned)
  | ({
      readonly kind: 'payment';
      readonly outcome: 'paid' | 'failed';
      readonly subscriptionId: string | null;
      /** When Stripe tries again; null where it does not. */
      readonly nextAttemptAt: number | null;
    } & Owned)
  /** Money that went back, or may have to: for operators. Amounts are in hundredths of the currency. */
  | ({
      readonly kind: 'incident';
      readonly incident: 'refund' | 'dispute';
      /** The charge's or the dispute's id. */
      readonly objectId: string;
      /** Stripe's own word for where a dispute stands; null for a refund. */
      readonly status: string | null;
      readonly amountCents: number;
      readonly currency: string;
    } & Owned)
  | ({ readonly kind: 'customer-deleted' } & Owned)
  /** Nothing that concerns us. */
  | { readonly kind: 'other' };

/** An event of Stripe's, whatever version of its API wrote it, without anything personal. */
export interface BillingEvent {
  /** The same however often it is delivered. */
  readonly eventId: string;
  /** Such as customer.subscription.updated. */
  readonly type: string;
  /** By Stripe's clock, in seconds. */
  readonly createdAt: number;
  readonly subject: BillingSubject;
}

/** A delivery that is no event, or none that can be read. The message is for the provider's owner and holds nothing of it. */
export class MalformedEvent extends Error {
  override readonly name = 'MalformedEvent';
}

/** The statuses in which a subscription gives access to its price's plan; a payment that is late is waited for. */
const live: ReadonlySet<string> = new Set(['active', 'trialing', 'past_due']);

export const isLive = (status: string | null): boolean => status !== null && live.has(status);

/** The price whose plan a subscription gives; null where it gives none. */
export function priceInForce({ status, priceId }: Pick<SubscriptionState, 'status' | 'priceId'>): string | null {
  return isLive(status) ? priceId : null;
}

/**
 * Where a status stands in a subscription's life, which goes one way: not begun, in force in one way or another, ended.
 * Stripe tells whole seconds; of two events of one second this is the only order that is known.
 */
export function lifeOrder({ status }: Pick<SubscriptionState, 'status'>): 0 | 1 | 2 {
  if (status === 'incomplete') return 0;
  return status === 'canceled' || status === 'incomplete_expired' ? 2 : 1;
}
