import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases, Sql } from '../../database/database.js';
import { InvalidInput, NotFound, StaleOrder } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import * as assets from '../../repositories/assets.js';
import * as community from '../../repositories/community.js';
import type { CommunityCollectionRow, CommunityItemRow } from '../../repositories/rows.js';
import type { Storage } from '../../storage/storage.js';
import type { Writes } from '../writes.js';
import {
  type AddCommunityItemInput,
  checkItemChange,
  checkNewItem,
  checkOrder,
  maxCommunityItems,
  maxOrderIndex,
  type ReorderCommunityItemsInput,
  type UpdateCommunityItemInput,
} from './input.js';
import { createPublishing, ownCopies } from './publishing.js';

export interface CurationDependencies {
  readonly databases: Databases;
  readonly writes: Writes;
  readonly storage: Pick<Storage, 'copy'>;
  readonly runtime: RuntimeConfiguration;
  /** Called when pictures were marked for removal, after the commit. */
  readonly onAssetsMarked: () => void;
  readonly now: () => Date;
}

/** What administrators change of looks; see curation.ts. */
export function createItemCuration({ databases, writes, storage, runtime, onAssetsMarked, now }: CurationDependencies) {
  const publishing = createPublishing({ databases, writes, storage, onAssetsMarked, now });

  /** What a new look is but its picture, and where it goes: into its collection, which is locked from here on. */
  async function place(tx: Sql, input: AddCommunityItemInput) {
    const { externalImageUrl, applySettings, orderIndex } = checkNewItem(input, runtime);
    const collectionId = input.communityCollectionId;
    if (!(await community.lockCommunityCollection(tx, collectionId))) throw new NotFound('community collection');
    const { items, lastIndex } = await community.getCollectionExtent(tx, collectionId);
    if (items >= maxCommunityItems) {
      const message = `A collection holds at most ${maxCommunityItems} looks. Remove one, or choose another collection.`;
      throw new InvalidInput([{ path: ['communityCollectionId'], message }]);
    }
    // Of looks at one place the newest comes last: the last place there is serves any number.
    const last = lastIndex === null ? 0 : Math.min(lastIndex + 1, Math.max(lastIndex, maxOrderIndex));
    return { placement: { collectionId, applySettings, orderIndex: orderIndex ?? last }, externalImageUrl };
  }

  async function addExternal(viewer: Viewer, input: AddCommunityItemInput): Promise<CommunityItemRow> {
    return writes.curate(viewer, async (tx) => {
      const { placement, externalImageUrl } = await place(tx, input);
      if (externalImageUrl === null) throw new Error('A look without a picture passed the check.');
      const id = await community.nextItemId(tx);
      return community.createCommunityItem(tx, { ...placement, id, picture: { externalImageUrl } });
    });
  }

  return {
    /**
     * Adds a look: a render of the viewer's own, whose picture is copied, or a picture from elsewhere, which is named and
     * never fetched. Without an `orderIndex` it comes last.
     *
     * @throws InvalidInput also where the render has no picture, and where the collection is full.
     * @throws NotFound for the collection, and for a render that is not theirs.
     * @throws StorageUnavailable
     */
    async addCommunityItem(viewer: Viewer, input: AddCommunityItemInput): Promise<{ communityItem: CommunityItemRow }> {
      const communityItem =
        input.renderId != null
          ? await publishing.publish(viewer, input.renderId, async (tx) => (await place(tx, input)).placement)
          : await addExternal(viewer, input);
      return { communityItem };
    },

    /**
     * Changes what is given of a look: new settings replace the old ones whole, null takes them away.
     *
     * @throws InvalidInput also for null where there must be a value.
     * @throws NotFound
     */
    async updateCommunityItem(
      viewer: Viewer,
      input: UpdateCommunityItemInput,
    ): Promise<{ communityItem: CommunityItemRow }> {
      return writes.curate(viewer, async (tx) => {
        const change = checkItemChange(input, runtime);
        if (!(await community.lockCollectionOfItem(tx, input.communityItemId))) throw new NotFound('community item');
        const communityItem = await community.updateCommunityItem(tx, input.communityItemId, change);
        if (!communityItem) throw new NotFound('community item');
        return { communityItem };
      });
    },

    /**
     * Takes a look out of its collection for good. Its copy of a picture is marked, and removed later.
     *
     * @throws NotFound
     */
    async removeCommunityItem(
      viewer: Viewer,
      { communityItemId: id }: { communityItemId: string },
    ): Promise<{ communityItemId: string }> {
      const marked = await writes.curate(viewer, async (tx) => {
        // Another one may have removed it while this one waited for the lock.
        const item = (await community.lockCollectionOfItem(tx, id)) ? await community.deleteCommunityItem(tx, id) : null;
        if (!item) throw new NotFound('community item');
        return assets.markCopies(tx, ownCopies([item]), now());
      });
      if (marked > 0) onAssetsMarked();
      return { communityItemId: id };
    },

    /**
     * Puts a collection's looks into the order of `itemIds`, which names every one of them once.
     *
     * @throws InvalidInput for a look that is named twice.
     * @throws NotFound
     * @throws StaleOrder where others are in the collection than are named.
     */
    async reorderCommunityItems(
      viewer: Viewer,
      { communityCollectionId: id, itemIds }: ReorderCommunityItemsInput,
    ): Promise<{ communityCollection: CommunityCollectionRow }> {
      return writes.curate(viewer, async (tx) => {
        const wanted = checkOrder(itemIds);
        const communityCollection = await community.lockCommunityCollection(tx, id);
        if (!communityCollection) throw new NotFound('community collection');
        const current = await community.listItemIds(tx, id);
        if (current.length !== wanted.size || !current.every((itemId) => wanted.has(itemId))) throw new StaleOrder(current);
        await community.orderItems(tx, id, itemIds);
        return { communityCollection };
      });
    },
  };
}
