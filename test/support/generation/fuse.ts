import type { Database, Databases, Sql } from '../../../src/database/database.js';
import type { GenerationProvider } from '../../../src/generation/provider.js';
import type { Storage } from '../../../src/storage/storage.js';

/** Thrown to whoever works in a process that has died. */
export class Died extends Error {
  override readonly name = 'Died';
}

/**
 * Lets a worker die at a call of its choosing: to the database, the store or the provider. The call itself is done, or
 * not; from then on none is, and an open transaction is undone, as it is where a process is killed.
 */
export interface Fuse {
  /** Counts one call, and says whether its process survives it. */
  reach(): 'lives' | 'dies before it' | 'dies after it';
  call<T>(work: () => Promise<T>): Promise<T>;
  readonly hasBurnt: () => boolean;
}

/** `calls` is how many are survived, null for all; `isDone` whether the one after them is still done. */
export function createFuse({ calls, isDone }: { readonly calls: number | null; readonly isDone: boolean }): Fuse {
  let left = calls ?? Number.POSITIVE_INFINITY;
  let isBurnt = false;
  function reach() {
    if (isBurnt) return 'dies before it';
    if (left > 0) {
      left -= 1;
      return 'lives';
    }
    isBurnt = true;
    return isDone ? 'dies after it' : 'dies before it';
  }
  return {
    reach,
    hasBurnt: () => isBurnt,
    async call(work) {
      const turn = reach();
      if (turn === 'dies before it') throw new Died();
      const result = await work();
      if (turn === 'dies after it') throw new Died();
      return result;
    },
  };
}

export function fusedDatabases(databases: Databases, fuse: Fuse): Databases {
  const fusedSql = (sql: Sql): Sql => ({
    scope: sql.scope,
    query: (statement, values) => fuse.call(() => sql.query(statement, values)),
  });
  const fused = (db: Database): Database => ({
    ...fusedSql(db),
    models: db.models,
    // The commit is a call of its own: whoever dies over it does not know whether it was done.
    async transaction(work, options) {
      let turn: ReturnType<Fuse['reach']> = 'lives';
      const result = await db.transaction(async (tx) => {
        const done = await work(fusedSql(tx));
        turn = fuse.reach();
        if (turn === 'dies before it') throw new Died();
        return done;
      }, options);
      if (turn !== 'lives') throw new Died();
      return result;
    },
  });
  return {
    gateway: (scope) => fused(databases.gateway(scope)),
    service: (scope) => fused(databases.service(scope)),
    verifyRoles: () => databases.verifyRoles(),
    check: (timeoutMs) => databases.check(timeoutMs),
    close: () => databases.close(),
  };
}

export function fusedStorage(storage: Storage, fuse: Fuse): Pick<Storage, 'get' | 'put'> {
  return {
    async get(...args) {
      const found = await storage.get(...args);
      return fuse.call(() => Promise.resolve(found)).catch((error: unknown) => {
        found?.body.destroy();
        throw error;
      });
    },
    put: (...args) => fuse.call(() => storage.put(...args)),
  };
}

export function fusedProvider(provider: GenerationProvider, fuse: Fuse): GenerationProvider {
  return {
    name: provider.name,
    lookAgainAfterMs: provider.lookAgainAfterMs,
    start: (...args) => fuse.call(() => provider.start(...args)),
    collect: (...args) => fuse.call(() => provider.collect(...args)),
    cancel: (...args) => fuse.call(() => provider.cancel(...args)),
  };
}
