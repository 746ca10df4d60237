import type { Databases, Sql } from '../../database/database.js';
import { eachAtOnce } from '../../domain/at-once.js';
import { reasonOf } from '../../domain/reasons.js';
import * as assets from '../../repositories/assets.js';
import type { Storage } from '../../storage/storage.js';

/** What a pass came to. */
export interface RemovalReport {
  /** Pictures whose bytes and rows are gone. */
  readonly removed: number;
  /** Pictures that something refers to after all: their marks were taken away. */
  readonly kept: number;
  /** Pictures that the store would not delete. They stay marked, and the next pass tries again. */
  readonly failed: number;
  /** The first of those, with a word on why that is safe to log. */
  readonly firstFailure: { readonly key: string; readonly reason: string } | null;
}

/**
 * Pictures a transaction, and so the most that a crash leaves to do again. An S3 server takes a thousand in one call; it is
 * fewer, because whoever submits a photo just as it goes waits for its batch.
 */
const batchSize = 250;

/** Calls at once to a store that would not delete a batch. */
const singleCalls = 8;

const nothingDone: RemovalReport = { removed: 0, kept: 0, failed: 0, firstFailure: null };

export type RemovalService = ReturnType<typeof createRemovalService>;

/** Removes from storage what nothing needs any more: first the bytes, then the row that knows of them. */
export function createRemovalService({
  databases,
  storage,
  now = () => new Date(),
}: {
  databases: Databases;
  storage: Pick<Storage, 'delete' | 'check'>;
  now?: () => Date;
}) {
  /**
   * Deletes the bytes of these keys; those that could not be deleted come with what was thrown.
   *
   * @throws whatever the store's check rejects with, where it is not only some of the keys that cannot be deleted.
   */
  async function deleteBytes(keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const failures = new Map<string, unknown>();
    try {
      await storage.delete(keys);
    } catch {
      // One key fails for all of its batch. Hundreds of calls to a store that is away would only be in its way.
      await storage.check();
      await eachAtOnce(keys, singleCalls, async (key) => {
        await storage.delete([key]).catch((error: unknown) => failures.set(key, error));
      });
    }
    return failures;
  }

  async function removeBatch(tx: Sql, due: readonly assets.DueAsset[], at: Date): Promise<RemovalReport> {
    const referred = await assets.listReferredAssets(tx, due);
    if (referred.size > 0) await assets.unmarkAssets(tx, [...referred]);
    const paths = due.map(({ path }) => path).filter((path) => !referred.has(path));
    const failures = await deleteBytes(paths);
    const gone = paths.filter((path) => !failures.has(path));
    const first = paths.find((path) => failures.has(path));
    return {
      removed: await assets.deleteDueAssets(tx, gone, at),
      kept: referred.size,
      failed: failures.size,
      firstFailure: first === undefined ? null : { key: first, reason: reasonOf(failures.get(first)) },
    };
  }

  return {
    /**
     * One pass: visits every picture that is due when it begins once, in batches of 250, except those that another
     * process is removing. Where it ends early, through `signal` or an error, what is left stays marked.
     *
     * The transaction of a batch stays open while the storage works. Its locks are what makes "nothing refers to it" hold
     * until the bytes are gone: whoever wants to refer to a marked picture takes its mark away, waits for the lock to do
     * so, and finds the row gone. They also keep other processes off the same pictures. It costs one connection of the
     * pool for as long as a batch of deletions takes, and keeps nobody else waiting, because the rows are those that
     * nothing needs. A store that hangs does not hold it for ever: the server ends a transaction that is idle for a
     * minute, and the rows stay marked. What a batch reads does not depend on how much there is of anything.
     *
     * A process that dies after the bytes and before the rows leaves rows without bytes, which the next pass removes:
     * deleting what is not there is no error. The transaction may be run twice for the same reason.
     *
     * @throws StorageUnavailable and DatabaseUnavailable, with what the batches before removed staying removed.
     */
    async removeDue(signal?: AbortSignal): Promise<RemovalReport> {
      const db = databases.service({ kind: 'system' });
      const at = now();
      let report = nothingDone;
      let last: assets.DueAsset | null = null;
      do {
        const after = last;
        const batch: { due: readonly assets.DueAsset[]; report: RemovalReport } = await db.transaction(async (tx) => {
          const due = await assets.takeDueAssets(tx, { now: at, after, limit: batchSize });
          return { due, report: due.length > 0 ? await removeBatch(tx, due, at) : nothingDone };
        });
        report = sum(report, batch.report);
        last = batch.due.length === batchSize ? (batch.due.at(-1) ?? null) : null;
      } while (last && !signal?.aborted);
      return report;
    },
  };
}

function sum(a: RemovalReport, b: RemovalReport): RemovalReport {
  return {
    removed: a.removed + b.removed,
    kept: a.kept + b.kept,
    failed: a.failed + b.failed,
    firstFailure: a.firstFailure ?? b.firstFailure,
  };
}
