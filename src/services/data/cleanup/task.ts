import { DatabaseUnavailable } from '../../../database/errors.js';
import { reasonOf } from '../../../domain/reasons.js';
import type { CleanupDetail } from '../../../domain/upkeep.js';

/** One run of a task: what it may do, and where it tells what it did. */
export interface CleanupPass {
  /** Whether nothing is to be changed: everything is found, and told as if it had been. */
  readonly dryRun: boolean;
  /** Tells of things that were looked at. */
  examined(count: number): void;
  /** Tells of a thing that was changed, or would be. */
  changed(detail: CleanupDetail): void;
  /** Tells of a thing that could not be changed; the others still are. Rethrows where there is no database to go on with. */
  failed(what: string, error: unknown): void;
  /** How many things to look at next, at most `wanted`; 0 where the task has to end here. */
  next(wanted: number): number;
}

/** What a task does. What it rejects with is told in its report, and the other tasks are still done. */
export type CleanupWork = (pass: CleanupPass) => Promise<void>;

/** How one kind of thing is found and changed. */
export interface Finding<Row> {
  /** Things that are changed at once. Default: 1,000, by one statement in some milliseconds. */
  readonly batchSize?: number;
  /** A page of things in an order of their own, behind the last one of the page before. */
  list(page: { readonly after: Row | null; readonly limit: number }): Promise<readonly Row[]>;
  /** Whether this one is to be changed; without it all are. */
  isDue?(row: Row): boolean;
  idOf(row: Row): string;
  describe(row: Row): Omit<CleanupDetail, 'id'>;
  /** Changes these, and returns the ids of those that it changed; what has moved on since is left. */
  change(rows: readonly Row[]): Promise<readonly string[]>;
}

/** Goes through everything of a kind once, a page at a time, and changes what is due. */
export async function goThrough<Row>(
  pass: CleanupPass,
  { batchSize = 1_000, list, isDue = () => true, idOf, describe, change }: Finding<Row>,
): Promise<void> {
  /** Where one row makes the statement for all of them fail, the others are changed one by one. */
  async function changeAll(rows: readonly Row[]): Promise<ReadonlySet<string>> {
    try {
      return new Set(await change(rows));
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
    }
    const changed = new Set<string>();
    for (const row of rows) {
      try {
        for (const id of await change([row])) changed.add(id);
      } catch (error) {
        pass.failed(idOf(row), error);
      }
    }
    return changed;
  }

  let after: Row | null = null;
  for (let limit = pass.next(batchSize); limit > 0; limit = pass.next(batchSize)) {
    const rows: readonly Row[] = await list({ after, limit });
    pass.examined(rows.length);
    const due = rows.filter(isDue);
    const changed = pass.dryRun || due.length === 0 ? null : await changeAll(due);
    for (const row of due) if (changed === null || changed.has(idOf(row))) pass.changed({ id: idOf(row), ...describe(row) });
    if (rows.length < limit) return;
    after = rows.at(-1) ?? null;
  }
}

/** Does one after the other; where one cannot be done, the next ones still are. */
export async function eachOf(pass: CleanupPass, parts: Readonly<Record<string, () => Promise<void>>>): Promise<void> {
  for (const [what, work] of Object.entries(parts)) {
    try {
      await work();
    } catch (error) {
      pass.failed(what, error);
    }
  }
}

/** For `failed`: in words that are safe to show. */
export function failureOf(what: string, error: unknown): string {
  if (error instanceof DatabaseUnavailable) throw error;
  return `${what}: ${reasonOf(error)}`;
}

/** An instant for people, to the second. */
export function when(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
