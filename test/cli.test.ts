import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { runMigrate } from '../src/cli/migrate.js';
import type { EnvironmentVariables } from '../src/config/variables.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';

async function migrateCommand(args: readonly string[], variables: EnvironmentVariables) {
  const written = { stdout: '', stderr: '' };
  const code = await runMigrate(args, {
    variables,
    stdout: (text) => (written.stdout += text),
    stderr: (text) => (written.stderr += text),
  });
  return { code, ...written };
}

async function tablesOf(database: TestDatabase): Promise<number> {
  const client = new pg.Client({ connectionString: database.urls.superuser });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_tables WHERE schemaname = 'public'");
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}

describe('the migrate command', () => {
  let empty: TestDatabase;
  beforeEach(async () => {
    empty = await createTestDatabase({ migrated: false });
  });
  afterEach(() => empty.drop());

  test('applies what is pending, names it, and the second time finds nothing to do', async () => {
    const variables = { DATABASE_OWNER_URL: empty.urls.owner };

    const first = await migrateCommand([], variables);
    const second = await migrateCommand([], variables);

    const names = first.stdout.trim().split('\n');
    expect(first.code).toBe(0);
    expect(names.length).toBeGreaterThan(3);
    expect(names).toEqual([...names].sort());
    expect(first.stderr).toContain(`Applying 1 of ${names.length}: ${names[0]}\n`);
    expect(second).toEqual({ code: 0, stdout: '', stderr: 'The database is up to date.\n' });
    expect(await tablesOf(empty)).toBeGreaterThan(10);
  });

  test('only names what it would apply, where it is asked to', async () => {
    const { code, stdout } = await migrateCommand(['--dry-run'], { DATABASE_OWNER_URL: empty.urls.owner });

    expect(code).toBe(0);
    expect(stdout.trim().split('\n').length).toBeGreaterThan(3);
    expect(await tablesOf(empty)).toBe(0);
  });

  test('says what is wrong with the database, and shows no password', async () => {
    const url = new URL(empty.urls.owner);
    url.password = 'not-the-password-at-all';
    url.pathname = '/there_is_no_such_database';

    const { code, stdout, stderr } = await migrateCommand([], { DATABASE_OWNER_URL: url.href });

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^Not migrated: .*DATABASE_OWNER_URL/);
    expect(stderr).not.toContain('not-the-password');
  });

  test('refuses the URL of another role, and changes nothing', async () => {
    const { code, stderr } = await migrateCommand([], { DATABASE_OWNER_URL: empty.urls.gateway });

    expect(code).toBe(1);
    expect(stderr).toContain('Not migrated: ');
    expect(await tablesOf(empty)).toBe(0);
  });

  test("asks for the owner's URL where only another one is set", async () => {
    const { code, stderr } = await migrateCommand([], { DATABASE_URL: empty.urls.gateway });

    expect(code).toBe(1);
    expect(stderr).toContain('DATABASE_OWNER_URL: is missing beside DATABASE_URL');
  });

  test.each([[['everything']], [['--force']], [['--dry-run=maybe']]])('explains itself to %j', async (args) => {
    const { code, stdout, stderr } = await migrateCommand(args, { DATABASE_OWNER_URL: empty.urls.owner });

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('npm run migrate -- [--dry-run]');
    expect(await tablesOf(empty)).toBe(0);
  });
});

describe('the migrate command without a URL', () => {
  test('starts the embedded server, migrates it, and leaves nothing running', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'roomfeed-migrate-'));
    await chmod(directory, 0o711); // as root the server runs as another user, who has to get in
    try {
      const first = await runProcess(directory);
      const second = await runProcess(directory);

      expect(first.code).toBe(0);
      expect(first.stdout.trim().split('\n').length).toBeGreaterThan(3);
      // It also shows that the first one freed the directory.
      expect(second).toMatchObject({ code: 0, stdout: '' });
      expect(second.stderr).toContain('The database is up to date.');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

/** The command as a process of its own, on the sources. */
function runProcess(directory: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(
    process.execPath,
    [
      '--import',
      new URL('./support/typescript.mjs', import.meta.url).href,
      fileURLToPath(new URL('../src/cli/migrate.ts', import.meta.url)),
    ],
    { env: { PATH: process.env['PATH'], ROOMFEED_DATA_DIR: directory }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const written = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...written }));
  });
}
