import type { Handler } from './handler.ts';
import { toIso } from './values.ts';

interface Row {
  readonly id: string;
  readonly mode: string;
  readonly room_type: string | null;
  readonly style: string | null;
  readonly prompt: string | null;
  readonly created_at: string;
  readonly variants: number;
  readonly thumb_path: string | null;
  readonly width: number;
  readonly height: number;
  readonly placeholder: string | null;
}

/** Count and cover in one look at a render's variants: the chosen one, or else the first. */
const statement = (conditions: string): string => `
  select r.id, r.mode, r.room_type, r.style, r.prompt, r.created_at,
    coalesce(v.variants, 0) as variants, v.thumb_path, v.width, v.height, v.placeholder
  from renders r
  left join lateral (
    select (count(*) over ())::int as variants, v.thumb_path, v.width, v.height, v.placeholder from render_variants v
    where v.render_id = r.id order by (v.idx = r.cover_variant) desc, v.idx limit 1
  ) v on true
  where r.owner_id = $1 ${conditions}
  order by r.created_at desc, r.id desc limit $2`;

const filter = 'and r.mode = $3 and r.style = $4';
const statements = {
  start: { name: 'feed', text: statement('') },
  after: { name: 'feed-after', text: statement('and (r.created_at, r.id) < ($3::timestamptz, $4::uuid)') },
  filtered: { name: 'filtered', text: statement(filter) },
  filteredAfter: {
    name: 'filtered-after',
    text: statement(`${filter} and (r.created_at, r.id) < ($5::timestamptz, $6::uuid)`),
  },
};

interface Asked {
  readonly first: number;
  readonly after: string | null;
  readonly mode?: string;
  readonly style?: string;
}

export const feed: Handler<Asked> = async ({ first, after, mode, style }, viewer, { query, signed, thumbnailSize }) => {
  const cursor = after === null ? [] : after.split(' ');
  const rows =
    mode === undefined
      ? await query<Row>(viewer, after === null ? statements.start : statements.after, [viewer, first + 1, ...cursor])
      : await query<Row>(viewer, after === null ? statements.filtered : statements.filteredAfter, [
          viewer, first + 1, mode, style, ...cursor,
        ]);
  const hasNextPage = rows.length > first;
  if (hasNextPage) rows.pop();
  const renders = rows.map((row) => ({
    id: row.id,
    mode: row.mode,
    roomType: row.room_type,
    style: row.style,
    prompt: row.prompt,
    createdAt: toIso(row.created_at),
    variants: row.variants,
    cover:
      row.thumb_path === null
        ? null
        : { url: signed(row.thumb_path).url, ...thumbnailSize(row), placeholder: row.placeholder },
  }));
  const last = renders.at(-1);
  return { renders, hasNextPage, endCursor: last === undefined ? null : `${last.createdAt} ${last.id}` };
};
