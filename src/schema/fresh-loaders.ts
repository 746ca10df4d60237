import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.js';

/**
 * Loaders remember what they loaded for as long as a request lasts. A mutation makes that untrue: the fields of its
 * payload, and the next mutation of the same request, must read anew. So every mutation of the schema empties them.
 */
export function withFreshLoaders(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = async (root: unknown, args: Record<string, unknown>, context: GraphQLContext, info) => {
      try {
        return await resolve(root, args, context, info);
      } finally {
        context.loaders.clear();
      }
    };
  }
  return schema;
}
