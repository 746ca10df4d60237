import type { Databases } from '../database/database.js';
import { BadUserInput } from '../domain/errors.js';
import { orders } from '../domain/keyset.js';
import { monthOf } from '../domain/months.js';
import { type Connection, type ConnectionArguments, toPage } from '../domain/page.js';
import type { RenderStatistics } from '../domain/renders.js';
import type { Selection } from '../domain/selection.js';
import type { Viewer } from '../domain/viewer.js';
import * as renders from '../repositories/renders.js';
import type { RenderRow } from '../repositories/rows.js';
import type { PresetFilterInput, PresetService } from './presets.js';
import { scopeOf } from './scope.js';

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

export type RenderService = ReturnType<typeof createRenderService>;

export function createRenderService({
  databases,
  checkFilter,
  now,
}: {
  databases: Databases;
  checkFilter: PresetService['checkFilter'];
  now: () => Date;
}) {
  return {
    /**
     * A page of the viewer's renders, in one statement.
     *
     * @throws BadUserInput for page arguments out of bounds, unknown presets and an empty time span.
     */
    listRenders(viewer: Viewer, input: ListRendersInput): Promise<Connection<RenderRow>> {
      const { createdAfter, createdBefore, collectionId, favorite, ...presets } = input.filter;
      if (createdAfter && createdBefore && createdAfter >= createdBefore) {
        throw new BadUserInput('"createdAfter" must be earlier than "createdBefore".');
      }
      return renders.listRenders(databases.gateway(scopeOf(viewer)), viewer.id, {
        filter: {
          ...checkFilter(presets),
          ...(createdAfter ? { createdAfter } : {}),
          ...(createdBefore ? { createdBefore } : {}),
          ...(collectionId != null ? { collectionId } : {}),
          ...(favorite != null ? { favorite } : {}),
        },
        page: toPage(input.direction === 'desc' ? orders.rendersNewest : orders.rendersOldest, input.page),
        selection: input.selection,
      });
    },

    /** The viewer's render, or null where there is none of theirs. */
    getRender(viewer: Viewer, id: string, selection: Selection): Promise<RenderRow | null> {
      return renders.getRender(databases.gateway(scopeOf(viewer)), viewer.id, id, selection);
    },

    /** Counts over all of the viewer's renders; `thisMonth` is the UTC calendar month. */
    getStatistics(viewer: Viewer): Promise<RenderStatistics> {
      return renders.getRenderStatistics(databases.gateway(scopeOf(viewer)), viewer.id, monthOf(now()));
    },
  };
}
