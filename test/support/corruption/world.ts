import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { runtimeDefaults } from '../../../src/config/runtime-defaults.js';
import type { Databases } from '../../../src/database/database.js';
import { createDatabases } from '../../../src/database/databases.js';
import type { DataIssue } from '../../../src/domain/upkeep.js';
import { seedDemo } from '../../../src/services/seeding/demo.js';
import { createValidationService, type ValidationOptions, type ValidationService } from '../../../src/services/data/validation.js';
import { createFileStorage } from '../../../src/storage/file-storage.js';
import type { Storage } from '../../../src/storage/storage.js';
import { createTestApp } from '../app.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

/** The demo data's present, and that of every check. */
export const checkedAt = new Date('2026-03-02T09:30:00.000Z');

/** An issue by what it says, with the check that found it. */
export interface Found extends DataIssue {
  readonly check: string;
}

/** The demo's data in a database and a folder of its own, to be broken. */
export interface World {
  readonly urls: TestDatabase['urls'];
  readonly directory: string;
  readonly databases: Databases;
  readonly storage: Storage;
  readonly validation: ValidationService;
  /** As the superuser. */
  sql<Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The same, with triggers and foreign keys asleep. */
  force<Row extends pg.QueryResultRow = pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** The first id that a query gives which was not taken before. */
  take(query: string, values?: readonly unknown[]): Promise<string>;
  issues(options?: ValidationOptions): Promise<Found[]>;
  close(): Promise<void>;
}

export interface Template {
  clone(): Promise<World>;
  close(): Promise<void>;
}

export function storageAt(directory: string, now?: () => Date): Storage {
  return createFileStorage({
    directory,
    publicUrl: 'http://127.0.0.1:4000',
    windowSeconds: 3_600,
    signingSecret: 'a secret of at least thirty-two characters',
    ...(now ? { now } : {}),
  });
}

export function databasesAt(urls: TestDatabase['urls'], max = 3): Databases {
  return createDatabases({
    gatewayUrl: urls.gateway,
    serviceUrl: urls.service,
    pool: { max, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 10_000, statementTimeoutMillis: 60_000, lockTimeoutMillis: 10_000 },
  });
}

/** Makes the demo's data once; each clone of it costs a tenth of a second. */
export async function createTemplate(): Promise<Template> {
  const database = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'roomfeed-demo-'));
  // Sets the queue up, and plans' limits.
  const app = await createTestApp({ database });
  await app.close();
  const databases = databasesAt(database.urls);
  await seedDemo({
    service: databases.service({ kind: 'system' }),
    storage: storageAt(directory),
    configuration: runtimeDefaults,
    now: checkedAt,
    pictureSide: 64,
  });
  await databases.close();
  const administer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: withDatabase(database.urls.superuser, 'postgres') });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };

  return {
    async clone() {
      const name = `${database.name}_${randomBytes(3).toString('hex')}`;
      await administer(`create database ${name} template ${database.name} owner roomfeed_owner`);
      const own = await mkdtemp(join(tmpdir(), 'roomfeed-broken-'));
      await cp(directory, own, { recursive: true });
      const urls = Object.fromEntries(Object.entries(database.urls).map(([role, url]) => [role, withDatabase(url, name)])) as unknown as TestDatabase['urls'];
      return openWorld(urls, own, () => administer(`drop database ${name} with (force)`));
    },
    async close() {
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openWorld(urls: TestDatabase['urls'], directory: string, drop: () => Promise<void>): Promise<World> {
  const databases = databasesAt(urls);
  const storage = storageAt(directory);
  const validation = createValidationService({ databases, storage, runtime: runtimeDefaults, now: () => checkedAt });
  const client = new pg.Client({ connectionString: urls.superuser });
  await client.connect();
  const taken = new Set<string>();
  const world: World = {
    urls,
    directory,
    databases,
    storage,
    validation,
    sql: async (text, values = []) => (await client.query(text, [...values])).rows,
    async force(text, values = []) {
      await client.query('set session_replication_role = replica');
      try {
        return (await client.query(text, [...values])).rows;
      } finally {
        await client.query('set session_replication_role = origin');
      }
    },
    async take(query, values = []) {
      const rows = await world.sql<{ id: string }>(query, values);
      const free = rows.find(({ id }) => !taken.has(id));
      if (!free) throw new Error(`Nothing is left of ${query}`);
      taken.add(free.id);
      return free.id;
    },
    issues: (options) => issuesOf(validation, options),
    async close() {
      await client.end();
      await databases.close();
      await drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return world;
}

export async function issuesOf(validation: ValidationService, options?: ValidationOptions): Promise<Found[]> {
  const found: Found[] = [];
  for await (const { check, issues } of validation.validate(options)) found.push(...issues.map((issue) => ({ check, ...issue })));
  return found;
}

function withDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}
