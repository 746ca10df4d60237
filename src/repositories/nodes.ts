import type { ReadModels } from '../database/read-models.js';

/** The `include` and `select` that plugin-prisma found for a query; each model takes its own. */
export type NodeQuery = object;

interface StoredNode {
  readonly id: string;
}

/** Rows of one model by their ids, where they are the owner's. */
type ListNodes = (
  models: ReadModels,
  ids: string[],
  ownerId: string,
  query: NodeQuery,
) => Promise<readonly StoredNode[]>;

/** Types that belong to somebody. */
export const ownedNodes = {
  Profile: (models, ids, ownerId, query) =>
    models.profile.findMany({ ...query, where: { id: { in: ids.filter((id) => id === ownerId) } } }),
  Render: (models, ids, ownerId, query) => models.render.findMany({ ...query, where: { id: { in: ids }, ownerId } }),
  RenderVariant: (models, ids, ownerId, query) =>
    models.renderVariant.findMany({ ...query, where: { id: { in: ids }, ownerId } }),
  Collection: (models, ids, ownerId, query) =>
    models.collection.findMany({ ...query, where: { id: { in: ids }, ownerId } }),
  GenerationJob: (models, ids, ownerId, query) =>
    models.generationJob.findMany({ ...query, where: { id: { in: ids }, ownerId } }),
  UsageEntry: (models, ids, ownerId, query) =>
    models.usageEntry.findMany({ ...query, where: { id: { in: ids }, ownerId } }),
} as const satisfies Record<string, ListNodes>;

/** Types that everyone reads. */
export const openNodes = {
  CommunityCollection: (models, ids, query) =>
    models.communityCollection.findMany({ ...query, where: { id: { in: ids } } }),
  CommunityItem: (models, ids, query) => models.communityItem.findMany({ ...query, where: { id: { in: ids } } }),
} as const satisfies Record<
  string,
  (models: ReadModels, ids: string[], query: NodeQuery) => Promise<readonly StoredNode[]>
>;
