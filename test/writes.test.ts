import pg from 'pg';
import { DatabaseUnavailable } from '../src/database/errors.js';
import { createTurns } from '../src/services/turns.js';
import { createTestApp, type TestApp } from './support/app.js';
import { mutate } from './support/mutate.js';
import { read } from './support/read.js';
import { createSeed, type Seed } from './support/seed.js';

describe('turns', () => {
  /** Work that ends when it is told to. */
  function task() {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    return { run: () => ended, end };
  }

  it('run the work of one key one after the other, and other keys meanwhile', async () => {
    const inTurn = createTurns({ patienceMs: 60_000, longestLine: 10 });
    const order: string[] = [];
    const first = task();
    const one = inTurn('a', () => first.run()).then(() => order.push('first'));
    const two = inTurn('a', () => Promise.resolve()).then(() => order.push('second'));

    await inTurn('b', () => Promise.resolve()).then(() => order.push('other'));
    first.end();
    await Promise.all([one, two]);

    expect(order).toEqual(['other', 'first', 'second']);
  });

  it('go on after work that failed', async () => {
    const inTurn = createTurns({ patienceMs: 60_000, longestLine: 10 });
    const failing = inTurn('a', () => Promise.reject(new Error('no')));
    const next = inTurn('a', () => Promise.resolve('yes'));

    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('yes');
  });

  it('refuse what has waited too long, and never run it', async () => {
    const inTurn = createTurns({ patienceMs: 1, longestLine: 10 });
    const first = task();
    const one = inTurn('a', () => first.run());
    let ran = false;
    const late = inTurn('a', () => Promise.resolve((ran = true)));

    await expect(late).rejects.toBeInstanceOf(DatabaseUnavailable);
    first.end();
    await one;
    await inTurn('a', () => Promise.resolve());
    expect(ran).toBe(false);
  });

  it('refuse at once what finds too many before it', async () => {
    const inTurn = createTurns({ patienceMs: 60_000, longestLine: 1 });
    const first = task();
    const one = inTurn('a', () => first.run());
    const two = inTurn('a', () => Promise.resolve('second'));

    await expect(inTurn('a', () => Promise.resolve())).rejects.toBeInstanceOf(DatabaseUnavailable);
    first.end();
    await one;
    expect(await two).toBe('second');
  });
});

describe('the writes of one account', () => {
  let app: TestApp;
  let seed: Seed;

  beforeAll(async () => {
    app = await createTestApp({ environment: { DATABASE_POOL_MAX: '2' } });
    seed = await createSeed(app);
  });
  afterAll(async () => {
    await seed.close();
    await app.close();
  });

  it('take one connection while they wait, and leave the others to everybody else', async () => {
    const busy = await app.signUp();
    const other = await app.signUp();
    const holder = new pg.Client({ connectionString: app.database.urls.superuser });
    await holder.connect();
    try {
      await holder.query('begin');
      await holder.query('select 1 from profiles where id = $1 for update', [busy.id]);
      const burst = Promise.all(
        Array.from({ length: 20 }, (_, index) => mutate(app, 'createCollection', { name: `Album ${index}` }, { as: busy })),
      );
      await waiting(seed);

      // With both connections of the pool waiting for the lock these would wait for it too.
      expect(await mutate(app, 'createCollection', { name: 'Mine' }, { as: other })).toMatchObject({
        __typename: 'CreateCollectionPayload',
      });
      await read(app, '{ viewer { renders { totalCount } } }', { as: busy });
      expect(await lockWaiters(seed)).toBe(1);

      await holder.query('commit');
      expect((await burst).map(({ __typename }) => __typename)).toEqual(Array(20).fill('CreateCollectionPayload'));
    } finally {
      await holder.end();
    }
  });

  it('of several processes wait for one another at the account’s row', async () => {
    const second = await createTestApp({ database: app.database, runtime: { limits: { maxCollections: 5 } } });
    const first = await createTestApp({ database: app.database, runtime: { limits: { maxCollections: 5 } } });
    try {
      const person = await first.signUp({ id: '0197b000-0000-7000-8000-0000000000aa' });

      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          mutate(index % 2 ? first : second, 'createCollection', { name: `Album ${index}` }, { as: person }),
        ),
      );

      expect(outcomes.filter(({ code }) => code === undefined)).toHaveLength(4);
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });
});

async function lockWaiters({ sql }: Seed): Promise<number> {
  const [row] = await sql<{ waiting: number }>(
    `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return row!.waiting;
}

/** Resolves when somebody waits for a lock. */
async function waiting(seed: Seed): Promise<void> {
  while ((await lockWaiters(seed)) === 0);
}
