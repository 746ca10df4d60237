import type { ModelClient } from './models.js';

/**
 * Whose rows a statement may touch. It becomes the setting `app.user_id` that the policies compare with.
 *
 * - `viewer`: one signed-in person;
 * - `anonymous`: nobody; private tables are empty, the community is readable;
 * - `system`: no setting at all. Only the service role may use it: webhooks, workers, maintenance.
 */
export type Scope =
  | { readonly kind: 'viewer'; readonly id: string }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'system' };

/** A statement with a stable name is prepared once a connection, and the database keeps its plan. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
}

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

/** Told of every statement that is sent, for counts in tests, logs and metrics. */
export type StatementListener = (sent: {
  readonly text: string;
  readonly name: string | undefined;
  readonly role: 'gateway' | 'service';
  readonly scope: Scope;
}) => void;

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
