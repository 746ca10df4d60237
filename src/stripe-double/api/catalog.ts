import { z } from 'zod';
import { putPrice, putProduct, tellOfNew } from '../catalog.js';
import { invalidRequest, missing } from '../errors.js';
import { clearableText, count, expand, flag, listOf, metadata, paging, text, wholeNumber } from '../parameters.js';
import { newId } from '../store.js';
import { mergeMetadata } from './metadata.js';
import { pageOf } from './page.js';
import { asRecord, route, type Route } from './route.js';

const interval = z.enum(['day', 'week', 'month', 'year'], { error: 'Invalid interval: must be one of day, month, week, or year' });
const currency = z.string().regex(/^[a-z]{3}$/i, { error: 'Invalid currency.' }).transform((code) => code.toLowerCase());

const newPrice = z.strictObject({
  ...expand,
  currency,
  lookup_key: text.optional(),
  metadata: metadata.optional(),
  nickname: text.optional(),
  product: text.optional(),
  product_data: z.strictObject({ name: text, metadata: metadata.optional() }).optional(),
  recurring: z.strictObject({ interval, interval_count: wholeNumber.optional() }).optional(),
  unit_amount: count,
});

const newProduct = z.strictObject({
  ...expand,
  id: text.optional(),
  name: text,
  description: clearableText.optional(),
  metadata: metadata.optional(),
  marketing_features: listOf(z.strictObject({ name: text })).optional(),
});

export const catalogRoutes: readonly Route[] = [
  route('GET', '/v1/prices', z.strictObject({ ...paging, active: flag.optional(), product: text.optional(), lookup_keys: listOf(text).optional() }), ({ store }, sent) => {
    const wanted = store
      .list('price')
      .filter(
        ({ active, product, lookup_key: key }) =>
          (sent.active ?? active) === active &&
          (sent.product ?? product) === product &&
          (sent.lookup_keys === undefined || (key !== null && sent.lookup_keys.includes(key))),
      );
    return pageOf(wanted, sent, '/v1/prices', 'price');
  }),
  route('GET', '/v1/prices/:id', z.strictObject(expand), ({ store }, _, id) => {
    const price = store.get('price', id);
    if (price === null) throw missing('price', id);
    return asRecord(price);
  }),
  route('POST', '/v1/prices', newPrice, (world, sent) => {
    const productId = sent.product ?? newId('prod_', 14);
    if (sent.product === undefined) {
      if (sent.product_data === undefined) throw invalidRequest('Missing required param: product.', { code: 'parameter_missing', param: 'product' });
      const { name } = sent.product_data;
      tellOfNew(world, putProduct(world, { id: productId, name, description: null, metadata: {}, features: [], defaultPrice: null }));
    } else if (world.store.get('product', productId) === null) {
      throw missing('product', productId, 'product');
    }
    const price = putPrice(world, {
      id: newId('price_1'),
      product: productId,
      amount: sent.unit_amount,
      currency: sent.currency,
      recurring: sent.recurring ? { interval: sent.recurring.interval, count: sent.recurring.interval_count ?? 1 } : null,
      nickname: sent.nickname ?? null,
      lookupKey: sent.lookup_key ?? null,
      metadata: mergeMetadata({}, sent.metadata),
    });
    tellOfNew(world, price);
    return asRecord(price);
  }),
  route('GET', '/v1/products', z.strictObject({ ...paging, active: flag.optional() }), ({ store }, sent) =>
    pageOf(store.list('product').filter(({ active }) => (sent.active ?? active) === active), sent, '/v1/products', 'product'),
  ),
  route('GET', '/v1/products/:id', z.strictObject(expand), ({ store }, _, id) => {
    const product = store.get('product', id);
    if (product === null) throw missing('product', id);
    return asRecord(product);
  }),
  route('POST', '/v1/products', newProduct, (world, sent) => {
    if (sent.id !== undefined && world.store.get('product', sent.id) !== null) {
      throw invalidRequest('Product already exists.', { code: 'resource_already_exists', param: 'id' });
    }
    const product = putProduct(world, {
      id: sent.id ?? newId('prod_', 14),
      name: sent.name,
      description: sent.description || null,
      metadata: mergeMetadata({}, sent.metadata),
      features: sent.marketing_features?.map(({ name }) => name) ?? [],
      defaultPrice: null,
    });
    tellOfNew(world, product);
    return asRecord(product);
  }),
];
