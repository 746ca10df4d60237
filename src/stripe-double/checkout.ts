import { cardState, newCard, setCard } from './cards.js';
import { invalidRequest } from './errors.js';
import { emit } from './events.js';
import type { CardState, CheckoutSession, Customer, Metadata } from './records.js';
import { newId } from './store.js';
import { beginSubscription } from './subscription-changes.js';
import { DAY, type World } from './world.js';

/** What a person does with a checkout session. */

export interface NewCustomer {
  /** Default: a new one. */
  readonly id?: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone?: string | null;
  readonly description?: string | null;
  readonly metadata: Metadata;
  readonly balance?: number;
}

export function makeCustomer(world: World, { id = newId('cus_', 14), email, name, phone = null, description = null, metadata, balance = 0 }: NewCustomer): Customer {
  const { store, clock } = world;
  const customer = store.put('customer', {
    id,
    object: 'customer',
    address: null,
    balance,
    created: clock.now(),
    currency: null,
    default_source: null,
    delinquent: false,
    description,
    email,
    invoice_prefix: newId('', 8).toUpperCase(),
    invoice_settings: { custom_fields: null, default_payment_method: newCard(world, id, 'ok'), footer: null, rendering_options: null },
    livemode: false,
    metadata,
    name,
    next_invoice_sequence: 1,
    phone,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  });
  emit(world, 'customer.created', customer);
  return customer;
}

/**
 * Pays. A card that declines changes nothing but is told: the session stays open, and the person may try another.
 *
 * @returns the session, complete; null where the card was declined.
 * @throws ApiError where the session is not open.
 */
export function completeSession(world: World, session: CheckoutSession, card: CardState): CheckoutSession | null {
  const { store, clock } = world;
  refuseClosed(session);
  if (card !== 'ok') return null;
  const given = session.customer === null ? null : store.get('customer', session.customer);
  if (given?.deleted) throw invalidRequest('The customer of this session was deleted.');
  const customer =
    given ?? makeCustomer(world, { email: session.customer_email ?? 'somebody@example.com', name: null, metadata: {} });
  if (cardState(world, customer) !== card) setCard(world, customer, card);
  const { priceId, quantity, subscriptionMetadata, subscriptionDescription, trialDays, trialEnd } = session.double;
  const price = store.get('price', priceId);
  if (price === null) throw new Error(`${session.id} is for no price.`);

  beginSubscription(world, {
    customer: customer.id,
    items: [{ price, quantity }],
    metadata: subscriptionMetadata,
    description: subscriptionDescription,
    trialEnd: trialEnd ?? (trialDays === null ? null : clock.now() + trialDays * DAY),
    paymentBehavior: 'error_if_incomplete',
    announce: (subscription, invoice) => {
      const complete = store.put('checkout.session', {
        ...session,
        customer: customer.id,
        customer_details: { email: customer.email, name: customer.name },
        invoice: invoice.id,
        payment_status: invoice.amount_due === 0 ? 'no_payment_required' : 'paid',
        status: 'complete',
        subscription: subscription.id,
        url: null,
      });
      emit(world, 'checkout.session.completed', complete);
    },
  });
  return store.get('checkout.session', session.id);
}

export function expireSession(world: World, session: CheckoutSession): CheckoutSession {
  refuseClosed(session);
  const expired = world.store.put('checkout.session', { ...session, status: 'expired', url: null });
  emit(world, 'checkout.session.expired', expired);
  return expired;
}

/** Where a person is sent after paying. */
export function successUrl(session: CheckoutSession): string {
  return session.success_url.replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}

function refuseClosed(session: CheckoutSession): void {
  if (session.status !== 'open') {
    throw invalidRequest(`Only Checkout Sessions with a status in ["open"] can be expired or paid. This one is ${session.status}.`);
  }
}
