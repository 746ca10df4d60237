import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { ownerTopic } from '../../domain/cache-topics.js';
import { orders } from '../../domain/keyset.js';
import { type Connection, type ConnectionArguments, toPage } from '../../domain/page.js';
import { connectionParts, mergeSelections, nothing, type Selection } from '../../domain/selection.js';
import type { Viewer } from '../../domain/viewer.js';
import * as collections from '../../repositories/collections.js';
import type { CollectionRow } from '../../repositories/rows.js';
import type { Cache } from '../cache/cache.js';
import { cacheKey } from '../cache/key.js';
import { scopeOf } from '../scope.js';
import type { Writes } from '../writes.js';
import { createFavorites } from './favorites.js';
import { createOrganizing } from './organizing.js';

const ofList = (name: string): Selection => new Map([[name, { name, args: undefined, selection: nothing }]]);
const firstRow = ofList(connectionParts.rows);
const pastTheEnd = ofList(connectionParts.more);

export interface CollectionDependencies {
  readonly databases: Databases;
  readonly cache: Cache;
  readonly writes: Writes;
  readonly runtime: RuntimeConfiguration;
}

export type CollectionService = ReturnType<typeof createCollectionService>;

/** People's collections: reading them here, the favorites and the organising in the files beside this one. */
export function createCollectionService({ databases, cache, writes, runtime }: CollectionDependencies) {
  const favorites = createFavorites({ databases, cache, writes });

  return {
    ...favorites,
    ...createOrganizing({ writes, runtime }),

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
      // Where only the length is wanted, the first row comes along and tells whether the favorites are counted in it; and
      // read from its end, the page is the list's start where nothing goes on before it.
      const onlyCounts = !input.selection.has(connectionParts.rows);
      const page = onlyCounts ? toPage(orders.collections, { first: 1 }) : asked;
      const needed = onlyCounts ? firstRow : page.backward ? pastTheEnd : null;
      const selection = needed ? mergeSelections(input.selection, needed) : input.selection;
      const read = () =>
        cache.through(
          {
            name: 'collections',
            topic: ownerTopic(viewer.id),
            key: () => cacheKey({ operation: 'list', page, selection }),
          },
          () => collections.listCollections(db, viewer.id, { page, selection }),
        );
      const found = await read();
      const showsStart = page.after === null && !(page.backward && found.pageInfo.hasPreviousPage);
      if (!showsStart || page.size === 0 || found.edges[0]?.node.isDefaultFavorites) return found;
      await favorites.ensureDefaultFavorites(viewer, new Map());
      return read();
    },

    /** The viewer's collections among these, in this order. */
    listCollectionsByIds(viewer: Viewer, ids: readonly string[], selection: Selection): Promise<CollectionRow[]> {
      return collections.listCollectionsByIds(databases.gateway(scopeOf(viewer)), viewer.id, ids, selection);
    },

    /** The viewer's collection, or null where there is none of theirs. */
    getCollection(viewer: Viewer, id: string, selection: Selection): Promise<CollectionRow | null> {
      return collections.getCollection(databases.gateway(scopeOf(viewer)), viewer.id, id, selection);
    },
  };
}
