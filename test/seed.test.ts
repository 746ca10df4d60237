import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { runSeed } from '../src/cli/seed.js';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { createDatabases } from '../src/database/databases.js';
import type { Database } from '../src/database/database.js';
import { seedDemo } from '../src/services/seeding/demo.js';
import { seedScale } from '../src/services/seeding/scale.js';
import { createFileStorage } from '../src/storage/file-storage.js';
import type { Storage } from '../src/storage/storage.js';
import { createTestDatabase } from './support/database.js';

const now = new Date('2026-03-02T09:30:00.000Z');

/** Drawing is tested elsewhere: here small pictures do. */
const pictureSide = 96;

interface House {
  readonly service: Database;
  readonly storage: Storage;
  readonly serviceUrl: string;
  readonly ownerUrl: string;
  readonly close: () => Promise<void>;
}

async function openHouse(): Promise<House> {
  const database = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'roomfeed-seed-'));
  const databases = createDatabases({
    gatewayUrl: database.urls.gateway,
    serviceUrl: database.urls.service,
    pool: {
      max: 4,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 10_000,
      statementTimeoutMillis: 60_000,
      lockTimeoutMillis: 60_000,
    },
  });
  return {
    service: databases.service({ kind: 'system' }),
    storage: createFileStorage({
      directory,
      publicUrl: 'http://127.0.0.1:4000',
      windowSeconds: 3_600,
      signingSecret: 'a secret of at least thirty-two characters',
    }),
    serviceUrl: database.urls.service,
    ownerUrl: database.urls.owner,
    async close() {
      await databases.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Ledger, running sums and jobs tell the same story. Each query names what contradicts it. */
const contradictions: Readonly<Record<string, string>> = {
  'a month whose sums are not the ledger\'s': `
    select owner_id, period from (
      select owner_id, period,
        coalesce(sum(amount) filter (where kind = 'generation_debit'), 0) as debits,
        coalesce(sum(amount) filter (where kind = 'generation_refund'), 0) as refunds,
        coalesce(sum(amount) filter (where kind = 'credit_adjustment'), 0) as credits
      from usage_ledger group by 1, 2
    ) l full join usage_periods p using (owner_id, period)
    where (l.debits, l.refunds, l.credits) is distinct from (p.debits, p.refunds, p.credits)`,
  'a job without exactly one debit in the month it was submitted in': `
    select j.id from generation_jobs j
    left join usage_ledger l on l.job_id = j.id and l.kind = 'generation_debit'
      and l.period = date_trunc('month', j.created_at at time zone 'UTC')::date and l.created_at = j.created_at
    group by j.id having count(l.id) <> 1`,
  'a failed job without its refund, or a succeeded one with it': `
    select j.id from generation_jobs j
    left join usage_ledger d on d.job_id = j.id and d.kind = 'generation_debit'
    left join usage_ledger r on r.reverses = d.id and r.period = d.period and r.owner_id = d.owner_id
    where (j.status = 'failed' or (j.status = 'canceled' and j.started_at is null)) <> (r.id is not null)`,
  'a render without its succeeded job, or the other way round': `
    select j.id, r.id from generation_jobs j full join renders r on r.job_id = j.id
    where (j.status = 'succeeded') is distinct from (r.id is not null)
      or (r.id is not null and (j.mode, j.room_type, j.style, j.prompt, j.completed_at)
        is distinct from (r.mode, r.room_type, r.style, r.prompt, r.created_at))`,
  'a render whose variants are not as many as asked for, or do not hold its cover': `
    select r.id from renders r join generation_jobs j on j.id = r.job_id left join render_variants v on v.render_id = r.id
    group by r.id, j.variants having count(v.id) <> j.variants or max(v.idx) <> j.variants - 1 or max(v.idx) < r.cover_variant`,
  'a moment in the future': `
    select created_at from renders where created_at > $1 union all select created_at from usage_ledger where created_at > $1
    union all select completed_at from generation_jobs where completed_at > $1
    union all select added_at from collection_items where added_at > $1
    union all select created_at from community_items where created_at > $1
    union all select created_at from job_events where created_at > $1`,
  'a row older than its profile': `
    select p.id from profiles p join generation_jobs j on j.owner_id = p.id where j.created_at < p.created_at
    union all select p.id from profiles p join collections c on c.owner_id = p.id where c.created_at < p.created_at`,
  'a person without default favorites': `
    select p.id from profiles p left join collections c on c.owner_id = p.id and c.is_default_favorites where c.id is null`,
  'a job in flight': `select id from generation_jobs where status in ('starting', 'processing')`,
  'a month that used more than it was allowed': `
    select owner_id, period from usage_periods u join profiles p on p.id = u.owner_id
    where debits - refunds > credits
      + case p.price_id when 'price_advanced_monthly' then 600 when 'price_starter_monthly' then 150 else 20 end`,
  'an id that is no version 7': `
    select id from renders where substr(id::text, 15, 1) <> '7' or substr(id::text, 20, 1) not in ('8', '9', 'a', 'b')`,
};

async function expectNoContradiction(service: Database, at: Date): Promise<void> {
  for (const [what, query] of Object.entries(contradictions)) {
    expect({ [what]: await service.query(query, query.includes('$1') ? [at] : []) }).toEqual({ [what]: [] });
  }
}

const countsOf = async (service: Database): Promise<Record<string, number>> => {
  const tables = ['profiles', 'generation_jobs', 'renders', 'render_variants', 'collections', 'collection_items', 'community_collections', 'community_items', 'usage_ledger', 'usage_periods', 'uploads', 'assets', 'plan_changes', 'plan_versions', 'job_events'];
  const [row] = await service.query<Record<string, number>>(
    `select ${tables.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(', ')}`,
  );
  return row ?? {};
};

/** What storage holds, by key. */
async function objectsOf(storage: Storage): Promise<Map<string, { byteSize: number; contentType: string }>> {
  const objects = new Map<string, { byteSize: number; contentType: string }>();
  for await (const { key, byteSize } of storage.list('')) {
    objects.set(key, { byteSize, contentType: (await storage.stat(key))?.contentType ?? '' });
  }
  return objects;
}

describe('the demo data', () => {
  let house: House;
  let result: { seeded: boolean; renders: number };
  const progress: [number, number][] = [];

  beforeAll(async () => {
    house = await openHouse();
    result = await seedDemo({
      ...house,
      configuration: runtimeDefaults,
      // Wider than a thumbnail, so that the two are told apart.
      pictureSide: 420,
      now,
      onProgress: (done, total) => progress.push([done, total]),
    });
  }, 120_000);
  afterAll(() => house.close());

  test('is there after the first run, and told its progress', async () => {
    const counts = await countsOf(house.service);
    expect(result).toEqual({ seeded: true, renders: counts['renders'] });
    expect(counts).toMatchObject({ profiles: 3, renders: 76, community_collections: 5, community_items: 24 });
    const total = progress[0]?.[1] ?? 0;
    expect(progress).toEqual(Array.from({ length: total + 1 }, (_, done) => [done, total]));
  });

  test('has books that agree with the jobs, and nothing in the future', () => expectNoContradiction(house.service, now));

  test('is a history that looks lived in: all modes, shared days, an empty collection, failures, a newest render', async () => {
    const [facts] = await house.service.query(
      `select count(*)::int as renders, count(distinct mode)::int as modes, count(distinct room_type)::int as room_types,
         count(distinct style)::int as styles, count(*) > count(distinct created_at::date) as shared_days,
         count(*) > count(distinct created_at) as shared_instants, max(created_at) as newest,
         (select count(*)::int from generation_jobs j where j.owner_id = r.owner_id and error is not null) as failures
       from renders r where owner_id = (select id from profiles where email = 'demo@roomfeed.test') group by owner_id`,
    );
    expect(facts).toEqual({
      renders: 40, modes: 4, room_types: 8, styles: 9, shared_days: true, shared_instants: true,
      newest: new Date('2026-03-02T09:24:00.000Z'), failures: 3,
    });
    expect(
      await house.service.query(
        `select name, count(render_id)::int as items from collections c left join collection_items i on i.collection_id = c.id
         where c.owner_id = (select id from profiles where email = 'demo@roomfeed.test') group by c.id order by items desc, name`,
      ),
    ).toEqual([
      { name: 'Favorites', items: 12 },
      { name: 'Bondi beach house', items: 7 },
      { name: 'Kitchen renovation', items: 5 },
      { name: 'Granny flat ideas', items: 4 },
      { name: 'Marrickville listing', items: 3 },
      { name: 'For the new baby', items: 0 },
    ]);
  });

  test('has a stored object of the right size behind every path, and a row behind every object', async () => {
    const objects = await objectsOf(house.storage);
    const assets = await house.service.query<{ path: string; byte_size: number; content_type: string }>(
      'select path, byte_size, content_type from assets',
    );
    expect(new Map(assets.map(({ path, byte_size, content_type }) => [path, { byteSize: byte_size, contentType: content_type }]))).toEqual(objects);
    const named = await house.service.query<{ path: string; byte_size: number | null }>(
      `select image_path as path, byte_size from render_variants union all select thumb_path, null from render_variants
       union all select image_path, byte_size from community_items union all select thumb_path, null from community_items
       union all select path, byte_size from uploads
       union all select input1_path, null from generation_jobs where input1_path is not null and status = 'succeeded'
       union all select input2_path, null from generation_jobs where input2_path is not null`,
    );
    expect(named.length).toBeGreaterThan(200);
    for (const { path, byte_size } of named) {
      const object = objects.get(path);
      expect({ path, there: object !== undefined, byte_size: byte_size ?? object?.byteSize }).toEqual({ path, there: true, byte_size: object?.byteSize });
    }
    const [wrong] = await house.service.query(
      `select count(*)::int as count from assets where not case kind
         when 'input' then path like 'inputs/' || owner_id || '/%.jpg'
         when 'output' then path like 'renders/' || owner_id || '/%/v1/_.webp'
         when 'thumbnail' then path like 'renders/' || owner_id || '/%/v1/_\\_thumb.webp'
         else path like 'community/%/v1%.webp' end`,
    );
    expect(wrong).toEqual({ count: 0 });
  });

  test('has pictures as large as their rows say', async () => {
    const rows = await house.service.query<{ image_path: string; thumb_path: string; width: number; height: number }>(
      'select image_path, thumb_path, width, height from render_variants order by image_path limit 3',
    );
    for (const { image_path, thumb_path, width, height } of rows) {
      const chunks: Buffer[] = [];
      for await (const chunk of (await house.storage.get(image_path))?.body ?? []) chunks.push(chunk as Buffer);
      expect(await sharp(Buffer.concat(chunks)).metadata()).toMatchObject({ format: 'webp', width, height });
      expect(await house.storage.stat(thumb_path)).toMatchObject({ contentType: 'image/webp' });
    }
  });

  test('gives every look of the gallery settings that can be applied', async () => {
    const items = await house.service.query<{ apply_settings: Record<string, unknown>; room_type: string; style: string }>(
      'select apply_settings, r.room_type, r.style from community_items i join renders r on r.id = i.render_id',
    );
    expect(items).toHaveLength(24);
    for (const { apply_settings, room_type, style } of items) {
      expect(apply_settings).toMatchObject({ roomType: room_type, style, quality: 'auto', variants: 1 });
      expect(runtimeDefaults.modes).toContain(apply_settings['mode']);
      expect(runtimeDefaults.aspectRatios).toContain(apply_settings['aspectRatio']);
    }
  });

  test('is left alone by a second run', async () => {
    const before = await countsOf(house.service);
    const later = new Date(now.getTime() + 86_400_000);
    expect(await seedDemo({ ...house, configuration: runtimeDefaults, pictureSide, now: later })).toEqual({ seeded: false, renders: 0 });
    expect(await countsOf(house.service)).toEqual(before);
  });
});

test('demo data that was interrupted is completed by the next run, and leaves no picture that no row knows', async () => {
  const house = await openHouse();
  try {
    let puts = 0;
    const failing: Storage = {
      ...house.storage,
      put: (...args) => ((puts += 1) > 20 ? Promise.reject(new Error('The disk is full.')) : house.storage.put(...args)),
    };
    const options = { service: house.service, configuration: runtimeDefaults, pictureSide, now };
    await expect(seedDemo({ ...options, storage: failing })).rejects.toThrow('The disk is full.');
    expect(await countsOf(house.service)).toMatchObject({ profiles: 0, renders: 0, assets: 0 });
    expect((await objectsOf(house.storage)).size).toBeGreaterThan(10);

    // Someone has signed in meanwhile, which makes their profile.
    await house.service.query("insert into profiles (id, email) values ('0197a000-0000-7000-8000-000000000001', 'demo@roomfeed.test')");
    const later = new Date(now.getTime() + 3_600_000);
    expect(await seedDemo({ ...options, storage: house.storage, now: later })).toMatchObject({ seeded: true });
    await expectNoContradiction(house.service, later);
    const rows = await house.service.query<{ path: string }>('select path from assets');
    expect(new Set(rows.map(({ path }) => path))).toEqual(new Set((await objectsOf(house.storage)).keys()));
    const [profile] = await house.service.query("select name, has_access from profiles where email = 'demo@roomfeed.test'");
    expect(profile).toEqual({ name: 'Demo', has_access: true });
  } finally {
    await house.close();
  }
}, 120_000);

describe('a large seed', () => {
  const counts = { profiles: 7, renders: 2_000, now, pictureSide };
  /** Everything that a seed writes but the ids that the database makes: one number for it all. */
  const fingerprint = async (service: Database): Promise<string> => {
    const parts = await Promise.all(
      [
        'select p::text from profiles p order by id',
        'select j::text from generation_jobs j order by id',
        'select r::text from renders r order by id',
        'select v::text from render_variants v order by id',
        'select l::text from usage_ledger l order by id',
        'select (i.render_id, i.added_at, c.name)::text from collection_items i join collections c on c.id = i.collection_id order by c.name, i.render_id',
      ].map(async (query) => (await service.query<Record<string, string>>(`select md5(string_agg(t::text, ';')) as md5 from (${query}) t`))[0]?.['md5']),
    );
    return parts.join();
  };
  let house: House;
  const seedWith = (target: House, seed: number, ownerUrl: string | null = null) =>
    seedScale({ ...target, ...counts, seed, ownerUrl, configuration: runtimeDefaults });

  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  test('makes the rows that were asked for, with books that agree', async () => {
    const result = await seedWith(house, 42, house.ownerUrl);
    expect(result).toMatchObject({ seeded: true, profiles: 7, renders: 2_000, analyzed: true, busiest: { renders: expect.any(Number) } });
    const rows = await countsOf(house.service);
    expect(rows).toMatchObject({ profiles: 7, renders: 2_000, render_variants: result.variants, collections: 7 * 4 });
    expect(result.variants).toBeGreaterThan(5_500);
    expect(rows['collection_items']).toBeGreaterThan(200);
    expect(rows['generation_jobs']).toBeGreaterThan(2_000);
    await expectNoContradiction(house.service, now);
    const [spread] = await house.service.query(
      `select count(*) > count(distinct (owner_id, created_at)) as shared_instants, count(distinct mode)::int as modes,
         count(distinct room_type)::int as room_types, count(distinct style)::int as styles,
         max(created_at) - min(created_at) > interval '600 days' as two_years from renders`,
    );
    expect(spread).toEqual({ shared_instants: true, modes: 4, room_types: 8, styles: 9, two_years: true });
  }, 120_000);

  test('tells the planner of its rows where the tables\' owner lets it', async () => {
    const [statistics] = await house.service.query(`select reltuples::int as rows from pg_class where relname = 'renders'`);
    expect(statistics).toEqual({ rows: 2_000 });
  });

  test('shares the sample pictures, which are all in storage', async () => {
    const rows = await house.service.query<{ path: string }>(
      `select image_path as path from render_variants union select thumb_path from render_variants
       union select input1_path from generation_jobs where input1_path is not null`,
    );
    expect(rows).toHaveLength(72 * 2 + 8);
    const objects = await objectsOf(house.storage);
    expect(rows.filter(({ path }) => !objects.has(path))).toEqual([]);
  });

  test('does nothing where its seed has run, and adds where it has not', async () => {
    const before = await countsOf(house.service);
    expect(await seedWith(house, 42)).toMatchObject({ seeded: false, renders: 0 });
    expect(await countsOf(house.service)).toEqual(before);
    expect(await seedWith(house, 43)).toMatchObject({ seeded: true, analyzed: false });
    expect(await countsOf(house.service)).toMatchObject({ profiles: 14, renders: 4_000 });
    await expectNoContradiction(house.service, now);
  }, 120_000);

  test('is the same on every machine', async () => {
    const [first, second, third] = [await openHouse(), await openHouse(), await openHouse()];
    try {
      await seedWith(first, 7);
      await seedWith(second, 7);
      await seedWith(third, 8);
      expect(await fingerprint(second.service)).toBe(await fingerprint(first.service));
      expect(await fingerprint(third.service)).not.toBe(await fingerprint(first.service));
    } finally {
      await Promise.all([first.close(), second.close(), third.close()]);
    }
  }, 180_000);

  test('leaves nothing behind where it was interrupted', async () => {
    const empty = await openHouse();
    try {
      const stop = (step: string, done: number): void => {
        if (step === 'renders' && done > 0) throw new Error('Stopped.');
      };
      const options = { ...empty, ...counts, seed: 1, ownerUrl: null, configuration: runtimeDefaults };
      await expect(seedScale({ ...options, onProgress: stop })).rejects.toThrow('Stopped.');
      expect(await countsOf(empty.service)).toMatchObject({ profiles: 0, generation_jobs: 0, renders: 0, usage_ledger: 0 });
    } finally {
      await empty.close();
    }
  }, 120_000);

  test('refuses counts that make no sense', async () => {
    const options = { ...house, ...counts, seed: 1, ownerUrl: null, configuration: runtimeDefaults };
    await expect(seedScale({ ...options, profiles: 0 })).rejects.toThrow(/number of profiles is a whole number from 1/);
    await expect(seedScale({ ...options, renders: 1.5 })).rejects.toThrow(/number of renders/);
    await expect(seedScale({ ...options, seed: -1 })).rejects.toThrow(/^The seed is a whole number/);
  });
});

describe('the seed command', () => {
  const run = async (args: string[], target?: House) => {
    const said = { stdout: '', stderr: '' };
    let opened = 0;
    const code = await runSeed(args, {
      open: () => {
        opened += 1;
        if (target === undefined) throw new RangeError('There is no database in this test.');
        return Promise.resolve({
          ...target,
          ownerUrl: null,
          configuration: { ...runtimeDefaults, styles: runtimeDefaults.styles.slice(0, 1) },
          close: () => Promise.resolve(),
        });
      },
      now,
      stdout: (text) => void (said.stdout += text),
      stderr: (text) => void (said.stderr += text),
      progress: (what) => (done, total) => {
        if (done === total) said.stderr += `${what} ${total}\n`;
      },
    });
    return { code, opened, ...said };
  };

  test('explains itself where it is asked wrongly, and opens nothing', async () => {
    expect(await run([])).toMatchObject({ code: 2, opened: 0, stdout: '', stderr: expect.stringContaining('--profiles 1000') });
    expect(await run(['--people', '3'])).toMatchObject({ code: 2, opened: 0 });
    expect(await run(['--profiles', 'many', '--renders', '10'])).toMatchObject({
      code: 2,
      opened: 0,
      stderr: '--profiles takes a whole number, such as 1000; "many" is none.\n',
    });
    expect(await run(['--profiles', '2', '--renders', '10'])).toMatchObject({
      code: 1,
      opened: 1,
      stderr: 'Nothing was seeded: There is no database in this test.\n',
    });
  });

  test('seeds with progress, sums up, and says so where its seed is there already', async () => {
    const house = await openHouse();
    try {
      const args = ['--profiles', '2', '--renders', '30', '--seed', '5'];
      const first = await run(args, house);
      expect(first).toMatchObject({ code: 0, opened: 1 });
      expect(first.stdout).toMatch(/^Seeded 2 profiles, 30 renders and \d+ variants in [\d.]+ s\.\n/);
      expect(first.stdout).toMatch(/not analyzed.*DATABASE_OWNER_URL/);
      expect(first.stdout).toMatch(/npm run -s token -- --sub [0-9a-f-]{36}\n$/);
      expect(first.stderr).toBe('Drawing sample rooms 16\nWriting renders 30\n');
      expect(await countsOf(house.service)).toMatchObject({ profiles: 2, renders: 30 });
      expect(await run(args, house)).toMatchObject({
        code: 0,
        stdout: 'The seed 5 is already there; nothing was changed. Give another --seed to add to it.\n',
      });
      expect(await countsOf(house.service)).toMatchObject({ profiles: 2, renders: 30 });
    } finally {
      await house.close();
    }
  }, 60_000);
});
