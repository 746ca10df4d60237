import { queryFromInfo } from '@pothos/plugin-prisma';
import { brandWithType } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import { BadUserInput } from '../domain/errors.js';
import type { GlobalId } from '../domain/global-id.js';
import { maxPageSize } from '../domain/page.js';
import { nodeTypes, type NodeType } from '../services/nodes.js';
import { builder } from './builder.js';
import type { GraphQLContext } from './context.js';
import { decodeGlobalId } from './global-id.js';
import { sortsByType } from './statements.js';

/** Loads nodes of any types in one statement a type, in the order of the ids; null for what the viewer cannot see. */
async function loadNodes(ids: readonly GlobalId[], context: GraphQLContext, info: GraphQLResolveInfo) {
  const { services, viewer } = context;
  const types = [...new Set(ids.map(({ type }) => nodeType(type)))];
  const loaded = await Promise.all(
    types.map(async (type) => {
      const wanted = ids.filter((id) => id.type === type).map(({ id }) => id);
      const query = type === 'Usage' ? {} : queryFromInfo({ context, info, typeName: type });
      const found = await services.nodes.load(viewer, type, [...new Set(wanted)], query);
      for (const node of found.values()) brandWithType(node, type as never);
      return [type, found] as const;
    }),
  );
  const byType = new Map<string, ReadonlyMap<string, object>>(loaded);
  return ids.map(({ type, id }) => byType.get(type)?.get(id) ?? null);
}

function nodeType(type: string): NodeType {
  const known = nodeTypes.find((candidate) => candidate === type);
  if (known === undefined) {
    throw new BadUserInput('That is not the id of a node. Pass the "id" of an object that this API gave you, unchanged.');
  }
  return known;
}

/** How many statements load the nodes of each type: one, and for Usage one for months and another for statements. */
function groupsOf(ids: readonly unknown[]): ReadonlyMap<string, number> {
  const kinds = new Map<string, NodeType>();
  for (const encoded of ids) {
    const { type, id } = decodeGlobalId(String(encoded), 'id');
    const isStatement = type === 'Usage' && id.split('/').length > 2;
    kinds.set(isStatement ? 'statement' : type, nodeType(type));
  }
  const groups = new Map<string, number>();
  for (const type of kinds.values()) groups.set(type, (groups.get(type) ?? 0) + 1);
  return groups;
}

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    ...sortsByType(({ id }) => groupsOf([id])),
    description: 'Anything that has an id, fetched again; null where it does not exist or is not yours.',
    args: { id: t.arg.id({ required: true, description: 'Any object\'s id.' }) },
    resolve: async (_root, { id }, context, info) => {
      const [node] = await loadNodes([decodeGlobalId(id, 'id')], context, info);
      return node ?? null;
    },
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    ...sortsByType(({ ids }) => groupsOf(ids as readonly unknown[])),
    description: 'Up to 100 at once, in the order of the ids; null for each that does not exist or is not yours.',
    args: { ids: t.arg.idList({ required: true, description: 'At most 100.' }) },
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > maxPageSize) {
        throw new BadUserInput(`"ids" may hold at most ${maxPageSize} ids, and holds ${ids.length}.`);
      }
      return loadNodes(ids.map((id, index) => decodeGlobalId(id, `ids[${index}]`)), context, info);
    },
  }),
}));
