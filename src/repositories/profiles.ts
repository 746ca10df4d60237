import type { Sql } from '../database/database.js';
import type { ReadModels } from '../database/read-models.js';
import type { Prisma, Profile } from '../generated/prisma/client.js';

export type ProfileQuery = Pick<Prisma.ProfileFindManyArgs, 'include' | 'select'>;

/** A profile by id, or null. */
export function getProfile(models: ReadModels, id: string, query: ProfileQuery): Promise<Profile | null> {
  return models.profile.findFirst({ ...query, where: { id } });
}

/** Makes a profile where there is none. A trigger makes its default favorites in the same statement. */
export async function createProfile(
  db: Sql,
  { id, email, name }: { id: string; email: string | null; name: string | null },
): Promise<void> {
  await db.query(
    `insert into profiles (id, email, name) values ($1::uuid, $2::text, $3::text) on conflict (id) do nothing`,
    [id, email, name],
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
