import { createTestApp, type Person, type TestApp } from './support/app.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

/**
 * How many statements the paths send that matter most, exactly, where every list has 50 rows. That no path of the schema
 * sends more for 50 rows than for 2 is shown in no-n-plus-one.test.ts.
 */
let gateway: TestApp;
let seed: Seed;
let many: Account;

interface Account {
  readonly person: Person;
  readonly ids: Readonly<Record<'render' | 'collection' | 'communityCollection' | 'generationJob', string>>;
}

async function populate(rows: number): Promise<Account> {
  const person = await gateway.signUp();
  const renders = await seed.renders(person.id, rows, { jobs: true, variants: 3 });
  const collections: string[] = [await seed.favorites(person.id)];
  // The favorites are one of them.
  for (let made = 1; made < rows; made += 1) collections.push(await seed.collection(person.id, `Album ${made}`));
  for (const collection of collections) await seed.items(collection, renders);
  await seed.sql(
    `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no, created_at)
     select owner_id, 'generation_debit', 1, date_trunc('month', now() at time zone 'UTC')::date, id, 1, now()
     from generation_jobs where owner_id = $1`,
    [person.id],
  );
  await seed.sql(`update profiles set created_at = now() - make_interval(months => $2) where id = $1`, [
    person.id,
    rows - 1,
  ]);
  const communityCollection = await seed.communityCollection({ title: `Gallery of ${rows}` });
  await seed.communityItems(communityCollection, rows);
  const [job] = await seed.sql<{ id: string }>('select id from generation_jobs where owner_id = $1 limit 1', [person.id]);
  return {
    person,
    ids: {
      render: globalId('Render', renders[0]!),
      collection: globalId('Collection', collections[0]!),
      communityCollection: globalId('CommunityCollection', communityCollection),
      generationJob: globalId('GenerationJob', job!.id),
    },
  };
}

beforeAll(async () => {
  gateway = await createTestApp({ runtime: { graphql: { maxCost: 10_000_000 } } });
  seed = await createSeed(gateway);
  many = await populate(50);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

const renderFields = `id variantCount isFavorite prompt coverVariant { id isCover } coverImage { url }
  variants { index isCover image { url } } inputImages { url } job { status render { id variantCount } }`;
const collectionFields = `id name itemCount coverImages { url } `;
const usageFields = `id used remaining canGenerate blockedBy byMode { mode count } plan { label isCurrent }`;
const pageInfo = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';

interface Path {
  readonly name: string;
  readonly query: string;
  /** With look-ahead, and the operation's budget then; without it as many as its budget at most, which `ask` holds. */
  readonly statements: number;
}

const paths: readonly Path[] = [
  { name: 'viewer alone', query: '{ viewer { __typename } }', statements: 0 },
  {
    name: 'the feed, with counts and covers',
    query: `{ viewer { renders(first: 100) { nodes { id variantCount coverImage { url } } ${pageInfo} } } }`,
    statements: 1,
  },
  {
    name: 'the feed with everything of a render',
    query: `{ viewer { renders(first: 100) { totalCount edges { cursor node { ${renderFields}
      collections(first: 50) { totalCount nodes { ${collectionFields} items(first: 2) { edges { addedAt node { variantCount } } } } } } } } } }`,
    statements: 1,
  },
  {
    name: 'the feed under two names with differing arguments',
    query: `{ viewer { renders(first: 100) { nodes {
      a: collections(first: 1) { nodes { name } } b: collections(last: 2) { totalCount nodes { itemCount } }
      c: coverImage(size: FULL) { url } d: coverImage { url } } } } }`,
    statements: 1,
  },
  {
    name: 'two root fields of one viewer',
    query: `{ viewer { renders(first: 50) { nodes { variantCount } } collections(first: 50) { nodes { itemCount } } } }`,
    statements: 2,
  },
  { name: 'render statistics', query: '{ viewer { renderStatistics { total byMode { mode count } byStyle { count } } } }', statements: 1 },
  {
    name: 'collections with covers and items',
    query: `{ viewer { collections(first: 100) { totalCount nodes { ${collectionFields} containsRender(renderId: "$render")
      items(first: 50) { totalCount ${pageInfo} edges { addedAt node { ${renderFields} } } } } } } }`,
    statements: 1,
  },
  {
    name: 'the favorites with their items',
    query: `{ viewer { favorites { ${collectionFields} items(first: 100) { nodes { ${renderFields} } } } } }`,
    statements: 1,
  },
  {
    name: 'a collection by id',
    query: `{ collection(id: "$collection") { ${collectionFields} items(first: 100) { nodes { variantCount collections { nodes { name } } } } } }`,
    statements: 1,
  },
  {
    name: 'a render by id',
    query: `{ render(id: "$render") { ${renderFields} collections(first: 100) { nodes { ${collectionFields} } } } }`,
    statements: 1,
  },
  {
    name: 'the community',
    query: `{ communityCollections(first: 100) { totalCount nodes { id title itemCount coverImage { url }
      items(first: 100) { totalCount nodes { image { url } applySettings { queryString } collection { title itemCount } } } } } }`,
    statements: 1,
  },
  {
    name: 'a community collection by id',
    query: `{ communityCollection(id: "$communityCollection") { title itemCount coverImage { url } items(first: 100) { nodes { collection { title } } } } }`,
    statements: 1,
  },
  {
    name: 'looks of all the community',
    query: `{ communityItems(first: 100) { totalCount nodes { image { url } collection { title coverImage { url } } } } }`,
    statements: 1,
  },
  {
    name: 'usage with its ledger',
    query: `{ viewer { usage { ${usageFields} entries(first: 100) { totalCount nodes { amount job { status render { variantCount } } } } } } }`,
    statements: 2,
  },
  {
    name: 'usage history with ledgers',
    query: `{ viewer { usageHistory(first: 100) { totalCount nodes { ${usageFields} entries(first: 50) { nodes { amount job { status render { id } } } } } } } }`,
    statements: 2,
  },
  {
    name: 'a statement',
    query: `{ viewer { usage(asOf: "2026-04-01T00:00:00Z") { ${usageFields} entries { nodes { job { id } } } } } }`,
    statements: 2,
  },
  {
    name: 'jobs with their renders',
    query: `{ viewer { generationJobs(first: 100) { totalCount nodes { id status render { ${renderFields} } } } } }`,
    statements: 3,
  },
  { name: 'a job by id', query: '{ generationJob(id: "$generationJob") { status render { variantCount } } }', statements: 2 },
  { name: 'the profile', query: '{ viewer { profile { id email plan { label isCurrent } } } }', statements: 2 },
  { name: 'storage usage', query: '{ viewer { storageUsage { totalBytes byKind { kind bytes } } } }', statements: 1 },
  { name: 'plans', query: '{ plans { id isCurrent } }', statements: 1 },
  { name: 'presets', query: '{ presets { modes roomTypes { label } limits { maxVariants } } }', statements: 0 },
  {
    name: 'nodes of several types',
    query: `{ nodes(ids: ["$render", "$collection", "$communityCollection", "$generationJob"]) { id
      ... on Render { ${renderFields} } ... on Collection { ${collectionFields} items(first: 100) { nodes { ${renderFields} } } }
      ... on CommunityCollection { title items(first: 100) { nodes { collection { title } } } }
      ... on GenerationJob { status render { variantCount } } } }`,
    statements: 16,
  },
];

function ask(path: Path, { person, ids }: Account) {
  const query = Object.entries(ids).reduce((text, [name, id]) => text.replaceAll(`"$${name}"`, JSON.stringify(id)), path.query);
  return gateway.ask(query, { as: person });
}

describe.each(paths)('$name', (path) => {
  it('sends so many statements', async () => {
    const { errors, statements, cost } = await ask(path, many);

    expect(errors).toBeUndefined();
    if (process.env['LOOK_AHEAD'] === 'off') return;
    expect(statements).toHaveLength(path.statements);
    expect(cost?.statements).toMatchObject({ budget: path.statements, used: path.statements });
  });

  it('answers the same by look-ahead and on loaders alone', async () => {
    const other = process.env['LOOK_AHEAD'] === 'off' ? 'on' : 'off';
    const twin = await createTestApp({
      database: gateway.database,
      environment: { LOOK_AHEAD: other },
      runtime: { graphql: { maxCost: 10_000_000 } },
    });
    try {
      const here = await ask(path, many);
      const query = Object.entries(many.ids).reduce(
        (text, [name, id]) => text.replaceAll(`"$${name}"`, JSON.stringify(id)),
        path.query,
      );
      const there = await twin.ask(query, { as: many.person });

      expect(there.errors).toBeUndefined();
      expect(there.data).toEqual(here.data);
    } finally {
      await twin.close();
    }
  });
});

it('months and statements by their ids cost as many statements for 2 as for 40', async () => {
  const { person } = many;
  const present = new Date();
  const ids = (months: number) =>
    Array.from({ length: months }, (_, ago) => {
      const month = new Date(Date.UTC(present.getUTCFullYear(), present.getUTCMonth() - ago, 1));
      const period = month.toISOString().slice(0, 10);
      return [`${person.id}/${period}`, `${person.id}/${period}/${month.toISOString()}`];
    })
      .flat()
      .map((id) => globalId('Usage', id));
  const read = (months: number) =>
    gateway.ask<{ nodes: unknown[] }>(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Usage { ${usageFields} entries { nodes { amount job { id } } } } } }`,
      { as: person, variables: { ids: ids(months) } },
    );

  const small = await read(1);
  const large = await read(20);

  expect([small.errors, large.errors]).toEqual([undefined, undefined]);
  expect(large.data.nodes.filter((node) => node !== null)).toHaveLength(40);
  // On loaders alone a statement more or less may be asked at the same moment as another; `ask` holds the budget.
  if (process.env['LOOK_AHEAD'] !== 'off') expect(large.statements).toHaveLength(small.statements.length);
  expect(large.cost?.statements.budget).toBe(small.cost?.statements.budget);
});
