import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { ConstraintViolation, PrivilegeDenied, ScopeError } from '../src/database/errors.js';
import { UnsafeRoleError } from '../src/database/roles.js';
import { ScopedPool } from '../src/database/scoped-pool.js';
import type { StatementListener } from '../src/database/statement.js';
import { count, seededRandom } from './support/counts.js';
import { ANONYMOUS, openScopeStage, type ScopeStage, SETTINGS, SYSTEM, viewer, WHO } from './support/scope-stage.js';

let stage: ScopeStage;
let database: ScopeStage['database'];
let administrator: ScopeStage['administrator'];
let databases: ScopeStage['databases'];
let proxyTo: ScopeStage['proxyTo'];
let person: ScopeStage['person'];
beforeAll(async () => {
  stage = await openScopeStage();
  ({ database, administrator, databases, proxyTo, person } = stage);
});
afterEach(() => stage.sweep());
afterAll(() => stage.close());

describe('the scope', () => {
  test('1,000 interleaved requests of two people over two connections meet no foreign row', async () => {
    const chance = seededRandom('scope');
    const { seed } = chance;
    const people = [await person(5), await person(5)] as const;
    const both = databases({ connectionTimeoutMillis: 60_000 });

    const requests = Array.from({ length: count(1_000, 5_000) }, (_unused, index) => {
      const me = chance.pick(people);
      const kind = chance.integer(0, 8);
      return { index, me, kind, mine: both.gateway(me.scope), other: people[me === people[0] ? 1 : 0] };
    });
    const sql = 'select owner_id as "ownerId" from renders';
    const answers = await Promise.all(
      requests.map(async ({ me, kind, mine, other }): Promise<{ ownerId: string }[]> => {
        const failing = (wrong: Promise<unknown>): Promise<never[]> =>
          wrong.then(
            () => expect('no error').toBe(''),
            () => [],
          ) as Promise<never[]>;
        switch (kind) {
          case 0:
            return mine.query(sql);
          case 1:
            return mine.query({ text: sql, name: 'interleaved' });
          case 2:
            return mine.models.render.findMany({ select: { ownerId: true } });
          case 3: {
            const found = await mine.models.render.findUnique({ where: { id: other.renderIds[0] ?? '' } });
            expect(found).toBeNull();
            return mine.models.render.findMany({ where: { id: { in: [...me.renderIds, ...other.renderIds] } } });
          }
          case 4:
            return mine.transaction(async (tx) => {
              const first = await tx.query<{ ownerId: string }>(sql);
              const second = await tx.query<{ ownerId: string }>({ text: sql, name: 'interleaved' });
              expect(second).toEqual(first);
              return first;
            });
          case 5:
            return mine.models.$transaction((tx) => tx.render.findMany());
          case 6:
            return failing(mine.query('select 1 / 0'));
          case 7:
            return failing(mine.query({ text: 'select nonsense from renders', name: 'interleaved_nonsense' }));
          default:
            return failing(
              mine.transaction(async (tx) => tx.query('insert into plan_versions (plan_id) values (null)')),
            );
        }
      }),
    );

    let seen = 0;
    answers.forEach((rows, index) => {
      const request = requests[index];
      if (request && request.kind < 6)
        expect({ seed, index, kind: request.kind, rows: rows.length }).toMatchObject({ rows: 5 });
      for (const row of rows)
        expect({ seed, index, owner: row.ownerId }).toEqual({ seed, index, owner: request?.me.id });
      seen += rows.length;
    });
    expect(seen).toBeGreaterThan(2_000);
  });

  test('nobody’s rows are visible to an anonymous caller, and everybody’s to the system', async () => {
    const me = await person(1);
    const both = databases();
    const countOf = 'select count(*) as count from renders where owner_id = $1';

    expect(await both.gateway(ANONYMOUS).query(countOf, [me.id])).toEqual([{ count: 0 }]);
    expect(await both.service(SYSTEM).query(countOf, [me.id])).toEqual([{ count: 1 }]);
    expect(await both.service(viewer(randomUUID())).query(countOf, [me.id])).toEqual([{ count: 0 }]);
  });

  test('no setting stays on the connection, neither after a statement nor after a transaction', async () => {
    const me = randomUUID();
    const both = databases({ max: 1 });

    expect(await both.service(viewer(me)).query(WHO)).toEqual([{ who: me }]);
    expect(await both.service(SYSTEM).query(WHO)).toEqual([{ who: expect.not.stringContaining('-') }]);
    await both.service(viewer(me)).transaction((tx) => tx.query(WHO));
    expect(await both.service(SYSTEM).query(WHO)).toEqual([{ who: '' }]);
    await both.service(viewer(me)).models.$transaction((tx) => tx.$queryRaw`select 1`);
    expect(await both.service(SYSTEM).query(WHO)).toEqual([{ who: '' }]);
    await expect(both.service(viewer(me)).query('select 1 / 0')).rejects.toThrow();
    expect(await both.service(SYSTEM).query(WHO)).toEqual([{ who: '' }]);
  });

  test('a statement and its scope cost one round trip, and a named one is parsed once a connection', async () => {
    const me = await person(2);
    const proxy = await proxyTo(database.urls.gateway);
    const mine = databases({ max: 1, urls: { gateway: proxy.url } }).gateway(me.scope);
    await mine.query('select 1');
    const named = { text: 'select id from renders where owner_id = $1', name: 'wire' };

    const counts: Record<string, number>[] = [];
    for (const statement of [named, named, 'select 2']) {
      proxy.reset();
      await mine.query(statement, statement === named ? [me.id] : []);
      counts.push(proxy.sent());
    }

    // Bind and Execute twice, for the scope and for the statement; Parse, behind Close, where it is new; Describe, where
    // its columns are not known yet; no simple Query.
    expect(counts).toEqual([
      { C: 1, P: 1, B: 2, D: 1, E: 2, S: 1 },
      { B: 2, E: 2, S: 1 },
      { P: 1, B: 2, D: 1, E: 2, S: 1 },
    ]);
  });

  test('Prisma’s statements cost one round trip each, and are parsed once', async () => {
    const me = await person(2);
    const proxy = await proxyTo(database.urls.gateway);
    const mine = databases({ max: 1, urls: { gateway: proxy.url } }).gateway(me.scope);
    const find = (): Promise<unknown> => mine.models.render.findMany({ where: { mode: 'redesign' } });
    await find();

    proxy.reset();
    expect(await find()).toHaveLength(2);
    expect(proxy.sent()).toEqual({ B: 2, E: 2, S: 1 });

    proxy.reset();
    await mine.models.$transaction(async (tx) => [await tx.render.count(), await tx.render.count()]);
    // BEGIN, two counts of which the first carries the scope, COMMIT.
    expect(proxy.sent()).toMatchObject({ S: 4, B: 5 });
  });

  test('a transaction sets the scope with its BEGIN, and its statements go alone', async () => {
    const proxy = await proxyTo(database.urls.gateway);
    const mine = databases({ max: 1, urls: { gateway: proxy.url } }).gateway(ANONYMOUS);
    await mine.query('select 1');

    proxy.reset();
    await mine.transaction(async (tx) => {
      await tx.query('select 1');
      await tx.query('select 2');
    });
    expect(proxy.sent()).toEqual({ P: 4, B: 5, D: 4, E: 5, S: 4 });
  });

  test('a statement without a scope is refused and nothing is sent', async () => {
    const proxy = await proxyTo(database.urls.gateway);
    const pool = new ScopedPool({ role: 'gateway', url: proxy.url, settings: SETTINGS });

    await expect(pool.query<Promise<unknown>>({ text: 'select 1', values: [], types: pg.types })).rejects.toThrow(
      ScopeError,
    );
    await expect(pool.connect()).rejects.toThrow(ScopeError);
    // @ts-expect-error: a scope that the types do not allow
    await expect(pool.run(undefined, 'select 1')).rejects.toThrow(ScopeError);
    await expect(pool.run(viewer("x', false); --"), 'select 1')).rejects.toThrow(ScopeError);
    await expect(pool.run(SYSTEM, 'select 1')).rejects.toThrow(ScopeError);
    await expect(pool.lease(SYSTEM)).rejects.toThrow(ScopeError);

    expect(proxy.connections()).toBe(0);
    await pool.end();
  });

  test('the gateway refuses the system scope, the service the anonymous one, and a viewer is a UUID', () => {
    const both = databases();

    expect(() => both.service({ kind: 'anonymous' })).toThrow(ScopeError);
    expect(() => both.gateway(SYSTEM)).toThrow(ScopeError);
    expect(() => both.gateway(viewer('me'))).toThrow(ScopeError);
    expect(() => both.service(viewer(''))).toThrow(ScopeError);
  });

  test('a listener hears of each statement, with its role and scope, and not of the scope in front', async () => {
    const heard: Parameters<StatementListener>[0][] = [];
    const me = viewer(randomUUID());
    const both = databases({ onStatement: (sent) => heard.push(sent) });

    await both.gateway(me).query({ text: 'select 1', name: 'heard' });
    await both.service(me).transaction((tx) => tx.query('select 2'));

    expect(heard).toEqual([
      { text: 'select 1', name: 'heard', role: 'gateway', scope: me },
      { text: 'BEGIN', name: undefined, role: 'service', scope: me },
      { text: 'select 2', name: undefined, role: 'service', scope: me },
      { text: 'COMMIT', name: undefined, role: 'service', scope: me },
    ]);
  });
});

describe('statements', () => {
  test('values come as design and JavaScript agree: instants as Dates, days as text, counts as numbers', async () => {
    const anyone = databases().gateway(ANONYMOUS);

    const [row] = await anyone.query(
      `select timestamptz '2026-02-28 23:59:59.999+00' as instant, date '2026-03-01' as day,
        timestamp '2026-03-01 00:00' as local,
        count(*) as count, 0.10::numeric as amount, '{"a": [1]}'::jsonb as json, null::int as nothing,
        array[date '2026-03-01'] as days, array[1, null]::bigint[] as numbers, true as yes, $1::uuid as id,
        $2::timestamptz as sent, $3::text[] as texts, $4::jsonb as object, $5::bytea as bytes, $6::date as "sentDay"`,
      [
        'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
        new Date(1),
        ['a,b', 'c"d\\e', null, 'NULL'],
        { a: 1 },
        new Uint8Array([0, 255]),
        new Date('2026-01-31T23:30:00Z'),
      ],
    );

    expect(row).toEqual({
      instant: new Date('2026-02-28T23:59:59.999Z'),
      day: '2026-03-01',
      local: '2026-03-01 00:00:00',
      count: 1,
      amount: '0.10',
      json: { a: [1] },
      nothing: null,
      days: ['2026-03-01'],
      numbers: [1, null],
      yes: true,
      id: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      sent: new Date(1),
      texts: ['a,b', 'c"d\\e', null, 'NULL'],
      object: { a: 1 },
      bytes: Buffer.from([0, 255]),
      sentDay: '2026-01-31',
    });
  });

  test('a bigint that a number cannot hold is an error, and the connection serves on', async () => {
    const anyone = databases({ max: 1 }).gateway(ANONYMOUS);
    const pid = 'select pg_backend_pid() as pid';
    const before = await anyone.query(pid);

    await expect(anyone.query('select 9007199254740993 as big, 1 as one')).rejects.toThrow('cast the column to text');

    expect(await anyone.query(pid)).toEqual(before);
  });

  test('a failing statement leaves the connection clean and in the pool', async () => {
    const me = await person(1);
    const mine = databases({ max: 1 }).gateway(me.scope);
    const pid = 'select pg_backend_pid() as pid';
    const before = await mine.query(pid);

    const failures: [string, string][] = [
      ['selec 1', '42601'],
      ['select 1; select 2', '42601'],
      ['select * from nowhere', '42P01'],
      ['select 1 / 0', '22012'],
      ["select 'x'::uuid", '22P02'],
    ];
    for (const [text, code] of failures) {
      const error = await mine.query(text).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'DatabaseError', code });
      expect(String(error)).not.toContain(text);
      expect(await mine.query('select owner_id from renders')).toEqual([{ owner_id: me.id }]);
    }

    expect(await mine.query(pid)).toEqual(before);
  });

  test('a failing scope fails the statement, which never runs', async () => {
    const me = await person(1);
    const role = new URL(database.urls.service).username;
    await administrator.query('create schema trap');
    await administrator.query(
      `create function trap.set_config(text, text, boolean) returns text language plpgsql
       as $$ begin raise exception 'no'; end $$`,
    );
    await administrator.query(`grant usage on schema trap to ${role}`);
    const url = new URL(database.urls.service);
    url.searchParams.set('options', '-c search_path=trap,pg_catalog,public');
    const mine = databases({ max: 1, urls: { service: url.toString() } }).service(me.scope);

    await expect(mine.query('update renders set cover_variant = 1')).rejects.toMatchObject({ code: 'P0001' });

    const { rows } = await administrator.query('select cover_variant from renders where owner_id = $1', [me.id]);
    expect(rows).toEqual([{ cover_variant: 0 }]);
    await administrator.query('drop schema trap cascade');
  });

  test('reads as from flash in the gateway’s role alone, and where the URL says otherwise as that says', async () => {
    const costOf = async (role: 'gateway' | 'service', options?: string): Promise<unknown> => {
      const url = new URL(database.urls[role]);
      if (options) url.searchParams.set('options', options);
      const made = databases({ max: 1, urls: { [role]: url.toString() } });
      const db = role === 'gateway' ? made.gateway({ kind: 'anonymous' }) : made.service(SYSTEM);
      return (await db.query<{ cost: string }>(`select current_setting('random_page_cost') as cost`))[0]?.cost;
    };

    expect(await costOf('gateway')).toBe('1.1');
    expect(await costOf('service')).toBe('4');
    expect(await costOf('gateway', '-c random_page_cost=2.5')).toBe('2.5');
  });

  test('a named statement that failed to parse works on the same connection once it can', async () => {
    const system = databases({ max: 1 }).service(SYSTEM);
    const statement = { text: 'select n from later', name: 'later' };

    await expect(system.query(statement)).rejects.toMatchObject({ code: '42P01' });
    await administrator.query(
      'create table later (n int); grant select on later to public; insert into later values (7)',
    );
    expect(await system.query(statement)).toEqual([{ n: 7 }]);

    await administrator.query('drop table later');
  });

  test('a named statement outlives a migration that changes its columns', async () => {
    const system = databases({ max: 1 }).service(SYSTEM);
    await administrator.query('create table migrated (n int); grant select on migrated to public');
    await administrator.query('insert into migrated values (7)');
    const statement = { text: 'select * from migrated', name: 'migrated' };
    expect(await system.query(statement)).toEqual([{ n: 7 }]);

    // Known by now, so that its numbers come as bytes.
    expect(await system.query(statement)).toEqual([{ n: 7 }]);

    await administrator.query('alter table migrated alter n type text');
    expect(await system.query(statement)).toEqual([{ n: '7' }]);
    expect(await system.query(statement)).toEqual([{ n: '7' }]);
    await administrator.query("alter table migrated add t timestamptz default '2026-11-23 10:15:30.1+00'");
    for (const known of [false, true]) {
      const rows = await system.query(statement);
      expect({ known, rows }).toEqual({ known, rows: [{ n: '7', t: new Date('2026-11-23T10:15:30.100Z') }] });
    }
    await administrator.query('drop table migrated');
  });

  test('a name stands for one text, and is at most 63 bytes long', async () => {
    const anyone = databases().gateway(ANONYMOUS);
    await anyone.query({ text: 'select 1 as n', name: 'mine' });

    await expect(anyone.query({ text: 'select 2 as n', name: 'mine' })).rejects.toThrow('mine stands for another text');
    await expect(anyone.query({ text: 'select 1', name: 'é'.repeat(32) })).rejects.toThrow('63 bytes');
    expect(await anyone.query({ text: 'select 3 as n', name: 'e'.repeat(63) })).toEqual([{ n: 3 }]);
  });

  test('a connection keeps 256 statements prepared, and an older one is prepared again', async () => {
    const anyone = databases({ max: 1 }).gateway(ANONYMOUS);
    for (let n = 0; n < 300; n += 1) await anyone.query({ text: `select ${n} as n`, name: `many_${n}` });

    const [held] = await anyone.query<{ count: number }>('select count(*) as count from pg_prepared_statements');
    expect(held?.count).toBe(256);
    expect(await anyone.query({ text: 'select 0 as n', name: 'many_0' })).toEqual([{ n: 0 }]);
  });

  test('parameters of any length and kind arrive as they are, in a packet of any length', async () => {
    const anyone = databases({ max: 1 }).gateway(ANONYMOUS);
    const sql = 'select $1::text as text, $2::text as other, $3::bytea as bytes, $4::text as nothing, $5::int as number';
    for (const length of [0, 1, 63, 64, 65, 5_000, 16_384, 100_000, 1_000_000, 3]) {
      const row = { text: 'a'.repeat(length), other: 'ü🛋'.repeat(length), bytes: Buffer.alloc(length, 0xff), nothing: null, number: length };
      for (const name of ['', `of many lengths é`]) {
        const rows = await anyone.query({ text: sql, name }, Object.values(row));
        expect({ length, isSame: isDeepStrictEqual(rows, [row]) }).toEqual({ length, isSame: true });
      }
    }
  });

  test('parameters that cannot be sent are refused before anything is', async () => {
    const anyone = databases().gateway(ANONYMOUS);

    await expect(anyone.query('select $1', [new Date(Number.NaN)])).rejects.toThrow('invalid Date');
    await expect(anyone.query('select $1', [() => 1])).rejects.toThrow('function');
    await expect(anyone.query('select 1', new Array(65_536).fill(1))).rejects.toThrow('65535');
    expect(await anyone.query('select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('COPY and BEGIN are refused, and the next statement is served', async () => {
    const system = databases({ max: 1 }).service(SYSTEM);

    await expect(system.query('copy renders from stdin')).rejects.toThrow(Error);
    await expect(system.query('copy (select 1) to stdout')).rejects.toThrow('COPY needs a connection of its own');
    await expect(system.query('begin')).rejects.toThrow(ScopeError);
    expect(await system.query(WHO)).toEqual([{ who: null }]);
  });

  test('errors are of a class that says what to do, and hold neither SQL nor values', async () => {
    const me = await person(1);
    const both = databases();
    const reject = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'no error',
        (reason: unknown) => reason,
      );

    const duplicate = await reject(both.service(SYSTEM).query('insert into profiles (id) values ($1)', [me.id]));
    expect(duplicate).toBeInstanceOf(ConstraintViolation);
    expect(duplicate).toMatchObject({ code: '23505', constraint: 'profiles_pkey' });

    const denied = await reject(both.gateway(me.scope).query('delete from usage_ledger'));
    expect(denied).toBeInstanceOf(PrivilegeDenied);

    for (const error of [duplicate, denied]) {
      expect(JSON.stringify({ ...(error as object), text: String(error) })).not.toContain(me.id);
      expect(String(error)).not.toMatch(/insert|delete|select/i);
      expect((error as Error).cause).toBeUndefined();
    }
  });
});

describe('the roles', () => {
  test('are safe as the migrations make them', async () => {
    await databases().verifyRoles();
  });

  test('that could pass by the policies are refused, each fault named', async () => {
    const suffix = randomUUID().slice(0, 8);
    const [bypassing, member] = [`bypassing_${suffix}`, `member_${suffix}`];
    const login = (role: string): string => {
      const url = new URL(database.urls.superuser);
      url.username = role;
      url.password = 'secret';
      return url.toString();
    };
    await administrator.query(`create role ${bypassing} login bypassrls password 'secret'`);
    await administrator.query(
      `create role ${member} login password 'secret' in role ${new URL(database.urls.service).username}`,
    );
    const faults = async (urls: { gateway?: string; service?: string }): Promise<unknown> =>
      databases({ urls })
        .verifyRoles()
        .then(
          () => 'no fault',
          (reason: unknown) => reason,
        );
    try {
      const superuser = await faults({ gateway: database.urls.superuser });
      expect(superuser).toBeInstanceOf(UnsafeRoleError);
      expect(superuser).toMatchObject({ message: expect.stringContaining('is a superuser') });
      expect(await faults({ service: login(bypassing) })).toMatchObject({
        message: expect.stringContaining('has BYPASSRLS'),
      });
      expect(await faults({ gateway: database.urls.owner })).toMatchObject({
        message: expect.stringContaining('owns tables'),
      });
      expect(await faults({ gateway: login(member) })).toMatchObject({
        message: expect.stringContaining('is a member of the service'),
      });
      expect(await faults({ gateway: database.urls.service })).toMatchObject({
        message: expect.stringContaining('the same role'),
      });
      expect(await faults({ gateway: login(bypassing), service: database.urls.owner })).toMatchObject({
        faults: [expect.stringContaining('BYPASSRLS'), expect.stringContaining('owns tables')],
      });
    } finally {
      await stage.sweep();
      await administrator.query(`drop role ${bypassing}`);
      await administrator.query(`drop role ${member}`);
    }
  });
});
