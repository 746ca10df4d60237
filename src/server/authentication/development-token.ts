import { SignJWT } from 'jose';
import type { Secret } from '../../config/secret.js';

export interface DevelopmentTokenOptions {
  readonly profile: { readonly id: string; readonly email: string | null; readonly name?: string | null };
  readonly secret: Secret;
  readonly issuer: string | null;
  readonly audience: string | null;
  /** Seconds. */
  readonly expiresIn: number;
  readonly now?: () => Date;
}

/** A token as an identity provider would issue it, signed (HS256) with the gateway's own secret: for development only. */
export function signDevelopmentToken(options: DevelopmentTokenOptions): Promise<string> {
  const { profile, issuer, audience } = options;
  const issuedAt = Math.floor((options.now?.() ?? new Date()).getTime() / 1_000);
  const claims = {
    ...(profile.email === null ? {} : { email: profile.email }),
    ...(profile.name ? { name: profile.name } : {}),
    ...(issuer === null ? {} : { iss: issuer }),
    ...(audience === null ? {} : { aud: audience }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(profile.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + options.expiresIn)
    .sign(Buffer.from(options.secret.reveal()));
}
