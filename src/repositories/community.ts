import type { Sql } from '../database/database.js';
import type { CommunityItemFilter } from '../domain/community.js';
import type { Connection, Page } from '../domain/page.js';
import type { Selection } from '../domain/selection.js';
import { communityCollections, communityItems } from './entities.js';
import { holdsText, oneOf } from './query/conditions.js';
import { readConnection } from './query/connection.js';
import { readRows } from './query/entity.js';
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
      where: (builder, row) =>
        featured === null ? [] : [`${row}.is_featured = ${builder.bind(featured, 'boolean')}`],
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
        if (filter.modes) conditions.push(oneOf(builder, setting('mode'), filter.modes));
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
