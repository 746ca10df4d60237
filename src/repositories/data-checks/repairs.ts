import type { Sql } from '../../database/database.js';

/*
 * Repairs. Each looks again in the statement that changes, whose caller holds the owner's lock where there is an owner, and
 * returns whether there was still something to repair.
 */

/** Writes a month's sums anew from its entries. */
export async function recomputeSums(tx: Sql, ownerId: string, period: string): Promise<boolean> {
  const rows = await tx.query(
    `insert into usage_periods as s (owner_id, period, debits, refunds, credits)
     select $1::uuid, $2::date,
       coalesce(sum(amount) filter (where kind = 'generation_debit'), 0),
       coalesce(sum(amount) filter (where kind = 'generation_refund'), 0),
       coalesce(sum(amount) filter (where kind = 'credit_adjustment'), 0)
     from usage_ledger where owner_id = $1::uuid and period = $2::date
     on conflict (owner_id, period) do update
       set debits = excluded.debits, refunds = excluded.refunds, credits = excluded.credits
       where (s.debits, s.refunds, s.credits) <> (excluded.debits, excluded.refunds, excluded.credits)
     returning s.period`,
    [ownerId, period],
  );
  return rows.length > 0;
}

/** Gives a render whose cover is not there the first variant that it has. */
export async function setExistingCover(tx: Sql, ownerId: string, renderId: string): Promise<boolean> {
  const rows = await tx.query(
    `update renders r set cover_variant = (select min(v.idx) from render_variants v where v.render_id = r.id)
     where r.id = $2::uuid and r.owner_id = $1::uuid
       and not exists (select from render_variants v where v.render_id = r.id and v.idx = r.cover_variant)
       and exists (select from render_variants v where v.render_id = r.id)
     returning r.id`,
    [ownerId, renderId],
  );
  return rows.length > 0;
}

/** A variant of the render, a community item or a job, named by `$2`, that has the picture `$1`. */
const isNamed = `(
  exists (select from render_variants v where v.id = $2::uuid and $1::text in (v.image_path, v.thumb_path))
  or exists (select from community_items i where i.id = $2::uuid and $1::text in (i.image_path, i.thumb_path))
  or exists (
    select from generation_jobs j where j.id = $2::uuid and $1::text in (j.input1_path, j.input2_path) and (
      (j.archived_at is null and j.status in ('starting', 'processing')) or exists (select from renders r where r.job_id = j.id)
    )
  ))`;

/** Takes the mark from a picture that a row still names. */
export async function keepPicture(tx: Sql, path: string, namedBy: string): Promise<boolean> {
  const rows = await tx.query(
    `update assets a set marked_at = null where a.path = $1::text and a.marked_at is not null and ${isNamed} returning a.path`,
    [path, namedBy],
  );
  return rows.length > 0;
}

/** Writes a record for a picture that the store has and a row names. */
export async function recordPicture(
  tx: Sql,
  { path, namedBy, byteSize, contentType }: { readonly path: string; readonly namedBy: string; readonly byteSize: number; readonly contentType: string },
): Promise<boolean> {
  const rows = await tx.query(
    `insert into assets (path, owner_id, kind, byte_size, content_type)
     select $1::text,
       case when starts_with($1::text, 'community/') then null else split_part($1::text, '/', 2)::uuid end,
       case when starts_with($1::text, 'community/') then 'community' when starts_with($1::text, 'inputs/') then 'input'
         when $1::text like '%\\_thumb.%' then 'thumbnail' else 'output' end,
       $3::int, $4::text
     where ${isNamed}
     on conflict (path) do nothing returning path`,
    [path, namedBy, byteSize, contentType],
  );
  return rows.length > 0;
}

/** Marks a picture without a mark that nothing names: from `at` on it may be removed. */
export async function markUnreferenced(tx: Sql, path: string, at: Date): Promise<boolean> {
  const rows = await tx.query(
    `update assets a set marked_at = $2::timestamptz
     where a.path = $1::text and a.marked_at is null and a.kind <> 'input'
       and not exists (
         select from render_variants v where a.kind <> 'community' and v.render_id = split_part(a.path, '/', 3)::uuid and a.path in (v.image_path, v.thumb_path)
       )
       and not exists (
         select from community_items i where a.kind = 'community' and i.id = split_part(a.path, '/', 2)::uuid and a.path in (i.image_path, i.thumb_path)
       )
     returning a.path`,
    [path, at],
  );
  return rows.length > 0;
}

/** Writes down how large a picture is, where its record still says `recorded`. */
export async function setRecordedSize(
  tx: Sql,
  { path, recorded, byteSize }: { readonly path: string; readonly recorded: number; readonly byteSize: number },
): Promise<boolean> {
  const rows = await tx.query(
    `update assets set byte_size = $3::int where path = $1::text and byte_size = $2::int and marked_at is null returning path`,
    [path, recorded, byteSize],
  );
  return rows.length > 0;
}

/** A provider's event that is not processed, with its row locked; null where it was processed. */
export async function lockUnprocessedEvent(
  tx: Sql,
  id: string,
): Promise<{ readonly provider: string; readonly eventId: string; readonly payload: unknown } | null> {
  const [row] = await tx.query<{ provider: string; eventId: string; payload: unknown }>(
    `select provider, event_id as "eventId", payload from webhook_events where id = $1::uuid and processed_at is null for update`,
    [id],
  );
  return row ?? null;
}
