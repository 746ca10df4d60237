import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { runMigrate } from '../src/cli/migrate.js';
import { chooseServerAccount } from '../src/database/embedded/account.js';
import { launch } from '../src/database/embedded/launch.js';
import { bootstrapDatabase, bootstrapRoles, ROLES } from '../src/database/embedded/roles.js';
import { run } from '../src/database/embedded/run.js';
import { migrate } from '../src/database/migrate.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import type { TestDatabase } from './support/database.js';
import { createScriptedProvider } from './support/generation/scripted-provider.js';
import { mutate } from './support/mutate.js';
import { openFolder } from './support/open-folder.js';
import { createSeed } from './support/seed.js';

/*
 * docs/backup.md, as somebody would follow it: its blocks of commands are run as they stand, against two servers of
 * Debian's PostgreSQL, which has the tools that the embedded one is shipped without.
 */

const tools = findTools();
const howToGetThem = 'PostgreSQL 15 or newer with its tools, as root on Debian or Ubuntu: apt-get install postgresql';
if (tools === null) {
  const problem = `There is no pg_dump with a server beside it here. Install ${howToGetThem}`;
  if (process.env['CI']) throw new Error(problem);
  console.warn(`Skipped: ${problem}`);
}
const withTools = tools === null ? describe.skip : describe;

const root = fileURLToPath(new URL('..', import.meta.url));
const execute = promisify(execFile);
const passwords = { owner: 'owner-of-tests', gateway: 'gateway-of-tests', service: 'service-of-tests' };
/** The clock of signed URLs stands still, so that the same feed has the same bytes. */
const now = new Date('2026-05-01T02:03:04.567Z');

withTools('a dump of a gateway in use, restored into an empty server as docs/backup.md says', () => {
  let folder: string;
  let source: Server;
  let empty: Server;
  let surroundings: Record<string, string>;
  let before: TestApp;
  let after: TestApp;
  let ann: Person;
  let ben: Person;
  let feed: string;
  let waiting: string;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    folder = await openFolder('roomfeed-dump-');
    closing.push(() => rm(folder, { recursive: true, force: true }));
    [source, empty] = await Promise.all([startServer(join(folder, 'source')), startServer(join(folder, 'empty'))]);
    closing.push(source.stop, empty.stop);
    await bootstrapRoles(source.url('postgres', 'postgres'), passwords);
    await bootstrapDatabase(source.url('postgres', 'postgres'), 'roomfeed');
    await migrate({ ownerUrl: source.url(ROLES.owner) });
    surroundings = {
      ADMIN_URL: source.url('postgres'),
      BACKUP_URL: source.url('roomfeed_backup'),
      BACKUP_DATABASE_PASSWORD: "it's secret",
      SERVICE_URL: source.url(ROLES.service),
      BACKUP: join(folder, 'roomfeed.dump'),
      ERASED: join(folder, 'erased.csv'),
      PICTURES: join(folder, 'pictures'),
      NEW_SERVER_URL: empty.url('postgres', 'postgres'),
      NEW_URL: empty.url('postgres'),
      NEW_SERVICE_URL: empty.url(ROLES.service),
      NEW_PICTURES: join(folder, 'new-pictures'),
      OWNER_DATABASE_PASSWORD: passwords.owner,
      GATEWAY_DATABASE_PASSWORD: passwords.gateway,
      SERVICE_DATABASE_PASSWORD: passwords.service,
    };
    await follow('role', surroundings);

    const worker = await gateway(source, 'pictures', { background: true });
    ann = await worker.signUp();
    ben = await worker.signUp();
    const seed = await createSeed(worker);
    for (const { id } of [ann, ben]) await seed.items(await seed.favorites(id), await seed.renders(id, 5));
    await seed.close();
    for (const person of [ann, ben]) await ended(worker, person, await submit(worker, person, 'A calm bedroom'));
    await worker.close();

    // Nobody works here, so that a generation is under way at the dump, which a gateway does not stop for.
    before = await gateway(source, 'pictures');
    closing.unshift(() => before.close());
    waiting = await submit(before, ann, 'A bright kitchen');
    feed = await feedOf(before, ann);
    await follow('dump', surroundings);
    await mutate(before, 'deleteAccount', { confirm: true }, { as: ben, payload: 'erasedAt' });
    await follow('erased', surroundings);

    await follow('restore', surroundings);
    after = await gateway(empty, 'new-pictures');
    closing.unshift(() => after.close());
  });
  afterAll(async () => {
    for (const close of closing) await close();
  });

  test('has every row of every table, the queue among them, but for what changed since', async () => {
    const [there, here] = await Promise.all([source, empty].map((server) => digests(server.url('postgres'))));

    const changed = Object.keys(there ?? {}).filter((table) => there?.[table] !== here?.[table]);
    expect(Object.keys(here ?? {})).toEqual(expect.arrayContaining(['public.renders', 'public._prisma_migrations', 'graphile_worker._private_jobs']));
    expect(Object.keys(here ?? {})).toEqual(Object.keys(there ?? {}));
    expect(changed).toEqual(['public.profiles']);
    expect(await count(empty.url('postgres'), 'graphile_worker._private_jobs')).toBe(1);
  });

  test('has the same tables, policies, grants, triggers, functions, indexes and sequences', async () => {
    const [there, here] = await Promise.all([source, empty].map((server) => catalogue(server.url('postgres'))));

    expect(Object.keys(here ?? {}).length).toBeGreaterThan(6);
    expect(here).toEqual(there);
    expect(here?.['policies']?.length).toBeGreaterThan(20);
  });

  test('leaves nothing to migrate', async () => {
    const written = { stdout: '', stderr: '' };

    const code = await runMigrate([], {
      variables: { DATABASE_OWNER_URL: empty.url(ROLES.owner) },
      stdout: (text) => (written.stdout += text),
      stderr: (text) => (written.stderr += text),
    });

    expect({ code, ...written }).toEqual({ code: 0, stdout: '', stderr: 'The database is up to date.\n' });
  });

  test("answers with a person's feed to the byte, and serves its pictures", async () => {
    expect(await feedOf(after, ann)).toBe(feed);

    const { nodes } = (JSON.parse(feed) as { data: { viewer: { renders: { nodes: { prompt: string; coverImage: { url: string } }[] } } } }).data.viewer.renders;
    expect(nodes).toHaveLength(6);
    const { url } = nodes.find(({ prompt }) => prompt === 'A calm bedroom')!.coverImage;
    const pictures = await Promise.all([before, after].map(async (app) => {
      const response = await fetch(url.replace('http://127.0.0.1:4000', app.url));
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
    }));
    expect(pictures[0]).toMatchObject({ status: 200 });
    expect(pictures[1]).toEqual(pictures[0]);
  });

  test('still shows nobody what is not theirs', async () => {
    const ids = { mine: ann.id, nobodys: '' };
    const seen = await onDatabase(empty.url(ROLES.gateway), async (query) => {
      const counts: Record<string, unknown> = {};
      for (const [name, id] of Object.entries(ids)) {
        await query(`SELECT set_config('app.user_id', '${id}', false)`);
        [counts[name]] = await query('SELECT count(*)::int AS renders, count(*) FILTER (WHERE owner_id <> $1)::int AS others FROM renders', [ann.id]);
      }
      return counts;
    });

    expect(seen).toEqual({ mine: { renders: 6, others: 0 }, nobodys: { renders: 0, others: 0 } });
    await expect(onDatabase(empty.url(ROLES.gateway), (query) => query('DELETE FROM usage_ledger'))).rejects.toThrow('permission denied');
    await expect(onDatabase(empty.url('postgres'), (query) => query('DELETE FROM usage_ledger'))).rejects.toThrow();
  });

  test('is never made by the owner of the tables, who is refused instead of dumping nothing', async () => {
    const asOwner = { ...surroundings, OWNER_URL: source.url(ROLES.owner) };
    const dump = (...options: readonly string[]) => shell(`pg_dump "$OWNER_URL" --file="$BACKUP.owner" ${options.join(' ')}`, asOwner);

    await expect(dump()).rejects.toMatchObject({ stderr: expect.stringContaining('permission denied') });
    await expect(dump('--schema=public')).rejects.toMatchObject({ stderr: expect.stringContaining('row-level security') });
    // The option that the refusal suggests makes a dump that looks whole, and is empty.
    await dump('--schema=public', '--enable-row-security');
    expect(await readFile(`${surroundings['BACKUP']}.owner`, 'utf8')).toMatch(/^COPY public\.renders \(.*\) FROM stdin;\n\\\.$/m);
  });

  test('erases again whom it brought back, and ends what was under way', async () => {
    const name = () => onDatabase(empty.url('postgres'), (query) => query('SELECT email, erased_at FROM profiles WHERE id = $1', [ben.id]));
    expect(await name()).toEqual([{ email: 'person2@roomfeed.test', erased_at: null }]);

    await follow('erase', surroundings);

    expect(await name()).toEqual([{ email: null, erased_at: expect.any(Date) }]);
    const worker = await gateway(empty, 'new-pictures', { background: true });
    try {
      expect(await ended(worker, ann, waiting)).toBe('SUCCEEDED');
      await until(async () => (await onDatabase(empty.url('postgres'), (query) => query('SELECT FROM renders WHERE owner_id = $1', [ben.id]))).length === 0);
      expect(await feedOf(worker, ann)).toContain('A bright kitchen');
    } finally {
      await worker.close();
    }
  });

  async function gateway(server: Server, pictures: string, { background = false } = {}): Promise<TestApp> {
    await mkdir(join(folder, pictures), { recursive: true });
    const database: TestDatabase = {
      name: 'roomfeed',
      urls: {
        owner: server.url(ROLES.owner),
        gateway: server.url(ROLES.gateway),
        service: server.url(ROLES.service),
        superuser: server.url('postgres'),
      },
      drop: () => Promise.resolve(),
    };
    return createTestApp({
      database,
      background,
      now: () => now,
      holdsBudgets: false,
      comparesExecutions: false,
      environment: { STORAGE_URL: `file:${join(folder, pictures)}` },
      wrapProvider: () => createScriptedProvider(() => 'succeeds'),
    });
  }
});

interface Server {
  /** The database `roomfeed` unless another is named, as a role. */
  url(role: string, database?: string): string;
  stop(): Promise<void>;
}

/** A server of Debian's PostgreSQL in a folder of its own, on a free port, which ends with this process. */
async function startServer(folder: string): Promise<Server> {
  const account = await chooseServerAccount('/nonexistent');
  const data = join(folder, 'data');
  await mkdir(folder);
  if (account) await execute('chown', [`${account.uid}:${account.gid}`, folder]);
  const made = await run(
    join(tools ?? '', 'initdb'),
    ['--pgdata', data, '--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    account,
  );
  if (made.code !== 0) throw new Error(made.output);
  const port = await freePort();
  const { stop } = await launch({
    postgres: join(tools ?? '', 'postgres'),
    clusterDirectory: data,
    logFile: join(folder, 'server.log'),
    port,
    account,
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  return { url: (role, database = 'roomfeed') => `postgresql://${role}@127.0.0.1:${port}/${database}`, stop };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** The folder of a whole PostgreSQL's programs, the newest; null where there is none. */
function findTools(): string | null {
  const shelf = '/usr/lib/postgresql';
  const versions = existsSync(shelf) ? readdirSync(shelf).map(Number).filter((version) => version >= 15) : [];
  const folders = versions.sort((a, b) => b - a).map((version) => join(shelf, String(version), 'bin'));
  const programs = ['initdb', 'postgres', 'pg_dump', 'pg_restore', 'psql'];
  return folders.find((path) => programs.every((program) => existsSync(join(path, program)))) ?? null;
}

/** Runs a block of commands of docs/backup.md, by the word behind its language. */
async function follow(block: string, surroundings: Readonly<Record<string, string>>): Promise<void> {
  const text = await readFile(join(root, 'docs/backup.md'), 'utf8');
  const [, commands] = new RegExp(`^\`\`\`sh ${block}\n(.*?)^\`\`\`$`, 'ms').exec(text) ?? [];
  if (commands === undefined) throw new Error(`docs/backup.md has no block "${block}".`);
  await shell(commands, surroundings);
}

async function shell(commands: string, surroundings: Readonly<Record<string, string>>): Promise<void> {
  const path = [tools ?? '', process.env['PATH'] ?? ''].join(delimiter);
  await execute('sh', ['-eu', '-c', commands], { cwd: root, env: { PATH: path, LC_ALL: 'C', ...surroundings } });
}

type Query = (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;

async function onDatabase<T>(url: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(async (text, values = []) => (await client.query<Record<string, unknown>>(text, [...values])).rows);
  } finally {
    await client.end();
  }
}

async function count(url: string, table: string): Promise<unknown> {
  return onDatabase(url, async (query) => (await query(`SELECT count(*)::int AS count FROM ${table}`))[0]?.['count']);
}

/** How many rows each table has, and what is in them. */
function digests(url: string): Promise<Record<string, string>> {
  return onDatabase(url, async (query) => {
    const tables = await query(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname IN ('public', 'graphile_worker') ORDER BY 1`,
    );
    const found: Record<string, string> = {};
    for (const { name } of tables) {
      const [row] = await query(`SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, '\n' ORDER BY t::text), '')) AS digest FROM ${String(name)} t`);
      found[String(name)] = String(row?.['digest']);
    }
    return found;
  });
}

/** What the database is made of beside rows, as the catalogue has it. */
function catalogue(url: string): Promise<Record<string, string[]>> {
  const ours = "nspname IN ('public', 'graphile_worker')";
  const sorted = (column: string): string => `array(SELECT unnest(${column})::text ORDER BY 1)`;
  const parts = {
    relations: `SELECT relname, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity, ${sorted('relacl')}
      FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE ${ours} AND relkind IN ('r', 'p', 'v', 'S')`,
    columns: `SELECT attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, ${sorted('attacl')},
        (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum)
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
      WHERE ${ours} AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped`,
    policies: `SELECT schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies`,
    constraints: `SELECT conrelid::regclass, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_namespace n ON n.oid = connamespace WHERE ${ours}`,
    indexes: `SELECT schemaname, indexdef FROM pg_indexes WHERE schemaname IN ('public', 'graphile_worker')`,
    triggers: `SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal`,
    functions: `SELECT pg_get_functiondef(p.oid), proowner::regrole, ${sorted('proacl')}
      FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE ${ours} AND prokind = 'f'`,
    schemas: `SELECT nspname, nspowner::regrole, ${sorted('nspacl')} FROM pg_namespace n WHERE ${ours}`,
    sequences: `SELECT schemaname, sequencename, sequenceowner, last_value FROM pg_sequences`,
    database: `SELECT datdba::regrole, pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()`,
  };
  return onDatabase(url, async (query) => {
    const found: Record<string, string[]> = {};
    for (const [kind, text] of Object.entries(parts)) {
      found[kind] = (await query(text)).map((row) => JSON.stringify(row)).sort();
    }
    return found;
  });
}

async function submit(app: TestApp, as: Person, prompt: string): Promise<string> {
  const { job } = await mutate<{ job: { id: string } }>(app, 'submitGeneration', { mode: 'IMAGINE', prompt }, { as, payload: 'job { id }' });
  return job.id;
}

/** How a generation came to its end. */
async function ended(app: TestApp, as: Person, id: string): Promise<string> {
  let status = '';
  await until(async () => {
    const { data } = await app.ask<{ generationJob: { status: string } }>('query ($id: ID!) { generationJob(id: $id) { status } }', {
      as,
      variables: { id },
    });
    ({ status } = data.generationJob);
    return !['STARTING', 'PROCESSING'].includes(status);
  });
  return status;
}

/** A person's feed as it comes over the wire. */
async function feedOf({ url }: TestApp, { token }: Person): Promise<string> {
  const query = `{ viewer { profile { email name } usage { used remaining }
    collections { nodes { name itemCount } }
    renders(first: 20) { totalCount nodes { id prompt createdAt isFavorite variantCount coverImage { url width height placeholder } } } } }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  expect(text).not.toContain('"errors"');
  return text;
}

/** Waits for what another process does; the test's own timeout ends it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
