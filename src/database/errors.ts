import pg from 'pg';

/**
 * What the database can answer beside rows. Messages are safe to log: they hold no SQL and no values, because a server's
 * own words quote both. `code` is the SQLSTATE where there is one.
 */
export class DatabaseError extends Error {
  override readonly name: string = 'DatabaseError';

  constructor(
    message: string,
    readonly code?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** No connection: refused, lost, ended by the server, or none free in time. */
export class DatabaseUnavailable extends DatabaseError {
  override readonly name = 'DatabaseUnavailable';

  constructor(
    message: string,
    code?: string,
    /** True where a COMMIT was sent and its answer lost: the work may or may not have happened. */
    readonly outcomeUnknown = false,
  ) {
    super(message, code);
  }
}

/** A statement was cancelled after `statement_timeout` (57014), or did not get a lock in time (55P03). */
export class StatementTimeout extends DatabaseError {
  override readonly name = 'StatementTimeout';
}

/** Another transaction was in the way (40001, 40P01); the same work may succeed when run again. */
export class SerializationFailure extends DatabaseError {
  override readonly name = 'SerializationFailure';
}

/** A constraint or a trigger refused the row (class 23). `constraint` names it where the server does. */
export class ConstraintViolation extends DatabaseError {
  override readonly name = 'ConstraintViolation';

  constructor(
    override readonly code: string,
    readonly constraint: string | undefined,
  ) {
    super(`A constraint was violated${constraint ? ` (${constraint})` : ''}.`, code);
  }
}

/** The role may not do this, by a grant or by a policy (42501). */
export class PrivilegeDenied extends DatabaseError {
  override readonly name = 'PrivilegeDenied';
}

/** `findFirstOrThrow` and its kin found nothing that the scope may see. */
export class RowNotFound extends DatabaseError {
  override readonly name = 'RowNotFound';
}

/** A statement without a scope, in the wrong one, or one that would leave its scope behind. A fault of the program. */
export class ScopeError extends Error {
  override readonly name = 'ScopeError';
}

/** Makes one of the classes above of what the driver threw. */
export function toDatabaseError(error: unknown): Error {
  if (error instanceof DatabaseError || error instanceof ScopeError) return error;
  if (error instanceof pg.DatabaseError) {
    // A fault in the program's own SQL, whose words quote that SQL and no value: the reader of a log or a test needs them.
    if (isFaultySql(error.code)) {
      return new DatabaseError(`The statement is faulty (${error.code}).`, error.code, { cause: error });
    }
    return fromSqlState(error.code, error.constraint);
  }
  return new DatabaseUnavailable('The database cannot be reached, or the connection to it was lost.');
}

/** The class of a SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
export function fromSqlState(code: string | undefined, constraint?: string): DatabaseError {
  if (code === undefined) return new DatabaseError('The database refused the statement.');
  if (code === '40001' || code === '40P01') {
    return new SerializationFailure(`Another transaction was in the way (${code}); run the work again.`, code);
  }
  if (code === '57014' || code === '55P03') {
    return new StatementTimeout(`The statement took longer than it may (${code}).`, code);
  }
  if (code === '42501') return new PrivilegeDenied('The role may not do this (42501).', code);
  if (code.startsWith('23')) return new ConstraintViolation(code, constraint);
  if (isUnavailable(code)) return new DatabaseUnavailable(`The database is not available (${code}).`, code);
  return new DatabaseError(`The database refused the statement (${code}).`, code);
}

/** 42: syntax, unknown names, types that do not fit; 42501 is a matter of rights. */
function isFaultySql(code: string | undefined): boolean {
  return code !== undefined && code.startsWith('42') && code !== '42501';
}

/** 08 connection, 28 and 3D sign-in, 53 out of resources, 57P shutdown and the like, 25P03 idle in a transaction. */
function isUnavailable(code: string): boolean {
  return /^(08|28|3D|53|57P)/.test(code) || code === '25P03';
}
