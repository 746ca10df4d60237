import type { Handler } from './handler.ts';

interface Row {
  readonly item_count: number;
}

/** The count is of before: a statement does not see what it writes. */
const statement = {
  name: 'add-favorite',
  text: `
    with f as (select id from collections where owner_id = $2 and is_default_favorites),
      r as (select id from renders where id = $1 and owner_id = $2),
      added as (
        insert into collection_items (collection_id, render_id, owner_id)
        select f.id, r.id, $2 from f, r on conflict do nothing returning 1
      )
    select (select count(*) from collection_items i where i.collection_id = f.id)::int + (select count(*) from added)::int as item_count
    from f, r`,
};

export const addFavorite: Handler<{ readonly id: string }> = async ({ id }, viewer, { query }) => {
  const [row] = await query<Row>(viewer, statement, [id, viewer]);
  return row === undefined ? { errors: ['There is no such render.'] } : { id, isFavorite: true, itemCount: row.item_count };
};
