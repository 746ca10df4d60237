import { emit } from './events.js';
import type { Interval, Metadata, Price, Product } from './records.js';
import type { World } from './world.js';

/** What is sold. */

/** A price that the double is to have from its start, with a product of its own. */
export interface CatalogPrice {
  readonly id: string;
  /** The product's name. */
  readonly name: string;
  readonly amountCents: number;
  /** ISO 4217, in lower case. */
  readonly currency: string;
  readonly interval: Interval;
  readonly features?: readonly string[];
}

/** Puts a price and its product in place; tells nobody, for they were always there. */
export function stockPrice(world: World, wanted: CatalogPrice): void {
  const productId = `prod_${wanted.id.replace(/^price_/, '')}`;
  putProduct(world, { id: productId, name: wanted.name, description: null, metadata: {}, features: wanted.features ?? [], defaultPrice: wanted.id });
  putPrice(world, {
    id: wanted.id,
    product: productId,
    amount: wanted.amountCents,
    currency: wanted.currency,
    recurring: { interval: wanted.interval, count: 1 },
    nickname: wanted.name,
    lookupKey: null,
    metadata: {},
  });
}

export function putProduct(
  { store, clock }: World,
  { id, name, description, metadata, features, defaultPrice }: {
    readonly id: string;
    readonly name: string;
    readonly description: string | null;
    readonly metadata: Metadata;
    readonly features: readonly string[];
    readonly defaultPrice: string | null;
  },
): Product {
  const now = clock.now();
  return store.put('product', {
    id,
    object: 'product',
    active: true,
    created: store.get('product', id)?.created ?? now,
    default_price: defaultPrice,
    description,
    images: [],
    livemode: false,
    marketing_features: features.map((feature) => ({ name: feature })),
    metadata,
    name,
    package_dimensions: null,
    shippable: null,
    tax_code: null,
    type: 'service',
    updated: now,
    url: null,
  });
}

export function putPrice(
  { store, clock }: World,
  { id, product, amount, currency, recurring, nickname, lookupKey, metadata }: {
    readonly id: string;
    readonly product: string;
    readonly amount: number;
    readonly currency: string;
    readonly recurring: { readonly interval: Interval; readonly count: number } | null;
    readonly nickname: string | null;
    readonly lookupKey: string | null;
    readonly metadata: Metadata;
  },
): Price {
  return store.put('price', {
    id,
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created: store.get('price', id)?.created ?? clock.now(),
    currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: lookupKey,
    metadata,
    nickname,
    product,
    recurring:
      recurring === null
        ? null
        : { interval: recurring.interval, interval_count: recurring.count, meter: null, trial_period_days: null, usage_type: 'licensed' },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: recurring === null ? 'one_time' : 'recurring',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  });
}

export function tellOfNew(world: World, record: Price | Product): void {
  emit(world, `${record.object}.created`, record);
}
