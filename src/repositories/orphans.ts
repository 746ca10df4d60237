import type { Sql } from '../database/database.js';
import type { NewAsset } from './assets.js';

/*
 * What storage holds and nothing needs, and what is needed and not on record. See repositories/assets.ts for what a mark
 * means. Whoever looks for orphans acts in nobody's scope.
 */

/** A record of something that storage holds. */
export type RecordedAsset = Pick<NewAsset, 'path' | 'ownerId' | 'kind' | 'byteSize'>;

/** Records without a mark, in the order of their paths, behind `after`. */
export function listUnmarkedAssets(db: Sql, { after, limit }: { after: string; limit: number }): Promise<RecordedAsset[]> {
  return db.query<RecordedAsset>(
    `select path, owner_id as "ownerId", kind, byte_size as "byteSize" from assets
     where marked_at is null and path > $1::text order by path limit $2::int`,
    [after, limit],
  );
}

/** How many things are on record. */
export async function countAssets(db: Sql): Promise<number> {
  const [row] = await db.query<{ count: number }>('select count(*)::int as count from assets');
  return row?.count ?? 0;
}

/**
 * Which of these pictures a variant or a look names, whatever its key says. It reads both tables whole, because no index
 * knows their paths: for the few of which the key's own row says that it does not need them.
 */
export async function listNamedPictures(db: Sql, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ path: string }>(
    `select image_path as path from render_variants where image_path = any($1::text[])
     union select thumb_path from render_variants where thumb_path = any($1::text[])
     union select image_path from community_items where image_path = any($1::text[])
     union select thumb_path from community_items where thumb_path = any($1::text[])`,
    [paths],
  );
  return new Set(rows.map(({ path }) => path));
}

/** Marks those of these assets that have no mark: from `at` on nothing needs them. Returns their paths. */
export async function markOrphans(db: Sql, paths: readonly string[], at: Date): Promise<string[]> {
  const rows = await db.query<{ path: string }>(
    'update assets set marked_at = $2::timestamptz where path = any($1::text[]) and marked_at is null returning path',
    [paths, at],
  );
  return rows.map(({ path }) => path);
}

/** The records that there are of these keys. */
export function listRecords(db: Sql, paths: readonly string[]): Promise<(RecordedAsset & { readonly markedAt: Date | null })[]> {
  return db.query(
    `select path, owner_id as "ownerId", kind, byte_size as "byteSize", marked_at as "markedAt"
     from assets where path = any($1::text[])`,
    [paths],
  );
}

/** Which of these are accounts of this database, deleted ones among them. */
export async function listAccounts(db: Sql, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>('select id from profiles where id = any($1::uuid[])', [ids]);
  return new Set(rows.map(({ id }) => id));
}

/**
 * Writes down bytes that no record knows of, due at `at`, so that they are removed as everything else is; returns the paths
 * of those that it wrote. What has a record by now is somebody's, and stays as it is.
 */
export async function recordOrphans(db: Sql, assets: readonly NewAsset[], at: Date): Promise<string[]> {
  // The database refuses what is due later by its own clock for an account that was deleted.
  const rows = await db.query<{ path: string }>(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at)
     select path, owner_id, kind, least(byte_size, 2147483647), content_type,
       least($6::timestamptz, date_trunc('milliseconds', clock_timestamp()))
     from unnest($1::text[], $2::uuid[], $3::text[], $4::bigint[], $5::text[]) found (path, owner_id, kind, byte_size, content_type)
     on conflict (path) do nothing returning path`,
    [
      assets.map(({ path }) => path),
      assets.map(({ ownerId }) => ownerId),
      assets.map(({ kind }) => kind),
      assets.map(({ byteSize }) => byteSize),
      assets.map(({ contentType }) => contentType),
      at,
    ],
  );
  return rows.map(({ path }) => path);
}

/** What refers to pictures. */
export type Referrer = 'variant' | 'look' | 'photo_of_render' | 'photo_of_job';

/** For each referrer a page of its rows: their place, whose they are, what they are to be called by, and what they name. */
const pages: Readonly<Record<Referrer, string>> = {
  variant: `select id, owner_id, render_id as called, array[image_path, thumb_path] as paths from render_variants
    where id > $1::uuid order by id limit $2::int`,
  look: `select id, null::uuid as owner_id, id as called, array[image_path, thumb_path] as paths from community_items
    where id > $1::uuid order by id limit $2::int`,
  photo_of_render: `select r.id, r.owner_id, r.id as called, array[j.input1_path, j.input2_path] as paths
    from (select id, owner_id, job_id from renders where id > $1::uuid order by id limit $2::int) r
    left join lateral (select input1_path, input2_path from generation_jobs where id = r.job_id limit 1) j on true`,
  photo_of_job: `select id, owner_id, id as called, array[input1_path, input2_path] as paths from generation_jobs
    where archived_at is null and status in ('starting', 'processing') and id > $1::uuid order by id limit $2::int`,
};

export const referrers = Object.keys(pages) as readonly Referrer[];

/** A picture that a row needs and that is on no record. */
export interface UnrecordedReference {
  readonly path: string;
  readonly ownerId: string | null;
  /** The render's, look's or job's id. */
  readonly of: string;
}

/** Of the next rows of a referrer behind `after` those that name what is on no record; `last` is null behind the last row. */
export async function listUnrecordedReferences(
  db: Sql,
  referrer: Referrer,
  { after, limit }: { after: string | null; limit: number },
): Promise<{ readonly last: string | null; readonly missing: readonly UnrecordedReference[] }> {
  // One look at an index for each path: to join would be to read all records for every page.
  const rows = await db.query<{ last: string } & (UnrecordedReference | { path: null })>(
    `with page as materialized (${pages[referrer]})
     select l.id as last, m.path, m.owner_id as "ownerId", m.called as of
     from (select id from page order by id desc limit 1) l
     left join (
       select k.path, p.owner_id, p.called from page p cross join lateral unnest(p.paths) k (path)
       where k.path is not null and (select a.path from assets a where a.path = k.path) is null
     ) m on true
     order by m.called, m.path`,
    [after ?? '00000000-0000-0000-0000-000000000000', limit],
  );
  return {
    last: rows[0]?.last ?? null,
    missing: rows.flatMap((row) => (row.path === null ? [] : [{ path: row.path, ownerId: row.ownerId, of: row.of }])),
  };
}
