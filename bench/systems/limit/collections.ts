import type { Handler } from './handler.ts';

/** What lies below a row comes as arrays of JSON, whose columns are known by position. */
type Item = readonly [id: string, mode: string, thumbPath: string | null, width: number, height: number, placeholder: string | null];

interface Row {
  readonly id: string;
  readonly name: string;
  readonly is_default_favorites: boolean;
  readonly item_count: number;
  readonly items: readonly Item[] | null;
}

/** Covers are those of the first four of the five items, so one look at the items serves both. */
const statement = {
  name: 'collections',
  text: `
    select c.id, c.name, c.is_default_favorites,
      (select count(*)::int from collection_items i where i.collection_id = c.id) as item_count,
      (
        select json_agg(json_build_array(r.id, r.mode, v.thumb_path, v.width, v.height, v.placeholder)
          order by i.added_at desc, i.render_id desc)
        from (
          select render_id, added_at from collection_items where collection_id = c.id
          order by added_at desc, render_id desc limit 5
        ) i
        join renders r on r.id = i.render_id
        left join lateral (
          select v.thumb_path, v.width, v.height, v.placeholder from render_variants v
          where v.render_id = r.id order by (v.idx = r.cover_variant) desc, v.idx limit 1
        ) v on true
      ) as items
    from collections c
    where c.owner_id = $1
    order by c.is_default_favorites desc, c.created_at desc, c.id desc limit $2`,
};

export const collections: Handler<{ readonly first: number }> = async ({ first }, viewer, { query, signed, thumbnailSize }) => {
  const rows = await query<Row>(viewer, statement, [viewer, first]);
  return rows.map((row) => {
    const items = (row.items ?? []).map(([id, mode, thumbPath, width, height, placeholder]) => ({
      id,
      mode,
      cover: thumbPath === null ? null : { url: signed(thumbPath).url, ...thumbnailSize({ width, height }), placeholder },
    }));
    return {
      id: row.id,
      name: row.name,
      isDefaultFavorites: row.is_default_favorites,
      itemCount: row.item_count,
      covers: items.slice(0, 4).flatMap(({ cover }) => (cover === null ? [] : [{ url: cover.url, placeholder: cover.placeholder }])),
      items,
    };
  });
};
