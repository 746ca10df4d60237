import { z } from 'zod';
import { makeCustomer } from '../checkout.js';
import { endSubscription, isOver } from '../endings.js';
import { invalidRequest, missing } from '../errors.js';
import { emit, update } from '../events.js';
import { clearableText, expand, isWithin, metadata, moments, paging, text, wholeNumber } from '../parameters.js';
import { findCustomer } from './find.js';
import { mergeMetadata } from './metadata.js';
import { pageOf } from './page.js';
import { asRecord, route, type Route } from './route.js';

/** Stripe takes no address that is none; an empty one clears it. */
function refuseBadEmail(email: string | undefined): void {
  if (email === undefined || email === '' || (email.length <= 512 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))) return;
  throw invalidRequest(`Invalid email address: ${email}`, { code: 'email_invalid', param: 'email' });
}

const details = {
  ...expand,
  balance: wholeNumber.optional(),
  description: clearableText.optional(),
  email: clearableText.optional(),
  metadata: metadata.optional(),
  name: clearableText.optional(),
  phone: clearableText.optional(),
};

export const customerRoutes: readonly Route[] = [
  route('POST', '/v1/customers', z.strictObject(details), (world, sent) => {
    refuseBadEmail(sent.email);
    return asRecord(
      makeCustomer(world, {
        email: sent.email || null,
        name: sent.name || null,
        phone: sent.phone || null,
        description: sent.description || null,
        metadata: mergeMetadata({}, sent.metadata),
        balance: sent.balance ?? 0,
      }),
    );
  }),
  route('GET', '/v1/customers', z.strictObject({ ...paging, email: text.optional(), created: moments.optional() }), ({ store }, sent) => {
    const wanted = store
      .list('customer')
      .filter(({ deleted, email, created }) => !deleted && (sent.email ?? email) === email && isWithin(created, sent.created));
    return pageOf(wanted, sent, '/v1/customers', 'customer');
  }),
  route('GET', '/v1/customers/:id', z.strictObject(expand), ({ store }, _, id) => {
    const customer = store.get('customer', id);
    if (customer === null) throw missing('customer', id);
    return asRecord(customer);
  }),
  route('POST', '/v1/customers/:id', z.strictObject(details), (world, sent, id) => {
    const customer = findCustomer(world, id);
    refuseBadEmail(sent.email);
    const text = (value: string | undefined, present: string | null) => (value === undefined ? present : value || null);
    return asRecord(
      update(world, 'customer.updated', customer, {
        ...customer,
        balance: sent.balance ?? customer.balance,
        description: text(sent.description, customer.description),
        email: text(sent.email, customer.email),
        metadata: mergeMetadata(customer.metadata, sent.metadata),
        name: text(sent.name, customer.name),
        phone: text(sent.phone, customer.phone),
      }),
    );
  }),
  route('DELETE', '/v1/customers/:id', z.strictObject({}), (world, _, id) => {
    const customer = findCustomer(world, id);
    for (const subscription of world.store.list('subscription')) {
      if (subscription.customer === id && !isOver(subscription)) endSubscription(world, subscription, 'cancellation_requested');
    }
    // The event shows who it was; from then on nobody sees more than the id, and what was personal is gone.
    emit(world, 'customer.deleted', customer);
    world.store.put('customer', { ...customer, deleted: true, email: null, name: null, phone: null, description: null, metadata: {} });
    return { plain: { id, object: 'customer', deleted: true } };
  }),
  route('GET', '/v1/customers/:id/payment_methods', z.strictObject({ ...paging, type: z.literal('card').optional() }), (world, sent, id) => {
    findCustomer(world, id);
    const cards = world.store.list('payment_method').filter(({ customer }) => customer === id);
    return pageOf(cards, sent, `/v1/customers/${id}/payment_methods`, 'payment_method');
  }),
];
