/**
 * Faults of a request that a client is told in plain words. They know nothing of GraphQL or HTTP: the server maps
 * `code` to the answer's shape. Everything else that is thrown is masked.
 */
export abstract class PublicError extends Error {
  abstract readonly code: string;
  /** Marks the message as written for clients. */
  readonly isPublic = true;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** An argument that no request should hold: an undecodable cursor or id, a page size out of bounds, an unknown preset. */
export class BadUserInput extends PublicError {
  readonly code = 'BAD_USER_INPUT';
}

/** The caller is not signed in and the operation needs somebody. */
export class Unauthenticated extends PublicError {
  readonly code = 'UNAUTHENTICATED';

  constructor(message = 'Sign in first: send the header "Authorization: Bearer <token>".') {
    super(message);
  }
}

/** The caller is signed in and may not do this. */
export class Forbidden extends PublicError {
  readonly code = 'FORBIDDEN';

  constructor(message = 'Your account may not do this.') {
    super(message);
  }
}

/** The caller's account was deleted, and is never opened again. */
export class AccountDeleted extends PublicError {
  readonly code = 'ACCOUNT_DELETED';

  constructor(readonly erasedAt: Date) {
    super(
      `This account was deleted on ${erasedAt.toISOString().slice(0, 10)}. It cannot be used or restored; ` +
        'to use the app again, sign up with another account.',
    );
  }
}
