import { z } from 'zod';
import { invalidRequest, missing } from '../errors.js';
import { count, expand, isWithin, metadata, moments, paging, text } from '../parameters.js';
import type { Charge } from '../records.js';
import { refundCharge } from '../refunds.js';
import type { World } from '../world.js';
import { mergeMetadata } from './metadata.js';
import { pageOf } from './page.js';
import { asRecord, route, type Route } from './route.js';

const newRefund = z.strictObject({
  ...expand,
  amount: count.optional(),
  charge: text.optional(),
  metadata: metadata.optional(),
  payment_intent: text.optional(),
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
});

const of = { ...paging, customer: text.optional(), payment_intent: text.optional(), created: moments.optional() };

export const paymentRoutes: readonly Route[] = [
  ...(['payment_method', 'payment_intent', 'charge', 'refund', 'dispute'] as const).map((kind) =>
    route('GET', `/v1/${kind}s/:id`, z.strictObject(expand), ({ store }, _, id) => {
      const record = store.get(kind, id);
      if (record === null) throw missing(kind, id);
      return asRecord(record);
    }),
  ),
  route('GET', '/v1/charges', z.strictObject(of), ({ store }, sent) => {
    const wanted = store
      .list('charge')
      .filter(
        ({ customer, payment_intent: intent, created }) =>
          (sent.customer ?? customer) === customer && (sent.payment_intent ?? intent) === intent && isWithin(created, sent.created),
      );
    return pageOf(wanted, sent, '/v1/charges', 'charge');
  }),
  route('GET', '/v1/refunds', z.strictObject({ ...paging, charge: text.optional() }), ({ store }, sent) =>
    pageOf(store.list('refund').filter(({ charge }) => (sent.charge ?? charge) === charge), sent, '/v1/refunds', 'refund'),
  ),
  route('GET', '/v1/disputes', z.strictObject({ ...paging, charge: text.optional() }), ({ store }, sent) =>
    pageOf(store.list('dispute').filter(({ charge }) => (sent.charge ?? charge) === charge), sent, '/v1/disputes', 'dispute'),
  ),
  route('POST', '/v1/refunds', newRefund, (world, sent) =>
    asRecord(
      refundCharge(world, findCharge(world, sent), {
        amount: sent.amount,
        reason: sent.reason ?? null,
        metadata: mergeMetadata({}, sent.metadata),
      }),
    ),
  ),
];

function findCharge({ store }: World, { charge: id, payment_intent: intentId }: z.infer<typeof newRefund>): Charge {
  if (id === undefined && intentId === undefined) throw invalidRequest('One of the following params should be provided for this request: payment_intent or charge.', { code: 'parameter_missing' });
  const latest = intentId === undefined ? id : store.get('payment_intent', intentId)?.latest_charge;
  if (latest == null) throw missing('payment_intent', intentId ?? '', 'payment_intent');
  const charge = store.get('charge', latest);
  if (charge === null) throw missing('charge', latest, 'charge');
  return charge;
}
