import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { createValidationService } from '../src/services/data/validation.js';
import type { PaceClock } from '../src/services/data/validation/pace.js';
import { dataChecks } from '../src/services/data/validation/registry.js';
import { aroundTransactions } from './support/corruption/around.js';
import { runValidate } from './support/corruption/command.js';
import { corruptions } from './support/corruption/corruptions.js';
import { checkedAt, createTemplate, type Template, type World } from './support/corruption/world.js';

/** Checks of data rest, so that people beside them are served. */
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

describe('a check at a pace', () => {
  const pageMs = 30;

  /** A service in whose time transactions take `pageMs` each, rests what they are to take, and nothing else anything. */
  function openTimed() {
    let at = 0;
    const timed = { transactions: 0, rests: [] as number[], transactionsInRests: 0, pass: (ms: number): void => void (at += ms) };
    const databases = aroundTransactions(world, async (run) => {
      const result = await run();
      timed.transactions += 1;
      timed.pass(pageMs);
      return result;
    });
    const clock: PaceClock = {
      now: () => at,
      async rest(ms) {
        const [open] = await world.sql<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null and backend_type = 'client backend'`,
        );
        timed.transactionsInRests += open!.count;
        timed.rests.push(ms);
        timed.pass(ms);
      },
    };
    const service = createValidationService({ databases, storage: world.storage, runtime: runtimeDefaults, now: () => checkedAt, clock });
    return { timed, service };
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

  it('works that share of the time, not counting what the caller does, and rests without a transaction', async () => {
    const { timed, service } = openTimed();
    const id = await corruptions.find(({ category }) => category === 'cover_missing')!.inject(world);
    const found: string[] = [];

    for await (const { issues } of service.validate({ pace: 0.25 })) {
      found.push(...issues.map(({ affectedId }) => affectedId));
      timed.pass(1_000);
    }

    expect(found).toEqual([id]);
    expect(timed.transactions).toBeGreaterThan(dataChecks.length - 1);
    expect(sum(timed.rests)).toBeCloseTo(timed.transactions * pageMs * 3);
    expect(Math.max(...timed.rests)).toBeLessThan(3 * pageMs * 3);
    expect(timed.transactionsInRests).toBe(0);
  });

  it('rests behind each repair too', async () => {
    const { timed, service } = openTimed();
    for (const { inject } of corruptions.filter(({ category }) => category === 'cover_missing' || category === 'job_stuck')) await inject(world);

    const reports = await service.repair({ pace: 0.5, dryRun: false, maxDetails: 10 });

    expect(reports.map(({ changed }) => changed)).toEqual([1, 1]);
    expect(sum(timed.rests)).toBeCloseTo(timed.transactions * pageMs);
    expect(timed.transactionsInRests).toBe(0);
  });

  it('does not rest where nothing is said, or all of the time', async () => {
    const { timed, service } = openTimed();

    await service.report({ maxIssues: 1 });
    await service.report({ maxIssues: 1, pace: 1 });

    expect(timed.rests).toEqual([]);
  });

  it('ends in the middle of a rest where it is told to', async () => {
    const stop = new AbortController();
    const steps = world.validation.validate({ pace: 1e-9, signal: stop.signal });
    await steps.next();
    const resting = steps.next();

    stop.abort(new Error('That will do.'));

    await expect(resting).rejects.toThrow('That will do.');
  });

  it.each([0, -0.5, 1.01, NaN])('refuses %p, which is no share, before it looks at anything', async (pace) => {
    const { timed, service } = openTimed();

    await expect(service.report({ maxIssues: 1, pace })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    await expect(service.repair({ dryRun: true, maxDetails: 1, pace })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });

    expect(timed.transactions).toBe(0);
  });
});

describe('npm run maintenance -- validate --pace', () => {
  /** In whose time every part of the work takes a tenth of a second. */
  function createClock(onRest: () => void = () => undefined): PaceClock & { readonly rests: number[] } {
    let at = 0;
    const rests: number[] = [];
    return {
      rests,
      now: () => (at += 100),
      rest(ms) {
        rests.push(Math.round(ms));
        onRest();
        return Promise.resolve();
      },
    };
  }

  it.each([
    { what: 'so much of the time as it is told', args: ['--pace', '20'], rests: [400] },
    { what: 'all of the time where it is told to', args: ['--pace', '100'], rests: [] },
    { what: 'a quarter of the time where it is told nothing', args: [], rests: [300] },
  ])('works $what', async ({ args, rests }) => {
    const clock = createClock();

    const { code, out } = await runValidate(world, args, { clock });

    expect(clock.rests.slice(0, 1)).toEqual(rests);
    expect(code).toBe(0);
    expect(out).toMatch(/^stored_objects +[\d,]+ looked at +ok$/m);
  });

  it('ends with 1 where it is interrupted in a rest', async () => {
    const stop = new AbortController();
    const clock = createClock(() => stop.abort());

    expect(await runValidate(world, ['--pace', '1'], { signal: stop.signal, clock })).toMatchObject({ code: 1, err: expect.stringContaining('Interrupted') as unknown });
    expect(clock.rests).toHaveLength(1);
  });
});
