import { connectionParts } from '../src/domain/selection.js';
import { orders } from '../src/domain/keyset.js';
import { monthOf } from '../src/domain/months.js';
import { toPage } from '../src/domain/page.js';
import { readOnlyModels } from '../src/database/read-models.js';
import * as assets from '../src/repositories/assets.js';
import * as collections from '../src/repositories/collections.js';
import * as entities from '../src/repositories/entities.js';
import * as jobs from '../src/repositories/generation-jobs.js';
import * as nodes from '../src/repositories/nodes.js';
import * as profiles from '../src/repositories/profiles.js';
import { loadPart } from '../src/repositories/query/reading.js';
import * as renders from '../src/repositories/renders.js';
import * as usage from '../src/repositories/usage.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

/** What one person owns, by node type. */
type Possessions = Readonly<Record<'Profile' | 'Render' | 'RenderVariant' | 'Collection' | 'GenerationJob' | 'UsageEntry', string>>;

let gateway: TestApp;
let seed: Seed;
let alice: Person;
let bob: Person;
let hers: Possessions;

async function populate(person: Person): Promise<Possessions> {
  const [render] = await seed.renders(person.id, 3, { jobs: true });
  const favorites = await seed.favorites(person.id);
  await seed.items(favorites, [render!]);
  const only = async (text: string) => (await seed.sql<{ id: string }>(text, [person.id]))[0]!.id;
  return {
    Profile: person.id,
    Render: render!,
    RenderVariant: await only('select id from render_variants where owner_id = $1 limit 1'),
    Collection: favorites,
    GenerationJob: await only('select id from generation_jobs where owner_id = $1 limit 1'),
    UsageEntry: await only(
      `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
       select owner_id, 'generation_debit', 1, date_trunc('month', now() at time zone 'UTC')::date, id, 1
       from generation_jobs where owner_id = $1 limit 1 returning id`,
    ),
  };
}

beforeAll(async () => {
  gateway = await createTestApp();
  seed = await createSeed(gateway);
  alice = await gateway.signUp();
  bob = await gateway.signUp();
  hers = await populate(alice);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

const asOf = new Date().toISOString();
const present = asOf.slice(0, 7);

function ids(): string[] {
  return [
    ...Object.entries(hers).map(([type, id]) => globalId(type, id)),
    globalId('Usage', `${alice.id}/${present}-01`),
    globalId('Usage', `${alice.id}/${present}-01/${asOf}`),
  ];
}

/** What B is told of A's things by every way in. All of it must be nothing. */
async function seenBy(person: Person | undefined) {
  const { data, errors } = await gateway.ask(
    `query ($ids: [ID!]!, $render: ID!, $collection: ID!, $job: ID!) {
      nodes(ids: $ids) { __typename id }
      render(id: $render) { id prompt } collection(id: $collection) { id name } generationJob(id: $job) { id }
      viewer {
        renders(filter: { collectionId: $collection }) { totalCount nodes { id } }
        collections { nodes { containsRender(renderId: $render) items { nodes { id } } } }
        generationJobs { nodes { id } }
        usage { used entries { nodes { id } } }
        storageUsage { objectCount }
        renderStatistics { total }
      } }`,
    {
      as: person,
      variables: {
        ids: ids(),
        render: globalId('Render', hers.Render),
        collection: globalId('Collection', hers.Collection),
        job: globalId('GenerationJob', hers.GenerationJob),
      },
    },
  );
  return { data, errors };
}

const nothingOfHers = {
  nodes: Array<null>(8).fill(null),
  render: null,
  collection: null,
  generationJob: null,
  viewer: {
    renders: { totalCount: 0, nodes: [] },
    collections: { nodes: [{ containsRender: false, items: { nodes: [] } }] },
    generationJobs: { nodes: [] },
    usage: { used: 0, entries: { nodes: [] } },
    storageUsage: { objectCount: 0 },
    renderStatistics: { total: 0 },
  },
};

it('the owner reaches each of her things by its id', async () => {
  const { data, errors } = await gateway.ask<{ nodes: ({ id: string } | null)[] }>(
    'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }',
    { as: alice, variables: { ids: ids() } },
  );
  expect(errors).toBeUndefined();
  expect(data.nodes.map((node) => node?.id)).toEqual(ids());
});

it("another person's `node` on each of her ids is null", async () => {
  for (const id of ids()) {
    const { data } = await gateway.ask('query ($id: ID!) { node(id: $id) { id } }', { as: bob, variables: { id } });
    expect({ id, data }).toEqual({ id, data: { node: null } });
  }
});

it('another person sees nothing of hers by any way in', async () => {
  expect(await seenBy(bob)).toEqual({ data: nothingOfHers, errors: undefined });
});

it('an anonymous caller sees nothing of hers', async () => {
  expect(await seenBy(undefined)).toEqual({ data: { ...nothingOfHers, viewer: null }, errors: undefined });
});

it('a foreign render is as unknown to `containsRender` and `collectionId` as one that never was', async () => {
  const query = `query ($render: ID!, $collection: ID!) { viewer {
    renders(filter: { collectionId: $collection }) { totalCount }
    favorites { containsRender(renderId: $render) } } }`;
  const ask = (render: string, collection: string) =>
    gateway.ask(query, {
      as: bob,
      variables: { render: globalId('Render', render), collection: globalId('Collection', collection) },
    });
  const never = '0197b000-ffff-7000-8000-ffffffffffff';

  const foreign = await ask(hers.Render, hers.Collection);
  const unknown = await ask(never, never);

  expect(foreign.data).toEqual(unknown.data);
});

describe('the services alone, with row-level security switched off in the database', () => {
  const tables = async (what: string) => {
    const rows = await seed.sql<{ name: string }>(
      `select format('%I', relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and relname not like '\\_prisma%'`,
    );
    for (const { name } of rows) await seed.sql(`alter table ${name} ${what} row level security`);
  };
  beforeAll(() => tables('disable'));
  afterAll(() => tables('enable'));

  it('really has no policies to lean on', async () => {
    const db = gateway.app.databases.gateway({ kind: 'viewer', id: bob.id });
    expect(await db.query('select id from renders where owner_id = $1', [alice.id])).toHaveLength(3);
  });

  it('show another person nothing of hers', async () => {
    expect(await seenBy(bob)).toEqual({ data: nothingOfHers, errors: undefined });
  });

  it('show an anonymous caller nothing of hers', async () => {
    expect(await seenBy(undefined)).toEqual({ data: { ...nothingOfHers, viewer: null }, errors: undefined });
  });
});

describe('the policies alone, with repositories that are asked for her rows in his name', () => {
  const everything = new Map(
    Object.values(connectionParts).map((name) => [name, { name, args: undefined, selection: new Map() }] as const),
  );
  const nothing = new Map();

  it('find nothing by any read', async () => {
    const db = gateway.app.databases.gateway({ kind: 'viewer', id: bob.id });
    const models = readOnlyModels(db);
    const page = toPage(orders.rendersNewest, {});

    const feed = await renders.listRenders(db, alice.id, { filter: {}, page, selection: everything });
    const albums = await collections.listCollections(db, alice.id, {
      page: toPage(orders.collections, {}),
      selection: everything,
    });
    const history = await usage.listUsageHistory(db, alice.id, {
      last: `${present}-01`,
      page: toPage(orders.usageHistory, {}),
      selection: everything,
    });
    const work = await jobs.listJobs(models, alice.id, {
      statuses: [],
      page: toPage(orders.generationJobs, {}),
      totalCount: true,
      otherSide: true,
      query: {},
    });

    expect([feed.totalCount, feed.edges]).toEqual([0, []]);
    expect([albums.totalCount, albums.edges]).toEqual([0, []]);
    expect([history.totalCount, history.edges]).toEqual([0, []]);
    expect([work.totalCount, work.rows]).toEqual([0, []]);
    expect(await renders.getRender(db, alice.id, hers.Render, nothing)).toBeNull();
    expect(await renders.getRenderStatistics(db, alice.id, monthOf(new Date(0)))).toMatchObject({ total: 0, variants: 0 });
    expect(await collections.getCollection(db, alice.id, hers.Collection, nothing)).toBeNull();
    expect(await collections.getDefaultFavorites(db, alice.id, nothing)).toBeNull();
    expect(await usage.getMonthlyUsage(db, alice.id, `${present}-01`, nothing)).toBeNull();
    expect(await usage.listUsageStatements(db, alice.id, [new Date()], nothing)).toEqual([]);
    expect(await usage.listUsageMonths(db, alice.id, { periods: [`${present}-01`], last: `${present}-01`, selection: nothing })).toEqual([]);
    expect(await jobs.getJobById(models, alice.id, hers.GenerationJob, {})).toBeNull();
    expect(await profiles.getProfile(models, alice.id, {})).toBeNull();
    expect(await profiles.listPrices(db, [alice.id])).toEqual([]);
    expect(await assets.sumAssetsByKind(db, alice.id)).toEqual([]);
  });

  it.each(Object.keys(nodes.ownedNodes) as (keyof typeof nodes.ownedNodes)[])('find no %s by its id', async (type) => {
    const models = readOnlyModels(gateway.app.databases.gateway({ kind: 'viewer', id: bob.id }));
    expect(await nodes.ownedNodes[type](models, [hers[type]], alice.id, {})).toEqual([]);
  });

  it('a loader that is handed her ids gives the missing value', async () => {
    const db = gateway.app.databases.gateway({ kind: 'viewer', id: bob.id });
    const part = (name: string) => ({ name, args: undefined, selection: nothing });

    expect(await loadPart(db, entities.renders, part('variantCount'), [hers.Render])).toEqual([0]);
    expect(await loadPart(db, entities.renders, part('cover'), [hers.Render])).toEqual([null]);
    expect(await loadPart(db, entities.renders, part('variants'), [hers.Render])).toEqual([[]]);
    expect(await loadPart(db, entities.collections, part('itemCount'), [hers.Collection])).toEqual([0]);
    expect(await loadPart(db, entities.generationJobs, part('render'), [hers.GenerationJob])).toEqual([null]);
  });
});
