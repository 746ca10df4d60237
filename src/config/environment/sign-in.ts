import type { Secret } from '../secret.js';
import { safeUrl, signingSecret, text } from '../values.js';
import type { Variables } from '../variables.js';

/** What signatures are checked with. */
export type SignInKey =
  | { readonly kind: 'secret'; readonly secret: Secret }
  | { readonly kind: 'jwks'; readonly url: string };

export interface SignInSettings<Gap = never> {
  readonly key: SignInKey | Gap;
  /** What a token's `iss` must be; null: it is not looked at. */
  readonly issuer: string | null;
  /** What a token's `aud` must be or hold; null: it is not looked at. */
  readonly audience: string | null;
}

export function parseSignIn(variables: Variables, production: boolean): SignInSettings<null> {
  return {
    key: parseKey(variables, production),
    issuer: variables.read('JWT_ISSUER', text),
    audience: variables.read('JWT_AUDIENCE', text),
  };
}

function parseKey(variables: Variables, production: boolean): SignInKey | null {
  const secret = variables.read('JWT_SECRET', signingSecret);
  const url = variables.read('JWKS_URL', safeUrl);
  if (variables.has('JWT_SECRET') && variables.has('JWKS_URL')) {
    variables.fault('JWKS_URL', 'is given beside JWT_SECRET; keep the one that signs your tokens');
  } else if (production && !variables.has('JWT_SECRET') && !variables.has('JWKS_URL')) {
    variables.fault('JWT_SECRET', 'is missing; production needs it, or JWKS_URL, to check who signs in');
  }
  if (secret !== null) return { kind: 'secret', secret };
  return url === null ? null : { kind: 'jwks', url };
}
