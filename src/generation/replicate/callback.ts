import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../config/secret.js';

/*
 * The address that Replicate calls names the job that a prediction was begun for, so that one is found again whose id
 * was never written down because the process died. Replicate signs what it sends and not where to; so the address
 * carries a proof of its own, that we wrote it.
 */

/** Null where the gateway cannot be called over TLS: Replicate calls nothing else, and is polled in any case. */
export function callbackUrl(publicUrl: string, jobId: string, secret: Secret): string | null {
  if (!publicUrl.startsWith('https://')) return null;
  return `${publicUrl}/webhooks/replicate?job=${encodeURIComponent(jobId)}&proof=${proofOf(jobId, secret)}`;
}

/** The job that a called address names, or null where none of `secrets` proves that we wrote it. */
export function jobOfCallback(query: URLSearchParams, secrets: readonly Secret[]): string | null {
  const job = query.get('job');
  const proof = Buffer.from(query.get('proof') ?? '');
  if (job === null) return null;
  const isProven = secrets.some((secret) => {
    const expected = Buffer.from(proofOf(job, secret));
    return expected.length === proof.length && timingSafeEqual(expected, proof);
  });
  return isProven ? job : null;
}

function proofOf(jobId: string, secret: Secret): string {
  return createHmac('sha256', secret.reveal()).update(`roomfeed callback ${jobId}`).digest('base64url');
}
