import type { MaybeViewer } from '../domain/viewer.js';
import * as nodes from '../repositories/nodes.js';
import type { ModelService } from './models.js';
import type { UsageService } from './usage.js';

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
  getUsageById,
}: {
  readAs: ModelService['readAs'];
  getUsageById: UsageService['getUsageById'];
}) {
  return {
    /**
     * Rows of one type by their ids; what does not exist, or is not the caller's to see, is absent. One statement,
     * except that each Usage, being computed, takes one of its own.
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
    const found = await Promise.all(ids.map(async (id) => [id, await getUsageById(viewer, id)] as const));
    return new Map(found.filter((entry): entry is [string, NonNullable<(typeof entry)[1]>] => entry[1] !== null));
  }
}
