import type { Sql } from '../database/database.js';
import type { Month } from '../domain/months.js';
import type { Connection, Page } from '../domain/page.js';
import type { RenderFilter, RenderStatistics } from '../domain/renders.js';
import type { Selection } from '../domain/selection.js';
import { renders } from './entities.js';
import { holdsText, oneOf } from './query/conditions.js';
import { type ListDefinition, readConnection } from './query/connection.js';
import { readRows } from './query/entity.js';
import { StatementBuilder } from './query/statement.js';
import type { RenderRow } from './rows.js';

/** A page of an owner's renders with their parts, in one statement. */
export function listRenders(
  db: Sql,
  ownerId: string,
  { filter, page, selection }: { filter: RenderFilter; page: Page; selection: Selection },
): Promise<Connection<RenderRow>> {
  return readConnection<RenderRow>(db, rendersOf(ownerId, filter), page, selection);
}

function rendersOf(ownerId: string, filter: RenderFilter): ListDefinition {
  return {
    entity: renders,
    where(builder, row) {
      const conditions = [`${row}.owner_id = ${builder.bind(ownerId, 'uuid')}`];
      if (filter.modes) conditions.push(oneOf(builder, `${row}.mode`, filter.modes));
      if (filter.roomTypes) conditions.push(oneOf(builder, `${row}.room_type`, filter.roomTypes));
      if (filter.styles) conditions.push(oneOf(builder, `${row}.style`, filter.styles));
      if (filter.createdAfter) {
        conditions.push(`${row}.created_at >= ${builder.bind(filter.createdAfter, 'timestamptz')}`);
      }
      if (filter.createdBefore) {
        conditions.push(`${row}.created_at < ${builder.bind(filter.createdBefore, 'timestamptz')}`);
      }
      if (filter.collectionId !== undefined) {
        conditions.push(
          `exists (select 1 from collection_items i where i.render_id = ${row}.id ` +
            `and i.collection_id = ${builder.bind(filter.collectionId, 'uuid')})`,
        );
      }
      if (filter.favorite !== undefined) {
        conditions.push(
          `${filter.favorite ? '' : 'not '}exists (select 1 from collections f join collection_items i ` +
            `on i.collection_id = f.id where f.owner_id = ${row}.owner_id and f.is_default_favorites ` +
            `and i.render_id = ${row}.id)`,
        );
      }
      if (filter.search) {
        const { text, roomTypes, styles } = filter.search;
        const places = [holdsText(builder, `${row}.prompt`, text)];
        if (roomTypes.length > 0) places.push(oneOf(builder, `${row}.room_type`, roomTypes));
        if (styles.length > 0) places.push(oneOf(builder, `${row}.style`, styles));
        conditions.push(`(${places.join(' or ')})`);
      }
      return conditions;
    },
  };
}

/** An owner's render by id with its parts, or null. */
export async function getRender(
  db: Sql,
  ownerId: string,
  id: string,
  selection: Selection,
): Promise<RenderRow | null> {
  const [row] = await readRows<RenderRow>(
    db,
    renders,
    selection,
    (builder, render) =>
      `${render}.id = ${builder.bind(id, 'uuid')} and ${render}.owner_id = ${builder.bind(ownerId, 'uuid')}`,
  );
  return row ?? null;
}

interface StatisticsRow extends Omit<RenderStatistics, 'byMode' | 'byRoomType' | 'byStyle'> {
  readonly groups: { mode: string | null; room_type: string | null; style: string | null; by: number; count: number }[];
}

/** Bits that `grouping(mode, room_type, style)` sets for the columns that a group is not by. */
const by = { mode: 0b011, roomType: 0b101, style: 0b110 };

/**
 * Counts an owner's renders by the database, in one statement. `month` is the one that `thisMonth` counts. Groups come
 * with the largest first.
 */
export async function getRenderStatistics(db: Sql, ownerId: string, month: Month): Promise<RenderStatistics> {
  const builder = new StatementBuilder();
  const owner = builder.bind(ownerId, 'uuid');
  const start = builder.bind(month.start, 'timestamptz');
  const end = builder.bind(month.end, 'timestamptz');
  const [row] = await builder.run<StatisticsRow>(
    db,
    `with mine as materialized (select mode, room_type, style, created_at from renders where owner_id = ${owner})
    select
      count(*)::int as "total",
      (count(*) filter (where created_at >= ${start} and created_at < ${end}))::int as "thisMonth",
      (select count(*)::int from render_variants v join renders r on r.id = v.render_id where r.owner_id = ${owner}) as "variants",
      min(created_at) as "firstAt",
      max(created_at) as "lastAt",
      (select coalesce(json_agg(g order by g.count desc, g.mode, g.room_type, g.style), '[]'::json) from (
        select mode, room_type, style, grouping(mode, room_type, style) as by, count(*)::int as count
        from mine group by grouping sets ((mode), (room_type), (style))
      ) g) as "groups"
    from mine`,
  );
  if (!row) throw new Error('An aggregate gave no row.');
  const { groups, ...totals } = row;
  return {
    ...totals,
    byMode: groups
      .filter((group) => group.by === by.mode)
      .map(({ mode, count }) => ({ mode: mode as RenderStatistics['byMode'][number]['mode'], count })),
    byRoomType: groups
      .filter((group) => group.by === by.roomType)
      .map(({ room_type, count }) => ({ preset: room_type, count })),
    byStyle: groups.filter((group) => group.by === by.style).map(({ style, count }) => ({ preset: style, count })),
  };
}
