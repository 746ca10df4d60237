/**
 * The database could not be brought to the state that this version needs. The message says what happened and what to
 * do, for the person who runs the gateway; it holds no SQL, no password and no stack.
 */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';

  constructor(
    message: string,
    /** The SQLSTATE, Prisma's code (`P3009`) or the system's (`ECONNREFUSED`); null where there is none. */
    readonly code: string | null,
    /** The folder's name; null where no single migration is at fault. */
    readonly migration: string | null,
  ) {
    super(message);
  }
}
