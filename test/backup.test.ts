import { once } from 'node:events';
import { execFile, spawn } from 'node:child_process';
import { appendFile, chmod, chown, cp, link, lstat, mkdir, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { runBackup } from '../src/cli/backup.js';
import { readOrCreateDevelopmentSecrets } from '../src/config/development-secrets.js';
import type { EnvironmentVariables } from '../src/config/variables.js';
import { startEmbeddedServer, type EmbeddedServer } from '../src/database/embedded.js';
import { canEnter, chooseServerAccount } from '../src/database/embedded/account.js';
import { processIdentity } from '../src/database/embedded/processes.js';
import { run, type ServerAccount } from '../src/database/embedded/run.js';
import { createFileStorage } from '../src/storage/file-storage.js';
import { openFolder } from './support/open-folder.js';

const execute = promisify(execFile);
const project = fileURLToPath(new URL('..', import.meta.url));
const isRoot = process.getuid?.() === 0;
const nobody: ServerAccount = { name: 'nobody', uid: 65_534, gid: 65_534 };
const now = new Date('2026-05-01T02:03:04.567Z');
const key = 'renders/0197b000-0000-7000-8000-000000000001/0197b000-0000-7000-8000-000000000002/v1/0.webp';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A backup that every test may read. */
let shared: {
  readonly folder: string;
  readonly data: string;
  readonly backup: string;
  readonly content: Awaited<ReturnType<typeof contentOf>>;
};
let folder: string;
let running: EmbeddedServer[];

beforeAll(async () => {
  const top = await openFolder('roomfeed-backup-');
  const data = join(top, 'data');
  await furnish(data);
  const content = await contentOf(data);
  const made = await command(['--out', join(top, 'backup')], data);
  expect(made).toMatchObject({ code: 0, stdout: `${join(top, 'backup')}\n` });
  shared = { folder: top, data, backup: join(top, 'backup'), content };
});
afterAll(() => rm(shared.folder, { recursive: true, force: true }));

beforeEach(async () => {
  running = [];
  folder = await openFolder('roomfeed-backup-');
});
afterEach(async () => {
  for (const server of running) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a backup of the embedded database', () => {
  test('brings back rows, roles, pictures and the keys that sign, in another place', async () => {
    const data = join(folder, 'data');

    expect(await command(['restore', shared.backup], data)).toMatchObject({ code: 0 });

    expect((await readdir(data)).sort()).toEqual(['cluster', 'development-secrets.json', 'storage']);
    expect(await contentOf(data)).toEqual(shared.content);
    expect((await lstat(join(data, 'development-secrets.json'))).mode & 0o777).toBe(0o600);
    expect((await lstat(join(data, 'storage'))).mode & 0o777).toBe(0o700);
  });

  test('takes what was written since with it, each time into a new folder beside the data directory', async () => {
    const data = await copyOfData();
    const first = await command([], data);
    await onServer(data, (urls) => query(urls.owner, "INSERT INTO kept VALUES (2, 'later')"));

    const second = await command([], data, { now: new Date('2026-05-02T02:03:04.567Z') });

    expect(first.stdout).toBe(`${data}-backups/2026-05-01T02-03-04Z\n`);
    expect(second.stdout).toBe(`${data}-backups/2026-05-02T02-03-04Z\n`);
    const back = join(folder, 'back');
    await command(['restore', second.stdout.trim()], back);
    expect((await contentOf(back)).rows).toContainEqual({ id: 2, word: 'later' });
  });

  test('lists each file with its size and checksum, leaves out what is unfinished, and is for its user alone', async () => {
    const { list, manifest } = await read(shared.backup);

    expect(manifest).toMatchObject({ format: 'roomfeed-backup', version: 1, createdAt: now.toISOString(), postgresql: '18' });
    expect(manifest).toMatchObject({ pictures: 'included', files: list.filter(({ file }) => file !== undefined).length });
    expect(list.map(({ file }) => file)).toEqual(expect.arrayContaining(['cluster/PG_VERSION', `pictures/${key}`]));
    expect(list.filter(({ file = '' }) => /postmaster|\.temporary|elsewhere/.test(file))).toEqual([]);
    for (const { file, folder: below, byteSize, sha256 } of list) {
      const path = join(shared.backup, file ?? below ?? '');
      expect((await lstat(path)).mode & 0o777).toBe(file === undefined ? 0o700 : 0o600);
      if (file === undefined) continue;
      const bytes = await readFile(path);
      expect({ byteSize, sha256 }).toEqual({ byteSize: bytes.length, sha256: sha256Of(bytes) });
    }
    expect((await lstat(shared.backup)).mode & 0o777).toBe(0o700);
  });

  test('may be read again at any time, and says when it is no longer what was written', async () => {
    expect(await command(['verify', shared.backup], shared.data)).toMatchObject({ code: 0 });
    const copy = await copyOfBackup();
    await appendFile(join(copy, 'cluster', 'PG_VERSION'), ' ');

    const { code, stderr } = await command(['verify', copy], shared.data);

    expect(code).toBe(1);
    expect(stderr).toContain('The backup is damaged: cluster/PG_VERSION');
  });

  test('holds no pictures where they are in S3, and is restored without them', async () => {
    const s3 = { STORAGE_URL: 's3://localhost:9000/pictures', STORAGE_ACCESS_KEY: 'key', STORAGE_SECRET_KEY: 'secret' };
    const backup = join(folder, 'backup');

    expect(await command(['--out', backup], shared.data, { variables: s3 })).toMatchObject({ code: 0 });

    expect(await readdir(backup)).not.toContain('pictures');
    const { code, stderr } = await command(['restore', backup], join(folder, 'data'));
    expect(code).toBe(0);
    expect(stderr).toContain('The pictures are in S3');
    expect((await contentOf(join(folder, 'data'))).rows).toHaveLength(1);
    const refused = await command(['restore', shared.backup], join(folder, 'other'), { variables: s3 });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('STORAGE_URL names S3') });
    expect(await exists(join(folder, 'other'))).toBe(false);
  });

  test('keeps pictures in the folder that STORAGE_URL names, whose links lead nowhere', async () => {
    const data = await copyOfData();
    const pictures = join(folder, 'pictures');
    await rename(join(data, 'storage'), pictures);
    await writeFile(join(folder, 'private'), 'not a picture');
    await symlink(join(folder, 'private'), join(pictures, 'link'));
    const variables = { STORAGE_URL: `file:${pictures}` };
    const backup = join(folder, 'backup');

    expect(await command(['--out', backup], data, { variables })).toMatchObject({ code: 0 });

    expect(await readdir(join(backup, 'pictures'))).toEqual(['renders']);
    const target = join(folder, 'new', 'pictures');
    const restored = await command(['restore', backup], join(folder, 'back'), { variables: { STORAGE_URL: `file:${target}` } });
    expect(restored).toMatchObject({ code: 0 });
    expect(await pictureIn(target)).toEqual(await pictureIn(pictures));
    expect((await readdir(join(folder, 'back'))).sort()).toEqual(['cluster', 'development-secrets.json']);
  });
});

describe('a backup is refused', () => {
  test('while a gateway runs, which goes on', async () => {
    const data = await copyOfData();
    const server = await start(data);

    const { code, stderr } = await command(['--out', join(folder, 'backup')], data);

    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`in use by process ${process.pid}[^]*Stop that one`));
    expect(await query(server.urls.gateway, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(folder)).toEqual(['data']);
  });

  test('where there is no database, and makes none', async () => {
    const missing = await command([], join(folder, 'data'));
    expect(missing).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('There is no database in') });
    expect(await readdir(folder)).toEqual([]);

    await mkdir(join(folder, 'data'));
    expect(await command([], join(folder, 'data'))).toMatchObject({ code: 1, stdout: '' });
    expect(await readdir(join(folder, 'data'))).toEqual([]);
  });

  test('for a database by URL, with the way that there is for it', async () => {
    const url = 'postgresql://roomfeed_gateway:hidden-word@localhost:1/roomfeed';
    const variables = { DATABASE_URL: url, DATABASE_SERVICE_URL: url.replace('gateway', 'service') };

    for (const args of [['--out', join(folder, 'backup')], ['restore', shared.backup]]) {
      const { code, stderr } = await command(args, join(folder, 'data'), { variables });
      expect(code).toBe(1);
      expect(stderr).toMatch(/pg_dump[^]*docs\/backup\.md/);
      expect(stderr).not.toContain('hidden-word');
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test('into a folder that is there, or one that would be lost with the data', async () => {
    const there = await command(['--out', shared.backup], shared.data);
    const within = await command(['--out', join(shared.data, 'backups', 'today')], shared.data);
    await symlink(join(shared.data, 'storage'), join(folder, 'link'));
    const byLink = await command(['--out', join(folder, 'link', 'today')], shared.data);

    expect(there).toMatchObject({ code: 1, stderr: expect.stringContaining('is there already') });
    for (const { code, stderr } of [within, byLink]) {
      expect(code).toBe(1);
      expect(stderr).toContain('would be lost with it');
    }
    expect((await readdir(join(shared.data, 'storage'))).sort()).toEqual(['.temporary', 'renders']);
    expect(await exists(join(shared.data, 'backups'))).toBe(false);
  });

  test('where the disk does not take it, and nothing is left of it', async () => {
    const file = join(folder, 'file');
    await writeFile(file, 'kept');

    const below = await command(['--out', join(file, 'backup')], shared.data);
    const restored = await command(['restore', shared.backup], join(file, 'data'));

    expect(below).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^Not done: ENOTDIR/) });
    expect(restored).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^Not done: /) });
    expect(await readFile(file, 'utf8')).toBe('kept');
  });

  test('where a part of the database lies behind a link', async () => {
    const data = await copyOfData();
    await symlink('/nowhere', join(data, 'cluster', 'pg_tblspc', '16999'));

    const { code, stderr } = await command(['--out', join(folder, 'backup')], data);

    expect(code).toBe(1);
    expect(stderr).toContain('16999 is neither a file nor a folder');
    expect(await readdir(folder)).toEqual(['data']);
  });

  test.each([[['everything']], [['restore']], [['verify', 'a', 'b']], [['--out', '']], [['restore', 'a', '--out', 'b']], [['--force']]])(
    'and explained to %j',
    async (args) => {
      const { code, stdout, stderr } = await command(args, shared.data);

      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('npm run -s backup -- [--out FOLDER]');
    },
  );
});

describe('the database of a gateway that was killed', () => {
  test('is recovered before it is copied, so that the copy is whole', async () => {
    const data = await copyOfData();
    const server = await start(data);
    await query(server.urls.owner, "INSERT INTO kept VALUES (7, 'last')");
    const cluster = join(await realpath(data), 'cluster');
    const pid = Number((await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    await until(async () => (await processIdentity(pid)) === null);
    await server.stop();
    const told: string[] = [];

    const { code } = await command(['--out', join(folder, 'backup')], data, { stderr: (text) => told.push(text) });

    expect(code).toBe(0);
    expect(told.join('')).toContain('it is started and stopped once');
    await command(['restore', join(folder, 'backup')], join(folder, 'back'));
    expect((await contentOf(join(folder, 'back'))).rows).toContainEqual({ id: 7, word: 'last' });
  });
});

describe('an interrupted backup', () => {
  test('leaves nothing, and frees the database', async () => {
    const stop = new AbortController();
    const interrupted = await command(['--out', join(folder, 'backup')], shared.data, {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });

    expect(interrupted).toEqual({ code: 1, stdout: '', stderr: 'Interrupted; what was half done is undone.\n' });
    expect(await readdir(folder)).toEqual([]);
    expect(await command(['--out', join(folder, 'backup')], shared.data)).toMatchObject({ code: 0 });
  });

  test('that was killed has no name that anybody takes for a backup, and is refused as one', async () => {
    const data = await copyOfData();
    // Many files, so that the copy takes a while.
    await mkdir(join(data, 'storage', 'inputs'));
    await writeFile(join(data, 'storage', 'inputs', 'a'), Buffer.alloc(50_000_000));
    for (const name of 'bcdefghijkl') await link(join(data, 'storage', 'inputs', 'a'), join(data, 'storage', 'inputs', name));
    const child = spawnBackup(['--out', join(folder, 'backup')], data);
    const isPartial = (name: string): boolean => name.startsWith('.backup.partial-');
    await until(async () => (await readdir(folder)).some(isPartial));

    child.kill('SIGKILL');
    await once(child, 'exit');

    const [partial = ''] = (await readdir(folder)).filter((name) => name !== 'data');
    expect(partial).toMatch(/^\.backup\.partial-/);
    const refused = await command(['restore', join(folder, partial)], join(folder, 'back'));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is no backup') });
    expect(await command(['--out', join(folder, 'backup')], data)).toMatchObject({ code: 0 });
  });
});

describe('a restore', () => {
  test('overwrites nothing', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    await writeFile(join(data, 'mine'), 'kept');
    const pictures = join(folder, 'pictures');
    await mkdir(pictures);
    await writeFile(join(pictures, 'mine'), 'kept');

    const overData = await command(['restore', shared.backup], data);
    const overPictures = await command(['restore', shared.backup], join(folder, 'new'), {
      variables: { STORAGE_URL: `file:${pictures}` },
    });

    expect(overData).toMatchObject({ code: 1, stderr: expect.stringContaining('overwrites nothing') });
    expect(overPictures).toMatchObject({ code: 1, stderr: expect.stringContaining('overwrites nothing') });
    expect(await readdir(data)).toEqual(['mine']);
    expect(await readdir(pictures)).toEqual(['mine']);
    expect(await exists(join(folder, 'new'))).toBe(false);
  });

  test('fills an empty data directory, once, whoever else does the same', async () => {
    const data = join(folder, 'data');
    await mkdir(data);

    const both = await Promise.all([command(['restore', shared.backup], data), command(['restore', shared.backup], data)]);

    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(await contentOf(data)).toEqual(shared.content);
  });

  test.each([
    ['a file that was changed', (backup: string) => flip(join(backup, 'cluster', 'global', 'pg_control'))],
    ['a picture that is missing', (backup: string) => rm(join(backup, 'pictures', key))],
    ['a list that was cut short', (backup: string) => edit(join(backup, 'files.jsonl'), (text) => text.slice(0, -200))],
    ['a manifest of half its length', (backup: string) => edit(join(backup, 'manifest.json'), (text) => text.slice(0, 90))],
    ['a file that became a link', (backup: string) => swap(join(backup, 'pictures', key))],
  ])('of a backup with %s leaves nothing behind', async (_name, harm) => {
    const backup = await copyOfBackup();
    await harm(backup);

    const { code, stderr } = await command(['restore', backup], join(folder, 'data'));

    expect(code).toBe(1);
    expect(stderr).toContain('The backup is damaged');
    expect(await filesIn(join(folder, 'data'))).toEqual([]);
  });

  test.each([
    ['a path that leads out of it', '../../outside'],
    ['an absolute path', '/etc/outside'],
    ['a path beside its parts', 'gateway.lock'],
  ])('of a backup with %s writes nothing', async (_name, file) => {
    const backup = await copyOfBackup();
    await edit(join(backup, 'files.jsonl'), (text) => `${JSON.stringify({ file, byteSize: 0, sha256: sha256Of(Buffer.alloc(0)) })}\n${text}`);
    await vouchForList(backup);

    const { code, stderr } = await command(['restore', backup], join(folder, 'data'));

    expect(code).toBe(1);
    expect(stderr).toContain('The backup is damaged');
    expect(await filesIn(join(folder, 'data'))).toEqual([]);
    expect((await readdir(folder)).sort()).toEqual(expect.not.arrayContaining(['outside']));
  });

  test('refuses another major version, and a format of the future', async () => {
    const backup = await copyOfBackup();
    await edit(join(backup, 'manifest.json'), (text) => text.replace('"postgresql": "18"', '"postgresql": "17"'));
    const older = await command(['restore', backup], join(folder, 'data'));
    await edit(join(backup, 'manifest.json'), (text) => text.replace('"version": 1', '"version": 2'));
    const newer = await command(['restore', backup], join(folder, 'data'));

    expect(older).toMatchObject({ code: 1, stderr: expect.stringMatching(/PostgreSQL 17[^]*brings PostgreSQL 18/) });
    expect(newer).toMatchObject({ code: 1, stderr: expect.stringContaining('version 2 of the format') });
    expect(await filesIn(join(folder, 'data'))).toEqual([]);
  });

  test('brings back only what PostgreSQL starts on', async () => {
    const backup = await copyOfBackup();
    const control = join(backup, 'cluster', 'global', 'pg_control');
    await flip(control);
    const bytes = await readFile(control);
    await edit(join(backup, 'files.jsonl'), (text) =>
      text.replace(/("file":"cluster\/global\/pg_control","byteSize":\d+,"sha256":")\w+/, `$1${sha256Of(bytes)}`),
    );
    await vouchForList(backup);

    const { code, stderr } = await command(['restore', backup], join(folder, 'data'));

    expect(code).toBe(1);
    expect(stderr).toMatch(/PostgreSQL did not start[^]*pg_control|incorrect checksum/);
    expect(await filesIn(join(folder, 'data'))).toEqual([]);
  });

  test('that is interrupted leaves nothing', async () => {
    const stop = new AbortController();

    const { code, stderr } = await command(['restore', shared.backup], join(folder, 'data'), {
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });

    expect({ code, stderr }).toEqual({ code: 1, stderr: 'Interrupted; what was half done is undone.\n' });
    expect(await filesIn(join(folder, 'data'))).toEqual([]);
  });

  test('that was killed lets no gateway begin with an empty database, and is done again', async () => {
    const data = join(folder, 'data');
    const child = spawnBackup(['restore', shared.backup], data);
    await until(async () => (await filesIn(data)).some((path) => path.endsWith('PG_VERSION')));

    child.kill('SIGKILL');
    await once(child, 'exit');

    await expect(start(data)).rejects.toMatchObject({ message: expect.stringMatching(/was being restored[^]*Restore it again/) });
    expect(await command(['restore', shared.backup], data)).toMatchObject({ code: 0 });
    expect((await readdir(data)).sort()).toEqual(['cluster', 'development-secrets.json', 'storage']);
    expect(await contentOf(data)).toEqual(shared.content);
  });
});

const asRoot = isRoot ? describe : describe.skip;
const openToOthers = isRoot && (await canEnter(project, nobody)) && (await run(process.execPath, ['--version'], nobody)).code === 0;
const asNobody = openToOthers ? describe : describe.skip;

asRoot(`root${isRoot ? '' : ' (skipped: this is not root)'}`, () => {
  test('in a closed home backs up the database that lives elsewhere, and brings it back there', async () => {
    const home = join(folder, 'home');
    await mkdir(home, { mode: 0o700 });
    const elsewhere = join(folder, 'elsewhere');
    const data = join(home, '.roomfeed');
    await furnish(data, elsewhere);
    const before = await contentOf(data, elsewhere);

    expect(await command([], data, { elsewhere })).toMatchObject({ code: 0 });

    const backup = join(home, '.roomfeed-backups', '2026-05-01T02-03-04Z');
    expect((await read(backup)).list.map(({ file }) => file)).toContain('cluster/PG_VERSION');
    // Without the data directory its old database is nobody's, and is not overwritten either.
    await rm(data, { recursive: true });
    const refused = await command(['restore', backup], data, { elsewhere });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('overwrites nothing') });
    const other = join(home, 'other');
    expect(await command(['restore', backup], other, { elsewhere })).toMatchObject({ code: 0 });
    expect(await contentOf(other, elsewhere)).toEqual(before);
    expect((await readdir(other)).sort()).toEqual(['database-is-elsewhere.txt', 'development-secrets.json', 'storage']);
  });

  test('restores a cluster that belongs to the server\'s user, and the rest to itself', async () => {
    const data = join(folder, 'data');

    await command(['restore', shared.backup], data);

    const account = await chooseServerAccount('/nonexistent');
    for (const path of ['cluster', 'cluster/PG_VERSION', 'cluster/base']) {
      expect((await lstat(join(data, path))).uid).toBe(account?.uid);
    }
    for (const path of ['storage', 'development-secrets.json']) expect((await lstat(join(data, path))).uid).toBe(0);
  });
});

asNobody(`an ordinary user${openToOthers ? '' : ' (skipped: only root in an open checkout can try this)'}`, () => {
  test('backs up and restores without root, by the command', async () => {
    const copy = await copyOfBackup();
    const work = join(folder, 'work');
    await mkdir(work);
    for (const path of [work, copy]) await giveTo(path, nobody);
    const as = (args: readonly string[], data: string): Promise<number | null> => ended(spawnBackup(args, data, nobody));

    expect(await as(['restore', copy], join(work, 'data'))).toBe(0);
    expect(await as(['--out', join(work, 'again')], join(work, 'data'))).toBe(0);
    expect(await as(['verify', join(work, 'again')], join(work, 'data'))).toBe(0);

    expect((await lstat(join(work, 'again', 'manifest.json'))).uid).toBe(nobody.uid);
    expect(await command(['restore', join(work, 'again')], join(folder, 'data'))).toMatchObject({ code: 0 });
    expect(await contentOf(join(folder, 'data'))).toEqual(shared.content);
  });
});

interface CommandOptions {
  readonly variables?: EnvironmentVariables;
  readonly elsewhere?: string;
  readonly now?: Date;
  readonly signal?: AbortSignal;
  /** Told of each file that is copied. */
  readonly onProgress?: () => void;
  readonly stderr?: (text: string) => void;
}

async function command(args: readonly string[], data: string, options: CommandOptions = {}) {
  const written = { stdout: '', stderr: '' };
  const code = await runBackup(args, {
    variables: { ROOMFEED_DATA_DIR: data, ...options.variables },
    ...(options.elsewhere === undefined ? {} : { elsewhere: options.elsewhere }),
    durable: false,
    now: options.now ?? now,
    stdout: (text) => (written.stdout += text),
    stderr: options.stderr ?? ((text) => (written.stderr += text)),
    progress: () => Object.assign(() => options.onProgress?.(), { stop: () => undefined }),
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, ...written };
}

/** The command as a process of its own, on the sources. */
function spawnBackup(args: readonly string[], data: string, account?: ServerAccount) {
  return spawn(
    process.execPath,
    ['--import', new URL('./support/typescript.mjs', import.meta.url).href, join(project, 'src/cli/backup.ts'), ...args],
    {
      cwd: '/',
      env: { PATH: process.env['PATH'], ROOMFEED_DATA_DIR: data },
      stdio: 'ignore',
      ...(account && { uid: account.uid, gid: account.gid }),
    },
  );
}

async function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** A data directory with a table, a picture, and a picture that is only half there. */
async function furnish(data: string, elsewhere?: string): Promise<void> {
  const pictures = join(data, 'storage');
  await onServer(data, (urls) => query(urls.owner, "CREATE TABLE kept AS SELECT 1 AS id, 'first' AS word"), elsewhere);
  readOrCreateDevelopmentSecrets(data);
  const body = Readable.from([Buffer.from('a picture')]);
  await storageIn(pictures).put(key, body, { contentType: 'image/webp' });
  await mkdir(join(pictures, '.temporary'), { recursive: true });
  await writeFile(join(pictures, '.temporary', 'half'), 'a pic');
}

function storageIn(directory: string) {
  const settings = { publicUrl: 'http://127.0.0.1:4000', windowSeconds: 3_600, now: () => now };
  return createFileStorage({ directory, ...settings, signingSecret: 'a secret for tests that is long enough' });
}

async function pictureIn(directory: string) {
  const found = await storageIn(directory).get(key);
  return found && { ...found.object, bytes: await buffer(found.body) };
}

/** Everything that a backup is about, by way of those who use it. */
async function contentOf(data: string, elsewhere?: string) {
  const { jwtSecret, assetSigningSecret } = readOrCreateDevelopmentSecrets(data);
  return {
    // As its own role, whose password came back with it.
    rows: await onServer(data, (urls) => query(urls.owner, 'SELECT id, word FROM kept ORDER BY id'), elsewhere),
    picture: await pictureIn(join(data, 'storage')),
    secrets: [jwtSecret.reveal(), assetSigningSecret.reveal()],
  };
}

async function start(data: string, elsewhere?: string): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ dataDirectory: data, log: silent, durable: false, ...(elsewhere ? { elsewhere } : {}) });
  running.push(server);
  return server;
}

async function onServer<T>(data: string, work: (urls: EmbeddedServer['urls']) => Promise<T>, elsewhere?: string): Promise<T> {
  const server = await startEmbeddedServer({ dataDirectory: data, log: silent, durable: false, ...(elsewhere ? { elsewhere } : {}) });
  try {
    return await work(server.urls);
  } finally {
    await server.stop();
  }
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

interface ListLine {
  readonly file?: string;
  readonly folder?: string;
  readonly byteSize?: number;
  readonly sha256?: string;
}

async function read(backup: string): Promise<{ list: ListLine[]; manifest: Record<string, unknown> }> {
  const lines = (await readFile(join(backup, 'files.jsonl'), 'utf8')).trim().split('\n');
  return {
    list: lines.map((line) => JSON.parse(line) as ListLine),
    manifest: JSON.parse(await readFile(join(backup, 'manifest.json'), 'utf8')) as Record<string, unknown>,
  };
}

/** A data directory of the test's own, as its owners have it. */
async function copyOfData(): Promise<string> {
  const copy = join(folder, 'data');
  await execute('cp', ['-a', shared.data, copy]);
  return copy;
}

async function copyOfBackup(): Promise<string> {
  const copy = join(folder, 'copy');
  await cp(shared.backup, copy, { recursive: true });
  return copy;
}

async function edit(path: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
}

/** A manifest that vouches for the list as it is now, with as many files and bytes. */
async function vouchForList(backup: string): Promise<void> {
  const list = await readFile(join(backup, 'files.jsonl'));
  await edit(join(backup, 'manifest.json'), (text) => {
    const manifest = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify({ ...manifest, list: { byteSize: list.length, sha256: sha256Of(list) } });
  });
}

/** Changes one byte in the middle, and neither the length nor the time of the copy. */
async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[100] = (bytes[100] ?? 0) ^ 0xff;
  await writeFile(path, bytes);
}

async function swap(path: string): Promise<void> {
  await rm(path);
  await symlink('/etc/hostname', path);
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The files below a folder; none where it is not there. */
async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function giveTo(path: string, { uid, gid }: ServerAccount): Promise<void> {
  for (const entry of await readdir(path, { recursive: true })) await chown(join(path, entry), uid, gid);
  await chown(path, uid, gid);
  await chmod(path, 0o700);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}

/** Waits for what another process does; the test's own timeout ends it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
