import type { Databases } from '../database/database.js';
import { orders } from '../domain/keyset.js';
import { type Connection, type ConnectionArguments, toPage } from '../domain/page.js';
import { connectionParts, mergeSelections, nothing, type Selection } from '../domain/selection.js';
import type { Viewer } from '../domain/viewer.js';
import * as collections from '../repositories/collections.js';
import type { CollectionRow } from '../repositories/rows.js';
import { scopeOf } from './scope.js';

/** What the default favorites are called, here and in the trigger that makes them with a profile. */
export const favoritesName = 'Favorites';

const firstRow: Selection = new Map([
  [connectionParts.rows, { name: connectionParts.rows, args: undefined, selection: nothing }],
]);

export type CollectionService = ReturnType<typeof createCollectionService>;

export function createCollectionService({ databases }: { databases: Databases }) {
  /** The viewer's default favorites with their parts; made where the row was lost. */
  async function ensureDefaultFavorites(viewer: Viewer, selection: Selection): Promise<CollectionRow> {
    const db = databases.gateway(scopeOf(viewer));
    const present = await collections.getDefaultFavorites(db, viewer.id, selection);
    if (present) return present;
    await collections.createDefaultFavorites(db, viewer.id, favoritesName);
    const made = await collections.getDefaultFavorites(db, viewer.id, selection);
    if (!made) throw new Error('The default favorites were made and cannot be read.');
    return made;
  }

  return {
    ensureDefaultFavorites,

    /**
     * A page of the viewer's collections, the default favorites first, in one statement (and two more where the
     * favorites were lost and are made anew).
     *
     * @throws BadUserInput for page arguments out of bounds.
     */
    async listCollections(
      viewer: Viewer,
      input: { page: ConnectionArguments; selection: Selection },
    ): Promise<Connection<CollectionRow>> {
      const db = databases.gateway(scopeOf(viewer));
      const asked = toPage(orders.collections, input.page);
      // Where only the length is wanted, the first row comes along and tells whether the favorites are counted in it.
      const onlyCounts = !input.selection.has(connectionParts.rows);
      const page = onlyCounts ? toPage(orders.collections, { first: 1 }) : asked;
      const selection = onlyCounts ? mergeSelections(input.selection, firstRow) : input.selection;
      const read = () => collections.listCollections(db, viewer.id, { page, selection });
      const found = await read();
      const showsStart = page.after === null && !(page.backward && found.pageInfo.hasPreviousPage);
      if (!showsStart || page.size === 0 || found.edges[0]?.node.isDefaultFavorites) return found;
      await ensureDefaultFavorites(viewer, new Map());
      return read();
    },

    /** The viewer's collection, or null where there is none of theirs. */
    getCollection(viewer: Viewer, id: string, selection: Selection): Promise<CollectionRow | null> {
      return collections.getCollection(databases.gateway(scopeOf(viewer)), viewer.id, id, selection);
    },
  };
}
