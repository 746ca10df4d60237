// The run's database server: prints one line of JSON (ServerFacts) when it is ready, and ends with its standard input.
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startCluster } from '../../src/database/embedded/cluster.js';
import { bootstrapRoles, ROLES } from '../../src/database/embedded/roles.js';
import { migrate } from '../../src/database/migrate.js';
import { openFolder } from './open-folder.js';
import { databaseUrl } from './server-facts.js';
import type { ServerFacts } from './server-facts.js';

const DATABASE_PREFIX = 'roomfeed_test_';

/** Fixed on a server that is given: two runs at once share its roles. Its user trusts everybody on it anyway. */
const SHARED_PASSWORD = 'roomfeed-tests';

interface TestServer {
  readonly superuserUrl: string;
  readonly passwords: ServerFacts['passwords'];
  stop(): Promise<void>;
}

const orphaned = new Promise<void>((resolve) => process.stdin.once('close', resolve).resume());
const server = process.env['TEST_DATABASE_URL']
  ? givenServer(process.env['TEST_DATABASE_URL'])
  : await embeddedServer();
try {
  const run = randomBytes(5).toString('hex');
  const administrator = new pg.Client({
    connectionString: server.superuserUrl,
    // By this name a later run sees that the databases of this one are in use.
    application_name: DATABASE_PREFIX + run,
  });
  await administrator.connect();
  try {
    await dropAbandoned(administrator);
    await bootstrapRoles(server.superuserUrl, server.passwords);
    const facts = await prepare(administrator, run);
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    await orphaned;
    await dropDatabases(administrator, DATABASE_PREFIX + run);
  } finally {
    await administrator.end();
  }
} finally {
  await server.stop();
}

/** PostgreSQL 18 from the package, in a temporary folder, without the waits for the disk. */
async function embeddedServer(): Promise<TestServer> {
  const folder = await openFolder('roomfeed-tests-');
  const log = { info: () => undefined, warn: console.warn, error: console.error };
  const settings = {
    max_connections: '200',
    shared_buffers: '128MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '2GB',
    // What the server says it ran, beside what the gateway says it sent.
    shared_preload_libraries: 'pg_stat_statements',
  };
  const cluster = await startCluster({ dataDirectory: join(folder, 'data'), log, settings, durable: false });
  return {
    superuserUrl: cluster.superuserUrl('postgres'),
    passwords: cluster.passwords,
    stop: async () => {
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A server for tests alone: the product's roles on it get the tests' password. */
function givenServer(superuserUrl: string): TestServer {
  const passwords = { owner: SHARED_PASSWORD, gateway: SHARED_PASSWORD, service: SHARED_PASSWORD };
  return { superuserUrl, passwords, stop: () => Promise.resolve() };
}

/** Makes the two templates that test databases are cloned from: an empty one and a migrated one. */
async function prepare(administrator: pg.Client, run: string): Promise<ServerFacts> {
  const prefix = DATABASE_PREFIX + run;
  const templates = { empty: `${prefix}_empty`, migrated: `${prefix}_migrated` };
  const facts: ServerFacts = { superuserUrl: server.superuserUrl, passwords: server.passwords, prefix, templates };
  const { rows } = await administrator.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::integer AS version",
  );
  await administrator.query(
    `CREATE DATABASE ${templates.empty} OWNER ${ROLES.owner} TEMPLATE template0 ENCODING 'UTF8' ` +
      ((rows[0]?.version ?? 0) >= 170_000
        ? "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
        : "LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"),
  );
  await administrator.query(`CREATE DATABASE ${templates.migrated} OWNER ${ROLES.owner} TEMPLATE ${templates.empty}`);
  await migrate({ ownerUrl: databaseUrl(facts, templates.migrated, 'owner') });
  for (const template of Object.values(templates)) {
    // A template with a connection on it cannot be cloned.
    await administrator.query(`ALTER DATABASE ${template} WITH ALLOW_CONNECTIONS false`);
  }
  return facts;
}

/** Drops what runs left that were killed in a way that also ended this process of theirs. */
async function dropAbandoned(administrator: pg.Client): Promise<void> {
  const { rows } = await administrator.query<{ datname: string }>(
    `SELECT database.datname FROM pg_database database
     WHERE database.datname ^@ $1 AND NOT EXISTS (
       SELECT FROM pg_stat_activity run WHERE run.application_name ^@ $1 AND database.datname ^@ run.application_name
     )`,
    [DATABASE_PREFIX],
  );
  for (const { datname } of rows) await dropDatabase(administrator, datname);
}

async function dropDatabases(administrator: pg.Client, prefix: string): Promise<void> {
  const { rows } = await administrator.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE datname ^@ $1',
    [prefix],
  );
  for (const { datname } of rows) await dropDatabase(administrator, datname);
}

async function dropDatabase(administrator: pg.Client, name: string): Promise<void> {
  await administrator.query(`DROP DATABASE IF EXISTS ${administrator.escapeIdentifier(name)} WITH (FORCE)`);
}
