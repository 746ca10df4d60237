import type { PoolSettings } from './connection-settings.js';
import type { Database, Databases, Sql, TransactionOptions } from './database.js';
import type { Statement, StatementListener } from './statement.js';
import { DatabaseUnavailable } from './errors.js';
import { createModels, type ModelClient, type Models } from './models.js';
import { verifyRoles } from './roles.js';
import { type DatabaseRole, housekeepingScope, type Scope, scopeStatement } from './scope.js';
import { type DatabaseLog, ScopedPool } from './scoped-pool.js';
import { runTransaction } from './transaction.js';

export interface DatabasesOptions {
  readonly gatewayUrl: string;
  readonly serviceUrl: string;
  /** Each role has a pool of its own with these settings. */
  readonly pool: PoolSettings;
  /** Told of every statement before it is sent, BEGIN and COMMIT among them; not of the scope in front. */
  readonly onStatement?: StatementListener | undefined;
  readonly log?: DatabaseLog | undefined;
}

/** Opens no connection yet. Start-up calls `verifyRoles` before it serves anybody. */
export function createDatabases({
  gatewayUrl,
  serviceUrl,
  pool: settings,
  onStatement,
  log,
}: DatabasesOptions): Databases {
  const open = (role: DatabaseRole, url: string): ScopedPool =>
    new ScopedPool({ role, url, settings, onStatement, log });
  const pools = { gateway: open('gateway', gatewayUrl), service: open('service', serviceUrl) };
  const models = { gateway: createModels(pools.gateway), service: createModels(pools.service) };
  let closed: Promise<void> | undefined;

  return {
    gateway: (scope) => new ScopedDatabase(pools.gateway, models.gateway, scope),
    service: (scope) => new ScopedDatabase(pools.service, models.service, scope),
    verifyRoles: () => verifyRoles(pools.gateway, pools.service),
    check: (timeoutMs) => within(timeoutMs, Promise.all([answers(pools.gateway), answers(pools.service)])),
    close: () =>
      (closed ??= (async () => {
        await Promise.all([models.gateway.close(), models.service.close()]);
        await Promise.all([pools.gateway.end(), pools.service.end()]);
      })()),
  };
}

class ScopedDatabase implements Database {
  #models: ModelClient | undefined;

  constructor(
    private readonly pool: ScopedPool,
    private readonly modelsOf: Models,
    readonly scope: Scope,
  ) {
    // Refuses a wrong scope where it is made, rather than at the first statement.
    scopeStatement(scope, pool.role);
  }

  get models(): ModelClient {
    return (this.#models ??= this.modelsOf.in(this.scope));
  }

  query<Row>(statement: Statement | string, values?: readonly unknown[]): Promise<Row[]> {
    // What a row looks like is between the caller and its SQL.
    return this.pool.run(this.scope, statement, values).then(({ rows }) => rows as Row[]);
  }

  transaction<T>(work: (tx: Sql) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return runTransaction(this.pool, this.scope, work, options);
  }
}

async function answers(pool: ScopedPool): Promise<void> {
  await pool.run(housekeepingScope(pool.role), 'select 1');
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DatabaseUnavailable('The database did not answer in time.')), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
