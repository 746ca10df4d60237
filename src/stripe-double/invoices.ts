import { endSubscription, isOver } from './endings.js';
import { emit, update } from './events.js';
import { chargeInvoice } from './payments.js';
import type { BillingReason, Customer, Invoice, InvoiceLine, Subscription } from './records.js';
import type { Draft } from './proration.js';
import { newId } from './store.js';
import { DAY, type World } from './world.js';

/** The life of an invoice: draft, open, and then paid, uncollectible or void. */

/**
 * Writes a draft, with the prorations that waited for it, and makes it the subscription's latest. Tells nobody yet:
 * `invoice.created` is the caller's to emit, at its place among the other events.
 */
export function draftInvoice(
  world: World,
  {
    subscription,
    lines,
    reason,
    finalizesAt,
    period,
  }: {
    readonly subscription: Subscription;
    readonly lines: readonly Draft[];
    readonly reason: BillingReason;
    /** Null where it is finalized at once. */
    readonly finalizesAt: number | null;
    /** Of a renewal Stripe names the period that is over; of all other invoices the moment. */
    readonly period?: InvoiceLine['period'];
  },
): Invoice {
  const { store, clock } = world;
  const now = clock.now();
  const customer = customerOf(world, subscription.customer);
  const id = newId('in_1');
  const pending = store.list('invoiceitem').filter((item) => item.subscription === subscription.id);
  for (const item of pending) store.remove('invoiceitem', item.id);
  const all = [...pending.map(({ line }) => line), ...lines].map((line): InvoiceLine => ({ ...line, id: newId('il_1'), invoice: id }));
  const total = all.reduce((sum, { amount }) => sum + amount, 0);
  const invoice: Invoice = {
    id,
    object: 'invoice',
    account_country: 'AU',
    account_name: 'Stripe double',
    account_tax_ids: null,
    amount_due: Math.max(total, 0),
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: Math.max(total, 0),
    amount_shipping: 0,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: finalizesAt,
    billing_reason: reason,
    collection_method: 'charge_automatically',
    created: now,
    currency: subscription.currency,
    custom_fields: null,
    customer: customer.id,
    customer_address: null,
    customer_email: customer.email,
    customer_name: customer.name,
    customer_phone: null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: all, has_more: false, total_count: all.length, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: finalizesAt,
    number: null,
    on_behalf_of: null,
    parent: {
      quote_details: null,
      subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
      type: 'subscription_details',
    },
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: period?.end ?? now,
    period_start: period?.start ?? now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: total,
    subtotal_excluding_tax: total,
    test_clock: null,
    total,
    total_discount_amounts: [],
    total_excluding_tax: total,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
    double: { firstFailureAt: null, chargeId: null, paymentIntentId: null },
  };
  store.put('subscription', { ...subscription, latest_invoice: id });
  return store.put('invoice', invoice);
}

/** An invoice with the customer's balance taken into account: credit is used up, and what is owed comes on top. */
export function withBalance(invoice: Invoice, balance: number): Invoice {
  const wanted = invoice.total + balance;
  const due = Math.max(wanted, 0);
  return {
    ...invoice,
    starting_balance: balance,
    ending_balance: Math.min(wanted, 0),
    amount_due: due,
    amount_remaining: due,
  };
}

/** Makes a draft binding. Where nothing is due it is paid thereby. */
export function finalizeInvoice(world: World, draft: Invoice): Invoice {
  const { store, clock } = world;
  const now = clock.now();
  const customer = customerOf(world, draft.customer);
  const final: Invoice = {
    ...withBalance(draft, customer.balance),
    status: 'open',
    automatically_finalizes_at: null,
    next_payment_attempt: null,
    effective_at: now,
    number: `${customer.invoice_prefix}-${String(customer.next_invoice_sequence).padStart(4, '0')}`,
    hosted_invoice_url: `${world.address()}/invoices/${draft.id}`,
    status_transitions: { ...draft.status_transitions, finalized_at: now },
  };
  store.put('invoice', final);
  emit(world, 'invoice.finalized', final);
  const numbered = store.put('customer', { ...customer, next_invoice_sequence: customer.next_invoice_sequence + 1 });
  update(world, 'customer.updated', numbered, {
    ...numbered,
    balance: final.ending_balance ?? 0,
    currency: customer.currency ?? final.currency,
  });
  return final.amount_due === 0 ? markPaid(world, { ...final, attempted: true }) : final;
}

/**
 * Tries to get an open invoice paid. `isRetry`: by the schedule of the retries, which counts its attempts and in the end
 * gives the subscription up.
 */
export function collectInvoice(world: World, open: Invoice, { isRetry }: { readonly isRetry: boolean }): Invoice {
  const { store, clock, rules } = world;
  const charge = chargeInvoice(world, open);
  const attempts = isRetry || open.attempt_count === 0 ? open.attempt_count + 1 : open.attempt_count;
  const tried: Invoice = {
    ...open,
    attempted: true,
    attempt_count: attempts,
    double: {
      chargeId: charge.id,
      paymentIntentId: charge.payment_intent,
      firstFailureAt: open.double.firstFailureAt ?? (charge.paid ? null : clock.now()),
    },
  };
  if (charge.paid) return markPaid(world, tried);

  const subscription = subscriptionOf(world, open);
  // The first payment of all is not tried again: the subscription waits for a day, and is over.
  const days = open.billing_reason === 'subscription_create' || isOver(subscription) ? undefined : rules.retryDays[attempts - 1];
  const next = days === undefined ? null : (tried.double.firstFailureAt ?? clock.now()) + days * DAY;
  const failed = store.put('invoice', { ...tried, next_payment_attempt: next });
  emit(world, 'invoice.payment_failed', failed);
  if (open.billing_reason === 'subscription_create' || isOver(subscription)) return failed;
  if (next === null) endSubscription(world, subscription, 'payment_failed');
  else if (subscription.status === 'active' || subscription.status === 'trialing') {
    store.put('subscription', { ...subscription, status: 'past_due' });
  }
  return failed;
}

export function voidInvoice(world: World, invoice: Invoice): Invoice {
  const now = world.clock.now();
  const voided = world.store.put('invoice', {
    ...invoice,
    status: 'void',
    auto_advance: false,
    automatically_finalizes_at: null,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  });
  emit(world, 'invoice.voided', voided);
  settleStatus(world, subscriptionOf(world, invoice));
  return voided;
}

export function markUncollectible(world: World, invoice: Invoice): Invoice {
  const given = world.store.put('invoice', {
    ...invoice,
    status: 'uncollectible',
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, marked_uncollectible_at: world.clock.now() },
  });
  emit(world, 'invoice.marked_uncollectible', given);
  return given;
}

function markPaid(world: World, invoice: Invoice): Invoice {
  const paid = world.store.put('invoice', {
    ...invoice,
    status: 'paid',
    auto_advance: false,
    amount_paid: invoice.amount_due,
    amount_remaining: 0,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: world.clock.now() },
  });
  emit(world, 'invoice.paid', paid);
  emit(world, 'invoice.payment_succeeded', paid);
  settleStatus(world, subscriptionOf(world, paid));
  return paid;
}

/** A subscription that waited for a payment goes on when nothing is open any more. */
function settleStatus(world: World, subscription: Subscription): void {
  const { store } = world;
  if (!['incomplete', 'past_due', 'unpaid'].includes(subscription.status)) return;
  const isOpen = store
    .list('invoice')
    .some(({ status, parent }) => status === 'open' && parent.subscription_details.subscription === subscription.id);
  if (isOpen) return;
  const latest = subscription.latest_invoice === null ? null : store.get('invoice', subscription.latest_invoice);
  // The first invoice, made void, was not paid.
  if (subscription.status === 'incomplete' && latest?.status !== 'paid') return;
  store.put('subscription', { ...subscription, status: 'active' });
}

export function customerOf({ store }: World, id: string): Customer {
  const customer = store.get('customer', id);
  if (customer === null) throw new Error(`There is no customer ${id}.`);
  return customer;
}

export function subscriptionOf({ store }: World, invoice: Invoice): Subscription {
  const { subscription: id } = invoice.parent.subscription_details;
  const subscription = store.get('subscription', id);
  if (subscription === null) throw new Error(`There is no subscription ${id}.`);
  return subscription;
}
