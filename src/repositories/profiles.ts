import type { Sql } from '../database/database.js';
import type { ReadModels } from '../database/read-models.js';
import type { Page, PageRows } from '../domain/page.js';
import type { Prisma, Profile } from '../generated/prisma/client.js';
import { readModelPage } from './query/model-page.js';

export type ProfileQuery = Pick<Prisma.ProfileFindManyArgs, 'include' | 'select'>;

/** Profiles, newest first; `search` is a part of the e-mail address or the name in any case, or an id. */
export function listProfiles(
  models: ReadModels,
  {
    search,
    page,
    totalCount,
    otherSide,
    query,
  }: { search: string | null; page: Page; totalCount: boolean; otherSide: boolean; query: ProfileQuery },
): Promise<PageRows<Profile>> {
  const where = search === null ? {} : { OR: searched(search) };
  return readModelPage(
    { page, totalCount, otherSide },
    {
      rows: (bounds, orderBy, take) => models.profile.findMany({ ...query, where: { AND: [where, ...bounds] }, orderBy, take }),
      count: () => models.profile.count({ where }),
      first: (bound) => models.profile.findFirst({ select: { id: true }, where: { AND: [where, bound] } }),
    },
  );
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function searched(search: string): Prisma.ProfileWhereInput[] {
  // Prisma leaves the wild cards of LIKE as they are.
  const text = { contains: search.replaceAll(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const };
  return [{ email: text }, { name: text }, ...(uuid.test(search) ? [{ id: search }] : [])];
}

/** A profile by id, or null. */
export function getProfile(models: ReadModels, id: string, query: ProfileQuery): Promise<Profile | null> {
  return models.profile.findFirst({ ...query, where: { id } });
}

/**
 * Makes a profile where there is none, and returns when the account was deleted; null where it was not. A trigger makes
 * the default favorites of a new one in the same statement.
 */
export async function createProfile(
  db: Sql,
  { id, email, name }: { id: string; email: string | null; name: string | null },
): Promise<Date | null> {
  // The profile is read as it was before the statement: a new one is not among the rows.
  const [row] = await db.query<{ erasedAt: Date | null }>(
    `with made as (
       insert into profiles (id, email, name) values ($1::uuid, $2::text, $3::text) on conflict (id) do nothing
     )
     select erased_at as "erasedAt" from profiles where id = $1::uuid`,
    [id, email, name],
  );
  return row?.erasedAt ?? null;
}

/** What an account is and may. */
export interface Standing {
  readonly role: 'user' | 'admin';
  readonly accountStatus: 'active' | 'suspended';
  /** When the account was deleted; null where it was not. */
  readonly erasedAt: Date | null;
}

/** An account's standing, or null where there is no such account that the scope may see. */
export async function getStanding(db: Sql, id: string): Promise<Standing | null> {
  const [row] = await db.query<Standing>(
    `select role, account_status as "accountStatus", erased_at as "erasedAt" from profiles where id = $1::uuid`,
    [id],
  );
  return row ?? null;
}

export interface LockedStanding extends Standing {
  /** The database's time when the lock was had, to the millisecond: what is written under it, in the order of the locks. */
  readonly lockedAt: Date;
}

/**
 * An account's standing, or null where there is no such account that the scope may see. Its row stays locked until the
 * transaction ends: nobody changes the standing meanwhile, and the next one to ask waits. Foreign keys to it do not.
 */
export async function lockStanding(tx: Sql, id: string): Promise<LockedStanding | null> {
  const [row] = await tx.query<LockedStanding>(
    {
      name: 'roomfeed_lock_standing',
      // The time is read outside, when the row was had: beside the lock it would be that of the waiting's beginning.
      text:
        `select role, account_status as "accountStatus", erased_at as "erasedAt", ` +
        `date_trunc('milliseconds', clock_timestamp()) as "lockedAt" ` +
        `from (select role, account_status, erased_at from profiles where id = $1::uuid for no key update) locked`,
    },
    [id],
  );
  return row ?? null;
}

/** A profile's columns by their model names, as RETURNING takes them. */
const profileColumns = `id, email, name, role, account_status as "accountStatus", preferences, customer_id as "customerId",
  price_id as "priceId", subscription_id as "subscriptionId", subscription_status as "subscriptionStatus",
  subscription_event_at as "subscriptionEventAt", current_period_start as "currentPeriodStart",
  current_period_end as "currentPeriodEnd", cancel_at_period_end as "cancelAtPeriodEnd",
  scheduled_price_id as "scheduledPriceId", has_access as "hasAccess", created_at as "createdAt", erased_at as "erasedAt",
  subscription_event_id as "subscriptionEventId", subscription_created_at as "subscriptionCreatedAt",
  last_paid_at as "lastPaidAt", payment_failed_at as "paymentFailedAt", next_payment_attempt_at as "nextPaymentAttemptAt",
  erasure_completed_at as "erasureCompletedAt"`;

/** What a person changes of their profile; what is absent stays. */
export interface ProfileChange {
  readonly name?: string | null;
  readonly preferences?: {
    /** Whether what was there goes first. */
    readonly clear: boolean;
    /** Top-level keys to set. */
    readonly set: Readonly<Record<string, unknown>>;
    /** Top-level keys to take out. */
    readonly remove: readonly string[];
  };
}

/** Changes a profile; null where there is none that the scope may see. `preferencesBytes` is what they weigh now. */
export async function updateProfile(
  tx: Sql,
  id: string,
  { name, preferences }: ProfileChange,
): Promise<{ readonly profile: Profile; readonly preferencesBytes: number } | null> {
  const [row] = await tx.query<Profile & { preferencesBytes: number }>(
    `update profiles set
       name = case when $2::boolean then $3::text else name end,
       preferences = case when $4::boolean
         then (case when $5::boolean then '{}'::jsonb else preferences end || $6::jsonb) - $7::text[] else preferences end
     where id = $1::uuid
     returning ${profileColumns}, octet_length(preferences::text) as "preferencesBytes"`,
    [
      id,
      name !== undefined,
      name ?? null,
      preferences !== undefined,
      preferences?.clear ?? false,
      JSON.stringify(preferences?.set ?? {}),
      preferences?.remove ?? [],
    ],
  );
  if (!row) return null;
  const { preferencesBytes, ...profile } = row;
  return { profile, preferencesBytes };
}

/** Sets an account's status; null where there is no such account. */
export async function setAccountStatus(
  tx: Sql,
  id: string,
  status: Standing['accountStatus'],
): Promise<Profile | null> {
  const [row] = await tx.query<Profile>(
    `update profiles set account_status = $2::text where id = $1::uuid returning ${profileColumns}`,
    [id, status],
  );
  return row ?? null;
}

/** Puts a decision about an account's status on record. */
export async function recordStatusChange(
  tx: Sql,
  change: { ownerId: string; status: Standing['accountStatus']; reason: string; changedBy: string },
): Promise<void> {
  await tx.query(
    `insert into account_status_changes (owner_id, status, reason, changed_by) values ($1::uuid, $2::text, $3::text, $4::uuid)`,
    [change.ownerId, change.status, change.reason, change.changedBy],
  );
}

export interface PriceRow {
  readonly id: string;
  readonly priceId: string | null;
  readonly hasAccess: boolean;
}

/** What profiles pay for, by their ids. */
export function listPrices(db: Sql, ids: readonly string[]): Promise<PriceRow[]> {
  return db.query<PriceRow>(
    `select id, price_id as "priceId", has_access as "hasAccess" from profiles where id = any($1::uuid[])`,
    [ids],
  );
}
