import { randomUUID } from 'node:crypto';
import { getNamedType, isUnionType } from 'graphql';
import pg from 'pg';
import type { Scope } from '../src/database/scope.js';
import { createSchema } from '../src/schema/schema.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { scriptBilling } from './support/billing/scripted-provider.js';
import { documentOf, mutate } from './support/mutate.js';
import { cases, type MutationCase } from './support/refusals/cases.js';
import { digestOf, type Ground, layGround } from './support/refusals/ground.js';
import { createSeed, type Seed } from './support/seed.js';

/**
 * Every mutation as it must not succeed: anonymous, on somebody else's things, by a suspended account, without being an
 * administrator, and with each error of its result. In each case every row of every table and every stored object is the
 * same before and after. First with both lines of defence, then with the services alone, then with the policies alone.
 */
let app: TestApp;
let seed: Seed;

beforeAll(async () => {
  const billing = scriptBilling();
  app = await createTestApp({
    runtime: { limits: { maxCollections: 3 }, plans: { free: { maxConcurrentJobs: 2 } } },
    wrapBilling: () => billing.provider,
  });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

const mutations = Object.values(createSchema().getMutationType()!.getFields()).map(({ name, type }) => {
  const result = getNamedType(type);
  const members = isUnionType(result) ? result.getTypes().map((member) => member.name) : [];
  return { name, errors: members.filter((member) => !member.endsWith('Payload')) };
});

it('has a case for every mutation of the schema, and for every error of its result', () => {
  const reached = Object.entries(cases).map(([name, { errors, isForSuspended }]) => ({
    name,
    // Every result has this one but that of what the suspended may do, and each case below reaches it.
    errors: [...Object.keys(errors), ...(isForSuspended ? [] : ['AccessSuspendedError'])].sort(),
  }));
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(reached.sort(byName)).toEqual(mutations.map(({ name, errors }) => ({ name, errors: [...errors].sort() })).sort(byName));
});

const every = Object.entries(cases).map(([name, tried]) => ({ name, ...tried }));
const forActive = every.filter(({ isForSuspended }) => !isForSuspended);
const administrators = every.filter(({ by }) => by === 'administrators');

type Prepared = Pick<MutationCase, 'by' | 'needsBytes' | 'arrange'>;

async function prepare({ by, needsBytes = false, arrange }: Prepared): Promise<Ground> {
  const ground = await layGround(app, seed, { ownersRole: by === 'administrators' ? 'admin' : 'user', withBytes: needsBytes });
  await arrange?.(ground);
  return ground;
}

const trodden = new Map<MutationCase['by'] | NonNullable<MutationCase['arrange']>, Promise<Ground>>();

/** Ground for what changes nothing, and so can be tried on the same one; whoever does change it takes it away. */
async function prepareOnce({ by, arrange }: Prepared): Promise<Ground> {
  const key = arrange ?? by;
  const ground = trodden.get(key) ?? prepare({ by, needsBytes: true, ...(arrange ? { arrange } : {}) });
  trodden.set(key, ground);
  return ground;
}

/** Whether anything at all is another after the work than before. */
async function changes(work: () => Promise<unknown>): Promise<boolean> {
  const before = await digestOf({ app, seed });
  await work();
  const isChanged = JSON.stringify(await digestOf({ app, seed })) !== JSON.stringify(before);
  if (isChanged) trodden.clear();
  return isChanged;
}

/** Runs work while an account is suspended. */
async function whileSuspended<T>(person: Person, work: () => Promise<T>): Promise<T> {
  const set = (status: string) => seed.sql('update profiles set account_status = $2 where id = $1', [person.id, status]);
  await set('suspended');
  try {
    return await work();
  } finally {
    await set('active');
  }
}

/** Sends a mutation, and returns what came of it; nothing at all may have changed. */
async function refused(name: string, input: object, options: { as?: Person; selects?: string | undefined } = {}): Promise<object> {
  const [outcome] = await allRefused(name, [input], options);
  return outcome!;
}

/** The same of several, one after the other. */
async function allRefused(
  name: string,
  inputs: readonly object[],
  { as, selects }: { as?: Person; selects?: string | undefined } = {},
): Promise<object[]> {
  const outcomes: object[] = [];
  const hasChanged = await changes(async () => {
    for (const input of inputs) {
      const { data, errors } = await app.ask<Record<string, object> | null>(documentOf(name, selects), { as, variables: { input } });
      outcomes.push(errors ? { errors: errors.map(({ extensions }) => extensions.code), data } : data![name]!);
    }
  });
  expect({ name, hasChanged }).toEqual({ name, hasChanged: false });
  return outcomes;
}

/** What would work, and what would not. */
const inputsOf = ({ input, errors }: MutationCase, ground: Ground): readonly object[] => [
  input(ground),
  ...Object.values(errors).map((trial) => trial.input(ground)),
];

const suspended = { __typename: 'AccessSuspendedError', code: 'ACCESS_SUSPENDED' };
const topLevel = (code: string) => ({ errors: [code], data: null });

const tables = async (what: 'disable' | 'enable') => {
  const rows = await seed.sql<{ name: string }>(
    `select format('%I', relname) as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like '\\_prisma%'`,
  );
  for (const { name } of rows) await seed.sql(`alter table ${name} ${what} row level security`);
};

describe.each([
  { lines: 'services and policies together', policies: true },
  { lines: 'the services alone, with row-level security switched off in the database', policies: false },
])('$lines', ({ policies }) => {
  if (!policies) {
    beforeAll(() => tables('disable'));
    afterAll(() => tables('enable'));

    it('really have no policies to lean on', async () => {
      const { owner, stranger } = await prepare({ by: 'owners' });
      const db = app.app.databases.gateway({ kind: 'viewer', id: stranger.id });
      expect(await db.query('select id from renders where owner_id = $1', [owner.id])).toHaveLength(2);
    });
  }

  it.each(every)('let the one who may have $name', async (tried) => {
    const ground = await prepare(tried);

    // Else the refusals below would prove nothing.
    const hasChanged = await changes(async () => {
      const outcome = await mutate(app, tried.name, tried.input(ground), { as: ground.owner });
      expect(outcome.__typename).toMatch(/Payload$/);
    });
    expect(hasChanged).toBe(!tried.writesNothing);
  });

  it.each(every)('refuse $name to somebody anonymous', async (tried) => {
    const ground = await prepareOnce(tried);
    expect(await refused(tried.name, tried.input(ground))).toEqual(topLevel('UNAUTHENTICATED'));
  });

  it.each(every.flatMap((tried) => tried.strangers.map((stranger) => ({ ...tried, ...stranger, by: tried.by }))))(
    'refuse $name to somebody who names $what of another',
    async ({ name, by, arrange, input, selects, outcome }) => {
      const ground = await prepareOnce({ by, ...(arrange ? { arrange } : {}) });
      // An administrator has nothing to name of others but what is to be published.
      const as = by === 'administrators' ? ground.owner : ground.stranger;
      expect(await refused(name, input(ground), { as, selects })).toMatchObject(outcome(ground));
    },
  );

  it.each(forActive)('refuse $name to a suspended account, whatever the input', async (tried) => {
    const ground = await prepareOnce(tried);
    await whileSuspended(ground.owner, async () => {
      const outcomes = await allRefused(tried.name, inputsOf(tried, ground), { as: ground.owner });
      expect(outcomes).toMatchObject(outcomes.map(() => suspended));
    });
  });

  it.each(administrators)('refuse $name to a user, suspended or not, whatever the input', async (tried) => {
    const ground = await prepareOnce(tried);
    const attempt = async () => {
      const outcomes = await allRefused(tried.name, inputsOf(tried, ground), { as: ground.stranger });
      expect(outcomes).toEqual(outcomes.map(() => topLevel('FORBIDDEN')));
    };

    await attempt();
    await whileSuspended(ground.stranger, attempt);
  });

  it.each(
    every.flatMap(({ name, by, arrange, errors }) =>
      Object.entries(errors).map(([error, trial]) => ({ name, prepared: { by, ...(arrange ? { arrange } : {}) }, error, trial })),
    ),
  )('answer $name with $error', async ({ name, prepared, error, trial }) => {
    const ground = await (trial.arrange ? prepare(prepared) : prepareOnce(prepared));
    await trial.arrange?.(ground);
    expect(await refused(name, trial.input(ground), { as: ground.owner })).toMatchObject({
      __typename: error,
      ...trial.outcome?.(ground),
    });
  });
});

describe('the policies alone, with repositories that write without a check', () => {
  const viewer = ({ id }: Person): Scope => ({ kind: 'viewer', id });

  /** Runs what the service would, in a scope of the test's choosing; a refusal by the database is one way to be stopped. */
  async function unchecked(tried: MutationCase, ground: Ground, scope: Scope): Promise<void> {
    const { databases } = app.app;
    const system = scope.kind === 'system';
    const roles = { gateway: databases.gateway(system ? { kind: 'anonymous' } : scope), service: databases.service(scope) };
    await tried.unchecked(roles, ground).catch((error: Error) => {
      if (error.name !== 'PrivilegeDenied') throw error;
    });
  }

  const changesIn = (tried: MutationCase, ground: Ground, scope: Scope) => changes(() => unchecked(tried, ground, scope));

  it.each(every)('let the one who may write what $name writes', async (tried) => {
    const ground = await prepare(tried);
    const scope: Scope = tried.uncheckedScope === 'system' ? { kind: 'system' } : viewer(ground.owner);
    expect(await changesIn(tried, ground, scope)).toBe(!tried.writesNothing);
  });

  it.each(every)('stop what $name writes in the scope of another person, suspended or not', async (tried) => {
    const ground = await prepareOnce(tried);
    expect(await changesIn(tried, ground, viewer(ground.stranger))).toBe(false);
    expect(await whileSuspended(ground.stranger, () => changesIn(tried, ground, viewer(ground.stranger)))).toBe(false);
  });

  it.each(forActive)('stop what $name writes in a suspended account’s own scope', async (tried) => {
    const ground = await prepareOnce(tried);
    expect(await whileSuspended(ground.owner, () => changesIn(tried, ground, viewer(ground.owner)))).toBe(false);
  });
});

describe('SQL of the gateway’s role in a person’s own scope', () => {
  /** The SQLSTATE of a refusal, or the number of rows. */
  async function attempt(person: Person, text: string, values: unknown[] = []): Promise<string | number | null> {
    const client = new pg.Client({ connectionString: app.database.urls.gateway });
    await client.connect();
    try {
      await client.query(`select set_config('app.user_id', $1, false)`, [person.id]);
      return (await client.query(text, values)).rowCount;
    } catch (error) {
      return (error as pg.DatabaseError).code ?? String(error);
    } finally {
      await client.end();
    }
  }
  const denied = '42501';

  it('writes no column of the profile but name and preferences', async () => {
    const ground = await prepare({ by: 'owners' });
    const columns = await seed.sql<{ name: string }>(
      `select attname as name from pg_attribute where attrelid = 'profiles'::regclass and attnum > 0 and not attisdropped`,
    );
    const outcomes: Record<string, unknown> = {};
    let insert: unknown;

    const hasChanged = await changes(async () => {
      for (const { name } of columns) {
        outcomes[name] = await attempt(ground.owner, `update profiles set ${name} = ${name} where id = $1`, [ground.owner.id]);
      }
      insert = await attempt(ground.owner, `insert into profiles (id, role) values ($1, 'admin')`, [randomUUID()]);
    });

    const { name, preferences, ...others } = outcomes;
    expect([name, preferences]).toEqual([1, 1]);
    expect(Object.keys(others)).toEqual(
      expect.arrayContaining(['role', 'account_status', 'price_id', 'has_access', 'customer_id', 'subscription_status']),
    );
    expect(new Set(Object.values(others))).toEqual(new Set([denied]));
    expect(insert).toBe(denied);
    expect(hasChanged).toBe(false);
  });

  it.each([
    { who: 'a user', role: 'user' as const, isSuspended: false },
    { who: 'a suspended user', role: 'user' as const, isSuspended: true },
    { who: 'a suspended administrator', role: 'admin' as const, isSuspended: true },
  ])('writes nothing of the community for $who', async ({ role, isSuspended }) => {
    const ground = await layGround(app, seed, { ownersRole: role });
    const { communityCollection, look } = ground.rows;
    const tries = async () => ({
      collection: await attempt(ground.owner, `insert into community_collections (title) values ('Mine')`),
      look: await attempt(
        ground.owner,
        `insert into community_items (collection_id, source, external_image_url) values ($1, 'external', 'https://roomfeed.com/a')`,
        [communityCollection],
      ),
      renamed: await attempt(ground.owner, `update community_collections set title = 'Mine' where id = $1`, [communityCollection]),
      moved: await attempt(ground.owner, 'update community_items set order_index = 7 where id = $1', [look]),
      removed: await attempt(ground.owner, 'delete from community_items where id = $1', [look]),
      deleted: await attempt(ground.owner, 'delete from community_collections where id = $1', [communityCollection]),
    });
    let outcomes: unknown;

    const hasChanged = await changes(async () => {
      outcomes = await (isSuspended ? whileSuspended(ground.owner, tries) : tries());
    });

    expect(outcomes).toEqual({ collection: denied, look: denied, renamed: 0, moved: 0, removed: 0, deleted: 0 });
    expect(hasChanged).toBe(false);
  });
});
