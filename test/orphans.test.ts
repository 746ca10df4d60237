import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { parseRuntime } from '../src/config/parse-runtime.js';
import type { RuntimeConfiguration } from '../src/config/runtime.js';
import { createOrphanSchedule } from '../src/jobs/orphan-schedule.js';
import { createValidationService } from '../src/services/data/validation.js';
import { createOrphanSweep } from '../src/services/storage/orphans.js';
import { nothingFound, type Orphan, type OrphanSweep, type SweepReport, type Unrecorded } from '../src/services/storage/orphans/report.js';
import { createRemovalService } from '../src/services/storage/removal.js';
import { StorageUnavailable } from '../src/storage/errors.js';
import type { Storage } from '../src/storage/storage.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { storedRenders } from './support/curation.js';
import { createSeed, type Seed } from './support/seed.js';

/** What storage holds and nothing needs: how it is found, what is done with it, and what is never touched. */
const runtime = parseRuntime({}).runtime as RuntimeConfiguration;
const begin = new Date('2026-05-20T10:00:00.000Z');
const hours = (count: number) => new Date(begin.getTime() + count * 3_600_000);
const inADay = hours(24);
const inAMonth = hours(30 * 24);

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
  await seed.sql('delete from community_items');
  await seed.sql('delete from renders');
  await seed.sql(`update generation_jobs set status = 'canceled' where status in ('starting', 'processing')`);
  await seed.sql('delete from assets');
  await seed.sql('delete from uploads');
  await storage.delete(await stored());
});

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list('')) keys.push(key);
  return keys;
}
const records = () =>
  seed.sql<{ path: string; marked_at: Date | null }>('select path, marked_at from assets order by path');
const put = (key: string) => storage.put(key, Buffer.from(key), { contentType: 'image/webp' });

type Kind = 'input' | 'output' | 'thumbnail' | 'community';

async function record(key: string, kind: Kind, owner: Person | null, markedAt: Date | null = null): Promise<void> {
  await seed.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at) values ($1, $2, $3, length($1), 'image/webp', $4)`,
    [key, owner?.id ?? null, kind, markedAt],
  );
}
async function stock(key: string, kind: Kind, owner: Person | null, markedAt: Date | null = null): Promise<string> {
  await put(key);
  await record(key, kind, owner, markedAt);
  return key;
}

const photoOf = ({ id }: Person) => `inputs/${id}/${randomUUID()}.jpg`;
const pictureOf = ({ id }: Person, name = '0.webp') => `renders/${id}/${randomUUID()}/v1/${name}`;
const copy = () => `community/${randomUUID()}/v1.webp`;

interface Swept {
  readonly report: SweepReport;
  readonly orphans: readonly Orphan[];
  readonly unrecorded: readonly Unrecorded[];
}

async function sweep(apply: boolean, store: Pick<Storage, 'list' | 'stat'> = storage): Promise<Swept> {
  const orphans: Orphan[] = [];
  const unrecorded: Unrecorded[] = [];
  const report = await createOrphanSweep({ databases: app.app.databases, storage: store, runtime, now: () => time }).sweep({
    apply,
    onOrphan: (orphan) => void orphans.push(orphan),
    onUnrecorded: (reference) => void unrecorded.push(reference),
  });
  return { report, orphans, unrecorded };
}
const remove = () => createRemovalService({ databases: app.app.databases, storage, now: () => time }).removeDue();

const byKey = (orphans: readonly Orphan[]) =>
  Object.fromEntries(orphans.map(({ key, reason, removableAt }) => [key, `${reason} ${removableAt.toISOString()}`]));

async function job(owner: Person, photo: string, status: string, render: string | null = null): Promise<void> {
  await seed.sql(
    `with made as (
       insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, input1_path, status)
       values ($1, 'redesign', '1:1', 'auto', 1, $2, $3) returning id
     )
     update renders set job_id = made.id from made where renders.id = $4`,
    [owner.id, photo, status, render],
  );
}

describe('what is on record and nothing refers to', () => {
  it('is named with its reason in a dry run, which changes nothing, and the same is marked with a grace', async () => {
    const photo = await stock(photoOf(ann), 'input', ann);
    const picture = await stock(pictureOf(ann), 'output', ann);
    const thumb = await stock(pictureOf(ann, '0_thumb.webp'), 'thumbnail', ann);
    const look = await stock(copy(), 'community', null);
    const before = await records();

    const dry = await sweep(false);
    expect(byKey(dry.orphans)).toEqual({
      [photo]: `photo_unused ${inAMonth.toISOString()}`,
      [picture]: `render_gone ${inADay.toISOString()}`,
      [thumb]: `render_gone ${inADay.toISOString()}`,
      [look]: `look_gone ${inADay.toISOString()}`,
    });
    expect(await records()).toEqual(before);

    const applied = await sweep(true);
    expect(applied).toEqual(dry);
    expect(Object.fromEntries((await records()).map(({ path, marked_at }) => [path, marked_at]))).toEqual({
      [photo]: inAMonth,
      [picture]: inADay,
      [thumb]: inADay,
      [look]: inADay,
    });
    expect((await sweep(true)).orphans).toEqual([]);
  });

  it('is removed when its time is over, and not before', async () => {
    const photo = await stock(photoOf(ann), 'input', ann);
    await stock(pictureOf(ann), 'output', ann);
    await sweep(true);

    time = new Date(inADay.getTime() - 1);
    await remove();
    expect(await stored()).toHaveLength(2);
    time = inADay;
    await remove();
    expect(await stored()).toEqual([photo]);
    time = inAMonth;
    await remove();
    expect(await stored()).toEqual([]);
    expect(await records()).toEqual([]);
  });

  it('is kept where something begins to refer to it meanwhile', async () => {
    const photo = await stock(photoOf(ann), 'input', ann);
    await sweep(true);
    await job(ann, photo, 'processing');

    time = inAMonth;
    await remove();

    expect(await stored()).toEqual([photo]);
    expect(await records()).toEqual([{ path: photo, marked_at: null }]);
  });

  it('is found among any number, page by page', async () => {
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type)
       select format('inputs/%s/%s.jpg', $1::uuid, gen_random_uuid()), $1, 'input', 10, 'image/jpeg' from generate_series(1, 4500)`,
      [ann.id],
    );

    const { report } = await sweep(true);

    expect(report).toMatchObject({ records: 4_500, orphans: { photo_unused: { count: 4_500, bytes: 45_000 } } });
    expect(await seed.sql('select from assets where marked_at is null')).toEqual([]);
  });

  it('is no photo of a live render or an unfinished job, no variant’s picture and no look’s copy', async () => {
    const [render] = (await storedRenders(app, seed, ann.id, 1)) as [string];
    await job(ann, await stock(photoOf(ann), 'input', ann), 'succeeded', render);
    await job(ann, await stock(photoOf(ann), 'input', ann), 'starting');
    const [look] = (await seed.communityItems(await seed.communityCollection(), 1)) as [string];
    const published = await stock(`community/${look}/v1.webp`, 'community', null);
    await seed.sql('update community_items set image_path = $2, thumb_path = $2 where id = $1', [look, published]);

    expect(await sweep(true)).toMatchObject({ orphans: [], unrecorded: [] });
    expect((await records()).filter(({ marked_at }) => marked_at !== null)).toEqual([]);
  });

  it('may be a picture under another render’s key: what any row names is needed', async () => {
    const [render] = (await storedRenders(app, seed, ann.id, 1)) as [string];
    const shared = await stock(pictureOf(ann), 'output', ann);
    await seed.sql('update render_variants set image_path = $2 where render_id = $1', [render, shared]);

    const { orphans } = await sweep(false);

    // The one that the variant named before.
    expect(orphans.map(({ key }) => key)).toEqual([`renders/${ann.id}/${render}/v1/0.webp`]);
  });

  it('is left alone where its key does not say what it belongs to, as that of a seed’s sample', async () => {
    await stock('samples/kitchen-japandi.webp', 'community', null);
    const ben = await app.signUp();
    await record(photoOf(ben), 'input', ann);

    expect((await sweep(true)).orphans).toEqual([]);
  });

  it('is a photo that only somebody else’s job names', async () => {
    const ben = await app.signUp();
    const photo = await stock(photoOf(ann), 'input', ann);
    await job(ben, photo, 'processing');

    expect((await sweep(false)).orphans).toMatchObject([{ key: photo, ownerId: ann.id }]);
  });
});

describe('what a repair of the data marks', () => {
  const repair = () =>
    createValidationService({ databases: app.app.databases, storage, runtime, now: () => time }).repair({
      checks: ['asset_records'],
      dryRun: false,
      maxDetails: 10,
    });

  it('has the grace that a sweep gives it, and the sweep finds nothing more', async () => {
    const pictures = [await stock(pictureOf(ann), 'output', ann), await stock(pictureOf(ann, '0_thumb.webp'), 'thumbnail', ann)];
    const look = await stock(copy(), 'community', null);
    // Photos are not among what a check tells of: the sweep alone marks them.
    const photo = await stock(photoOf(ann), 'input', ann);
    const { orphans } = await sweep(false);

    expect(await repair()).toMatchObject([{ task: 'mark_picture', changed: 3, errors: [] }]);

    const marks = Object.fromEntries((await records()).map(({ path, marked_at }) => [path, marked_at]));
    expect(marks).toEqual({ ...Object.fromEntries([...pictures, look].map((key) => [key, inADay])), [photo]: null });
    expect(orphans.filter(({ key }) => key !== photo).map(({ removableAt }) => removableAt)).toEqual([inADay, inADay, inADay]);
    expect((await sweep(true)).orphans.map(({ key }) => key)).toEqual([photo]);
  });

  it('is nothing that a row shows under another render’s key', async () => {
    const [render] = (await storedRenders(app, seed, ann.id, 1)) as [string];
    const shared = await stock(pictureOf(ann), 'output', ann);
    await seed.sql('update render_variants set image_path = $2 where render_id = $1', [render, shared]);

    expect(await repair()).toMatchObject([{ task: 'mark_picture', changed: 0, errors: [] }]);

    expect((await records()).filter(({ marked_at }) => marked_at !== null)).toEqual([]);
  });
});

describe('bytes on no record', () => {
  /** As they are when the store has had them for longer than the grace. */
  const later = () => (time = hours(25));

  it('are written down as due once they are old, and then removed as everything else', async () => {
    const [photo, picture, look] = [photoOf(ann), pictureOf(ann), copy()] as const;
    for (const key of [photo, picture, look]) await put(key);
    later();

    const dry = await sweep(false);
    expect(dry.orphans.map(({ key, reason, byteSize, ownerId }) => ({ key, reason, byteSize, ownerId }))).toEqual([
      { key: look, reason: 'not_recorded', byteSize: look.length, ownerId: null },
      { key: photo, reason: 'not_recorded', byteSize: photo.length, ownerId: ann.id },
      { key: picture, reason: 'not_recorded', byteSize: picture.length, ownerId: ann.id },
    ]);
    expect(await records()).toEqual([]);

    expect(await sweep(true)).toEqual(dry);
    expect(await seed.sql('select path, owner_id, kind, content_type from assets order by path')).toEqual([
      { path: look, owner_id: null, kind: 'community', content_type: 'image/webp' },
      { path: photo, owner_id: ann.id, kind: 'input', content_type: 'image/webp' },
      { path: picture, owner_id: ann.id, kind: 'output', content_type: 'image/webp' },
    ]);
    await remove();
    expect(await stored()).toEqual([]);
    expect(await records()).toEqual([]);
  });

  it('are left while they are young: somebody may be at it', async () => {
    await put(photoOf(ann));
    // The clocks of a store and a gateway may differ by ten minutes.
    time = hours(24);

    expect((await sweep(true)).orphans).toEqual([]);
    expect(await records()).toEqual([]);
  });

  it('are left to whoever has announced them since they were listed', async () => {
    const photo = photoOf(ann);
    await put(photo);
    later();
    const announcing: Storage = {
      ...storage,
      async stat(key) {
        const found = await storage.stat(key);
        await record(key, 'input', ann, new Date(time.getTime() + 3_600_000));
        return found;
      },
    };

    expect((await sweep(true, announcing)).orphans).toEqual([]);
    await remove();
    expect(await stored()).toEqual([photo]);
  });

  it('are nothing where they went, or were stored anew, since they were listed', async () => {
    const [gone, anew] = [photoOf(ann), photoOf(ann)] as const;
    await put(gone);
    await put(anew);
    later();
    const changing: Storage = {
      ...storage,
      async stat(key) {
        if (key === gone) await storage.delete([key]);
        else await put(key);
        return storage.stat(key);
      },
    };

    expect((await sweep(true, changing)).orphans).toEqual([]);
  });

  it('are never touched where their keys name nothing of this database', async () => {
    const keys = [`inputs/${randomUUID()}/${randomUUID()}.jpg`, `renders/${randomUUID()}/${randomUUID()}/v1/0.webp`, 'backups/monday.tar', 'samples/kitchen.webp'];
    for (const key of keys) await put(key);
    later();

    const { report, orphans } = await sweep(true);

    expect(orphans).toEqual([]);
    expect(report.notOurs).toBe(4);
    await remove();
    expect(await stored()).toEqual([...keys].sort());
  });

  it('are not those that nobody has looked at yet', async () => {
    await put(`incoming/${randomUUID()}`);
    later();

    expect((await sweep(true)).report).toMatchObject({ objects: 1, notOurs: 0, orphans: { not_recorded: { count: 0 } } });
  });

  it('of a deleted account are removed, too', async () => {
    await put(photoOf(ann));
    await seed.sql(`update profiles set erased_at = now(), email = null, name = null, account_status = 'suspended' where id = $1`, [ann.id]);
    later();

    expect((await sweep(true)).orphans).toHaveLength(1);
    await remove();
    expect(await stored()).toEqual([]);
  });
});

describe('a reference without a record', () => {
  it('is told of, with its row, and neither it nor its bytes are taken away', async () => {
    const [render] = (await storedRenders(app, seed, ann.id, 1)) as [string];
    const photo = photoOf(ann);
    await put(photo);
    await job(ann, photo, 'succeeded', render);
    const waiting = photoOf(ann);
    await job(ann, waiting, 'processing');
    const [look] = (await seed.communityItems(await seed.communityCollection(), 1)) as [string];
    await seed.sql('update community_items set image_path = $2, thumb_path = $2 where id = $1', [look, `community/${look}/v1.webp`]);
    await put(`community/${look}/v1.webp`);
    const picture = `renders/${ann.id}/${render}/v1/0.webp`;
    await seed.sql('delete from assets where path = $1', [picture]);
    const before = await stored();
    time = hours(25);

    const { unrecorded, orphans, report } = await sweep(true);

    expect(unrecorded).toEqual(expect.arrayContaining([
      { key: picture, by: 'variant', of: render, ownerId: ann.id },
      { key: `community/${look}/v1.webp`, by: 'look', of: look, ownerId: null },
      { key: photo, by: 'photo_of_render', of: render, ownerId: ann.id },
      { key: waiting, by: 'photo_of_job', of: expect.any(String) as string, ownerId: ann.id },
    ]));
    expect(report.unrecorded).toBe(unrecorded.length);
    expect(orphans).toEqual([]);
    await remove();
    expect(await stored()).toEqual(before);
    expect(await seed.sql('select from render_variants where render_id = $1', [render])).toHaveLength(1);
  });

  it('is found on any page', async () => {
    await seed.renders(ann.id, 2_100, { variants: 1 });

    expect((await sweep(false)).report.unrecorded).toBe(4_200);
  });
});

describe('a sweep', () => {
  it('that is interrupted leaves what it marked, and the next one does the rest', async () => {
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type)
       select format('inputs/%s/%s.jpg', $1::uuid, gen_random_uuid()), $1, 'input', 10, 'image/jpeg' from generate_series(1, 4500)`,
      [ann.id],
    );
    const stopping = new AbortController();
    const service = createOrphanSweep({ databases: app.app.databases, storage, runtime, now: () => time });

    await expect(
      service.sweep({ apply: true, signal: stopping.signal, onProgress: () => stopping.abort(new Error('Enough.')) }),
    ).rejects.toThrow('Enough.');
    const marked = (await records()).filter(({ marked_at }) => marked_at !== null).length;
    const rest = await sweep(true);

    expect(marked).toBe(2_000);
    expect(rest.report.orphans.photo_unused.count).toBe(2_500);
  });

  it('that runs beside another one marks each thing once', async () => {
    for (let count = 0; count < 20; count += 1) await stock(photoOf(ann), 'input', ann);
    for (let count = 0; count < 20; count += 1) await put(photoOf(ann));
    time = hours(25);

    const reports = (await Promise.all([sweep(true), sweep(true), sweep(true)])).map(({ report }) => report.orphans);

    const sum = (pick: (found: SweepReport['orphans']) => number) => reports.reduce((all, found) => all + pick(found), 0);
    expect(sum(({ photo_unused }) => photo_unused.count)).toBe(20);
    expect(sum(({ not_recorded }) => not_recorded.count)).toBe(20);
  });

  it('that nobody looks at holds back where so much is on no record that the database may be the wrong one', async () => {
    for (let count = 0; count < 101; count += 1) await put(photoOf(ann));
    await stock(photoOf(ann), 'input', ann);
    time = hours(25);
    const service = createOrphanSweep({ databases: app.app.databases, storage, runtime, now: () => time });

    expect(await service.sweepUnattended(new AbortController().signal)).toMatchObject({
      isHeld: true,
      orphans: { not_recorded: { count: 101 }, photo_unused: { count: 1 } },
    });
    expect(await records()).toMatchObject([{ marked_at: null }]);

    await storage.delete((await stored()).slice(0, 2));
    expect(await service.sweepUnattended(new AbortController().signal)).toMatchObject({ isHeld: false });
    expect((await records()).filter(({ marked_at }) => marked_at === null)).toEqual([]);
  });
});

describe('the schedule', () => {
  async function pass(sweepUnattended: OrphanSweep['sweepUnattended'], alone?: (name: string) => boolean) {
    const lines: { level: number; msg: string; [key: string]: unknown }[] = [];
    const log = pino({ level: 'debug' }, new Writable({
      write(line, _encoding, done) {
        lines.push(JSON.parse(String(line)) as (typeof lines)[number]);
        done();
      },
    }));
    let kicks = 0;
    const schedule = createOrphanSchedule({
      sweepUnattended,
      alone: async (name, work) => (alone?.(name) === false ? null : work(new AbortController().signal)),
      onMarked: () => void (kicks += 1),
      log,
    });
    schedule.start();
    schedule.kick();
    await schedule.idle();
    await schedule.stop();
    return { lines, kicks };
  }
  const found = (change: Partial<SweepReport> & { isHeld?: boolean }) => async () => ({ ...nothingFound(), isHeld: false, ...change });

  it('tells what was found, and has what is due removed', async () => {
    const orphans = { ...nothingFound().orphans, not_recorded: { count: 2, bytes: 9 } };

    const { lines, kicks } = await pass(found({ orphans, unrecorded: 3 }));

    expect(lines).toMatchObject([
      { level: 40, unrecorded: 3 },
      { level: 30, not_recorded: 2, photo_unused: 0 },
    ]);
    expect(kicks).toBe(1);
  });

  it('warns where it held back', async () => {
    const { lines, kicks } = await pass(found({ isHeld: true }));

    expect(lines).toMatchObject([{ level: 40, msg: expect.stringContaining('nothing was marked') as string }]);
    expect(kicks).toBe(0);
  });

  it('leaves it to another process that is at it', async () => {
    const names: string[] = [];
    const { lines } = await pass(() => Promise.reject(new Error('It ran.')), (name) => {
      names.push(name);
      return false;
    });

    expect(names).toEqual(['orphans']);
    expect(lines).toEqual([]);
  });

  it('tells of a store that is away, and goes on', async () => {
    const { lines } = await pass(() => Promise.reject(new StorageUnavailable('away')));

    expect(lines).toMatchObject([{ level: 40, reason: expect.any(String) as string }]);
  });

  it('comes once a day, after half an hour to an hour and a half, and not as often as what fails', async () => {
    const pauses: number[] = [];
    const real = globalThis.setTimeout;
    globalThis.setTimeout = ((work: () => void, pause: number) => {
      pauses.push(pause);
      return real(work, 0);
    }) as typeof setTimeout;
    try {
      let over = (): void => undefined;
      const twice = new Promise<void>((resolve) => (over = resolve));
      let passes = 0;
      const schedule = createOrphanSchedule({
        sweepUnattended: async () => {
          passes += 1;
          if (passes === 2) over();
          return { ...nothingFound(), isHeld: false };
        },
        alone: (_name, work) => work(new AbortController().signal),
        onMarked: () => undefined,
        log: pino({ level: 'silent' }),
      });
      schedule.start();
      await twice;
      await schedule.stop();
    } finally {
      globalThis.setTimeout = real;
    }

    const minutes = pauses.map((pause) => pause / 60_000);
    expect(minutes[0]).toBeGreaterThanOrEqual(30);
    expect(minutes[0]).toBeLessThan(90);
    expect(minutes[1]).toBeGreaterThanOrEqual(12 * 60);
    expect(minutes[1]).toBeLessThan(36 * 60);
  });

  it('does not begin with a pass', async () => {
    let passes = 0;
    const schedule = createOrphanSchedule({
      sweepUnattended: async () => {
        passes += 1;
        return { ...nothingFound(), isHeld: false };
      },
      alone: (_name, work) => work(new AbortController().signal),
      onMarked: () => undefined,
      log: pino({ level: 'silent' }),
    });

    schedule.start();
    await schedule.idle();
    await schedule.stop();

    expect(passes).toBe(0);
  });
});
