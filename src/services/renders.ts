import type { Databases, Sql } from '../database/database.js';
import { ownerTopic } from '../domain/cache-topics.js';
import { BadUserInput } from '../domain/errors.js';
import { checkInput } from '../domain/input.js';
import { orders } from '../domain/keyset.js';
import { monthOf } from '../domain/months.js';
import { type Connection, type ConnectionArguments, toPage } from '../domain/page.js';
import type { RenderStatistics } from '../domain/renders.js';
import type { Selection } from '../domain/selection.js';
import { renderFolder } from '../domain/storage-keys.js';
import { InvalidInput, NotFound } from '../domain/user-errors.js';
import type { Viewer } from '../domain/viewer.js';
import * as assets from '../repositories/assets.js';
import * as renders from '../repositories/renders.js';
import type { RenderRow } from '../repositories/rows.js';
import type { Cache } from './cache/cache.js';
import { cacheKey } from './cache/key.js';
import type { PresetFilterInput, PresetService } from './presets.js';
import { scopeOf } from './scope.js';
import type { Writes } from './writes.js';

/** Renders that one request may delete. */
export const maxDeletedRenders = 100;

export interface RenderFilterInput extends PresetFilterInput {
  readonly createdAfter?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
  readonly collectionId?: string | null | undefined;
  readonly favorite?: boolean | null | undefined;
}

export interface ListRendersInput {
  readonly filter: RenderFilterInput;
  readonly direction: 'asc' | 'desc';
  readonly page: ConnectionArguments;
  readonly selection: Selection;
}

/** Each id that was asked for is in exactly one of the lists, once, in the order in which they were asked for. */
export interface DeletedRenders {
  readonly deleted: readonly string[];
  readonly notFound: readonly string[];
}

/** Why a cover could not be set. */
async function unsettable(tx: Sql, viewer: Viewer, renderId: string): Promise<Error> {
  const indices = await renders.listVariantIndices(tx, viewer.id, renderId);
  if (!indices) return new NotFound('render');
  const message = `This render has no such variant. It has the indices ${indices.join(', ')}.`;
  return new InvalidInput([{ path: ['variantIndex'], message }]);
}

export type RenderService = ReturnType<typeof createRenderService>;

export function createRenderService({
  databases,
  cache,
  writes,
  checkFilter,
  onAssetsMarked,
  now,
}: {
  databases: Databases;
  cache: Cache;
  writes: Writes;
  checkFilter: PresetService['checkFilter'];
  onAssetsMarked: () => void;
  now: () => Date;
}) {
  return {
    /**
     * A page of the viewer's renders, in one statement. The newest, which every visit begins with, are kept: without a
     * filter and without a cursor.
     *
     * @throws BadUserInput for page arguments out of bounds, unknown presets and an empty time span.
     */
    listRenders(viewer: Viewer, input: ListRendersInput): Promise<Connection<RenderRow>> {
      const { createdAfter, createdBefore, collectionId, favorite, ...presets } = input.filter;
      if (createdAfter && createdBefore && createdAfter >= createdBefore) {
        throw new BadUserInput('"createdAfter" must be earlier than "createdBefore".');
      }
      const filter = {
        ...checkFilter(presets),
        ...(createdAfter ? { createdAfter } : {}),
        ...(createdBefore ? { createdBefore } : {}),
        ...(collectionId != null ? { collectionId } : {}),
        ...(favorite != null ? { favorite } : {}),
      };
      const page = toPage(input.direction === 'desc' ? orders.rendersNewest : orders.rendersOldest, input.page);
      const { selection } = input;
      const load = () =>
        renders.listRenders(databases.gateway(scopeOf(viewer)), viewer.id, { filter, page, selection });
      const isFirstPage = !page.backward && page.after === null && page.before === null;
      if (input.direction === 'asc' || !isFirstPage || Object.keys(filter).length > 0) return load();
      return cache.through(
        {
          name: 'feed',
          topic: ownerTopic(viewer.id),
          key: () => cacheKey({ operation: 'newest', page, selection }),
        },
        load,
      );
    },

    /** The viewer's render, or null where there is none of theirs. */
    getRender(viewer: Viewer, id: string, selection: Selection): Promise<RenderRow | null> {
      return renders.getRender(databases.gateway(scopeOf(viewer)), viewer.id, id, selection);
    },

    /** Counts over all of the viewer's renders; `thisMonth` is the UTC calendar month. */
    getStatistics(viewer: Viewer): Promise<RenderStatistics> {
      return renders.getRenderStatistics(databases.gateway(scopeOf(viewer)), viewer.id, monthOf(now()));
    },

    /**
     * Makes one of its variants stand for a render. Choosing the same again changes nothing.
     *
     * @throws InvalidInput for an index that no variant of it has.
     * @throws NotFound where the render is not theirs.
     * @throws AccessSuspended
     */
    async setRenderCover(
      viewer: Viewer,
      { renderId, variantIndex }: { renderId: string; variantIndex: number },
    ): Promise<{ render: RenderRow }> {
      return writes.organise(viewer, async (tx) => {
        const render = await renders.setCoverVariant(tx, viewer.id, { id: renderId, variantIndex });
        if (!render) throw await unsettable(tx, viewer, renderId);
        return { render };
      });
    },

    /**
     * Deletes 1 to 100 renders with everything that hangs on them. Their pictures are marked in the same transaction,
     * and removed from storage later: nobody waits for it. An id that is not the viewer's is not found, and no fault.
     *
     * @throws InvalidInput for too few or too many renders.
     * @throws AccessSuspended
     */
    async deleteRenders(viewer: Viewer, input: { renderIds: readonly string[] }): Promise<DeletedRenders> {
      const check = checkInput();
      const renderIds = check.batch(['renderIds'], input.renderIds, 1, maxDeletedRenders);
      check.done();
      const gone = await writes.serve(viewer, async (tx) => {
        const deleted = await renders.deleteRenders(tx, viewer.id, renderIds);
        // A variant may name a picture that it shares with others, as those of the demo's data do; such a one stays.
        const own = deleted.flatMap(({ id, pictures }) =>
          pictures.filter((key) => key.startsWith(renderFolder(viewer.id, id))),
        );
        await assets.markAssets(tx, viewer.id, own, now());
        return new Set(deleted.map(({ id }) => id));
      });
      if (gone.size > 0) onAssetsMarked();
      return {
        deleted: renderIds.filter((id) => gone.has(id)),
        notFound: renderIds.filter((id) => !gone.has(id)),
      };
    },
  };
}
