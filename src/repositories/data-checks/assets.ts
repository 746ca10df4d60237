import type { Sql } from '../../database/database.js';
import { isSample, isShapeOfKind, keyShape } from './key-shapes.js';
import { has, type PageDefinition, rowsOf } from './page.js';

/** A part of a key as an id; null where it is none. */
const idOf = (path: string, shape: string, part: number): string =>
  `(case when ${path} ~ ${shape} and not ${isSample(path)} then split_part(${path}, '/', ${part})::uuid end)`;

/** What refers to a record `p`: `k` has the render and the community item that its key names. */
const isReferred = `(
  ${has('from render_variants v where v.render_id = k.render_id and p.path in (v.image_path, v.thumb_path)')}
  or ${has('from community_items i where i.id = k.item_id and p.path in (i.image_path, i.thumb_path)')})`;

const isPhotoReferred = `(
  ${has(`from generation_jobs j where j.owner_id = p.owner_id and j.archived_at is null and j.status in ('starting', 'processing')
    and p.path in (j.input1_path, j.input2_path)`)}
  or ${has(`from renders r join generation_jobs j on j.id = r.job_id
    where r.owner_id = p.owner_id and p.path in (j.input1_path, j.input2_path)`)})`;

const hasRecord = has('from assets a where a.path = name.path');

/**
 * Its render has no variant, or somebody names a wrong picture, or one without a record, in place of this one: that is told
 * where those are looked at.
 */
const isExplained = `(
  ${has(`from renders r where r.id = k.render_id and not ${has('from render_variants v where v.render_id = r.id')}`)}
  or ${has(`from render_variants v cross join lateral (values (v.image_path), (v.thumb_path)) name (path)
    where v.render_id = k.render_id
      and (not starts_with(name.path, format('renders/%s/%s/', p.owner_id, k.render_id)) or not ${hasRecord})`)}
  or ${has(`from community_items i cross join lateral (values (i.image_path), (i.thumb_path)) name (path)
    where i.id = k.item_id
      and (name.path is null or not starts_with(name.path, format('community/%s/', i.id)) or not ${hasRecord})`)})`;

/** Records of pictures. $1 is when a mark must have fallen due to be told of. */
export const assetRecords: PageDefinition = {
  ...rowsOf('assets', 'path, owner_id, kind, marked_at'),
  key: [{ column: 'path', type: 'text', first: '' }],
  size: 2_000,
  faults: `
    select f.category, p.path, p.owner_id, json_build_object('kind', p.kind)
    from page p
    cross join lateral (
      select ${idOf('p.path', keyShape.variantImage, 3)} as image_of, ${idOf('p.path', keyShape.variantThumbnail, 3)} as thumbnail_of,
        ${idOf('p.path', keyShape.copy, 2)} as item_id
      offset 0
    ) parts
    cross join lateral (select coalesce(parts.image_of, parts.thumbnail_of) as render_id, parts.item_id offset 0) k
    cross join lateral (select case
      when not ${isShapeOfKind('p')} then 'asset_malformed'
      when p.owner_id is not null and split_part(p.path, '/', 2) <> p.owner_id::text then 'asset_not_owned'
      when p.marked_at < $1::timestamptz and not ${isReferred} and not (p.kind = 'input' and ${isPhotoReferred})
        then 'asset_left_behind'
      when p.marked_at is null and p.kind <> 'input' and not ${isSample('p.path')} and not ${isReferred} and not ${isExplained}
        then 'asset_unreferenced' end as category offset 0) f
    where f.category is not null`,
};

/** A record beside which the store's objects are held. */
export interface StoredRecord {
  readonly path: string;
  readonly ownerId: string | null;
  readonly byteSize: number;
  readonly markedAt: Date | null;
  /** False for a path that none of the store's keys has; it is told of where records are looked through. */
  readonly isKey: boolean;
}

const columns = `a.path, a.owner_id as "ownerId", a.byte_size as "byteSize", a.marked_at as "markedAt", a.path ~ ${keyShape.any} as "isKey"`;

/** Records behind a path, in the order of keys, whose paths begin with a prefix; at most `limit`. */
export function listRecords(
  db: Sql,
  { prefix, after, limit }: { readonly prefix: string; readonly after: string; readonly limit: number },
): Promise<StoredRecord[]> {
  // No key has a character that is greater.
  return db.query<StoredRecord>(
    `select ${columns} from assets a where a.path > $1::text and a.path >= $2::text and a.path < $2::text || '~'
     order by a.path limit $3::int`,
    [after, prefix, limit],
  );
}

/** Records by their paths. */
export function listRecordsByPath(db: Sql, paths: readonly string[]): Promise<StoredRecord[]> {
  return db.query<StoredRecord>(`select ${columns} from assets a where a.path = any($1::text[])`, [paths]);
}

/** How large a picture is by what names it, beside its record; null where nothing tells. */
export async function claimedSize(db: Sql, path: string): Promise<number | null> {
  const [row] = await db.query<{ byteSize: number }>(
    `with k as (
       select $1::text as path, ${idOf('$1::text', keyShape.variantImage, 3)} as render_id, ${idOf('$1::text', keyShape.copy, 2)} as item_id,
         case when $1::text ~ ${keyShape.photo} and not ${isSample('$1::text')}
           then split_part(split_part($1::text, '/', 3), '.', 1)::uuid end as upload_id
     )
     select v.byte_size as "byteSize" from k join render_variants v on v.render_id = k.render_id and v.image_path = k.path
     union all
     select i.byte_size from k join community_items i on i.id = k.item_id and i.image_path = k.path
     union all
     select u.byte_size from k join uploads u on u.id = k.upload_id and u.path = k.path
     limit 1`,
    [path],
  );
  return row?.byteSize ?? null;
}
