import type { Handler } from './handler.ts';
import { toIso } from './values.ts';

type Variant = readonly [index: number, imagePath: string, width: number, height: number, byteSize: number, placeholder: string | null];

interface Row {
  readonly id: string;
  readonly mode: string;
  readonly room_type: string | null;
  readonly style: string | null;
  readonly prompt: string | null;
  readonly created_at: string;
  readonly variants: readonly Variant[] | null;
  readonly job_status: string | null;
  readonly job_quality: string;
  readonly job_created_at: string;
  readonly job_completed_at: string | null;
  readonly collections: readonly string[];
}

const statement = {
  name: 'render',
  text: `
    select r.id, r.mode, r.room_type, r.style, r.prompt, r.created_at,
      (
        select json_agg(json_build_array(v.idx, v.image_path, v.width, v.height, v.byte_size, v.placeholder) order by v.idx)
        from render_variants v where v.render_id = r.id
      ) as variants,
      j.status as job_status, j.quality as job_quality, j.created_at as job_created_at, j.completed_at as job_completed_at,
      array(
        select c.name from collection_items i join collections c on c.id = i.collection_id where i.render_id = r.id
        order by c.is_default_favorites desc, c.created_at desc, c.id desc
      ) as collections
    from renders r left join generation_jobs j on j.id = r.job_id
    where r.id = $1 and r.owner_id = $2`,
};

export const render: Handler<{ readonly id: string }> = async ({ id }, viewer, { query, signed }) => {
  const [row] = await query<Row>(viewer, statement, [id, viewer]);
  if (row === undefined) return null;
  return {
    id: row.id,
    mode: row.mode,
    roomType: row.room_type,
    style: row.style,
    prompt: row.prompt,
    createdAt: toIso(row.created_at),
    variants: (row.variants ?? []).map(([index, imagePath, width, height, byteSize, placeholder]) => ({
      index,
      image: { url: signed(imagePath).url, width, height, byteSize, placeholder },
    })),
    job:
      row.job_status === null
        ? null
        : {
            status: row.job_status,
            quality: row.job_quality,
            createdAt: toIso(row.job_created_at),
            completedAt: row.job_completed_at === null ? null : toIso(row.job_completed_at),
          },
    collections: row.collections,
  };
};
