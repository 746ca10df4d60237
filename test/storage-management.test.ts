import { randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { runMaintenance } from '../src/cli/maintenance.js';
import type { MaintenanceSurroundings } from '../src/cli/maintenance/command.js';
import { storageCommand } from '../src/cli/maintenance/storage.js';
import { parseRuntime } from '../src/config/parse-runtime.js';
import type { RuntimeConfiguration } from '../src/config/runtime.js';
import { keyOfVersion, pictureOfKey } from '../src/domain/storage-keys.js';
import { createStorageAudit, type Difference } from '../src/services/storage/audit.js';
import { createStorageService } from '../src/services/storage/management.js';
import { createPictureMoves } from '../src/services/storage/moving.js';
import { createRemovalService } from '../src/services/storage/removal.js';
import { StorageUnavailable } from '../src/storage/errors.js';
import type { Storage } from '../src/storage/storage.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { coverBytes, storedRenders } from './support/curation.js';
import { createFuse, Died, fusedDatabases } from './support/generation/fuse.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

/** What storage holds, whether records and bytes agree, and how pictures move: the services and the operators' command. */
const runtime = parseRuntime({}).runtime as RuntimeConfiguration;
const begin = new Date('2026-05-20T10:00:00.000Z');

let app: TestApp;
let seed: Seed;
let storage: Storage;
let ann: Person;
let time = begin;

beforeAll(async () => {
  app = await createTestApp({ now: () => time });
  seed = await createSeed(app);
  ({ storage } = app.app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  time = begin;
  ann = await app.signUp();
});
afterEach(async () => {
  await seed.sql('delete from renders');
  await seed.sql('delete from assets');
  await storage.delete((await listed()).map(({ key }) => key));
});

async function listed(): Promise<{ key: string; byteSize: number }[]> {
  const found: { key: string; byteSize: number }[] = [];
  for await (const { key, byteSize } of storage.list('')) found.push({ key, byteSize });
  return found;
}

type Kind = 'input' | 'output' | 'thumbnail' | 'community';

async function stock(key: string, kind: Kind, owner: Person | null, { bytes = key.length, markedAt = null }: { bytes?: number; markedAt?: Date | null } = {}): Promise<string> {
  await storage.put(key, Buffer.alloc(bytes, 'x'), { contentType: 'image/webp' });
  await seed.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at) values ($1, $2, $3, $4, 'image/webp', $5)`,
    [key, owner?.id ?? null, kind, bytes, markedAt],
  );
  return key;
}
const photoOf = ({ id }: Person) => `inputs/${id}/${randomUUID()}.jpg`;
const pictureOf = ({ id }: Person, name = '0.webp') => `renders/${id}/${randomUUID()}/v1/${name}`;
const audit = (store: Pick<Storage, 'list' | 'stat'> = storage) => createStorageAudit({ databases: app.app.databases, storage: store });

async function differences(store?: Pick<Storage, 'list' | 'stat'>): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  const { differences: count } = await audit(store).verify({ onDifference: (difference) => void found.push(difference) });
  expect(count).toBe(found.length);
  return found;
}

describe('what storage holds', () => {
  it('is a full listing to the byte, all of it, by kind and by owner', async () => {
    const ben = await app.signUp();
    const people = [ann, ben] as const;
    for (const [index, person] of people.entries()) {
      for (let count = 0; count < 4; count += 1) {
        await stock(photoOf(person), 'input', person, { bytes: 1_000 * (index + 1) + count });
        await stock(pictureOf(person), 'output', person, { bytes: 77 + count, markedAt: count === 0 ? begin : null });
        await stock(pictureOf(person, '0_thumb.webp'), 'thumbnail', person, { bytes: 5 + count });
      }
    }
    await stock(`community/${randomUUID()}/v1.webp`, 'community', null, { bytes: 321 });

    const sums = await audit().measure({ largest: 10 });

    const store = (await listed()).map((object) => ({ ...object, ...pictureOfKey(object.key) }));
    const weigh = (objects: typeof store) => ({ bytes: objects.reduce((all, { byteSize }) => all + byteSize, 0), objectCount: objects.length });
    expect(sums).toMatchObject(weigh(store));
    expect(sums.byKind.map(({ kind, bytes, objectCount }) => ({ kind, bytes, objectCount }))).toEqual(
      ['community', 'input', 'output', 'thumbnail'].map((kind) => ({ kind, ...weigh(store.filter((object) => object.kind === kind)) })),
    );
    expect(sums.largest).toEqual(
      [ben, ann].map(({ id }) => ({ ownerId: id, ...weigh(store.filter(({ ownerId }) => ownerId === id)) })),
    );
    expect(sums).toMatchObject({ markedCount: 2, markedBytes: 154 });
    for (const person of people) {
      const usage = await createStorageService({ databases: app.app.databases, storage }).calculateStorageUsage({ id: person.id, email: null, name: null });
      const own = store.filter(({ ownerId }) => ownerId === person.id);
      expect(usage).toEqual({
        totalBytes: weigh(own).bytes,
        objectCount: own.length,
        byKind: ['input', 'output', 'thumbnail'].map((kind) => ({ kind, ...weigh(own.filter((object) => object.kind === kind)) })),
      });
    }
    expect(await differences()).toEqual([]);
  });

  it('may be more than 32 bits can count', async () => {
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type)
       select 'inputs/' || $1::uuid || '/' || n, $1, 'input', 2147483647, 'image/jpeg' from generate_series(1, 3) n`,
      [ann.id],
    );

    expect(await audit().measure({ largest: 1 })).toMatchObject({ bytes: 3 * 2_147_483_647, largest: [{ ownerId: ann.id, bytes: 3 * 2_147_483_647 }] });
  });
});

describe('a verification', () => {
  it('names every difference between records and bytes, and nothing else', async () => {
    const keys = { fine: photoOf(ann), gone: photoOf(ann), longer: pictureOf(ann), unknown: pictureOf(ann) };
    await stock(keys.fine, 'input', ann);
    await stock(keys.gone, 'input', ann);
    await storage.delete([keys.gone]);
    await stock(keys.longer, 'output', ann);
    await storage.put(keys.longer, Buffer.from('shorter'), { contentType: 'image/webp' });
    await storage.put(keys.unknown, Buffer.from('1234'), { contentType: 'image/webp' });
    await storage.put('notes.txt', Buffer.from('12'), { contentType: 'text/plain' });
    await storage.put(`incoming/${randomUUID()}`, Buffer.from('x'), { contentType: 'image/webp' });
    // On its way out, and on its way in.
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at) values ($1, $2, 'input', 5, 'image/jpeg', $3)`,
      [photoOf(ann), ann.id, begin],
    );

    const found = await differences();

    expect(Object.fromEntries(found.map(({ key, ...difference }) => [key, difference]))).toEqual({
      [keys.gone]: { what: 'bytes_missing', recordedBytes: keys.gone.length, storedBytes: null, ownerId: ann.id },
      [keys.longer]: { what: 'size_differs', recordedBytes: keys.longer.length, storedBytes: 7, ownerId: ann.id },
      [keys.unknown]: { what: 'not_recorded', recordedBytes: null, storedBytes: 4, ownerId: ann.id },
      'notes.txt': { what: 'not_ours', recordedBytes: null, storedBytes: 2, ownerId: null },
    });
    expect(await audit().verify()).toMatchObject({ records: 4, objects: 4, uncompleted: 1, differences: 4 });
  });

  it('meets a record whose path is no key, and more of both than a page', async () => {
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type)
       select 'inputs/' || $1::uuid || '/' || n || '.jpg', $1, 'input', 1, 'image/jpeg' from generate_series(1, 4500) n`,
      [ann.id],
    );
    await seed.sql(`insert into assets (path, kind, byte_size, content_type) values ('../etc/passwd', 'community', 1, 'text/plain')`);
    const objects = (await seed.sql<{ path: string }>(`select path from assets where path like 'inputs/%' order by path collate "C"`)).map(({ path }) => path);
    const full = {
      async *list() {
        for (const key of objects) yield { key, byteSize: key.endsWith('/4321.jpg') ? 2 : 1, etag: 'x', lastModified: begin };
      },
      stat: async (key: string) => (key.startsWith('..') ? storage.stat(key) : { key, byteSize: 2, contentType: 'image/jpeg', etag: 'x', lastModified: begin }),
    };

    expect((await differences(full)).map(({ key, what }) => `${what} ${key}`)).toEqual([
      'bytes_missing ../etc/passwd',
      `size_differs inputs/${ann.id}/4321.jpg`,
    ]);
  });

  it('is not misled by what is stored and removed while it walks', async () => {
    const [stays, goes, comes] = [photoOf(ann), photoOf(ann), photoOf(ann)] as const;
    await stock(stays, 'input', ann);
    await stock(goes, 'input', ann);
    const busy: Pick<Storage, 'list' | 'stat'> = {
      ...storage,
      async *list(prefix) {
        await stock(comes, 'input', ann);
        await storage.delete([goes]);
        await seed.sql('delete from assets where path = $1', [goes]);
        yield* storage.list(prefix);
      },
    };

    expect(await differences(busy)).toEqual([]);
  });

  it('fails where the store is away, and says nothing of what is missing', async () => {
    await stock(photoOf(ann), 'input', ann);
    const away: Pick<Storage, 'list' | 'stat'> = {
      ...storage,
      // eslint-disable-next-line require-yield
      async *list() {
        throw new StorageUnavailable('away');
      },
    };

    await expect(differences(away)).rejects.toThrow(StorageUnavailable);
  });
});

describe('addresses', () => {
  it('of 1,000 pictures are signed at once, without a call to anybody, and are the same again', async () => {
    const calls: string[] = [];
    const silent = new Proxy(storage, {
      get(target, name: keyof Storage) {
        if (name !== 'signedUrl') calls.push(name);
        return target[name];
      },
    });
    const service = createStorageService({ databases: app.app.databases, storage: silent });
    const keys = Array.from({ length: 1_000 }, () => pictureOf(ann));
    const statements = calls.length;
    const before = performance.now();

    const signed = service.generateBatchSignedUrls(keys);

    const milliseconds = performance.now() - before;
    process.stderr.write(`1,000 addresses were signed in ${milliseconds.toFixed(1)} ms\n`);
    // Not a promise: nothing can have been waited for.
    expect(signed).toHaveLength(1_000);
    expect(new Set(signed.map(({ url }) => url)).size).toBe(1_000);
    expect(signed).toEqual(service.generateBatchSignedUrls(keys));
    expect(calls.length).toBe(statements);
    // Far above what it takes, and far below what one call to a store for each would.
    expect(milliseconds).toBeLessThan(1_000);
  });
});

describe('keys', () => {
  const [owner, row] = ['0197b000-0000-7000-8000-0000000000aa', '0197b000-0000-7000-8000-0000000000bb'];

  it.each([
    [`inputs/${owner}/${row}.jpg`, { kind: 'input', ownerId: owner }],
    [`renders/${owner}/${row}/v1/0.webp`, { kind: 'output', ownerId: owner }],
    [`renders/${owner}/${row}/v12/2_thumb.webp`, { kind: 'thumbnail', ownerId: owner }],
    [`community/${row}/v1.webp`, { kind: 'community', ownerId: null }],
    [`community/${row}/v1_thumb.png`, { kind: 'community', ownerId: null }],
    [`incoming/${row}`, null],
    ['samples/kitchen.webp', null],
    [`renders/${owner}/${row}/0.webp`, null],
    [`renders/${owner}/v1/0.webp`, null],
    [`inputs/${owner}/a/b.jpg`, null],
    [`community/${row}/other.webp`, null],
    [`x/inputs/${owner}/${row}.jpg`, null],
  ])('say what they hold: %s', (key, meaning) => {
    expect(pictureOfKey(key)).toEqual(meaning);
  });

  it('have versions, where they are a render’s', () => {
    expect(keyOfVersion(`renders/${owner}/${row}/v9/0_thumb.webp`, 10)).toBe(`renders/${owner}/${row}/v10/0_thumb.webp`);
    expect(keyOfVersion(`inputs/${owner}/${row}.jpg`, 2)).toBeNull();
  });
});

const remove = () => createRemovalService({ databases: app.app.databases, storage, now: () => time }).removeDue();
const bytesOf = async (key: string) => String(await buffer((await storage.get(key))!.body));

describe('a move of a render’s pictures', () => {
  const move = (renderId: string, store: Pick<Storage, 'copy'> = storage, databases = app.app.databases) =>
    createPictureMoves({ databases, storage: store, now: () => time }).movePictures(renderId);
  const variantsOf = (renderId: string) =>
    seed.sql<{ image_path: string; thumb_path: string; version: number }>(
      'select image_path, thumb_path, version from render_variants where render_id = $1 order by idx',
      [renderId],
    );
  const versionOf = async (renderId: string) => (await variantsOf(renderId))[0]!.version;
  const keysOf = (renderId: string, version: number) =>
    ['0.webp', '0_thumb.webp'].map((name) => `renders/${ann.id}/${renderId}/v${version}/${name}`);
  let render: string;
  beforeEach(async () => {
    [render] = (await storedRenders(app, seed, ann.id, 1)) as [string];
  });

  it('has them under the next version of their keys, with their bytes, types and records, and the old ones due', async () => {
    expect(await move(render)).toEqual({ outcome: 'moved', keys: keysOf(render, 2) });

    expect(await variantsOf(render)).toEqual([{ image_path: keysOf(render, 2)[0], thumb_path: keysOf(render, 2)[1], version: 2 }]);
    await remove();
    const { image, thumb } = coverBytes(render);
    expect(await listed()).toEqual([
      { key: keysOf(render, 2)[0], byteSize: image.length },
      { key: keysOf(render, 2)[1], byteSize: thumb.length },
    ]);
    expect(await bytesOf(keysOf(render, 2)[0]!)).toBe(image);
    expect(await storage.stat(keysOf(render, 2)[1]!)).toMatchObject({ contentType: 'image/webp' });
    expect(await seed.sql('select path, owner_id, kind, byte_size, marked_at from assets order by path')).toEqual([
      { path: keysOf(render, 2)[0], owner_id: ann.id, kind: 'output', byte_size: image.length, marked_at: null },
      { path: keysOf(render, 2)[1], owner_id: ann.id, kind: 'thumbnail', byte_size: thumb.length, marked_at: null },
    ]);
    expect(await move(render)).toEqual({ outcome: 'moved', keys: keysOf(render, 3) });
  });

  it('that dies at any call leaves the render with its pictures, and nothing behind', async () => {
    let calls = 0;
    for (let isOver = false; !isOver; calls += 1) {
      for (const isDone of [false, true]) {
        const before = await versionOf(render);
        const fuse = createFuse({ calls, isDone });
        const dying = { copy: (from: string, to: string) => fuse.call(() => storage.copy(from, to)) };
        await move(render, dying, fusedDatabases(app.app.databases, fuse)).catch((error: unknown) => {
          if (!(error instanceof Died)) throw error;
        });
        isOver = !fuse.hasBurnt();

        time = new Date(time.getTime() + 61 * 60_000);
        await remove();

        const after = await versionOf(render);
        expect([before, before + 1]).toContain(after);
        expect((await listed()).map(({ key }) => key)).toEqual(keysOf(render, after));
        expect(await bytesOf(keysOf(render, after)[0]!)).toBe(coverBytes(render).image);
        expect(await differences()).toEqual([]);
      }
    }
    expect(calls).toBeGreaterThan(7);
  });

  it('comes to nothing where the render is deleted meanwhile', async () => {
    const deleting = {
      async copy(from: string, to: string) {
        const made = await storage.copy(from, to);
        await app.app.services.renders.deleteRenders({ id: ann.id, email: null, name: null }, { renderIds: [render] });
        return made;
      },
    };

    expect(await move(render, deleting)).toEqual({ outcome: 'changed' });
    await remove();
    expect(await listed()).toEqual([]);
    expect(await seed.sql('select from assets')).toEqual([]);
  });

  it('of two at once leaves one version, whole', async () => {
    const outcomes = await Promise.allSettled([move(render), move(render), move(render)]);
    await remove();

    const moved = outcomes.filter((one) => one.status === 'fulfilled' && one.value.outcome === 'moved').length;
    expect(moved).toBeGreaterThan(0);
    const version = await versionOf(render);
    expect(version).toBe(1 + moved);
    expect((await listed()).map(({ key }) => key)).toEqual(keysOf(render, version));
    expect(await differences()).toEqual([]);
  });

  it('leaves pictures where they are that it shares, and knows no render that is not there', async () => {
    await seed.sql('update render_variants set image_path = $2 where render_id = $1', [render, 'samples/kitchen.webp']);

    expect(await move(render)).toEqual({ outcome: 'not its own' });
    expect(await move(randomUUID())).toEqual({ outcome: 'none' });
    expect(await seed.sql('select from assets where marked_at is not null')).toEqual([]);
  });
});

describe('retention', () => {
  const problemsOf = (retention: unknown) => parseRuntime({ retention }).problems;

  it.each([
    [{ unusedInputDays: 0 }],
    [{ unusedInputDays: 3_651 }],
    [{ orphanGraceHours: 1 }],
    [{ orphanGraceHours: 8_761 }],
    [{ orphanGraceHours: '24' }],
    [{ unusedDays: 3 }],
  ])('is refused out of bounds: %j', (retention) => {
    expect(problemsOf(retention)).toEqual([expect.stringMatching(/^retention/)]);
  });

  it('is what a photo is kept for that nobody uses', async () => {
    expect(runtime.retention).toEqual({ unusedInputDays: 30, orphanGraceHours: 24 });
    expect(parseRuntime({ retention: { unusedInputDays: 7 } }).runtime?.retention).toEqual({ unusedInputDays: 7, orphanGraceHours: 24 });
  });
});

describe('the command', () => {
  async function run(args: readonly string[], options: { now?: Date; signal?: AbortSignal; store?: Storage } = {}) {
    const ran = { out: '', err: '', opened: 0, closed: 0 };
    const surroundings: MaintenanceSurroundings = {
      open: async () => {
        ran.opened += 1;
        return {
          databases: app.app.databases,
          storage: options.store ?? storage,
          runtime,
          dataDirectory: app.storageDirectory,
          alone: (_name, work) => work(new AbortController().signal),
          close: async () => void (ran.closed += 1),
        };
      },
      now: options.now ?? begin,
      stdout: (text) => void (ran.out += text),
      stderr: (text) => void (ran.err += text),
      progress: () => Object.assign(() => undefined, { stop: () => undefined }),
      signal: options.signal ?? new AbortController().signal,
    };
    const code = await runMaintenance(['storage', ...args], surroundings, { storage: storageCommand });
    expect(ran.closed).toBe(ran.opened);
    return { code, ...ran };
  }

  it('says what storage holds, for people and for programs', async () => {
    await stock(photoOf(ann), 'input', ann, { bytes: 12_345 });
    await stock(pictureOf(ann), 'output', ann, { bytes: 7, markedAt: begin });

    const { code, out } = await run([]);
    const { out: json } = await run(['--json', '--top', '1']);

    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'What storage holds: objects, bytes; and of those what is marked for removal',
      'input   1  12,345  0  0',
      'output  1       7  1  7',
      'all     2  12,352  1  7',
      '',
      'Who has most: objects, bytes',
      `${ann.id}  2  12,352`,
      '',
    ]);
    expect(JSON.parse(json)).toMatchObject({ bytes: 12_352, largest: [{ ownerId: ann.id, bytes: 12_352 }] });
  });

  it('verifies: 0 where records and bytes agree, 3 where they do not', async () => {
    const photo = await stock(photoOf(ann), 'input', ann);
    expect(await run(['--verify'])).toMatchObject({ code: 0, out: '' });
    await storage.delete([photo]);

    const { code, out } = await run(['--verify']);
    const { out: json } = await run(['--verify', '--json']);

    expect(code).toBe(3);
    expect(out).toBe(`bytes_missing  ${photo}  recorded ${photo.length}, stored not\n`);
    expect(JSON.parse(json)).toMatchObject({ differences: [{ key: photo, what: 'bytes_missing' }] });
  });

  it('names orphans without touching them, and with --apply marks the same and removes what is due', async () => {
    const photo = await stock(photoOf(ann), 'input', ann);
    const stray = pictureOf(ann);
    await storage.put(stray, Buffer.from('x'), { contentType: 'image/webp' });
    const now = new Date(begin.getTime() + 25 * 3_600_000);

    const dry = await run(['--orphans'], { now });
    expect(dry.code).toBe(3);
    expect(dry.out.split('\n').map((line) => line.split('  ').slice(0, 2).join(' '))).toEqual([`photo_unused ${photo}`, `not_recorded ${stray}`, '']);
    expect((await listed()).map(({ key }) => key)).toEqual([photo, stray]);
    expect(await seed.sql('select from assets where marked_at is not null')).toEqual([]);

    const applied = await run(['--orphans', '--apply', '--json'], { now });
    expect(applied.code).toBe(0);
    const document = JSON.parse(applied.out) as { orphans: { key: string }[] };
    expect(document).toMatchObject({ applied: true, removal: { removed: 1, failed: 0 }, totals: { not_recorded: { count: 1, bytes: 1 } } });
    expect(document.orphans.map(({ key }) => key)).toEqual([photo, stray]);
    expect((await listed()).map(({ key }) => key)).toEqual([photo]);
    expect(await run(['--orphans'], { now })).toMatchObject({ code: 0, out: '' });
  });

  it('ends with 3 where something refers to what is on no record, also after --apply', async () => {
    const [render] = (await seed.renders(ann.id, 1, { variants: 1 })) as [string];

    const { code, out } = await run(['--orphans', '--apply']);

    expect(code).toBe(3);
    expect(out).toContain(`unrecorded  renders/${ann.id}/${render}/v1/0.webp  variant ${render}\n`);
  });

  it('moves a render by either of its ids, and says why it does not', async () => {
    const [render] = (await storedRenders(app, seed, ann.id, 1)) as [string];

    expect(await run(['--move', globalId('Render', render)])).toMatchObject({ code: 0 });
    expect((await listed()).map(({ key }) => key)).toEqual(['0.webp', '0_thumb.webp'].map((name) => `renders/${ann.id}/${render}/v2/${name}`));
    expect(await run(['--move', randomUUID()])).toMatchObject({ code: 1, err: expect.stringContaining('no such render') as string });
    await storage.delete((await listed()).map(({ key }) => key));
    expect(await run(['--move', render])).toMatchObject({ code: 1, err: expect.stringContaining('not in the store') as string });
  });

  it('fails with 1 where the store is away, and where it is interrupted', async () => {
    await stock(photoOf(ann), 'input', ann);
    const away: Storage = {
      ...storage,
      list: () => {
        throw new StorageUnavailable('The store is away.');
      },
    };
    const stopped = new AbortController();
    stopped.abort();

    expect(await run(['--verify'], { store: away })).toMatchObject({ code: 1, err: 'Not done: The store is away.\n' });
    expect(await run(['--orphans'], { signal: stopped.signal })).toMatchObject({ code: 1, out: '' });
  });

  it.each([
    [['--apply'], 'npm run -s maintenance -- storage'],
    [['--verify', '--orphans'], 'npm run -s maintenance -- storage'],
    [['--top', 'many'], '--top takes a whole number from 0 to 9999.\n'],
    [['--verify', '--top', '3'], 'npm run -s maintenance -- storage'],
    [['--move', 'nonsense'], '--move takes the id of a render, as the database or the API has it.\n'],
    [['--move', globalId('Upload', '0197b000-0000-7000-8000-0000000000bb')], '--move takes the id of a render'],
    [['extra'], "Unexpected argument 'extra'.\n\nSays what storage holds"],
    [['--nonsense'], "Unknown option '--nonsense'.\n\nSays what storage holds"],
    [['--move'], "Option '--move <value>' argument missing"],
  ])('asked wrongly opens nothing, and says what is wrong: %j', async (args, says) => {
    expect(await run(args)).toMatchObject({ code: 2, opened: 0, err: expect.stringContaining(says) as string });
  });

  it('explains itself', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, opened: 0, out: expect.stringContaining('--orphans') as string });
  });
});
