import type { Sql } from '../database/database.js';
import { communityItemOfKey, renderOfKey } from '../domain/storage-keys.js';

/*
 * `marked_at` is the instant from which on nothing needs the bytes: they may be removed, and the row after them. Null is
 * a picture in use.
 *
 * It may lie in the future. Whoever stores bytes writes their row first, with a mark that leaves time for the work, and
 * takes the mark away in the transaction that begins to refer to them. A crash at any point between leaves a row that
 * falls due, and no bytes that nobody knows of.
 *
 * Bytes are removed under a lock on their row (`takeDueAssets`). So whoever begins to refer to a marked picture takes its
 * mark away in the same transaction (`claimAssets`), and gives up where the row is gone, or its mark is over: a removal that
 * died on its way may have deleted the bytes and not the row.
 */

export interface StorageSum {
  readonly kind: string;
  readonly bytes: number;
  readonly objectCount: number;
}

/** What an owner's assets weigh, by kind: everything that the store holds of theirs, marked or not. */
export function sumAssetsByKind(db: Sql, ownerId: string): Promise<StorageSum[]> {
  // float8 holds whole numbers up to 2^53 bytes exactly, and reaches JavaScript as a number.
  return db.query<StorageSum>(
    `select kind, sum(byte_size)::float8 as bytes, count(*)::int as "objectCount"
     from assets where owner_id = $1::uuid group by kind order by kind`,
    [ownerId],
  );
}

/**
 * Marks an owner's assets: from `at` on nothing needs them. One that is due by then stays as it is, and is not waited
 * for while its bytes are being removed.
 */
export async function markAssets(tx: Sql, ownerId: string, paths: readonly string[], at: Date): Promise<void> {
  await tx.query(
    `update assets set marked_at = $3::timestamptz
     where path = any($2::text[]) and owner_id = $1::uuid and (marked_at is null or marked_at > $3::timestamptz)`,
    [ownerId, paths, at],
  );
}

/**
 * Takes the marks of assets away that are to be referred to from now on, and returns the paths of those that may be. One
 * that is missing was removed, or is due to be: nothing may refer to it any more. Waits for a removal that is under way.
 */
export async function claimAssets(tx: Sql, paths: readonly string[], now: Date): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ path: string }>(
    `update assets set marked_at = null
     where path = any($1::text[]) and (marked_at is null or marked_at > $2::timestamptz) returning path`,
    [paths, now],
  );
  return new Set(rows.map(({ path }) => path));
}

/** Takes the marks of assets away that something refers to, whenever they were due; returns the paths of those that there are. */
export async function unmarkAssets(tx: Sql, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ path: string }>(
    'update assets set marked_at = null where path = any($1::text[]) returning path',
    [paths],
  );
  return new Set(rows.map(({ path }) => path));
}

/** An asset whose bytes may be removed. */
export interface DueAsset {
  readonly path: string;
  readonly ownerId: string | null;
  readonly markedAt: Date;
}

/**
 * The next assets that are due at `now`, in the order of their marks, behind `after`; locked until the transaction ends.
 * Those that another transaction has locked are left to it. It reads as many as it returns, however many have the same
 * mark.
 */
export function takeDueAssets(
  tx: Sql,
  { now, after, limit }: { now: Date; after: Pick<DueAsset, 'markedAt' | 'path'> | null; limit: number },
): Promise<DueAsset[]> {
  // A beginning that may be absent would make it a walk from the first mark on.
  return tx.query<DueAsset>(
    `select path, owner_id as "ownerId", marked_at as "markedAt" from assets
     where marked_at <= $1::timestamptz and (marked_at, path) > ($2::timestamptz, $3::text)
     order by marked_at, path
     limit $4::int
     for update skip locked`,
    [now, after?.markedAt ?? '-infinity', after?.path ?? '', limit],
  );
}

/**
 * Which of these assets something refers to: a variant of the render or a community item that the key names, or a job of
 * the owner's that is unfinished or has a render, by an input. One statement, which goes from each key to the rows that
 * may need it: it reads nothing else of the owners, however much they have.
 */
export async function listReferredAssets(
  tx: Sql,
  assets: readonly Pick<DueAsset, 'path' | 'ownerId'>[],
): Promise<ReadonlySet<string>> {
  // The limits keep each part a look at an index for each key: no plan that was made when there was little reads tables
  // whole when there is much.
  const rows = await tx.query<{ path: string }>(
    `select k.path from unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[]) k (path, owner_id, render_id, item_id)
     cross join lateral (
       (select from render_variants v where v.render_id = k.render_id and k.path in (v.image_path, v.thumb_path) limit 1)
       union all
       (select from community_items i where i.id = k.item_id and k.path in (i.image_path, i.thumb_path) limit 1)
       union all
       (select from generation_jobs j where j.input1_path = k.path and j.owner_id = k.owner_id and ${isLive('j')} limit 1)
       union all
       (select from generation_jobs j where j.input2_path = k.path and j.owner_id = k.owner_id and ${isLive('j')} limit 1)
       limit 1
     ) reference`,
    [
      assets.map(({ path }) => path),
      assets.map(({ ownerId }) => ownerId),
      assets.map(({ path }) => renderOfKey(path)),
      assets.map(({ path }) => communityItemOfKey(path)),
    ],
  );
  return new Set(rows.map(({ path }) => path));
}

/** A job that still needs its photos: unfinished, or with a render. */
const isLive = (job: string): string => `(
         (${job}.archived_at is null and ${job}.status in ('starting', 'processing'))
         or exists (select from renders r where r.job_id = ${job}.id and r.owner_id = ${job}.owner_id)
       )`;

/** Deletes the rows of assets whose bytes are gone; returns how many. One that is not due, or no longer, stays. */
export async function deleteDueAssets(tx: Sql, paths: readonly string[], now: Date): Promise<number> {
  const rows = await tx.query(
    'delete from assets where path = any($1::text[]) and marked_at <= $2::timestamptz returning path',
    [paths, now],
  );
  return rows.length;
}

/** What is about to be stored. */
export interface NewAsset {
  readonly path: string;
  /** Null for the community's, which nobody owns. */
  readonly ownerId: string | null;
  readonly kind: 'input' | 'output' | 'thumbnail' | 'community';
  readonly byteSize: number;
  readonly contentType: string;
}

/**
 * Writes down what will be stored, due from `at` on unless `adoptAssets` comes first. What was announced before, and left
 * by a writer that died, is announced anew; what is in use, or due later than that, stays as it is.
 */
export async function announceAssets(db: Sql, assets: readonly NewAsset[], at: Date): Promise<void> {
  await db.query(
    `insert into assets as a (path, owner_id, kind, byte_size, content_type, marked_at)
     select path, owner_id, kind, byte_size, content_type, $6::timestamptz from ${newAssets}
     on conflict (path) do update set marked_at = excluded.marked_at
     where a.kind = excluded.kind and a.owner_id is not distinct from excluded.owner_id and a.marked_at < excluded.marked_at`,
    [...columnsOf(assets), at],
  );
}

/**
 * Takes the marks of announced assets away, or moves them to `until`, and writes down what they came to; returns how many.
 * One that is due at `now`, or gone, is none: its bytes may be.
 */
export async function adoptAssets(
  tx: Sql,
  assets: readonly NewAsset[],
  { now, until = null }: { now: Date; until?: Date | null },
): Promise<number> {
  const rows = await tx.query(
    `update assets a set marked_at = $7::timestamptz, byte_size = made.byte_size, content_type = made.content_type
     from ${newAssets}
     where a.path = made.path and a.kind = made.kind and a.owner_id is not distinct from made.owner_id
       and a.marked_at > $6::timestamptz
     returning a.path`,
    [...columnsOf(assets), now, until],
  );
  return rows.length;
}

/**
 * Makes announced assets due at once. One that was adopted after all stays in use; one whose record is gone is written
 * down again, because its bytes may have come after that.
 */
export async function renounceAssets(db: Sql, assets: readonly NewAsset[], now: Date): Promise<void> {
  await db.query(
    `insert into assets as a (path, owner_id, kind, byte_size, content_type, marked_at)
     select path, owner_id, kind, byte_size, content_type, $6::timestamptz from ${newAssets}
     on conflict (path) do update set marked_at = excluded.marked_at
     where a.kind = excluded.kind and a.owner_id is not distinct from excluded.owner_id and a.marked_at > excluded.marked_at`,
    [...columnsOf(assets), now],
  );
}

/** Marks copies of looks that are gone: from `at` on nothing needs them. Returns how many there are. */
export async function markCopies(tx: Sql, paths: readonly string[], at: Date): Promise<number> {
  const rows = await tx.query(
    `update assets set marked_at = $2::timestamptz
     where path = any($1::text[]) and kind = 'community' and owner_id is null
       and (marked_at is null or marked_at > $2::timestamptz)
     returning path`,
    [paths, at],
  );
  return rows.length;
}

const newAssets =
  'unnest($1::text[], $2::uuid[], $3::text[], $4::integer[], $5::text[]) made (path, owner_id, kind, byte_size, content_type)';

function columnsOf(assets: readonly NewAsset[]): [string[], (string | null)[], string[], number[], string[]] {
  return [
    assets.map(({ path }) => path),
    assets.map(({ ownerId }) => ownerId),
    assets.map(({ kind }) => kind),
    assets.map(({ byteSize }) => byteSize),
    assets.map(({ contentType }) => contentType),
  ];
}
