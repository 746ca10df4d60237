import type { Sql } from '../database/database.js';
import type { Connection, Page } from '../domain/page.js';
import { nothing, type Selection } from '../domain/selection.js';
import { collections, renders } from './entities.js';
import { readConnection } from './query/connection.js';
import { readRows } from './query/reading.js';
import { decodeRow, returnedRow, returning, rowJson } from './query/row-shape.js';
import { StatementBuilder } from './query/statement.js';
import type { CollectionRow, RenderRow } from './rows.js';

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

type Raw = Record<string, unknown>;

/** An owner's collections among these ids, with their parts, in the order of the ids. */
export async function listCollectionsByIds(
  db: Sql,
  ownerId: string,
  ids: readonly string[],
  selection: Selection,
): Promise<CollectionRow[]> {
  const rows = await readRows<CollectionRow>(
    db,
    collections,
    selection,
    (builder, collection) =>
      `${collection}.id = any(${builder.bind(ids, 'uuid[]')}) and ${collection}.owner_id = ${builder.bind(ownerId, 'uuid')}`,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/**
 * Makes a collection where the owner has fewer than `limit`; null where they have as many. Exact only while nobody else
 * makes one for this owner: the caller holds the owner's lock.
 */
export async function createCollection(
  tx: Sql,
  ownerId: string,
  { name, limit }: { name: string; limit: number },
): Promise<CollectionRow | null> {
  const [row] = await tx.query<Raw>(
    `insert into collections (owner_id, name)
     select $1::uuid, $2::text where (select count(*) from collections where owner_id = $1::uuid) < $3::int
     returning ${returning(collections)}`,
    [ownerId, name, limit],
  );
  return returnedRow<CollectionRow>(row);
}

/** Renames an owner's collection; null where there is none, or where it is the default favorites. */
export async function renameCollection(
  tx: Sql,
  ownerId: string,
  { id, name }: { id: string; name: string },
): Promise<CollectionRow | null> {
  const [row] = await tx.query<Raw>(
    `update collections set name = $3::text where id = $2::uuid and owner_id = $1::uuid and not is_default_favorites
     returning ${returning(collections)}`,
    [ownerId, id, name],
  );
  return returnedRow<CollectionRow>(row);
}

/** Deletes an owner's collection, and the places in it; false where there is none, or where it is the default favorites. */
export async function deleteCollection(tx: Sql, ownerId: string, id: string): Promise<boolean> {
  const rows = await tx.query(
    `delete from collections where id = $2::uuid and owner_id = $1::uuid and not is_default_favorites returning id`,
    [ownerId, id],
  );
  return rows.length > 0;
}

/** A render's place in a collection. */
export interface ItemKey {
  readonly collectionId: string;
  readonly renderId: string;
}

/**
 * Puts every one of an owner's renders into every one of their collections, at one instant, and returns the places that
 * are new. The keys hold renders and collections to the owner.
 */
export function addToCollection(
  tx: Sql,
  ownerId: string,
  collectionIds: readonly string[],
  renderIds: readonly string[],
): Promise<ItemKey[]> {
  return tx.query<ItemKey>(
    `insert into collection_items (collection_id, render_id, owner_id, added_at)
     select c, r, $1::uuid, date_trunc('milliseconds', statement_timestamp())
     from unnest($2::uuid[]) c cross join unnest($3::uuid[]) r
     on conflict do nothing
     returning collection_id as "collectionId", render_id as "renderId"`,
    [ownerId, collectionIds, renderIds],
  );
}

/** Takes renders out of an owner's collections, and returns the places that there were. */
export function removeFromCollection(
  tx: Sql,
  ownerId: string,
  collectionIds: readonly string[],
  renderIds: readonly string[],
): Promise<ItemKey[]> {
  return tx.query<ItemKey>(
    `delete from collection_items
     where owner_id = $1::uuid and collection_id = any($2::uuid[]) and render_id = any($3::uuid[])
     returning collection_id as "collectionId", render_id as "renderId"`,
    [ownerId, collectionIds, renderIds],
  );
}

/** What a click on the heart met. */
export interface FavoriteClick {
  readonly accountStatus: 'active' | 'suspended';
  /** Null where the owner's default favorites are missing. */
  readonly favorites: CollectionRow | null;
  /** Null where the owner has no such render. */
  readonly render: RenderRow | null;
}

/**
 * Puts an owner's render into their default favorites, or takes it out, in one statement. Nothing changes where the
 * account is suspended, the render is not theirs, or the favorites are missing.
 */
export async function clickFavorite(
  db: Sql,
  ownerId: string,
  { renderId, action }: { renderId: string; action: 'add' | 'remove' },
): Promise<FavoriteClick> {
  const builder = new StatementBuilder();
  const owner = builder.bind(ownerId, 'uuid');
  const render = builder.bind(renderId, 'uuid');
  const change =
    action === 'add'
      ? `insert into collection_items (collection_id, render_id, owner_id)
         select f.id, r.id, ${owner} from f, r, me where me.account_status = 'active' on conflict do nothing returning 1`
      : `delete from collection_items i using f, r, me
         where i.collection_id = f.id and i.render_id = r.id and me.account_status = 'active' returning 1`;
  const [row] = await builder.run<{ accountStatus: 'active' | 'suspended'; favorites: unknown[] | null; render: unknown[] | null }>(
    db,
    `with me as (select account_status from profiles where id = ${owner}),
     f as (select * from collections where owner_id = ${owner} and is_default_favorites),
     r as (select * from renders where id = ${render} and owner_id = ${owner}),
     change as (${change})
     select me.account_status as "accountStatus", (select ${rowJson(builder, collections, 'f', nothing)} from f) as favorites,
       (select ${rowJson(builder, renders, 'r', nothing)} from r) as render, (select count(*) from change)
     from me`,
  );
  if (!row) throw new Error('A signed-in viewer has no profile.');
  return {
    accountStatus: row.accountStatus,
    favorites: row.favorites && decodeRow<CollectionRow>(collections, nothing, row.favorites, 'nested'),
    render: row.render && decodeRow<RenderRow>(renders, nothing, row.render, 'nested'),
  };
}
