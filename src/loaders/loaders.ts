import DataLoader from 'dataloader';
import type { Sql } from '../database/database.js';
import { partKey, type Part, selectionKey } from '../domain/selection.js';
import * as entities from '../repositories/entities.js';
import * as profiles from '../repositories/profiles.js';
import type { Entity } from '../repositories/query/entity.js';
import { loadPart } from '../repositories/query/reading.js';
import { instantsOf, lastPeriodOf, usageMonths, usageStatements } from '../repositories/usage-entities.js';

/**
 * Values of a row by the row's id, for the paths whose statement did not bring them along: rows that came from `node`,
 * a mutation or a subscription, and everything when look-ahead is off. One DataLoader for each part, arguments and
 * selection below, so that a level of a query costs one statement however many rows it has.
 */
export interface PartByRow {
  load(part: Part, id: string): Promise<unknown>;
  /** Forgets what was loaded. */
  clear(): void;
}

function createPartByRow(db: Sql, entityOf: (ids: readonly string[]) => Entity): PartByRow {
  const loaders = new Map<string, DataLoader<string, unknown>>();
  return {
    load(part, id) {
      const key = `${partKey(part.name, part.args)}{${selectionKey(part.selection)}}`;
      let loader = loaders.get(key);
      if (!loader) {
        loader = new DataLoader((ids: readonly string[]) => loadPart(db, entityOf(ids), part, ids).then((values) => [...values]));
        loaders.set(key, loader);
      }
      return loader.load(id);
    },
    clear: () => loaders.clear(),
  };
}

/** The loaders of one request. `db` is already in the viewer's scope. */
export interface Loaders {
  readonly partByRender: PartByRow;
  readonly partByRenderVariant: PartByRow;
  readonly partByCollection: PartByRow;
  readonly partByCommunityCollection: PartByRow;
  readonly partByCommunityItem: PartByRow;
  readonly partByGenerationJob: PartByRow;
  readonly partByUsageEntry: PartByRow;
  /** What a profile pays for; null where it is not visible. */
  readonly priceByProfile: DataLoader<string, profiles.PriceRow | null>;
  /** Ids are `<owner>/<period>`. */
  readonly partByUsageMonth: PartByRow;
  /** Ids are `<owner>/<instant>`. */
  readonly partByUsageStatement: PartByRow;
  /** Forgets everything: rows were changed. */
  clear(): void;
}

export function createLoaders(db: Sql): Loaders {
  const parts = {
    partByRender: createPartByRow(db, () => entities.renders),
    partByRenderVariant: createPartByRow(db, () => entities.renderVariants),
    partByCollection: createPartByRow(db, () => entities.collections),
    partByCommunityCollection: createPartByRow(db, () => entities.communityCollections),
    partByCommunityItem: createPartByRow(db, () => entities.communityItems),
    partByGenerationJob: createPartByRow(db, () => entities.generationJobs),
    partByUsageEntry: createPartByRow(db, () => entities.usageEntries),
    partByUsageMonth: createPartByRow(db, (ids) => usageMonths(lastPeriodOf(ids))),
    partByUsageStatement: createPartByRow(db, (ids) => usageStatements(instantsOf(ids))),
  };
  const priceByProfile = new DataLoader<string, profiles.PriceRow | null>(async (ids) => {
    const prices = new Map((await profiles.listPrices(db, ids)).map((row) => [row.id, row]));
    return ids.map((id) => prices.get(id) ?? null);
  });
  return {
    ...parts,
    priceByProfile,
    clear() {
      for (const loader of Object.values(parts)) loader.clear();
      priceByProfile.clearAll();
    },
  };
}
