import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ROLES } from '../../src/database/embedded/roles.js';
import { databaseUrl } from './server-facts.js';
import type { ServerFacts } from './server-facts.js';

/** A database of one test file's own. */
export interface TestDatabase {
  /** The database as each role. The superuser is for what no role of the product may do, such as reading statistics. */
  readonly urls: {
    readonly owner: string;
    readonly gateway: string;
    readonly service: string;
    readonly superuser: string;
  };
  readonly name: string;
  /** Drops the database, and whatever connection is still open to it. */
  drop(): Promise<void>;
}

/** Makes an empty database with the product's tables; `migrated: false` makes one without. Costs some 50 ms. */
export async function createTestDatabase({ migrated = true }: { migrated?: boolean } = {}): Promise<TestDatabase> {
  const facts = serverFacts();
  const name = `${facts.prefix}_${randomBytes(5).toString('hex')}`;
  const template = migrated ? facts.templates.migrated : facts.templates.empty;
  await administer(facts, `CREATE DATABASE ${name} OWNER ${ROLES.owner} TEMPLATE ${template}`);
  return {
    urls: {
      owner: databaseUrl(facts, name, 'owner'),
      gateway: databaseUrl(facts, name, 'gateway'),
      service: databaseUrl(facts, name, 'service'),
      superuser: databaseUrl(facts, name, 'superuser'),
    },
    name,
    drop: () => administer(facts, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

/** From now on no new connection to the database is accepted; those that there are stay. Call what it returns to end it. */
export async function refuseConnections({ name }: TestDatabase): Promise<() => Promise<void>> {
  const facts = serverFacts();
  await administer(facts, `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
  return () => administer(facts, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
}

function serverFacts(): ServerFacts {
  const facts = process.env['ROOMFEED_TEST_SERVER'];
  if (!facts) throw new Error("There is no database server for tests: Jest's globalSetup starts it.");
  return JSON.parse(facts) as ServerFacts;
}

/** Another worker may be cloning the same template; PostgreSQL then refuses for a moment (55006, object in use). */
async function administer(facts: ServerFacts, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: facts.superuserUrl });
  await client.connect();
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        await client.query(statement);
        return;
      } catch (error) {
        if (!(error instanceof pg.DatabaseError) || error.code !== '55006' || attempt >= 50) throw error;
        await delay(100);
      }
    }
  } finally {
    await client.end();
  }
}
