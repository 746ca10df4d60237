import { randomUUID } from 'node:crypto';
import * as orphans from '../src/repositories/orphans.js';
import { createErasing } from '../src/services/erasure/erasing.js';
import { noCache } from '../src/services/cache/cache.js';
import { createRemovalService, type RemovalReport } from '../src/services/storage/removal.js';
import { createTestApp, type TestApp } from './support/app.js';
import { count } from './support/counts.js';
import { explainedDatabases, type ExplainedStatement } from './support/explained-databases.js';
import { createSeed, type Seed } from './support/seed.js';

/**
 * What the database does for a batch of what is removed, where an account has very much: rows and buffers are counted rather
 * than time, because they do not depend on what else the machine does.
 */
const much = count(3_000, 30_000);
const due = 750;
const erased = count(1_500, 10_000);
const markedAt = new Date('2026-05-20T10:00:00.000Z');
const now = new Date('2026-05-21T10:00:00.000Z');

let app: TestApp;
let seed: Seed;

beforeAll(async () => {
  app = await createTestApp();
  seed = await createSeed(app);
  // Enough of everything that no table is so small that reading it whole is right.
  await seed.sql('insert into profiles (id) select uuid_v7() from generate_series(1, 2000)');
  await seed.communityItems(await seed.communityCollection(), 2_000);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

/** An account with so many renders, each with a job, two photos and two variants that are all on record. */
async function account(renders: number): Promise<string> {
  const id = randomUUID();
  await seed.sql('insert into profiles (id) values ($1)', [id]);
  await seed.renders(id, renders, { variants: 2, jobs: true });
  await seed.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type)
     select picture.path, owner_id, picture.kind, 7, 'image/webp' from render_variants
     cross join lateral (values (image_path, 'output'), (thumb_path, 'thumbnail')) picture (path, kind) where owner_id = $1`,
    [id],
  );
  return id;
}

/** Pictures of renders that are gone, and photos of jobs that came to nothing, all marked at the same instant. */
async function leave(owner: string): Promise<void> {
  await seed.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at)
     select format('renders/%s/%s/v1/0.webp', $1::uuid, uuid_v7()), $1::uuid, 'output', 7, 'image/webp', $3::timestamptz from generate_series(1, $2::int)
     union all
     select format('inputs/%s/%s.jpg', $1::uuid, uuid_v7()), $1::uuid, 'input', 7, 'image/jpeg', $3 from generate_series(1, $2::int)`,
    [owner, due, markedAt],
  );
  await seed.sql(
    `insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, input1_path, status, completed_at)
     select owner_id, 'redesign', '1:1', 'auto', 1, path, 'failed', created_at from assets
     where owner_id = $1 and kind = 'input' and marked_at is not null`,
    [owner],
  );
  await seed.sql('vacuum analyze');
}

/** Runs work with everything that it asks of the database explained. */
async function explained<T>(work: (databases: TestApp['app']['databases']) => Promise<T>): Promise<{ result: T; statements: ExplainedStatement[] }> {
  const statements: ExplainedStatement[] = [];
  const result = await work(explainedDatabases(app.app.databases, (statement) => statements.push(statement)));
  return { result, statements };
}

/** The costliest call of each statement. */
function costliest(statements: readonly ExplainedStatement[]): Map<string, { rowsRead: number; buffers: number }> {
  const most = new Map<string, { rowsRead: number; buffers: number }>();
  for (const { text, rowsRead, buffers } of statements) {
    const { rowsRead: rows = 0, buffers: blocks = 0 } = most.get(text) ?? {};
    most.set(text, { rowsRead: Math.max(rows, rowsRead), buffers: Math.max(blocks, buffers) });
  }
  return most;
}

it('a batch costs as much for an account that has very much as for one that has little', async () => {
  const [small, large] = [await account(10), await account(much)];
  const remove = async (owner: string) => {
    await leave(owner);
    return explained((databases) => createRemovalService({ databases, storage: app.app.storage, now: () => now }).removeDue());
  };

  const few = await remove(small);
  const many = await remove(large);

  const all: RemovalReport = { removed: 2 * due, kept: 0, failed: 0, firstFailure: null };
  expect([few.result, many.result]).toEqual([all, all]);
  expect(many.statements.flatMap(({ wholeTables }) => wholeTables)).toEqual([]);
  const [little, plenty] = [costliest(few.statements), costliest(many.statements)];
  expect([...plenty.keys()]).toEqual([...little.keys()]);
  for (const [text, { rowsRead, buffers }] of plenty) {
    // An index of more rows may be a level higher.
    expect({ text, rowsRead, isMore: buffers > 1.5 * little.get(text)!.buffers }).toEqual({ text, rowsRead: little.get(text)!.rowsRead, isMore: false });
  }
}, 120_000);

it('a batch costs no more where very much is due at once', async () => {
  const owner = await account(1);
  await seed.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at)
     select format('renders/%s/%s/v1/0.webp', $1::uuid, gen_random_uuid()), $1::uuid, 'output', 7, 'image/webp', $2 from generate_series(1, 50000)`,
    [owner, markedAt],
  );
  await seed.sql('vacuum analyze');
  const stopping = new AbortController();
  const { storage } = app.app;
  let batches = 0;
  const watched = {
    check: () => storage.check(),
    async delete(keys: readonly string[]) {
      await storage.delete(keys);
      batches += 1;
      if (batches === 4) stopping.abort();
    },
  };

  const { result, statements } = await explained((databases) =>
    createRemovalService({ databases, storage: watched, now: () => now }).removeDue(stopping.signal),
  );

  expect(result).toMatchObject({ removed: 1_000 });
  // Where tables have a row or two, a look at each of four is a row read.
  expect(statements.filter(({ rowsRead }) => rowsRead > 4 * 250)).toEqual([]);
  await seed.sql('delete from assets where owner_id = $1', [owner]);
}, 120_000);

it.each(orphans.referrers)('a page of what refers to pictures (%s) costs its rows and what they name', async (referrer) => {
  const limit = 100;

  const { result, statements } = await explained((databases) =>
    orphans.listUnrecordedReferences(databases.service({ kind: 'system' }), referrer, { after: null, limit }),
  );

  expect(result.last === null).toBe(referrer === 'photo_of_job');
  // A row names two pictures at most; a render does so by its job.
  expect(statements.map(({ rowsRead }) => rowsRead <= 4 * limit)).toEqual([true]);
});

it('the batches of an erasure cost no more and more', async () => {
  const owner = await account(erased);
  await seed.sql(
    `insert into uploads (owner_id, path, content_type, byte_size, state, created_at, expires_at)
     select $1::uuid, format('inputs/%s/%s.jpg', $1::uuid, n), 'image/jpeg', 7, 'used', $3, $3::timestamptz + interval '1 hour'
     from generate_series(1, $2::int) n`,
    [owner, erased, markedAt],
  );
  await seed.sql(`update profiles set erased_at = now(), account_status = 'suspended' where id = $1`, [owner]);
  await seed.sql('vacuum analyze');

  const { result, statements } = await explained((databases) => {
    const { storage } = app.app;
    const { removeDue } = createRemovalService({ databases, storage, now: () => new Date() });
    const { eraseDue } = createErasing({
      databases,
      cache: noCache,
      storage,
      provider: { cancel: () => Promise.resolve() },
      billing: null,
      removeDue,
      alone: (_name, work) => work(new AbortController().signal),
      onProgress: () => undefined,
      onNotice: () => undefined,
      now: () => new Date(),
      clock: null,
    });
    return eraseDue();
  });

  expect(result).toEqual({ completed: 1, waiting: 0, failed: 0, firstFailure: null });
  const first = new Map<string, number>();
  for (const { text, rowsRead } of statements) if (rowsRead > 0 && !first.has(text)) first.set(text, rowsRead);
  const grown = statements.filter(({ text, rowsRead }) => rowsRead > 2 * (first.get(text) ?? 0));
  expect(grown.map(({ text, rowsRead }) => `${rowsRead} rows: ${text}`)).toEqual([]);
}, 240_000);
