import { cardOf } from './cards.js';
import { emit } from './events.js';
import type { Charge, Invoice } from './records.js';
import { newId } from './store.js';
import type { World } from './world.js';

/** Charges what an invoice asks for to its customer's card; a card that declines, or none, fails. */
export function chargeInvoice(world: World, invoice: Invoice): Charge {
  const { store, clock } = world;
  const customer = store.get('customer', invoice.customer);
  const card = customer === null ? null : cardOf(world, customer);
  const isPaid = card?.double.state === 'ok';
  const now = clock.now();
  const common = {
    amount: invoice.amount_remaining,
    created: now,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.billing_reason === 'subscription_create' ? 'Subscription creation' : 'Subscription update',
    livemode: false,
    metadata: {},
    payment_method: card?.id ?? null,
    receipt_email: null,
  } as const;
  const intentId = invoice.double.paymentIntentId ?? newId('pi_3');
  const charge = store.put('charge', {
    ...common,
    id: newId('ch_3'),
    object: 'charge',
    amount_captured: isPaid ? invoice.amount_remaining : 0,
    amount_refunded: 0,
    balance_transaction: isPaid ? newId('txn_3') : null,
    billing_details: { address: null, email: null, name: null, phone: null },
    captured: isPaid,
    disputed: false,
    failure_code: isPaid ? null : 'card_declined',
    failure_message: isPaid ? null : 'Your card was declined.',
    paid: isPaid,
    payment_intent: intentId,
    refunded: false,
    status: isPaid ? 'succeeded' : 'failed',
    double: { invoiceId: invoice.id },
  });
  const intent = store.put('payment_intent', {
    ...common,
    id: intentId,
    object: 'payment_intent',
    amount_capturable: 0,
    amount_received: isPaid ? invoice.amount_remaining : 0,
    canceled_at: null,
    capture_method: 'automatic',
    client_secret: null,
    confirmation_method: 'automatic',
    last_payment_error: isPaid
      ? null
      : { code: 'card_declined', decline_code: 'generic_decline', message: 'Your card was declined.', type: 'card_error' },
    latest_charge: charge.id,
    next_action: null,
    payment_method_types: ['card'],
    setup_future_usage: 'off_session',
    status: isPaid ? 'succeeded' : 'requires_payment_method',
  });
  emit(world, isPaid ? 'charge.succeeded' : 'charge.failed', charge);
  emit(world, isPaid ? 'payment_intent.succeeded' : 'payment_intent.payment_failed', intent);
  return charge;
}
