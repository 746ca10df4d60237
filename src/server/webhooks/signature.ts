import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Secret } from '../../config/secret.js';
import { badRequest, HttpRefusal } from '../http/refusal.js';

/** A delivery that was signed when it is this old may be a copy that somebody kept; clocks may differ by as much. */
const toleranceMs = 5 * 60_000;

/**
 * Checks a delivery by the Standard Webhooks scheme: `webhook-signature` holds, separated by spaces, one `v1,<base64>` for
 * each of the sender's secrets, the HMAC-SHA-256 of `<webhook-id>.<webhook-timestamp>.<body>`. Any of `secrets` may have
 * signed, so that one can be replaced while deliveries are on their way. Returns the event's id.
 *
 * The client of Replicate has such a check, which compares in a time that tells how much of a signature was right, and
 * does not look at the age.
 *
 * @throws HttpRefusal 400 where a header is missing or the delivery is too old, 401 where nobody of ours signed it.
 */
export function verifySignature(
  { headers, body }: { readonly headers: IncomingHttpHeaders; readonly body: string },
  secrets: readonly Secret[],
  now: Date,
): string {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string' || !/^\S{1,255}$/.test(id)) {
    throw badRequest('A delivery needs the headers webhook-id, webhook-timestamp and webhook-signature.');
  }
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now.getTime() - Number(timestamp) * 1_000) > toleranceMs) {
    throw badRequest('The delivery is too old, or its time is wrong.');
  }
  const given = signatures
    .split(' ')
    .filter((signature) => signature.startsWith('v1,'))
    .map((signature) => Buffer.from(signature.slice(3), 'base64'));
  const isSigned = secrets.map(keyOf).some((key) => {
    // A secret that holds no key would be anybody's.
    if (key.length === 0) return false;
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
    return given.some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
  });
  if (!isSigned) {
    throw new HttpRefusal(401, 'UNAUTHENTICATED', 'The signature is not that of this delivery.', { 'www-authenticate': 'HMAC' });
  }
  return id;
}

/** Behind `whsec_` a secret is base64. */
function keyOf(secret: Secret): Buffer {
  return Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64');
}
