import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve, sep } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import {
  InvalidContentType,
  InvalidStorageKey,
  StorageKeyConflict,
  StorageSizeMismatch,
  StorageUnavailable,
  StoredObjectMissing,
} from '../src/storage/errors.js';
import { createFileStorage } from '../src/storage/file-storage.js';
import { isPublicKey, isStorageKey } from '../src/storage/keys.js';
import type { Storage } from '../src/storage/storage.js';

// What files do beside what every store does, which is in storage-contract.test.ts.

const WEBP = { contentType: 'image/webp' };
const WRITTEN = new Date('2025-03-01T12:00:00.123Z');

let outer: string;
let directory: string;
let storage: Storage;

beforeEach(async () => {
  outer = await mkdtemp(join(tmpdir(), 'roomfeed-storage-'));
  directory = join(outer, 'files');
  storage = open();
});

afterEach(() => rm(outer, { recursive: true, force: true }));

/** Another process's view of the same folder. */
function open(): Storage {
  return createFileStorage({
    directory,
    publicUrl: 'http://127.0.0.1:4000',
    signingSecret: 'a secret of this test, 32 bytes or more',
    now: () => WRITTEN,
  });
}

async function read(key: string): Promise<Buffer | null> {
  const found = await storage.get(key);
  return found === null ? null : buffer(found.body);
}

async function keys(prefix = ''): Promise<string[]> {
  const listed: string[] = [];
  for await (const { key } of storage.list(prefix)) listed.push(key);
  return listed;
}

/** Every file below the folder, the driver's own among them. */
async function filesOnDisk(below = directory): Promise<string[]> {
  if (!existsSync(below)) return [];
  const entries = await readdir(below, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
}

describe('put and get', () => {
  it.each([
    ['a buffer', () => Buffer.from('a room')],
    ['a stream', () => Readable.from([Buffer.from('a '), Buffer.from('room')])],
    ['a stream of text', () => Readable.from(['a ', 'room'])],
  ])('stores %s with its type, size, tag and time', async (_what, body) => {
    const stored = await storage.put('renders/o/r/v1/0.webp', body(), { ...WEBP, byteSize: 6 });

    expect(stored).toEqual({
      key: 'renders/o/r/v1/0.webp',
      byteSize: 6,
      contentType: 'image/webp',
      etag: createHash('sha256').update('a room').digest('base64url'),
      lastModified: WRITTEN,
    });
    expect(await storage.stat('renders/o/r/v1/0.webp')).toEqual(stored);
    const found = await open().get('renders/o/r/v1/0.webp');
    expect(found?.object).toEqual(stored);
    expect(String(await buffer(found?.body ?? Readable.from([])))).toBe('a room');
  });

  it('keeps content that looks like its own description apart from it', async () => {
    await storage.put('first', Buffer.from('x'), { contentType: 'text/html' });
    const file = await readFile(join(directory, 'first'));

    await storage.put('second', file, WEBP);
    expect((await storage.stat('second'))?.contentType).toBe('image/webp');
    expect(await read('second')).toEqual(file);
  });

  it('reads no further ahead of the disk than a few buffers', async () => {
    const chunk = 64 * 1024;
    const written = () => {
      const [name] = readdirSync(join(directory, '.temporary'));
      return name === undefined ? 0 : statSync(join(directory, '.temporary', name)).size;
    };
    let produced = 0;
    let furthest = 0;
    const source = new Readable({
      highWaterMark: chunk,
      read() {
        if (produced > 0) furthest = Math.max(furthest, produced - written());
        produced += chunk;
        this.push(produced <= 200 * chunk ? Buffer.alloc(chunk) : null);
      },
    });

    expect((await storage.put('large', source, WEBP)).byteSize).toBe(200 * chunk);
    expect(furthest).toBeLessThan(20 * chunk);
  });

  it('refuses a content type that is none', async () => {
    for (const contentType of ['', 'webp', 'image/webp\r\nx: y', 'image/webp; charset=x', `image/${'x'.repeat(100)}`]) {
      await expect(storage.put('picture', Buffer.from('x'), { contentType })).rejects.toThrow(InvalidContentType);
    }
    expect(await filesOnDisk()).toEqual([]);
  });
});

describe('a write that fails', () => {
  it.each([
    ['longer', 4],
    ['shorter', 1000],
  ])('stores nothing of a body that is %s than announced', async (_what, byteSize) => {
    const body = Readable.from([Buffer.from('01'), Buffer.from('23456789')]);

    await expect(storage.put('picture', body, { ...WEBP, byteSize })).rejects.toThrow(StorageSizeMismatch);
    expect(await storage.stat('picture')).toBeNull();
    expect(await filesOnDisk()).toEqual([]);
  });

  it('leaves nothing of a body that breaks in the middle, and the old object as it was', async () => {
    await storage.put('picture', Buffer.from('old'), WEBP);
    async function* breaking() {
      yield Buffer.alloc(100_000);
      await storage.stat('picture');
      throw new Error('the client went away');
    }

    await expect(storage.put('picture', Readable.from(breaking()), WEBP)).rejects.toThrow('the client went away');
    expect(String(await read('picture'))).toBe('old');
    expect(await filesOnDisk()).toEqual(['picture']);
  });

  it('survives a body that is broken before it is read', async () => {
    const broken = new PassThrough();
    const putting = storage.put('picture', broken, WEBP);
    broken.destroy(new Error('broken at once'));

    await expect(putting).rejects.toThrow('broken at once');
    expect(await filesOnDisk()).toEqual([]);
  });

  it('is no object where a crash cut the file short or left a file of its own', async () => {
    await storage.put('whole', randomBytes(5000), WEBP);
    await storage.put('cut', randomBytes(5000), WEBP);
    await truncate(join(directory, 'cut'), 3000);
    await storage.put('emptied', randomBytes(5000), WEBP);
    await truncate(join(directory, 'emptied'), 0);
    await writeFile(join(directory, 'foreign.webp'), randomBytes(3000));
    await storage.put('edited', Buffer.from('0123456789'), WEBP);
    await writeFile(join(directory, 'edited'), (await readFile(join(directory, 'edited'))).subarray(1));

    for (const key of ['cut', 'emptied', 'foreign.webp', 'edited']) expect(await storage.get(key)).toBeNull();
    expect(await keys()).toEqual(['whole']);
  });

  it('leaves a temporary file when the process is killed, and a process removes it a day later', async () => {
    await storage.put('picture', Buffer.from('x'), WEBP);
    const later = (hours: number) => {
      const now = () => new Date(Date.now() + hours * 3_600_000);
      return createFileStorage({ directory, publicUrl: 'http://127.0.0.1:4000', signingSecret: 'x', now });
    };
    await writeFile(join(directory, '.temporary', 'half'), 'half');
    expect(await keys()).toEqual(['picture']);

    await later(23).put('other', Buffer.from('x'), WEBP);
    expect(await readdir(join(directory, '.temporary'))).toEqual(['half']);
    await later(25).put('other', Buffer.from('x'), WEBP);
    expect(await readdir(join(directory, '.temporary'))).toEqual([]);
  });
});

describe('writers at the same time', () => {
  it('leave one whole object of one of them', async () => {
    const bodies = Array.from({ length: 20 }, (_, index) => Buffer.alloc(50_000 + index, index));
    const writers = [storage, open(), open()];

    await Promise.all(
      bodies.map(async (body, index) =>
        writers[index % 3]?.put('a/b/picture', Readable.from([body]), { contentType: `image/x-${index}` }),
      ),
    );
    const found = await storage.get('a/b/picture');
    const body = await buffer(found?.body ?? Readable.from([]));
    const winner = body[0] ?? -1;
    expect(body.equals(bodies[winner] ?? Buffer.alloc(0))).toBe(true);
    expect(found?.object).toMatchObject({ byteSize: 50_000 + winner, contentType: `image/x-${winner}` });
    expect(await filesOnDisk()).toEqual(['picture']);
  });

  it('lose nothing to deletes that remove the emptied folders under them', async () => {
    const worker = async (name: string, store: Storage) => {
      for (let round = 0; round < 40; round += 1) {
        await store.put(`a/b/c/d/e/f/g/${name}`, Buffer.from(name), WEBP);
        expect(await store.stat(`a/b/c/d/e/f/g/${name}`)).not.toBeNull();
        await store.delete([`a/b/c/d/e/f/g/${name}`]);
      }
    };

    await Promise.all([worker('1', storage), worker('2', open()), worker('3', open()), worker('4', open())]);
    expect(await readdir(directory)).toEqual(['.temporary']);
  });
});

describe('copy', () => {
  it('does not change with a new content of the first key, and may be repeated', async () => {
    await storage.put('one', Buffer.from('old'), WEBP);
    await storage.copy('one', 'two');
    await storage.copy('one', 'two');
    await storage.copy('one', 'one');
    expect((await filesOnDisk()).sort()).toEqual(['one', 'two']);

    await storage.put('one', Buffer.from('new'), WEBP);
    expect(String(await read('two'))).toBe('old');
  });

  it('of a missing object fails and leaves nothing', async () => {
    await expect(storage.copy('nothing', 'two')).rejects.toThrow(StoredObjectMissing);
    expect(await filesOnDisk()).toEqual([]);
  });
});

describe('delete', () => {
  it('removes what exists, ignores what does not, and takes emptied folders along', async () => {
    await storage.put('renders/o/r1/v1/0.webp', Buffer.from('x'), WEBP);
    await storage.put('renders/o/r1/v1/1.webp', Buffer.from('x'), WEBP);
    await storage.put('renders/o/r2/v1/0.webp', Buffer.from('x'), WEBP);

    await storage.delete(['renders/o/r1/v1/0.webp', 'renders/o/r1/v1/1.webp', 'renders/o/r9/v1/0.webp', 'renders/o']);
    expect(await keys()).toEqual(['renders/o/r2/v1/0.webp']);
    expect(await readdir(join(directory, 'renders/o'))).toEqual(['r2']);
    await storage.delete([]);
  });

  it('goes through folders at once, folders within folders among them, and leaves none behind', async () => {
    const doomed = Array.from({ length: 60 }, (_, n) => `renders/o/${'abcdefgh'.slice(0, 1 + (n % 8)).split('').join('/')}/${n}.webp`);
    const live = 'renders/o/a/b/live.webp';
    for (const key of [...doomed, live]) await storage.put(key, Buffer.from(key), WEBP);

    // Some of them twice, by two at the same time.
    await Promise.all([storage.delete([...doomed, ...doomed.slice(0, 9)]), storage.delete(doomed.slice(20, 40))]);

    expect(await keys()).toEqual([live]);
    expect(await readdir(join(directory, 'renders/o/a/b'))).toEqual(['live.webp']);
  });
});

describe('list', () => {
  it('goes through whole keys in their order, and shows no file of its own', async () => {
    const all = ['a', 'a-b', 'a.b/c', 'ab', 'b/c', 'b/c-d', 'b/ca/d', 'b/cb', 'b.c', 'c/d/e/f/g'];
    for (const key of [...all].reverse()) {
      if (key !== 'a') await storage.put(key, Buffer.from(key), WEBP);
    }
    await storage.put('a', Buffer.from('a'), WEBP);
    await writeFile(join(directory, '.hidden'), 'x');

    expect(await keys()).toEqual([...all].sort());
  });

  it('gives what stat gives, and goes on while objects disappear', async () => {
    for (const key of ['a/1', 'a/2', 'b/1']) await storage.put(key, Buffer.from(key), WEBP);

    const seen = [];
    for await (const object of storage.list('')) {
      if (seen.length === 0) await storage.delete(['a/2', 'b/1']);
      seen.push(object);
    }
    expect(seen).toEqual([await storage.stat('a/1')]);
  });
});

describe('keys', () => {
  const segment = fc.oneof(
    fc.constantFrom('..', '.', '', '%2e%2e', '..%5c', '\\', '~', '\0', 'community', '.temporary', 'a', 'B.webp', '-'),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/),
  );
  const anyKey = fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('/'));

  it('that are accepted name something below the folder, in every reading of a path', () => {
    let accepted = 0;
    const root = resolve('/srv/files');
    fc.assert(
      fc.property(anyKey, (key) => {
        if (!isStorageKey(key)) return;
        accepted += 1;
        expect(resolve(root, key)).toBe(root + sep + key.split('/').join(sep));
        expect(new URL(`http://host/assets/${key}`).pathname).toBe(`/assets/${key}`);
        expect(decodeURIComponent(key)).toBe(key);
        if (isPublicKey(key)) expect(key.split('/')[0]).toBe('community');
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('never lead a write out of the folder', async () => {
    // Half of them can be stored, so that something is.
    const goodKey = fc
      .array(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,11}$/), { minLength: 1, maxLength: 6 })
      .map((segments) => segments.join('/'));
    await writeFile(join(outer, 'bystander'), 'untouched');
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyKey, goodKey), async (key) => {
        await storage.put(key, Buffer.from('x'), WEBP).catch((error: unknown) => {
          if (!(error instanceof InvalidStorageKey || error instanceof StorageKeyConflict)) throw error;
        });
        expect((await readdir(outer)).filter((name) => name !== 'files')).toEqual(['bystander']);
      }),
      { numRuns: 100 },
    );
    expect(await readFile(join(outer, 'bystander'), 'utf8')).toBe('untouched');
    expect((await keys()).length).toBeGreaterThan(5);
  });

  it('exclude each other where one is a folder of the other', async () => {
    await storage.put('a/b', Buffer.from('x'), WEBP);

    await expect(storage.put('a', Buffer.from('x'), WEBP)).rejects.toThrow(StorageKeyConflict);
    await expect(storage.put('a/b/c', Buffer.from('x'), WEBP)).rejects.toThrow(StorageKeyConflict);
    await expect(storage.copy('a/b', 'a/b/c')).rejects.toThrow(StorageKeyConflict);
    expect(await keys()).toEqual(['a/b']);
    expect(await filesOnDisk()).toEqual(['b']);
  });
});

describe('symbolic links', () => {
  let secret: string;

  beforeEach(async () => {
    const elsewhere = createFileStorage({
      directory: join(outer, 'elsewhere'),
      publicUrl: 'http://127.0.0.1:4000',
      signingSecret: 'x',
    });
    await elsewhere.put('secret', Buffer.from('secret'), WEBP);
    await elsewhere.put('sub/secret', Buffer.from('secret'), WEBP);
    await storage.put('kept', Buffer.from('kept'), WEBP);
    secret = join(outer, 'elsewhere', 'secret');
    await symlink(join(outer, 'elsewhere'), join(directory, 'folder'));
    await symlink(secret, join(directory, 'file'));
  });

  it('inside the folder are no objects and no way to any', async () => {
    for (const key of ['file', 'folder', 'folder/secret', 'folder/sub/secret']) {
      expect(await storage.get(key)).toBeNull();
      expect(await storage.stat(key)).toBeNull();
      await expect(storage.copy(key, 'copied')).rejects.toThrow(StoredObjectMissing);
    }
    expect(await keys()).toEqual(['kept']);
    expect(await keys('folder/')).toEqual([]);
    expect(await keys('folder/sub/')).toEqual([]);
  });

  it('are not written or deleted through', async () => {
    await expect(storage.put('folder/new', Buffer.from('x'), WEBP)).rejects.toThrow(StorageKeyConflict);
    await expect(storage.put('folder/sub/new', Buffer.from('x'), WEBP)).rejects.toThrow(StorageKeyConflict);
    await storage.delete(['folder/secret', 'folder/sub/secret', 'folder']);
    await storage.put('file', Buffer.from('mine'), WEBP);

    expect((await filesOnDisk(join(outer, 'elsewhere'))).sort()).toEqual(['secret', 'secret']);
    expect(String(await readFile(secret))).toMatch(/^secret/);
    expect(String(await read('file'))).toBe('mine');
  });

  it('may lead to the folder itself', async () => {
    await symlink(directory, join(outer, 'link'));
    directory = join(outer, 'link');

    expect((await open().stat('kept'))?.byteSize).toBe(4);
  });
});

describe('the folder', () => {
  it('is made for its owner alone', async () => {
    await storage.put('inputs/o/photo.jpg', Buffer.from('x'), { contentType: 'image/jpeg' });

    const mode = async (path: string) => (await stat(join(directory, path))).mode & 0o077;
    expect(await Promise.all(['.', 'inputs', 'inputs/o', 'inputs/o/photo.jpg'].map(mode))).toEqual([0, 0, 0, 0]);
  });

  it('passes the check, which leaves nothing behind', async () => {
    await storage.check();

    expect(await filesOnDisk()).toEqual([]);
  });

  it('fails the check where it cannot be, with a message that shows no path', async () => {
    await writeFile(directory, 'a file');

    const failure: unknown = await storage.check().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StorageUnavailable);
    expect(String(failure)).not.toContain(outer);
  });

  it('may go away and come back under a running store', async () => {
    await storage.put('a', Buffer.from('x'), WEBP);
    await rm(directory, { recursive: true });
    expect(await storage.stat('a')).toBeNull();

    await storage.check();
    await storage.put('b/c', Buffer.from('x'), WEBP);
    expect(await keys()).toEqual(['b/c']);
  });

  it('can be copied to another place with everything in it', async () => {
    const stored = await storage.put('a/b', Buffer.from('x'), WEBP);
    const copy = join(outer, 'backup');
    await mkdir(join(copy, 'a'), { recursive: true });
    await writeFile(join(copy, 'a', 'b'), await readFile(join(directory, 'a', 'b')));
    await utimes(join(copy, 'a', 'b'), 1, 1);

    directory = copy;
    expect(await open().stat('a/b')).toEqual(stored);
  });
});
