import type { Handler } from './handler.ts';

type Item = readonly [
  id: string, external: string | null, thumbPath: string, width: number | null, height: number | null, placeholder: string | null,
];

interface Row {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly item_count: number;
  readonly items: readonly Item[] | null;
}

const statement = {
  name: 'community',
  text: `
    select c.id, c.title, c.description,
      (select count(*)::int from community_items i where i.collection_id = c.id) as item_count,
      (
        select json_agg(json_build_array(i.id, i.external_image_url, i.thumb_path, i.width, i.height, i.placeholder)
          order by i.order_index, i.id)
        from (
          select id, external_image_url, thumb_path, width, height, placeholder, order_index
          from community_items where collection_id = c.id order by order_index, id limit 6
        ) i
      ) as items
    from community_collections c where c.is_featured
    order by c.order_index, c.created_at desc, c.id desc limit $1`,
};

export const community: Handler<{ readonly first: number }> = async ({ first }, viewer, { query, publicUrl, thumbnailSize }) => {
  const rows = await query<Row>(viewer, statement, [first]);
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    description: row.description,
    itemCount: row.item_count,
    items: (row.items ?? []).map(([id, external, thumbPath, width, height, placeholder]) => ({
      id,
      image: {
        url: external ?? publicUrl(thumbPath),
        ...(width === null || height === null ? { width, height } : thumbnailSize({ width, height })),
        placeholder,
      },
    })),
  }));
};
