import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { communityTopic } from '../../domain/cache-topics.js';
import { orders } from '../../domain/keyset.js';
import { type Connection, type ConnectionArguments, toPage } from '../../domain/page.js';
import type { Selection } from '../../domain/selection.js';
import type { MaybeViewer } from '../../domain/viewer.js';
import * as community from '../../repositories/community.js';
import type { CommunityCollectionRow, CommunityItemRow } from '../../repositories/rows.js';
import type { Cache } from '../cache/cache.js';
import { cacheKey, type CacheKeyParts } from '../cache/key.js';
import type { PresetFilterInput, PresetService } from '../presets.js';
import { scopeOf } from '../scope.js';

export type CommunityService = ReturnType<typeof createCommunityService>;

/**
 * The curated gallery; everyone reads it, also without signing in. Its lists and collections are kept for everybody, and
 * so they are read as nobody: an answer that depended on who asked first could not come about.
 */
export function createCommunityService({
  databases,
  cache,
  runtime,
  checkFilter,
}: {
  databases: Databases;
  cache: Cache;
  runtime: RuntimeConfiguration;
  checkFilter: PresetService['checkFilter'];
}) {
  const db = databases.gateway(scopeOf(null));

  function kept<T>(key: CacheKeyParts, load: () => Promise<T>): Promise<T> {
    return cache.through({ name: 'community', topic: communityTopic, key: () => cacheKey(key) }, load);
  }

  return {
    /** @throws BadUserInput for page arguments out of bounds. */
    listCommunityCollections(
      _viewer: MaybeViewer,
      input: { featured: boolean | null; page: ConnectionArguments; selection: Selection },
    ): Promise<Connection<CommunityCollectionRow>> {
      const { featured, selection } = input;
      const page = toPage(orders.communityCollections, input.page);
      return kept({ operation: 'collections', page, of: featured, selection }, () =>
        community.listCommunityCollections(db, { featured, page, selection }),
      );
    },

    /** @throws BadUserInput for page arguments out of bounds and unknown presets. */
    listCommunityItems(
      _viewer: MaybeViewer,
      input: {
        filter: PresetFilterInput & { readonly featured?: boolean | null | undefined };
        page: ConnectionArguments;
        selection: Selection;
      },
    ): Promise<Connection<CommunityItemRow>> {
      const { featured, ...presets } = input.filter;
      const { selection } = input;
      const { modes, ...checked } = checkFilter(presets);
      const filter = {
        ...checked,
        ...(modes ? { modes: { wanted: modes, offered: runtime.modes, otherwise: runtime.defaults.mode } } : {}),
        ...(featured != null ? { featured } : {}),
      };
      const page = toPage(orders.communityItemsNewest, input.page);
      const load = () => community.listCommunityItems(db, { filter, page, selection });
      // What somebody typed will hardly be asked for again, and would push out what is.
      return filter.search ? load() : kept({ operation: 'items', page, of: filter, selection }, load);
    },

    getCommunityCollection(
      _viewer: MaybeViewer,
      id: string,
      selection: Selection,
    ): Promise<CommunityCollectionRow | null> {
      return kept({ operation: 'collection', of: id, selection }, () =>
        community.getCommunityCollection(db, id, selection),
      );
    },

    /** A look as it is now, for whoever has just changed it. */
    getCommunityItem(_viewer: MaybeViewer, id: string, selection: Selection): Promise<CommunityItemRow | null> {
      return community.getCommunityItem(db, id, selection);
    },
  };
}
