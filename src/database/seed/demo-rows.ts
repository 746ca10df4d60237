import type { Sql } from '../database.js';
import { insertRows } from './insert-rows.js';
import type { SeedRow } from './tables.js';

/** Holds others that would seed the same database until this transaction ends. The number is any that is ours. */
export async function lockSeeding(tx: Sql): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(7266334)');
}

/** Whether any of these people has ever submitted a job; jobs are never deleted. */
export async function haveJobs(db: Sql, ownerIds: readonly string[]): Promise<boolean> {
  const rows = await db.query('select from generation_jobs where owner_id = any($1::uuid[]) limit 1', [ownerIds]);
  return rows.length > 0;
}

/** Inserts a profile, or completes the one that its owner's first sign-in has made. */
export async function upsertProfiles(tx: Sql, rows: readonly SeedRow<'profiles'>[]): Promise<void> {
  const known = await tx.query<{ id: string }>('select id from profiles where id = any($1::uuid[])', [
    rows.map(({ id }) => id),
  ]);
  const existing = new Set(known.map(({ id }) => id));
  await insertRows(tx, 'profiles', rows.filter(({ id }) => id === null || !existing.has(id)));
  for (const row of rows.filter(({ id }) => id !== null && existing.has(id))) {
    await tx.query(
      `update profiles set email = $2, name = $3, role = $4, customer_id = $5, price_id = $6, subscription_id = $7,
         subscription_status = $8, subscription_event_at = $9, current_period_start = $10, current_period_end = $11,
         has_access = $12, created_at = $13
       where id = $1`,
      [
        row.id, row.email, row.name, row.role, row.customer_id, row.price_id, row.subscription_id,
        row.subscription_status, row.subscription_event_at, row.current_period_start, row.current_period_end,
        row.has_access, row.created_at,
      ],
    );
  }
}

/** The owners' default favorites, which the profile's trigger has made; as old as their profile. Owner to collection. */
export async function adoptDefaultFavorites(tx: Sql, ownerIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ id: string; owner_id: string }>(
    `update collections set created_at = profiles.created_at from profiles
     where profiles.id = collections.owner_id and is_default_favorites and owner_id = any($1::uuid[])
     returning collections.id, collections.owner_id`,
    [ownerIds],
  );
  return new Map(rows.map(({ id, owner_id }) => [owner_id, id]));
}

/** Which of these plans have a recorded limit from `instant` or before. */
export async function plansKnownAt(tx: Sql, instant: Date): Promise<Set<string>> {
  const rows = await tx.query<{ plan_id: string }>(
    'select distinct plan_id from plan_versions where effective_at <= $1',
    [instant],
  );
  return new Set(rows.map(({ plan_id }) => plan_id));
}

/** Makes the running sums of these owners what their ledgers add up to. */
export async function insertUsagePeriods(tx: Sql, ownerIds: readonly string[]): Promise<void> {
  await tx.query(
    `insert into usage_periods (owner_id, period, debits, refunds, credits)
     select owner_id, period,
       coalesce(sum(amount) filter (where kind = 'generation_debit'), 0),
       coalesce(sum(amount) filter (where kind = 'generation_refund'), 0),
       coalesce(sum(amount) filter (where kind = 'credit_adjustment'), 0)
     from usage_ledger where owner_id = any($1::uuid[]) group by owner_id, period
     on conflict (owner_id, period) do update
       set debits = excluded.debits, refunds = excluded.refunds, credits = excluded.credits`,
    [ownerIds],
  );
}
