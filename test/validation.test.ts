import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { seedScale } from '../src/services/seeding/scale.js';
import { createValidationService } from '../src/services/data/validation.js';
import { dataChecks } from '../src/services/data/validation/registry.js';
import { createTestApp } from './support/app.js';
import { aroundTransactions } from './support/corruption/around.js';
import { live, type Deeds } from './support/corruption/busy.js';
import { runValidate } from './support/corruption/command.js';
import { type Corruption, corruptions, demo, other } from './support/corruption/corruptions.js';
import { createExplainer } from './support/corruption/explain.js';
import { checkedAt, createTemplate, type Found, issuesOf, type Template, type World } from './support/corruption/world.js';
import { count, PROVE, seededRandom } from './support/counts.js';
import { createScriptedProvider, type Script } from './support/generation/scripted-provider.js';

let template: Template;
beforeAll(async () => {
  template = await createTemplate();
}, 120_000);
afterAll(() => template.close());

let world: World;
beforeEach(async () => {
  world = await template.clone();
});
afterEach(() => world.close());

/** What matters of an issue here. */
const brief = ({ check, category, affectedId, isRepairable }: Found) => ({ check, category, affectedId, isRepairable });

const expected = ({ check, category, isRepairable }: Corruption, affectedId: string) => ({
  check,
  category,
  affectedId,
  isRepairable: isRepairable ?? false,
});

const title = ({ check, category, of = '' }: Corruption): string => `${check}: ${category} ${of}`.trim();

const inOrder = <T extends { check: string; category: string; affectedId: string }>(issues: readonly T[]): T[] =>
  [...issues].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
const keyOf = (issue: { check: string; category: string; affectedId: string }): string => [issue.check, issue.category, issue.affectedId].join(' ');

/** Breaks everything, and returns what is to be found of it. */
async function breakAll(): Promise<ReturnType<typeof expected>[]> {
  const wanted: ReturnType<typeof expected>[] = [];
  // Without the index that several default favorites need to be gone, nobody's could be made.
  for (const corruption of corruptions.filter(({ category }) => category !== 'default_favorites_repeated')) wanted.push(expected(corruption, await corruption.inject(world)));
  return inOrder(wanted);
}

it('finds nothing in data that is as it should be, and has looked at all of it', async () => {
  const report = await world.validation.report({ maxIssues: 10 });

  expect(report.checks.flatMap(({ issues }) => issues)).toEqual([]);
  expect(report.checks.map(({ name }) => name)).toEqual(world.validation.checks.map(({ name }) => name));
  const idle = report.checks.filter(({ examined }) => examined === 0).map(({ name }) => name);
  expect(idle.sort()).toEqual(['erased_accounts', 'unfinished_jobs', 'webhook_events']);
});

it('is described, check by check and category by category, in docs/maintenance.md', async () => {
  const page = await readFile(new URL('../docs/maintenance.md', import.meta.url), 'utf8');
  const words = dataChecks.flatMap(({ name, kinds }) => [name, ...Object.keys(kinds)]);

  expect(words.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
});

it('knows no way to fail that is not tried here', () => {
  const known = dataChecks.flatMap(({ name, kinds }) => Object.keys(kinds).map((category) => `${name}: ${category}`));
  const tried = new Set(corruptions.map(({ check, category }) => `${check}: ${category}`));
  // The same looks, at names in other columns.
  const shared = /^(input_photos|community_items): (path_malformed|path_not_owned|asset_missing|asset_marked|size_differs)$/;

  expect(known.filter((kind) => !tried.has(kind) && !shared.test(kind))).toEqual([]);
  expect([...tried].filter((kind) => !known.includes(kind))).toEqual([]);
});

describe('what is broken is found once, by the right check, and repaired where that loses nothing', () => {
  const { shuffle } = seededRandom('corruptions');
  // All of them in `npm run prove`; every day some, and everything at once.
  const alone = PROVE ? corruptions : shuffle(corruptions).slice(0, 10);

  it.each(alone.map((corruption) => [title(corruption), corruption] as const))('%s', async (_title, corruption) => {
    const id = await corruption.inject(world);

    const dry = await world.validation.repair({ dryRun: true, maxDetails: 10 });
    expect((await world.issues()).map(brief)).toEqual([expected(corruption, id)]);
    const reports = await world.validation.repair({ dryRun: false, maxDetails: 10 });
    const remaining = await world.issues();

    expect(dry.map(({ changed, errors }) => ({ changed, errors }))).toEqual(corruption.isRepairable ? [{ changed: 1, errors: [] }] : []);
    expect(reports).toEqual(dry.map((report) => ({ ...report, dryRun: false })));
    expect(remaining.map(brief)).toEqual(corruption.isRepairable ? [] : [expected(corruption, id)]);
  });

  it('all of it at once', async () => {
    const ledger = () => world.sql('select * from usage_ledger order by id');
    const wanted = await breakAll();
    const before = await ledger();

    expect(inOrder((await world.issues()).map(brief))).toEqual(wanted);
    const reports = await world.validation.repair({ dryRun: false, maxDetails: 100 });

    const refunds = (await ledger()).filter(({ id }) => !before.some((entry) => entry['id'] === id));
    expect(reports.flatMap(({ errors }) => errors)).toEqual([]);
    // The stuck job's new event takes those with it that are a day older, which by the database's clock are all.
    const left = wanted.filter(({ isRepairable, check }) => !isRepairable && check !== 'job_events');
    expect(inOrder((await world.issues()).map(brief))).toEqual(left);
    expect(await world.validation.repair({ dryRun: false, maxDetails: 100 })).toEqual([]);
    // The stuck job's alone.
    expect(refunds).toMatchObject([{ kind: 'generation_refund', reason: 'The generation took too long and was given up.' }]);
    expect(await ledger()).toEqual(expect.arrayContaining(before));
  });
});

it('tells of one account what is wrong with its own rows, and nothing of another’s', async () => {
  await breakAll();
  const all = await world.issues();
  // Rows that say whose they are by themselves alone, and that no index finds by it.
  const isFindable = ({ category }: Found): boolean => category !== 'variant_without_render' && category !== 'item_without_collection';

  for (const ownerId of [demo, other]) {
    const found = await world.issues({ ownerId });
    const own = found.filter((issue) => issue.ownerId !== null);

    expect(own.map(({ ownerId: whose }) => whose).filter((whose) => whose !== ownerId)).toEqual([]);
    expect(inOrder(own.map(brief))).toEqual(inOrder(all.filter((issue) => issue.ownerId === ownerId && isFindable(issue)).map(brief)));
    // Looks that were made from their renders.
    expect(new Set(found.filter((issue) => issue.ownerId === null).map(({ check }) => check)).size).toBeLessThan(2);
  }
  expect(await world.issues({ ownerId: '00000000-0000-4000-8000-00000000000f' })).toEqual([]);
});

it('runs the checks that are asked for, and says which there are where one is not', async () => {
  const { checks } = await world.validation.report({ checks: ['usage_sums', 'default_favorites'], maxIssues: 1 });

  expect(checks.map(({ name }) => name)).toEqual(['default_favorites', 'usage_sums']);
  await expect(world.validation.report({ checks: ['usage_sums', 'moon_phase'], maxIssues: 1 })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    message: expect.stringMatching(/no check "moon_phase"\. There are .*usage_sums/) as unknown,
  });
});

it('lists at most so many issues of a check, and counts all', async () => {
  await world.sql(`update renders set style = 'another style'`);
  const [row] = await world.sql<{ count: number }>('select count(*)::int as count from renders');

  const { checks, issueCount } = await world.validation.report({ checks: ['renders_match_jobs'], maxIssues: 3 });

  expect(checks[0]!.issues).toHaveLength(3);
  expect(issueCount).toBe(row!.count);
});

it('stops where it is told to, with what it was told', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const run = async (): Promise<void> => {
    for await (const { check } of world.validation.validate({ signal: stop.signal })) {
      seen.push(check);
      stop.abort(new Error('That will do.'));
    }
  };

  await expect(run()).rejects.toThrow('That will do.');
  expect(new Set(seen).size).toBe(1);
});

it('repairs nothing that was put right, or came into use, since it was found', async () => {
  const byCategory = new Map(corruptions.map((corruption) => [corruption.category, corruption]));
  const sums = await byCategory.get('sums_differ')!.inject(world);
  const [ownerId, period] = sums.split('/');
  // Somebody else is faster than the repair's own transaction.
  const mending = aroundTransactions(world, async (run, isReadOnly) => {
    if (!isReadOnly) await world.sql('update usage_periods set debits = debits - 3 where owner_id = $1 and period = $2', [ownerId, period]);
    return run();
  });
  const service = createValidationService({ databases: mending, storage: world.storage, runtime: runtimeDefaults, now: () => checkedAt });

  expect(await service.repair({ dryRun: false, maxDetails: 10 })).toMatchObject([{ task: 'recompute_sums', examined: 1, changed: 0, details: [] }]);
  expect(await world.issues()).toEqual([]);
});

it('tells of a repair that fails, and does the others', async () => {
  const byCategory = new Map(corruptions.map((corruption) => [corruption.category, corruption]));
  const stuck = await byCategory.get('job_stuck')!.inject(world);
  await byCategory.get('cover_missing')!.inject(world);
  await world.sql(`create function broken() returns trigger language plpgsql as $$ begin raise exception 'secret words'; end $$`);
  await world.sql('create trigger broken before update on generation_jobs for each row execute function broken()');

  const reports = await world.validation.repair({ dryRun: false, maxDetails: 10 });

  expect(reports.map(({ task, changed }) => [task, changed])).toEqual([['give_up_job', 0], ['set_cover', 1]]);
  expect(reports[0]!.errors).toEqual([expect.stringContaining(stuck)]);
  expect(reports[0]!.errors[0]).not.toContain('secret');
  expect((await world.issues()).map(({ category }) => category)).toEqual(['job_stuck']);
});

it('has an index for every look, and for the order of every page', async () => {
  const explainer = await createExplainer(world.urls.service, world.databases.service({ kind: 'system' }).models);
  const databases = { ...world.databases, service: () => explainer.database };
  const service = createValidationService({ databases, storage: world.storage, runtime: runtimeDefaults, now: () => checkedAt });

  try {
    expect(await issuesOf(service)).toEqual([]);
    expect(explainer.sortedPages).toEqual([]);
    expect(await issuesOf(service, { ownerId: demo })).toEqual([]);
    expect(explainer.wholeTables).toEqual([]);
  } finally {
    await explainer.close();
  }
});

it('walks through pages without skipping or repeating a row', async () => {
  const renders = count(6_000, 100_000);
  const now = new Date('2026-03-02T09:00:00.000Z');
  await seedScale({
    profiles: 40,
    renders,
    seed: 7,
    now,
    serviceUrl: world.urls.service,
    ownerUrl: world.urls.owner,
    storage: world.storage,
    configuration: runtimeDefaults,
    pictureSide: 48,
  });
  const rows = async (table: string): Promise<number> => (await world.sql<{ count: number }>(`select count(*)::int as count from ${table}`))[0]!.count;
  const began = performance.now();

  const { checks, issueCount } = await world.validation.report({ maxIssues: 3 });

  const examined = Object.fromEntries(checks.map((check) => [check.name, check.examined]));
  process.stderr.write(`${renders} renders: all checks in ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
  expect({ issueCount, issues: checks.flatMap(({ issues }) => issues) }).toEqual({ issueCount: 0, issues: [] });
  expect(examined).toMatchObject({
    default_favorites: await rows('profiles'),
    job_charges: await rows('generation_jobs'),
    ledger_entries: await rows('usage_ledger'),
    usage_sums: await rows('usage_periods'),
    renders_match_jobs: await rows('renders'),
    render_pictures: await rows('render_variants'),
    collection_items: await rows('collection_items'),
    asset_records: await rows('assets'),
    stored_objects: await rows('assets'),
  });
  const [last] = await world.sql<{ id: string }>(`update renders set style = 'x' where id = (select id from renders order by id desc limit 1) returning id`);
  expect((await world.issues({ checks: ['renders_match_jobs'] })).map(({ affectedId }) => affectedId)).toEqual([last!.id]);
}, 900_000);

it('finds nothing false beside a gateway that is busy', async () => {
  const random = seededRandom('busy gateway');
  const script = (): Script => (random.next() < 0.8 ? 'succeeds' : 'fails');
  const app = await createTestApp({
    background: true,
    holdsBudgets: false,
    comparesExecutions: false,
    runtime: { plans: { free: { monthlyGenerations: 100_000, maxConcurrentJobs: 1_000 } } },
    wrapProvider: () => createScriptedProvider(script),
  });
  try {
    const { databases, storage } = app.app;
    const service = createValidationService({ databases, storage, runtime: runtimeDefaults, now: () => new Date() });
    const photo = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#aabbcc' } }).png().toBuffer();
    const people = await Promise.all(Array.from({ length: 4 }, () => app.signUp()));
    const deeds: Deeds = new Map();
    let isBusy = true;
    const busy = Promise.all(people.map((as) => live(app, as, { random, rounds: count(25, 400), photo, deeds }))).finally(() => {
      isBusy = false;
    });
    let passes = 0;
    while (isBusy) {
      const { checks } = await service.report({ maxIssues: 5 });
      expect(checks.flatMap(({ issues }) => issues)).toEqual([]);
      passes += 1;
    }
    await busy;

    process.stderr.write(`${passes} passes beside ${JSON.stringify(Object.fromEntries([...deeds].sort()))}\n`);
    expect(passes).toBeGreaterThan(1);
    expect([...deeds.keys()]).toEqual(expect.arrayContaining(['submit: SubmitGenerationPayload', 'complete: CompleteUploadPayload', 'delete: DeleteRendersPayload']));
    expect((await service.report({ maxIssues: 5 })).checks.flatMap(({ issues }) => issues)).toEqual([]);
  } finally {
    await app.close();
  }
}, 900_000);

describe('npm run maintenance -- validate', () => {
  const run = (args: readonly string[], signal?: AbortSignal) => runValidate(world, args, signal ? { signal } : {});
  const lines = (out: string) => out.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const inject = (category: string): Promise<string> => corruptions.find((corruption) => corruption.category === category)!.inject(world);

  it('says that nothing is wrong, and ends with 0', async () => {
    const { code, out, err } = await run([]);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^usage_sums +[\d,]+ looked at +ok$/m);
    expect(out).toMatch(/0 critical, 0 warnings, 0 to know\.\n$/);
  });

  it.each([
    { what: 'warnings', category: 'cover_missing', code: 3 },
    { what: 'something critical', category: 'bytes_missing', code: 4 },
  ])('ends with $code where there are $what', async ({ category, code }) => {
    const id = await inject(category);

    const ran = await run([]);

    expect(ran.code).toBe(code);
    expect(ran.out).toContain(`${category} ${id}`);
  });

  it('prints JSON lines, of one account and some checks where that is asked for', async () => {
    const id = await inject('cover_missing');

    const { code, out } = await run(['--json', '--checks', 'usage_sums,renders_have_variants', '--profile', Buffer.from(`Profile:${demo}`).toString('base64')]);

    const [owner] = await world.sql<{ id: string }>('select owner_id as id from renders where id = $1', [id]);
    const records = lines(out);
    expect(records.map(({ type }) => type)).toEqual(owner!.id === demo ? ['check', 'issue', 'check', 'summary'] : ['check', 'check', 'summary']);
    expect(records.at(-1)).toEqual({ type: 'summary', checkedAt: checkedAt.toISOString(), critical: 0, warning: owner!.id === demo ? 1 : 0, info: 0 });
    expect(code).toBe(owner!.id === demo ? 3 : 0);
  });

  it('names what it would repair, and repairs it where it is told to be sure', async () => {
    const id = await inject('cover_missing');

    const named = await run(['--repair']);
    const repaired = await run(['--repair', '--yes']);

    expect(named.code).toBe(3);
    expect(named.out).toContain(`would be corrected ${id}`);
    expect(repaired.code).toBe(0);
    expect(repaired.out).toContain('set_cover: 1 of 1 repaired');
    expect((await run(['--repair', '--yes'])).out).toContain('There is nothing that could be repaired.');
  });

  it.each([
    ['--moon'], ['--yes'], ['--profile', 'somebody'], ['--list', '--repair'], ['--checks', 'moon_phase'], ['more'],
    ['--pace', '0'], ['--pace', '101'], ['--pace', '12.5'], ['--pace', 'half'], ['--pace', ''], ['--list', '--pace', '50'],
  ])(
    'ends with 2 where it is asked wrongly: %s %s',
    async (...args) => {
      const { code, out, err } = await run(args.filter((arg) => typeof arg === 'string'));

      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).not.toBe('');
    },
  );

  it('lists the checks, and explains itself', async () => {
    expect((await run(['--list'])).out).toContain('usage_sums\n  The running sums');
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes') as unknown });
  });

  it('ends with 1 where it is interrupted', async () => {
    expect(await run([], AbortSignal.abort())).toMatchObject({ code: 1, err: expect.stringContaining('Interrupted') as unknown });
  });
});
