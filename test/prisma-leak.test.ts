import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import { PrismaPg } from '@prisma/adapter-pg';
import { graphql } from 'graphql';
import type { Database, Databases } from '../src/database/database.js';
import type { Scope } from '../src/database/scope.js';
import { createDatabases } from '../src/database/databases.js';
import {
  ConstraintViolation,
  DatabaseError,
  PrivilegeDenied,
  RowNotFound,
  ScopeError,
  StatementTimeout,
} from '../src/database/errors.js';
import { type ReadModels, readOnlyModels } from '../src/database/read-models.js';
import { ScopedPool } from '../src/database/scoped-pool.js';
import type PrismaTypes from '../src/generated/pothos.js';
import { getDatamodel } from '../src/generated/pothos.js';
import { PrismaClient } from '../src/generated/prisma/client.js';
import { createTestDatabase, type TestDatabase } from './support/database.js';

const ROUNDS = 50;
const SETTINGS = {
  max: 4,
  connectionTimeoutMillis: 10_000,
  idleTimeoutMillis: 10_000,
  statementTimeoutMillis: 20_000,
  lockTimeoutMillis: 20_000,
};

interface Person {
  readonly scope: Scope;
  readonly id: string;
  readonly renderId: string;
  readonly db: Database;
}

let database: TestDatabase;
let databases: Databases;
let statements: string[] = [];
let alice: Person;
let bob: Person;

async function person(): Promise<Person> {
  const id = randomUUID();
  const scope: Scope = { kind: 'viewer', id };
  const system = databases.service({ kind: 'system' });
  await system.query('insert into profiles (id, name) values ($1, $1::uuid::text)', [id]);
  const [render] = await system.query<{ id: string }>(
    "insert into renders (owner_id, mode, prompt) values ($1, 'redesign', $1::uuid::text) returning id",
    [id],
  );
  return { id, scope, renderId: render?.id ?? '', db: databases.gateway(scope) };
}

beforeAll(async () => {
  database = await createTestDatabase();
  databases = createDatabases({
    gatewayUrl: database.urls.gateway,
    serviceUrl: database.urls.service,
    pool: SETTINGS,
    onStatement: ({ text }) => statements.push(text),
  });
  [alice, bob] = [await person(), await person()];
});

beforeEach(() => {
  statements = [];
});

afterAll(async () => {
  await databases.close();
  await database.drop();
});

/** In one tick Alice asks for her own render, and Bob for hers too; what Bob got, round by round. */
async function whatBobGets(ask: (who: Person, renderId: string) => Promise<unknown>): Promise<unknown[]> {
  const got: unknown[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [hers, his] = await Promise.all([ask(alice, alice.renderId), ask(bob, alice.renderId)]);
    expect(hers).toMatchObject({ prompt: alice.id });
    got.push(his);
  }
  return got;
}

describe('findUnique of two people in one tick', () => {
  test('hands one the other’s row on an unguarded client, which is why there is a guard', async () => {
    const pool = new ScopedPool({ role: 'gateway', url: database.urls.gateway, settings: SETTINGS });
    const unguarded = new PrismaClient({ adapter: new PrismaPg(pool) });

    const got = await whatBobGets(({ scope }, id) =>
      pool.inAmbientScope(scope, async () => await unguarded.render.findUnique({ where: { id } })),
    );

    expect(got.filter((row) => row !== null)).toHaveLength(ROUNDS);

    // The array form of $transaction collects whatever is in it in the same way.
    const inArrays = await whatBobGets(({ scope }, id) =>
      pool.inAmbientScope(
        scope,
        async () => (await unguarded.$transaction([unguarded.render.findFirst({ where: { id } })]))[0],
      ),
    );
    expect(inArrays.filter((row) => row !== null)).toHaveLength(ROUNDS);

    await unguarded.$disconnect();
    await pool.end();
  });

  test('gives each their own on ours', async () => {
    const got = await whatBobGets(({ db }, id) => db.models.render.findUnique({ where: { id } }));

    expect(got).toEqual(new Array(ROUNDS).fill(null));
    expect(statements).toHaveLength(2 * ROUNDS);
  });

  test('gives each their own with findUniqueOrThrow, in transactions and by compound keys', async () => {
    const orNotFound = (work: Promise<unknown>): Promise<unknown> =>
      work.catch((error: unknown) => {
        expect(error).toBeInstanceOf(RowNotFound);
        return null;
      });

    expect(
      await whatBobGets(({ db }, id) => orNotFound(db.models.render.findUniqueOrThrow({ where: { id } }))),
    ).toEqual(new Array(ROUNDS).fill(null));
    expect(
      await whatBobGets(({ db }, id) => db.models.$transaction((tx) => tx.render.findUnique({ where: { id } }))),
    ).toEqual(new Array(ROUNDS).fill(null));
    expect(
      await whatBobGets(({ db }, id) =>
        db.models.render.findUnique({ where: { id_ownerId: { id, ownerId: alice.id }, mode: 'redesign' } }),
      ),
    ).toEqual(new Array(ROUNDS).fill(null));
  });

  test('gives each their own through plugin-prisma, whose loaders call findUniqueOrThrow', async () => {
    const schema = pothosSchema();

    const got = await whatBobGets(async ({ db }, id) => {
      const { data, errors } = await graphql({
        schema,
        source: 'query ($id: String!) { render(id: $id) { prompt owner { name } } }',
        variableValues: { id },
        contextValue: { reads: readOnlyModels(db) },
      });
      expect(errors?.map((error) => error.originalError) ?? []).not.toContainEqual(
        expect.not.objectContaining({ name: 'RowNotFound' }),
      );
      return data?.['render'];
    });

    expect(got).toEqual(new Array(ROUNDS).fill({ prompt: null, owner: null }));
  });
});

describe('models', () => {
  test('hand on no store when the last has ended, which every promise of the process would pay for', async () => {
    const { prototype } = AsyncLocalStorage;
    const disable = Object.getOwnPropertyDescriptor(prototype, 'disable') as { value(): void };
    let off = 0;
    prototype.disable = function () {
      off += 1;
      disable.value.call(this);
    };
    try {
      // Prisma begins when somebody waits.
      const slow = Promise.resolve(bob.db.models.$queryRaw`select pg_sleep(0.05)::text`);
      await alice.db.models.render.findFirst({ where: { id: alice.renderId } });
      expect(off).toBe(0);
      await slow;
      expect(off).toBe(1);
      await expect(alice.db.models.$transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(off).toBe(2);
      expect(await bob.db.models.render.findFirst({ where: { id: bob.renderId } })).toMatchObject({ prompt: bob.id });
    } finally {
      Object.defineProperty(prototype, 'disable', disable);
    }
  });

  test('findUnique takes no key without a value, which findFirst would read as any row', async () => {
    const { models } = alice.db;
    const ask = async (where: object): Promise<unknown> => models.render.findUnique({ where: where as { id: string } });

    for (const where of [
      {},
      { id: undefined },
      { id: null },
      { id: { not: randomUUID() } },
      { mode: 'redesign' },
      { id_ownerId: { id: alice.renderId } },
    ]) {
      await expect(ask(where)).rejects.toThrow('needs the whole value of one unique key');
    }
    expect(statements).toEqual([]);
    expect(await ask({ id_ownerId: { id: alice.renderId, ownerId: alice.id }, mode: 'staging' })).toBeNull();
    expect(await ask({ id: alice.renderId, AND: { mode: 'redesign' } })).toMatchObject({ id: alice.renderId });
  });

  test('relations, selections and raw SQL stay in the scope', async () => {
    const { models } = bob.db;

    expect(await models.render.findUnique({ where: { id: bob.renderId } }).owner()).toMatchObject({ id: bob.id });
    expect(await models.profile.findMany({ select: { id: true, renders: { select: { id: true } } } })).toEqual([
      { id: bob.id, renders: [{ id: bob.renderId }] },
    ]);
    expect(await models.$queryRaw`select owner_id as id from renders`).toEqual([{ id: bob.id }]);
    expect(await models.render.count()).toBe(1);
  });

  test('the array form of $transaction is refused, because it mixes scopes', async () => {
    const { models } = alice.db;
    const inArray = (models as unknown as PrismaClient).$transaction([
      (models as unknown as PrismaClient).render.count(),
    ]);

    await expect(inArray).rejects.toThrow(ScopeError);
    expect(statements).toEqual([]);
  });

  test('within a transaction’s callback other scopes are served as ever', async () => {
    const counts = await alice.db.models.$transaction(async (tx) => [
      await tx.render.findMany({ select: { ownerId: true } }),
      await bob.db.models.render.findMany({ select: { ownerId: true } }),
    ]);

    expect(counts).toEqual([[{ ownerId: alice.id }], [{ ownerId: bob.id }]]);
  });

  test('a transaction that throws is rolled back, and its error passes as it is', async () => {
    const reason = new Error('changed my mind');
    const service = databases.service(alice.scope);

    await expect(
      service.models.$transaction(async (tx) => {
        await tx.render.create({ data: { ownerId: alice.id, mode: 'redesign' } });
        throw reason;
      }),
    ).rejects.toBe(reason);
    expect(await alice.db.models.render.count()).toBe(1);
  });

  test('errors are those of errors.ts, without Prisma’s source lines', async () => {
    const service = databases.service({ kind: 'system' });
    const failure = async (work: () => Promise<unknown>): Promise<unknown> =>
      work().then(
        () => 'no error',
        (error: unknown) => error,
      );

    const nonsense: object = { nonsense: 1 };
    const failures = [
      await failure(async () => service.models.profile.create({ data: { id: alice.id } })),
      await failure(async () => alice.db.models.usagePeriod.deleteMany()),
      await failure(async () => alice.db.models.render.findFirstOrThrow({ where: { id: bob.renderId } })),
      await failure(async () => alice.db.models.render.findMany({ where: nonsense })),
      await failure(async () => alice.db.models.$queryRaw`select nonsense`),
      await failure(async () =>
        alice.db.models.$transaction(async (tx) => tx.$queryRaw`set local statement_timeout = 1; select 1`),
      ),
      await failure(async () =>
        alice.db.models.$transaction(async (tx) => {
          await tx.$executeRaw`set local statement_timeout = 20`;
          await tx.$queryRaw`select pg_sleep(30)::text`;
        }),
      ),
    ];

    expect(failures.map((error) => (error as object).constructor)).toEqual([
      ConstraintViolation,
      PrivilegeDenied,
      RowNotFound,
      DatabaseError,
      DatabaseError,
      DatabaseError,
      StatementTimeout,
    ]);
    expect(failures[0]).toMatchObject({ code: '23505', constraint: 'profiles_pkey' });
    for (const error of failures) {
      expect(String(error)).not.toMatch(/invocation|nonsense|select|prisma|\n/i);
      expect(String(error)).not.toContain(alice.id);
    }
  });

  test('a reading view writes nothing, runs no raw SQL and opens no transaction', async () => {
    const reads = readOnlyModels(databases.service(alice.scope));
    const unsafe = reads as unknown as Database['models'];

    await expect(unsafe.render.deleteMany()).rejects.toThrow('not for reading');
    await expect(unsafe.render.create({ data: { ownerId: alice.id, mode: 'redesign' } })).rejects.toThrow(
      'not for reading',
    );
    await expect(unsafe.$executeRaw`delete from renders`).rejects.toThrow('not for reading');
    await expect(unsafe.$queryRaw`delete from renders returning id`).rejects.toThrow('not for reading');
    await expect(unsafe.$transaction(async () => undefined)).rejects.toThrow('not for reading');

    expect(statements).toEqual([]);
    expect(await reads.render.findUnique({ where: { id: alice.renderId } })).toMatchObject({ ownerId: alice.id });
    expect(await reads.render.count()).toBe(1);
  });
});

/** A schema whose root field knows an id alone, so that plugin-prisma has to load the rest by itself. */
function pothosSchema() {
  const builder = new SchemaBuilder<{ PrismaTypes: PrismaTypes; Context: { reads: ReadModels } }>({
    plugins: [PrismaPlugin],
    prisma: { client: (context) => context.reads, dmmf: getDatamodel() },
  });
  builder.prismaObject('Profile', { fields: (t) => ({ name: t.exposeString('name', { nullable: true }) }) });
  const render = builder.prismaObject('Render', {
    select: { id: true },
    fields: (t) => ({
      prompt: t.string({ nullable: true, select: { prompt: true }, resolve: (row) => row.prompt }),
      owner: t.relation('owner'),
    }),
  });
  builder.queryType({
    fields: (t) => ({
      render: t.field({
        type: render,
        nullable: true,
        args: { id: t.arg.string({ required: true }) },
        resolve: (_root, { id }) => ({ id }) as never,
      }),
    }),
  });
  return builder.toSchema();
}
