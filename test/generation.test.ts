import { randomUUID } from 'node:crypto';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { faultsOf } from './support/generation/books.js';
import { createScriptedProvider, type Script, type ScriptedProvider } from './support/generation/scripted-provider.js';
import { mutate } from './support/mutate.js';
import { localId } from './support/read.js';
import { createSeed, type Seed } from './support/seed.js';

/** From a submission to its end, with the gateway's own worker. What is refused is in submission.test.ts. */
let app: TestApp;
let seed: Seed;
let person: Person;
let provider: ScriptedProvider;
let script: Script;
/** What a provider waits for before it answers. */
let beforehand: () => Promise<void>;

beforeAll(async () => {
  app = await createTestApp({
    background: true,
    holdsBudgets: false,
    comparesExecutions: false,
    wrapProvider: () => (provider = createScriptedProvider(() => script, { beforehand: () => beforehand() })),
  });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  person = await app.signUp();
  script = 'succeeds';
  beforehand = async () => undefined;
});

interface Submitted {
  readonly replayed: boolean;
  readonly job: { readonly id: string };
}

const submit = (input: object = {}): Promise<Submitted> =>
  mutate(app, 'submitGeneration', { mode: 'IMAGINE', prompt: 'A calm bedroom', ...input }, { as: person, payload: 'replayed job { id }' });

interface Job {
  readonly status: string;
  readonly errorCode: string | null;
  readonly render: object | null;
}

/** The job when it has come to its end. */
async function ended(id: string): Promise<Job> {
  for (;;) {
    const { data } = await app.ask<{ generationJob: Job }>(
      `query ($id: ID!) { generationJob(id: $id) { status progress errorCode error
         render { prompt variantCount variants { image { width height } } coverImage { url } } } }`,
      { as: person, variables: { id } },
    );
    if (!['STARTING', 'PROCESSING'].includes(data.generationJob.status)) return data.generationJob;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const month = async () =>
  (await app.ask<{ viewer: { usage: object } }>('{ viewer { usage { debits refunds used } } }', { as: person })).data.viewer.usage;
const eventsOf = async (id: string) =>
  (await seed.sql<{ status: string }>('select status from job_events where job_id = $1 order by seq', [localId(id)])).map(({ status }) => status);

it('is charged, made and found in the feed, and its pictures can be fetched', async () => {
  const { job } = await submit({ style: 'japandi', variants: 2 });

  const done = await ended(job.id);

  expect(done).toMatchObject({
    status: 'SUCCEEDED',
    progress: 1,
    errorCode: null,
    render: { prompt: 'A calm bedroom', variantCount: 2, variants: [{ image: { width: 8, height: 8 } }, { image: { width: 8, height: 8 } }] },
  });
  const { data } = await app.ask<{ viewer: { renders: { nodes: { coverImage: { url: string } }[] } } }>(
    '{ viewer { renders { nodes { coverImage { url } } } } }',
    { as: person },
  );
  const { pathname, search } = new URL(data.viewer.renders.nodes[0]!.coverImage.url);
  expect((await fetch(`${app.url}${pathname}${search}`)).status).toBe(200);
  expect(await month()).toEqual({ debits: 1, refunds: 0, used: 1 });
  expect(await eventsOf(job.id)).toEqual(['starting', 'processing', 'succeeded']);
  expect(await faultsOf(seed, [person.id])).toEqual({});
});

it.each<[Script, string]>([
  ['fails', 'PROVIDER_FAILED'],
  ['refuses', 'PROVIDER_REJECTED'],
  ['sends rubbish', 'PROVIDER_FAILED'],
  ['was canceled', 'PROVIDER_FAILED'],
])('is given back where the provider %s', async (comes, errorCode) => {
  script = comes;

  const { job } = await submit();

  expect(await ended(job.id)).toMatchObject({ status: 'FAILED', errorCode, error: expect.any(String) as string, render: null });
  expect(await month()).toEqual({ debits: 1, refunds: 1, used: 0 });
  expect(await faultsOf(seed, [person.id])).toEqual({});
});

it('goes on after the provider was away', async () => {
  let times = 0;
  script = 'is away';
  beforehand = async () => {
    if ((times += 1) > 1) script = 'succeeds';
  };

  const { job } = await submit();

  expect(await ended(job.id)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await month()).toEqual({ debits: 1, refunds: 0, used: 1 });
});

it('discards what comes of a job that was canceled at work, stops the provider, and keeps the charge', async () => {
  let isAtWork = (): void => undefined;
  const atWork = new Promise<void>((resolve) => (isAtWork = resolve));
  let goOn = (): void => undefined;
  const later = new Promise<void>((resolve) => (goOn = resolve));
  let calls = 0;
  // The second call is the one for the pictures.
  beforehand = async () => {
    if ((calls += 1) < 2) return;
    isAtWork();
    await later;
  };
  const { job } = await submit();
  await atWork;

  expect(await mutate(app, 'cancelGeneration', { jobId: job.id }, { as: person, payload: 'job { status }' })).toMatchObject({
    job: { status: 'CANCELED' },
  });
  const [prediction] = provider.started.filter(({ jobId }) => jobId === localId(job.id));
  expect(provider.canceled).toContain(prediction?.predictionId);
  goOn();
  // The next one shows that the worker is done with this one.
  script = 'succeeds';
  expect(await ended((await submit()).job.id)).toMatchObject({ status: 'SUCCEEDED' });

  expect(await ended(job.id)).toMatchObject({ status: 'CANCELED', render: null });
  expect(await month()).toEqual({ debits: 2, refunds: 0, used: 2 });
  expect(await faultsOf(seed, [person.id])).toEqual({});
});

it('calls the provider once for 200 submissions with one key', async () => {
  const idempotencyKey = randomUUID();
  const insist = async (): Promise<Submitted> => {
    for (;;) {
      const outcome = await submit({ idempotencyKey }).catch((error: Error) => {
        // A person's line is finite: who finds it full is told to try again.
        if (!error.message.includes('UNAVAILABLE')) throw error;
        return null;
      });
      if (outcome) return outcome;
    }
  };

  const outcomes = await Promise.all(Array.from({ length: 200 }, insist));

  const ids = new Set(outcomes.map(({ job }) => job.id));
  expect([ids.size, outcomes.filter(({ replayed }) => !replayed).length]).toEqual([1, 1]);
  const [id] = ids;
  expect(await ended(id!)).toMatchObject({ status: 'SUCCEEDED' });
  expect(provider.started.filter(({ jobId }) => jobId === localId(id!))).toHaveLength(1);
  expect(await month()).toEqual({ debits: 1, refunds: 0, used: 1 });
});
