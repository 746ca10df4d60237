import { invalidRequest } from './errors.js';
import { emit, update } from './events.js';
import type { Charge, Dispute, Refund } from './records.js';
import { newId } from './store.js';
import type { World } from './world.js';

/** Money that goes back. */

/** @throws ApiError for more than is left of a charge. */
export function refundCharge(
  world: World,
  charge: Charge,
  { amount, reason = null, metadata = {} }: { readonly amount?: number | undefined; readonly reason?: Refund['reason']; readonly metadata?: Refund['metadata'] },
): Refund {
  const left = charge.amount_captured - charge.amount_refunded;
  const wanted = amount ?? left;
  if (left === 0) throw invalidRequest(`Charge ${charge.id} has already been refunded.`, { code: 'charge_already_refunded' });
  if (wanted < 1 || wanted > left) throw invalidRequest(`Refund amount (${wanted}) is greater than unrefunded amount on charge (${left})`, { param: 'amount' });
  const refunded = charge.amount_refunded + wanted;
  const after: Charge = { ...charge, amount_refunded: refunded, refunded: refunded === charge.amount_captured };
  world.store.put('charge', after);
  const refund = world.store.put('refund', {
    id: newId('re_3'),
    object: 'refund',
    amount: wanted,
    balance_transaction: null,
    charge: charge.id,
    created: world.clock.now(),
    currency: charge.currency,
    metadata,
    payment_intent: charge.payment_intent,
    reason,
    receipt_number: null,
    status: 'succeeded',
  });
  emit(world, 'charge.refunded', after, charge);
  emit(world, 'refund.created', refund);
  return refund;
}

/** @throws ApiError for a charge that was not paid, or has a dispute. */
export function openDispute(world: World, charge: Charge, reason = 'fraudulent'): Dispute {
  if (!charge.paid) throw invalidRequest(`Charge ${charge.id} was not paid.`);
  if (charge.disputed) throw invalidRequest(`Charge ${charge.id} is disputed already.`);
  update(world, 'charge.updated', charge, { ...charge, disputed: true });
  const dispute = world.store.put('dispute', {
    id: newId('du_1'),
    object: 'dispute',
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: world.clock.now(),
    currency: charge.currency,
    evidence: {},
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    reason,
    status: 'needs_response',
  });
  emit(world, 'charge.dispute.created', dispute);
  emit(world, 'charge.dispute.funds_withdrawn', dispute);
  return dispute;
}

/** @throws ApiError for one that is closed. */
export function closeDispute(world: World, dispute: Dispute, outcome: 'won' | 'lost'): Dispute {
  if (dispute.status !== 'needs_response') throw invalidRequest(`Dispute ${dispute.id} is closed already.`);
  const closed = world.store.put('dispute', { ...dispute, status: outcome });
  emit(world, 'charge.dispute.closed', closed, dispute);
  if (outcome === 'won') emit(world, 'charge.dispute.funds_reinstated', closed);
  return closed;
}
