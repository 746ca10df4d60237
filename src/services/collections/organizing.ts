import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Sql } from '../../database/database.js';
import { nothing } from '../../domain/selection.js';
import { CollectionLimitReached, FavoritesProtected, NotFound } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import * as collections from '../../repositories/collections.js';
import * as renders from '../../repositories/renders.js';
import type { CollectionRow } from '../../repositories/rows.js';
import type { Writes } from '../writes.js';
import {
  checkName,
  checkOrganization,
  checkRenders,
  type CollectionRendersInput,
  type OrganizeRendersInput,
} from './input.js';

/** Each id that was asked for is in exactly one of the lists, once, in the order in which they were asked for. */
export interface AddedRenders {
  readonly collection: CollectionRow;
  readonly added: readonly string[];
  readonly alreadyPresent: readonly string[];
  readonly notFound: readonly string[];
}

export interface RemovedRenders {
  readonly collection: CollectionRow;
  readonly removed: readonly string[];
  readonly notPresent: readonly string[];
}

export interface OrganizedRenders {
  /** Those that were named, to add to first. */
  readonly collections: readonly CollectionRow[];
  /** Places in collections: a render that was put into two counts twice. */
  readonly addedCount: number;
  readonly removedCount: number;
  readonly notFound: readonly string[];
}

/** Why a collection could not be touched. */
async function untouchable(tx: Sql, viewer: Viewer, id: string, action: 'renamed' | 'deleted'): Promise<Error> {
  const present = await collections.getCollection(tx, viewer.id, id, nothing);
  return present ? new FavoritesProtected(action) : new NotFound('collection');
}

/** Making, naming and deleting collections, and what is put into them. */
export function createOrganizing({ writes, runtime }: { writes: Writes; runtime: RuntimeConfiguration }) {
  return {
    /**
     * Makes a collection.
     *
     * @throws InvalidInput for a name that is none.
     * @throws CollectionLimitReached
     * @throws AccessSuspended
     */
    async createCollection(viewer: Viewer, input: { name: string }): Promise<{ collection: CollectionRow }> {
      const name = checkName(input.name);
      const limit = runtime.limits.maxCollections;
      return writes.organise(viewer, async (tx) => {
        const collection = await collections.createCollection(tx, viewer.id, { name, limit });
        if (!collection) throw new CollectionLimitReached(limit);
        return { collection };
      });
    },

    /**
     * Renames a collection.
     *
     * @throws InvalidInput for a name that is none.
     * @throws NotFound
     * @throws FavoritesProtected
     * @throws AccessSuspended
     */
    async renameCollection(
      viewer: Viewer,
      input: { collectionId: string; name: string },
    ): Promise<{ collection: CollectionRow }> {
      const name = checkName(input.name);
      return writes.organise(viewer, async (tx) => {
        const collection = await collections.renameCollection(tx, viewer.id, { id: input.collectionId, name });
        if (!collection) throw await untouchable(tx, viewer, input.collectionId, 'renamed');
        return { collection };
      });
    },

    /**
     * Deletes a collection; its renders stay.
     *
     * @throws NotFound
     * @throws FavoritesProtected
     * @throws AccessSuspended
     */
    async deleteCollection(viewer: Viewer, { collectionId }: { collectionId: string }): Promise<{ collectionId: string }> {
      return writes.organise(viewer, async (tx) => {
        const deleted = await collections.deleteCollection(tx, viewer.id, collectionId);
        if (!deleted) throw await untouchable(tx, viewer, collectionId, 'deleted');
        return { collectionId };
      });
    },

    /**
     * Puts 1 to 100 renders into a collection. An id that is not the viewer's is not found, and no fault.
     *
     * @throws InvalidInput for too few or too many renders.
     * @throws NotFound where the collection is not theirs.
     * @throws AccessSuspended
     */
    async addRendersToCollection(viewer: Viewer, input: CollectionRendersInput): Promise<AddedRenders> {
      const renderIds = checkRenders(input.renderIds);
      return writes.organise(viewer, async (tx) => {
        const collection = await collections.getCollection(tx, viewer.id, input.collectionId, nothing);
        if (!collection) throw new NotFound('collection');
        const own = await renders.listOwnRenderIds(tx, viewer.id, renderIds);
        const found = renderIds.filter((id) => own.has(id));
        const places = await collections.addToCollection(tx, viewer.id, [collection.id], found);
        const added = new Set(places.map(({ renderId }) => renderId));
        return {
          collection,
          added: found.filter((id) => added.has(id)),
          alreadyPresent: found.filter((id) => !added.has(id)),
          notFound: renderIds.filter((id) => !own.has(id)),
        };
      });
    },

    /**
     * Takes 1 to 100 renders out of a collection. What is not in it, the viewer's or not, is not present, and no fault.
     *
     * @throws InvalidInput for too few or too many renders.
     * @throws NotFound where the collection is not theirs.
     * @throws AccessSuspended
     */
    async removeRendersFromCollection(viewer: Viewer, input: CollectionRendersInput): Promise<RemovedRenders> {
      const renderIds = checkRenders(input.renderIds);
      return writes.organise(viewer, async (tx) => {
        const collection = await collections.getCollection(tx, viewer.id, input.collectionId, nothing);
        if (!collection) throw new NotFound('collection');
        const places = await collections.removeFromCollection(tx, viewer.id, [collection.id], renderIds);
        const removed = new Set(places.map(({ renderId }) => renderId));
        return {
          collection,
          removed: renderIds.filter((id) => removed.has(id)),
          notPresent: renderIds.filter((id) => !removed.has(id)),
        };
      });
    },

    /**
     * Puts 1 to 100 renders into up to 20 collections and takes them out of up to 20 others, all or nothing. A render
     * that is not the viewer's is not found, and no fault; a collection that is not theirs is one.
     *
     * @throws InvalidInput for too few or too many, and for a collection on both sides.
     * @throws NotFound where a collection is not theirs.
     * @throws AccessSuspended
     */
    async organizeRenders(viewer: Viewer, input: OrganizeRendersInput): Promise<OrganizedRenders> {
      const { renderIds, into, outOf } = checkOrganization(input);
      return writes.organise(viewer, async (tx) => {
        const wanted = [...into, ...outOf];
        const touched = await collections.listCollectionsByIds(tx, viewer.id, wanted, nothing);
        if (touched.length < wanted.length) throw new NotFound('collection');
        const own = await renders.listOwnRenderIds(tx, viewer.id, renderIds);
        const found = renderIds.filter((id) => own.has(id));
        const removed = await collections.removeFromCollection(tx, viewer.id, outOf, found);
        const added = await collections.addToCollection(tx, viewer.id, into, found);
        return {
          collections: touched,
          addedCount: added.length,
          removedCount: removed.length,
          notFound: renderIds.filter((id) => !own.has(id)),
        };
      });
    },
  };
}
