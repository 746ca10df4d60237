import type { Secret } from '../../config/secret.js';
import { stripeLibrary } from './library.js';

/** A delivery that was signed when it is this old may be a copy that somebody kept. In seconds. */
const toleranceSeconds = 300;

/** `too-old`: signed by Stripe, but not just now. */
export type SignatureVerdict = 'signed' | 'too-old' | 'unsigned';

/**
 * Checks deliveries by Stripe's own client: `stripe-signature` holds `t=<seconds>` and a `v1=<hex>` for each secret, the
 * HMAC-SHA-256 of `<t>.<body>`. Any of `secrets` may have signed, so that one can be replaced while deliveries are on
 * their way.
 */
export function createStripeVerifier(secrets: readonly Secret[], now: () => Date) {
  const { webhooks } = stripeLibrary();

  function isSigned(body: string, header: string, secret: Secret, tolerance: number): boolean {
    try {
      // Blank secrets, and headers that are none, are refused as well.
      const at = now().getTime();
      return webhooks.signature?.verifyHeader(body, header, secret.reveal(), tolerance, undefined, at) ?? false;
    } catch {
      // What was caught holds the body.
      return false;
    }
  }

  return (body: string, header: string): SignatureVerdict => {
    // Without a tolerance the client does not look at the age.
    const signer = secrets.find((secret) => isSigned(body, header, secret, 0));
    if (!signer) return 'unsigned';
    return isSigned(body, header, signer, toleranceSeconds) ? 'signed' : 'too-old';
  };
}
