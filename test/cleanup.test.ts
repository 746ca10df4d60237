import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createCleanupSchedule } from '../src/jobs/cleanup-schedule.js';
import type { CleanupOutcome } from '../src/services/data/cleanup.js';
import { type CleanupTaskName, cleanupTaskNames } from '../src/services/data/cleanup/names.js';
import type { Sql } from '../src/database/database.js';
import { DatabaseUnavailable } from '../src/database/errors.js';
import type { Statement } from '../src/database/statement.js';
import * as repository from '../src/repositories/data-cleanup.js';
import type { Storage } from '../src/storage/storage.js';
import { type Person, testVariables } from './support/app.js';
import { type CleanupStage, createCleanupStage, seedJob, seedOldJobs } from './support/cleanup-stage.js';
import { count } from './support/counts.js';
import { createFuse, fusedDatabases } from './support/generation/fuse.js';
import { mutate } from './support/mutate.js';
import { digestOf } from './support/refusals/ground.js';
import { globalId } from './support/seed.js';

let stage: CleanupStage;
let person: Person;
let other: Person;

beforeEach(async () => {
  stage = await createCleanupStage();
  person = await stage.app.signUp();
  other = await stage.app.signUp();
});
afterEach(() => stage.close());

const sql: CleanupStage['seed']['sql'] = (text, values) => stage.seed.sql(text, values);
const idsOf = ({ details }: Pick<CleanupOutcome, 'details'>): string[] => details.map(({ id }) => id).sort();
const digest = () => digestOf({ app: stage.app, seed: stage.seed });

async function run(task: CleanupTaskName, dryRun: boolean): Promise<CleanupOutcome> {
  const [report] = await stage.cleanup().run({ tasks: [task], dryRun, detailLimit: 1_000 });
  return report!;
}

/** What there is to do for one task, and what lies beside it and must stay. */
interface Arranged {
  /** Sorted. */
  readonly due: readonly string[];
  readonly examined: number;
  /** Of the digest: what the task may change. */
  readonly touches: readonly string[];
}

const arrange: Readonly<Record<CleanupTaskName, () => Promise<Arranged>>> = {
  async stuck_jobs() {
    const minutesAgo = (minutes: number): Date => stage.daysAgo(minutes / 24 / 60);
    const due = [
      await seedJob(stage, person.id, { status: 'processing', endedAt: null, startedAt: minutesAgo(11), createdAt: minutesAgo(12) }),
      await seedJob(stage, other.id, { status: 'starting', endedAt: null, createdAt: minutesAgo(61) }),
    ];
    await seedJob(stage, person.id, { status: 'processing', endedAt: null, startedAt: minutesAgo(9), createdAt: minutesAgo(59) });
    await seedJob(stage, other.id, { status: 'starting', endedAt: null, createdAt: minutesAgo(59) });
    return { due: due.sort(), examined: 2, touches: ['generation_jobs', 'job_events', 'usage_ledger', 'usage_periods'] };
  },

  async orphaned_records() {
    const job = await seedJob(stage, person.id, { status: 'succeeded', endedAt: stage.daysAgo(3) });
    const add = async (key: string | null) => {
      const [task] = await sql<{ id: string }>(
        `select id::text as id from graphile_worker.add_job('generate', payload := '{}', job_key := $1, run_at := now() + interval '1 day')`,
        [key],
      );
      return task!.id;
    };
    const lost = await add(`generate:${randomUUID()}`);
    const held = await add(`generate:${randomUUID()}`);
    await sql(`update graphile_worker._private_jobs set locked_at = now(), locked_by = 'somebody' where id = $1`, [held]);
    for (const key of [`generate:${job}`, 'generate:nonsense', null]) await add(key);
    const events = [
      { owner: person.id, seq: 1, days: 3 },
      { owner: person.id, seq: 2, days: 2 },
      { owner: person.id, seq: 3, days: 0.5 },
    ];
    for (const { owner, seq, days } of events) {
      await sql(`insert into job_events (owner_id, seq, job_id, status, progress, created_at) values ($1, $2, $3, 'processing', 0, $4)`, [owner, seq, job, stage.daysAgo(days)]);
    }
    const others = await seedJob(stage, other.id, { status: 'succeeded', endedAt: stage.daysAgo(9) });
    await sql(`insert into job_events (owner_id, seq, job_id, status, progress, created_at) values ($1, 7, $2, 'succeeded', 1, $3)`, [other.id, others, stage.daysAgo(9)]);
    const gone = await upload('used', 8, 'gone.jpg');
    await upload('ready', 6, 'gone-lately.jpg');
    await upload('pending', 6, null);
    await upload('ready', 8, 'kept.jpg');
    await sql(`insert into assets (path, owner_id, kind, byte_size, content_type) values ($1, $2, 'input', 7, 'image/jpeg')`, [`inputs/${person.id}/kept.jpg`, person.id]);
    return {
      due: [lost, `${person.id}/1`, `${person.id}/2`, gone].sort(),
      // 5 tasks, 3 old events, 2 uploads.
      examined: 10,
      touches: ['job_events', 'uploads'],
    };
  },

  async expired_urls() {
    const keys = ['a', 'b'].map((name) => `inputs/${person.id}/${name}.jpg`);
    for (const key of keys) stage.app.app.storage.signedUrl(key);
    stage.clock.now = new Date(stage.clock.now.getTime() + 2 * 60 * 60_000);
    return { due: keys, examined: 2, touches: [] };
  },

  async unused_uploads() {
    const arrived = await arrivedPhoto(new Date(stage.clock.now.getTime() - 71 * 60_000));
    await arrivedPhoto(new Date(stage.clock.now.getTime() - 69 * 60_000));
    const never = await upload('pending', 8, null);
    await upload('pending', 6, null);
    return { due: [arrived, never].sort(), examined: 3, touches: ['uploads', 'what is stored'] };
  },

  async old_jobs() {
    const due: string[] = [];
    for (const status of ['succeeded', 'failed', 'canceled']) due.push(await seedJob(stage, person.id, { status, endedAt: stage.daysAgo(91) }));
    await seedJob(stage, person.id, { status: 'failed', endedAt: stage.daysAgo(400), errorCode: 'timed_out' });
    await seedJob(stage, person.id, { status: 'processing', endedAt: null, startedAt: stage.daysAgo(400) });
    await seedJob(stage, other.id, { status: 'starting', endedAt: null, createdAt: stage.daysAgo(400) });
    // It took so long that its end is not old.
    await seedJob(stage, other.id, { status: 'succeeded', createdAt: stage.daysAgo(91), endedAt: stage.daysAgo(89) });
    await seedJob(stage, other.id, { status: 'succeeded', endedAt: stage.daysAgo(200), archivedAt: stage.daysAgo(100) });
    return { due: due.sort(), examined: 3, touches: ['generation_jobs'] };
  },

  async webhook_records() {
    const record = async (processedAt: Date | null) => {
      const [row] = await sql<{ id: string }>(
        `insert into webhook_events (provider, event_id, type, payload, received_at, processed_at)
         values ('stripe', $1, 'invoice.paid', '{}', $2, $3) returning id`,
        [randomUUID(), stage.daysAgo(400), processedAt],
      );
      return row!.id;
    };
    const due = await record(stage.daysAgo(91));
    await record(stage.daysAgo(89));
    await record(null);
    return { due: [due], examined: 1, touches: ['webhook_events'] };
  },
};

/** An upload whose form was good until so many days ago; returns its id. */
async function upload(state: 'pending' | 'ready' | 'used', days: number, name: string | null): Promise<string> {
  const [row] = await sql<{ id: string }>(
    `insert into uploads (id, owner_id, path, content_type, byte_size, state, width, height, placeholder, created_at, expires_at)
     select id, $1::uuid, coalesce('inputs/' || $1::uuid || '/' || $3::text, 'incoming/' || id), 'image/jpeg', 7, $2::text, size, size, hash, $4, $5
     from (select uuid_v7() as id, case when $2 = 'pending' then null else 3 end as size, case when $2 = 'pending' then null else 'a' end as hash) made
     returning id`,
    [person.id, state, name, stage.daysAgo(days + 1), stage.daysAgo(days)],
  );
  return row!.id;
}

/** Bytes that came by a form; returns their key. */
async function arrivedPhoto(at: Date): Promise<string> {
  const key = `incoming/${randomUUID()}`;
  const { now } = stage.clock;
  stage.clock.now = at;
  await stage.app.app.storage.put(key, Buffer.from('photo'), { contentType: 'image/jpeg' });
  stage.clock.now = now;
  return key;
}

describe.each(cleanupTaskNames)('%s', (task) => {
  it('tells in a dry run what a run then does, and nothing else changes', async () => {
    const { due, examined, touches } = await arrange[task]();
    const before = await digest();

    const foretold = await run(task, true);
    const unchanged = await digest();
    const done = await run(task, false);
    const after = await digest();
    const again = await run(task, false);

    expect(foretold).toMatchObject({ task, dryRun: true, examined, changed: due.length, errors: [] });
    expect(idsOf(foretold)).toEqual(due);
    expect(unchanged).toEqual(before);
    expect(done).toEqual({ ...foretold, dryRun: false });
    expect(Object.keys(after).filter((name) => after[name] !== before[name]).sort()).toEqual([...touches].sort());
    expect(again).toMatchObject({ changed: 0, details: [], errors: [] });
    expect(await digest()).toEqual(after);
  });

  it('names as many as are asked for, and counts all', async () => {
    const { due } = await arrange[task]();

    const [report] = await stage.cleanup().run({ tasks: [task], dryRun: false, detailLimit: 1 });

    expect(report).toMatchObject({ changed: due.length, details: [expect.objectContaining({ id: expect.any(String) })] });
    expect((await run(task, true)).changed).toBe(0);
  });
});

it('ends stuck jobs as the work on generations does: failed, given back, with an event', async () => {
  const { due } = await arrange.stuck_jobs();

  await run('stuck_jobs', false);

  expect(await sql('select id, status, error_code, completed_at from generation_jobs where status = $1 order by id', ['failed'])).toEqual(
    due.map((id) => ({ id, status: 'failed', error_code: 'timed_out', completed_at: stage.clock.now })),
  );
  expect(await sql(`select job_id from usage_ledger where kind = 'generation_refund' order by job_id`)).toEqual(due.map((job_id) => ({ job_id })));
  expect(await sql(`select job_id from job_events where status = 'failed' order by job_id`)).toEqual(due.map((job_id) => ({ job_id })));
});

it('keeps the number of a person\'s newest change, so that the next one is numbered behind it', async () => {
  await arrange.orphaned_records();

  await run('orphaned_records', false);

  expect(await sql('select owner_id, seq::int from job_events order by seq')).toEqual([
    { owner_id: person.id, seq: 3 },
    { owner_id: other.id, seq: 7 },
  ]);
});

describe('an archived job', () => {
  const fields = 'id status prompt completedAt';
  const statement = `usage(asOf: "2026-03-31T23:59:59.999Z") {
    id debits used plan { id } monthlyLimit entries { totalCount nodes { id amount job { ${fields} } } } byMode { mode count } }`;
  const document = `query ($job: ID!) {
    viewer {
      renders { nodes { id job { ${fields} } } }
      usageHistory(first: 4) { nodes { id debits used entries { nodes { id job { ${fields} } } } } }
      ${statement}
    }
    generationJob(id: $job) { ${fields} }
    node(id: $job) { ... on GenerationJob { ${fields} } }
  }`;

  it('leaves the list of jobs, and is shown wherever it is named; statements stay the same bytes', async () => {
    const id = await seedJob(stage, person.id, { status: 'succeeded', endedAt: new Date('2026-03-10T10:00:00.000Z') });
    const [render] = await stage.seed.renders(person.id, 1);
    await sql('update renders set job_id = $1 where id = $2', [id, render]);
    const variables = { job: globalId('GenerationJob', id) };
    const read = async () => JSON.stringify((await stage.app.ask(document, { as: person, variables })).data);
    const list = async () => (await stage.app.ask('{ viewer { generationJobs { totalCount nodes { id } } } }', { as: person })).data;
    const before = await read();
    const listed = await list();

    const report = await run('old_jobs', false);

    expect(idsOf(report)).toEqual([id]);
    expect(before).toContain('A calm room');
    expect(before).toContain('"debits":1');
    expect(listed).toEqual({ viewer: { generationJobs: { totalCount: 1, nodes: [{ id: variables.job }] } } });
    expect(await read()).toBe(before);
    expect(await list()).toEqual({ viewer: { generationJobs: { totalCount: 0, nodes: [] } } });
  });

  it('answers the request that made it, sent again', async () => {
    const input = { mode: 'IMAGINE', prompt: 'A calm room', idempotencyKey: randomUUID() };
    const payload = 'replayed job { id status }';
    const made = await mutate(stage.app, 'submitGeneration', input, { as: person, payload });
    await sql(`update generation_jobs set status = 'processing'`);
    await sql(`update generation_jobs set status = 'succeeded', completed_at = created_at`);
    stage.clock.now = stage.daysAgo(-91);

    const report = await run('old_jobs', false);
    const replayed = await mutate(stage.app, 'submitGeneration', input, { as: person, payload });

    expect(report.changed).toBe(1);
    expect(replayed).toMatchObject({ replayed: true, job: { id: (made['job'] as { id: string }).id, status: 'SUCCEEDED' } });
  });

  it('is in none of the indexes that lists and looks for work go through', async () => {
    await seedOldJobs(stage, person.id, 5_000, stage.daysAgo(100));
    const hot = ['generation_jobs_live_idx', 'generation_jobs_finished_idx', 'generation_jobs_in_flight_idx', 'generation_jobs_stuck_idx'];
    /** While the server's own ANALYZE looks at the table, an index that is built holds what it may still see. */
    const nobodyLooks = async () => {
      const others = `select 1 from pg_stat_activity where datname = current_database() and backend_xmin is not null and pid <> pg_backend_pid()`;
      while ((await sql(others)).length > 0) await delay(20);
    };
    const sizes = async () => {
      await nobodyLooks();
      await sql('reindex table generation_jobs');
      return sql<{ bytes: number }>(`select pg_relation_size(name::regclass)::int as bytes from unnest($1::text[]) name`, [hot]);
    };
    const empty = await sizes().then((rows) => Math.min(...rows.map(({ bytes }) => bytes)));
    const [full] = await sizes();

    await stage.cleanup().run({ tasks: ['old_jobs'], dryRun: false, detailLimit: 0 });

    expect(full!.bytes).toBeGreaterThan(20 * empty);
    expect(await sizes()).toEqual(hot.map(() => ({ bytes: empty })));
  });
});

describe('many jobs', () => {
  const total = count(3_000, 10_000);

  it('are archived by the batch, in little time and statements, each once by two processes at once', async () => {
    await seedOldJobs(stage, person.id, total, stage.daysAgo(100));
    const begun = performance.now();
    let sent = 0;
    const databases = fusedDatabases(stage.app.app.databases, createCounting(() => (sent += 1)));
    const [own, others] = [stage.otherProcess(), stage.otherProcess()];

    const runs = await Promise.all(
      [own, others, own].map(({ during }) => stage.cleanup({ alone: during, databases }).run({ tasks: ['old_jobs'], dryRun: false, detailLimit: 3 })),
    );

    const seconds = (performance.now() - begun) / 1_000;
    const reports = runs.flat();
    expect(reports.filter(({ isElsewhere }) => !isElsewhere)).toEqual([
      expect.objectContaining({ examined: total, changed: total, details: [expect.anything(), expect.anything(), expect.anything()] }),
    ]);
    expect(reports.filter(({ isElsewhere }) => isElsewhere)).toEqual(
      [1, 2].map(() => expect.objectContaining({ changed: 0, errors: ['Another run of this task is under way; it was left to that one.'] })),
    );
    expect(sent).toBe(2 * Math.floor(total / 1_000) + 1);
    expect(await sql('select count(*)::int from generation_jobs where archived_at is null')).toEqual([{ count: 0 }]);
    expect(seconds).toBeLessThan(30);
    process.stderr.write(`cleanup: ${total} jobs archived in ${seconds.toFixed(2)} s by ${sent} statements\n`);
  });

  it('are left from where a run was stopped, and the next one goes on', async () => {
    await seedOldJobs(stage, person.id, 2_500, stage.daysAgo(100));
    const stopping = new AbortController();
    const databases = fusedDatabases(stage.app.app.databases, createCounting((calls) => calls === 2 && stopping.abort()));

    const stopped = await stage.cleanup({ databases }).run({ dryRun: false, tasks: ['old_jobs', 'webhook_records'], detailLimit: 0, signal: stopping.signal });
    const next = await run('old_jobs', false);

    expect(stopped).toEqual([
      expect.objectContaining({ task: 'old_jobs', changed: 1_000, errors: ['It was stopped before its end. Run it again for what is left.'] }),
    ]);
    expect(next).toMatchObject({ changed: 1_500, errors: [] });
  });

  it('are left beyond as many as a run may look at', async () => {
    await seedOldJobs(stage, person.id, 1_500, stage.daysAgo(100));
    const most = 1_200;

    const [report] = await stage.cleanup().run({ tasks: ['old_jobs'], dryRun: false, detailLimit: 0, most });

    expect(report).toMatchObject({ examined: 1_200, changed: 1_200, errors: ['It looked at 1200 and stopped there. Run it again for what is left.'] });
    expect((await run('old_jobs', false)).changed).toBe(300);
  });
});

describe('what is looked for', () => {
  const page = { after: null, limit: 1_000 };
  it.each<[string, (db: Sql) => Promise<unknown>]>([
    ['generation_jobs_finished_idx', (db) => repository.listOldJobs(db, stage.clock.now, page)],
    ['webhook_events_processed_idx', (db) => repository.listProcessedEvents(db, stage.clock.now, page)],
    ['job_events_created_at_idx', (db) => repository.listOldJobEvents(db, stage.clock.now, page)],
    ['uploads_state_expires_at_idx', (db) => repository.listOldUploads(db, { states: ['ready', 'used'], before: stage.clock.now }, page)],
  ])('is found by %s, and not by reading whole tables', async (index, list) => {
    await sql('set enable_seqscan = off');
    await sql('set enable_bitmapscan = off');
    const plans: string[] = [];
    await list({
      scope: { kind: 'system' },
      async query<Row>(statement: Statement | string, values?: readonly unknown[]): Promise<Row[]> {
        plans.push(...(await sql<{ 'QUERY PLAN': string }>(`explain ${statement as string}`, values)).map((row) => row['QUERY PLAN']));
        return [];
      },
    });
    const plan = plans.join('\n');

    expect(plan).toContain(index);
    expect(plan).toMatch(/Index Cond: .*</);
    expect(plan).not.toContain('Seq Scan');
  });
});

/** A fuse that never burns, told of each call. */
function createCounting(onCall: (calls: number) => unknown): ReturnType<typeof createFuse> {
  let calls = 0;
  const fuse = createFuse({ calls: null, isDone: true });
  return {
    ...fuse,
    async call(work) {
      const result = await fuse.call(work);
      calls += 1;
      onCall(calls);
      return result;
    },
  };
}

describe('a process that dies', () => {
  it('at any call leaves the rest to the next run, which does each thing once', async () => {
    const arranged: Arranged[] = [];
    for (const task of cleanupTaskNames) arranged.push(await arrange[task]());
    // Each death costs the run what it had not done; each run begins anew.
    const done: string[] = [];
    for (let calls = 0; calls < 60; calls += 1) {
      const fuse = createFuse({ calls, isDone: calls % 2 === 0 });
      const databases = fusedDatabases(stage.app.app.databases, fuse);
      const reports = await stage.cleanup({ databases }).run({ dryRun: false, detailLimit: 1_000 });
      done.push(...reports.flatMap(idsOf));
      if (!fuse.hasBurnt()) break;
    }
    const left = await stage.cleanup().run({ dryRun: true, detailLimit: 1_000 });

    // Nothing twice; what was done by a call after which the process died, nobody could tell.
    expect(new Set(done).size).toBe(done.length);
    expect(left.map(({ task, changed }) => ({ task, changed }))).toEqual(cleanupTaskNames.map((task) => ({ task, changed: 0 })));
    expect(await sql(`select count(*)::int as refunds, count(distinct reverses)::int as jobs from usage_ledger where kind = 'generation_refund'`)).toEqual([
      // Two of each of the tasks that have jobs under way, and the two that got stuck when the clock moved on.
      { refunds: 6, jobs: 6 },
    ]);
  });

  it('with kill -9 holds nothing any more, and another one finishes', async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000);
    const first = await seedJob(stage, person.id, { status: 'starting', endedAt: null, createdAt: ago(90) });
    const second = await seedJob(stage, other.id, { status: 'starting', endedAt: null, createdAt: ago(80) });
    const states = async () => Object.fromEntries((await sql('select id, status from generation_jobs')).map(({ id, status }) => [id, status]));
    await sql('begin');
    await sql('select from profiles where id = $1 for update', [other.id]);
    const child = spawnCommand(['--tasks', 'stuck_jobs', '--apply']);
    const ended = once(child, 'exit');
    // It waits for the account that is locked.
    while ((await sql(`select from pg_locks where not granted and pid <> pg_backend_pid()`)).length === 0) await delay(50);
    const whileWaiting = await states();
    child.kill('SIGKILL');
    await ended;
    await sql('commit');

    const next = spawnCommand(['--tasks', 'stuck_jobs', '--apply', '--json']);
    const [out, [code]] = await Promise.all([textOf(next.stdout), once(next, 'exit')]);

    expect(whileWaiting).toEqual({ [first]: 'failed', [second]: 'starting' });
    expect({ code, report: JSON.parse(out) as unknown }).toMatchObject({
      code: 0,
      report: { dryRun: false, isComplete: true, reports: [{ task: 'stuck_jobs', changed: 1, details: [{ id: second, action: 'failed' }], errors: [] }] },
    });
    expect(await states()).toEqual({ [first]: 'failed', [second]: 'failed' });
  });
});

function spawnCommand(args: readonly string[]) {
  const at = (path: string): string => new URL(path, import.meta.url).href;
  return spawn(process.execPath, ['--import', at('./support/typescript.mjs'), fileURLToPath(at('../src/cli/maintenance.ts')), 'cleanup', ...args], {
    env: {
      PATH: process.env['PATH'],
      ...testVariables(stage.app.storageDirectory),
      DATABASE_URL: stage.app.database.urls.gateway,
      DATABASE_SERVICE_URL: stage.app.database.urls.service,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('what cannot be done', () => {
  it('does not keep the rest of its batch', async () => {
    const { due } = await arrange.old_jobs();
    const [stubborn = '', ...rest] = due;
    await sql(`create function refuse_one() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = 'RF009'; end $$`);
    await sql(`create trigger refuse_one before update on generation_jobs for each row when (old.id = '${stubborn}') execute function refuse_one()`);

    const report = await run('old_jobs', false);

    expect(idsOf(report)).toEqual(rest);
    expect(report).toMatchObject({ examined: 3, changed: 2, errors: [expect.stringMatching(`^${stubborn}: `)] });
    expect(report.errors[0]).not.toContain('raise');
  });

  it('of storage is told by its key, and done by the next run', async () => {
    const { due } = await arrange.unused_uploads();
    const more = await arrivedPhoto(stage.daysAgo(1));
    const { storage } = stage.app.app;
    const failing: Storage = {
      ...storage,
      delete: (keys) => (keys.includes(more) ? Promise.reject(Object.assign(new Error('/secret/path'), { code: 'EIO' })) : storage.delete(keys)),
    };

    const [report] = await stage.cleanup({ storage: failing }).run({ tasks: ['unused_uploads'], dryRun: false, detailLimit: 10 });

    expect(idsOf(report!)).toEqual(due);
    expect(report!.errors).toEqual([`${more}: Error EIO`]);
    expect(idsOf(await run('unused_uploads', false))).toEqual([more]);
  });

  it('for want of storage keeps no other task, and for want of the database is thrown', async () => {
    await arrange.old_jobs();
    const away: Storage = {
      ...stage.app.app.storage,
      list() {
        throw Object.assign(new Error('http://store.internal'), { name: 'StorageUnavailable' });
      },
    };

    const reports = await stage.cleanup({ storage: away }).run({ tasks: ['unused_uploads', 'old_jobs'], dryRun: false, detailLimit: 0 });
    const none = stage.cleanup({ alone: () => Promise.reject(new DatabaseUnavailable('Away.')) }).run({ dryRun: false, detailLimit: 0 });

    expect(reports).toEqual([
      expect.objectContaining({ task: 'unused_uploads', errors: ['what arrived: StorageUnavailable'] }),
      expect.objectContaining({ task: 'old_jobs', changed: 3, errors: [] }),
    ]);
    await expect(none).rejects.toThrow(DatabaseUnavailable);
  });
});

describe('the command', () => {
  it('tells without changing anything, and does it with --apply', async () => {
    const { due } = await arrange.webhook_records();
    const before = await digest();

    const told = await stage.command(['--dry-run']);
    const unchanged = await digest();
    const done = await stage.command(['--apply']);
    const again = await stage.command(['--apply']);

    expect(unchanged).toEqual(before);
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toMatch(new RegExp(`webhook_records +1 looked at +1 to change\n  would be deleted ${due[0]}\n    It was processed at .*\n\nNothing was changed`));
    expect(done.code).toBe(0);
    expect(done.out).toMatch(new RegExp(`webhook_records +1 looked at +1 changed\n  deleted ${due[0]}\n`));
    expect(again.out).toMatch(/webhook_records +0 looked at +0 changed\n$/);
  });

  it('prints one document for programs, of the tasks that are asked for', async () => {
    const { due } = await arrange.old_jobs();

    const { code, out } = await stage.command(['--tasks', 'webhook_records, old_jobs', '--limit', '2', '--json']);

    const { reports, ...head } = JSON.parse(out) as { reports: CleanupOutcome[] };
    expect({ code, head }).toEqual({ code: 0, head: { dryRun: true, isComplete: true } });
    expect(reports).toEqual([
      { task: 'webhook_records', dryRun: true, examined: 0, changed: 0, details: [], errors: [] },
      { task: 'old_jobs', dryRun: true, examined: 3, changed: 3, details: [expect.anything(), expect.anything()], errors: [] },
    ]);
    expect(due).toEqual(expect.arrayContaining(idsOf(reports[1]!)));
  });

  it.each([
    { args: ['--tasks', 'old_jobs,everything'], says: '--tasks: there is no "everything"; there are stuck_jobs,' },
    { args: ['--tasks', ''], says: '--tasks: there is no ""' },
    { args: ['--apply', '--dry-run'], says: 'say one of them' },
    { args: ['--limit', '-1'], says: 'npm run' },
    { args: ['--limit', '100001'], says: '--limit takes a whole number from 0 to 100000' },
    { args: ['old_jobs'], says: 'npm run' },
    { args: ['--yes'], says: 'npm run' },
  ])('refuses $args, and says why', async ({ args, says }) => {
    await arrange.old_jobs();
    const before = await digest();

    const { code, out, err } = await stage.command(args);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(says);
    expect(await digest()).toEqual(before);
  });

  it('ends with 3 where a task is another\'s, and with 1 where it was interrupted or there is no database', async () => {
    await arrange.old_jobs();
    const elsewhere = await stage.otherProcess().during('cleanup old_jobs', () => stage.command(['--apply', '--tasks', 'old_jobs']));
    const interrupted = await stage.command(['--apply'], { signal: AbortSignal.abort() });
    const away = await stage.command(['--apply'], { alone: () => Promise.reject(new DatabaseUnavailable('The database is away.')) });

    expect(elsewhere).toMatchObject({ code: 3, out: expect.stringContaining('not done: Another run of this task is under way') });
    expect(interrupted).toMatchObject({ code: 1, err: 'Interrupted; what is listed was done, and another run goes on.\n' });
    expect(away).toMatchObject({ code: 1, err: 'Not done: The database is away.\n' });
    expect((await run('old_jobs', true)).changed).toBe(3);
  });
});

describe('runCleanup', () => {
  const payload = 'reports { task dryRun examined changed details { id action reason } errors }';
  const ask = (input: object) => mutate(stage.app, 'runCleanup', input, { as: stage.admin, payload });

  it('tells of every task what it would do, unless it is asked to do it', async () => {
    const { due } = await arrange.old_jobs();

    const told = (await ask({})) as unknown as { reports: CleanupOutcome[] };
    const done = (await ask({ dryRun: false, tasks: ['old_jobs'] })) as unknown as { reports: CleanupOutcome[] };

    expect(told.reports.map(({ task, dryRun }) => ({ task, dryRun }))).toEqual(cleanupTaskNames.map((task) => ({ task, dryRun: true })));
    expect(told.reports.find(({ task }) => task === 'old_jobs')).toMatchObject({ examined: 3, changed: 3 });
    expect(done.reports).toEqual([
      { task: 'old_jobs', dryRun: false, examined: 3, changed: 3, errors: [], details: due.map((id) => ({ id, action: 'archived', reason: expect.stringContaining('90 days') })).sort(expectAny(done.reports)) },
    ]);
  });

  it('names every task that there is not, with its place, and does none of the others', async () => {
    await arrange.old_jobs();
    const before = await digest();

    const outcome = await mutate(stage.app, 'runCleanup', { tasks: ['old_jobs', 'ledger', 'old_jobs', 'OLD_JOBS'], dryRun: false }, { as: stage.admin });
    const none = await mutate(stage.app, 'runCleanup', { tasks: [], dryRun: false }, { as: stage.admin });

    expect(outcome).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['tasks', '1'] }, { path: ['tasks', '3'] }] });
    expect(JSON.stringify(outcome)).toContain('stuck_jobs');
    const flood = await mutate(stage.app, 'runCleanup', { tasks: Array<string>(5_000).fill('ledger'), dryRun: false }, { as: stage.admin });
    expect(flood).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['tasks'] }] });
    expect(none).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['tasks'] }] });
    expect(await digest()).toEqual(before);
  });

  it('sends statements by the batch, whatever there is', async () => {
    await seedOldJobs(stage, person.id, 900, stage.daysAgo(100));
    const { statements, cost } = await stage.app.ask(
      'mutation { runCleanup(input: { tasks: ["old_jobs"], dryRun: false }) { __typename ... on RunCleanupPayload { reports { changed } } } }',
      { as: stage.admin },
    );

    // Who asks, what is old, and its archiving, of which the budget knows nothing.
    expect(statements).toHaveLength(3);
    expect(cost?.statements).toMatchObject({ budget: 2, used: 3 });
  });
});

/** In the order in which they were told. */
const expectAny =
  (reports: readonly CleanupOutcome[]) =>
  (a: { id: string }, b: { id: string }): number => {
    const place = ({ id }: { id: string }) => reports[0]!.details.findIndex((detail) => detail.id === id);
    return place(a) - place(b);
  };

describe('the schedule', () => {
  it('tells the log what was done and what was not, and leaves to others what is theirs', async () => {
    const lines: unknown[] = [];
    const level = (name: string) => (fields: { task?: string }) => void lines.push([name, fields.task]);
    const report = (task: string, more: object): CleanupOutcome => ({ task, dryRun: false, examined: 5, changed: 0, details: [], errors: [], isElsewhere: false, ...more });
    const asked: object[] = [];
    const schedule = createCleanupSchedule({
      cleanup: {
        run(options) {
          asked.push(options);
          return Promise.resolve([
            report('stuck_jobs', {}),
            report('old_jobs', { changed: 2 }),
            report('unused_uploads', { changed: 1, errors: ['x: Error'] }),
            report('webhook_records', { isElsewhere: true, errors: ['elsewhere'] }),
          ]);
        },
      },
      log: { info: level('info'), debug: level('debug'), warn: level('warn') },
    });
    schedule.start();
    const atStart = asked.length;
    schedule.kick();
    await schedule.idle();
    await schedule.stop();

    expect(atStart).toBe(0);
    expect(asked).toEqual([{ dryRun: false, detailLimit: 0, signal: expect.any(AbortSignal) }]);
    expect(lines).toEqual([['info', 'old_jobs'], ['warn', 'unused_uploads'], ['debug', 'webhook_records']]);
  });
});
