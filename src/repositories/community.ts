import type { Sql } from '../database/database.js';
import type { CommunityItemFilter } from '../domain/community.js';
import type { Connection, Page } from '../domain/page.js';
import type { Selection } from '../domain/selection.js';
import { communityCollections, communityItems } from './entities.js';
import { holdsText, oneOf } from './query/conditions.js';
import { readConnection } from './query/connection.js';
import { readRows } from './query/reading.js';
import { returnedRow, returning } from './query/row-shape.js';
import type { CommunityCollectionRow, CommunityItemRow } from './rows.js';

/** A page of the community's collections with their parts, in one statement; `featured` null takes all. */
export function listCommunityCollections(
  db: Sql,
  { featured, page, selection }: { featured: boolean | null; page: Page; selection: Selection },
): Promise<Connection<CommunityCollectionRow>> {
  return readConnection<CommunityCollectionRow>(
    db,
    {
      entity: communityCollections,
      where: (_builder, row) =>
        // In the text, because for a value that it does not know the server may plan each time.
        featured === null ? [] : [featured ? `${row}.is_featured` : `not ${row}.is_featured`],
    },
    page,
    selection,
  );
}

/** A community collection by id with its parts, or null. */
export async function getCommunityCollection(
  db: Sql,
  id: string,
  selection: Selection,
): Promise<CommunityCollectionRow | null> {
  const [row] = await readRows<CommunityCollectionRow>(
    db,
    communityCollections,
    selection,
    (builder, collection) => `${collection}.id = ${builder.bind(id, 'uuid')}`,
  );
  return row ?? null;
}

/** A page of the community's looks over all collections with their parts, in one statement. */
export function listCommunityItems(
  db: Sql,
  { filter, page, selection }: { filter: CommunityItemFilter; page: Page; selection: Selection },
): Promise<Connection<CommunityItemRow>> {
  return readConnection<CommunityItemRow>(
    db,
    {
      entity: communityItems,
      where(builder, row) {
        const setting = (name: string) => `${row}.apply_settings->>'${name}'`;
        const conditions: string[] = [];
        if (filter.modes) {
          const { wanted, offered, otherwise } = filter.modes;
          const shown =
            `case when ${oneOf(builder, setting('mode'), offered)} then ${setting('mode')} ` +
            `else ${builder.bind(otherwise, 'text')} end`;
          conditions.push(`${row}.apply_settings is not null and ${oneOf(builder, `(${shown})`, wanted)}`);
        }
        if (filter.roomTypes) conditions.push(oneOf(builder, setting('roomType'), filter.roomTypes));
        if (filter.styles) conditions.push(oneOf(builder, setting('style'), filter.styles));
        if (filter.featured !== undefined) {
          conditions.push(
            `(select c.is_featured from community_collections c where c.id = ${row}.collection_id) = ` +
              builder.bind(filter.featured, 'boolean'),
          );
        }
        if (filter.search) {
          const { text, roomTypes, styles } = filter.search;
          const places = [holdsText(builder, setting('prompt'), text)];
          if (roomTypes.length > 0) places.push(oneOf(builder, setting('roomType'), roomTypes));
          if (styles.length > 0) places.push(oneOf(builder, setting('style'), styles));
          conditions.push(`(${places.join(' or ')})`);
        }
        return conditions;
      },
    },
    page,
    selection,
  );
}

/** A look by id with its parts, or null. */
export async function getCommunityItem(db: Sql, id: string, selection: Selection): Promise<CommunityItemRow | null> {
  const [row] = await readRows<CommunityItemRow>(
    db,
    communityItems,
    selection,
    (builder, item) => `${item}.id = ${builder.bind(id, 'uuid')}`,
  );
  return row ?? null;
}

type Raw = Record<string, unknown>;

function inserted<Row>(raw: Raw | undefined): Row {
  const row = returnedRow<Row>(raw);
  if (!row) throw new Error('What was inserted was not returned.');
  return row;
}

// Whoever changes what is in a collection locks its row first: its length, its order and its looks stand still until the
// commit. The looks' own rows come after it, so that two changes never wait for each other.

/** Locks a collection; null where there is none. */
export async function lockCommunityCollection(tx: Sql, id: string): Promise<CommunityCollectionRow | null> {
  const [row] = await tx.query<Raw>(
    `select ${returning(communityCollections)} from community_collections where id = $1::uuid for no key update`,
    [id],
  );
  return returnedRow<CommunityCollectionRow>(row);
}

/** Locks the collection that a look is in; false where there is no such look. */
export async function lockCollectionOfItem(tx: Sql, itemId: string): Promise<boolean> {
  const rows = await tx.query(
    `select id from community_collections
     where id = (select collection_id from community_items where id = $1::uuid) for no key update`,
    [itemId],
  );
  return rows.length > 0;
}

export interface NewCommunityCollection {
  readonly title: string;
  readonly description: string | null;
  readonly isFeatured: boolean;
  readonly orderIndex: number;
}

export async function createCommunityCollection(
  tx: Sql,
  { title, description, isFeatured, orderIndex }: NewCommunityCollection,
): Promise<CommunityCollectionRow> {
  const [row] = await tx.query<Raw>(
    `insert into community_collections (title, description, is_featured, order_index)
     values ($1::text, $2::text, $3::boolean, $4::integer) returning ${returning(communityCollections)}`,
    [title, description, isFeatured, orderIndex],
  );
  return inserted<CommunityCollectionRow>(row);
}

/** Changes what is named, and leaves the rest; null where there is no such collection. */
export async function updateCommunityCollection(
  tx: Sql,
  id: string,
  { title, description, isFeatured, orderIndex }: Partial<NewCommunityCollection>,
): Promise<CommunityCollectionRow | null> {
  const [row] = await tx.query<Raw>(
    `update community_collections set
       title = coalesce($2::text, title),
       description = case when $3::boolean then $4::text else description end,
       is_featured = coalesce($5::boolean, is_featured),
       order_index = coalesce($6::integer, order_index)
     where id = $1::uuid returning ${returning(communityCollections)}`,
    [id, title ?? null, description !== undefined, description ?? null, isFeatured ?? null, orderIndex ?? null],
  );
  return returnedRow<CommunityCollectionRow>(row);
}

/** Deletes a collection and all looks in it, and returns the looks that there were. */
export async function deleteCommunityCollection(tx: Sql, id: string): Promise<DeletedItem[]> {
  const items = await tx.query<DeletedItem>(
    `delete from community_items where collection_id = $1::uuid returning ${deletedItem}`,
    [id],
  );
  await tx.query('delete from community_collections where id = $1::uuid', [id]);
  return items;
}

/** What is left to know of a look that is gone: the pictures that it named. */
export interface DeletedItem {
  readonly id: string;
  readonly imagePath: string | null;
  readonly thumbPath: string | null;
}

const deletedItem = 'id, image_path as "imagePath", thumb_path as "thumbPath"';

/** How many looks a collection has, and the last one's place; null where it has none. Exact under the collection's lock. */
export async function getCollectionExtent(
  tx: Sql,
  collectionId: string,
): Promise<{ readonly items: number; readonly lastIndex: number | null }> {
  const [row] = await tx.query<{ items: number; lastIndex: number | null }>(
    `select count(*)::int as items, max(order_index) as "lastIndex" from community_items where collection_id = $1::uuid`,
    [collectionId],
  );
  if (!row) throw new Error('An aggregate gave no row.');
  return row;
}

/**
 * Locks an owner's render against its deletion until the transaction ends; false where there is none. A look that names
 * it is inserted after that: neither the foreign key nor the policy on whose renders are published can refuse it then.
 */
export async function lockOwnRender(tx: Sql, ownerId: string, renderId: string): Promise<boolean> {
  const rows = await tx.query('select id from renders where id = $2::uuid and owner_id = $1::uuid for key share', [
    ownerId,
    renderId,
  ]);
  return rows.length > 0;
}

/** An id for a look that is yet to be inserted, so that its pictures can have their keys before. */
export async function nextItemId(db: Sql): Promise<string> {
  const [row] = await db.query<{ id: string }>('select uuid_v7() as id');
  if (!row) throw new Error('The database made no id.');
  return row.id;
}

/** A picture that was published as a copy of its own. */
export interface PublishedPicture {
  readonly renderId: string;
  readonly imagePath: string;
  readonly thumbPath: string;
  readonly width: number;
  readonly height: number;
  readonly byteSize: number;
  readonly contentType: string;
  readonly placeholder: string | null;
}

export interface NewCommunityItem {
  readonly id: string;
  readonly collectionId: string;
  readonly picture: PublishedPicture | { readonly externalImageUrl: string };
  readonly applySettings: object | null;
  readonly orderIndex: number;
}

export async function createCommunityItem(tx: Sql, item: NewCommunityItem): Promise<CommunityItemRow> {
  const picture: Partial<PublishedPicture> & { readonly externalImageUrl?: string } = item.picture;
  const [row] = await tx.query<Raw>(
    `insert into community_items (id, collection_id, source, render_id, external_image_url, image_path, thumb_path,
       width, height, byte_size, content_type, placeholder, apply_settings, order_index)
     values ($1::uuid, $2::uuid, $3::text, $4::uuid, $5::text, $6::text, $7::text,
       $8::integer, $9::integer, $10::integer, $11::text, $12::text, $13::jsonb, $14::integer)
     returning ${returning(communityItems)}`,
    [
      item.id,
      item.collectionId,
      picture.externalImageUrl === undefined ? 'internal' : 'external',
      picture.renderId ?? null,
      picture.externalImageUrl ?? null,
      picture.imagePath ?? null,
      picture.thumbPath ?? null,
      picture.width ?? null,
      picture.height ?? null,
      picture.byteSize ?? null,
      picture.contentType ?? null,
      picture.placeholder ?? null,
      item.applySettings,
      item.orderIndex,
    ],
  );
  return inserted<CommunityItemRow>(row);
}

/** Changes what is named, and leaves the rest; null where there is no such look. */
export async function updateCommunityItem(
  tx: Sql,
  id: string,
  { applySettings, orderIndex }: { readonly applySettings?: object | null; readonly orderIndex?: number },
): Promise<CommunityItemRow | null> {
  const [row] = await tx.query<Raw>(
    `update community_items set
       apply_settings = case when $2::boolean then $3::jsonb else apply_settings end,
       order_index = coalesce($4::integer, order_index)
     where id = $1::uuid returning ${returning(communityItems)}`,
    [id, applySettings !== undefined, applySettings ?? null, orderIndex ?? null],
  );
  return returnedRow<CommunityItemRow>(row);
}

/** Deletes a look; null where there is none. */
export async function deleteCommunityItem(tx: Sql, id: string): Promise<DeletedItem | null> {
  const [row] = await tx.query<DeletedItem>(
    `delete from community_items where id = $1::uuid returning ${deletedItem}`,
    [id],
  );
  return row ?? null;
}

/** The ids of a collection's looks, in their order. */
export async function listItemIds(db: Sql, collectionId: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'select id from community_items where collection_id = $1::uuid order by order_index, id',
    [collectionId],
  );
  return rows.map(({ id }) => id);
}

/** Gives a collection's looks the places 0, 1, 2, … in the order of these ids. */
export async function orderItems(tx: Sql, collectionId: string, ids: readonly string[]): Promise<void> {
  await tx.query(
    `update community_items i set order_index = wanted.place - 1
     from unnest($2::uuid[]) with ordinality wanted (id, place)
     where i.id = wanted.id and i.collection_id = $1::uuid`,
    [collectionId, ids],
  );
}
