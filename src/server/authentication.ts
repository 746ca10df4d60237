import { jwtVerify, type FetchImplementation } from 'jose';
import type { SignInSettings } from '../config/environment/sign-in.js';
import { bearerTokenOf } from './authentication/bearer.js';
import { identityOf, type Identity } from './authentication/identity.js';
import { createVerificationKeys } from './authentication/keys.js';
import { throwAsAuthenticationError } from './authentication/verification-errors.js';
import { createVerifiedTokens } from './authentication/verified-tokens.js';

/**
 * Who sends a request, by its `Authorization` header; null without one: anonymous. At once, unless the token has to be
 * verified.
 *
 * @throws AuthenticationError (401) where the header or its token is wrong in any way. A wrong token never counts as
 * none: a signed-in person would see an empty app instead of being asked to sign in.
 * @throws AuthenticationUnavailable (503) where the key server does not answer.
 */
export type Authenticator = (authorizationHeader: string | undefined) => Promise<Identity> | Identity | null;

export interface AuthenticatorSettings extends SignInSettings {
  readonly now?: () => Date;
  /** How far the issuer's clock may be off. Default 5. */
  readonly clockToleranceSeconds?: number;
  /** Verified tokens to remember. Default 5,000, about 2 MB. */
  readonly cacheSize?: number;
  readonly jwks?: {
    /** Default 5,000. */
    readonly timeoutMilliseconds?: number;
    /** Default 30,000. */
    readonly cooldownMilliseconds?: number;
    /** Default 1,000. */
    readonly retryAfterMilliseconds?: number;
    readonly fetch?: FetchImplementation;
  };
}

/**
 * Checks bearer tokens: HS256 by secret, or RS256, ES256 and EdDSA by a key server. `exp` and `sub` are required; `iss`
 * and `aud` are held to the settings where those are set.
 */
export function createAuthenticator(settings: AuthenticatorSettings): Authenticator {
  const { issuer, audience, jwks } = settings;
  const now = settings.now ?? (() => new Date());
  const { algorithms, getKey } = createVerificationKeys(settings.key, {
    timeoutMilliseconds: jwks?.timeoutMilliseconds ?? 5_000,
    cooldownMilliseconds: jwks?.cooldownMilliseconds ?? 30_000,
    retryAfterMilliseconds: jwks?.retryAfterMilliseconds ?? 1_000,
    now,
    ...(jwks?.fetch === undefined ? {} : { fetch: jwks.fetch }),
  });
  const verified = createVerifiedTokens({ maxEntries: settings.cacheSize ?? 5_000, maxAgeSeconds: 300, now });

  async function verify(token: string): Promise<Identity> {
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: [...algorithms],
      requiredClaims: ['exp', 'sub'],
      clockTolerance: settings.clockToleranceSeconds ?? 5,
      currentDate: now(),
      ...(issuer === null ? {} : { issuer }),
      ...(audience === null ? {} : { audience }),
    }).catch((error: unknown) => throwAsAuthenticationError(error, algorithms));
    const identity = identityOf(payload);
    // `exp` was required and checked to be a number.
    verified.set(token, identity, payload.exp ?? 0);
    return identity;
  }

  return (authorizationHeader) => {
    if (authorizationHeader === undefined) return null;
    const token = bearerTokenOf(authorizationHeader);
    return verified.get(token) ?? verify(token);
  };
}
