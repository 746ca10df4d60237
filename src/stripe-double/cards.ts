import { update } from './events.js';
import type { CardState, Customer, PaymentMethod } from './records.js';
import { newId } from './store.js';
import type { World } from './world.js';

/** Every customer has a card, as if entered on one of the pages; how it answers is told by the page or by the control API. */
export function cardOf({ store }: World, customer: Customer): PaymentMethod | null {
  const id = customer.invoice_settings.default_payment_method;
  return id === null ? null : store.get('payment_method', id);
}

/** What the next payments by a customer's card will find. */
export function cardState(world: World, customer: Customer): CardState {
  return cardOf(world, customer)?.double.state ?? 'none';
}

/** A new card takes the place of the one before, as it does when a person enters another. */
export function setCard(world: World, customer: Customer, state: CardState): Customer {
  if (cardState(world, customer) === state) return customer;
  const before = cardOf(world, customer);
  if (before !== null) world.store.put('payment_method', { ...before, customer: null });
  return update(world, 'customer.updated', customer, {
    ...customer,
    invoice_settings: { ...customer.invoice_settings, default_payment_method: newCard(world, customer.id, state) },
  });
}

/** Returns its id; null for none. The numbers are those of Stripe's test cards that do the same. */
export function newCard({ store, clock }: World, customer: string, state: CardState): string | null {
  if (state === 'none') return null;
  return store.put('payment_method', {
    id: newId('pm_1'),
    object: 'payment_method',
    billing_details: { address: null, email: null, name: null, phone: null },
    card: {
      brand: 'visa',
      checks: null,
      country: 'AU',
      display_brand: 'visa',
      exp_month: 12,
      exp_year: 2099,
      funding: 'credit',
      last4: state === 'ok' ? '4242' : '0341',
      networks: null,
      wallet: null,
    },
    created: clock.now(),
    customer,
    livemode: false,
    metadata: {},
    type: 'card',
    double: { state },
  }).id;
}
