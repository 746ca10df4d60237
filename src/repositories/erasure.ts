import type { Sql } from '../database/database.js';

/*
 * What is taken away of an account that was deleted. Every function names the account itself: whoever erases acts in
 * nobody's scope. What is done in batches is called until it returns that nothing was left to do.
 */

/**
 * Takes from a profile what is personal, and closes the account for good; false where that was done before. The account's
 * row must be locked.
 */
export async function eraseProfile(tx: Sql, ownerId: string, at: Date): Promise<boolean> {
  const rows = await tx.query(
    `update profiles set erased_at = $2::timestamptz, email = null, name = null, preferences = '{}',
       account_status = 'suspended', role = 'user'
     where id = $1::uuid and erased_at is null returning id`,
    [ownerId, at],
  );
  return rows.length > 0;
}

/** An account of which something is still to be taken away. */
export interface ErasingAccount {
  readonly ownerId: string;
  readonly erasedAt: Date;
  readonly customerId: string | null;
}

/** Accounts whose erasure is not complete, those first that were deleted first, behind `after`. */
export function listErasing(
  db: Sql,
  { after, limit }: { readonly after: Pick<ErasingAccount, 'ownerId' | 'erasedAt'> | null; readonly limit: number },
): Promise<ErasingAccount[]> {
  return db.query<ErasingAccount>(
    `select id as "ownerId", erased_at as "erasedAt", customer_id as "customerId" from profiles
     where erased_at is not null and (erasure_completed_at is null or customer_id is not null)
       and ($1::timestamptz is null or (erased_at, id) > ($1::timestamptz, $2::uuid))
     order by erased_at, id limit $3::int`,
    [after?.erasedAt ?? null, after?.ownerId ?? null, limit],
  );
}

/** Notes that the payment provider has forgotten a customer, and with it has ended what was paid for. */
export async function forgetCustomer(tx: Sql, ownerId: string, customerId: string): Promise<void> {
  await tx.query(
    `update profiles set customer_id = null, has_access = false, cancel_at_period_end = false, scheduled_price_id = null,
       next_payment_attempt_at = null,
       subscription_status = case when subscription_id is null then subscription_status else 'canceled' end
     where id = $1::uuid and customer_id = $2::text and erased_at is not null`,
    [ownerId, customerId],
  );
}

/** Ids of an owner's renders, at most `limit`. */
export async function listRenderIds(db: Sql, ownerId: string, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select id from renders where owner_id = $1::uuid order by created_at desc, id desc limit $2::int`,
    [ownerId, limit],
  );
  return rows.map(({ id }) => id);
}

/** Deletes an owner's collections, at most `limit`, but the default one, which says nothing of them; returns how many. */
export async function deleteCollections(db: Sql, ownerId: string, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from collections where id in (
       select id from collections where owner_id = $1::uuid and not is_default_favorites limit $2::int
     ) and owner_id = $1::uuid and not is_default_favorites returning id`,
    [ownerId, limit],
  );
  return rows.length;
}

/** A place among an owner's jobs, or uploads, newest first. */
export interface Place {
  readonly id: string;
  readonly createdAt: Date;
}

/** Whoever goes through rows says where the last ones ended: those that were done already are not read again. */
export interface NextRows {
  /** Null at the beginning. */
  readonly after: Place | null;
  readonly limit: number;
}

/** The last of some rows, with how many they were. */
export type LastOfRows = Place & { readonly count: number };

/** A beginning that may be absent would make a range of an index a walk from its first row on. */
function placeOf(after: Place | null): [createdAt: Date | string, id: string] {
  return [after?.createdAt ?? 'infinity', after?.id ?? 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
}

/**
 * Takes a person's words and photos from the next jobs behind `after`, archived ones among them, and what a request could
 * be recognised by; the jobs stay. Returns the last of them with how many there were, or null where there are no more.
 */
export async function eraseJobs(db: Sql, ownerId: string, { after, limit }: NextRows): Promise<LastOfRows | null> {
  // Each half is a range of an index of its own.
  const half = (archived: string): string =>
    `(select id, created_at from generation_jobs
      where owner_id = $1::uuid and archived_at is ${archived}
        and (created_at, id) < ($2::timestamptz, $3::uuid)
      order by created_at desc, id desc limit $4::int)`;
  const [row] = await db.query<LastOfRows>(
    `with next as materialized (
       ${half('null')} union all ${half('not null')} order by created_at desc, id desc limit $4::int
     ),
     erased as (
       update generation_jobs j
       set prompt = null, input1_path = null, input2_path = null, error = null, idempotency_key = null, request_hash = null
       from next
       where j.id = next.id and j.owner_id = $1::uuid
         and num_nonnulls(j.prompt, j.input1_path, j.input2_path, j.error, j.idempotency_key, j.request_hash) > 0
     )
     select id, created_at as "createdAt", (count(*) over ())::int as count from next order by created_at, id limit 1`,
    [ownerId, ...placeOf(after), limit],
  );
  return row ?? null;
}

/** Deletes events of an owner's jobs, at most `limit`; returns how many. No further one is written for them. */
export async function deleteEvents(db: Sql, ownerId: string, limit: number): Promise<number> {
  const rows = await db.query(
    `delete from job_events where owner_id = $1::uuid and seq in (
       select seq from job_events where owner_id = $1::uuid order by seq limit $2::int
     ) returning seq`,
    [ownerId, limit],
  );
  return rows.length;
}

/**
 * Takes from the next of an owner's uploads behind `after` what is known of their photos: what is left of one is that its
 * form was given out, until then. Returns the last of them with how many there were, or null where there are no more.
 */
export async function emptyUploads(db: Sql, ownerId: string, { after, limit }: NextRows): Promise<LastOfRows | null> {
  const [row] = await db.query<LastOfRows>(
    `with next as materialized (
       select id, created_at from uploads
       where owner_id = $1::uuid and (created_at, id) < ($2::timestamptz, $3::uuid)
       order by created_at desc, id desc limit $4::int
     ),
     emptied as (
       update uploads u set state = 'pending', path = 'incoming/' || u.id, width = null, height = null, placeholder = null
       from next where u.id = next.id and u.owner_id = $1::uuid and u.state <> 'pending'
     )
     select id, created_at as "createdAt", (count(*) over ())::int as count from next order by created_at, id limit 1`,
    [ownerId, ...placeOf(after), limit],
  );
  return row ?? null;
}

/** A form that was given out. */
export interface GivenForm extends Place {
  /** Until then a photo may come by it. */
  readonly expiresAt: Date;
}

/** The next forms that were given to an owner, newest first, behind `after`. */
export function listForms(db: Sql, ownerId: string, { after, limit }: NextRows): Promise<GivenForm[]> {
  return db.query<GivenForm>(
    `select id, created_at as "createdAt", expires_at as "expiresAt" from uploads
     where owner_id = $1::uuid and (created_at, id) < ($2::timestamptz, $3::uuid)
     order by created_at desc, id desc limit $4::int`,
    [ownerId, ...placeOf(after), limit],
  );
}

/** Deletes uploads of an owner's. */
export async function deleteUploads(db: Sql, ownerId: string, ids: readonly string[]): Promise<void> {
  await db.query(`delete from uploads where id = any($2::uuid[]) and owner_id = $1::uuid`, [ownerId, ids]);
}

/**
 * Marks an owner's pictures that are in use, or fall due after `until`: from `at` on nothing needs them. Returns how many
 * there were, at most `limit`. It reads no more than it marks.
 */
export async function markPictures(
  db: Sql,
  ownerId: string,
  { at, until, limit }: { readonly at: Date; readonly until: Date; readonly limit: number },
): Promise<number> {
  // Each half is a range of the index by owner, kind and mark. What has an owner is of one of these kinds.
  const half = (marked: string): string =>
    `(select path from assets
      where owner_id = $1::uuid and kind in ('input', 'output', 'thumbnail') and marked_at ${marked} limit $4::int)`;
  const rows = await db.query(
    `update assets set marked_at = $2::timestamptz
     where owner_id = $1::uuid and path in (${half('is null')} union all ${half('> $3::timestamptz')} limit $4::int)
       and (marked_at is null or marked_at > $3::timestamptz) returning path`,
    [ownerId, at, until, limit],
  );
  return rows.length;
}

/** Whether the store is still to hold pictures of an owner's. */
export async function hasPictures(db: Sql, ownerId: string): Promise<boolean> {
  const rows = await db.query('select 1 from assets where owner_id = $1::uuid limit 1', [ownerId]);
  return rows.length > 0;
}

/**
 * Notes that nothing is left of an account but what is to stay; false where something is. Nobody writes a row of theirs
 * meanwhile, and none that was being written is overlooked: the profile is locked against the checks of foreign keys, too.
 */
export async function completeErasure(tx: Sql, ownerId: string): Promise<boolean> {
  await tx.query('select from profiles where id = $1::uuid for update', [ownerId]);
  const rows = await tx.query(
    `update profiles p
     set erasure_completed_at = greatest(p.erased_at, date_trunc('milliseconds', clock_timestamp()))
     where p.id = $1::uuid and p.erased_at is not null and p.customer_id is null
       and not exists (select from renders where owner_id = $1::uuid)
       and not exists (select from collections where owner_id = $1::uuid and not is_default_favorites)
       and not exists (select from job_events where owner_id = $1::uuid)
       and not exists (select from uploads where owner_id = $1::uuid)
       and not exists (select from assets where owner_id = $1::uuid)
     returning p.id`,
    [ownerId],
  );
  return rows.length > 0;
}
