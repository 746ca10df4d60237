import { type BillingEvent, MalformedEvent } from '../../domain/billing.js';
import { badRequest, HttpRefusal } from '../http/refusal.js';
import type { WebhookReceiver } from '../webhooks.js';

export interface StripeWebhookOptions {
  /** Whether a header `stripe-signature` is ours to trust for a body, and of now. */
  readonly verify: (body: string, header: string) => 'signed' | 'too-old' | 'unsigned';
  /** @throws MalformedEvent */
  readonly read: (body: string) => BillingEvent;
  readonly receive: (event: BillingEvent) => Promise<void>;
}

/**
 * Receives Stripe's events.
 *
 * @throws HttpRefusal 400 where the signature is missing or the delivery is too old, or no event that can be read; 401
 * where nobody of ours signed it.
 */
export function createStripeReceiver({ verify, read, receive }: StripeWebhookOptions): WebhookReceiver {
  return async ({ headers, body }) => {
    const header = headers['stripe-signature'];
    if (typeof header !== 'string' || header === '') throw badRequest('A delivery needs the header stripe-signature.');
    const verdict = verify(body, header);
    if (verdict === 'unsigned') {
      throw new HttpRefusal(401, 'UNAUTHENTICATED', 'The signature is not that of this delivery.', { 'www-authenticate': 'HMAC' });
    }
    if (verdict === 'too-old') throw badRequest('The delivery is too old, or its time is wrong.');
    await receive(readOrRefuse(read, body));
  };
}

/** Who signed it may read what is wrong with it: Stripe shows our answer to its account's owner. */
function readOrRefuse(read: StripeWebhookOptions['read'], body: string): BillingEvent {
  try {
    return read(body);
  } catch (error) {
    if (error instanceof MalformedEvent) throw badRequest(error.message);
    throw error;
  }
}
