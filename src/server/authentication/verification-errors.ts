import { errors } from 'jose';
import { AuthenticationError } from './errors.js';

/** Says in words for the client what jose found wrong with a token, and rethrows what is not about the token. */
export function throwAsAuthenticationError(error: unknown, algorithms: readonly string[]): never {
  const message = messageOf(error, algorithms);
  if (message === null) throw error;
  throw new AuthenticationError(message);
}

const claimWords: Readonly<Record<string, string>> = {
  iss: 'The token was issued by somebody else than this API trusts ("iss").',
  aud: 'The token is meant for another API ("aud").',
};

function messageOf(error: unknown, algorithms: readonly string[]): string | null {
  if (error instanceof errors.JWTExpired) {
    // jose's class also stands for a token's age, which is not limited here.
    return `The token expired${instant(error.payload.exp, ' at ')}. Sign in again.`;
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return `The token has no "${error.claim}" claim, which is required.`;
    if (error.reason === 'invalid') return `The token's "${error.claim}" claim has the wrong type.`;
    if (error.claim === 'nbf') return `The token is not valid yet${instant(error.payload.nbf, '; it will be from ')}.`;
    return claimWords[error.claim] ?? `The token's "${error.claim}" claim is not accepted.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return `The token's algorithm is not accepted. It must be ${algorithms.join(' or ')}.`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The token's signature is wrong.";
  if (error instanceof errors.JWKSNoMatchingKey) return 'The token is signed with a key that this API does not know.';
  if (error instanceof errors.JWKSMultipleMatchingKeys) return 'The token does not say which key signed it ("kid").';
  // Only the classes named above are the key server's; whatever else jose throws, it threw over the token.
  return error instanceof errors.JOSEError ? 'The token is malformed: it is not a signed JSON Web Token.' : null;
}

function instant(seconds: unknown, lead: string): string {
  if (typeof seconds !== 'number') return '';
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? '' : `${lead}${date.toISOString()}`;
}
