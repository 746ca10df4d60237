import { z } from 'zod';
import type { SubscriptionState } from '../../domain/billing.js';
import { id, profileIdIn, reference, seconds, word } from './fields.js';

/** What a price or a plan is told by: its id alone in some versions and places, the whole of it in others. */
const price = z.union([
  id.transform((value) => ({ id: value, recurring: undefined, type: undefined })),
  z.object({ id, recurring: z.unknown().optional(), type: z.unknown().optional() }),
]);

const item = z.object({
  id: id.nullish(),
  price: price.nullish(),
  plan: reference.nullish(),
  current_period_start: seconds.nullish(),
  current_period_end: seconds.nullish(),
});

const phase = z.object({
  start_date: seconds,
  items: z.array(z.object({ price: reference.nullish(), plan: reference.nullish() })).nullish(),
  plans: z.array(z.object({ price: reference.nullish(), plan: reference.nullish() })).nullish(),
});

const schedule = z.object({
  id,
  current_phase: z.object({ start_date: seconds }).nullish(),
  phases: z.array(phase),
});

/** What is read of a subscription. Stripe describes more, and versions of its API describe it differently. */
const subscription = z.object({
  object: z.literal('subscription'),
  id,
  customer: reference,
  status: word,
  created: seconds,
  items: z.object({ data: z.array(item) }).nullish(),
  plan: reference.nullish(),
  current_period_start: seconds.nullish(),
  current_period_end: seconds.nullish(),
  cancel_at_period_end: z.boolean().nullish(),
  cancel_at: seconds.nullish(),
  metadata: z.unknown().optional(),
  schedule: z.union([id, schedule]).nullish(),
});

/** A subscription as it was read, with what a change of it needs besides. */
export interface ReadSubscription {
  readonly state: SubscriptionState;
  /** False where it has a schedule of which only the id was told. */
  readonly isWhole: boolean;
  /** The item whose price the state has. */
  readonly itemId: string | null;
  readonly scheduleId: string | null;
  /** Whether its end is written as `cancel_at_period_end`, and not only as the date in `cancel_at`. */
  readonly hasEndFlag: boolean;
}

/**
 * Reads a subscription as any version of the API describes it:
 * - The period is the item's since 2025-03, and the subscription's own before.
 * - The price is the item's; very old versions have `plan` in its place.
 * - Where it ends is `cancel_at_period_end`, or with flexible billing `cancel_at`, a date at the end of the period.
 *
 * One that has several items counts by the first whose price recurs: we make none with more, and an operator who adds
 * another by hand leaves ours where it was.
 *
 * @throws ZodError for what is no subscription.
 */
export function readSubscription(value: unknown): ReadSubscription {
  const read = subscription.parse(value);
  const main = read.items?.data.find((one) => isRecurring(one.price) && (one.price ?? one.plan) != null);
  const priceId = main?.price?.id ?? main?.plan ?? read.plan ?? null;
  const currentPeriodEnd = main?.current_period_end ?? read.current_period_end ?? null;
  const hasEndFlag = read.cancel_at_period_end === true;
  const endsByDate = read.cancel_at != null && currentPeriodEnd !== null && read.cancel_at <= currentPeriodEnd;
  const known = typeof read.schedule === 'object' ? read.schedule : null;
  return {
    state: {
      subscriptionId: read.id,
      customerId: read.customer,
      profileId: profileIdIn(read.metadata),
      status: read.status,
      priceId,
      createdAt: read.created,
      currentPeriodStart: main?.current_period_start ?? read.current_period_start ?? null,
      currentPeriodEnd,
      cancelAtPeriodEnd: hasEndFlag || endsByDate,
      scheduledPriceId: known && nextPriceOf(known, priceId),
    },
    isWhole: typeof read.schedule !== 'string',
    itemId: main?.id ?? null,
    scheduleId: known?.id ?? (typeof read.schedule === 'string' ? read.schedule : null),
    hasEndFlag,
  };
}

function isRecurring(value: z.infer<typeof price> | null | undefined): boolean {
  return value?.recurring !== null && value?.type !== 'one_time';
}

/** The price of the phase that follows the present one; null where there is none, or where nothing changes with it. */
function nextPriceOf({ current_phase: current, phases }: z.infer<typeof schedule>, priceId: string | null): string | null {
  const at = current ? phases.findIndex(({ start_date: start }) => start === current.start_date) : -1;
  const next = at < 0 ? undefined : phases[at + 1];
  const [first] = next?.items ?? next?.plans ?? [];
  const nextId = first?.price ?? first?.plan ?? null;
  return nextId === priceId ? null : nextId;
}
