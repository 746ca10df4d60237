import type { Databases } from '../../database/database.js';
import { incomingFolder, pictureOfKey } from '../../domain/storage-keys.js';
import * as sums from '../../repositories/asset-sums.js';
import * as orphans from '../../repositories/orphans.js';
import { InvalidStorageKey } from '../../storage/errors.js';
import type { ListedObject, Storage } from '../../storage/storage.js';

/** What storage holds, as the records have it. */
export interface StorageSums {
  readonly bytes: number;
  readonly objectCount: number;
  /** Of those: what nothing needs any more, or not yet. */
  readonly markedBytes: number;
  readonly markedCount: number;
  /** One for each kind that there is. */
  readonly byKind: readonly sums.KindSum[];
  /** Who has most, the most first. */
  readonly largest: readonly sums.OwnerSum[];
}

/** Where records and bytes disagree. */
export interface Difference {
  readonly key: string;
  /**
   * bytes_missing: on record and needed, and not in the store. size_differs: of another length than its record says.
   * not_recorded: in the store and on no record. not_ours: the same, by a key that names nothing of this gateway's.
   */
  readonly what: 'bytes_missing' | 'size_differs' | 'not_recorded' | 'not_ours';
  /** As recorded; null where it is not. */
  readonly recordedBytes: number | null;
  /** As stored; null where it is not. */
  readonly storedBytes: number | null;
  readonly ownerId: string | null;
}

export interface Verification {
  /** Everything on record. */
  records: number;
  /** Everything in the store but what was uploaded and nobody has looked at yet, which has no record. */
  objects: number;
  bytes: number;
  /** Photos that were uploaded and not completed. */
  uncompleted: number;
  differences: number;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  readonly onDifference?: (difference: Difference) => void;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Keys a look at what they are by now. */
const batchSize = 200;

type Pair = { readonly record: sums.WalkedAsset | null; readonly object: ListedObject | null };

/** What operators ask of storage: what it holds, and whether records and bytes agree. */
export function createStorageAudit({ databases, storage }: { databases: Databases; storage: Pick<Storage, 'list' | 'stat'> }) {
  const db = () => databases.service({ kind: 'system' });

  /** What the store says of a key. A record may name what can be no key. */
  async function statOf(key: string) {
    try {
      return await storage.stat(key);
    } catch (error) {
      if (error instanceof InvalidStorageKey) return null;
      throw error;
    }
  }

  /** What of these disagrees by now as well: while they were walked, things were stored and removed. */
  async function confirm(suspects: readonly string[]): Promise<Difference[]> {
    if (suspects.length === 0) return [];
    // First the record, which is there before its bytes, and then once more, as it goes after them.
    const before = new Map((await orphans.listRecords(db(), suspects)).map((record) => [record.path, record]));
    const stored = new Map(await Promise.all(suspects.map(async (key) => [key, await statOf(key)] as const)));
    const after = new Map((await orphans.listRecords(db(), suspects)).map((record) => [record.path, record]));
    return suspects.flatMap((key): Difference[] => {
      const record = after.get(key);
      const object = stored.get(key) ?? null;
      // Written, or removed, at this moment.
      if ((record === undefined) !== !before.has(key)) return [];
      const told = { key, recordedBytes: record?.byteSize ?? null, storedBytes: object?.byteSize ?? null };
      if (record === undefined) {
        if (object === null) return [];
        const picture = pictureOfKey(key);
        return [{ ...told, what: picture ? 'not_recorded' : 'not_ours', ownerId: picture?.ownerId ?? null }];
      }
      // What is marked is about to be stored, or was removed: its bytes may be missing, and what it weighs is not known yet.
      if (record.markedAt !== null) return [];
      if (object === null) return [{ ...told, what: 'bytes_missing', ownerId: record.ownerId }];
      return object.byteSize === record.byteSize ? [] : [{ ...told, what: 'size_differs', ownerId: record.ownerId }];
    });
  }

  return {
    /** What storage holds by its records, and the `largest` owners. It reads the table of records twice. */
    async measure({ largest }: { readonly largest: number }): Promise<StorageSums> {
      const byKind = await sums.sumByKind(db());
      const total = (pick: (sum: sums.KindSum) => number): number => byKind.reduce((all, sum) => all + pick(sum), 0);
      return {
        bytes: total(({ bytes }) => bytes),
        objectCount: total(({ objectCount }) => objectCount),
        markedBytes: total(({ markedBytes }) => markedBytes),
        markedCount: total(({ markedCount }) => markedCount),
        byKind,
        largest: await sums.listLargestOwners(db(), largest),
      };
    },

    /**
     * Walks all records and the whole store beside each other, in the order of keys, and tells of every difference. Costs a
     * listing of the store, and one transaction that is open as long as it takes; memory holds a page of each.
     *
     * @throws StorageUnavailable and DatabaseUnavailable
     */
    async verify({ signal, onDifference, onProgress }: VerifyOptions = {}): Promise<Verification> {
      const report: Verification = { records: 0, objects: 0, bytes: 0, uncompleted: 0, differences: 0 };
      const total = await orphans.countAssets(db());
      let suspects: string[] = [];
      async function settle(): Promise<void> {
        for (const difference of await confirm(suspects)) {
          report.differences += 1;
          onDifference?.(difference);
        }
        suspects = [];
      }
      await db().transaction(
        async (tx) => {
          const records = await sums.openRecords(tx);
          for await (const { record, object } of sideBySide(records, storage.list(''))) {
            signal?.throwIfAborted();
            if (record) report.records += 1;
            if (object?.key.startsWith(incomingFolder) && !record) {
              report.uncompleted += 1;
              continue;
            }
            if (object) {
              report.objects += 1;
              report.bytes += object.byteSize;
            }
            if (record?.byteSize !== object?.byteSize) suspects.push(record?.path ?? object?.key ?? '');
            if (suspects.length === batchSize) await settle();
            if (report.records % batchSize === 0) onProgress?.(report.records, Math.max(total, report.records));
          }
          await settle();
        },
        { readOnly: true },
      );
      onProgress?.(report.records, report.records);
      return report;
    },
  };
}

/** Two sequences in the order of keys, as one of what they have under each key. */
async function* sideBySide(nextRecords: () => Promise<sums.WalkedAsset[]>, listed: AsyncIterable<ListedObject>): AsyncGenerator<Pair> {
  const objects = listed[Symbol.asyncIterator]();
  let records: sums.WalkedAsset[] = [];
  let place = 0;
  async function nextRecord(): Promise<sums.WalkedAsset | null> {
    if (place === records.length) {
      records = await nextRecords();
      place = 0;
    }
    return records[place++] ?? null;
  }
  const nextObject = async (): Promise<ListedObject | null> => {
    const next = await objects.next();
    return next.done ? null : next.value;
  };
  try {
    let record = await nextRecord();
    let object = await nextObject();
    while (record || object) {
      const order = !record ? 1 : !object ? -1 : compare(record.path, object.key);
      yield { record: order <= 0 ? record : null, object: order >= 0 ? object : null };
      if (order <= 0) record = await nextRecord();
      if (order >= 0) object = await nextObject();
    }
  } finally {
    await objects.return?.();
  }
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
