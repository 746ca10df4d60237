import { randomUUID } from 'node:crypto';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { suspend } from './support/curation.js';
import { upload } from './support/generation/seed-upload.js';
import { mutate } from './support/mutate.js';
import { localId } from './support/read.js';
import { digestOf } from './support/refusals/ground.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { createUsageSeed, type UsageSeed } from './support/seed-usage.js';

/** What submitting and cancelling do, and what they refuse. What workers make of it is in generation.test.ts. */
const runtime = {
  plans: { free: { monthlyGenerations: 3, maxConcurrentJobs: 2 }, starter: { monthlyGenerations: 4, maxConcurrentJobs: 2 } },
};
let app: TestApp;
let seed: Seed;
let usageSeed: UsageSeed;
let person: Person;

beforeAll(async () => {
  app = await createTestApp({ runtime });
  seed = await createSeed(app);
  usageSeed = createUsageSeed(seed);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  person = await app.signUp();
});

interface Submitted {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
  readonly replayed: boolean;
  readonly job: { readonly id: string; readonly status: string };
  readonly usage: { readonly used: number };
  readonly issues?: readonly { readonly path: readonly string[] }[];
}

const imagine = { mode: 'IMAGINE', prompt: 'A calm bedroom' };
const figures = 'used remaining debits refunds percentUsed isNearLimit canGenerate blockedBy plan { id } monthlyLimit';

const submit = (input: object, { as = person, on = app }: { as?: Person; on?: TestApp } = {}): Promise<Submitted> =>
  mutate(on, 'submitGeneration', input, { as, payload: `replayed job { id status mode } usage { ${figures} }` });
const cancel = (jobId: string, as = person) =>
  mutate(app, 'cancelGeneration', { jobId }, { as, payload: 'job { id status completedAt }' });
const photo = async (options?: Parameters<typeof upload>[2]) => globalId('Upload', await upload({ app, seed }, person.id, options));
/** Everything that there is: every row, every task that waits, every stored object. */
const everything = async () => ({
  ...(await digestOf({ app, seed })),
  tasks: await seed.sql('select key, run_at, attempts from graphile_worker.jobs order by key'),
});

/** Does what is refused, and returns how; nothing at all may have changed. */
async function refused(work: () => Promise<{ readonly __typename: string }>): Promise<object> {
  const before = await everything();
  const outcome = await work();
  expect(await everything()).toEqual(before);
  return outcome;
}

describe('a submission', () => {
  it('is one job, one charge, one event and one task', async () => {
    const input1 = await photo();

    const { job, usage, replayed } = await submit({ mode: 'REDESIGN', style: 'japandi', roomType: 'bedroom', input1, variants: 3 });

    expect({ status: job.status, used: usage.used, replayed }).toEqual({ status: 'STARTING', used: 1, replayed: false });
    const id = localId(job.id);
    expect(
      await seed.sql(
        `select mode, style, room_type, prompt, aspect_ratio, quality, variants, input1_path = u.path as photo, input2_path, status
         from generation_jobs j join uploads u on u.owner_id = j.owner_id where j.id = $1`,
        [id],
      ),
    ).toEqual([
      {
        mode: 'redesign',
        style: 'japandi',
        room_type: 'bedroom',
        prompt: null,
        aspect_ratio: '1:1',
        quality: 'auto',
        variants: 3,
        photo: true,
        input2_path: null,
        status: 'starting',
      },
    ]);
    expect(await seed.sql('select kind, amount, charge_no, job_id from usage_ledger where owner_id = $1', [person.id])).toEqual([
      { kind: 'generation_debit', amount: 1, charge_no: 1, job_id: id },
    ]);
    expect(await seed.sql('select seq, job_id, status from job_events where owner_id = $1', [person.id])).toEqual([
      { seq: '1', job_id: id, status: 'starting' },
    ]);
    expect(await seed.sql('select key from graphile_worker.jobs where key = $1', [`generate:${id}`])).toHaveLength(1);
    expect(await seed.sql('select state from uploads where owner_id = $1', [person.id])).toEqual([{ state: 'used' }]);
  });

  it('takes as many photos as its mode starts from, and a photo more than once', async () => {
    const [one, two] = [await photo(), await photo()];

    expect(await submit({ mode: 'COMPOSE', input1: one, input2: two })).toMatchObject({ job: { status: 'STARTING' } });
    expect(await submit({ mode: 'STAGING', input1: one })).toMatchObject({ job: { status: 'STARTING' } });
    expect(await seed.sql('select input1_path is null as none, input2_path is null as one from generation_jobs where owner_id = $1', [person.id])).toEqual([
      { none: false, one: false },
      { none: false, one: true },
    ]);
  });

  it('takes the mark from a photo that was about to be removed', async () => {
    const input1 = await photo();
    await seed.sql(`update assets set marked_at = now() + interval '1 hour' where owner_id = $1`, [person.id]);

    await submit({ mode: 'REDESIGN', input1 });

    expect(await seed.sql('select marked_at from assets where owner_id = $1', [person.id])).toEqual([{ marked_at: null }]);
  });

  it('tells the month as the next query does', async () => {
    const { usage } = await submit(imagine);

    const { data } = await app.ask<{ viewer: { usage: object } }>(`{ viewer { usage { ${figures} } } }`, { as: person });
    expect(usage).toEqual(data.viewer.usage);
    expect(usage).toMatchObject({ used: 1, remaining: 2, canGenerate: true, blockedBy: null });
  });

  it.each([
    ['what is not offered', { mode: 'IMAGINE', prompt: 'A room', roomType: 'cellar', style: 'gothic', variants: 4 }, ['roomType', 'style', 'variants']],
    ['no variant at all', { ...imagine, variants: 0 }, ['variants']],
    ['no words for what is imagined', { mode: 'IMAGINE', prompt: ' \n' }, ['prompt']],
    ['a prompt that is too long', { mode: 'IMAGINE', prompt: 'x'.repeat(100_000) }, ['prompt']],
    ['a prompt with a control character', { mode: 'IMAGINE', prompt: 'a\0b' }, ['prompt']],
    ['no photo for a redesign', { mode: 'REDESIGN' }, ['input1']],
    ['one photo of two', { mode: 'COMPOSE', input1: globalId('Upload', randomUUID()) }, ['input2']],
    ['a photo for what is imagined', { ...imagine, input1: globalId('Upload', randomUUID()) }, ['input1']],
    ['two photos for a redesign', { mode: 'REDESIGN', input1: globalId('Upload', randomUUID()), input2: globalId('Upload', randomUUID()) }, ['input2']],
    ['ids of something else', { mode: 'COMPOSE', input1: globalId('Render', randomUUID()), input2: 'nonsense' }, ['input1', 'input2']],
  ])('is refused for %s, and changes nothing', async (_what, input, paths) => {
    const outcome = (await refused(() => submit(input))) as Submitted;

    expect(outcome).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_INPUT' });
    expect(outcome.issues?.map(({ path }) => path.join('.'))).toEqual(paths);
  });

  it('is refused for a photo of somebody else, and for one that is none', async () => {
    const stranger = await app.signUp();
    const theirs = globalId('Upload', await upload({ app, seed }, stranger.id));
    const missing = globalId('Upload', randomUUID());

    for (const input1 of [theirs, missing]) {
      expect(await refused(() => submit({ mode: 'REDESIGN', input1 }))).toMatchObject({ __typename: 'NotFoundError' });
    }
    const own = await photo();
    expect(await refused(() => submit({ mode: 'COMPOSE', input1: own, input2: theirs }))).toMatchObject({ __typename: 'NotFoundError' });
  });

  it('is refused for a photo that was not completed, and for one that is gone', async () => {
    const pending = await photo({ state: 'pending' });
    const gone = await photo({ hasRecord: false });

    for (const input1 of [pending, gone]) {
      expect(await refused(() => submit({ mode: 'REDESIGN', input1 }))).toMatchObject({ code: 'UPLOAD_MISSING' });
    }
  });

  it('is refused for a photo that is due to be removed: whoever removed it may have died behind the bytes', async () => {
    const input1 = await photo();
    await seed.sql(`update assets set marked_at = now() - interval '1 millisecond' where owner_id = $1`, [person.id]);

    expect(await refused(() => submit({ mode: 'REDESIGN', input1 }))).toMatchObject({ code: 'UPLOAD_MISSING' });
    expect(await seed.sql('select marked_at is null as needed from assets where owner_id = $1', [person.id])).toEqual([{ needed: false }]);
  });

  it('is refused while the account is suspended', async () => {
    await suspend(seed, person);

    expect(await refused(() => submit(imagine))).toMatchObject({ code: 'ACCESS_SUSPENDED' });
  });

  it('is refused where as many are under way as the plan allows, and names them, the newest first', async () => {
    const first = await submit(imagine);
    const second = await submit(imagine);

    const document = `mutation ($input: SubmitGenerationInput!) {
      submitGeneration(input: $input) { ... on TooManyInFlightError { code message inFlight { id status } } }
    }`;
    const before = await everything();
    const { data } = await app.ask<{ submitGeneration: object }>(document, { as: person, variables: { input: imagine } });

    expect(await everything()).toEqual(before);
    expect(data.submitGeneration).toMatchObject({
      code: 'TOO_MANY_IN_FLIGHT',
      inFlight: [second, first].map(({ job }) => ({ id: job.id, status: 'STARTING' })),
    });
    await cancel(first.job.id);
    expect(await submit(imagine)).toMatchObject({ replayed: false });
  });

  it('is refused where the month is used up, with the month and the plans that have more', async () => {
    const at = new Date().toISOString();
    for (let made = 0; made < 3; made += 1) await usageSeed.debit(person.id, at);
    const document = `mutation ($input: SubmitGenerationInput!) {
      submitGeneration(input: $input) {
        ... on QuotaExceededError { code message usage { ${figures} } upgradeOptions { id } }
        ... on SubmitGenerationPayload { usage { used } }
      }
    }`;
    const ask = async () =>
      (await app.ask<{ submitGeneration: object }>(document, { as: person, variables: { input: imagine } })).data.submitGeneration;

    const before = await everything();
    expect(await ask()).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      usage: { used: 3, remaining: 0, percentUsed: 100, canGenerate: false, blockedBy: 'QUOTA_EXCEEDED', plan: { id: 'free' } },
      upgradeOptions: [{ id: 'starter' }, { id: 'advanced' }],
    });
    expect(await everything()).toEqual(before);

    await usageSeed.pay(person.id, 'price_starter_monthly');
    expect(await ask()).toEqual({ usage: { used: 4 } });
    expect(await ask()).toMatchObject({ code: 'QUOTA_EXCEEDED', upgradeOptions: [{ id: 'advanced' }] });
    await usageSeed.credit(person.id, at, 1);
    expect(await ask()).toEqual({ usage: { used: 5 } });
  });

  it('counts in the UTC month of its instant, to the last millisecond', async () => {
    const instants: readonly (readonly [string, string, number | 'QUOTA_EXCEEDED'])[] = [
      ['2024-02-29T23:59:59.999Z', '2024-02-01', 1],
      ['2024-03-01T00:00:00.000Z', '2024-03-01', 1],
      // Clocks are put forward in Berlin, and back in Sydney, where it is April already at 13:00.
      ['2025-03-30T01:00:00.000Z', '2025-03-01', 1],
      ['2025-03-31T13:00:00.000Z', '2025-03-01', 2],
      ['2025-04-05T16:00:00.000Z', '2025-04-01', 1],
      ['2025-12-31T23:59:59.997Z', '2025-12-01', 1],
      ['2025-12-31T23:59:59.998Z', '2025-12-01', 2],
      ['2025-12-31T23:59:59.998Z', '2025-12-01', 3],
      ['2025-12-31T23:59:59.999Z', '2025-12-01', 'QUOTA_EXCEEDED'],
      ['2026-01-01T00:00:00.000Z', '2026-01-01', 1],
    ];
    let now = new Date();
    const plans = { free: { ...runtime.plans.free, maxConcurrentJobs: 100 }, starter: runtime.plans.starter };
    const timed = await createTestApp({ runtime: { plans }, database: app.database, now: () => now });
    try {
      for (const [instant, period, used] of instants) {
        now = new Date(instant);
        const outcome = await submit(imagine, { on: timed });
        expect([instant, outcome.usage?.used ?? outcome.code]).toEqual([instant, used]);
        if (used === 'QUOTA_EXCEEDED') continue;
        expect(
          await seed.sql(
            `select j.created_at as at, l.created_at as charged, l.period::text from generation_jobs j
             join usage_ledger l on l.job_id = j.id where j.id = $1`,
            [localId(outcome.job.id)],
          ),
        ).toEqual([{ at: now, charged: now, period }]);
      }
    } finally {
      await timed.close();
    }
  });
});

describe('the same idempotency key', () => {
  const key = randomUUID;

  it('answers with the job and the month as they are now, and does nothing', async () => {
    const idempotencyKey = key();
    const { job } = await submit({ ...imagine, idempotencyKey });
    await cancel(job.id);
    await submit(imagine);

    expect(await refused(() => submit({ ...imagine, idempotencyKey }))).toMatchObject({
      replayed: true,
      job: { id: job.id, status: 'CANCELED' },
      usage: { used: 1 },
    });
  });

  it('is a replay where what was absent is null, or is written in capitals', async () => {
    const idempotencyKey = key();
    const { job } = await submit({ ...imagine, idempotencyKey });

    const again = { ...imagine, style: null, roomType: null, input1: null, input2: null, variants: null, quality: null, aspectRatio: null };
    for (const same of [{ ...again, idempotencyKey }, { ...imagine, idempotencyKey: idempotencyKey.toUpperCase() }]) {
      expect(await refused(() => submit(same))).toMatchObject({ replayed: true, job: { id: job.id } });
    }
  });

  it.each([
    ['another prompt', { prompt: 'A calm bedroom.' }],
    ['another mode', { mode: 'STAGING' }],
    // What is sent is compared, not what it came to: defaults change.
    ['a default spelled out', { variants: 2 }],
    ['a preset', { style: 'japandi' }],
    ['what would be refused', { variants: 100 }],
  ])('is a conflict with %s, and changes nothing', async (_what, change) => {
    const idempotencyKey = key();
    await submit({ ...imagine, idempotencyKey });

    expect(await refused(() => submit({ ...imagine, ...change, idempotencyKey }))).toMatchObject({
      __typename: 'IdempotencyConflictError',
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  it('is of one person: another may use it too', async () => {
    const idempotencyKey = key();
    const { job } = await submit({ ...imagine, idempotencyKey });
    const other = await app.signUp();

    const theirs = await submit({ ...imagine, style: 'japandi', idempotencyKey }, { as: other });
    expect(theirs).toMatchObject({ replayed: false, usage: { used: 1 } });
    expect(theirs.job.id).not.toBe(job.id);
  });

  it('is a replay when quota and flight are full, and when what was asked for is offered no more', async () => {
    const idempotencyKey = key();
    const asked = { ...imagine, style: 'japandi', idempotencyKey };
    const { job } = await submit(asked);
    await submit(imagine);
    await usageSeed.debit(person.id, new Date().toISOString());
    const changed = await createTestApp({
      database: app.database,
      runtime: { ...runtime, styles: [{ id: 'modern', label: 'Modern' }], defaults: { variants: 1, quality: 'high' } },
    });
    try {
      for (const on of [app, changed]) {
        expect(await refused(() => submit(asked, { on }))).toMatchObject({ replayed: true, job: { id: job.id }, usage: { used: 3 } });
      }
      expect(await refused(() => submit({ ...asked, idempotencyKey: key() }, { on: changed }))).toMatchObject({ code: 'INVALID_INPUT' });
    } finally {
      await changed.close();
    }
  });

  it('is free again after a refusal', async () => {
    const idempotencyKey = key();
    await submit({ mode: 'REDESIGN', idempotencyKey });
    expect(await submit({ ...imagine, idempotencyKey })).toMatchObject({ replayed: false });
  });
});

describe('a cancellation', () => {
  const begin = (id: string, prediction: string | null = 'a prediction') =>
    seed.sql(`update generation_jobs set status = 'processing', started_at = now(), prediction_id = $2 where id = $1`, [
      localId(id),
      prediction,
    ]);

  it('gives the charge back while the job is starting, in the month of the charge', async () => {
    const { job } = await submit(imagine);
    await seed.sql(`update generation_jobs set created_at = created_at - interval '1 minute' where id = $1`, [localId(job.id)]);

    expect(await cancel(job.id)).toMatchObject({ __typename: 'CancelGenerationPayload', job: { id: job.id, status: 'CANCELED' } });

    expect(
      await seed.sql(
        `select kind, amount, reason, reverses is not null as reverses, period = (select period from usage_ledger d where d.id = l.reverses) as "sameMonth"
         from usage_ledger l where owner_id = $1 and kind <> 'generation_debit'`,
        [person.id],
      ),
    ).toEqual([
      { kind: 'generation_refund', amount: 1, reason: 'Canceled before work on it began.', reverses: true, sameMonth: true },
    ]);
    expect(await seed.sql('select debits, refunds from usage_periods where owner_id = $1', [person.id])).toEqual([{ debits: 1, refunds: 1 }]);
    expect(await seed.sql('select seq, status from job_events where owner_id = $1 order by seq', [person.id])).toEqual([
      { seq: '1', status: 'starting' },
      { seq: '2', status: 'canceled' },
    ]);
  });

  it('gives nothing back once the job is processing', async () => {
    const { job } = await submit(imagine);
    await begin(job.id, randomUUID());

    expect(await cancel(job.id)).toMatchObject({ job: { status: 'CANCELED' } });

    expect(await seed.sql('select debits, refunds from usage_periods where owner_id = $1', [person.id])).toEqual([{ debits: 1, refunds: 0 }]);
  });

  it('is done once, whoever asks how often at once', async () => {
    const { job } = await submit(imagine);

    const outcomes = await Promise.all(Array.from({ length: 20 }, () => cancel(job.id)));

    expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual([
      'CancelGenerationPayload',
      ...Array.from({ length: 19 }, () => 'JobNotCancelableError'),
    ]);
    expect(await seed.sql('select debits, refunds from usage_periods where owner_id = $1', [person.id])).toEqual([{ debits: 1, refunds: 1 }]);
  });

  it.each(['succeeded', 'failed', 'canceled'])('is refused for a job that has %s, and changes nothing', async (status) => {
    const job = await usageSeed.job(person.id, { status });

    expect(await refused(() => cancel(globalId('GenerationJob', job)))).toMatchObject({
      __typename: 'JobNotCancelableError',
      code: 'JOB_NOT_CANCELABLE',
      message: expect.stringContaining(status) as string,
    });
  });

  it('is refused for a job of somebody else, one that is none, and what is no id of one', async () => {
    const { job } = await submit(imagine, { as: await app.signUp() });

    for (const id of [job.id, globalId('GenerationJob', randomUUID())]) {
      expect(await refused(() => cancel(id))).toMatchObject({ __typename: 'NotFoundError' });
    }
    expect(await refused(() => cancel(globalId('Render', randomUUID())))).toMatchObject({ issues: [{ path: ['jobId'] }] });
  });

  it('is refused while the account is suspended', async () => {
    const { job } = await submit(imagine);
    await suspend(seed, person);

    expect(await refused(() => cancel(job.id))).toMatchObject({ code: 'ACCESS_SUSPENDED' });
  });
});
