import { completeSession, successUrl } from '../checkout.js';
import { ApiError } from '../errors.js';
import { money } from '../proration.js';
import { recurrenceOf } from '../periods.js';
import type { CheckoutSession } from '../records.js';
import type { World } from '../world.js';
import { button, html, notFound, page, type PageAnswer } from './html.js';

/** Where a person pays. `action`: what was clicked; null where the page is only opened. */
export function checkoutPage(world: World, id: string, action: string | null): PageAnswer {
  const session = world.store.get('checkout.session', id);
  if (session === null) return notFound();
  if (session.status === 'expired') return page('Checkout', html`<h1>This checkout has expired</h1>`, 410);
  if (session.status === 'complete') return { kind: 'redirect', to: successUrl(session) };
  if (action === 'cancel' && session.cancel_url !== null) return { kind: 'redirect', to: session.cancel_url };
  if (action === 'pay' || action === 'decline') return pay(world, session, action);
  return show(world, session, null);
}

function pay(world: World, session: CheckoutSession, action: 'pay' | 'decline'): PageAnswer {
  try {
    const complete = completeSession(world, session, action === 'pay' ? 'ok' : 'declining');
    return complete === null ? show(world, session, 'Your card was declined.') : { kind: 'redirect', to: successUrl(complete) };
  } catch (error) {
    if (error instanceof ApiError) return show(world, session, error.message);
    throw error;
  }
}

function show({ store }: World, session: CheckoutSession, problem: string | null): PageAnswer {
  const price = store.get('price', session.double.priceId);
  const product = price && store.get('product', price.product);
  const customer = session.customer === null ? null : store.get('customer', session.customer);
  if (!price || !product) return notFound();
  const { interval } = recurrenceOf(price);
  return page(
    'Checkout',
    html`<h1>Subscribe to ${product.name}</h1>
<p>${money(price.unit_amount * session.double.quantity, price.currency)} a ${interval}${session.amount_total === 0 ? ', after a free trial' : ''}</p>
<p class="quiet">${customer?.email ?? session.customer_email ?? ''}</p>
${problem === null ? '' : html`<p class="note" role="alert">${problem}</p>`}
${button('pay', 'Pay', { isMain: true })}${button('decline', 'Pay with a card that is declined')}${session.cancel_url === null ? '' : button('cancel', 'Cancel')}`,
    problem === null ? 200 : 402,
  );
}
