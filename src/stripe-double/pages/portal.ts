import { payNow } from '../api/invoices.js';
import { cardState, setCard } from '../cards.js';
import { isOver } from '../endings.js';
import { money } from '../proration.js';
import { dayOf } from '../periods.js';
import type { Customer, Invoice, PortalSession, Subscription } from '../records.js';
import { changing } from '../subscription-changes.js';
import { periodEnd } from '../subscription-items.js';
import type { World } from '../world.js';
import { button, html, notFound, page, type Html, type PageAnswer } from './html.js';

/** Where a customer sees to card, invoices and subscription. `action`: what was clicked; null where the page is only opened. */
export function portalPage(world: World, id: string, action: string | null): PageAnswer {
  const session = world.store.get('billing_portal.session', id);
  const customer = session && world.store.get('customer', session.customer);
  if (!session || !customer || customer.deleted) return notFound();
  if (action !== null) {
    act(world, customer, action);
    return { kind: 'redirect', to: session.url };
  }
  return show(world, session, customer);
}

/** What cannot be done (any more) is not done: the page shows how things are. */
function act(world: World, customer: Customer, action: string): void {
  const [verb, id = ''] = action.split(':');
  if (verb === 'card' && (id === 'ok' || id === 'declining')) setCard(world, customer, id);
  const invoice = world.store.get('invoice', id);
  if (verb === 'pay' && invoice?.customer === customer.id && invoice.status === 'open') payNow(world, invoice);
  const subscription = world.store.get('subscription', id);
  if (subscription?.customer !== customer.id || isOver(subscription) || subscription.schedule !== null) return;
  if (verb === 'cancel' && subscription.cancel_at === null) setEnd(world, subscription, periodEnd(subscription));
  if (verb === 'keep' && subscription.cancel_at !== null) setEnd(world, subscription, null);
}

/** The portal says a moment, and leaves `cancel_at_period_end` false: so Stripe's does in the flexible billing mode. */
function setEnd(world: World, subscription: Subscription, end: number | null): void {
  changing(world, subscription.id, (present) =>
    world.store.put('subscription', {
      ...present,
      cancel_at: end,
      cancel_at_period_end: false,
      canceled_at: end === null ? null : world.clock.now(),
      cancellation_details: { ...present.cancellation_details, reason: end === null ? null : 'cancellation_requested' },
    }),
  );
}

function show(world: World, session: PortalSession, customer: Customer): PageAnswer {
  const { store } = world;
  const subscriptions = store.list('subscription').filter((each) => each.customer === customer.id && !isOver(each));
  const invoices = store.list('invoice').filter((each) => each.customer === customer.id);
  const card = cardState(world, customer);
  return page(
    'Billing',
    html`<h1>Billing</h1>
<p class="quiet">${customer.name ?? ''} ${customer.email ?? ''}</p>
<h2>Subscription</h2>
${subscriptions.length === 0 ? html`<p>There is none.</p>` : subscriptions.map((each) => subscriptionPart(world, each))}
<h2>Card</h2>
<p>${card === 'ok' ? 'Visa that ends in 4242; payments succeed.' : card === 'declining' ? 'Visa that ends in 0341; payments are declined.' : 'There is none.'}</p>
${card === 'ok' ? button('card:declining', 'Use a card that is declined') : button('card:ok', 'Use a card that works')}
<h2>Invoices</h2>
<table><tr><th>Number</th><th>Date</th><th>Amount</th><th>Status</th><th></th></tr>${[...invoices].reverse().map(invoicePart)}</table>
${session.return_url === null ? '' : html`<p><a href="${session.return_url}">Back</a></p>`}`,
  );
}

function subscriptionPart({ store }: World, subscription: Subscription): Html {
  const names = subscription.items.data.map(({ price }) => store.get('product', price.product)?.name ?? price.id).join(', ');
  const end = dayOf(subscription.cancel_at ?? periodEnd(subscription));
  const state = subscription.cancel_at === null ? `renews on ${end}` : `ends on ${end}`;
  const choice =
    subscription.schedule !== null
      ? html`<p class="note">A change is scheduled; it is managed where you subscribed.</p>`
      : subscription.cancel_at === null
        ? button(`cancel:${subscription.id}`, 'Cancel at the end of the period')
        : button(`keep:${subscription.id}`, 'Do not cancel');
  return html`<p>${names}: ${subscription.status}, ${state}</p>${choice}`;
}

function invoicePart(invoice: Invoice): Html {
  return html`<tr><td>${invoice.number ?? 'draft'}</td><td>${dayOf(invoice.created)}</td><td>${money(invoice.total, invoice.currency)}</td><td>${invoice.status}</td><td>${invoice.status === 'open' ? button(`pay:${invoice.id}`, 'Pay') : ''}</td></tr>`;
}
