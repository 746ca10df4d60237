import type { Databases } from '../../database/database.js';
import { orders } from '../../domain/keyset.js';
import { type Connection, type ConnectionArguments, toPage } from '../../domain/page.js';
import type { Selection } from '../../domain/selection.js';
import type { MaybeViewer } from '../../domain/viewer.js';
import * as community from '../../repositories/community.js';
import type { CommunityCollectionRow, CommunityItemRow } from '../../repositories/rows.js';
import type { PresetFilterInput, PresetService } from '../presets.js';
import { scopeOf } from '../scope.js';

export type CommunityService = ReturnType<typeof createCommunityService>;

/** The curated gallery; everyone reads it, also without signing in. */
export function createCommunityService({
  databases,
  checkFilter,
}: {
  databases: Databases;
  checkFilter: PresetService['checkFilter'];
}) {
  return {
    /** @throws BadUserInput for page arguments out of bounds. */
    listCommunityCollections(
      viewer: MaybeViewer,
      input: { featured: boolean | null; page: ConnectionArguments; selection: Selection },
    ): Promise<Connection<CommunityCollectionRow>> {
      return community.listCommunityCollections(databases.gateway(scopeOf(viewer)), {
        featured: input.featured,
        page: toPage(orders.communityCollections, input.page),
        selection: input.selection,
      });
    },

    /** @throws BadUserInput for page arguments out of bounds and unknown presets. */
    listCommunityItems(
      viewer: MaybeViewer,
      input: {
        filter: PresetFilterInput & { readonly featured?: boolean | null | undefined };
        page: ConnectionArguments;
        selection: Selection;
      },
    ): Promise<Connection<CommunityItemRow>> {
      const { featured, ...presets } = input.filter;
      return community.listCommunityItems(databases.gateway(scopeOf(viewer)), {
        filter: { ...checkFilter(presets), ...(featured != null ? { featured } : {}) },
        page: toPage(orders.communityItemsNewest, input.page),
        selection: input.selection,
      });
    },

    getCommunityCollection(
      viewer: MaybeViewer,
      id: string,
      selection: Selection,
    ): Promise<CommunityCollectionRow | null> {
      return community.getCommunityCollection(databases.gateway(scopeOf(viewer)), id, selection);
    },
  };
}
