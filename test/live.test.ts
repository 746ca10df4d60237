import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { GenerationProvider } from '../src/generation/provider.js';
import { nothing } from '../src/domain/selection.js';
import * as events from '../src/repositories/job-events.js';
import { createEventStreams } from '../src/server/graphql/event-stream.js';
import { createTestApp, type Person, type TestApp, type TestAppOptions } from './support/app.js';
import { seededRandom } from './support/counts.js';
import { refuseConnections } from './support/database.js';
import { createJobDriver, type JobDriver } from './support/drive-jobs.js';
import { type LiveStream, openStream, type StreamEvent, type StreamRequest } from './support/live-stream.js';
import { readMetrics } from './support/metrics.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

const jobFields = 'id status progress startedAt completedAt errorCode error render { id variantCount coverImage { url } }';
const ofJob = `subscription ($jobId: ID!) { generationJobUpdated(jobId: $jobId) { ${jobFields} } }`;
const ofViewer = `subscription { viewerGenerationJobs { ${jobFields} } }`;

interface Job {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly render: { readonly id: string; readonly variantCount: number; readonly coverImage: { readonly url: string } } | null;
}

const jobOf = ({ body }: StreamEvent): Job => Object.values(body?.data ?? {})[0] as Job;
/** What most tests look at. */
const told = (event: StreamEvent): string =>
  event.event === 'next' ? `${event.id ?? '-'} ${jobOf(event).status} ${jobOf(event).progress}` : event.event;
const codeOf = ({ body }: StreamEvent): string | undefined => body?.errors?.[0]?.extensions.code;

let app: TestApp;
let seed: Seed;
let drive: JobDriver;
let people = 100;
const opened: LiveStream[] = [];

/** Notices are lost in no test but those that lose them; and where they are, a look by time must not help unseen. */
const seldom = { subscriptions: { pollSeconds: 300 } };
const options: TestAppOptions = { comparesExecutions: false, runtime: seldom };

beforeAll(async () => {
  app = await createTestApp(options);
  seed = await createSeed(app);
  drive = createJobDriver(app.app);
});
afterEach(async () => {
  for (const stream of opened.splice(0)) stream.leave();
  await openStreams(0);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

async function signUp(at: TestApp = app): Promise<Person> {
  people += 1;
  return at.signUp({ id: `0197b000-0000-7000-8000-${String(people).padStart(12, '0')}`, email: `live${people}@roomfeed.test` });
}

async function open(query: string, request: StreamRequest, at: TestApp = app): Promise<LiveStream> {
  const stream = await openStream(at.url, query, request);
  opened.push(stream);
  return stream;
}

const watchJob = (person: Person, id: string, request: StreamRequest = {}, at?: TestApp) =>
  open(ofJob, { as: person, variables: { jobId: globalId('GenerationJob', id) }, ...request }, at);
const watchAll = (person: Person, request: StreamRequest = {}, at?: TestApp) => open(ofViewer, { as: person, ...request }, at);

async function take(stream: LiveStream, count: number): Promise<string[]> {
  const found: string[] = [];
  while (found.length < count) found.push(told(await stream.next()));
  return found;
}

const metric = async (name: string, at: TestApp = app): Promise<number> => (await readMetrics(at.url)).get(name) ?? 0;

/** Waits for the gateway to have so many streams open. */
async function openStreams(count: number, at: TestApp = app): Promise<void> {
  while ((await metric('roomfeed_event_streams_open', at)) !== count);
}

describe('a job that is watched', () => {
  it('is told of at once, then of every change in its order, and completes the stream with its end', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    const stream = await watchJob(person, key.id);
    expect(await take(stream, 1)).toEqual(['1 STARTING 0']);

    await drive.begin(key);
    await drive.report(key, 0.25);
    await drive.report(key, 0.5);
    await drive.succeed(key);

    expect((await stream.rest()).map(told)).toEqual(['2 PROCESSING 0', '3 PROCESSING 0.25', '4 PROCESSING 0.5', '5 SUCCEEDED 1', 'complete']);
    await openStreams(0);
  });

  it('shows what came of it when the worker is done, with everything below it', async () => {
    const steps: (() => void)[] = [];
    const step = () => new Promise<void>((resolve) => steps.push(resolve));
    const wrapProvider = (provider: GenerationProvider): GenerationProvider => ({
      ...provider,
      async collect(id, request, { signal, onProgress }) {
        await onProgress(0.5);
        await step();
        return provider.collect(id, request, { signal, onProgress: async () => undefined });
      },
    });
    const working = await createTestApp({ background: true, comparesExecutions: false, holdsBudgets: false, wrapProvider });
    try {
      const person = await signUp(working);
      const submitted = await working.ask<{ submitGeneration: { job: { id: string } } }>(
        'mutation { submitGeneration(input: { mode: IMAGINE, prompt: "A calm room" }) { ... on SubmitGenerationPayload { job { id } } } }',
        { as: person },
      );
      const stream = await openStream(working.url, ofJob, { as: person, variables: { jobId: submitted.data.submitGeneration.job.id } });
      let event = await stream.next();
      while (told(event) !== '3 PROCESSING 0.5') event = await stream.next();
      expect(jobOf(event).render).toBeNull();
      // The provider waits behind the report that was told.
      while (steps.length === 0) await new Promise((resolve) => setImmediate(resolve));
      steps.forEach((go) => go());

      const [last, end] = await stream.rest();
      expect(jobOf(last!)).toMatchObject({ status: 'SUCCEEDED', progress: 1, error: null, render: { variantCount: 2 } });
      expect(jobOf(last!).render?.coverImage.url).toMatch(/^http/);
      expect(told(end!)).toBe('complete');
    } finally {
      await working.close();
    }
  });

  it('shows at each event what was true then, however late it is told', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    await drive.begin(key);
    await drive.report(key, 0.5);
    await drive.giveUp(key);
    await drive.succeed(key);
    const [render] = await seed.renders(person.id, 1);
    await seed.sql('update renders set job_id = $1 where id = $2', [key.id, render]);
    const times = (await seed.sql<{ at: Date }>('select created_at as at from job_events where owner_id = $1 order by seq', [person.id])).map(
      ({ at }) => at.toISOString(),
    );

    // All jobs: a stream of the one alone ends with its first end.
    const stream = await watchAll(person, { lastEventId: '0' });
    const [starting, begun, reported, failed, succeeded] = [jobOf(await stream.next()), jobOf(await stream.next()), jobOf(await stream.next()), jobOf(await stream.next()), jobOf(await stream.next())];

    const nothingYet = { completedAt: null, errorCode: null, error: null, render: null };
    expect(starting).toMatchObject({ ...nothingYet, status: 'STARTING', progress: 0, startedAt: null });
    expect(begun).toMatchObject({ ...nothingYet, status: 'PROCESSING', progress: 0, startedAt: times[1] });
    expect(reported).toMatchObject({ ...nothingYet, status: 'PROCESSING', progress: 0.5, startedAt: times[1] });
    expect(failed).toMatchObject({ status: 'FAILED', completedAt: times[3], errorCode: 'TIMED_OUT', render: null });
    expect(failed.error).toMatch(/took too long/);
    expect(succeeded).toMatchObject({
      status: 'SUCCEEDED',
      completedAt: times[4],
      errorCode: null,
      error: null,
      render: { id: globalId('Render', render!), variantCount: 2 },
    });
    const alone = await watchJob(person, key.id, { lastEventId: '2' });
    expect((await alone.rest()).map(told)).toEqual(['3 PROCESSING 0.5', '4 FAILED 0.5', 'complete']);
  });

  it('that has come to its end is told of once', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    await drive.fail(key);

    const first = await (await watchJob(person, key.id)).rest();
    const again = await (await watchJob(person, key.id, { lastEventId: first[0]?.id })).rest();

    expect(first.map(told)).toEqual(['2 FAILED 0', 'complete']);
    expect(jobOf(first[0]!)).toMatchObject({ errorCode: 'PROVIDER_FAILED', error: 'It failed.' });
    expect(again.map(told)).toEqual(['complete']);
  });

  it('is refused to whoever it does not belong to, and nothing is said about whether it is there', async () => {
    const [owner, other] = [await signUp(), await signUp()];
    const key = await drive.submit(owner.id);
    const unknown = '0197b000-0000-7000-8000-999999999999';

    const answers = [
      await (await watchJob(other, key.id)).rest(),
      await (await watchJob(other, key.id, { lastEventId: '0' })).rest(),
      await (await watchJob(other, unknown)).rest(),
      await (await open(ofJob, { as: other, variables: { jobId: 'nonsense' } })).rest(),
      await (await open(ofJob, { variables: { jobId: globalId('GenerationJob', key.id) } })).rest(),
      await (await open(ofViewer, {})).rest(),
    ];

    expect(answers.map((events) => events.map((event) => codeOf(event) ?? event.event))).toEqual([
      ['NOT_FOUND', 'complete'],
      ['NOT_FOUND', 'complete'],
      ['NOT_FOUND', 'complete'],
      ['BAD_USER_INPUT', 'complete'],
      ['UNAUTHENTICATED', 'complete'],
      ['UNAUTHENTICATED', 'complete'],
    ]);
    expect(answers[0]![0]!.body?.errors?.[0]?.message).toBe(answers[2]![0]!.body?.errors?.[0]?.message);
    expect(answers.flat().every(({ body }) => body?.data == null)).toBe(true);
  });
});

describe('all jobs of a person', () => {
  it('are told of: those under way at once, then every change of any, and nothing of anybody else', async () => {
    const [person, other] = [await signUp(), await signUp()];
    await drive.run(person.id);
    const first = await drive.submit(person.id);
    const second = await drive.submit(person.id);
    await drive.begin(first);
    const stream = await watchAll(person);
    const others = await watchAll(other);

    expect(await take(stream, 2)).toEqual(['5 STARTING 0', '6 PROCESSING 0']);
    const foreign = await drive.submit(other.id);
    await drive.fail(second);
    const third = await drive.submit(person.id);
    await drive.begin(foreign);
    await drive.succeed(first);

    const changes = [await stream.next(), await stream.next(), await stream.next()];
    expect(changes.map(told)).toEqual(['7 FAILED 0', '8 STARTING 0', '9 SUCCEEDED 1']);
    expect(changes.map((event) => jobOf(event).id)).toEqual([second, third, first].map(({ id }) => globalId('GenerationJob', id)));
    const seen = [await others.next(), await others.next()];
    expect(seen.map(told)).toEqual(['1 STARTING 0', '2 PROCESSING 0']);
    expect(seen.map((event) => jobOf(event).id)).toEqual([foreign, foreign].map(({ id }) => globalId('GenerationJob', id)));
  });

  it('are hidden from others by the policies alone', async () => {
    const [person, other] = [await signUp(), await signUp()];
    const key = await drive.run(person.id);
    const underway = await drive.submit(person.id);
    const asOther = app.app.databases.gateway({ kind: 'viewer', id: other.id });
    const asOwner = app.app.databases.gateway({ kind: 'viewer', id: person.id });
    const page = { after: 0, jobId: null, limit: 10, selection: nothing };
    const now = { after: null, jobId: null, selection: nothing };

    expect(await events.listJobEvents(asOther, person.id, page)).toEqual([]);
    expect(await events.readJobsNow(asOther, person.id, now)).toEqual({ newest: 0, goesOn: false, jobs: [] });
    expect(await events.readJobsNow(asOther, person.id, { ...now, jobId: key.id })).toMatchObject({ jobs: [] });

    expect(await events.listJobEvents(asOwner, person.id, page)).toHaveLength(4);
    expect(await events.readJobsNow(asOwner, person.id, now)).toMatchObject({ newest: 4, jobs: [{ seq: 4, job: { id: underway.id } }] });
  });

  it('are watched by a suspended account, too', async () => {
    const person = await signUp();
    await seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [person.id]);
    const stream = await watchAll(person);
    await drive.submit(person.id);
    expect(await take(stream, 1)).toEqual(['1 STARTING 0']);
  });
});

describe('a client that comes back', () => {
  it('gets exactly what came after, also by GET, from another gateway, and from one that was started anew', async () => {
    const person = await signUp();
    const before = await createTestApp({ ...options, database: app.database });
    const key = await drive.submit(person.id);
    const stream = await watchAll(person, {}, before);
    await drive.begin(key);
    expect(await take(stream, 2)).toEqual(['1 STARTING 0', '2 PROCESSING 0']);
    const closing = before.close();
    expect((await stream.rest()).map(told)).toEqual(['complete']);
    await closing;
    await drive.report(key, 0.5);

    const after = await createTestApp({ ...options, database: app.database });
    try {
      const here = await watchAll(person, { lastEventId: stream.lastId(), get: true });
      const there = await watchAll(person, { lastEventId: stream.lastId() }, after);
      await drive.succeed(key);

      expect(await take(here, 2)).toEqual(['3 PROCESSING 0.5', '4 SUCCEEDED 1']);
      expect(await take(there, 2)).toEqual(['3 PROCESSING 0.5', '4 SUCCEEDED 1']);
      expect((await (await watchJob(person, key.id, { lastEventId: '4', get: true })).rest()).map(told)).toEqual(['complete']);
    } finally {
      await after.close();
    }
  });

  it('misses nothing and gets nothing twice, wherever it was cut off', async () => {
    const random = seededRandom('a client that comes back');
    const second = await createTestApp({ ...options, database: app.database });
    try {
      const person = await signUp();
      const [jobs, reports] = [6, 24];
      const total = jobs * (reports + 3);
      const seen: string[] = [];
      const watching = (async () => {
        let stream = await watchAll(person, {}, second);
        while (seen.length < total) {
          for (let count = random.integer(0, 30); count > 0 && seen.length < total; count -= 1) {
            const event = await stream.next();
            seen.push(`${event.id} ${jobOf(event).id} ${jobOf(event).status} ${jobOf(event).progress}`);
          }
          stream.leave();
          stream = await watchAll(person, { lastEventId: stream.lastId() }, random.pick([app, second]));
        }
      })();
      await openStreams(1, second);
      await Promise.all(Array.from({ length: jobs }, () => drive.run(person.id, reports)));
      await watching;

      const written = await seed.sql<{ line: string }>(
        `select concat_ws(' ', seq, encode(convert_to('GenerationJob:' || job_id, 'UTF8'), 'base64'), upper(status), progress) as line
         from job_events where owner_id = $1 order by seq`,
        [person.id],
      );
      expect(written).toHaveLength(total);
      expect(seen).toEqual(written.map(({ line }) => line.replaceAll('\n', '')));
    } finally {
      await second.close();
    }
  });

  it('that was cut off between the states of several jobs gets the others', async () => {
    const person = await signUp();
    const first = await drive.submit(person.id);
    await drive.submit(person.id);
    await drive.submit(person.id);
    await drive.begin(first);
    await drive.run(person.id);

    const stream = await watchAll(person);
    expect(await take(stream, 1)).toEqual(['2 STARTING 0']);
    const again = await watchAll(person, { lastEventId: '2' });

    expect(await take(again, 5)).toEqual(['3 STARTING 0', '4 PROCESSING 0', '5 STARTING 0', '6 PROCESSING 0', '7 SUCCEEDED 1']);
    expect(await take(stream, 2)).toEqual(['3 STARTING 0', '7 PROCESSING 0']);
  });

  it('that saw nothing yet gets what began and ended meanwhile', async () => {
    const person = await signUp();
    await drive.run(person.id);
    const idle = await watchAll(person);
    await drive.run((await signUp()).id);
    expect(await isRefused(idle)).toBe(false);
    const known = idle.lastId();
    idle.leave();
    await drive.run(person.id);

    expect(await take(await watchAll(person, { lastEventId: known }), 3)).toEqual(['4 STARTING 0', '5 PROCESSING 0', '6 SUCCEEDED 1']);
  });

  it.each([
    ['malformed', 'not a number'],
    ['negative', '-1'],
    ['beyond the newest', '999'],
    ['far beyond anything', '9'.repeat(40)],
  ])('with an id that is %s gets the present state', async (_name, lastEventId) => {
    const person = await signUp();
    await drive.run(person.id);
    const key = await drive.submit(person.id);
    await drive.begin(key);

    const stream = await watchAll(person, { lastEventId });
    await drive.report(key, 0.5);

    expect(await take(stream, 2)).toEqual(['5 PROCESSING 0', '6 PROCESSING 0.5']);
    expect(await take(await watchJob(person, key.id, { lastEventId }), 1)).toEqual(['6 PROCESSING 0.5']);
  });

  it('after so long that events are gone gets the present state; who needs none of those goes on', async () => {
    const person = await signUp();
    await drive.run(person.id, 2);
    const key = await drive.submit(person.id);
    await drive.begin(key);
    // In no order, as they are deleted.
    await seed.sql('delete from job_events where owner_id = $1 and seq in (1, 3)', [person.id]);

    expect(await take(await watchAll(person, { lastEventId: '0' }), 1)).toEqual(['7 PROCESSING 0']);
    expect(await take(await watchAll(person, { lastEventId: '2' }), 1)).toEqual(['7 PROCESSING 0']);
    expect(await take(await watchAll(person, { lastEventId: '3' }), 4)).toEqual(['4 PROCESSING 0.5', '5 SUCCEEDED 1', '6 STARTING 0', '7 PROCESSING 0']);
  });

  it('or was open all the time, and read so slowly that events are gone, gets the present state and no half of the past', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    const stream = await watchAll(person);
    expect(await take(stream, 1)).toEqual(['1 STARTING 0']);
    await seed.sql(
      `with moved as (update generation_jobs set status = 'processing', progress = 0.5, started_at = created_at where id = $2)
       insert into job_events (owner_id, seq, job_id, status, progress) values ($1, 5, $2, 'processing', 0.2), ($1, 6, $2, 'processing', 0.5)`,
      [person.id, key.id],
    );
    expect(await take(stream, 1)).toEqual(['6 PROCESSING 0.5']);
    await drive.report(key, 0.75);
    expect(await take(stream, 1)).toEqual(['7 PROCESSING 0.75']);
  });
});

/** Whether a stream with nothing to tell has an event all the same; what it tells first of all is where to go on from. */
async function isRefused(stream: LiveStream): Promise<boolean> {
  let refused = false;
  void stream.next().then(() => (refused = true)).catch(() => undefined);
  while (!refused && stream.lastId() === undefined) await new Promise((resolve) => setImmediate(resolve));
  return refused;
}

describe('where notices are lost', () => {
  it('a look by time finds what they would have told of', async () => {
    const looking = await createTestApp({ comparesExecutions: false, runtime: { subscriptions: { pollSeconds: 1 } } });
    const lookingSeed = await createSeed(looking);
    try {
      await lookingSeed.sql('drop trigger job_events_tell_insert on job_events');
      const driver = createJobDriver(looking.app);
      const people = [await signUp(looking), await signUp(looking)];
      const streams = await Promise.all(people.map((person) => openStream(looking.url, ofViewer, { as: person })));
      for (const { id } of people) await driver.run(id, 30);

      for (const stream of streams) {
        const found = await take(stream, 33);
        expect([found[0], found[32]]).toEqual(['1 STARTING 0', '33 SUCCEEDED 1']);
        expect(new Set(found).size).toBe(33);
      }
    } finally {
      await lookingSeed.close();
      await looking.close();
    }
  });

  it('because their connection was, all streams look as soon as there is another', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    const stream = await watchJob(person, key.id);
    await take(stream, 1);
    await seed.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'roomfeed notices'`,
    );
    await drive.begin(key);
    expect(await take(stream, 1)).toEqual(['2 PROCESSING 0']);
  });

  it('and the database is away, the stream says so and ends, and is taken up again', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    const stream = await watchJob(person, key.id);
    await take(stream, 1);
    const admit = await refuseConnections(app.database);
    try {
      await seed.sql(`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`);
      app.app.services.live.hear(`${person.id} 99`);
      const [error, end] = await stream.rest();
      expect([codeOf(error!), error!.id, told(end!)]).toEqual(['SERVICE_UNAVAILABLE', undefined, 'complete']);
    } finally {
      await admit();
    }
    await drive.begin(key);
    expect(await take(await watchJob(person, key.id, { lastEventId: stream.lastId() }), 1)).toEqual(['2 PROCESSING 0']);
  });
});

describe('what a stream costs', () => {
  const sent = () => metric('roomfeed_sql_statements_total{role="gateway"}');

  it('is as many statements for an event, whatever is asked of it and however many there were', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    const stream = await watchJob(person, key.id);
    await take(stream, 1);
    const costs: number[] = [];
    for (const step of [1, 2, 3, 4, 5, 6]) {
      const before = await sent();
      if (step === 1) await drive.begin(key);
      else await drive.report(key, step / 10);
      await take(stream, 1);
      costs.push((await sent()) - before);
    }
    const [render] = await seed.renders(person.id, 1, { variants: 3 });
    await seed.sql('update renders set job_id = $1 where id = $2', [key.id, render]);
    const before = await sent();
    await drive.succeed(key);
    await stream.rest();

    expect(costs).toEqual([1, 1, 1, 1, 1, 1]);
    expect((await sent()) - before).toBe(process.env['LOOK_AHEAD'] === 'off' ? 4 : 1);
  });

  it('is nothing while nothing happens, and little memory: thousands are open at once', async () => {
    const streams = 2_000;
    const crowd = await Promise.all(Array.from({ length: streams / 20 }, () => signUp()));
    const sockets: Socket[] = [];
    const { port } = new URL(app.url);
    const heap = await collectedHeap();
    for (const person of crowd) {
      await Promise.all(Array.from({ length: 20 }, async () => sockets.push(await openRawStream(Number(port), person))));
    }
    await openStreams(streams);
    try {
      const perStream = ((await collectedHeap()) - heap) / streams;
      const statements = async () => (await sent()) + (await metric('roomfeed_sql_statements_total{role="service"}'));
      const before = await statements();
      await app.app.services.live.look();
      await app.app.services.live.look();
      const looks = (await statements()) - before;

      // One statement a look for everybody; a minute has some twelve of them.
      expect(looks).toBe(2);
      process.stderr.write(`idle streams: ${Math.round(perStream)} bytes each, sockets of both ends included\n`);
      // Some 25 kB; the rest is room for what else this process does meanwhile.
      expect(perStream).toBeLessThan(130_000);

      const key = await drive.submit(crowd[0]!.id);
      const told = await metric('roomfeed_sql_statements_total{role="gateway"}');
      await Promise.all(sockets.slice(0, 20).map((socket) => once(socket, 'data')));
      expect((await sent()) - told).toBeLessThanOrEqual(20);
      await drive.fail(key);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await openStreams(0);
    const before = await metric('roomfeed_sql_statements_total{role="service"}');
    await app.app.services.live.look();
    expect((await metric('roomfeed_sql_statements_total{role="service"}')) - before).toBe(0);
  });

  it('is bounded for a client that does not read: it gets everything when it does', async () => {
    const person = await signUp();
    const key = await drive.submit(person.id);
    const count = 20_000;
    await seed.sql(
      `insert into job_events (owner_id, seq, job_id, status, progress, created_at)
       select $1::uuid, n, $2::uuid, 'processing', 0.5, now() from generate_series(2, $3::int) n`,
      [person.id, key.id, count],
    );
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.pause();
    await once(socket, 'connect');
    const before = await sent();
    socket.write(requestOf(person, { 'last-event-id': '0' }));
    // Reading stops when the buffers on the way are full: while the gateway answers others, nothing is read for this one.
    let pages = 0;
    for (let same = 0; same < 50; ) {
      const now = (await sent()) - before;
      same = now > 0 && now === pages ? same + 1 : 0;
      pages = now;
    }
    expect(pages).toBeGreaterThan(0);
    expect(pages).toBeLessThan(count / 20);

    let text = '';
    const whole = new Promise<void>((resolve) => {
      socket.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (piece.includes(`id: ${count}\n`) || text.slice(-2_000).includes(`id: ${count}\n`)) resolve();
      });
    });
    socket.resume();
    await whole;
    socket.destroy();
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)).slice(1)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });
});

const requestOf = (person: Person, headers: Readonly<Record<string, string>> = {}): string => {
  const lines = Object.entries({ host: 'gateway', accept: 'text/event-stream', authorization: `Bearer ${person.token}`, ...headers });
  return `GET /graphql?query=${encodeURIComponent(ofViewer)} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
};

async function openRawStream(port: number, person: Person): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(requestOf(person));
  await once(socket, 'data');
  return socket;
}

/** Bytes in use, garbage taken away. */
async function collectedHeap(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

describe('streams', () => {
  it('are bounded for a person and for a process; one that is closed makes room at once', async () => {
    const small = await createTestApp({ comparesExecutions: false, runtime: { subscriptions: { maxPerPerson: 2, maxPerProcess: 3 } } });
    try {
      const [person, other] = [await signUp(small), await signUp(small)];
      const ask = (as: Person) => openStream(small.url, ofViewer, { as });
      const first = await ask(person);
      await ask(person);

      expect((await (await ask(person)).rest()).map((event) => codeOf(event) ?? event.event)).toEqual(['TOO_MANY_STREAMS', 'complete']);
      await ask(other);
      expect((await (await ask(other)).rest()).map((event) => codeOf(event) ?? event.event)).toEqual(['SERVICE_UNAVAILABLE', 'complete']);

      first.leave();
      await openStreams(2, small);
      const again = await ask(person);
      const key = await createJobDriver(small.app).submit(person.id);
      expect(jobOf(await again.next()).id).toBe(globalId('GenerationJob', key.id));
    } finally {
      await small.close();
    }
  });

  it('that are refused hold no place', async () => {
    const small = await createTestApp({ comparesExecutions: false, runtime: { subscriptions: { maxPerPerson: 1 } } });
    try {
      const person = await signUp(small);
      const unknown = { as: person, variables: { jobId: globalId('GenerationJob', '0197b000-0000-7000-8000-999999999999') } };
      for (let time = 0; time < 3; time += 1) {
        expect((await (await openStream(small.url, ofJob, unknown)).rest()).map((event) => codeOf(event) ?? event.event)).toEqual(['NOT_FOUND', 'complete']);
      }
      const over = await createJobDriver(small.app).run(person.id);
      for (let time = 0; time < 3; time += 1) {
        const ended = await openStream(small.url, ofJob, { as: person, variables: { jobId: globalId('GenerationJob', over.id) } });
        expect((await ended.rest()).map(told)).toEqual(['3 SUCCEEDED 1', 'complete']);
      }
    } finally {
      await small.close();
    }
  });

  it('end with the token that they were opened with, and tell nothing after', async () => {
    let ahead = 0;
    const timed = await createTestApp({ comparesExecutions: false, now: () => new Date(Date.now() + ahead) });
    try {
      const person = await signUp(timed);
      const stream = await openStream(timed.url, ofViewer, { as: person });
      const driver = createJobDriver(timed.app);
      const key = await driver.submit(person.id);
      await take(stream, 1);
      ahead = 3_601_000;
      await driver.begin(key);
      expect((await stream.rest()).map(told)).toEqual(['complete']);
      await openStreams(0, timed);
    } finally {
      await timed.close();
    }
  });

  it('end with it also while nothing is told, and show that they live until then', async () => {
    let time = 0;
    const streams = createEventStreams({ now: () => new Date(time), pingMilliseconds: 5 });
    let ended = 0;
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined), return: async () => ({ done: true as const, value: (ended += 1) }) }) };
    const server = createServer((_request, response) => {
      const leaving = new AbortController();
      const exchange = { response, signal: leaving.signal, abort: (reason: Error) => leaving.abort(reason) };
      void streams.send(exchange, silent, { present: () => ({}), describe: () => ({}), endsAt: 1_000 });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      let text = '';
      for (const reader = response.body!.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        text += Buffer.from(value).toString();
        if (text.length >= 12) time = 1_000;
      }
      expect(text).toMatch(/^(:\n\n){4,}event: complete\ndata:\n\n$/);
      expect(ended).toBe(1);
    } finally {
      server.close();
    }
  });

  it('whose clients go while they are opened leave nothing behind', async () => {
    const small = await createTestApp({ comparesExecutions: false, runtime: { subscriptions: { maxPerPerson: 5 } } });
    try {
      const random = seededRandom('streams whose clients go');
      const person = await signUp(small);
      const port = Number(new URL(small.url).port);
      for (let round = 0; round < 40; round += 1) {
        await Promise.all(
          Array.from({ length: 5 }, async () => {
            const socket = connect(port, '127.0.0.1');
            await once(socket, 'connect');
            socket.write(requestOf(person));
            for (let turns = random.integer(0, 40); turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
            socket.destroy();
          }),
        );
      }
      // Room comes when the last one is noticed to have gone, and never if one is not.
      for (let room = 0; room < 5; ) {
        const stream = await openStream(small.url, ofViewer, { as: person });
        if (await isRefused(stream)) continue;
        room += 1;
      }
    } finally {
      await small.close();
    }
  });

  it('may be opened by the web apps that are let in, with the id to go on from', async () => {
    const open = await createTestApp({ environment: { CORS_ORIGINS: 'https://app.example.com' } });
    try {
      const preflight = await fetch(`${open.url}/graphql`, { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } });
      expect(preflight.headers.get('access-control-allow-headers')).toContain('last-event-id');
    } finally {
      await open.close();
    }
  });
});
