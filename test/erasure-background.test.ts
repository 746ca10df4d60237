import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { BillingProviderUnavailable } from '../src/billing/provider.js';
import { createExclusive } from '../src/database/exclusive.js';
import * as assets from '../src/repositories/assets.js';
import * as erasure from '../src/repositories/erasure.js';
import { noCache } from '../src/services/cache/cache.js';
import { createErasing } from '../src/services/erasure/erasing.js';
import { createRemovalService } from '../src/services/storage/removal.js';
import type { Alone } from '../src/services/uploads/completion.js';
import type { Storage } from '../src/storage/storage.js';
import { createTestApp, type TestApp } from './support/app.js';
import { endow, type Estate, type EstateOptions, ownedColumns, rowsOf, storedOf } from './support/estate.js';
import { createFuse, type Fuse, fusedDatabases } from './support/generation/fuse.js';
import { createSeed, type Seed } from './support/seed.js';

/** What is erased of a deleted account behind the answer, and by whom, and in what order things may go wrong. */
let app: TestApp;
let seed: Seed;
/** Of whoever erases; forms and marks are held to it. */
let now: Date;

beforeAll(async () => {
  app = await createTestApp();
  seed = await createSeed(app);
});
beforeEach(() => {
  now = new Date();
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

/** What of a row stays, and why. Everything else of a person must be gone. */
const kept: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  profiles: {
    id: 'the account stays refused, and the ledger names it',
    role: 'a user, which everybody is',
    account_status: 'suspended, which the deleted are',
    created_at: 'of the account, which stays',
    erased_at: 'it is why the account is refused',
    erasure_completed_at: 'it is how one knows',
    price_id: 'the books: what was paid for',
    subscription_id: 'the books: an id at Stripe, whose customer is gone',
    subscription_status: 'the books',
    subscription_event_at: 'the books',
    subscription_event_id: 'the books',
    subscription_created_at: 'the books',
    current_period_start: 'the books',
    current_period_end: 'the books',
    cancel_at_period_end: 'the books: false',
    has_access: 'the books: false',
    last_paid_at: 'the books',
    payment_failed_at: 'the books',
  },
  account_status_changes: {
    id: 'an administrator’s decision stays on record',
    owner_id: 'an id',
    status: 'the decision',
    reason: 'written by an administrator, for the record',
    changed_by: 'an id',
    created_at: 'the decision',
  },
  collections: {
    id: 'of the default favorites, which the database protects',
    owner_id: 'an id',
    name: 'Favorites, for everybody',
    is_default_favorites: 'true',
    created_at: 'as the account',
  },
  generation_jobs: {
    id: 'the ledger names it',
    owner_id: 'an id',
    mode: 'what was charged',
    room_type: 'what was charged: a preset',
    style: 'what was charged: a preset',
    aspect_ratio: 'what was charged',
    quality: 'what was charged',
    variants: 'what was charged',
    prediction_id: 'an id, by which a late result is known and discarded',
    status: 'what was charged',
    progress: 'what was charged',
    error_code: 'why it was given back',
    created_at: 'what was charged',
    started_at: 'what was charged',
    completed_at: 'what was charged',
    archived_at: 'upkeep',
  },
  plan_changes: everything('the books: which plan was in force', 'id owner_id price_id effective_at recorded_at stripe_event_id'),
  usage_ledger: everything(
    'the books: the ledger is append-only',
    'id owner_id kind amount period job_id charge_no reverses reason idempotency_key created_at',
  ),
  usage_periods: everything('the books: sums of the ledger', 'owner_id period debits refunds credits'),
  // Nothing of these stays.
  assets: {},
  collection_items: {},
  job_events: {},
  render_variants: {},
  renders: {},
  uploads: {},
};

function everything(reason: string, columns: string): Record<string, string> {
  return Object.fromEntries(columns.split(' ').map((column) => [column, reason]));
}

/** Tables that say of nobody whose their rows are. */
const nobodys = ['_prisma_migrations', 'community_collections', 'community_items', 'plan_versions', 'webhook_events'];

/** Whoever is to be erased: deleted, and nothing more. */
async function deleted(options?: EstateOptions): Promise<{ readonly id: string; readonly estate: Estate }> {
  const id = randomUUID();
  await seed.sql('insert into profiles (id) values ($1)', [id]);
  const estate = await endow({ app, seed }, { id }, options);
  await erase(id);
  return { id, estate };
}

const erase = (id: string) =>
  app.app.databases.service({ kind: 'system' }).transaction((tx) => erasure.eraseProfile(tx, id, new Date(Date.now() - 1_000)));

/** Stripe as far as it is asked. */
function createBilling() {
  const billing = {
    isAway: false,
    gone: [] as string[],
    deleteCustomer: async (customerId: string) => {
      if (billing.isAway) throw new BillingProviderUnavailable('Stripe is away.');
      billing.gone.push(customerId);
    },
  };
  return billing;
}

interface ProcessOptions {
  readonly fuse?: Fuse;
  readonly billing?: ReturnType<typeof createBilling> | null;
  readonly alone?: Alone;
  readonly wrapStorage?: (storage: Storage) => Storage;
}

/** A process that erases; its fuse says when it is killed. */
function createProcess({
  fuse = createFuse({ calls: null, isDone: false }),
  billing = createBilling(),
  alone = (_name, work) => work(new AbortController().signal),
  wrapStorage = (storage) => storage,
}: ProcessOptions = {}) {
  const storage = wrapStorage(app.app.storage);
  const databases = fusedDatabases(app.app.databases, fuse);
  const fused = {
    check: () => storage.check(),
    list: (prefix: string) => storage.list(prefix),
    delete: (keys: readonly string[]) => fuse.call(() => storage.delete(keys)),
  };
  const told: string[] = [];
  const canceled: string[] = [];
  const { removeDue } = createRemovalService({ databases, storage: fused, now: () => now });
  const { eraseDue } = createErasing({
    databases,
    cache: noCache,
    storage: fused,
    provider: { cancel: async (predictionId) => void canceled.push(predictionId) },
    billing: billing && { deleteCustomer: (id) => fuse.call(() => billing.deleteCustomer(id)) },
    removeDue,
    alone,
    onProgress: ({ step, done }) => told.push(`${step} ${done}`),
    onNotice: ({ message }) => told.push(message),
    now: () => now,
    clock: null,
  });
  return { eraseDue, told, canceled };
}

const complete = { completed: 1, waiting: 0, failed: 0, firstFailure: null };

async function mustBeErased({ id, estate }: { id: string; estate: Estate }): Promise<void> {
  const rows = await rowsOf(seed, id);
  const left = [...rows].flatMap(([table, found]) =>
    found.flatMap((row) =>
      Object.entries(row)
        .filter(([column, value]) => value !== null && JSON.stringify(value) !== '{}' && !(column in (kept[table] ?? {})))
        .map(([column]) => `${table}.${column}`),
    ),
  );
  expect([...new Set(left)]).toEqual([]);
  expect(rows.get('profiles')).toMatchObject([{ account_status: 'suspended', role: 'user', has_access: false, erasure_completed_at: expect.any(String) as string }]);
  expect(rows.get('collections')).toMatchObject([{ name: 'Favorites', is_default_favorites: true }]);
  expect(await storedOf({ app }, estate.keys)).toEqual([]);
}

describe('what is erased', () => {
  it('is known of every column of every table', async () => {
    const { id } = await deleted();
    const filled = await rowsOf(seed, id);
    const columns = await ownedColumns(seed);
    const tables = await seed.sql<{ name: string }>(
      `select table_name::text as name from information_schema.tables where table_schema = 'public' order by 1`,
    );

    expect(tables.map(({ name }) => name)).toEqual([...columns.keys(), ...nobodys].sort());
    expect(Object.keys(kept).sort()).toEqual([...columns.keys()].sort());
    // A column that is empty before would be empty after as well. Those of the profile went with the deletion.
    const gone = ['profiles.email', 'profiles.name', 'profiles.erasure_completed_at'];
    const empty = [...columns].flatMap(([table, names]) =>
      names.filter((name) => filled.get(table)?.every((row) => row[name] === null)).map((name) => `${table}.${name}`),
    );
    expect(empty.filter((column) => !gone.includes(column))).toEqual([]);
    // What is said to be kept is there to be kept.
    const known = [...columns].flatMap(([table, names]) => names.map((name) => `${table}.${name}`));
    expect(Object.entries(kept).flatMap(([table, reasons]) => Object.keys(reasons).map((name) => `${table}.${name}`)).filter((column) => !known.includes(column))).toEqual([]);
    await createProcess().eraseDue();
  });

  it('is everything of the person but the books, and nothing of anybody else', async () => {
    const other = randomUUID();
    await seed.sql('insert into profiles (id) values ($1)', [other]);
    const others = await endow({ app, seed }, { id: other });
    const before = await rowsOf(seed, other);
    const { id, estate } = await deleted();
    const books = await rowsOf(seed, id);

    const { eraseDue, canceled } = createProcess();
    expect(await eraseDue()).toEqual(complete);

    await mustBeErased({ id, estate });
    expect(await rowsOf(seed, other)).toEqual(before);
    expect(await storedOf({ app }, others.keys)).toEqual(others.keys);
    const after = await rowsOf(seed, id);
    expect(after.get('usage_ledger')).toEqual(expect.arrayContaining([...(books.get('usage_ledger') ?? [])]));
    const idsOf = (rows: typeof after) => rows.get('generation_jobs')?.map((row) => row['id']).sort();
    expect(idsOf(after)).toEqual(idsOf(books));
    expect(canceled).toEqual([`pre_flying_${id}`]);
  });

  it('leaves the looks that were published', async () => {
    const { estate } = await deleted();

    await createProcess().eraseDue();

    expect(await seed.sql('select render_id, image_path from community_items where id = $1', [estate.look])).toEqual([
      { render_id: null, image_path: estate.lookKey },
    ]);
    expect(await storedOf({ app }, [estate.lookKey])).toEqual([estate.lookKey]);
  });

  it('gives back what had not begun, and not what was at work', async () => {
    const { id, estate } = await deleted();

    await createProcess().eraseDue();

    const jobs = await seed.sql('select id, status from generation_jobs where id = any($1)', [[estate.starting, estate.processing]]);
    expect(new Set(jobs.map(({ status }) => status as string))).toEqual(new Set(['canceled']));
    const refunds = await seed.sql(
      `select d.job_id from usage_ledger r join usage_ledger d on d.id = r.reverses
       where r.owner_id = $1 and r.kind = 'generation_refund' and d.job_id = any($2)`,
      [id, [estate.starting, estate.processing]],
    );
    expect(refunds).toEqual([{ job_id: estate.starting }]);
    const [sums] = await seed.sql(
      `select debits, refunds from usage_periods where owner_id = $1 and period = date_trunc('month', now() at time zone 'UTC')::date`,
      [id],
    );
    expect(sums).toEqual({ debits: 2, refunds: 1 });
  });

  it('comes to an end with more than any batch holds', async () => {
    const { id, estate } = await deleted({ renders: 1_050 });

    const { eraseDue, told } = createProcess();
    expect(await eraseDue()).toEqual(complete);

    await mustBeErased({ id, estate });
    expect(told).toEqual(expect.arrayContaining(['renders 200', 'renders 1050', 'jobs 1000', 'jobs 1054']));
  }, 120_000);

  it('holds what lies in the person’s folders on no record, too', async () => {
    const { id, estate } = await deleted();
    const stray = `renders/${id}/${randomUUID()}/v1/0.webp`;
    await app.app.storage.put(stray, Buffer.from('stray'), { contentType: 'image/webp' });

    expect(await createProcess().eraseDue()).toEqual(complete);

    await mustBeErased({ id, estate: { ...estate, keys: [...estate.keys, stray] } });
  });

  it('is nobody who was not deleted, and nobody twice', async () => {
    await deleted();
    await createProcess().eraseDue();

    expect(await createProcess().eraseDue()).toEqual({ completed: 0, waiting: 0, failed: 0, firstFailure: null });
  });
});

describe('an erasure that waits', () => {
  it('keeps removing what comes by a form that was given out, until its time is over', async () => {
    const until = new Date(Date.now() + 30 * 60_000);
    const { id, estate } = await deleted({ formsUntil: until });

    expect(await createProcess().eraseDue()).toMatchObject({ completed: 0, waiting: 1 });
    expect(await storedOf({ app }, estate.keys)).toEqual([]);
    const uploads = (await rowsOf(seed, id)).get('uploads') ?? [];
    expect(uploads).toHaveLength(3);
    for (const upload of uploads) expect(upload).toMatchObject({ state: 'pending', path: `incoming/${String(upload['id'])}`, placeholder: null, width: null });

    const late = estate.keys.find((key) => key.startsWith('incoming/'))!;
    await app.app.storage.put(late, Buffer.from('a photo'), { contentType: 'image/jpeg' });
    now = new Date(until.getTime() + 9 * 60_000);
    expect(await createProcess().eraseDue()).toMatchObject({ completed: 0, waiting: 1 });
    expect(await storedOf({ app }, [late])).toEqual([]);

    await app.app.storage.put(late, Buffer.from('a photo'), { contentType: 'image/jpeg' });
    now = new Date(until.getTime() + 11 * 60_000);
    expect(await createProcess().eraseDue()).toEqual(complete);
    await mustBeErased({ id, estate });
  });

  it('leaves a record that may be somebody’s who is storing at this moment to fall due', async () => {
    const { id, estate } = await deleted();
    const key = `renders/${id}/${randomUUID()}/v1/0.webp`;
    // It was written down before the deletion.
    await seed.sql('set session_replication_role = replica');
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at) values ($1, $2, 'output', 7, 'image/webp', $3)`,
      [key, id, new Date(now.getTime() + 60 * 60_000)],
    );
    await seed.sql('set session_replication_role = origin');

    expect(await createProcess().eraseDue()).toMatchObject({ completed: 0, waiting: 1 });
    await app.app.storage.put(key, Buffer.from('picture'), { contentType: 'image/webp' });

    now = new Date(now.getTime() + 61 * 60_000);
    expect(await createProcess().eraseDue()).toEqual(complete);
    await mustBeErased({ id, estate: { ...estate, keys: [...estate.keys, key] } });
  });

  it('goes on with everything else while Stripe is away, and comes to its end when it is back', async () => {
    const { id, estate } = await deleted();
    const billing = createBilling();
    billing.isAway = true;

    const away = createProcess({ billing });
    expect(await away.eraseDue()).toMatchObject({ completed: 0, waiting: 1 });
    expect(away.told).toContain('The customer of a deleted account could not be deleted; it is tried again.');
    expect((await rowsOf(seed, id)).get('renders')).toEqual([]);
    expect(await storedOf({ app }, estate.keys)).toEqual([]);

    billing.isAway = false;
    expect(await createProcess({ billing }).eraseDue()).toEqual(complete);
    expect(billing.gone).toEqual([`cus_${id}`]);
    await mustBeErased({ id, estate });
    const changes = await seed.sql<{ price: string | null }>('select price_id as price from plan_changes where owner_id = $1 order by effective_at', [id]);
    expect(changes).toEqual([{ price: 'price_starter' }, { price: null }]);
  });

  it('tells the operator once where billing is switched off and a customer is there, and does not end', async () => {
    const { id } = await deleted();

    const { eraseDue, told } = createProcess({ billing: null });
    expect(await eraseDue()).toMatchObject({ completed: 0, waiting: 1 });
    expect(await eraseDue()).toMatchObject({ completed: 0, waiting: 1 });

    expect(told.filter((message) => message.includes('billing is switched off'))).toHaveLength(1);
    expect((await rowsOf(seed, id)).get('profiles')).toMatchObject([{ customer_id: `cus_${id}`, erasure_completed_at: null }]);
    expect(await createProcess().eraseDue()).toEqual(complete);
  });

  it('needs no billing for somebody who never paid', async () => {
    await deleted({ customerId: null });

    expect(await createProcess({ billing: null }).eraseDue()).toEqual(complete);
  });

  it('begins again where a payment that was under way brings a customer back', async () => {
    const { id } = await deleted();
    await createProcess().eraseDue();
    await seed.sql(`update profiles set customer_id = 'cus_again', has_access = true where id = $1`, [id]);
    const billing = createBilling();

    expect(await createProcess({ billing }).eraseDue()).toEqual(complete);

    expect(billing.gone).toEqual(['cus_again']);
    expect((await rowsOf(seed, id)).get('profiles')).toMatchObject([{ customer_id: null, has_access: false, subscription_status: 'canceled' }]);
  });

  it('waits for a store that will not delete, and leaves the others to be erased', async () => {
    const stubborn = await deleted();
    const other = await deleted();
    const [key = ''] = stubborn.estate.keys;
    const refusing = (storage: Storage): Storage => ({
      ...storage,
      async delete(keys) {
        if (keys.includes(key)) throw new Error('No.');
        await storage.delete(keys);
      },
    });

    expect(await createProcess({ wrapStorage: refusing }).eraseDue()).toMatchObject({ completed: 1, waiting: 1 });
    await mustBeErased(other);
    expect(await storedOf({ app }, stubborn.estate.keys)).toEqual([key]);

    expect(await createProcess().eraseDue()).toEqual(complete);
    await mustBeErased(stubborn);
  });
});

describe('whoever is killed', () => {
  it.each([{ isDone: false }, { isDone: true }])('at any call (done: $isDone) leaves what another process ends', async ({ isDone }) => {
    let deaths = 0;
    for (let calls = 0; ; calls += 1) {
      const person = await deleted();
      const fuse = createFuse({ calls, isDone });
      await createProcess({ fuse }).eraseDue().catch(() => undefined);
      if (fuse.hasBurnt()) deaths += 1;

      // Where it died over its very last call there was nothing left to do.
      const next = await createProcess().eraseDue();

      expect(next).toMatchObject({ waiting: 0, failed: 0 });
      await mustBeErased(person);
      if (!fuse.hasBurnt()) break;
    }
    expect(deaths).toBeGreaterThan(30);
  }, 240_000);

  it('asked to stop in the middle ends after its present batch', async () => {
    const person = await deleted({ renders: 250 });
    const stopping = new AbortController();
    const process = createProcess({
      alone: async (_name, work) => {
        const signal = new AbortController().signal;
        const done = work(signal);
        stopping.abort();
        return done;
      },
    });

    expect(await process.eraseDue(stopping.signal)).toEqual({ completed: 0, waiting: 0, failed: 0, firstFailure: null });
    expect((await rowsOf(seed, person.id)).get('renders')).not.toEqual([]);

    expect(await createProcess().eraseDue()).toEqual(complete);
    await mustBeErased(person);
  });
});

describe('two processes', () => {
  it('erase an account once, however they meet', async () => {
    const person = await deleted({ renders: 250 });
    const log = pino({ level: 'silent' });
    const locks = [1, 2].map(() => createExclusive({ url: app.database.urls.service, timeoutMs: 5_000, log }));
    const billing = createBilling();

    const reports = await Promise.all(locks.map(({ during }) => createProcess({ alone: during, billing }).eraseDue()));
    await Promise.all(locks.map((lock) => lock.close()));

    expect(reports.map(({ failed }) => failed)).toEqual([0, 0]);
    expect(reports.reduce((sum, { completed }) => sum + completed, 0)).toBe(1);
    expect(billing.gone).toEqual([`cus_${person.id}`]);
    await mustBeErased(person);
  });

  it('do no harm to each other without the lock between them either', async () => {
    const person = await deleted({ renders: 250 });

    const reports = await Promise.all([createProcess().eraseDue(), createProcess().eraseDue()]);
    await createProcess().eraseDue();

    expect(reports.map(({ failed }) => failed)).toEqual([0, 0]);
    await mustBeErased(person);
  });
});

describe('the database', () => {
  const service = () => app.app.databases.service({ kind: 'system' });
  const recordOf = (ownerId: string): assets.NewAsset => ({
    path: `renders/${ownerId}/${randomUUID()}/v1/0.webp`,
    ownerId,
    kind: 'output',
    byteSize: 7,
    contentType: 'image/webp',
  });
  const inAnHour = () => new Date(Date.now() + 60 * 60_000);

  it('takes no record of a picture for a deleted account, but that of bytes which are to be removed', async () => {
    const { id } = await deleted();

    await expect(assets.announceAssets(service(), [recordOf(id)], inAnHour())).rejects.toMatchObject({ code: 'RF005' });
    await assets.renounceAssets(service(), [recordOf(id)], now);

    expect(await createProcess().eraseDue()).toEqual(complete);
  });

  it('makes a deletion wait for a record that is being written, and a record for a deletion', async () => {
    const id = randomUUID();
    await seed.sql('insert into profiles (id) values ($1)', [id]);
    let announced!: () => void;
    const isAnnounced = new Promise<void>((resolve) => (announced = resolve));
    const order: string[] = [];

    const writing = service().transaction(async (tx) => {
      await assets.announceAssets(tx, [recordOf(id)], inAnHour());
      announced();
      // Until the deletion waits for this transaction.
      for (;;) {
        const [waiting] = await seed.sql('select 1 from pg_locks where not granted');
        if (waiting) break;
      }
      order.push('written');
    });
    await isAnnounced;
    await Promise.all([writing, erase(id).then(() => order.push('deleted'))]);

    expect(order).toEqual(['written', 'deleted']);
    expect(await createProcess().eraseDue()).toMatchObject({ completed: 0, waiting: 1 });
    now = new Date(Date.now() + 61 * 60_000);
    expect(await createProcess().eraseDue()).toEqual(complete);
  });
});
