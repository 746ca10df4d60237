import { z } from 'zod';
import { invalidRequest, missing, declined } from '../errors.js';
import { collectInvoice, customerOf, draftInvoice, finalizeInvoice, subscriptionOf, voidInvoice, withBalance } from '../invoices.js';
import { expand, flag, isWithin, metadata, moments, paging, text, timestamp } from '../parameters.js';
import { periodLine } from '../proration.js';
import { nextPeriodEnd } from '../periods.js';
import type { Invoice, Subscription } from '../records.js';
import { changeItems, changing, subscriptionById } from '../subscription-changes.js';
import { periodEnd, periodStart } from '../subscription-items.js';
import { defaultProration, type World } from '../world.js';
import { findSubscription } from './find.js';
import { pageOf } from './page.js';
import { asRecord, route, type Route } from './route.js';
import { applyItems, itemChanges, prorationBehavior, readProrationDate } from './subscription-update.js';

const preview = z.strictObject({
  ...expand,
  customer: text.optional(),
  subscription: text,
  subscription_details: z
    .strictObject({
      items: itemChanges.optional(),
      proration_behavior: prorationBehavior.optional(),
      proration_date: timestamp.optional(),
      cancel_at_period_end: flag.optional(),
      metadata: metadata.optional(),
    })
    .optional(),
});

const filter = { customer: text.optional(), subscription: text.optional(), status: text.optional(), created: moments.optional() };

export const invoiceRoutes: readonly Route[] = [
  route('GET', '/v1/invoices', z.strictObject({ ...paging, ...filter }), ({ store }, sent) => {
    const wanted = store
      .list('invoice')
      .filter(
        ({ customer, status, created, parent }) =>
          (sent.customer ?? customer) === customer &&
          (sent.subscription ?? parent.subscription_details.subscription) === parent.subscription_details.subscription &&
          (sent.status ?? status) === status &&
          isWithin(created, sent.created),
      );
    return pageOf(wanted, sent, '/v1/invoices', 'invoice');
  }),
  route('POST', '/v1/invoices/create_preview', preview, (world, sent) => asRecord(previewInvoice(world, sent))),
  route('GET', '/v1/invoices/:id', z.strictObject(expand), (world, _, id) => asRecord(findInvoice(world, id))),
  route('POST', '/v1/invoices/:id/pay', z.strictObject({ ...expand, off_session: flag.optional(), payment_method: text.optional() }), (world, _, id) => {
    const invoice = findInvoice(world, id);
    if (invoice.status === 'paid') throw invalidRequest('Invoice is already paid', { code: 'invoice_already_paid' });
    if (invoice.status !== 'open' && invoice.status !== 'draft') {
      throw invalidRequest(`You cannot pay an invoice with a status of ${invoice.status}.`, { code: 'invoice_not_editable' });
    }
    payNow(world, invoice);
    const paid = findInvoice(world, id);
    if (paid.status !== 'paid') throw declined(paid.double.chargeId).keepingChanges();
    return asRecord(paid);
  }),
  route('POST', '/v1/invoices/:id/finalize', z.strictObject({ ...expand, auto_advance: flag.optional() }), (world, _, id) => {
    const invoice = findInvoice(world, id);
    if (invoice.status !== 'draft') throw invalidRequest('This invoice is already finalized, you can\'t re-finalize a non-draft invoice.', { code: 'invoice_not_editable' });
    changing(world, subscriptionOf(world, invoice).id, () => finalizeInvoice(world, invoice));
    return asRecord(findInvoice(world, id));
  }),
  route('POST', '/v1/invoices/:id/void', z.strictObject({ ...expand }), (world, _, id) => {
    const invoice = findInvoice(world, id);
    if (invoice.status !== 'open' && invoice.status !== 'uncollectible') {
      throw invalidRequest('You can only pass in open or uncollectible invoices. This invoice is ' + invoice.status + '.', { code: 'status_transition_invalid' });
    }
    changing(world, subscriptionOf(world, invoice).id, () => voidInvoice(world, invoice));
    return asRecord(findInvoice(world, id));
  }),
  route('GET', '/v1/invoices/:id/lines', z.strictObject(paging), (world, _, id) => ({
    plain: { ...findInvoice(world, id).lines },
  })),
];

/** Tries the customer's card; a draft is made binding first. */
export function payNow(world: World, invoice: Invoice): void {
  changing(world, subscriptionOf(world, invoice).id, () => {
    const open = invoice.status === 'draft' ? finalizeInvoice(world, invoice) : invoice;
    if (open.status === 'open') collectInvoice(world, open, { isRetry: false });
  });
}

/** Carries a preview's invoice out of the transaction that it is undone with. */
class Previewed extends Error {
  override readonly name = 'Previewed';
  constructor(readonly invoice: Invoice) {
    super('A preview.');
  }
}

/** What would be charged: the change itself, made and undone. */
function previewInvoice(world: World, sent: z.infer<typeof preview>): Invoice {
  const subscription = findSubscription(world, sent.subscription, 'subscription');
  if (subscription.status === 'canceled' || subscription.status === 'incomplete_expired') {
    throw invalidRequest('You cannot preview the upcoming invoice for a canceled subscription.', { code: 'invoice_upcoming_none' });
  }
  if (sent.customer !== undefined && sent.customer !== subscription.customer) {
    throw invalidRequest(`The subscription ${subscription.id} does not belong to the customer ${sent.customer}.`, { param: 'customer' });
  }
  try {
    return world.store.transact(() => {
      throw new Previewed(draftPreview(world, subscription, sent.subscription_details ?? {}));
    });
  } catch (error) {
    if (error instanceof Previewed) return error.invoice;
    throw error;
  }
}

function draftPreview(world: World, subscription: Subscription, wanted: NonNullable<z.infer<typeof preview>['subscription_details']>): Invoice {
  const items = wanted.items === undefined ? subscription.items.data : applyItems(world, subscription, wanted.items);
  const moment = readProrationDate(world, subscription, wanted.proration_date);
  const behavior = wanted.proration_behavior ?? defaultProration;
  const atOnce = wanted.items === undefined ? null : changeItems(world, subscription, items, { behavior, moment, payment: 'preview' });
  const draft = atOnce ?? draftRenewal(world, subscriptionById(world, subscription.id), wanted.cancel_at_period_end ?? subscription.cancel_at !== null);
  const id = `upcoming_${draft.id}`;
  return {
    ...withBalance(draft, customerOf(world, draft.customer).balance),
    id,
    billing_reason: atOnce === null ? 'upcoming' : 'subscription_update',
    next_payment_attempt: atOnce === null ? draft.created : null,
    lines: { ...draft.lines, data: draft.lines.data.map((line) => ({ ...line, invoice: id })) },
  };
}

function draftRenewal(world: World, subscription: Subscription, isEnding: boolean): Invoice {
  const at = periodEnd(subscription);
  return world.clock.at(at, () => {
    const lines = isEnding
      ? []
      : subscription.items.data.map((item) =>
          periodLine(world, item, { start: at, end: nextPeriodEnd(subscription.billing_cycle_anchor, item.price, at) }),
        );
    const draft = draftInvoice(world, { subscription, lines, reason: 'upcoming', finalizesAt: null, period: { start: periodStart(subscription), end: at } });
    if (draft.lines.data.length === 0) throw invalidRequest('No upcoming invoices for customer.', { code: 'invoice_upcoming_none' });
    return draft;
  });
}

function findInvoice({ store }: World, id: string): Invoice {
  const invoice = store.get('invoice', id);
  if (invoice === null) throw missing('invoice', id);
  return invoice;
}
