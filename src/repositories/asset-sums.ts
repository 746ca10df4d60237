import type { Sql } from '../database/database.js';
import type { RecordedAsset } from './orphans.js';

/** What is on record of one kind of picture. */
export interface KindSum {
  readonly kind: string;
  readonly bytes: number;
  readonly objectCount: number;
  /** Of those: what nothing needs any more, or not yet, and is removed when it falls due. */
  readonly markedBytes: number;
  readonly markedCount: number;
}

// float8 holds whole numbers up to 2^53 bytes exactly, and reaches JavaScript as a number.
const sums = 'coalesce(sum(byte_size), 0)::float8 as bytes, count(*)::int as "objectCount"';

/** What is on record of everybody's, by kind. It reads the whole table. */
export function sumByKind(db: Sql): Promise<KindSum[]> {
  return db.query<KindSum>(
    `select kind, ${sums}, coalesce(sum(byte_size) filter (where marked_at is not null), 0)::float8 as "markedBytes",
       (count(*) filter (where marked_at is not null))::int as "markedCount"
     from assets group by kind order by kind`,
  );
}

/** What somebody has on record. */
export interface OwnerSum {
  readonly ownerId: string;
  readonly bytes: number;
  readonly objectCount: number;
}

/** Those who have most on record, the most first. It reads the whole table. */
export function listLargestOwners(db: Sql, limit: number): Promise<OwnerSum[]> {
  return db.query<OwnerSum>(
    `select owner_id as "ownerId", ${sums} from assets where owner_id is not null
     group by owner_id order by sum(byte_size) desc, owner_id limit $1::int`,
    [limit],
  );
}

/** A record as a walk meets it. */
export type WalkedAsset = RecordedAsset & { readonly isMarked: boolean };

/**
 * All records in the order in which a store lists keys, as they are at this moment; for the transaction in which it was
 * opened. A cursor, because no index has that order in every database: the table is sorted once, and not for each page.
 */
export async function openRecords(tx: Sql): Promise<() => Promise<WalkedAsset[]>> {
  await tx.query(
    `declare records no scroll cursor for
     select path, owner_id as "ownerId", kind, byte_size as "byteSize", marked_at is not null as "isMarked"
     from assets order by path collate "C"`,
  );
  return () => tx.query<WalkedAsset>('fetch 2000 from records');
}
