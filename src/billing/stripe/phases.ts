import type Stripe from 'stripe';
import { z } from 'zod';
import { id, reference, seconds } from './fields.js';

const discounts = z
  .array(
    z.object({ coupon: reference.nullish(), discount: reference.nullish(), promotion_code: reference.nullish() }),
  )
  .nullish();

const phase = z.object({
  start_date: seconds,
  end_date: seconds.nullish(),
  trial_end: seconds.nullish(),
  items: z.array(
    z.object({
      price: reference,
      quantity: z.number().int().nullish(),
      tax_rates: z.array(reference).nullish(),
      discounts,
    }),
  ),
  discounts,
  default_tax_rates: z.array(reference).nullish(),
  default_payment_method: reference.nullish(),
  collection_method: z.string().nullish(),
  automatic_tax: z.object({ enabled: z.boolean() }).nullish(),
  description: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
});

const schedule = z.object({
  id,
  current_phase: z.object({ start_date: seconds }),
  phases: z.array(phase),
});

type Phase = z.infer<typeof phase>;
type PhaseParams = Stripe.SubscriptionScheduleUpdateParams.Phase;
type NamedDiscount = Stripe.SubscriptionScheduleUpdateParams.Phase.Discount;

/** A schedule's id, and what to make of it. */
export interface ScheduleChange {
  readonly scheduleId: string;
  readonly params: Stripe.SubscriptionScheduleUpdateParams;
}

/**
 * What makes a schedule put `priceId` in the place of `presentId` when the present period ends: the phase that is now, as it
 * is and to the period's end, and one with the new price, after which the subscription goes on without a schedule.
 *
 * Whatever else the schedule had planned is gone with that, an end of the subscription too. Phases say everything anew, so
 * what a phase says of discounts, taxes and the way of payment is said again in both. How long the last one is does not
 * matter, as long as it is not empty; a month is what Stripe's own examples have.
 *
 * @throws ZodError for what is no schedule with a phase that is now.
 */
export function scheduledChange(
  value: unknown,
  change: { readonly presentId: string | null; readonly priceId: string; readonly periodEnd: number | null },
): ScheduleChange {
  const read = schedule.parse(value);
  const present = phase.parse(read.phases.find(({ start_date: start }) => start === read.current_phase.start_date));
  const replaced = Math.max(0, present.items.findIndex(({ price }) => price === change.presentId));
  const items = present.items.map((item, at) => (at === replaced ? { ...item, price: change.priceId, discounts: null } : item));
  return {
    scheduleId: read.id,
    params: {
      end_behavior: 'release',
      proration_behavior: 'none',
      phases: [
        {
          ...settingsOf(present),
          items: itemsOf(present.items),
          start_date: present.start_date,
          end_date: change.periodEnd ?? seconds.parse(present.end_date),
          ...(present.trial_end == null ? {} : { trial_end: present.trial_end }),
        },
        { ...settingsOf(present), items: itemsOf(items), duration: { interval: 'month', interval_count: 1 } },
      ],
    },
  };
}

function settingsOf(present: Phase): Omit<PhaseParams, 'items'> {
  const { default_payment_method: paymentMethod, collection_method: collection, automatic_tax: tax, description } = present;
  return {
    proration_behavior: 'none',
    ...discountsOf(present),
    ...(present.default_tax_rates?.length ? { default_tax_rates: present.default_tax_rates } : {}),
    ...(paymentMethod == null ? {} : { default_payment_method: paymentMethod }),
    ...(collection == null ? {} : { collection_method: collection }),
    ...(tax == null ? {} : { automatic_tax: { enabled: tax.enabled } }),
    ...(description == null ? {} : { description }),
    ...(present.metadata == null ? {} : { metadata: present.metadata }),
  };
}

function itemsOf(items: Phase['items']): PhaseParams['items'] {
  return items.map((item) => ({
    price: item.price,
    ...(item.quantity == null ? {} : { quantity: item.quantity }),
    ...(item.tax_rates?.length ? { tax_rates: item.tax_rates } : {}),
    ...discountsOf(item),
  }));
}

/** Each by the first of its names that it has: a discount that is in force is taken up, and not begun anew. */
function discountsOf({ discounts: list }: Pick<Phase, 'discounts'>): Pick<PhaseParams, 'discounts'> {
  const named = (list ?? []).flatMap(({ discount, promotion_code: code, coupon }): NamedDiscount[] => {
    if (discount != null) return [{ discount }];
    if (code != null) return [{ promotion_code: code }];
    return coupon == null ? [] : [{ coupon }];
  });
  return named.length === 0 ? {} : { discounts: named };
}
