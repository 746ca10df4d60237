import { Writable } from 'node:stream';
import { pino } from 'pino';
import { createDatabases } from '../src/database/databases.js';
import type { Databases } from '../src/database/database.js';
import { createRemovalSchedule, type RemovalSchedule } from '../src/jobs/removal-schedule.js';
import * as assets from '../src/repositories/assets.js';
import { createRemovalService } from '../src/services/storage/removal.js';
import { StorageUnavailable } from '../src/storage/errors.js';
import type { Storage } from '../src/storage/storage.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { mutate } from './support/mutate.js';
import { read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

const now = new Date('2026-05-20T10:00:00.000Z');
const seconds = (count: number) => new Date(now.getTime() + count * 1_000);

let app: TestApp;
let seed: Seed;
let storage: Storage;
let databases: Databases;

beforeAll(async () => {
  app = await createTestApp({ now: () => now });
  seed = await createSeed(app);
  ({ storage, databases } = app.app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
afterEach(async () => {
  await seed.sql('delete from assets');
  const keys = await stored(storage);
  await storage.delete(keys);
});

interface Stocked {
  readonly owner?: Person | null;
  readonly kind?: 'input' | 'output' | 'thumbnail' | 'community';
  readonly markedAt?: Date | null;
}

/** Puts objects into a store, with their records. */
async function stock(keys: readonly string[], { owner = null, kind = 'community', markedAt = now }: Stocked = {}): Promise<void> {
  for (const key of keys) await storage.put(key, Buffer.from(key), { contentType: 'image/webp' });
  await seed.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at)
     select path, $2, $3, length(path), 'image/webp', $4 from unnest($1::text[]) path`,
    [keys, owner?.id ?? null, kind, markedAt],
  );
}

async function stored(store: Storage): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

async function recorded(): Promise<string[]> {
  const rows = await seed.sql<{ path: string }>('select path from assets order by path collate "C"');
  return rows.map(({ path }) => path);
}

async function marked(): Promise<string[]> {
  const rows = await seed.sql<{ path: string }>('select path from assets where marked_at is not null order by path');
  return rows.map(({ path }) => path);
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => `community/look/${String(index).padStart(4, '0')}.webp`);

/** A promise, and the way to fulfil it. */
function signal() {
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { give, given };
}

/** A store whose deletions wait, once they were asked for, until they are let go. */
function hanging(store: Storage) {
  const asked = signal();
  const released = signal();
  const deletions: string[] = [];
  const wrapped: Storage = {
    ...store,
    async delete(keys) {
      deletions.push(...keys);
      asked.give();
      await released.given;
      await store.delete(keys);
    },
  };
  return { storage: wrapped, asked: asked.given, release: released.give, deletions };
}

const removal = (store: Pick<Storage, 'delete' | 'check'> = storage, at = now) =>
  createRemovalService({ databases, storage: store, now: () => at });

describe('a pass', () => {
  it('removes the bytes and the rows of what is due, and leaves what is in use or due later', async () => {
    await stock(['community/due.webp']);
    await stock(['community/used.webp'], { markedAt: null });
    await stock(['community/later.webp'], { markedAt: seconds(0.001) });

    expect(await removal().removeDue()).toEqual({ removed: 1, kept: 0, failed: 0, firstFailure: null });
    expect(await stored(storage)).toEqual(['community/later.webp', 'community/used.webp']);
    expect(await recorded()).toEqual(['community/later.webp', 'community/used.webp']);

    expect(await removal(storage, seconds(0.001)).removeDue()).toMatchObject({ removed: 1 });
    expect(await stored(storage)).toEqual(['community/used.webp']);
    expect(await recorded()).toEqual(['community/used.webp']);
  });

  it('goes through any number, whatever their marks, and asks the store for each once', async () => {
    const keys = numbered(600);
    await stock(keys.slice(0, 330));
    await stock(keys.slice(330), { markedAt: seconds(-60) });
    const { storage: recording, deletions, release } = hanging(storage);
    release();

    expect(await removal(recording).removeDue()).toMatchObject({ removed: 600, failed: 0 });

    expect([...deletions].sort()).toEqual(keys);
    expect(await stored(storage)).toEqual([]);
    expect(await recorded()).toEqual([]);
  });

  it('has the record of every picture for as long as the store has its bytes', async () => {
    await stock(numbered(3));
    const seen: string[][] = [];
    const watching: Storage = {
      ...storage,
      async delete(keys) {
        seen.push(await recorded());
        await storage.delete(keys);
        seen.push(await recorded());
      },
    };

    await removal(watching).removeDue();

    expect(seen).toEqual([numbered(3), numbered(3)]);
    expect(await recorded()).toEqual([]);
  });

  it('that dies between the bytes and the rows leaves the rows, for the next one to remove', async () => {
    await stock(numbered(3));
    const dying: Storage = {
      ...storage,
      async delete(keys) {
        await storage.delete(keys);
        // What the database sees of a process that is killed: its connections are gone.
        await seed.sql(
          `select pg_terminate_backend(pid, 5000) from pg_stat_activity
           where datname = current_database() and application_name = 'roomfeed service' and state = 'idle in transaction'`,
        );
      },
    };

    await expect(removal(dying).removeDue()).rejects.toThrow();
    expect(await stored(storage)).toEqual([]);
    expect(await marked()).toEqual(numbered(3));

    expect(await removal().removeDue()).toMatchObject({ removed: 3 });
    expect(await recorded()).toEqual([]);
  });

  it('gets round keys that the store will not delete, and leaves them marked', async () => {
    const keys = numbered(400);
    await stock(keys);
    const stubborn = [keys[3]!, keys[340]!];
    const failing: Storage = {
      ...storage,
      async delete(wanted) {
        const [key] = wanted.filter((one) => stubborn.includes(one));
        if (key) throw Object.assign(new Error(`EACCES: permission denied, unlink '/somewhere/${key}'`), { code: 'EACCES' });
        await storage.delete(wanted);
      },
    };

    expect(await removal(failing).removeDue()).toEqual({
      removed: 398,
      kept: 0,
      failed: 2,
      firstFailure: { key: stubborn[0], reason: 'Error EACCES' },
    });
    expect(await stored(storage)).toEqual(stubborn);
    expect(await marked()).toEqual(stubborn);

    expect(await removal().removeDue()).toMatchObject({ removed: 2, failed: 0 });
    expect(await recorded()).toEqual([]);
  });

  it('gets round a record whose path is no key at all', async () => {
    await stock(numbered(2));
    await seed.sql(
      `insert into assets (path, kind, byte_size, content_type, marked_at) values ('../etc/passwd', 'community', 1, 'text/plain', $1)`,
      [now],
    );

    expect(await removal().removeDue()).toMatchObject({ removed: 2, failed: 1, firstFailure: { reason: 'InvalidStorageKey' } });
    expect(await recorded()).toEqual(['../etc/passwd']);
  });

  it('stops at a store that is away, without trying every picture, and leaves all of them marked', async () => {
    await stock(numbered(300));
    let calls = 0;
    const away: Storage = {
      ...storage,
      async delete() {
        calls += 1;
        throw new Error('no route');
      },
      check: () => Promise.reject(new StorageUnavailable('away')),
    };

    await expect(removal(away).removeDue()).rejects.toThrow(StorageUnavailable);

    expect(calls).toBe(1);
    expect(await marked()).toEqual(numbered(300));
    expect(await stored(storage)).toEqual(numbered(300));
  });

  it('leaves to another process what that one is removing', async () => {
    await stock(numbered(400));
    const other = createDatabases({
      gatewayUrl: app.database.urls.gateway,
      serviceUrl: app.database.urls.service,
      pool: { max: 2, connectionTimeoutMillis: 5_000, idleTimeoutMillis: 1_000, statementTimeoutMillis: 5_000, lockTimeoutMillis: 5_000 },
    });
    try {
      const first = hanging(storage);
      const slow = removal(first.storage).removeDue();
      await first.asked;
      const second = hanging(storage);
      second.release();

      // It ends while the first one still hangs.
      const quick = await createRemovalService({ databases: other, storage: second.storage, now: () => now }).removeDue();
      expect(quick).toMatchObject({ removed: 150 });
      first.release();

      expect(await slow).toMatchObject({ removed: 250 });
      expect([...first.deletions, ...second.deletions].sort()).toEqual(numbered(400));
      expect(await recorded()).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe('what something refers to', () => {
  it('is kept, and its mark taken away', async () => {
    const person = await app.signUp();
    const [live] = (await seed.renders(person.id, 1, { variants: 1 })) as [string];
    const pictures = [`renders/${person.id}/${live}/v1/0.webp`, `renders/${person.id}/${live}/v1/0_thumb.webp`];
    await stock(pictures, { owner: person, kind: 'output' });
    const [look] = (await seed.communityItems(await seed.communityCollection(), 1)) as [string];
    const published = [`community/${look}/v1.webp`, `community/${look}/v1_thumb.webp`];
    await seed.sql('update community_items set image_path = $2, thumb_path = $3 where id = $1', [look, ...published]);
    await stock(published);
    const photos = ['unfinished-1', 'unfinished-2', 'live'].map((name) => `inputs/${person.id}/${name}.jpg`);
    await seed.sql(
      `insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, input1_path, input2_path, status)
       values ($1, 'compose', '1:1', 'auto', 1, $2, $3, 'processing'), ($1, 'redesign', '1:1', 'auto', 1, $4, null, 'succeeded')`,
      [person.id, ...photos],
    );
    await seed.sql('update renders set job_id = (select id from generation_jobs where input1_path = $2) where id = $1', [live, photos[2]]);
    await stock(photos, { owner: person, kind: 'input' });
    const all = [...published, ...photos, ...pictures].sort();

    expect(await removal().removeDue()).toEqual({ removed: 0, kept: 7, failed: 0, firstFailure: null });

    expect(await stored(storage)).toEqual(all);
    expect(await recorded()).toEqual(all);
    expect(await marked()).toEqual([]);
  });

  it('does not keep what only looks like it', async () => {
    const person = await app.signUp();
    const other = await app.signUp();
    const [live] = (await seed.renders(person.id, 1, { variants: 1 })) as [string];
    // An earlier version of a picture, which no variant names any more.
    await stock([`renders/${person.id}/${live}/v0/0.webp`], { owner: person, kind: 'output' });
    const [look] = (await seed.communityItems(await seed.communityCollection(), 1)) as [string];
    await stock([`community/${look}/v0.webp`]);
    // A photo of a job that came to nothing, and one that only somebody else's job names.
    await seed.sql(
      `insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, input1_path, status)
       values ($1, 'redesign', '1:1', 'auto', 1, $3, 'failed'), ($2, 'redesign', '1:1', 'auto', 1, $4, 'processing')`,
      [person.id, other.id, `inputs/${person.id}/failed.jpg`, `inputs/${person.id}/foreign.jpg`],
    );
    await stock([`inputs/${person.id}/failed.jpg`, `inputs/${person.id}/foreign.jpg`], { owner: person, kind: 'input' });
    await stock([`inputs/${other.id}/unused.jpg`], { owner: other, kind: 'input' });

    expect(await removal().removeDue()).toMatchObject({ removed: 5, kept: 0 });
    expect(await stored(storage)).toEqual([]);
  });

  it('cannot begin to be while the bytes are being removed: whoever tries waits, and finds the record gone', async () => {
    const [key] = numbered(1) as [string];
    await stock([key]);
    const { storage: slow, asked, release } = hanging(storage);
    const pass = removal(slow).removeDue();
    await asked;

    // By a clock that is behind, so that the mark is not over.
    const claimed = databases.service({ kind: 'system' }).transaction((tx) => assets.claimAssets(tx, [key], new Date(0)));
    for (let waits = false; !waits; ) {
      const rows = await seed.sql(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query ~ '^update assets'`,
      );
      waits = rows.length > 0;
    }
    release();

    expect(await claimed).toEqual(new Set());
    expect(await pass).toMatchObject({ removed: 1 });
  });
});

describe('the schedule', () => {
  let schedule: RemovalSchedule;
  let lines: string[];
  let passes: number;

  /** A schedule of real passes; without an interval it waits to be kicked after the first one. */
  function start(store: Storage, { intervalMs = 3_600_000 }: { intervalMs?: number } = {}): void {
    lines = [];
    passes = 0;
    const destination = new Writable({
      write(line, _encoding, done) {
        lines.push(String(line));
        done();
      },
    });
    const { removeDue } = removal(store);
    schedule = createRemovalSchedule({
      removeDue(stopping) {
        passes += 1;
        return removeDue(stopping);
      },
      log: pino({ level: 'debug' }, destination),
      intervalMs,
      random: () => 0.5,
    });
    schedule.start();
  }
  afterEach(() => schedule.stop());

  it('runs a pass at a kick, and one more for all kicks during it', async () => {
    const keys = numbered(3);
    await stock([keys[0]!]);
    const { storage: slow, asked, release } = hanging(storage);
    start(slow);

    schedule.kick();
    await asked;
    await stock(keys.slice(1));
    for (let kicks = 0; kicks < 10; kicks += 1) schedule.kick();
    expect(passes).toBe(1);
    release();
    await schedule.idle();

    expect(passes).toBe(2);
    expect(await recorded()).toEqual([]);
  });

  it('begins with a pass, for what a process that was killed left', async () => {
    await stock(numbered(1));

    start(storage);
    await schedule.idle();

    expect(await recorded()).toEqual([]);
  });

  it('runs passes without a kick too', async () => {
    const { storage: watched, asked, release } = hanging(storage);
    release();
    start(watched, { intervalMs: 1 });
    await schedule.idle();
    await stock(numbered(1));

    await asked;
    await schedule.idle();

    expect(await recorded()).toEqual([]);
  });

  it('leaves a store that is away alone for a while, whoever kicks, and tells no path in the log', async () => {
    await stock(numbered(1));
    const cause = new Error("ENOENT: no such file or directory, open '/srv/secret/place'");
    const away: Storage = {
      ...storage,
      delete: () => Promise.reject(cause),
      check: () => Promise.reject(new StorageUnavailable('The folder cannot be read.', { cause })),
    };
    start(away);

    schedule.kick();
    await schedule.idle();
    schedule.kick();
    await schedule.idle();

    expect(passes).toBe(1);
    expect(await marked()).toEqual(numbered(1));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ level: 40, reason: 'StorageUnavailable', failures: 1 }]);
    expect(lines.join('')).not.toMatch(/secret|\/srv|stack/);
  });

  it('goes on by itself when the store is back', async () => {
    await stock(numbered(1));
    const recovered = signal();
    let failures = 0;
    const flaky: Storage = {
      ...storage,
      async delete(keys) {
        if (failures < 2) throw new Error('away');
        await storage.delete(keys);
        recovered.give();
      },
      async check() {
        failures += 1;
        throw new StorageUnavailable('away');
      },
    };
    start(flaky, { intervalMs: 1 });

    await recovered.given;
    await schedule.idle();

    expect(passes).toBeGreaterThanOrEqual(3);
    expect(await recorded()).toEqual([]);
  });

  it('stops after the batch under way, and begins none any more', async () => {
    await stock(numbered(300));
    const { storage: slow, asked, release } = hanging(storage);
    start(slow);
    schedule.kick();
    await asked;

    let hasStopped = false;
    const stopped = schedule.stop().then(() => (hasStopped = true));
    schedule.kick();
    expect(hasStopped).toBe(false);
    release();
    await stopped;

    expect(await recorded()).toHaveLength(50);
    schedule.kick();
    await schedule.idle();
    expect(passes).toBe(1);
    expect(await marked()).toHaveLength(50);
  });
});

describe('a deletion', () => {
  /** Renders whose pictures the store really has. */
  async function gallery(gateway: TestApp, person: Person, count: number): Promise<string[]> {
    const seeding = await createSeed(gateway);
    try {
      const ids = await seeding.renders(person.id, count, { variants: 1 });
      const rows = await seeding.sql<{ path: string; thumb: string }>(
        'select image_path as path, thumb_path as thumb from render_variants where owner_id = $1',
        [person.id],
      );
      for (const { path, thumb } of rows) {
        for (const [key, kind] of [[path, 'output'], [thumb, 'thumbnail']] as const) {
          await gateway.app.storage.put(key, Buffer.from('picture'), { contentType: 'image/webp' });
          await seeding.sql(
            `insert into assets (path, owner_id, kind, byte_size, content_type) values ($1, $2, $3, 7, 'image/webp')`,
            [key, person.id, kind],
          );
        }
      }
      return ids;
    } finally {
      await seeding.close();
    }
  }
  const usage = (gateway: TestApp, person: Person) =>
    read(gateway, '{ viewer { storageUsage { objectCount totalBytes } } }', { as: person });

  it('answers before the store has done anything; the usage falls when the bytes are gone', async () => {
    let gate: ReturnType<typeof hanging> | undefined;
    const gateway = await createTestApp({ background: true, wrapStorage: (store) => (gate = hanging(store)).storage });
    try {
      const person = await gateway.signUp();
      const [gone, left] = (await gallery(gateway, person, 2)) as [string, string];

      const outcome = await mutate(gateway, 'deleteRenders', { renderIds: [globalId('Render', gone)] }, {
        as: person,
        payload: 'deletedIds viewer { renders { totalCount } storageUsage { objectCount totalBytes } }',
      });

      expect(outcome).toMatchObject({
        deletedIds: [globalId('Render', gone)],
        viewer: { renders: { totalCount: 1 }, storageUsage: { objectCount: 4, totalBytes: 28 } },
      });
      await gate!.asked;
      expect(await usage(gateway, person)).toMatchObject({ viewer: { storageUsage: { objectCount: 4 } } });
      expect(await stored(gateway.app.storage)).toHaveLength(4);

      gate!.release();
      await gateway.app.removals.idle();

      expect(await usage(gateway, person)).toMatchObject({ viewer: { storageUsage: { objectCount: 2, totalBytes: 14 } } });
      const folder = `renders/${person.id}/${left}/v1`;
      expect(await stored(gateway.app.storage)).toEqual([`${folder}/0.webp`, `${folder}/0_thumb.webp`]);
    } finally {
      gate!.release();
      await gateway.close();
    }
  });

  it('leaves shared pictures in the store', async () => {
    const gateway = await createTestApp({ background: true });
    const seeding = await createSeed(gateway);
    try {
      const person = await gateway.signUp();
      const [render] = (await gallery(gateway, person, 1)) as [string];
      await gateway.app.storage.put('samples/room.webp', Buffer.from('sample'), { contentType: 'image/webp' });
      await seeding.sql(
        `insert into assets (path, kind, byte_size, content_type) values ('samples/room.webp', 'community', 6, 'image/webp')`,
      );
      await seeding.sql(`update render_variants set image_path = 'samples/room.webp' where render_id = $1`, [render]);

      await mutate(gateway, 'deleteRenders', { renderIds: [globalId('Render', render)] }, { as: person });
      await gateway.app.removals.idle();

      // The image that the variant no longer named is nobody's to guess about.
      expect(await stored(gateway.app.storage)).toEqual([`renders/${person.id}/${render}/v1/0.webp`, 'samples/room.webp']);
    } finally {
      await seeding.close();
      await gateway.close();
    }
  });

  it('is finished by the closing of the gateway, which begins no other pass', async () => {
    let gate: ReturnType<typeof hanging> | undefined;
    let looks = 0;
    const gateway = await createTestApp({
      database: app.database,
      background: true,
      wrapStorage: (store) => (gate = hanging(store)).storage,
      // Every pass begins with a look at the clock.
      now: () => {
        looks += 1;
        return now;
      },
    });
    const person = await gateway.signUp({ id: '0197b000-0000-7000-8000-0000000000ff' });
    const ids = await gallery(gateway, person, 1);
    await mutate(gateway, 'deleteRenders', { renderIds: [globalId('Render', ids[0]!)] }, { as: person });
    await gate!.asked;

    const closed = gateway.close();
    gate!.release();
    await closed;

    expect(await seed.sql('select path from assets where owner_id = $1', [person.id])).toEqual([]);
    looks = 0;
    gateway.app.removals.kick();
    await gateway.app.removals.idle();
    expect(looks).toBe(0);
  });
});

describe('a store that is away', () => {
  it('is told to clients as a service that is briefly unavailable', async () => {
    const unavailable = new StorageUnavailable('The folder /srv/secret cannot be read.');
    const gateway = await createTestApp({
      wrapStorage: (store) => ({
        ...store,
        signedUrl() {
          throw unavailable;
        },
      }),
    });
    const seeding = await createSeed(gateway);
    try {
      const person = await gateway.signUp();
      await seeding.renders(person.id, 1);

      const refused = await refusal(gateway, '{ viewer { renders { nodes { coverImage { url } } } } }', { as: person });

      expect(refused).toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.not.stringContaining('/srv') });
    } finally {
      await seeding.close();
      await gateway.close();
    }
  });
});
