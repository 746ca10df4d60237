/**
 * Outcomes of a mutation that a client should expect: members of its result, not entries of the answer's error list
 * (docs/adr/0004). They know nothing of GraphQL; the schema lists them among a mutation's errors. A service throws one
 * before anything is written, or inside the transaction that it undoes.
 */
export abstract class UserError extends Error {
  abstract readonly code: UserErrorCode;

  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** Every code; some have their class beside the service that throws it. */
export type UserErrorCode =
  | 'INVALID_INPUT'
  | 'NOT_FOUND'
  | 'ACCESS_SUSPENDED'
  | 'FAVORITES_PROTECTED'
  | 'COLLECTION_LIMIT_REACHED'
  | 'QUOTA_EXCEEDED'
  | 'TOO_MANY_IN_FLIGHT'
  | 'IDEMPOTENCY_CONFLICT'
  | 'JOB_NOT_CANCELABLE'
  | 'STALE_ORDER'
  | 'FILE_TOO_LARGE'
  | 'UNSUPPORTED_FILE_TYPE'
  | 'UPLOAD_MISSING'
  | 'UNREADABLE_IMAGE'
  | 'PROMPT_REJECTED'
  | 'BILLING_UNAVAILABLE'
  | 'PLAN_UNCHANGED'
  | 'UNKNOWN_PLAN'
  | 'NO_SUBSCRIPTION'
  | 'ALREADY_SUBSCRIBED'
  | 'PAYMENT_DECLINED';

/** One thing that is wrong with an input. */
export interface InputIssue {
  /** Where in the input: `['name']`, `['renderIds', '3']`. */
  readonly path: readonly string[];
  /** What is wrong, and what would be right; for people. */
  readonly message: string;
}

/** Some of the input is wrong. All that can be told at once is told at once. */
export class InvalidInput extends UserError {
  readonly code = 'INVALID_INPUT';

  constructor(readonly issues: readonly [InputIssue, ...InputIssue[]]) {
    super(issues.length === 1 ? issues[0].message : `${issues.length} things are wrong with the input; see "issues".`);
  }
}

/** There is no such object, or it is not the caller's: which of the two is nobody's business. */
export class NotFound extends UserError {
  readonly code = 'NOT_FOUND';

  /** `what` is a noun, such as "collection"; of what belongs to nobody, nothing is said about whose it is. */
  constructor(what: string, kind: 'owned' | 'shared' = 'owned') {
    super(kind === 'owned' ? `There is no such ${what}, or it is not yours.` : `There is no such ${what}.`);
  }
}

/** The account may read and not write. */
export class AccessSuspended extends UserError {
  readonly code = 'ACCESS_SUSPENDED';

  constructor() {
    super('Your account is suspended: you can read, and change nothing. Contact support to have it looked at.');
  }
}

/** The default favorites may be neither renamed nor deleted. */
export class FavoritesProtected extends UserError {
  readonly code = 'FAVORITES_PROTECTED';

  constructor(action: 'renamed' | 'deleted') {
    super(`Your favorites cannot be ${action}. Make a collection of your own for what you want to arrange differently.`);
  }
}

/** The account has as many collections as it may have. */
export class CollectionLimitReached extends UserError {
  readonly code = 'COLLECTION_LIMIT_REACHED';

  constructor(readonly limit: number) {
    super(`An account may have ${limit} collections, the favorites included. Delete one that you no longer need.`);
  }
}

/** A list changed since the caller read it. */
export class StaleOrder extends UserError {
  readonly code = 'STALE_ORDER';

  /** `currentIds` is the list as it stands, in its order: rows' own ids. */
  constructor(readonly currentIds: readonly string[]) {
    super('The list changed since you read it. Arrange what is there now, and send the whole order again.');
  }
}
