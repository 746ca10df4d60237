import { randomUUID } from 'node:crypto';
import type { Person, TestApp } from './app.js';
import type { Seed } from './seed.js';

/** Everything that can be known of a person: rows in every table, no column of which is empty in all of them, and bytes. */
export interface Estate {
  /** Keys of the store that the rows name. */
  readonly keys: readonly string[];
  /** A job that is starting, and one that is processing. */
  readonly starting: string;
  readonly processing: string;
  /** A look that was published from a render of theirs, on a copy of its own. */
  readonly look: string;
  readonly lookKey: string;
}

export interface EstateOptions {
  /** Until when the forms of uploads are good. Default: they are over. */
  readonly formsUntil?: Date;
  /** Renders, of which each has a job. */
  readonly renders?: number;
  readonly customerId?: string | null;
}

const anHourAgo = (): Date => new Date(Date.now() - 60 * 60_000);

/** Lets a person have something of everything. */
export async function endow(
  { app, seed }: { readonly app: TestApp; readonly seed: Seed },
  { id: owner }: Pick<Person, 'id'>,
  { formsUntil = anHourAgo(), renders: count = 2, customerId = `cus_${owner}` }: EstateOptions = {},
): Promise<Estate> {
  const { sql } = seed;
  await sql(
    `update profiles set email = 'ann@example.com', name = 'Ann', preferences = '{"theme": "dark"}', customer_id = $2,
       price_id = 'price_starter', subscription_id = 'sub_' || id, subscription_status = 'active', subscription_event_at = now(),
       subscription_event_id = 'evt_' || id, subscription_created_at = now(), current_period_start = now(),
       current_period_end = now() + interval '1 month', scheduled_price_id = 'price_advanced', has_access = true,
       last_paid_at = now(), payment_failed_at = now(), next_payment_attempt_at = now()
     where id = $1`,
    [owner, customerId],
  );
  await sql(`insert into plan_changes (owner_id, price_id, effective_at, stripe_event_id) values ($1::uuid, 'price_starter', '2026-01-01Z', 'evt_plan_' || $1::uuid::text)`, [owner]);
  const judge = randomUUID();
  await sql(`insert into profiles (id) values ($1)`, [judge]);
  await sql(`insert into account_status_changes (owner_id, status, reason, changed_by) values ($1, 'active', 'Looked at', $2)`, [owner, judge]);

  const renders = await seed.renders(owner, count, { variants: 2, jobs: true, prompt: 'Ann’s own words' });
  const album = await seed.collection(owner, 'Ann’s album');
  await seed.items(album, renders);
  await seed.items(await seed.favorites(owner), renders.slice(0, 1));
  await sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type)
     select picture.path, owner_id, picture.kind, 7, 'image/webp' from render_variants
     cross join lateral (values (image_path, 'output'), (thumb_path, 'thumbnail')) picture (path, kind) where owner_id = $1`,
    [owner],
  );
  // A photo that nobody used: due in a month.
  await sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at)
     values (format('inputs/%s/unused.jpg', $1::uuid), $1::uuid, 'input', 7, 'image/jpeg', now() + interval '30 days')`,
    [owner],
  );
  await sql(
    `insert into uploads (id, owner_id, path, content_type, byte_size, state, width, height, placeholder, created_at, expires_at)
     select id, $1::uuid, case state when 'pending' then 'incoming/' || id else format('inputs/%s/unused.jpg', $1::uuid) end, 'image/jpeg', 7,
       state, facts, facts, case when facts is not null then 'a thumbhash' end, $2::timestamptz - interval '1 hour', $2
     from (select uuid_v7() as id, state, facts from (values ('pending', null), ('ready', 3), ('used', 3)) s (state, facts)) fresh`,
    [owner, formsUntil],
  );
  const uploads = await sql<{ id: string }>('select id from uploads where owner_id = $1', [owner]);

  // What finished, failed, was archived, and what is in flight; each with the words of the person.
  await sql(
    `update generation_jobs set prompt = 'Ann’s own words', room_type = 'kitchen', style = 'japandi', prediction_id = 'pre_' || id,
       idempotency_key = gen_random_uuid(), request_hash = md5(id::text) where owner_id = $1`,
    [owner],
  );
  await sql(
    `insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, prompt, input1_path, status, progress, error_code, error,
       created_at, started_at, completed_at, archived_at)
     select $1, 'redesign', '1:1', 'auto', 1, 'Ann’s own words', 'inputs/gone.jpg', 'failed', 0.5, 'timed_out', 'Ann’s photo was odd',
       '2026-02-01Z', '2026-02-01Z', '2026-02-01Z', archived from (values (null::timestamptz), ('2026-03-01Z')) a (archived)`,
    [owner],
  );
  const flying = await sql<{ id: string; status: string }>(
    `with job as (
       insert into generation_jobs (owner_id, mode, prompt, aspect_ratio, quality, variants, status, prediction_id, started_at)
       select $1::uuid, 'imagine', 'Ann’s own words', '1:1', 'auto', 2, status, prediction, started
       from (values ('starting', null, null::timestamptz), ('processing', 'pre_flying_' || $1::uuid::text, now())) s (status, prediction, started)
       returning id, owner_id, status, date_trunc('month', now() at time zone 'UTC')::date as period
     ), debit as (
       insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
       select owner_id, 'generation_debit', 1, period, id, 1 from job
     ), sums as (
       insert into usage_periods as s (owner_id, period, debits) select distinct owner_id, period, 2 from job
     )
     select id, status from job`,
    [owner],
  );
  const jobOf = (status: string): string => flying.find((job) => job.status === status)?.id ?? '';
  await sql(
    `insert into usage_ledger (owner_id, kind, amount, period, reason, idempotency_key)
     values ($1, 'credit_adjustment', 5, '2026-01-01', 'Thanks', gen_random_uuid())`,
    [owner],
  );
  await sql(
    `with failed as (
       select id, owner_id from generation_jobs where owner_id = $1 and status = 'failed' and archived_at is null
     ), debit as (
       insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
       select owner_id, 'generation_debit', 1, '2026-02-01', id, 1 from failed returning id, owner_id
     )
     select id from debit`,
    [owner],
  );
  await sql(
    `insert into usage_ledger (owner_id, kind, amount, period, reverses, reason)
     select owner_id, 'generation_refund', 1, period, id, 'It failed' from usage_ledger where owner_id = $1 and period = '2026-02-01'`,
    [owner],
  );
  await sql(
    `insert into usage_periods (owner_id, period, debits, refunds, credits) values ($1, '2026-02-01', 1, 1, 0), ($1, '2026-01-01', 0, 0, 5)`,
    [owner],
  );
  await sql(
    `insert into job_events (owner_id, seq, job_id, status, progress)
     select owner_id, row_number() over (order by id), id, status, 0 from generation_jobs where owner_id = $1`,
    [owner],
  );

  const look = randomUUID();
  const lookKey = `community/${look}/v1.webp`;
  await sql(
    `insert into community_items (id, collection_id, source, render_id, image_path, thumb_path, width, height, byte_size, content_type)
     values ($1, $2, 'internal', $3, $4, $4, 8, 6, 7, 'image/webp')`,
    [look, await seed.communityCollection(), renders[0], lookKey],
  );
  await sql(`insert into assets (path, kind, byte_size, content_type) values ($1, 'community', 7, 'image/webp')`, [lookKey]);

  const recorded = await sql<{ path: string }>('select path from assets where owner_id = $1', [owner]);
  const keys = [...recorded.map(({ path }) => path), ...uploads.map((upload) => `incoming/${upload.id}`)];
  // Of many renders the first pictures have bytes.
  for (const key of [...keys.slice(0, 20), ...keys.slice(-6), lookKey]) await app.app.storage.put(key, Buffer.from('picture'), { contentType: 'image/webp' });
  return { keys, starting: jobOf('starting'), processing: jobOf('processing'), look, lookKey };
}

/** Tables whose rows say by `owner_id` whose they are, and the profiles themselves, with their columns. */
export async function ownedColumns({ sql }: Pick<Seed, 'sql'>): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await sql<{ table: string; columns: string[] }>(
    `select table_name::text as table, array_agg(column_name::text order by ordinal_position) as columns
     from information_schema.columns where table_schema = 'public'
     group by table_name having table_name = 'profiles' or 'owner_id' = any(array_agg(column_name::text)) order by table_name`,
  );
  return new Map(rows.map(({ table, columns }) => [table, columns]));
}

/** Every row of a person's, by table. */
export async function rowsOf(seed: Pick<Seed, 'sql'>, ownerId: string): Promise<ReadonlyMap<string, readonly Record<string, unknown>[]>> {
  const found = new Map<string, Record<string, unknown>[]>();
  for (const table of (await ownedColumns(seed)).keys()) {
    const key = table === 'profiles' ? 'id' : 'owner_id';
    const rows = await seed.sql<{ row: Record<string, unknown> }>(`select to_jsonb(t) as row from ${table} t where ${key} = $1 order by t::text`, [ownerId]);
    found.set(table, rows.map(({ row }) => row));
  }
  return found;
}

/** The keys under which the store holds something that a person's rows named. */
export async function storedOf({ app }: { readonly app: TestApp }, keys: readonly string[]): Promise<string[]> {
  const stored = await Promise.all(keys.map(async (key) => ((await app.app.storage.stat(key)) ? [key] : [])));
  return stored.flat();
}
