import type { DatabaseRole, Scope } from './scope.js';

/** A statement with a stable name is prepared once a connection, and the database keeps its plan. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
  /** `arrays`: each row is a list of its values, in the order of the columns. Default: an object by the columns' names. */
  readonly rows?: 'objects' | 'arrays' | undefined;
}

/** Told of every statement that is sent, for counts in tests, logs and metrics. */
export type StatementListener = (sent: {
  readonly text: string;
  readonly name: string | undefined;
  readonly role: DatabaseRole;
  readonly scope: Scope;
}) => void;
