import type { Clock } from './clock.js';
import type { ProrationBehavior } from './records.js';
import type { Store } from './store.js';

/** What everything in the double happens in. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  /** Where the double answers, without a slash at the end. */
  address(): string;
  /** The request that is being answered; null while something falls due by itself, or a person clicks. */
  request(): { readonly id: string; readonly idempotencyKey: string | null } | null;
  readonly rules: BillingRules;
}

/** What Stripe's settings of an account say. */
export interface BillingRules {
  /** The API version in which events are written. */
  readonly eventVersion: string;
  /** Whether events are to be delivered at all. */
  isHolding(): boolean;
  /** As long as a renewal's invoice is a draft before it is paid. Default: an hour. */
  readonly draftSeconds: number;
  /** Days after the first failure at which a payment is tried again; after the last the subscription ends. */
  readonly retryDays: readonly number[];
}

export const defaultProration: ProrationBehavior = 'create_prorations';
export const DAY = 86_400;
export const HOUR = 3_600;
