import { isLive, observationSeconds, type SubscriptionState } from '../../domain/billing.js';
import type { BillingRow } from '../../repositories/billing.js';

/**
 * What an event about a subscription changes of what is kept.
 * - `apply`: it is newer; its state takes the place of the kept one.
 * - `late`: the kept state is newer; what the event tells is history.
 * - `ask`: which is newer, or what the event leaves out, only Stripe can tell.
 * - `ignore`: it is about a subscription that gives this account nothing.
 */
export type Verdict = 'apply' | 'late' | 'ask' | 'ignore';

type Kept = Pick<
  BillingRow,
  'subscriptionId' | 'subscriptionStatus' | 'subscriptionCreatedAt' | 'subscriptionEventAt' | 'subscriptionEventId'
>;

/** What of an event matters here. `state` is null where it tells only that something changed. */
export interface WeighedEvent {
  readonly eventId: string;
  readonly createdAt: number;
  readonly subscriptionId: string;
  readonly state: SubscriptionState | null;
  /** Whether `state` leaves nothing out. */
  readonly isWhole: boolean;
}

/** Stripe's seconds of a time that came from them. */
export const secondsOf = (at: Date): number => Math.floor(at.getTime() / 1_000);

/**
 * Weighs an event against what is kept, by Stripe's clock alone: no clock of ours, and no order of arrival, decides.
 *
 * Events tell whole seconds, and Stripe may send several of one second: their order is not known. A state that Stripe was
 * asked for is newer than every event of the time before the question; of one of the seconds about the answer, nobody knows.
 */
export function weigh(kept: Kept, event: WeighedEvent): Verdict {
  const applied = event.state !== null && event.isWhole ? 'apply' : 'ask';
  if (kept.subscriptionId === null) return applied;
  if (kept.subscriptionId !== event.subscriptionId) return weighOther(kept, event);
  if (kept.subscriptionEventAt === null) return applied;
  // Two processes may have been at it at once.
  if (kept.subscriptionEventId === event.eventId) return 'ignore';
  const at = secondsOf(kept.subscriptionEventAt);
  if (event.createdAt > at) return applied;
  const surelyOlder = kept.subscriptionEventId === null ? at - observationSeconds : at;
  return event.createdAt < surelyOlder ? 'late' : 'ask';
}

/** A subscription of which nothing was ever paid gave nothing, whenever that was. */
const neverPaid: ReadonlySet<string> = new Set(['incomplete', 'incomplete_expired']);

/** Whether an event tells of the time before the kept subscription, in which another one may have decided. */
export function isBefore(kept: Pick<Kept, 'subscriptionCreatedAt'>, { createdAt, state }: WeighedEvent): boolean {
  const since = kept.subscriptionCreatedAt;
  return since !== null && createdAt < secondsOf(since) && state !== null && !neverPaid.has(state.status);
}

/**
 * Another subscription than the kept one, such as one that was taken out after that ended. It counts only where it is live
 * and the newer one; and since news of its end may have come before, and changed nothing, Stripe is asked. An older one is
 * history.
 */
function weighOther(kept: Kept, event: WeighedEvent): Verdict {
  const { state } = event;
  if (state === null) return 'ask';
  const past = isBefore(kept, event) ? 'late' : 'ignore';
  if (!isLive(state.status)) return past;
  const keptSince = kept.subscriptionCreatedAt;
  const isOlderOne = keptSince !== null && state.createdAt < secondsOf(keptSince);
  return isLive(kept.subscriptionStatus) && isOlderOne ? past : 'ask';
}
