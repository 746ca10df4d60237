import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { parseRuntime } from '../src/config/parse-runtime.js';
import type { RuntimeConfiguration } from '../src/config/runtime.js';
import type { GenerationProvider } from '../src/generation/provider.js';
import { noCache } from '../src/services/cache/cache.js';
import { createGenerationBackground } from '../src/services/generation/background.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { endow, rowsOf, storedOf } from './support/estate.js';
import { createScriptedProvider } from './support/generation/scripted-provider.js';
import { openStream } from './support/live-stream.js';
import { documentOf, mutate } from './support/mutate.js';
import { createHeardNotices } from './support/notices.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { formOf, openUpload, postForm, sendPhoto } from './support/uploads.js';

/** How a person deletes their account, and what the account can do from then on: nothing, anywhere. */
let app: TestApp;
let seed: Seed;
/** Another process, on the same database and store. */
let elsewhere: TestApp;
const heard = createHeardNotices();
/** Happens, once, before bytes are read from the store. */
let onRead: (() => Promise<unknown>) | null = null;

const runtime = { plans: { free: { maxConcurrentJobs: 50, monthlyGenerations: 1_000 } } };

beforeAll(async () => {
  app = await createTestApp({
    background: true,
    environment: { WORKER: 'off' },
    runtime,
    wrapStorage: (storage) => ({
      ...storage,
      async get(...args) {
        const work = onRead;
        onRead = null;
        await work?.();
        return storage.get(...args);
      },
    }),
  });
  seed = await createSeed(app);
  elsewhere = await createTestApp({
    database: app.database,
    environment: { CACHE: 'on', STORAGE_URL: `file:${app.storageDirectory}` },
    onNotice: heard.onNotice,
    runtime,
  });
});
afterAll(async () => {
  await seed.close();
  await elsewhere.close();
  await app.close();
});

let people = 0;
function signUp(at: TestApp = app): Promise<Person> {
  people += 1;
  return at.signUp({ id: `0197e000-0000-7000-8000-${String(people).padStart(12, '0')}`, email: `leaving${people}@roomfeed.test` });
}

const leave = (as: Person, at: TestApp = app) => mutate(at, 'deleteAccount', { confirm: true }, { as, payload: 'erasedAt' });
const profileOf = async ({ id }: Person) => (await rowsOf(seed, id)).get('profiles')?.[0];
const codesOf = ({ errors }: { readonly errors?: readonly { readonly extensions: { readonly code: string } }[] }) =>
  errors?.map(({ extensions }) => extensions.code);
const system = (at: TestApp = app) => at.app.databases.service({ kind: 'system' });

describe('deleteAccount', () => {
  it('erases everything of the person behind the answer, and nothing of anybody else', async () => {
    const [person, other] = [await signUp(), await signUp()];
    const [estate, others] = [await endow({ app, seed }, person, { customerId: null }), await endow({ app, seed }, other)];
    const before = await rowsOf(seed, other.id);

    const { erasedAt } = await leave(person);
    await app.app.erasures.idle();

    const rows = await rowsOf(seed, person.id);
    for (const table of ['renders', 'render_variants', 'collection_items', 'uploads', 'assets', 'job_events']) expect(rows.get(table)).toEqual([]);
    expect(await storedOf({ app }, [...estate.keys, estate.lookKey])).toEqual([estate.lookKey]);
    const profile = await profileOf(person);
    expect(profile).toMatchObject({ email: null, name: null, preferences: {}, account_status: 'suspended', erasure_completed_at: expect.any(String) as string });
    expect(new Date(profile?.['erased_at'] as string).toISOString()).toBe(erasedAt);
    expect(await rowsOf(seed, other.id)).toEqual(before);
    expect(await storedOf({ app }, others.keys)).toEqual(others.keys);
  });

  it('changes nothing unless it is confirmed', async () => {
    const person = await signUp();
    const before = await rowsOf(seed, person.id);

    const outcome = await mutate(app, 'deleteAccount', { confirm: false }, { as: person });

    expect(outcome).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['confirm'] }] });
    expect(await rowsOf(seed, person.id)).toEqual(before);
    expect((await app.ask('{ viewer { profile { email } } }', { as: person })).errors).toBeUndefined();
  });

  it('is done once, however often it is clicked', async () => {
    const person = await signUp();

    const answers = await Promise.all(Array.from({ length: 5 }, () => app.ask(documentOf('deleteAccount'), { as: person, variables: { input: { confirm: true } } })));

    const refused = answers.filter(({ errors }) => errors);
    expect(refused).toHaveLength(4);
    for (const answer of refused) expect(codesOf(answer)).toEqual(['ACCOUNT_DELETED']);
  });

  it('is open to a suspended account, and lifts nothing', async () => {
    const person = await signUp();
    await seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [person.id]);
    const decided = (await rowsOf(seed, person.id)).get('account_status_changes');

    expect(await leave(person)).toMatchObject({ __typename: 'DeleteAccountPayload' });
    await app.app.erasures.idle();

    expect(await profileOf(person)).toMatchObject({ account_status: 'suspended', erasure_completed_at: expect.any(String) as string });
    expect((await rowsOf(seed, person.id)).get('account_status_changes')).toEqual(decided);
  });

  it('takes an administrator’s rights away, and leaves the looks that they published', async () => {
    const person = await signUp();
    await seed.sql(`update profiles set role = 'admin' where id = $1`, [person.id]);
    const { look, lookKey } = await endow({ app, seed }, person, { customerId: null });

    await leave(person);
    await app.app.erasures.idle();

    expect(await profileOf(person)).toMatchObject({ role: 'user' });
    expect(await seed.sql('select image_path from community_items where id = $1', [look])).toEqual([{ image_path: lookKey }]);
    expect(await storedOf({ app }, [lookKey])).toEqual([lookKey]);
  });

  it('ends the fields that come after it in the same request', async () => {
    const person = await signUp();

    const answer = await app.ask(
      'mutation { deleteAccount(input: { confirm: true }) { __typename } createCollection(input: { name: "Too late" }) { __typename } }',
      { as: person },
    );
    await app.app.erasures.idle();

    expect(codesOf(answer)).toEqual(['ACCOUNT_DELETED']);
    expect((await rowsOf(seed, person.id)).get('collections')).toMatchObject([{ name: 'Favorites' }]);
    expect(await profileOf(person)).toMatchObject({ erased_at: expect.any(String) as string });
  });

  it('leaves nothing of what is submitted at the same time', async () => {
    const person = await signUp();
    const submit = () =>
      app.ask('mutation { submitGeneration(input: { mode: IMAGINE, prompt: "Mine alone" }) { __typename } }', { as: person });

    const submitted = [...Array.from({ length: 6 }, submit), leave(person), ...Array.from({ length: 6 }, submit)];
    await Promise.all(submitted);
    await app.app.erasures.idle();

    const rows = await rowsOf(seed, person.id);
    const jobs = rows.get('generation_jobs') ?? [];
    for (const job of jobs) expect(job).toMatchObject({ status: 'canceled', prompt: null });
    expect(rows.get('job_events')).toEqual([]);
    const kinds = (rows.get('usage_ledger') ?? []).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'generation_refund')).toHaveLength(jobs.length);
    expect(kinds.filter((kind) => kind === 'generation_debit')).toHaveLength(jobs.length);
  });

  it('leaves an administrator nothing to decide about the account', async () => {
    const [person, admin] = [await signUp(), await signUp()];
    await seed.sql(`update profiles set role = 'admin' where id = $1`, [admin.id]);
    await leave(person);
    await app.app.erasures.idle();
    const before = await rowsOf(seed, person.id);
    const profileId = globalId('Profile', person.id);

    const decided = await mutate(app, 'setAccountStatus', { profileId, status: 'ACTIVE', reason: 'A friend' }, { as: admin });
    const granted = await mutate(app, 'adjustCredits', { profileId, amount: 5, reason: 'A friend', idempotencyKey: randomUUID() }, { as: admin });

    for (const outcome of [decided, granted]) expect(outcome).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['profileId'] }] });
    expect(await rowsOf(seed, person.id)).toEqual(before);
  });

  it('removes what comes by a form that was given out before', async () => {
    const person = await signUp();
    const photo = Buffer.from('a photo');
    const { uploadId, fields } = await openUpload(app, person, { contentType: 'image/jpeg', byteSize: photo.length });
    await leave(person);
    await app.app.erasures.idle();

    expect(await postForm(app, formOf(fields, photo, 'image/jpeg'))).toMatchObject({ status: 204 });
    const key = `incoming/${Buffer.from(uploadId, 'base64').toString().split(':')[1] ?? ''}`;
    expect(await storedOf({ app }, [key])).toEqual([key]);
    app.app.erasures.kick();
    await app.app.erasures.idle();

    expect(await storedOf({ app }, [key])).toEqual([]);
    expect(await profileOf(person)).toMatchObject({ erasure_completed_at: null });
  });
});

describe('a deleted account', () => {
  const operations = {
    'a query': '{ viewer { profile { id } } }',
    'a query that needs nobody': '{ plans { id } }',
    'a mutation': 'mutation { createCollection(input: { name: "Mine" }) { __typename } }',
    'a second deletion': 'mutation { deleteAccount(input: { confirm: true }) { __typename } }',
  };

  it.each(Object.entries(operations))('is refused %s, with the day on which it was deleted', async (_name, query) => {
    const person = await signUp();
    const outcome = await leave(person);
    const before = await rowsOf(seed, person.id);

    const answer = await app.ask(query, { as: person });

    expect(answer.status).toBe(403);
    expect(codesOf(answer)).toEqual(['ACCOUNT_DELETED']);
    expect(answer.errors?.[0]?.message).toContain(String(outcome['erasedAt']).slice(0, 10));
    await app.app.erasures.idle();
    expect((await rowsOf(seed, person.id)).get('collections')).toEqual(before.get('collections'));
  });

  it('is refused subscriptions', async () => {
    const person = await signUp();
    await leave(person);

    await expect(openStream(app.url, 'subscription { viewerGenerationJobs { id } }', { as: person })).rejects.toThrow(/403 .*ACCOUNT_DELETED/);
  });

  it('has its open streams ended, here and elsewhere, and nobody else’s', async () => {
    const [person, other] = [await signUp(), await signUp()];
    const query = 'subscription { viewerGenerationJobs { id } }';
    const open = (at: TestApp, as: Person) => openStream(at.url, query, { as });
    const [here, there, others] = [await open(app, person), await open(elsewhere, person), await open(app, other)];

    await leave(person);

    const ends = [await here.rest(), await there.rest()].map((events) => events.at(-1)?.event);
    expect(ends).toEqual(['complete', 'complete']);
    const next = others.next();
    await app.ask('mutation { submitGeneration(input: { mode: IMAGINE, prompt: "A calm room" }) { __typename } }', { as: other });
    expect((await next).event).toBe('next');
    others.leave();
  });

  it('has its streams ended where no notice came, by the look behind them', async () => {
    const person = await signUp();
    const stream = await openStream(elsewhere.url, 'subscription { viewerGenerationJobs { id } }', { as: person });
    await stillDelete(person);

    await elsewhere.app.services.live.look();

    expect((await stream.rest()).at(-1)?.event).toBe('complete');
  });

  it('is refused by every process that hears of it, though it was known there', async () => {
    const person = await signUp();
    const ask = () => elsewhere.ask('{ viewer { profile { id } collections { nodes { name } } } }', { as: person });
    expect((await ask()).errors).toBeUndefined();
    expect((await ask()).cost?.statements.firstSight).toBe(0);
    const told = heard.next(person.id);

    await leave(person);
    await told;

    expect(await ask()).toMatchObject({ status: 403, errors: [{ extensions: { code: 'ACCOUNT_DELETED' } }] });
  });

  it('is refused at once where no notices arrive, because nobody is remembered then', async () => {
    const person = await signUp(elsewhere);
    const { profiles } = elsewhere.app.services;
    const ask = () => elsewhere.ask('{ viewer { profile { id } } }', { as: person });
    profiles.hear(false);
    try {
      expect((await ask()).cost?.statements.firstSight).toBe(1);
      expect((await ask()).cost?.statements.firstSight).toBe(1);
      await stillDelete(person);
      expect(codesOf(await ask())).toEqual(['ACCOUNT_DELETED']);
    } finally {
      profiles.hear(true);
    }
  });

  it('writes nothing where the notice has not come yet', async () => {
    const person = await signUp(elsewhere);
    await stillDelete(person);
    const before = await rowsOf(seed, person.id);
    const [render] = await seed.renders(person.id, 1);

    const named = await elsewhere.ask(operations['a mutation'], { as: person });
    const liked = await elsewhere.ask(documentOf('addToFavorites'), { as: person, variables: { input: { renderId: globalId('Render', render ?? '') } } });

    expect(codesOf(named)).toEqual(['ACCOUNT_DELETED']);
    expect(liked.data).toMatchObject({ addToFavorites: { __typename: 'AccessSuspendedError' } });
    expect((await rowsOf(seed, person.id)).get('collections')).toEqual(before.get('collections'));
    expect((await rowsOf(seed, person.id)).get('collection_items')).toEqual([]);
  });

  it('is not remembered by a request that was looking while the notice came', async () => {
    const person = await elsewhere.newcomer({ id: randomUUID(), email: null });
    const { profiles } = elsewhere.app.services;
    const viewer = { id: person.id, email: null, name: null };
    const looking = profiles.ensureProfile(viewer);
    profiles.forget(person.id);
    await looking;
    await stillDelete(person);

    await expect(profiles.ensureProfile(viewer)).rejects.toMatchObject({ code: 'ACCOUNT_DELETED' });
  });

  /** As if nobody had been told. */
  async function stillDelete({ id }: Person): Promise<void> {
    await seed.sql('set session_replication_role = replica');
    await seed.sql(`update profiles set erased_at = now(), email = null, name = null, preferences = '{}', account_status = 'suspended' where id = $1`, [id]);
    await seed.sql('set session_replication_role = origin');
  }
});

describe('a generation whose person deletes their account', () => {
  /** A worker whose provider makes two pictures; `meanwhile` happens while it works. */
  function worker(meanwhile: () => Promise<unknown>, wrap: (provider: GenerationProvider) => GenerationProvider = (made) => made) {
    const faults: unknown[] = [];
    const provider = createScriptedProvider(() => 'succeeds', { beforehand: async () => void (await meanwhile()) });
    const work = createGenerationBackground({
      databases: app.app.databases,
      cache: noCache,
      storage: app.app.storage,
      provider: wrap(provider),
      runtime: parseRuntime(runtime).runtime as RuntimeConfiguration,
      isWorkedOn: () => Promise.resolve(false),
      onAssetsMarked: () => undefined,
      onFault: (error) => faults.push(error),
      onProviderFault: (error) => faults.push(error),
      now: () => new Date(),
      clock: null,
    });
    return { ...work, provider, faults };
  }

  async function submit(person: Person): Promise<{ id: string; ownerId: string }> {
    const { job } = await app.app.services.generation.submitGeneration({ ...person, email: null, name: null }, { mode: 'imagine', prompt: 'A calm room' });
    return job;
  }
  const attention = { signal: new AbortController().signal, isLastTry: true };

  async function mustHaveKeptNothing(person: Person): Promise<void> {
    await app.app.erasures.idle();
    const rows = await rowsOf(seed, person.id);
    expect([rows.get('renders'), rows.get('assets')]).toEqual([[], []]);
    const stored: string[] = [];
    for await (const { key } of app.app.storage.list(`renders/${person.id}/`)) stored.push(key);
    expect(stored).toEqual([]);
    expect(rows.get('generation_jobs')).toMatchObject([{ status: 'canceled', prompt: null }]);
  }

  it('is not begun', async () => {
    const person = await signUp();
    const job = await submit(person);
    await app.app.databases.service({ kind: 'system' }).query(
      `update profiles set erased_at = now(), email = null, name = null, preferences = '{}', account_status = 'suspended' where id = $1`,
      [person.id],
    );
    const { attend, provider } = worker(async () => undefined);

    await attend(job, attention);

    expect(provider.started).toEqual([]);
    app.app.erasures.kick();
    await mustHaveKeptNothing(person);
  });

  it.each(['begins', 'collects'])('comes to nothing where that happens while a provider %s', async (moment) => {
    const person = await signUp();
    const job = await submit(person);
    let calls = 0;
    const { attend, provider, faults } = worker(async () => {
      calls += 1;
      if (calls === (moment === 'begins' ? 1 : 2)) await leave(person);
    });

    await attend(job, attention);

    expect(faults).toEqual([]);
    await mustHaveKeptNothing(person);
    if (moment === 'begins') expect(provider.canceled).toEqual(provider.started.map(({ predictionId }) => predictionId));
  });

  it('comes to nothing where that happens while its pictures are stored, even where its worker is killed over it', async () => {
    const person = await signUp();
    const job = await submit(person);
    const { attend } = worker(async () => undefined);
    const record = { path: `renders/${person.id}/${randomUUID()}/v1/0.webp`, ownerId: person.id };
    await system().query(
      `insert into assets (path, owner_id, kind, byte_size, content_type, marked_at) values ($1, $2, 'output', 7, 'image/webp', now() + interval '1 hour')`,
      [record.path, record.ownerId],
    );
    await leave(person);
    await app.app.storage.put(record.path, Buffer.from('picture'), { contentType: 'image/webp' });
    await attend(job, attention);
    await app.app.erasures.idle();
    // The record is still there, and says when the bytes go.
    expect((await rowsOf(seed, person.id)).get('assets')).toMatchObject([{ path: record.path }]);
    expect(await profileOf(person)).toMatchObject({ erasure_completed_at: null });

    await seed.sql(`update assets set marked_at = now() where path = $1`, [record.path]);
    app.app.erasures.kick();

    await mustHaveKeptNothing(person);
    expect(await profileOf(person)).toMatchObject({ erasure_completed_at: expect.any(String) as string });
  });

  it('is discarded where a provider tells of it late', async () => {
    const person = await signUp();
    const job = await submit(person);
    await leave(person);
    await app.app.erasures.idle();
    const { receive, attend, provider } = worker(async () => undefined);

    await receive({ eventId: randomUUID(), predictionId: 'pre_late', status: 'processing', jobId: job.id });
    await attend(job, attention);

    expect(provider.canceled).toEqual(['pre_late']);
    await mustHaveKeptNothing(person);
  });
});

it('is told so where they complete an upload at that moment, and nothing of it is kept', async () => {
  const person = await signUp();
  const photo = await sharp({ create: { width: 6, height: 4, channels: 3, background: '#c08040' } }).jpeg().toBuffer();
  const uploadId = await sendPhoto(app, person, photo, 'image/jpeg');
  onRead = () => leave(person);

  const answer = await app.ask(documentOf('completeUpload'), { as: person, variables: { input: { uploadId } } });
  await app.app.erasures.idle();

  expect(codesOf(answer)).toEqual(['ACCOUNT_DELETED']);
  const rows = await rowsOf(seed, person.id);
  expect([rows.get('assets'), rows.get('uploads')]).toMatchObject([[], [{ state: 'pending', width: null }]]);
});

describe('policies', () => {
  it('let nobody delete an account by the gateway’s role, nor another’s in anybody’s scope', async () => {
    const [person, other] = [await signUp(), await signUp()];
    const before = await rowsOf(seed, person.id);
    const { databases } = app.app;
    const statement = `update profiles set erased_at = now(), email = null, name = null, preferences = '{}', account_status = 'suspended' where id = $1`;

    await expect(databases.gateway({ kind: 'viewer', id: person.id }).query(statement, [person.id])).rejects.toMatchObject({ code: '42501' });
    await databases.service({ kind: 'viewer', id: other.id }).query(statement, [person.id]);

    expect(await rowsOf(seed, person.id)).toEqual(before);
  });
});
