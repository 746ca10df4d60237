import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Sql } from '../src/database/database.js';
import { DatabaseUnavailable, ScopeError, SerializationFailure } from '../src/database/errors.js';
import { ANONYMOUS, openScopeStage, type ScopeStage, SYSTEM, viewer, WHO } from './support/scope-stage.js';

let stage: ScopeStage;
let database: ScopeStage['database'];
let databases: ScopeStage['databases'];
let proxyTo: ScopeStage['proxyTo'];
let person: ScopeStage['person'];
beforeAll(async () => {
  stage = await openScopeStage();
  ({ database, databases, proxyTo, person } = stage);
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

describe('a transaction', () => {
  test('commits what it did, and rolls it back where it throws', async () => {
    const mine = databases({ max: 1 }).gateway((await person(0)).scope);
    const insert = (tx: Sql, name: string): Promise<unknown> =>
      tx.query("insert into collections (owner_id, name) values (current_setting('app.user_id')::uuid, $1)", [name]);
    const reason = new Error('changed my mind');

    await mine.transaction((tx) => insert(tx, 'kept'));
    await expect(
      mine.transaction(async (tx) => {
        await insert(tx, 'lost');
        throw reason;
      }),
    ).rejects.toBe(reason);

    expect(await mine.query('select name from collections where not is_default_favorites')).toEqual([{ name: 'kept' }]);
  });

  test('is as isolated and as read-only as it is asked to be', async () => {
    const mine = databases().gateway(ANONYMOUS);
    const state = `select current_setting('transaction_isolation') as isolation,
        current_setting('transaction_read_only') as "readOnly"`;

    expect(await mine.transaction((tx) => tx.query(state))).toEqual([{ isolation: 'read committed', readOnly: 'off' }]);
    expect(await mine.transaction((tx) => tx.query(state), { isolation: 'repeatable read', readOnly: true })).toEqual([
      { isolation: 'repeatable read', readOnly: 'on' },
    ]);
    expect(
      await mine.models.$transaction((tx) => tx.$queryRawUnsafe(state), { isolationLevel: 'Serializable' }),
    ).toEqual([{ isolation: 'serializable', readOnly: 'off' }]);
  });

  test('two of different people over one connection do not see each other’s setting', async () => {
    const both = databases({ max: 1 });
    const [a, b] = [randomUUID(), randomUUID()];

    const seen = await Promise.all([
      both.service(viewer(a)).transaction((tx) => tx.query(WHO)),
      both.service(viewer(b)).transaction((tx) => tx.query(WHO)),
      both.service(viewer(a)).models.$transaction((tx) => tx.$queryRawUnsafe(WHO)),
      both.service(viewer(b)).models.$transaction((tx) => tx.$queryRawUnsafe(WHO)),
      both.service(SYSTEM).transaction((tx) => tx.query(WHO)),
    ]);

    expect(seen).toEqual([
      [{ who: a }],
      [{ who: b }],
      [{ who: a }],
      [{ who: b }],
      [{ who: expect.not.stringContaining('-') }],
    ]);
  });

  test('serves its statements in their order, also when they are not awaited one by one', async () => {
    const mine = databases().gateway(ANONYMOUS);

    const rows = await mine.transaction((tx) =>
      Promise.all(Array.from({ length: 20 }, (_unused, n) => tx.query<{ n: number }>('select $1::int as n', [n]))),
    );

    expect(rows.flat().map((row) => row.n)).toEqual(Array.from({ length: 20 }, (_unused, n) => n));
  });

  test('refuses statements after its end, and a COMMIT of the caller’s own', async () => {
    const mine = databases({ max: 1 }).service(viewer(randomUUID()));
    let kept: Sql | undefined;
    await mine.transaction(async (tx) => void (kept = tx));

    await expect(kept?.query('select 1')).rejects.toThrow(ScopeError);
    await expect(
      mine.transaction(async (tx) => {
        await tx.query('commit');
        return tx.query('select count(*) from profiles');
      }),
    ).rejects.toThrow(ScopeError);
    expect(await mine.query('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('that went on after a failed statement is no success', async () => {
    const mine = databases({ max: 1 }).gateway(ANONYMOUS);

    await expect(
      mine.transaction(async (tx) => {
        await tx.query('select 1 / 0').catch(() => undefined);
        return 'done';
      }),
    ).rejects.toMatchObject({ code: '22012' });
    await expect(
      mine.models.$transaction(async (tx) => {
        await tx.$queryRaw`select 1 / 0`.catch(() => undefined);
        return 'done';
      }),
    ).rejects.toThrow('rolled back');
    expect(await mine.query('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('is run again after a serialization failure, in which two read what the other writes', async () => {
    const me = await person(2);
    const system = databases().service(SYSTEM);
    const bothHaveRead = barrier(2);
    let runs = 0;
    const bump = (index: number): Promise<void> =>
      system.transaction(
        async (tx) => {
          runs += 1;
          const [sum] = await tx.query<{ sum: number }>(
            'select sum(cover_variant) as sum from renders where owner_id = $1',
            [me.id],
          );
          if (runs <= 2) await bothHaveRead();
          await tx.query('update renders set cover_variant = $2::int + 1 where id = $1', [
            me.renderIds[index],
            sum?.sum,
          ]);
        },
        { isolation: 'serializable' },
      );

    await Promise.all([bump(0), bump(1)]);

    const rows = await system.query<{ cover_variant: number }>(
      'select cover_variant from renders where owner_id = $1 order by 1',
      [me.id],
    );
    expect(rows.map((row) => row.cover_variant)).toEqual([1, 2]);
    // The two may collide again before they get out of each other's way.
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  test('is run again after a deadlock', async () => {
    const me = await person(2);
    const system = databases().service(SYSTEM);
    const bothHaveOne = barrier(2);
    let runs = 0;
    const lock = (tx: Sql, id: string | undefined): Promise<unknown> =>
      tx.query('update renders set cover_variant = cover_variant + 1 where id = $1', [id]);
    const crosswise = ([first, second]: readonly (string | undefined)[]): Promise<void> =>
      system.transaction(async (tx) => {
        runs += 1;
        await lock(tx, first);
        if (runs <= 2) await bothHaveOne();
        await lock(tx, second);
      });

    await Promise.all([crosswise(me.renderIds), crosswise([...me.renderIds].reverse())]);

    expect(await system.query('select cover_variant as n from renders where owner_id = $1', [me.id])).toEqual([
      { n: 2 },
      { n: 2 },
    ]);
    // The two may collide again before they get out of each other's way.
    expect(runs).toBeGreaterThanOrEqual(3);
  });

  test('gives up after six runs', async () => {
    const mine = databases({ max: 1 }).gateway(ANONYMOUS);
    let runs = 0;

    await expect(
      mine.transaction(async (tx) => {
        runs += 1;
        await tx.query("do $$ begin raise exception 'again' using errcode = '40001'; end $$");
      }),
    ).rejects.toThrow(SerializationFailure);
    expect(runs).toBe(6);
  });

  test('whose connection dies during COMMIT has an unknown outcome, and is not run again', async () => {
    const proxy = await proxyTo(database.urls.gateway);
    const mine = databases({ max: 1, urls: { gateway: proxy.url } }).gateway(ANONYMOUS);
    let runs = 0;

    const error = await mine
      .transaction(async (tx) => {
        runs += 1;
        await tx.query('select 1');
        proxy.cutAtNextMessage();
      })
      .catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(error).toMatchObject({ outcomeUnknown: true });
    expect(runs).toBe(1);
  });

  test('whose connection dies in between fails, and leaves the pool', async () => {
    const anyone = databases({ max: 1, idleInTransactionTimeoutMillis: 50 });
    const mine = anyone.gateway(ANONYMOUS);
    const gone = new pg.Client({ connectionString: database.urls.superuser });
    await gone.connect();

    await expect(
      mine.transaction(async (tx) => {
        const [backend] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
        // The server ends the idle transaction by itself; nothing but its absence tells.
        for (;;) {
          const { rows } = await gone.query('select from pg_stat_activity where pid = $1', [backend?.pid]);
          if (rows.length === 0) break;
        }
        await tx.query('select 1');
      }),
    ).rejects.toThrow(DatabaseUnavailable);
    expect(await mine.query('select 1 as n')).toEqual([{ n: 1 }]);
    await gone.end();
  });
});

/** Resolves for everybody when so many have arrived. */
function barrier(size: number): () => Promise<void> {
  let arrived = 0;
  let release: () => void = () => undefined;
  const all = new Promise<void>((resolve) => (release = resolve));
  return () => {
    arrived += 1;
    if (arrived === size) release();
    return all;
  };
}
