import type { Sql } from '../database/database.js';

/** A picture of a render, with where its two sizes are. */
export interface PictureKeys {
  readonly ownerId: string;
  readonly idx: number;
  readonly imagePath: string;
  readonly thumbPath: string;
  readonly byteSize: number;
  readonly contentType: string;
  readonly version: number;
}

/** The pictures of a render, whosever it is; empty where there is none, or its owner's account was deleted. */
export function listPictureKeys(db: Sql, renderId: string): Promise<PictureKeys[]> {
  return db.query<PictureKeys>(
    `select v.owner_id as "ownerId", v.idx::int as idx, image_path as "imagePath", thumb_path as "thumbPath",
       byte_size as "byteSize", content_type as "contentType", version
     from render_variants v join profiles p on p.id = v.owner_id
     where v.render_id = $1::uuid and p.erased_at is null order by v.idx`,
    [renderId],
  );
}

/** Where a picture is from now on. */
export interface NewKeys {
  readonly idx: number;
  readonly from: Pick<PictureKeys, 'imagePath' | 'thumbPath'>;
  readonly to: Pick<PictureKeys, 'imagePath' | 'thumbPath' | 'version'>;
}

/** Has pictures of an owner's render named by other keys; returns how many. One that is not at `from` any more stays. */
export async function setPictureKeys(tx: Sql, { ownerId, renderId }: { ownerId: string; renderId: string }, keys: readonly NewKeys[]): Promise<number> {
  const rows = await tx.query(
    `update render_variants v set image_path = k.image_path, thumb_path = k.thumb_path, version = k.version
     from unnest($3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[])
       k (idx, from_image, from_thumb, image_path, thumb_path, version)
     where v.render_id = $2::uuid and v.owner_id = $1::uuid and v.idx = k.idx
       and v.image_path = k.from_image and v.thumb_path = k.from_thumb
     returning v.id`,
    [
      ownerId,
      renderId,
      keys.map(({ idx }) => idx),
      keys.map(({ from }) => from.imagePath),
      keys.map(({ from }) => from.thumbPath),
      keys.map(({ to }) => to.imagePath),
      keys.map(({ to }) => to.thumbPath),
      keys.map(({ to }) => to.version),
    ],
  );
  return rows.length;
}
