import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { DatabaseUnavailable, StatementTimeout } from '../src/database/errors.js';
import { ScopedPool } from '../src/database/scoped-pool.js';
import { count, seededRandom } from './support/counts.js';
import { ANONYMOUS, openScopeStage, type ScopeStage, SETTINGS, viewer, WHO } from './support/scope-stage.js';

let stage: ScopeStage;
let database: ScopeStage['database'];
let administrator: ScopeStage['administrator'];
let databases: ScopeStage['databases'];
let proxyTo: ScopeStage['proxyTo'];
let backends: ScopeStage['backends'];
let serverShows: ScopeStage['serverShows'];
beforeAll(async () => {
  stage = await openScopeStage();
  ({ database, administrator, databases, proxyTo, backends, serverShows } = stage);
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

describe('trouble', () => {
  test('a statement that takes too long is a StatementTimeout, and the connection serves on', async () => {
    const anyone = databases({ max: 1, statementTimeoutMillis: 50 }).gateway(ANONYMOUS);

    await expect(anyone.query('select pg_sleep(30)')).rejects.toThrow(StatementTimeout);
    expect(await anyone.query('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('a killed backend fails its statement, and the next one gets another', async () => {
    const anyone = databases({ max: 1 }).gateway(ANONYMOUS);
    const sleeping = anyone.query('select pg_sleep(30)').catch((reason: unknown) => reason);
    await serverShows("query like '%pg_sleep%' and state = 'active'");

    await administrator.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name like 'roomfeed %' and query like '%pg_sleep%'`,
    );

    expect(await sleeping).toBeInstanceOf(DatabaseUnavailable);
    expect(await anyone.query('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('a backend killed under Prisma, in and out of a transaction, is DatabaseUnavailable and leaves the pool', async () => {
    const both = databases({ max: 1 });
    const { models } = both.gateway(ANONYMOUS);
    const kill = async (pid: unknown): Promise<void> => {
      await administrator.query('select pg_terminate_backend($1, 5000)', [pid]);
    };

    const sleeping = models.$queryRaw`select pg_sleep(30)::text`.catch((reason: unknown) => reason);
    await serverShows("query like '%pg_sleep%' and state = 'active'");
    await kill((await backends())[0]);
    expect(await sleeping).toBeInstanceOf(DatabaseUnavailable);

    await expect(
      models.$transaction(async (tx) => {
        const [backend] = await tx.$queryRaw<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await kill(backend?.pid);
        await tx.render.count();
      }),
    ).rejects.toThrow(DatabaseUnavailable);
    expect(await models.render.count()).toBe(0);
  });

  test('after every connection was ended, as by a restart, the next statements are served', async () => {
    const pool = new ScopedPool({ role: 'gateway', url: database.urls.gateway, settings: SETTINGS });
    await Promise.all([pool.run(ANONYMOUS, 'select pg_sleep(0.05)'), pool.run(ANONYMOUS, 'select pg_sleep(0.05)')]);
    expect(pool.totalCount).toBe(2);
    const removed = new Promise<void>((resolve) => pool.on('remove', () => pool.totalCount === 0 && resolve()));

    for (const pid of await backends()) await administrator.query('select pg_terminate_backend($1)', [pid]);
    await removed;

    const { rows } = await pool.run(ANONYMOUS, 'select 1 as n');
    expect(rows).toEqual([{ n: 1 }]);
    await pool.end();
  });

  test('what was idle when the server ended it is never handed out', async () => {
    const both = databases({ max: 1 });
    const anyone = both.gateway(ANONYMOUS);
    for (let round = 0; round < 5; round += 1) {
      const [backend] = await anyone.query<{ pid: number }>('select pg_backend_pid() as pid');
      // Its end is on its way when this is answered, before or behind the next statement.
      await administrator.query('select pg_terminate_backend($1, 5000)', [backend?.pid]);
      const next = await anyone.query<{ pid: number }>('select pg_backend_pid() as pid').catch((reason: unknown) => reason);
      if (next instanceof Error) expect(next).toBeInstanceOf(DatabaseUnavailable);
      else expect(next).not.toEqual([backend]);
    }
  });

  test('connections that are ended at any moment fail their own statement at most, and nobody meets another’s scope', async () => {
    const chance = seededRandom('killed connections');
    const both = databases({ max: 3, connectionTimeoutMillis: 60_000 });
    let left = count(400, 4_000);
    const outcomes = { own: 0, lost: 0 };
    const work = async (): Promise<void> => {
      while ((left -= 1) >= 0) {
        const id = randomUUID();
        const mine = both.gateway(viewer(id));
        const kind = chance.integer(0, 3);
        const asked =
          kind === 0
            ? mine.transaction((tx) => tx.query(WHO))
            : mine.query(kind === 1 ? { text: WHO, name: 'killed' } : kind === 2 ? WHO : `${WHO}, pg_sleep(0.002)::text as slept`);
        const answer = await asked.catch((reason: unknown) => reason);
        if (answer instanceof Error) {
          expect(answer).toBeInstanceOf(DatabaseUnavailable);
          outcomes.lost += 1;
        } else {
          expect(answer).toMatchObject([{ who: id }]);
          outcomes.own += 1;
        }
      }
    };
    const workers = Array.from({ length: 8 }, work);
    let most = 0;
    while (left > 0) {
      const pids = await backends();
      most = Math.max(most, pids.length);
      if (pids.length > 0) await administrator.query('select pg_terminate_backend($1, 1000)', [chance.pick(pids)]);
    }
    await Promise.all(workers);

    expect(outcomes.own).toBeGreaterThan(0);
    expect(outcomes.lost).toBeGreaterThan(0);
    expect(await both.gateway(ANONYMOUS).query('select 1 as n')).toEqual([{ n: 1 }]);
    expect(most).toBeLessThanOrEqual(3);
  });

  test('the end closes what is idle, lets a statement finish, and refuses what comes', async () => {
    const pool = new ScopedPool({ role: 'gateway', url: database.urls.gateway, settings: SETTINGS });
    const slow = pool.run(ANONYMOUS, 'select pg_sleep(0.05), pg_backend_pid() as pid');
    await pool.run(ANONYMOUS, 'select 1');
    expect(pool.totalCount).toBe(2);

    const ended = pool.end();
    await expect(pool.run(ANONYMOUS, 'select 1')).rejects.toThrow(DatabaseUnavailable);
    const [row] = (await slow).rows;
    await ended;

    expect(row).toMatchObject({ pid: expect.any(Number) });
    expect(pool.totalCount).toBe(0);
  });

  test('a connection without work is closed after the idle time-out', async () => {
    const pool = new ScopedPool({ role: 'gateway', url: database.urls.gateway, settings: { ...SETTINGS, idleTimeoutMillis: 10 } });
    const removed = once(pool, 'remove');

    await pool.run(ANONYMOUS, 'select 1');
    await removed;

    expect(pool.totalCount).toBe(0);
    expect((await pool.run(ANONYMOUS, 'select 2 as n')).rows).toEqual([{ n: 2 }]);
    await pool.end();
  });

  test('each role has connections of its own, whichever was used last', async () => {
    const both = databases({ max: 1 });
    const me = viewer(randomUUID());
    const who = 'select session_user::text as name';
    const name = { gateway: new URL(database.urls.gateway).username, service: new URL(database.urls.service).username };

    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_unused, index) => {
        const role: 'gateway' | 'service' = index % 3 === 0 ? 'service' : 'gateway';
        return { rows: await both[role](me).query(who), expected: [{ name: name[role] }] };
      }),
    );

    for (const { rows, expected } of answers) expect(rows).toEqual(expected);
    expect(name.gateway).not.toBe(name.service);
  });

  test('a full pool refuses in time rather than letting a request wait for ever', async () => {
    const anyone = databases({ max: 1, connectionTimeoutMillis: 100 }).gateway(ANONYMOUS);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const holding = anyone.transaction(async () => held);

    await expect(anyone.query('select 1')).rejects.toThrow(DatabaseUnavailable);
    await expect(anyone.models.render.count()).rejects.toThrow(DatabaseUnavailable);

    release();
    await holding;
    expect(await anyone.query('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('a database that refuses connections is DatabaseUnavailable, through Prisma too', async () => {
    const proxy = await proxyTo(database.urls.gateway);
    await proxy.close();
    const anyone = databases({ urls: { gateway: proxy.url } }).gateway(ANONYMOUS);

    await expect(anyone.query('select 1')).rejects.toThrow(DatabaseUnavailable);
    await expect(anyone.models.render.count()).rejects.toThrow(DatabaseUnavailable);
    await expect(anyone.models.$transaction(async (tx) => tx.render.count())).rejects.toThrow(DatabaseUnavailable);
    await expect(anyone.transaction(async (tx) => tx.query('select 1'))).rejects.toThrow(DatabaseUnavailable);
  });

  test('a network that falls silent ends the statement after the answer time-out', async () => {
    const proxy = await proxyTo(database.urls.gateway);
    const anyone = databases({ max: 1, answerTimeoutMillis: 100, urls: { gateway: proxy.url } }).gateway(ANONYMOUS);
    await anyone.query('select 1');

    proxy.silence();
    await expect(anyone.query('select 1')).rejects.toThrow('did not answer in time');
  });

  test('the answer time-out is each statement’s own, however many there were before', async () => {
    const anyone = databases({ max: 1, answerTimeoutMillis: 400 }).gateway(ANONYMOUS);

    for (let n = 0; n < 6; n += 1) expect(await anyone.query(`select ${n} as n, pg_sleep(0.1)`)).toMatchObject([{ n }]);
    await expect(anyone.query('select pg_sleep(30)')).rejects.toThrow('did not answer in time');
    expect(await anyone.query('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('check resolves where both roles answer, and rejects in time where one does not', async () => {
    const both = databases();
    await both.check(5_000);

    const proxy = await proxyTo(database.urls.service);
    const half = databases({ urls: { service: proxy.url } });
    proxy.silence();
    await expect(half.check(100)).rejects.toThrow(DatabaseUnavailable);
  });
});
