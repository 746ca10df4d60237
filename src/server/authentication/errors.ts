/** The caller's sign-in is wrong. The message is for the client: it names what is wrong and never quotes the token. */
export class AuthenticationError extends Error {
  readonly code = 'UNAUTHENTICATED';
  readonly isPublic = true;

  constructor(message: string) {
    super(message);
    this.name = 'AuthenticationError';
  }
}

/**
 * Nobody's token can be checked at the moment, because the key server does not answer. The caller did nothing wrong, so
 * this is a 503 and not a 401: a client that signs its user out on 401 must not do so here.
 */
export class AuthenticationUnavailable extends Error {
  readonly code = 'SERVICE_UNAVAILABLE';
  readonly isPublic = true;

  constructor(cause: unknown) {
    super('Sign-in cannot be checked right now. Try again in a few seconds.', { cause });
    this.name = 'AuthenticationUnavailable';
  }
}
