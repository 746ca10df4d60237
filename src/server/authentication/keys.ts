import { createSecretKey } from 'node:crypto';
import { createRemoteJWKSet, customFetch, errors, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import type { SignInKey } from '../../config/environment/sign-in.js';
import { AuthenticationUnavailable } from './errors.js';

/** How signatures are checked. The algorithms are pinned: a token's own `alg` never chooses the kind of key. */
export interface VerificationKeys {
  readonly algorithms: readonly string[];
  readonly getKey: JWTVerifyGetKey;
}

export interface JwksOptions {
  /** How long the key server may take to answer. */
  readonly timeoutMilliseconds: number;
  /** After keys were fetched, an unknown `kid` fetches again at the earliest so much later: strangers can invent `kid`s. */
  readonly cooldownMilliseconds: number;
  /** Without any keys, nobody asks again for so long after a failure: otherwise every request waits for a time-out. */
  readonly retryAfterMilliseconds: number;
  readonly fetch?: FetchImplementation;
  readonly now: () => Date;
}

/** Keys older than this are fetched anew, so a withdrawn one stops working. */
const MAX_KEY_AGE_MILLISECONDS = 600_000;

export function createVerificationKeys(key: SignInKey, options: JwksOptions): VerificationKeys {
  if (key.kind === 'jwks') return { algorithms: ['RS256', 'ES256', 'EdDSA'], getKey: remoteKeys(key.url, options) };
  const secretKey = createSecretKey(Buffer.from(key.secret.reveal()));
  return { algorithms: ['HS256'], getKey: () => Promise.resolve(secretKey) };
}

/** What says something about the token; every other error says that the key server failed. */
const tokenErrors = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported];

function remoteKeys(url: string, options: JwksOptions): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: options.timeoutMilliseconds,
    cooldownDuration: options.cooldownMilliseconds,
    cacheMaxAge: MAX_KEY_AGE_MILLISECONDS,
    ...(options.fetch === undefined ? {} : { [customFetch]: options.fetch }),
  });
  let failure: { readonly error: unknown; readonly until: number } | null = null;
  return async (header, token) => {
    // Only where nothing is cached: a stranger's unknown `kid` must not shut out those whose key is known.
    if (failure !== null && !keys.fresh && options.now().getTime() < failure.until) {
      throw new AuthenticationUnavailable(failure.error);
    }
    try {
      const found = await keys(header, token);
      failure = null;
      return found;
    } catch (error) {
      if (tokenErrors.some((kind) => error instanceof kind)) throw error;
      failure = { error, until: options.now().getTime() + options.retryAfterMilliseconds };
      throw new AuthenticationUnavailable(error);
    }
  };
}
