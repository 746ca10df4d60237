import type { Mode } from '../config/runtime.js';
import type { Sql } from '../database/database.js';
import type { Month } from '../domain/months.js';
import type { Connection, Page } from '../domain/page.js';
import type { RenderFilter, RenderStatistics } from '../domain/renders.js';
import type { Selection } from '../domain/selection.js';
import { renders } from './entities.js';
import { holdsText, oneOf } from './query/conditions.js';
import { type ListDefinition, readConnection } from './query/connection.js';
import { readRows } from './query/reading.js';
import { returnedRow, returning } from './query/row-shape.js';
import { StatementBuilder } from './query/statement.js';
import type { RenderRow, RenderVariantRow } from './rows.js';

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

/** Which of these ids are renders of the owner's. */
export async function listOwnRenderIds(db: Sql, ownerId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ id: string }>(
    `select id from renders where id = any($2::uuid[]) and owner_id = $1::uuid`,
    [ownerId, ids],
  );
  return new Set(rows.map(({ id }) => id));
}

/**
 * Makes a variant a render's cover, and returns the render; null where the owner has no such render, or the render no
 * such variant. The index comes from the variant's own row, so one out of any column's range simply meets none.
 */
export async function setCoverVariant(
  tx: Sql,
  ownerId: string,
  { id, variantIndex }: { id: string; variantIndex: number },
): Promise<RenderRow | null> {
  const [row] = await tx.query<Record<string, unknown>>(
    `update renders set cover_variant = v.idx from render_variants v
     where renders.id = $2::uuid and renders.owner_id = $1::uuid and v.render_id = renders.id and v.idx = $3::int
     returning ${returning(renders)}`,
    [ownerId, id, variantIndex],
  );
  return returnedRow<RenderRow>(row);
}

export interface NewRender {
  readonly id: string;
  readonly ownerId: string;
  readonly jobId: string;
  readonly mode: Mode;
  readonly roomType: string | null;
  readonly style: string | null;
  readonly prompt: string | null;
  readonly at: Date;
}

/** An id for a render that is to be made; its pictures are stored under it before. */
export async function nextRenderId(db: Sql): Promise<string> {
  const [row] = await db.query<{ id: string }>('select uuid_v7() as id');
  if (!row) throw new Error('A function gave no row.');
  return row.id;
}

/** Writes the render that a job came to; its first variant is the cover. */
export async function createRender(tx: Sql, render: NewRender): Promise<void> {
  await tx.query(
    `insert into renders (id, owner_id, job_id, mode, room_type, style, prompt, created_at)
     values ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::timestamptz)`,
    [render.id, render.ownerId, render.jobId, render.mode, render.roomType, render.style, render.prompt, render.at],
  );
}

export type NewVariant = Pick<
  RenderVariantRow,
  'renderId' | 'ownerId' | 'idx' | 'imagePath' | 'thumbPath' | 'width' | 'height' | 'byteSize' | 'contentType' | 'placeholder'
>;

/** Adds a picture to an owner's render. */
export async function addVariant(tx: Sql, variant: NewVariant): Promise<void> {
  await tx.query(
    `insert into render_variants
       (render_id, owner_id, idx, image_path, thumb_path, width, height, byte_size, content_type, placeholder)
     values ($1::uuid, $2::uuid, $3::int, $4::text, $5::text, $6::int, $7::int, $8::int, $9::text, $10::text)`,
    [
      variant.renderId,
      variant.ownerId,
      variant.idx,
      variant.imagePath,
      variant.thumbPath,
      variant.width,
      variant.height,
      variant.byteSize,
      variant.contentType,
      variant.placeholder,
    ],
  );
}

/** The indices of a render's variants, ascending; null where the owner has no such render. */
export async function listVariantIndices(db: Sql, ownerId: string, renderId: string): Promise<readonly number[] | null> {
  const [row] = await db.query<{ indices: number[] }>(
    `select array(select v.idx::int from render_variants v where v.render_id = r.id order by v.idx) as indices
     from renders r where r.id = $2::uuid and r.owner_id = $1::uuid`,
    [ownerId, renderId],
  );
  return row?.indices ?? null;
}

/** A render that was deleted. */
export interface DeletedRender {
  readonly id: string;
  /** The keys that its variants named, of images and of thumbnails. */
  readonly pictures: readonly string[];
}

/**
 * Deletes an owner's renders among these ids, with their variants and their places in collections; jobs, ledger and
 * published looks stay. Returns those that there were.
 */
export function deleteRenders(tx: Sql, ownerId: string, ids: readonly string[]): Promise<DeletedRender[]> {
  // The cascade follows when the statement has ended: RETURNING still sees the variants.
  return tx.query<DeletedRender>(
    `delete from renders where id = any($2::uuid[]) and owner_id = $1::uuid
     returning id, array(
       select picture.key from render_variants v cross join lateral (values (v.image_path), (v.thumb_path)) picture (key)
       where v.render_id = renders.id
     ) as pictures`,
    [ownerId, ids],
  );
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
