import type { ObservedSubscription } from '../domain/billing.js';

/** For whom something is made at Stripe. */
export interface CustomerDetails {
  readonly profileId: string;
  readonly email: string | null;
  readonly name: string | null;
}

/** What a change at once would cost. */
export interface ChangeCosts {
  /** In hundredths of the currency; what is left of the present period's payment is taken off. 0 where that is more. */
  readonly amountDueCents: number;
  /** ISO 4217, in lower case. */
  readonly currency: string;
}

/**
 * Who takes the money. Every call that changes something takes a key, which stands for one intent: repeated with the same
 * key and the same arguments within a day it changes nothing more, and answers as the first one did, with a refusal too.
 *
 * @throws BillingProviderUnavailable from every call.
 */
export interface BillingProvider {
  /** The provider's name in the record of its events. */
  readonly name: string;
  /** Returns the customer's id. */
  createCustomer(details: CustomerDetails, key: string): Promise<string>;
  /** A page on which the customer subscribes to a price. Returns its address. What it makes names the profile. */
  openCheckout(
    checkout: {
      readonly customerId: string;
      readonly profileId: string;
      readonly priceId: string;
      readonly successUrl: string;
      readonly cancelUrl: string;
    },
    key: string,
  ): Promise<string>;
  /** A page on which customers see to their payment method, invoices and subscription. Returns its address. */
  openPortal(portal: { readonly customerId: string; readonly returnUrl: string }): Promise<string>;
  /** What `changeNow` would cost at this moment. */
  previewChange(change: { readonly subscriptionId: string; readonly priceId: string }): Promise<ChangeCosts>;
  /**
   * Puts a price in force at once, with proration, paid at once; takes back a scheduled change and a cancellation.
   *
   * @throws PaymentDeclined, with everything as it was.
   */
  changeNow(change: { readonly subscriptionId: string; readonly priceId: string }, key: string): Promise<ObservedSubscription>;
  /** Puts a price in force when the present period ends, in place of whatever was to happen then. */
  changeAtPeriodEnd(
    change: { readonly subscriptionId: string; readonly priceId: string },
    key: string,
  ): Promise<ObservedSubscription>;
  /** Ends the subscription with its present period, in place of whatever was to happen then. */
  cancelAtPeriodEnd(change: { readonly subscriptionId: string }, key: string): Promise<ObservedSubscription>;
  /** Lets the subscription go on as it is: takes back a scheduled change and a cancellation at the period's end. */
  keep(change: { readonly subscriptionId: string }, key: string): Promise<ObservedSubscription>;
  /** Null where there is none. */
  getSubscription(subscriptionId: string): Promise<ObservedSubscription | null>;
  /** All of a customer's, those that ended as well, newest first; at most 100. */
  listSubscriptions(customerId: string): Promise<readonly ObservedSubscription[]>;
  /**
   * Ends every subscription of a customer at once and deletes the customer, whose name, address and cards Stripe then
   * forgets. One that is gone is no error.
   */
  deleteCustomer(customerId: string): Promise<void>;
}

/** The provider cannot be reached, is too busy, or will not do as it is asked. The message is for logs and holds no secret. */
export class BillingProviderUnavailable extends Error {
  override readonly name = 'BillingProviderUnavailable';

  constructor(
    message: string,
    /** Whether it answered: then the same key gets the same answer again, and another try needs another key. */
    readonly hasAnswered = false,
  ) {
    super(message);
  }
}

/** The payment did not go through; nothing changed. */
export class PaymentDeclined extends Error {
  override readonly name = 'PaymentDeclined';
}
