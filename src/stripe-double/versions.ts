import { currentVersion, type ApiRecord, type Invoice, type Subscription } from './records.js';
import type { Store } from './store.js';

type Shown = Readonly<Record<string, unknown>>;

/** From here on a subscription's period is its items', and an invoice's subscription is below `parent`. */
const FIRST_OF_TODAYS_SHAPES = '2025-03-31';

/** A record as an API version shows it. Versions are told apart where an integration of this kind would notice. */
export function shown(store: Store, record: ApiRecord, version: string = currentVersion): Shown {
  if (record.object === 'customer' && record.deleted) return { id: record.id, object: record.object, deleted: true };
  const { double: _, ...visible } = record as ApiRecord & { readonly double?: unknown };
  if (version >= FIRST_OF_TODAYS_SHAPES) return visible;
  if (record.object === 'subscription') return olderSubscription(record, visible);
  if (record.object === 'invoice') return olderInvoice(store, record, visible);
  if (record.object === 'charge') return { ...visible, invoice: record.double.invoiceId };
  return visible;
}

function olderSubscription(record: Subscription, visible: Shown): Shown {
  const [first] = record.items.data;
  const { billing_mode: _, billing_schedules: __, ...rest } = visible;
  return {
    ...rest,
    current_period_start: first?.current_period_start ?? record.start_date,
    current_period_end: first?.current_period_end ?? record.start_date,
    discount: null,
    items: {
      ...record.items,
      data: record.items.data.map(({ current_period_start: _start, current_period_end: _end, ...item }) => item),
    },
  };
}

function olderInvoice(store: Store, record: Invoice, visible: Shown): Shown {
  const { parent, ...rest } = visible as Shown & { readonly parent: Invoice['parent'] };
  return {
    ...rest,
    subscription: parent.subscription_details.subscription,
    subscription_details: { metadata: parent.subscription_details.metadata },
    paid: record.status === 'paid',
    paid_out_of_band: false,
    charge: record.double.chargeId,
    payment_intent: record.double.paymentIntentId,
    discount: null,
    tax: null,
    lines: {
      ...record.lines,
      data: record.lines.data.map(({ parent: of, pricing, taxes: _, ...line }) => ({
        ...line,
        price: store.get('price', pricing.price_details.price),
        proration: of.subscription_item_details.proration,
        subscription: of.subscription_item_details.subscription,
        subscription_item: of.subscription_item_details.subscription_item,
        type: 'subscription',
        unit_amount_excluding_tax: pricing.unit_amount_decimal,
      })),
    },
  };
}
