import type { MaybeViewer } from '../domain/viewer.js';
import * as nodes from '../repositories/nodes.js';
import type { ModelService } from './models.js';
import { usageId, type UsageService } from './usage.js';

/** Every type that has an id. */
export const nodeTypes = [
  'Profile',
  'Render',
  'RenderVariant',
  'Collection',
  'GenerationJob',
  'UsageEntry',
  'Usage',
  'CommunityCollection',
  'CommunityItem',
] as const;

export type NodeType = (typeof nodeTypes)[number];

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type NodeService = ReturnType<typeof createNodeService>;

export function createNodeService({
  readAs,
  listUsageByIds,
}: {
  readAs: ModelService['readAs'];
  listUsageByIds: UsageService['listUsageByIds'];
}) {
  return {
    /**
     * Rows of one type by their ids; what does not exist, or is not the caller's to see, is absent. One statement,
     * and two for Usage where months and statements are asked for together.
     */
    async load(
      viewer: MaybeViewer,
      type: NodeType,
      ids: readonly string[],
      query: nodes.NodeQuery,
    ): Promise<ReadonlyMap<string, object>> {
      if (type === 'Usage') return loadUsage(viewer, ids);
      // What is no UUID was never an id of ours, and the database would refuse the whole statement for it.
      const uuids = ids.filter((id) => uuidPattern.test(id));
      if (uuids.length === 0) return new Map();
      const found = await (type === 'CommunityCollection' || type === 'CommunityItem'
        ? nodes.openNodes[type](readAs(viewer), uuids, query)
        : viewer === null
          ? []
          : nodes.ownedNodes[type](readAs(viewer), uuids, viewer.id, query));
      return new Map(found.map((row) => [row.id, row]));
    },
  };

  async function loadUsage(viewer: MaybeViewer, ids: readonly string[]): Promise<ReadonlyMap<string, object>> {
    if (viewer === null) return new Map();
    return new Map((await listUsageByIds(viewer, ids)).map((row) => [usageId(row), row]));
  }
}
