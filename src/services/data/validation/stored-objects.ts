import { incomingFolder, ownerFolders } from '../../../domain/storage-keys.js';
import { listReferredAssets } from '../../../repositories/assets.js';
import * as records from '../../../repositories/data-checks/assets.js';
import type { ListedObject } from '../../../storage/storage.js';
import { ago, type CheckStep, type CheckSubject, type Finding, hours, minutes, readPage } from './check.js';

const batchSize = 2_000;

/** Whoever stores bytes has announced them, due in an hour; whoever announces a photo that stays, for 30 days. */
const storingMs = 70 * minutes;
/** A form is over within this time at most, and what came by it is swept away. */
const sweptWithinMs = 24 * hours;

type Found = Pick<Finding, 'category' | 'detail'> | null;

/**
 * Holds the records beside a listing of the store, both in the order of keys, in one pass. The two are not of one instant:
 * what differs is looked at again, one by one. A record is written before its bytes and deleted after them, so bytes that
 * are there before and after a look for their record have none, and a record in use before and after a look for its bytes
 * has lost them.
 */
export async function* compareStore(subject: CheckSubject): AsyncGenerator<CheckStep> {
  const { ownerId, storage } = subject;
  for (const prefix of ownerId === null ? [''] : ownerFolders(ownerId)) {
    yield* mergePrefix(subject, prefix, storage.list(prefix));
  }
}

async function* mergePrefix(subject: CheckSubject, prefix: string, listing: AsyncIterable<ListedObject>): AsyncGenerator<CheckStep> {
  const { signal, at } = subject;
  const rows = recordsOf(subject, prefix);
  const objects = listing[Symbol.asyncIterator]();
  let examined = 0;
  let findings: Finding[] = [];
  try {
    let row = await rows.next();
    let object = await objects.next();
    while (!row.done || !object.done) {
      signal.throwIfAborted();
      const record: records.StoredRecord | null = row.done ? null : row.value;
      const listed: ListedObject | null = object.done ? null : object.value;
      const isRecordNext = record !== null && (listed === null || record.path <= listed.key);
      const isObjectNext = listed !== null && (record === null || listed.key <= record.path);
      const path = isRecordNext ? record.path : (listed as ListedObject).key;
      const found = await look(subject, path, isRecordNext ? record : null, isObjectNext ? listed : null);
      if (found) findings.push({ ...found, id: path, ownerId: ownerOf(path, isRecordNext ? record : null) });
      examined += 1;
      if (examined === batchSize) {
        yield { examined, findings };
        examined = 0;
        findings = [];
      }
      if (isRecordNext) row = await rows.next();
      if (isObjectNext) object = await objects.next();
    }
  } finally {
    await objects.return?.();
    await rows.return(undefined);
  }
  yield { examined, findings };

  async function look(
    { db, storage }: CheckSubject,
    path: string,
    record: records.StoredRecord | null,
    listed: ListedObject | null,
  ): Promise<Found> {
    if (listed && !record) {
      if (path.startsWith(incomingFolder)) {
        return listed.lastModified < ago(at, sweptWithinMs) ? { category: 'incoming_left_behind', detail: {} } : null;
      }
      if (await recordNow(path)) return null;
      if (!(await storage.stat(path)) || (await recordNow(path))) return null;
      // Told of with the row that names it.
      const isNamed = (await listReferredAssets(db, [{ path, ownerId: ownerOf(path, null) }])).has(path);
      return isNamed ? null : { category: 'object_without_record', detail: { byteSize: listed.byteSize } };
    }
    if (!record?.isKey || !isKept(record)) return null;
    if (listed?.byteSize === record.byteSize) return null;
    const stored = await storage.stat(path);
    const present = await recordNow(path);
    if (!present || !isKept(present) || stored?.byteSize === present.byteSize) return null;
    if (!stored) return { category: 'bytes_missing', detail: {} };
    const claimed = await records.claimedSize(db, path);
    const category = claimed === null || claimed === stored.byteSize ? 'recorded_size_differs' : 'bytes_differ';
    return { category, detail: { path, stored: stored.byteSize, recorded: present.byteSize } };
  }

  async function recordNow(path: string): Promise<records.StoredRecord | null> {
    return (await records.listRecordsByPath(subject.db, [path]))[0] ?? null;
  }

  /** Its bytes are to be there: they are in use, or kept for somebody who may use them. */
  function isKept({ markedAt }: records.StoredRecord): boolean {
    return markedAt === null || markedAt.getTime() > at.getTime() + storingMs;
  }
}

async function* recordsOf({ db }: CheckSubject, prefix: string): AsyncGenerator<records.StoredRecord, undefined> {
  let after = '';
  let page: readonly records.StoredRecord[];
  do {
    const behind = after;
    page = await readPage(db, (tx) => records.listRecords(tx, { prefix, after: behind, limit: batchSize }));
    yield* page;
    after = page.at(-1)?.path ?? '';
  } while (page.length === batchSize);
}

/** Whose a picture is by its record, or by its key. */
function ownerOf(path: string, record: records.StoredRecord | null): string | null {
  if (record) return record.ownerId;
  const [folder, owner = ''] = path.split('/');
  return (folder === 'renders' || folder === 'inputs') && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(owner) ? owner : null;
}
