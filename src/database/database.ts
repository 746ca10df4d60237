import type { ModelClient } from './models.js';
import type { Scope } from './scope.js';
import type { Statement } from './statement.js';

/** What a repository function takes first: something that runs SQL in one scope. */
export interface Sql {
  readonly scope: Scope;
  /** Runs one statement and returns its rows. The scope travels with it, in the same round trip. */
  query<Row>(statement: Statement | string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface TransactionOptions {
  /** Default: READ COMMITTED. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readonly readOnly?: boolean;
}

/** A role's database in one scope. Cheap to make: one for each request. */
export interface Database extends Sql {
  /** Prisma over the same connections and in the same scope; never merges calls of two scopes (docs/adr). */
  readonly models: ModelClient;
  /**
   * Runs `work` in one transaction, and again, with jitter and at most 5 times, after a serialization failure (40001)
   * or a deadlock (40P01); so `work` has no effects beside its statements.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>, options?: TransactionOptions): Promise<T>;
}

/** The two roles' connections. */
export interface Databases {
  /** Reads, and the user's own organising. Refuses the `system` scope. */
  gateway(scope: Scope): Database;
  /** Submission, cancelling, administration, webhooks, workers, maintenance. */
  service(scope: Scope): Database;
  /**
   * Resolves when row-level security binds both roles: no superuser, no BYPASSRLS, no owner, no member of one, and the
   * gateway no member of the service. Rejects with an UnsafeRoleError that names every fault otherwise. Start-up calls it.
   */
  verifyRoles(): Promise<void>;
  /** Resolves when both roles answer `select 1`; rejects within `timeoutMs` otherwise. */
  check(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}
