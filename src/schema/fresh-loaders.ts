import { defaultFieldResolver, type GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.js';

/**
 * Loaders remember what they loaded for as long as a request lasts. A mutation makes that untrue: the fields of its
 * payload, and the next mutation of the same request, must read anew. So every mutation of the schema empties them, and so
 * does each event of a subscription, whose request lasts as long as its stream.
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
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (event: unknown, args: Record<string, unknown>, context: GraphQLContext, info) => {
      context.loaders.clear();
      return resolve(event, args, context, info);
    };
  }
  return schema;
}
