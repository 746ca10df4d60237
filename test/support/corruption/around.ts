import type { Databases } from '../../../src/database/database.js';
import type { World } from './world.js';

/** What stands around each transaction of the service: it runs it, and may do something before and after. */
export type Around = <Result>(run: () => Promise<Result>, isReadOnly: boolean) => Promise<Result>;

/** The databases of a world, with something around each transaction of the service. */
export function aroundTransactions({ databases }: Pick<World, 'databases'>, around: Around): Databases {
  return {
    ...databases,
    service(scope) {
      const db = databases.service(scope);
      return {
        scope,
        models: db.models,
        query: (...statement) => db.query(...statement),
        transaction: (work, options) => around(() => db.transaction(work, options), options?.readOnly ?? false),
      };
    },
  };
}
