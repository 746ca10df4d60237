import { v5 as uuidV5 } from 'uuid';
import type { JWTPayload } from 'jose';
import { AuthenticationError } from './errors.js';

/** Who a verified token says the caller is. Role and account status are not in it: they are read from the database. */
export interface Identity {
  /** The id of the caller's profile: a UUID, lower case. */
  readonly profileId: string;
  /** The token's `sub`, as it came; 1-255 characters. */
  readonly subject: string;
  /** Lower case, at most 254 characters; null where the token has none or one that cannot be an address. */
  readonly email: string | null;
  /** Trimmed, at most 100 characters; null where the token has none. */
  readonly name: string | null;
  /** When the token ends (`exp`), in seconds since 1970. */
  readonly expiresAtSeconds: number;
}

/**
 * The UUIDv5 namespace of subjects that are no UUID. It must never change: every profile made from such a subject would
 * lose its owner.
 */
const SUBJECT_NAMESPACE = '54234677-c163-4ab5-ab3b-ae34dce271cb';

/** OpenID Connect Core, section 2: a subject is at most 255 characters. */
const MAX_SUBJECT_LENGTH = 255;
/** RFC 5321, section 4.5.3.1.3: a path is at most 256 octets, its brackets included. */
const MAX_EMAIL_LENGTH = 254;
const MAX_NAME_LENGTH = 100;

/** Any 128 bits that PostgreSQL takes as `uuid`, whatever their version says. */
const UUID_SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Neither is text to PostgreSQL (NUL) or to UTF-8 (lone surrogates), and none belongs in a name. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/**
 * The profile that a subject owns: the subject itself where it is a UUID, otherwise the UUIDv5 of issuer and subject, so
 * that the same person has the same profile in every process and no two issuers share one.
 */
export function profileIdOf(issuer: string | null, subject: string): string {
  if (UUID_SHAPE.test(subject)) return subject.toLowerCase();
  // JSON keeps ("a", "bc") and ("ab", "c") apart, which plain concatenation would not.
  return uuidV5(JSON.stringify([issuer ?? '', subject]), SUBJECT_NAMESPACE);
}

/**
 * Reads the claims of a token whose signature has been verified.
 *
 * @throws AuthenticationError where `sub` cannot name a person. An odd `email` or `name` is left out instead: sign-in
 * does not depend on either.
 */
export function identityOf(claims: JWTPayload): Identity {
  const { sub: subject, iss: issuer } = claims;
  if (
    typeof subject !== 'string' ||
    subject === '' ||
    subject.length > MAX_SUBJECT_LENGTH ||
    UNPRINTABLE.test(subject)
  ) {
    throw new AuthenticationError(`The token's "sub" claim must be 1 to ${MAX_SUBJECT_LENGTH} printable characters.`);
  }
  return {
    profileId: profileIdOf(typeof issuer === 'string' ? issuer : null, subject),
    subject,
    email: emailOf(claims['email']),
    name: nameOf(claims['name']),
    // Whoever verified the token required it, and checked that it is a number.
    expiresAtSeconds: claims.exp ?? 0,
  };
}

function emailOf(claim: unknown): string | null {
  if (typeof claim !== 'string') return null;
  const email = claim.trim().toLowerCase();
  if (email.length > MAX_EMAIL_LENGTH || UNPRINTABLE.test(email)) return null;
  return /^[^\s@]+@[^\s@]+$/.test(email) ? email : null;
}

function nameOf(claim: unknown): string | null {
  if (typeof claim !== 'string' || UNPRINTABLE.test(claim)) return null;
  // By code points: cutting through a surrogate pair would leave half a character.
  const name = [...claim.trim()].slice(0, MAX_NAME_LENGTH).join('').trim();
  return name === '' ? null : name;
}
