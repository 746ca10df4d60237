import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * The signature of asset URLs: pure functions of their arguments, so that every process that holds the secret makes the
 * same bytes. Changing anything here makes the URLs in people's phones invalid: give it a new VERSION then.
 */
const VERSION = 'v1';

/** GET and HEAD read the same thing and share a signature. An upload is another class, and never passes for this. */
const READ = 'read';
const UPLOAD = 'upload';

/** A SHA-256 in base64url, without padding. */
const SIGNATURE_LENGTH = 43;

/** Unix seconds in one spelling only, so that one asset has one URL: no sign, no leading zero, at most 11 digits. */
const EXPIRY = /^[1-9][0-9]{0,10}$/;

/** What a request brought. Null where it has none, or more than one, of a parameter. */
export interface SignedPath {
  readonly key: string;
  readonly expires: string | null;
  readonly signature: string | null;
}

/** `expired` is only said of a signature that was genuine. */
export type SignatureVerdict =
  | { readonly kind: 'valid'; readonly expiresAt: Date }
  | { readonly kind: 'missing' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'expired' };

/**
 * The HMAC key for asset URLs, derived by HKDF-SHA256 (RFC 5869): a secret that also signs something else gives away
 * nothing here, and the other way round. Throws a RangeError for an empty secret; the configuration asks for more.
 */
export function deriveSigningKey(secret: string): KeyObject {
  return deriveKey(secret, 'asset-url');
}

/** The HMAC key for upload forms, derived from the same secret for this purpose alone: no read signature fits it. */
export function deriveUploadKey(secret: string): KeyObject {
  return deriveKey(secret, 'asset-upload');
}

function deriveKey(secret: string, purpose: string): KeyObject {
  if (secret.length === 0) throw new RangeError('The secret that signs asset URLs is empty. Set ASSET_SIGNING_SECRET.');
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'roomfeed', `${purpose}/${VERSION}`, 32)));
}

/**
 * When a URL signed at `now` ends, in Unix seconds: at the end of the next window. So all URLs of one asset signed
 * within one window are the same bytes, and each lives between one and two windows.
 */
export function signedUrlExpiry(now: Date, windowSeconds: number): number {
  const window = Math.floor(now.getTime() / 1000 / windowSeconds);
  return (window + 2) * windowSeconds;
}

/** The signature of reading `key` until `expires` (Unix seconds): 43 characters of base64url. */
export function signPath(signingKey: KeyObject, key: string, expires: number): string {
  return createHmac('sha256', signingKey).update([VERSION, READ, key, expires].join('\n')).digest('base64url');
}

/** What an upload form allows: this key, of this type and length, until `expires` (Unix seconds). */
export interface UploadTerms {
  readonly key: string;
  readonly contentType: string;
  readonly byteSize: number;
  readonly expires: number;
}

/** The signature of an upload form: 43 characters of base64url. */
export function signUpload(uploadKey: KeyObject, { key, contentType, byteSize, expires }: UploadTerms): string {
  const message = [VERSION, UPLOAD, key, contentType, byteSize, expires].join('\n');
  return createHmac('sha256', uploadKey).update(message).digest('base64url');
}

/** An expiry as it is signed, or null where it is written in any other way. */
export function readExpiry(text: string): number | null {
  return EXPIRY.test(text) ? Number(text) : null;
}

/** Whether the signature is one of those expected. Takes the same time wherever they differ. */
export function isGenuine(signature: string, expected: readonly string[]): boolean {
  // The text is compared, not the bytes it decodes to: the last character has two spare bits, and one URL is enough.
  const given = Buffer.from(signature);
  let genuine = false;
  for (const text of expected) {
    const right = Buffer.from(text);
    if (given.length === right.length && timingSafeEqual(given, right)) genuine = true;
  }
  return genuine;
}

/**
 * Judges what a request brought, against the current signing key and those before it. Takes the same time wherever the
 * signature differs, and checks the signature before the expiry, so that a forger learns nothing from the answer.
 */
export function verifySignedPath(signingKeys: readonly KeyObject[], path: SignedPath, now: Date): SignatureVerdict {
  if (path.expires === null && path.signature === null) return { kind: 'missing' };
  if (path.expires === null || path.signature === null) return { kind: 'invalid' };
  const expires = readExpiry(path.expires);
  if (expires === null || path.signature.length !== SIGNATURE_LENGTH) return { kind: 'invalid' };
  const expected = signingKeys.map((signingKey) => signPath(signingKey, path.key, expires));
  if (!isGenuine(path.signature, expected)) return { kind: 'invalid' };

  const expiresAt = new Date(expires * 1000);
  return now < expiresAt ? { kind: 'valid', expiresAt } : { kind: 'expired' };
}
