import type { GraphQLResolveInfo } from 'graphql';
import { InvalidInput } from '../domain/user-errors.js';
import { signedIn, type Viewer } from '../domain/viewer.js';
import type { Services } from '../services/services.js';
import type { GraphQLContext } from './context.js';

type Resolver<Root, Args, Result> = (
  root: Root,
  args: Args,
  context: GraphQLContext,
  info: GraphQLResolveInfo,
) => Result | Promise<Result>;

/**
 * Whoever may not do something is told that first, and not what else would be wrong with their input. Services check an
 * input before they open a transaction, in which they read the account's standing; so it is asked for by itself only
 * where the input is wrong, and costs nothing where it is right.
 */
function standingFirst(check: (services: Services, viewer: Viewer) => Promise<void>) {
  return <Root, Args, Result>(resolve: Resolver<Root, Args, Result>): Resolver<Root, Args, Result> =>
    async (root, args, context, info) => {
      try {
        return await resolve(root, args, context, info);
      } catch (error) {
        if (error instanceof InvalidInput) await check(context.services, signedIn(context.viewer));
        throw error;
      }
    };
}

/** A resolver that changes something of the caller's own: ACCESS_SUSPENDED comes before INVALID_INPUT. */
export const forActiveAccounts = standingFirst(({ profiles }, viewer) => profiles.admitActiveAccount(viewer));

/** A resolver for administrators: FORBIDDEN, and then ACCESS_SUSPENDED, come before INVALID_INPUT. */
export const forAdministrators = standingFirst(({ profiles }, viewer) => profiles.admitAdministrator(viewer));
