import pg from 'pg';
import type { TestApp } from './app.js';

/** Rows written past every policy, so that a test can say exactly what is there. Ids and times are the test's to choose. */
export interface Seed {
  /** Runs SQL as the superuser. */
  sql<Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** `count` renders, each with `variants` variants; returns their ids, oldest first. */
  renders(ownerId: string, count: number, options?: RenderOptions): Promise<string[]>;
  collection(ownerId: string, name: string): Promise<string>;
  favorites(ownerId: string): Promise<string>;
  /** Puts renders into a collection, a second apart, in their order. */
  items(collectionId: string, renderIds: readonly string[]): Promise<void>;
  communityCollection(options?: { title?: string; isFeatured?: boolean; orderIndex?: number }): Promise<string>;
  communityItems(collectionId: string, count: number, applySettings?: object): Promise<string[]>;
  close(): Promise<void>;
}

export interface RenderOptions {
  readonly variants?: number;
  readonly mode?: string;
  readonly roomType?: string | null;
  readonly style?: string | null;
  readonly prompt?: string | null;
  /** The first render's time; `stepMs` later the next. */
  readonly createdAt?: Date;
  /** Default: a second. 0 gives all the same time. */
  readonly stepMs?: number;
  /** With a job each, and two input photos. */
  readonly jobs?: boolean;
}

export async function createSeed({ database }: Pick<TestApp, 'database'>): Promise<Seed> {
  const client = new pg.Client({ connectionString: database.urls.superuser });
  await client.connect();

  async function sql<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await client.query<Row>(text, [...values])).rows;
  }
  const ids = (rows: { id: string }[]) => rows.map(({ id }) => id);

  return {
    sql,
    async renders(ownerId, count, options = {}) {
      const createdAt = options.createdAt ?? new Date('2026-03-01T00:00:00.000Z');
      const rows = await sql<{ id: string }>(
        `insert into renders (owner_id, mode, room_type, style, prompt, created_at)
         select $1, $2, $3, $4, $5, $6::timestamptz + n * make_interval(secs => $7::float8 / 1000)
         from generate_series(0, $8::int - 1) n returning id`,
        [
          ownerId,
          options.mode ?? 'redesign',
          options.roomType === undefined ? 'living_room' : options.roomType,
          options.style === undefined ? 'japandi' : options.style,
          options.prompt === undefined ? 'A calm room' : options.prompt,
          createdAt,
          options.stepMs ?? 1_000,
          count,
        ],
      );
      const made = ids(rows);
      await sql(
        `insert into render_variants
           (render_id, owner_id, idx, image_path, thumb_path, width, height, byte_size, content_type, placeholder)
         select id, $2::uuid, idx, format('renders/%s/%s/v1/%s.webp', $2::uuid, id, idx),
           format('renders/%s/%s/v1/%s_thumb.webp', $2::uuid, id, idx), 1024, 768, 1000 + idx, 'image/webp', 'thumbhash'
         from unnest($1::uuid[]) id cross join generate_series(0, $3::int - 1) idx`,
        [made, ownerId, options.variants ?? 2],
      );
      if (options.jobs) {
        await sql(
          `with job as (
             insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, input1_path, input2_path,
               status, progress, created_at, started_at, completed_at)
             select owner_id, mode, '1:1', 'auto', 1, format('inputs/%s/%s-a.jpg', owner_id, id),
               format('inputs/%s/%s-b.jpg', owner_id, id), 'succeeded', 1, created_at, created_at, created_at
             from renders where id = any($1::uuid[]) returning id, input1_path, input2_path, owner_id
           ), asset as (
             insert into assets (path, owner_id, kind, byte_size, content_type)
             select path, owner_id, 'input', 500, 'image/jpeg' from job, unnest(array[input1_path, input2_path]) path
           )
           update renders r set job_id = job.id from job where job.input1_path like '%' || r.id || '%'`,
          [made],
        );
      }
      return made;
    },
    async collection(ownerId, name) {
      const [row] = await sql<{ id: string }>(
        'insert into collections (owner_id, name) values ($1, $2) returning id',
        [ownerId, name],
      );
      return row!.id;
    },
    async favorites(ownerId) {
      const [row] = await sql<{ id: string }>(
        'select id from collections where owner_id = $1 and is_default_favorites',
        [ownerId],
      );
      return row!.id;
    },
    async items(collectionId, renderIds) {
      await sql(
        `insert into collection_items (collection_id, render_id, owner_id, added_at)
         select c.id, item.render_id, c.owner_id, timestamptz '2026-04-01Z' + item.place * interval '1 second'
         from unnest($2::uuid[]) with ordinality item (render_id, place), collections c where c.id = $1`,
        [collectionId, renderIds],
      );
    },
    async communityCollection({ title = 'Coastal', isFeatured = false, orderIndex = 0 } = {}) {
      const [row] = await sql<{ id: string }>(
        `insert into community_collections (title, is_featured, order_index) values ($1, $2, $3) returning id`,
        [title, isFeatured, orderIndex],
      );
      return row!.id;
    },
    async communityItems(collectionId, count, applySettings = { mode: 'redesign', style: 'japandi' }) {
      return ids(
        await sql<{ id: string }>(
          `insert into community_items (collection_id, source, image_path, thumb_path, width, height, byte_size,
             content_type, placeholder, apply_settings, order_index)
           select $1::uuid, 'internal', format('community/%s-%s/v1.webp', $1::uuid, n), format('community/%s-%s/v1_thumb.webp', $1::uuid, n),
             800, 600, 4000, 'image/webp', 'thumbhash', $3, n
           from generate_series(1, $2::int) n returning id`,
          [collectionId, count, applySettings],
        ),
      );
    },
    close: () => client.end(),
  };
}

/** The id that the API gives a row. */
export function globalId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64');
}
