import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { PoolSettings } from '../../src/database/connection-settings.js';
import type { Databases } from '../../src/database/database.js';
import { createDatabases } from '../../src/database/databases.js';
import type { Scope } from '../../src/database/scope.js';
import type { StatementListener } from '../../src/database/statement.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { startWireProxy, type WireProxy } from './wire-proxy.js';

export const ANONYMOUS: Scope = { kind: 'anonymous' };
export const SYSTEM: Scope = { kind: 'system' };
export const SETTINGS: PoolSettings = {
  max: 2,
  connectionTimeoutMillis: 10_000,
  idleTimeoutMillis: 10_000,
  statementTimeoutMillis: 20_000,
  lockTimeoutMillis: 20_000,
};
export const WHO = "select current_setting('app.user_id', true) as who";

export const viewer = (id: string): Scope => ({ kind: 'viewer', id });

export interface OpenOptions extends Partial<PoolSettings> {
  readonly urls?: { readonly gateway?: string; readonly service?: string };
  readonly onStatement?: StatementListener | undefined;
}

/** A database of its own, and what tests of the scoped pools do with it. */
export interface ScopeStage {
  readonly database: TestDatabase;
  /** A superuser beside the product. */
  readonly administrator: pg.Client;
  /** The product's two pools, of two connections each unless it is said; closed by `sweep`. */
  databases(options?: OpenOptions): Databases;
  /** A proxy before the server of `url`; closed by `sweep`. */
  proxyTo(url: string): Promise<WireProxy>;
  /** A person with renders, each of whose prompts says whose it is. */
  person(renders: number): Promise<{ id: string; scope: Scope; renderIds: string[] }>;
  /** The connections that the product holds, as the server sees them. */
  backends(): Promise<number[]>;
  /** Waits until the server shows what is asked for: for what another connection does, there is no event to await. */
  serverShows(condition: string): Promise<void>;
  /** Closes what a test opened. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

export async function openScopeStage(): Promise<ScopeStage> {
  const database = await createTestDatabase();
  const administrator = new pg.Client({ connectionString: database.urls.superuser });
  await administrator.connect();
  const open: Databases[] = [];
  const proxies: WireProxy[] = [];

  function databases({ urls, onStatement, ...settings }: OpenOptions = {}): Databases {
    const made = createDatabases({
      gatewayUrl: urls?.gateway ?? database.urls.gateway,
      serviceUrl: urls?.service ?? database.urls.service,
      pool: { ...SETTINGS, ...settings },
      onStatement,
    });
    open.push(made);
    return made;
  }

  async function sweep(): Promise<void> {
    for (const proxy of proxies.splice(0)) await proxy.close();
    await Promise.all(open.splice(0).map((one) => one.close()));
  }

  return {
    database,
    administrator,
    databases,
    sweep,

    async proxyTo(url) {
      const proxy = await startWireProxy(url);
      proxies.push(proxy);
      return proxy;
    },

    async person(renders) {
      const id = randomUUID();
      const system = databases().service(SYSTEM);
      await system.query('insert into profiles (id) values ($1)', [id]);
      const rows = await system.query<{ id: string }>(
        `insert into renders (owner_id, mode, prompt)
         select $1, 'redesign', $1::uuid || ' ' || n from generate_series(1, $2) n returning id`,
        [id, renders],
      );
      return { id, scope: viewer(id), renderIds: rows.map((row) => row.id) };
    },

    async backends() {
      const { rows } = await administrator.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and application_name like 'roomfeed %'",
      );
      return rows.map((row) => row.pid);
    },

    async serverShows(condition) {
      for (;;) {
        const { rows } = await administrator.query(
          `select from pg_stat_activity
           where datname = current_database() and application_name like 'roomfeed %' and ${condition}`,
        );
        if (rows.length > 0) return;
      }
    },

    async close() {
      await sweep();
      await administrator.end();
      await database.drop();
    },
  };
}
