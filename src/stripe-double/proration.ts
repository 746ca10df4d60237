import { recurrenceOf, dayOf } from './periods.js';
import type { InvoiceLine, Price, Product, SubscriptionItem } from './records.js';
import { newId } from './store.js';
import type { World } from './world.js';

/** A line of an invoice that is not written yet. */
export type Draft = Omit<InvoiceLine, 'id' | 'invoice'>;

/** `part` of `whole` of an amount, to the nearest cent. Exact: the product of the three stays below 2^53. */
export function prorated(amount: number, part: number, whole: number): number {
  if (whole <= 0) return 0;
  return Math.sign(amount) * Math.floor((2 * Math.abs(amount) * part + whole) / (2 * whole));
}

/** What a period of an item costs. */
export function periodLine(world: World, item: SubscriptionItem, period: InvoiceLine['period'], isFree = false): Draft {
  const amount = isFree ? 0 : item.price.unit_amount * item.quantity;
  const { interval } = recurrenceOf(item.price);
  const name = productOf(world, item.price).name;
  const description = isFree
    ? `Trial period for ${name}`
    : `${item.quantity} × ${name} (at ${money(item.price.unit_amount, item.price.currency)} / ${interval})`;
  return line(item, { amount, description, period, isProration: false });
}

/**
 * What a change of an item within its period costs from `moment` on: the rest of the old price's time is given back, and
 * the same rest charged at the new price, by the second.
 */
export function prorationLines(
  world: World,
  { from, to, moment }: { readonly from: SubscriptionItem; readonly to: SubscriptionItem | null; readonly moment: number },
): Draft[] {
  const { current_period_start: start, current_period_end: end } = from;
  const rest = Math.min(Math.max(end - moment, 0), end - start);
  const period = { start: moment, end };
  const day = dayOf(moment);
  const unused = -prorated(from.price.unit_amount * from.quantity, rest, end - start);
  const credit = line(from, {
    amount: unused,
    description: `Unused time on ${productOf(world, from.price).name} after ${day}`,
    period,
    isProration: true,
  });
  const charge =
    to === null
      ? null
      : line(to, {
          amount: prorated(to.price.unit_amount * to.quantity, rest, end - start),
          description: `Remaining time on ${productOf(world, to.price).name} after ${day}`,
          period,
          isProration: true,
        });
  return [credit, ...(charge === null ? [] : [charge])].filter(({ amount }) => amount !== 0);
}

/** What is left of an item's period, given back. */
export function unusedLine(world: World, item: SubscriptionItem, moment: number): Draft[] {
  return prorationLines(world, { from: item, to: null, moment });
}

function line(
  item: SubscriptionItem,
  { amount, description, period, isProration }: {
    readonly amount: number;
    readonly description: string;
    readonly period: InvoiceLine['period'];
    readonly isProration: boolean;
  },
): Draft {
  return {
    object: 'line_item',
    amount,
    currency: item.price.currency,
    description,
    discount_amounts: [],
    discountable: !isProration,
    discounts: [],
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: isProration ? newId('ii_1') : null,
        proration: isProration,
        proration_details: isProration ? { credited_items: null } : null,
        subscription: item.subscription,
        subscription_item: item.id,
      },
      type: 'subscription_item_details',
    },
    period,
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: item.price.id, product: item.price.product },
      type: 'price_details',
      unit_amount_decimal: item.price.unit_amount_decimal,
    },
    quantity: item.quantity,
    subscription: item.subscription,
    subtotal: amount,
    taxes: [],
  };
}

function productOf({ store }: World, price: Price): Product {
  const product = store.get('product', price.product);
  if (product === null) throw new Error(`${price.id} has no product.`);
  return product;
}

/** Such as "AUD 19.00". */
export function money(amount: number, currency: string): string {
  const sign = amount < 0 ? '-' : '';
  const cents = String(Math.abs(amount)).padStart(3, '0');
  return `${sign}${currency.toUpperCase()} ${cents.slice(0, -2)}.${cents.slice(-2)}`;
}
