import { NotFound } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import * as assets from '../../repositories/assets.js';
import * as community from '../../repositories/community.js';
import type { CommunityCollectionRow } from '../../repositories/rows.js';
import type { Writes } from '../writes.js';
import {
  checkCollectionChange,
  checkNewCollection,
  type CreateCommunityCollectionInput,
  type UpdateCommunityCollectionInput,
} from './input.js';
import { ownCopies } from './publishing.js';

/** What administrators change of collections; see curation.ts. */
export function createCollectionCuration({
  writes,
  onAssetsMarked,
  now,
}: {
  writes: Writes;
  onAssetsMarked: () => void;
  now: () => Date;
}) {
  return {
    /**
     * Makes a collection; without an `orderIndex` at 0, where the newest comes first.
     *
     * @throws InvalidInput
     */
    async createCommunityCollection(
      viewer: Viewer,
      input: CreateCommunityCollectionInput,
    ): Promise<{ communityCollection: CommunityCollectionRow }> {
      return writes.curate(viewer, async (tx) => {
        const collection = checkNewCollection(input);
        return { communityCollection: await community.createCommunityCollection(tx, collection) };
      });
    },

    /**
     * Changes what is given of a collection; naming nothing is no fault.
     *
     * @throws InvalidInput also for null where there must be a value.
     * @throws NotFound
     */
    async updateCommunityCollection(
      viewer: Viewer,
      input: UpdateCommunityCollectionInput,
    ): Promise<{ communityCollection: CommunityCollectionRow }> {
      return writes.curate(viewer, async (tx) => {
        const change = checkCollectionChange(input);
        const communityCollection = await community.updateCommunityCollection(tx, input.communityCollectionId, change);
        if (!communityCollection) throw new NotFound('community collection');
        return { communityCollection };
      });
    },

    /**
     * Deletes a collection with its looks. Their copies of pictures are marked, and removed later.
     *
     * @throws NotFound
     */
    async deleteCommunityCollection(
      viewer: Viewer,
      { communityCollectionId: id }: { communityCollectionId: string },
    ): Promise<{ communityCollectionId: string }> {
      const marked = await writes.curate(viewer, async (tx) => {
        if (!(await community.lockCommunityCollection(tx, id))) throw new NotFound('community collection');
        const items = await community.deleteCommunityCollection(tx, id);
        return assets.markCopies(tx, ownCopies(items), now());
      });
      if (marked > 0) onAssetsMarked();
      return { communityCollectionId: id };
    },
  };
}
