import type { Sql } from '../database/database.js';

export interface StorageSum {
  readonly kind: string;
  readonly bytes: number;
  readonly objectCount: number;
}

/** What an owner's assets weigh, by kind. */
export function sumAssetsByKind(db: Sql, ownerId: string): Promise<StorageSum[]> {
  // float8 holds whole numbers up to 2^53 bytes exactly, and reaches JavaScript as a number.
  return db.query<StorageSum>(
    `select kind, sum(byte_size)::float8 as bytes, count(*)::int as "objectCount"
     from assets where owner_id = $1::uuid group by kind order by kind`,
    [ownerId],
  );
}
