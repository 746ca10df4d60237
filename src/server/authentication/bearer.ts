import { AuthenticationError } from './errors.js';

/** Tokens of identity providers are one or two kilobytes; a longer one is refused before any work is done on it. */
export const MAX_TOKEN_LENGTH = 8_192;

/** RFC 6750, section 2.1; the scheme's case does not matter (RFC 9110, section 11.1). */
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i;

/**
 * The token in an `Authorization` header.
 *
 * @throws AuthenticationError where the header holds anything but one bearer token. A header that several were joined
 * into has a comma, which no token has, so nobody's second token is read as the first.
 */
export function bearerTokenOf(header: string): string {
  // Before the pattern: not even that shall run over a megabyte.
  if (header.length > MAX_TOKEN_LENGTH + 'Bearer '.length) {
    throw new AuthenticationError(`The token is longer than ${MAX_TOKEN_LENGTH} characters.`);
  }
  const token = BEARER.exec(header.trim())?.[1];
  if (token === undefined) {
    throw new AuthenticationError(
      'The Authorization header must be "Bearer <token>", with one token. Leave the header out to be anonymous.',
    );
  }
  return token;
}
