import type { Plan, Price, Subscription, SubscriptionItem } from './records.js';
import { newId } from './store.js';
import type { World } from './world.js';

/** What a subscription is made of, and the period of it that is going on. */

export function newItem(
  { clock }: World,
  { subscription, price, quantity, period }: {
    readonly subscription: string;
    readonly price: Price;
    readonly quantity: number;
    readonly period: { readonly start: number; readonly end: number };
  },
): SubscriptionItem {
  return {
    id: newId('si_', 14),
    object: 'subscription_item',
    billing_thresholds: null,
    created: clock.now(),
    current_period_end: period.end,
    current_period_start: period.start,
    discounts: [],
    metadata: {},
    plan: planOf(price),
    price,
    quantity,
    subscription,
    tax_rates: [],
  };
}

/** A price as it was called before there were prices. */
export function planOf(price: Price): Plan {
  const { interval, interval_count } = price.recurring ?? { interval: 'month', interval_count: 1 };
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: 'per_unit',
    created: price.created,
    currency: price.currency,
    interval,
    interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: price.product,
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

/** The end of the present period; of several items, the last. */
export function periodEnd(subscription: Subscription): number {
  return Math.max(...subscription.items.data.map(({ current_period_end }) => current_period_end));
}

export function periodStart(subscription: Subscription): number {
  return Math.min(...subscription.items.data.map(({ current_period_start }) => current_period_start));
}
