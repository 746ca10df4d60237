import { invalidRequest } from './errors.js';
import type { ApiRecord, Kind } from './records.js';
import type { Store } from './store.js';
import { shown } from './versions.js';

type Shown = Readonly<Record<string, unknown>>;

/** What an id under a name stands for. */
const kindsByName: Readonly<Record<string, Exclude<Kind, 'event' | 'kept_answer' | 'invoiceitem'>>> = {
  charge: 'charge',
  customer: 'customer',
  default_payment_method: 'payment_method',
  default_price: 'price',
  invoice: 'invoice',
  latest_charge: 'charge',
  latest_invoice: 'invoice',
  payment_intent: 'payment_intent',
  payment_method: 'payment_method',
  price: 'price',
  product: 'product',
  schedule: 'subscription_schedule',
  subscription: 'subscription',
};

const MAX_DEPTH = 4;

/**
 * Puts objects in the place of ids, as `expand` asks: `latest_invoice`, `data.schedule`, `items.data.price.product`.
 *
 * @throws ApiError for what cannot be expanded.
 */
export function expandAnswer(store: Store, answer: Shown, paths: readonly string[], version: string): Shown {
  return paths.reduce((whole, path) => {
    const names = path.split('.');
    // A list's `data` is no depth of its own.
    if (names.filter((name) => name !== 'data').length > MAX_DEPTH) {
      throw invalidRequest(`You cannot expand more than ${MAX_DEPTH} levels of a property (${path}).`, { param: 'expand' });
    }
    return expandIn(store, whole, names, { path, version }) as Shown;
  }, answer);
}

function expandIn(store: Store, value: unknown, names: readonly string[], asked: { readonly path: string; readonly version: string }): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => expandIn(store, item, names, asked));
  const [name, ...rest] = names;
  if (name === undefined || value === null) return value;
  const object = value as Shown;
  if (typeof value !== 'object') throw unexpandable(asked.path);
  const included = includable(store, object, name);
  if (included !== null) return { ...object, [name]: included };
  if (!Object.hasOwn(object, name)) throw unexpandable(asked.path);
  const inner = typeof object[name] === 'string' ? lookUp(store, name, object[name], asked) : object[name];
  if (rest.length === 0 && typeof object[name] !== 'string' && !(name in kindsByName)) throw unexpandable(asked.path);
  return { ...object, [name]: expandIn(store, inner, rest, asked) };
}

function lookUp(store: Store, name: string, id: string, { path, version }: { readonly path: string; readonly version: string }): unknown {
  const kind = kindsByName[name];
  if (kind === undefined) throw unexpandable(path);
  const record: ApiRecord | null = store.get(kind, id);
  return record === null ? id : shown(store, record, version);
}

/** What is shown only where it is asked for. */
function includable(store: Store, object: Shown, name: string): Shown | null {
  const id = String(object['id']);
  if (object['object'] === 'checkout.session' && name === 'line_items') {
    const session = store.get('checkout.session', id);
    const price = session && store.get('price', session.double.priceId);
    if (!session || !price) return null;
    const { quantity } = session.double;
    const line = {
      id: `li_${id.slice(-14)}`,
      object: 'item',
      amount_discount: 0,
      amount_subtotal: session.amount_subtotal,
      amount_tax: 0,
      amount_total: session.amount_total,
      currency: session.currency,
      description: price.nickname,
      price,
      quantity,
    };
    return { object: 'list', data: [line], has_more: false, url: `/v1/checkout/sessions/${id}/line_items` };
  }
  if (object['object'] === 'customer' && name === 'subscriptions') {
    const data = store.list('subscription').filter(({ customer, status }) => customer === id && status !== 'canceled');
    return { object: 'list', data: data.map((each) => shown(store, each)).reverse(), has_more: false, url: `/v1/customers/${id}/subscriptions` };
  }
  if (object['object'] === 'invoice' && name === 'payments') {
    const invoice = store.get('invoice', id);
    if (invoice === null) return null;
    const { paymentIntentId } = invoice.double;
    const payment = {
      id: `inpay_${id.slice(-14)}`,
      object: 'invoice_payment',
      amount_paid: invoice.status === 'paid' ? invoice.amount_paid : null,
      amount_requested: invoice.amount_due,
      created: invoice.created,
      currency: invoice.currency,
      invoice: id,
      is_default: true,
      livemode: false,
      payment: { payment_intent: paymentIntentId, type: 'payment_intent' },
      status: invoice.status === 'paid' ? 'paid' : 'open',
      status_transitions: { canceled_at: null, paid_at: invoice.status_transitions.paid_at },
    };
    return { object: 'list', data: paymentIntentId === null ? [] : [payment], has_more: false, url: '/v1/invoice_payments' };
  }
  return null;
}

const unexpandable = (path: string) => invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });
