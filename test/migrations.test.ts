import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate, pendingMigrations } from '../src/database/migrate.js';
import { MigrationError } from '../src/database/migrate/error.js';
import { listMigrationFiles, packagePath } from '../src/database/migrate/files.js';
import { schemaDrift } from '../src/database/schema-drift.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';

const all = (await listMigrationFiles(packagePath('prisma/migrations'))).map(({ name }) => name);

let database: TestDatabase;
let owner: pg.Client;

async function open(options: { migrated: boolean }): Promise<void> {
  database = await createTestDatabase(options);
  owner = new pg.Client({ connectionString: database.urls.owner });
  await owner.connect();
}

afterEach(async () => {
  await owner.end();
  await database.drop();
});

async function tables(): Promise<string[]> {
  const { rows } = await owner.query<{ relname: string }>(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname",
  );
  return rows.map(({ relname }) => relname);
}

describe('an empty database', () => {
  beforeEach(() => open({ migrated: false }));

  it('is brought to the newest migration by an owner that is no superuser, telling of each', async () => {
    const { rows } = await owner.query(
      'SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user',
    );
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false, rolcreaterole: false }]);
    expect(await pendingMigrations(database.urls.owner)).toEqual(all);

    const told: unknown[] = [];
    const { applied } = await migrate({
      ownerUrl: database.urls.owner,
      onProgress: (...progress) => told.push(progress),
    });

    expect(applied).toEqual(all);
    expect(told).toEqual(all.map((name, position) => [name, position + 1, all.length]));
    expect(await pendingMigrations(database.urls.owner)).toEqual([]);
    expect(await tables()).toContain('renders');
  });

  it('is not migrated twice', async () => {
    await migrate({ ownerUrl: database.urls.owner });
    expect(await migrate({ ownerUrl: database.urls.owner })).toEqual({ applied: [] });
  });

  it('leaves nothing behind that would keep a process which is done from ending', async () => {
    const script =
      "import { migrate } from './src/database/migrate.js';" +
      "await migrate({ ownerUrl: process.env['OWNER_URL'] }); process.stdout.write('done');";
    const loader = ['--import', './test/support/typescript.mjs', '--input-type=module', '-e', script];
    const child = spawn(process.execPath, loader, {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: '', OWNER_URL: database.urls.owner },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    const done = performance.now();

    expect(await ended).toEqual([0, null]);
    // The engine's own timer would run for ten seconds.
    expect(performance.now() - done).toBeLessThan(8_000);
  });

  it('is migrated once by many at the same time', async () => {
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => migrate({ ownerUrl: database.urls.owner })));
    expect(outcomes.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 0, all.length]);
  });

  it('keeps the history as `prisma migrate deploy` does, so that either may go on', async () => {
    await migrate({ ownerUrl: database.urls.owner });
    const { rows } = await owner.query<{ migration_name: string; checksum: string; done: boolean }>(
      `SELECT migration_name, checksum, finished_at IS NOT NULL AND applied_steps_count = 1 AS done
       FROM _prisma_migrations ORDER BY migration_name`,
    );
    const files = await listMigrationFiles(packagePath('prisma/migrations'));
    expect(rows).toEqual(
      files.map(({ name, sql }) => ({
        migration_name: name,
        checksum: createHash('sha256').update(sql).digest('hex'),
        done: true,
      })),
    );
  });

  it('stays empty where a migration fails, and says which, where and why, without its SQL', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'roomfeed-migrations-'));
    try {
      await cp(packagePath('prisma/migrations'), directory, { recursive: true });
      const broken = join(directory, '29990101000000_broken');
      await mkdir(broken);
      await writeFile(join(broken, 'migration.sql'), "CREATE TABLE secret_plan ();\n\nSELECT 'hush' FROM nowhere;\n");

      const failure = await migrate({ ownerUrl: database.urls.owner, migrationsDirectory: directory }).catch(
        (error: unknown) => error,
      );

      expect(failure).toBeInstanceOf(MigrationError);
      expect(failure).toMatchObject({ migration: '29990101000000_broken', code: '42P01' });
      expect((failure as MigrationError).message).toBe(
        'The migration 29990101000000_broken, line 3, failed: relation "nowhere" does not exist (42P01). Nothing was changed.',
      );
      expect(JSON.stringify(failure, Object.getOwnPropertyNames(failure)).replaceAll('migrations', '')).not.toMatch(
        /hush|secret_plan/,
      );
      expect(await tables()).toEqual([]);

      await writeFile(join(broken, 'migration.sql'), 'CREATE TABLE mended ();\n');
      const { applied } = await migrate({ ownerUrl: database.urls.owner, migrationsDirectory: directory });
      expect(applied).toEqual([...all, '29990101000000_broken']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('applies only what is new to a database that has the rest', async () => {
    await migrate({ ownerUrl: database.urls.owner });
    const directory = await mkdtemp(join(tmpdir(), 'roomfeed-migrations-'));
    try {
      await cp(packagePath('prisma/migrations'), directory, { recursive: true });
      await mkdir(join(directory, '29990101000000_more'));
      await writeFile(join(directory, '29990101000000_more', 'migration.sql'), 'CREATE TABLE more ();\n');

      expect(await pendingMigrations(database.urls.owner, directory)).toEqual(['29990101000000_more']);
      const told: unknown[] = [];
      await migrate({
        ownerUrl: database.urls.owner,
        migrationsDirectory: directory,
        onProgress: (...progress) => told.push(progress),
      });
      expect(told).toEqual([['29990101000000_more', 1, 1]]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is left alone where it holds tables of someone else’s', async () => {
    await owner.query('CREATE TABLE someone_elses ()');
    await expect(migrate({ ownerUrl: database.urls.owner })).rejects.toMatchObject({
      name: 'MigrationError',
      code: 'P3005',
      message: expect.stringContaining('Use an empty database') as string,
    });
    expect(await tables()).toEqual(['someone_elses']);
  });

  it('is not touched where a role is missing that the owner may not create; the error says what to run', async () => {
    const roles = await readFile(packagePath('prisma/migrations/20261122150000_roles/migration.sql'), 'utf8');
    const directory = await mkdtemp(join(tmpdir(), 'roomfeed-migrations-'));
    try {
      await mkdir(join(directory, '1_roles'));
      await writeFile(
        join(directory, '1_roles', 'migration.sql'),
        roles.replaceAll('roomfeed_gateway', 'roomfeed_nobody_made'),
      );
      await expect(migrate({ ownerUrl: database.urls.owner, migrationsDirectory: directory })).rejects.toMatchObject({
        code: 'RF090',
        message: expect.stringContaining(
          'Run once as an administrator: CREATE ROLE roomfeed_nobody_made NOLOGIN',
        ) as string,
      });
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('the migrations and schema.prisma', () => {
  beforeEach(() => open({ migrated: true }));

  it('agree', async () => {
    expect(await schemaDrift(database.urls.owner)).toBe('');
  });

  it.each([
    ['a column that the schema does not have', 'ALTER TABLE renders ADD COLUMN extra text', 'DROP COLUMN "extra"'],
    [
      'a column that the database does not have',
      'ALTER TABLE renders DROP COLUMN prompt',
      'ADD COLUMN     "prompt" TEXT',
    ],
    [
      'another type',
      'ALTER TABLE renders ALTER COLUMN cover_variant TYPE integer',
      '"cover_variant" SET DATA TYPE SMALLINT',
    ],
    ['another default', "ALTER TABLE profiles ALTER COLUMN role SET DEFAULT 'admin'", `"role" SET DEFAULT 'user'`],
    ['a column that may be null', 'ALTER TABLE renders ALTER COLUMN mode DROP NOT NULL', '"mode" SET NOT NULL'],
    ['an index that the schema does not have', 'CREATE INDEX extra_idx ON renders (prompt)', 'DROP INDEX "extra_idx"'],
    [
      'an index that the database does not have',
      'DROP INDEX collection_items_render_id_idx',
      'CREATE INDEX "collection_items_render_id_idx"',
    ],
    [
      'an index over other rows',
      `DROP INDEX generation_jobs_live_idx;
       CREATE INDEX generation_jobs_live_idx ON generation_jobs (owner_id, created_at DESC, id DESC)`,
      'DROP INDEX "generation_jobs_live_idx"',
    ],
    [
      'a foreign key that is missing',
      'ALTER TABLE uploads DROP CONSTRAINT uploads_owner_id_fkey',
      'ADD CONSTRAINT "uploads_owner_id_fkey"',
    ],
  ])('differ by %s', async (_what, change, remedy) => {
    await owner.query(change);
    expect(await schemaDrift(database.urls.owner)).toContain(remedy);
  });
});

describe('an earlier migration that another tool left unfinished', () => {
  beforeEach(() => open({ migrated: true }));

  it('is for a person to look at', async () => {
    await owner.query(`UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '${all.at(-1) ?? ''}'`);
    await expect(migrate({ ownerUrl: database.urls.owner })).rejects.toMatchObject({
      name: 'MigrationError',
      code: 'P3009',
      message: expect.stringContaining('prisma migrate resolve') as string,
    });
  });
});

it('says that the database cannot be reached, and keeps the password to itself', async () => {
  await open({ migrated: false });
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  await expect(
    migrate({ ownerUrl: `postgresql://roomfeed_owner:hunter2@127.0.0.1:${port}/roomfeed` }),
  ).rejects.toMatchObject({
    name: 'MigrationError',
    code: 'ECONNREFUSED',
    message: expect.not.stringContaining('hunter2') as string,
  });
});
