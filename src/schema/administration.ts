import type { GraphQLResolveInfo } from 'graphql';
import { signedIn } from '../domain/viewer.js';
import type { GraphQLContext } from './context.js';

/**
 * A resolver for administrators. Whoever is none is told that first, and not what else would be wrong with their input.
 * The service checks again, inside of its transaction.
 */
export function forAdministrators<Root, Args, Result>(
  resolve: (root: Root, args: Args, context: GraphQLContext, info: GraphQLResolveInfo) => Result | Promise<Result>,
): (root: Root, args: Args, context: GraphQLContext, info: GraphQLResolveInfo) => Promise<Result> {
  return async (root, args, context, info) => {
    await context.services.profiles.admitAdministrator(signedIn(context.viewer));
    return resolve(root, args, context, info);
  };
}
