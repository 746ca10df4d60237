import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Databases } from '../src/database/database.js';
import { DatabaseUnavailable } from '../src/database/errors.js';
import { createExclusive } from '../src/database/exclusive.js';
import { createTaskQueue } from '../src/database/task-queue.js';
import { createGenerationTask } from '../src/jobs/generation-task.js';
import type { Person } from './support/app.js';
import { countForgotten, faultsOf } from './support/generation/books.js';
import { type Lab, type LifeOptions, openLab } from './support/generation/lab.js';

/** Work on generations where something is in the way: an account that is busy, an answer that was lost, a queue that ends. */
let lab: Lab;
let person: Person;
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab.close());
beforeEach(async () => {
  person = await lab.signUp();
});

async function submit(): Promise<{ readonly id: string; readonly ownerId: string }> {
  const viewer = { id: person.id, email: null, name: null };
  const { job } = await lab.app.app.services.generation.submitGeneration(viewer, { mode: 'imagine', prompt: 'A calm room' });
  return job;
}

const standing = async (id: string) => (await lab.standings([person])).find((job) => job.id === id);
const attend = (job: { readonly id: string; readonly ownerId: string }, options: LifeOptions = {}, isLastTry = false) =>
  lab.live(options, (worker) => worker.attend(job, { signal: new AbortController().signal, isLastTry }));
const wait = (minutes: number): void => {
  lab.clock.now = new Date(lab.clock.now.getTime() + minutes * 60_000);
};
const numbers = async () =>
  (await lab.seed.sql<{ seq: number }>('select seq::int from job_events where owner_id = $1 order by seq', [person.id])).map(({ seq }) => seq);
const tasksOf = ({ id }: { readonly id: string }) =>
  lab.seed.sql<{ attempts: number; locked: boolean }>(
    'select attempts, locked_at is not null as locked from graphile_worker.jobs where key = $1',
    [`generate:${id}`],
  );

/** Runs work while another connection holds an account's row. */
async function whileBusy(ownerId: string, work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: lab.app.database.urls.superuser });
  await client.connect();
  try {
    await client.query('begin');
    await client.query('select from profiles where id = $1 for update', [ownerId]);
    await work();
  } finally {
    await client.end();
  }
}

describe('a worker', () => {
  it('tries again, and fails nothing, where the account is busy for longer than it waits', async () => {
    const job = await submit();

    await whileBusy(person.id, async () => expect(await attend(job, { script: 'succeeds' })).toBe('failed'));

    expect(await standing(job.id)).toMatchObject({ status: 'starting' });
    await attend(job, { script: 'succeeds' });
    expect(await standing(job.id)).toMatchObject({ status: 'succeeded' });
  });

  it('keeps the pictures of a render whose commit it was not told of', async () => {
    const job = await submit();
    let isLost = false;
    /** The answer to the commit that ends the job is lost, and the connection works on. */
    const wrapDatabases = (databases: Databases): Databases => ({
      ...databases,
      service(scope) {
        const db = databases.service(scope);
        return {
          ...db,
          async transaction(work, options) {
            const result = await db.transaction(work, options);
            if (!isLost && (await standing(job.id))?.status === 'succeeded') {
              isLost = true;
              throw new DatabaseUnavailable('The connection was lost during COMMIT.', undefined, true);
            }
            return result;
          },
        };
      },
    });

    expect(await attend(job, { script: 'succeeds', wrapDatabases })).toBe('failed');

    expect(isLost).toBe(true);
    expect(await attend(job, { script: 'succeeds' })).toBe('done');
    wait(120);
    await lab.clear();
    expect(await faultsOf(lab.seed, [person.id])).toEqual({});
    expect(await lab.seed.sql('select marked_at from assets where owner_id = $1', [person.id])).toEqual(
      Array.from({ length: 4 }, () => ({ marked_at: null })),
    );
  });

  it('makes one render where two are at the same job at once, and leaves nothing of the other', async () => {
    const job = await submit();

    await Promise.all([1, 2, 3, 4].map(() => attend(job, { script: 'succeeds' })));

    expect(await standing(job.id)).toMatchObject({ status: 'succeeded' });
    await lab.clear();
    expect(await faultsOf(lab.seed, [person.id])).toEqual({});
    expect(await lab.seed.sql('select count(*)::int as kept from assets where owner_id = $1', [person.id])).toEqual([{ kept: 4 }]);
  });
});

describe('a pass of recovery', () => {
  const recover = (options: LifeOptions = {}) => lab.live(options, (worker) => worker.recover());

  it.each([
    ['was tried as often as it may be', 'attempts = max_attempts'],
    ['is held by a process that is gone', `locked_at = now(), locked_by = 'a worker that was killed'`],
  ])('puts a job back into the queue whose task %s', async (_what, change) => {
    const job = await submit();
    await lab.seed.sql(`update graphile_worker._private_jobs set ${change} where key = $1`, [`generate:${job.id}`]);
    expect(await countForgotten(lab.seed, [person.id])).toBe(1);
    wait(1);

    await recover();

    expect(await tasksOf(job)).toEqual([{ attempts: 0, locked: false }]);
  });

  it('puts a job back into the queue that has no task at all', async () => {
    const job = await submit();
    await lab.seed.sql('delete from graphile_worker._private_jobs where key = $1', [`generate:${job.id}`]);
    wait(1);

    await recover();

    expect(await tasksOf(job)).toEqual([{ attempts: 0, locked: false }]);
  });

  it('deletes tasks that nobody tries again', async () => {
    const job = await submit();
    await attend(job, { script: 'succeeds' });
    await lab.seed.sql('update graphile_worker._private_jobs set attempts = max_attempts where key = $1', [`generate:${job.id}`]);

    await recover();

    expect(await tasksOf(job)).toEqual([]);
  });

  it('deletes events that are kept no longer, and leaves everybody their newest, to be numbered behind', async () => {
    const job = await submit();
    await attend(job, { script: 'succeeds' });
    const before = await numbers();
    expect(before.length).toBeGreaterThan(2);

    wait(23 * 60);
    await recover();
    expect(await numbers()).toEqual(before);

    wait(2 * 60);
    await recover();
    expect(await numbers()).toEqual(before.slice(-1));

    await submit();
    expect(await numbers()).toEqual([before.at(-1)! + 1]);
  });

  it('ends the jobs of others where one of them cannot be ended now', async () => {
    const busy = await submit();
    const busyPerson = person;
    person = await lab.signUp();
    const other = await submit();
    wait(61);
    const faults: unknown[] = [];

    await whileBusy(busyPerson.id, async () => void (await recover({ onFault: (error) => faults.push(error) })));

    expect(faults).toHaveLength(1);
    expect(await standing(other.id)).toMatchObject({ status: 'failed', errorCode: 'timed_out' });
    await recover();
    expect(await lab.standings([busyPerson])).toMatchObject([{ id: busy.id, status: 'failed', errorCode: 'timed_out' }]);
  });
});

describe('the task of the queue', () => {
  const circumstances = { signal: new AbortController().signal, isLastTry: false };
  const key = { jobId: randomUUID(), ownerId: randomUUID() };

  it.each([
    ['nothing', null],
    ['a text', 'generate'],
    ['no ids', {}],
    ['numbers', { jobId: 1, ownerId: 2 }],
    ['what are no ids', { ...key, jobId: `${key.jobId}'; drop table renders` }],
  ])('is dropped where it holds %s', async (_what, payload) => {
    const called: unknown[] = [];
    const task = createGenerationTask({
      attend: async (job) => (called.push(job), null),
      alone: (_name, work) => work(circumstances.signal),
      lookAgain: async (job) => void called.push(job),
      log,
    });

    await task(payload, circumstances);

    expect(called).toEqual([]);
  });

  it.each([
    { what: 'in a while where the provider works on', held: false, again: 2_000, expected: [2_000] },
    { what: 'not at all where there is nothing more to do', held: false, again: null, expected: [] },
    { what: 'soon where another process is at it, and may have looked too early', held: true, again: null, expected: [5_000] },
  ])('has the job looked at again $what', async ({ held, again, expected }) => {
    const looks: number[] = [];
    const task = createGenerationTask({
      attend: async () => again,
      alone: async (_name, work) => (held ? null : work(circumstances.signal)),
      lookAgain: async (_job, afterMs) => void looks.push(afterMs),
      log,
    });

    await task(key, circumstances);

    expect(looks).toEqual(expected);
  });
});

describe('exclusive work', () => {
  const open = () => createExclusive({ url: lab.app.database.urls.service, timeoutMs: 5_000, log });

  it('is done by one process at a time, and may be begun again at its end', async () => {
    const [one, two] = [open(), open()];
    const name = randomUUID();
    try {
      const seen = await one.during(name, async () => ({
        byOther: await two.during(name, async () => 'at it'),
        byItself: await one.during(name, async () => 'at it'),
        isHeld: [await one.isHeld(name), await two.isHeld(name)],
        another: await two.during(`${name} too`, async () => 'at it'),
      }));

      expect(seen).toEqual({ byOther: null, byItself: null, isHeld: [true, true], another: 'at it' });
      expect(await two.isHeld(name)).toBe(false);
      expect(await two.during(name, async () => 'at it')).toBe('at it');
    } finally {
      await one.close();
      await two.close();
    }
  });

  it('is told when its connection is lost, and is anybody’s from then on', async () => {
    const [one, two] = [open(), open()];
    const name = randomUUID();
    try {
      const seen = await one.during(name, async (lost) => {
        const told = new Promise((resolve) => lost.addEventListener('abort', resolve));
        await lab.seed.sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'roomfeed work' and datname = current_database()`);
        await told;
        return two.during(name, async () => 'at it');
      });

      expect(seen).toBe('at it');
      // With a connection of its own again.
      expect(await one.during(name, async () => 'at it again')).toBe('at it again');
    } finally {
      await one.close();
      await two.close();
    }
  });
});

describe('the queue', () => {
  it('begins anew after it could not write down what became of a task', async () => {
    const done: unknown[] = [];
    const arrived: (() => void)[] = [];
    const hide = (from: string, to: string) => lab.seed.sql(`alter table graphile_worker.${from} rename to ${to}`);
    const queue = createTaskQueue({
      url: lab.app.database.urls.service,
      tasks: {
        async probe(payload) {
          // The table is away when the task ends.
          if (done.push(payload) === 1) await hide('_private_jobs', 'hidden');
          arrived.shift()?.();
        },
      },
      concurrency: 2,
      graceMs: 1_000,
      timeouts: { connectionMs: 5_000, statementMs: 5_000, lockMs: 5_000 },
      log: { ...log, warn: () => ended() },
    });
    let ended = (): void => undefined;
    const hasEnded = new Promise<void>((resolve) => (ended = resolve));
    const add = (which: number) => lab.seed.sql(`select graphile_worker.add_job('probe', json_build_object('which', $1::int))`, [which]);
    const next = () => new Promise<void>((resolve) => arrived.push(resolve));
    await queue.start();
    try {
      const first = next();
      await add(1);
      await first;
      await hasEnded;
      await hide('hidden', '_private_jobs');
      const second = next();
      await add(2);
      await second;
      expect(done).toContainEqual({ which: 2 });
    } finally {
      await queue.stop();
    }
  });
});
