/**
 * What the double keeps, in the shape of the API version that the official client speaks (`currentVersion`), as far as an
 * integration reads it. A record is never changed: a changed one takes its place. Times are seconds since 1970 by the
 * double's clock, amounts hundredths of the currency. What the double alone must know is under `double`, and is shown to
 * nobody.
 */

export const currentVersion = '2026-10-28.endive';

export type Metadata = Readonly<Record<string, string>>;

/** A list inside an object. */
export interface Listed<Item> {
  readonly object: 'list';
  readonly data: readonly Item[];
  readonly has_more: boolean;
  readonly total_count?: number;
  readonly url: string;
}

export interface Customer {
  readonly id: string;
  readonly object: 'customer';
  readonly address: null;
  /** Below zero it is credit, and taken off the next invoice. */
  readonly balance: number;
  readonly created: number;
  readonly currency: string | null;
  readonly default_source: null;
  readonly delinquent: boolean;
  readonly description: string | null;
  readonly email: string | null;
  readonly invoice_prefix: string;
  readonly invoice_settings: {
    readonly custom_fields: null;
    readonly default_payment_method: string | null;
    readonly footer: null;
    readonly rendering_options: null;
  };
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly next_invoice_sequence: number;
  readonly phone: string | null;
  readonly preferred_locales: readonly string[];
  readonly shipping: null;
  readonly tax_exempt: 'none';
  readonly test_clock: null;
  /** Set where it was deleted; then only the id is shown. */
  readonly deleted?: true;
}

/** How a customer's card answers; `none`: there is no card. */
export type CardState = 'ok' | 'declining' | 'none';

export interface PaymentMethod {
  readonly id: string;
  readonly object: 'payment_method';
  readonly billing_details: { readonly address: null; readonly email: null; readonly name: null; readonly phone: null };
  readonly card: {
    readonly brand: string;
    readonly checks: null;
    readonly country: string;
    readonly display_brand: string;
    readonly exp_month: number;
    readonly exp_year: number;
    readonly funding: string;
    readonly last4: string;
    readonly networks: null;
    readonly wallet: null;
  };
  readonly created: number;
  readonly customer: string | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly type: 'card';
  readonly double: { readonly state: Exclude<CardState, 'none'> };
}

export interface Product {
  readonly id: string;
  readonly object: 'product';
  readonly active: boolean;
  readonly created: number;
  readonly default_price: string | null;
  readonly description: string | null;
  readonly images: readonly string[];
  readonly livemode: false;
  readonly marketing_features: readonly { readonly name: string }[];
  readonly metadata: Metadata;
  readonly name: string;
  readonly package_dimensions: null;
  readonly shippable: null;
  readonly tax_code: null;
  readonly type: 'service';
  readonly updated: number;
  readonly url: null;
}

export type Interval = 'day' | 'week' | 'month' | 'year';

export interface Price {
  readonly id: string;
  readonly object: 'price';
  readonly active: boolean;
  readonly billing_scheme: 'per_unit';
  readonly created: number;
  readonly currency: string;
  readonly custom_unit_amount: null;
  readonly livemode: false;
  readonly lookup_key: string | null;
  readonly metadata: Metadata;
  readonly nickname: string | null;
  readonly product: string;
  readonly recurring: {
    readonly interval: Interval;
    readonly interval_count: number;
    readonly meter: null;
    readonly trial_period_days: null;
    readonly usage_type: 'licensed';
  } | null;
  readonly tax_behavior: 'unspecified';
  readonly tiers_mode: null;
  readonly transform_quantity: null;
  readonly type: 'recurring' | 'one_time';
  readonly unit_amount: number;
  readonly unit_amount_decimal: string;
}

export interface Plan {
  readonly id: string;
  readonly object: 'plan';
  readonly active: boolean;
  readonly amount: number;
  readonly amount_decimal: string;
  readonly billing_scheme: 'per_unit';
  readonly created: number;
  readonly currency: string;
  readonly interval: Interval;
  readonly interval_count: number;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly meter: null;
  readonly nickname: string | null;
  readonly product: string;
  readonly tiers_mode: null;
  readonly transform_usage: null;
  readonly trial_period_days: null;
  readonly usage_type: 'licensed';
}

export interface SubscriptionItem {
  readonly id: string;
  readonly object: 'subscription_item';
  readonly billing_thresholds: null;
  readonly created: number;
  readonly current_period_end: number;
  readonly current_period_start: number;
  readonly discounts: readonly never[];
  readonly metadata: Metadata;
  readonly plan: Plan;
  readonly price: Price;
  readonly quantity: number;
  readonly subscription: string;
  readonly tax_rates: readonly never[];
}

export type SubscriptionStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'unpaid'
  | 'paused'
  | 'canceled';

export interface Subscription {
  readonly id: string;
  readonly object: 'subscription';
  readonly application: null;
  readonly application_fee_percent: null;
  readonly automatic_tax: { readonly disabled_reason: null; readonly enabled: false; readonly liability: null };
  readonly billing_cycle_anchor: number;
  readonly billing_cycle_anchor_config: null;
  readonly billing_mode: { readonly flexible: { readonly proration_discounts: 'included' }; readonly type: 'flexible' };
  readonly billing_schedules: readonly never[];
  readonly billing_thresholds: null;
  readonly cancel_at: number | null;
  readonly cancel_at_period_end: boolean;
  readonly canceled_at: number | null;
  readonly cancellation_details: {
    readonly comment: string | null;
    readonly feedback: string | null;
    readonly reason: 'cancellation_requested' | 'payment_failed' | 'payment_disputed' | null;
  };
  readonly collection_method: 'charge_automatically';
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly days_until_due: null;
  readonly default_payment_method: string | null;
  readonly default_source: null;
  readonly default_tax_rates: readonly never[];
  readonly description: string | null;
  readonly discounts: readonly never[];
  readonly ended_at: number | null;
  readonly invoice_settings: { readonly account_tax_ids: null; readonly issuer: { readonly type: 'self' } };
  readonly items: Listed<SubscriptionItem>;
  readonly latest_invoice: string | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly next_pending_invoice_item_invoice: null;
  readonly on_behalf_of: null;
  readonly pause_collection: {
    readonly behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void';
    readonly resumes_at: number | null;
  } | null;
  readonly payment_settings: {
    readonly payment_method_options: null;
    readonly payment_method_types: null;
    readonly save_default_payment_method: 'off';
  };
  readonly pending_invoice_item_interval: null;
  readonly pending_setup_intent: null;
  readonly pending_update: null;
  readonly schedule: string | null;
  readonly start_date: number;
  readonly status: SubscriptionStatus;
  readonly test_clock: null;
  readonly transfer_data: null;
  readonly trial_end: number | null;
  readonly trial_settings: {
    readonly end_behavior: { readonly missing_payment_method: 'cancel' | 'create_invoice' | 'pause' };
  };
  readonly trial_start: number | null;
  /** `trialNoticed`: the end of the trial was announced. */
  readonly double: { readonly trialNoticed: boolean };
}

export type ProrationBehavior = 'always_invoice' | 'create_prorations' | 'none';

export interface SchedulePhase {
  readonly add_invoice_items: readonly never[];
  readonly application_fee_percent: null;
  readonly billing_cycle_anchor: null;
  readonly billing_thresholds: null;
  readonly collection_method: null;
  readonly currency: string;
  readonly default_payment_method: null;
  readonly default_tax_rates: readonly never[];
  readonly description: null;
  readonly discounts: readonly never[];
  readonly end_date: number;
  readonly invoice_settings: null;
  readonly items: readonly {
    readonly billing_thresholds: null;
    readonly discounts: readonly never[];
    readonly metadata: Metadata;
    readonly plan: string;
    readonly price: string;
    readonly quantity: number;
    readonly tax_rates: readonly never[];
  }[];
  readonly metadata: Metadata;
  readonly on_behalf_of: null;
  readonly proration_behavior: ProrationBehavior;
  readonly start_date: number;
  readonly transfer_data: null;
  readonly trial_end: number | null;
}

export interface SubscriptionSchedule {
  readonly id: string;
  readonly object: 'subscription_schedule';
  readonly application: null;
  readonly billing_mode: Subscription['billing_mode'];
  readonly canceled_at: number | null;
  readonly completed_at: number | null;
  readonly created: number;
  readonly current_phase: { readonly end_date: number; readonly start_date: number } | null;
  readonly customer: string;
  readonly default_settings: {
    readonly application_fee_percent: null;
    readonly automatic_tax: Subscription['automatic_tax'];
    readonly billing_cycle_anchor: 'automatic';
    readonly billing_thresholds: null;
    readonly collection_method: 'charge_automatically';
    readonly default_payment_method: null;
    readonly description: null;
    readonly invoice_settings: {
      readonly account_tax_ids: null;
      readonly days_until_due: null;
      readonly issuer: { readonly type: 'self' };
    };
    readonly on_behalf_of: null;
    readonly transfer_data: null;
  };
  readonly end_behavior: 'release' | 'cancel';
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly pause_schedules: readonly never[];
  readonly phases: readonly SchedulePhase[];
  readonly released_at: number | null;
  readonly released_subscription: string | null;
  readonly status: 'not_started' | 'active' | 'completed' | 'released' | 'canceled';
  readonly subscription: string | null;
  readonly test_clock: null;
}

export interface InvoiceLine {
  readonly id: string;
  readonly object: 'line_item';
  readonly amount: number;
  readonly currency: string;
  readonly description: string;
  readonly discount_amounts: readonly never[];
  readonly discountable: boolean;
  readonly discounts: readonly never[];
  readonly invoice: string | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly parent: {
    readonly invoice_item_details: null;
    readonly subscription_item_details: {
      readonly invoice_item: string | null;
      readonly proration: boolean;
      readonly proration_details: { readonly credited_items: null } | null;
      readonly subscription: string;
      readonly subscription_item: string;
    };
    readonly type: 'subscription_item_details';
  };
  readonly period: { readonly end: number; readonly start: number };
  readonly pretax_credit_amounts: readonly never[];
  readonly pricing: {
    readonly price_details: { readonly price: string; readonly product: string };
    readonly type: 'price_details';
    readonly unit_amount_decimal: string;
  };
  readonly quantity: number;
  readonly subscription: string;
  readonly subtotal: number;
  readonly taxes: readonly never[];
}

export type BillingReason = 'subscription_create' | 'subscription_cycle' | 'subscription_update' | 'upcoming' | 'manual';

export interface Invoice {
  readonly id: string;
  readonly object: 'invoice';
  readonly account_country: 'AU';
  readonly account_name: string;
  readonly account_tax_ids: null;
  readonly amount_due: number;
  readonly amount_overpaid: number;
  readonly amount_paid: number;
  readonly amount_remaining: number;
  readonly amount_shipping: number;
  readonly application: null;
  readonly attempt_count: number;
  readonly attempted: boolean;
  readonly auto_advance: boolean;
  readonly automatic_tax: Subscription['automatic_tax'] & { readonly provider: null; readonly status: null };
  readonly automatically_finalizes_at: number | null;
  readonly billing_reason: BillingReason;
  readonly collection_method: 'charge_automatically';
  readonly created: number;
  readonly currency: string;
  readonly custom_fields: null;
  readonly customer: string;
  readonly customer_address: null;
  readonly customer_email: string | null;
  readonly customer_name: string | null;
  readonly customer_phone: null;
  readonly customer_shipping: null;
  readonly customer_tax_exempt: 'none';
  readonly customer_tax_ids: readonly never[];
  readonly default_payment_method: null;
  readonly default_source: null;
  readonly default_tax_rates: readonly never[];
  readonly description: null;
  readonly discounts: readonly never[];
  readonly due_date: null;
  readonly effective_at: number | null;
  readonly ending_balance: number | null;
  readonly footer: null;
  readonly from_invoice: null;
  readonly hosted_invoice_url: string | null;
  readonly invoice_pdf: null;
  readonly issuer: { readonly type: 'self' };
  readonly last_finalization_error: null;
  readonly latest_revision: null;
  readonly lines: Listed<InvoiceLine>;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly next_payment_attempt: number | null;
  readonly number: string | null;
  readonly on_behalf_of: null;
  readonly parent: {
    readonly quote_details: null;
    readonly subscription_details: { readonly metadata: Metadata; readonly subscription: string };
    readonly type: 'subscription_details';
  };
  readonly payment_settings: { readonly default_mandate: null; readonly payment_method_options: null; readonly payment_method_types: null };
  readonly period_end: number;
  readonly period_start: number;
  readonly post_payment_credit_notes_amount: number;
  readonly pre_payment_credit_notes_amount: number;
  readonly receipt_number: null;
  readonly rendering: null;
  readonly shipping_cost: null;
  readonly shipping_details: null;
  readonly starting_balance: number;
  readonly statement_descriptor: null;
  readonly status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
  readonly status_transitions: {
    readonly finalized_at: number | null;
    readonly marked_uncollectible_at: number | null;
    readonly paid_at: number | null;
    readonly voided_at: number | null;
  };
  readonly subtotal: number;
  readonly subtotal_excluding_tax: number;
  readonly test_clock: null;
  readonly total: number;
  readonly total_discount_amounts: readonly never[];
  readonly total_excluding_tax: number;
  readonly total_pretax_credit_amounts: readonly never[];
  readonly total_taxes: readonly never[];
  readonly webhooks_delivered_at: number | null;
  /** `firstFailureAt`: from when the days until the next attempts are counted. */
  readonly double: { readonly firstFailureAt: number | null; readonly chargeId: string | null; readonly paymentIntentId: string | null };
}

/** A proration that waits for the next invoice. */
export interface PendingItem {
  readonly id: string;
  readonly object: 'invoiceitem';
  readonly customer: string;
  readonly subscription: string;
  readonly line: Omit<InvoiceLine, 'id' | 'invoice'>;
}

export interface PaymentIntent {
  readonly id: string;
  readonly object: 'payment_intent';
  readonly amount: number;
  readonly amount_capturable: number;
  readonly amount_received: number;
  readonly canceled_at: null;
  readonly capture_method: 'automatic';
  readonly client_secret: null;
  readonly confirmation_method: 'automatic';
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly description: string;
  readonly last_payment_error: { readonly code: string; readonly decline_code: string; readonly message: string; readonly type: 'card_error' } | null;
  readonly latest_charge: string | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly next_action: null;
  readonly payment_method: string | null;
  readonly payment_method_types: readonly ['card'];
  readonly receipt_email: null;
  readonly setup_future_usage: 'off_session';
  readonly status: 'requires_payment_method' | 'succeeded';
}

export interface Charge {
  readonly id: string;
  readonly object: 'charge';
  readonly amount: number;
  readonly amount_captured: number;
  readonly amount_refunded: number;
  readonly balance_transaction: string | null;
  readonly billing_details: PaymentMethod['billing_details'];
  readonly captured: boolean;
  readonly created: number;
  readonly currency: string;
  readonly customer: string;
  readonly description: string;
  readonly disputed: boolean;
  readonly failure_code: string | null;
  readonly failure_message: string | null;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly paid: boolean;
  readonly payment_intent: string;
  readonly payment_method: string | null;
  readonly receipt_email: null;
  readonly refunded: boolean;
  readonly status: 'succeeded' | 'failed';
  readonly double: { readonly invoiceId: string };
}

export interface Refund {
  readonly id: string;
  readonly object: 'refund';
  readonly amount: number;
  readonly balance_transaction: null;
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly reason: 'duplicate' | 'fraudulent' | 'requested_by_customer' | null;
  readonly receipt_number: null;
  readonly status: 'succeeded';
}

export interface Dispute {
  readonly id: string;
  readonly object: 'dispute';
  readonly amount: number;
  readonly balance_transactions: readonly never[];
  readonly charge: string;
  readonly created: number;
  readonly currency: string;
  readonly evidence: Readonly<Record<string, never>>;
  readonly is_charge_refundable: boolean;
  readonly livemode: false;
  readonly metadata: Metadata;
  readonly payment_intent: string;
  readonly reason: string;
  readonly status: 'needs_response' | 'won' | 'lost';
}

export interface CheckoutSession {
  readonly id: string;
  readonly object: 'checkout.session';
  readonly allow_promotion_codes: boolean | null;
  readonly amount_subtotal: number;
  readonly amount_total: number;
  readonly cancel_url: string | null;
  readonly client_reference_id: string | null;
  readonly client_secret: null;
  readonly created: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly customer_creation: 'always' | null;
  readonly customer_details: { readonly email: string | null; readonly name: string | null } | null;
  readonly customer_email: string | null;
  readonly expires_at: number;
  readonly invoice: string | null;
  readonly livemode: false;
  readonly locale: string | null;
  readonly metadata: Metadata;
  readonly mode: 'subscription';
  readonly payment_intent: null;
  readonly payment_method_collection: 'always' | 'if_required';
  readonly payment_method_types: readonly ['card'];
  readonly payment_status: 'paid' | 'unpaid' | 'no_payment_required';
  readonly setup_intent: null;
  readonly status: 'open' | 'complete' | 'expired';
  readonly subscription: string | null;
  readonly success_url: string;
  readonly ui_mode: 'hosted_page';
  readonly url: string | null;
  readonly double: {
    readonly priceId: string;
    readonly quantity: number;
    readonly subscriptionMetadata: Metadata;
    readonly subscriptionDescription: string | null;
    readonly trialEnd: number | null;
    readonly trialDays: number | null;
  };
}

export interface PortalSession {
  readonly id: string;
  readonly object: 'billing_portal.session';
  readonly configuration: string;
  readonly created: number;
  readonly customer: string;
  readonly flow: null;
  readonly livemode: false;
  readonly locale: string | null;
  readonly on_behalf_of: null;
  readonly return_url: string | null;
  readonly url: string;
}

/** Where the delivery of an event stands. */
export interface Delivery {
  readonly status: 'pending' | 'held' | 'delivered' | 'failed' | 'off';
  readonly attempts: number;
  /** Real time in milliseconds, which the moved clock does not change: a network is waited for, and no month. 0: at once. */
  readonly nextAttemptAt: number;
  /** What the endpoint answered last, or why it did not. */
  readonly lastAnswer: number | string | null;
}

export interface StoredEvent {
  readonly id: string;
  readonly object: 'event';
  readonly api_version: string;
  readonly created: number;
  readonly data: { readonly object: Readonly<Record<string, unknown>>; readonly previous_attributes?: Readonly<Record<string, unknown>> };
  readonly livemode: false;
  readonly pending_webhooks: number;
  readonly request: { readonly id: string | null; readonly idempotency_key: string | null };
  readonly type: string;
  readonly double: Delivery;
}

/** The first answer to a request with an idempotency key. */
export interface KeptAnswer {
  readonly id: string;
  readonly object: 'kept_answer';
  readonly created: number;
  readonly method: string;
  readonly path: string;
  /** A digest of the parameters. */
  readonly parameters: string;
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
}

/** Each kind of record under its `object`. */
export interface RecordsByKind {
  readonly customer: Customer;
  readonly payment_method: PaymentMethod;
  readonly product: Product;
  readonly price: Price;
  readonly subscription: Subscription;
  readonly subscription_schedule: SubscriptionSchedule;
  readonly invoice: Invoice;
  readonly invoiceitem: PendingItem;
  readonly payment_intent: PaymentIntent;
  readonly charge: Charge;
  readonly refund: Refund;
  readonly dispute: Dispute;
  readonly 'checkout.session': CheckoutSession;
  readonly 'billing_portal.session': PortalSession;
  readonly event: StoredEvent;
  readonly kept_answer: KeptAnswer;
}

export type Kind = keyof RecordsByKind;
export type AnyRecord = RecordsByKind[Kind];

/** What has a place in the API, and may be the object of an event. */
export type ApiRecord = Exclude<AnyRecord, StoredEvent | KeptAnswer | PendingItem>;
