import type { Sql } from '../database/database.js';
import type { Connection, Page } from '../domain/page.js';
import type { Selection } from '../domain/selection.js';
import { collections } from './entities.js';
import { readConnection } from './query/connection.js';
import { readRows } from './query/entity.js';
import type { CollectionRow } from './rows.js';

/** A page of an owner's collections with their parts, in one statement. */
export function listCollections(
  db: Sql,
  ownerId: string,
  { page, selection }: { page: Page; selection: Selection },
): Promise<Connection<CollectionRow>> {
  return readConnection<CollectionRow>(
    db,
    {
      entity: collections,
      where: (builder, row) => [`${row}.owner_id = ${builder.bind(ownerId, 'uuid')}`],
    },
    page,
    selection,
  );
}

/** An owner's collection by id with its parts, or null. */
export async function getCollection(
  db: Sql,
  ownerId: string,
  id: string,
  selection: Selection,
): Promise<CollectionRow | null> {
  const [row] = await readRows<CollectionRow>(
    db,
    collections,
    selection,
    (builder, collection) =>
      `${collection}.id = ${builder.bind(id, 'uuid')} and ${collection}.owner_id = ${builder.bind(ownerId, 'uuid')}`,
  );
  return row ?? null;
}

/** An owner's default favorites with their parts, or null where the row is missing. */
export async function getDefaultFavorites(
  db: Sql,
  ownerId: string,
  selection: Selection,
): Promise<CollectionRow | null> {
  const [row] = await readRows<CollectionRow>(
    db,
    collections,
    selection,
    (builder, collection) =>
      `${collection}.owner_id = ${builder.bind(ownerId, 'uuid')} and ${collection}.is_default_favorites`,
  );
  return row ?? null;
}

/**
 * Makes an owner's default favorites where they are missing. Of any number that run at once one makes the row and the
 * others find it: the partial unique index decides.
 */
export async function createDefaultFavorites(db: Sql, ownerId: string, name: string): Promise<void> {
  await db.query(
    `insert into collections (owner_id, name, is_default_favorites) values ($1::uuid, $2::text, true)
     on conflict (owner_id) where is_default_favorites do nothing`,
    [ownerId, name],
  );
}
