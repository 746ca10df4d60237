import type { RuntimeConfiguration } from '../../../config/runtime.js';
import type { Database, Sql } from '../../../database/database.js';
import type { Severity } from '../../../domain/upkeep.js';
import { type Fault, walkByIndexes } from '../../../repositories/data-checks/page.js';
import type { Storage } from '../../../storage/storage.js';

/** What a check looks through, and at what time. */
export interface CheckSubject {
  /** The service role's database, in the system's scope. */
  readonly db: Database;
  readonly storage: Pick<Storage, 'list' | 'stat'>;
  readonly runtime: RuntimeConfiguration;
  /** Whose rows; null for everybody's. */
  readonly ownerId: string | null;
  readonly at: Date;
  readonly signal: AbortSignal;
}

/** A fault, and whether it can be repaired, where that depends. */
export interface Finding extends Fault {
  readonly isRepairable?: boolean;
}

/** A step of a check. */
export interface CheckStep {
  readonly examined: number;
  readonly findings: readonly Finding[];
}

/** A way in which a check can fail. */
export interface IssueKind {
  readonly severity: Severity;
  /** For people. Of the fault's detail it names nothing that a person wrote. */
  readonly describe: (finding: Finding) => string;
  readonly action: string;
  /** Which repair it has; absent where only people can tell what to do. */
  readonly repair?: RepairName;
}

export type RepairName =
  | 'make_favorites'
  | 'set_cover'
  | 'recompute_sums'
  | 'keep_picture'
  | 'record_picture'
  | 'mark_picture'
  | 'set_size'
  | 'give_up_job'
  | 'enqueue_job'
  | 'process_event';

export interface DataCheck {
  /** In snake_case. */
  readonly name: string;
  /** What is held against what. */
  readonly description: string;
  /** By category. */
  readonly kinds: Readonly<Record<string, IssueKind>>;
  /** Each step keeps a page in memory at most. Stops where the subject's signal is aborted, by throwing its reason. */
  run(subject: CheckSubject): AsyncIterable<CheckStep>;
}

export const minutes = 60_000;
export const hours = 60 * minutes;

export const ago = (at: Date, ms: number): Date => new Date(at.getTime() - ms);

/** Reads a page: one statement, in a transaction that lasts no longer. */
export function readPage<T>(db: Database, read: (tx: Sql) => Promise<T>): Promise<T> {
  return db.transaction(
    async (tx) => {
      await walkByIndexes(tx);
      return read(tx);
    },
    { readOnly: true },
  );
}
