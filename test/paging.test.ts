import { createTestApp, type Person, type TestApp } from './support/app.js';
import { count, seededRandom } from './support/counts.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

let gateway: TestApp;
let seed: Seed;

beforeAll(async () => {
  gateway = await createTestApp();
  seed = await createSeed(gateway);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

type Direction = 'forwards' | 'backwards';

const edges = 'edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }';
const feed = `query ($first: Int, $after: String, $last: Int, $before: String) {
  viewer { list: renders(first: $first, after: $after, last: $last, before: $before) { ${edges} } } }`;

async function readPage(person: Person, query: string, variables: Record<string, unknown>): Promise<Page> {
  const { data, errors } = await gateway.ask<{ viewer: { list: Page } }>(query, { as: person, variables });
  if (errors) throw new Error(errors[0]?.message);
  return data.viewer.list;
}

/** Reads a list to its end, page by page; `between` runs after each page. Ids are in the order of the list. */
async function readAll(
  person: Person,
  { query = feed, size, direction, between }: { query?: string; size: number; direction: Direction; between?: (page: Page) => Promise<void> },
): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: Page = await readPage(
      person,
      query,
      direction === 'forwards' ? { first: size, after: cursor } : { last: size, before: cursor },
    );
    const ids = page.edges.map(({ node }) => node.id);
    if (direction === 'forwards') found.push(...ids);
    else found.unshift(...ids);
    const goesOn = direction === 'forwards' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage;
    if (!goesOn) return found;
    cursor = direction === 'forwards' ? page.pageInfo.endCursor : page.pageInfo.startCursor;
    await between?.(page);
  }
}

const everySize = Array.from({ length: 100 }, (_, index) => index + 1);

describe('500 renders of one timestamp', () => {
  let person: Person;
  let expected: string[];

  beforeAll(async () => {
    person = await gateway.signUp();
    const made = await seed.renders(person.id, 500, { stepMs: 0, variants: 1 });
    expected = made.sort().reverse().map((id) => globalId('Render', id));
  });

  it.each(['forwards', 'backwards'] as const)('come each exactly once in pages of every size from 1 to 100, %s', async (direction) => {
    for (const size of everySize) {
      expect({ size, found: await readAll(person, { size, direction }) }).toEqual({ size, found: expected });
    }
  });

  it('tell truly whether something lies before and behind a page', async () => {
    const first = await readPage(person, feed, { first: 10 });
    const second = await readPage(person, feed, { first: 10, after: first.pageInfo.endCursor });
    const back = await readPage(person, feed, { last: 10, before: second.pageInfo.startCursor });
    const lastPage = await readPage(person, feed, { last: 10 });

    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(second.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(back.edges).toEqual(first.edges);
    expect(back.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(lastPage.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });
});

describe('while rows come and go', () => {
  it.each(['forwards', 'backwards'] as const)('every row that was there all the time comes exactly once, %s', async (direction) => {
    const random = seededRandom(`paging ${direction}`);
    const person = await gateway.signUp();
    const lasting = await seed.renders(person.id, count(120, 500), { stepMs: 0, variants: 1 });
    const passing = await seed.renders(person.id, 100, { stepMs: 0, variants: 1 });
    const present = new Set(passing);

    const found = await readAll(person, {
      size: 9,
      direction,
      async between() {
        const doomed = [...present].filter(() => random.next() < 0.1);
        for (const id of doomed) present.delete(id);
        await seed.sql('delete from renders where id = any($1::uuid[])', [doomed]);
        for (const id of await seed.renders(person.id, 3, { stepMs: 0, variants: 1 })) present.add(id);
        await seed.renders(person.id, 1, { createdAt: new Date('2026-03-02T00:00:00Z'), variants: 1 });
        await seed.renders(person.id, 1, { createdAt: new Date('2026-02-27T00:00:00Z'), variants: 1 });
      },
    });

    const lastingIds = new Set(lasting.map((id) => globalId('Render', id)));
    expect(found).toHaveLength(new Set(found).size);
    expect(found.filter((id) => lastingIds.has(id)).sort()).toEqual([...lastingIds].sort());
  });

  it('a cursor whose row was deleted loses nothing', async () => {
    const person = await gateway.signUp();
    const made = await seed.renders(person.id, 6, { variants: 1 });
    const newestFirst = made.reverse().map((id) => globalId('Render', id));
    const { pageInfo } = await readPage(person, feed, { first: 3 });

    await seed.sql('delete from renders where id = $1', [made[2]]);

    const next = await readPage(person, feed, { first: 3, after: pageInfo.endCursor });
    expect(next.edges.map(({ node }) => node.id)).toEqual(newestFirst.slice(3));
  });
});

describe('every other list', () => {
  const lists = [
    {
      name: 'collections',
      query: 'viewer { list: collections',
      async fill(person: Person) {
        for (let made = 1; made < 30; made += 1) await seed.collection(person.id, `Album ${made}`);
        await seed.sql(`update collections set created_at = '2026-05-01Z' where owner_id = $1`, [person.id]);
      },
      expected: `select 'Collection:' || id as id from collections where owner_id = $1
        order by is_default_favorites desc, created_at desc, id desc`,
    },
    {
      name: 'items of a collection',
      query: 'viewer: viewer { favorites { list: items',
      close: '}',
      async fill(person: Person) {
        const renders = await seed.renders(person.id, 30, { stepMs: 0, variants: 1 });
        await seed.items(await seed.favorites(person.id), renders);
        await seed.sql(`update collection_items set added_at = '2026-05-01Z' where owner_id = $1`, [person.id]);
      },
      expected: `select 'Render:' || render_id as id from collection_items where owner_id = $1
        order by added_at desc, render_id desc`,
    },
    {
      name: 'jobs',
      query: 'viewer { list: generationJobs',
      async fill(person: Person) {
        await seed.renders(person.id, 30, { jobs: true, stepMs: 0, variants: 1 });
      },
      expected: `select 'GenerationJob:' || id as id from generation_jobs where owner_id = $1 order by created_at desc, id desc`,
    },
    {
      name: 'months',
      query: 'viewer { list: usageHistory',
      async fill(person: Person) {
        await seed.sql(`update profiles set created_at = now() - interval '29 months' where id = $1`, [person.id]);
      },
      expected: `select 'Usage:' || $1::text || '/' || to_char(m, 'YYYY-MM-DD') as id from generate_series(
        date_trunc('month', now() at time zone 'UTC') - interval '29 months', date_trunc('month', now() at time zone 'UTC'),
        interval '1 month') m order by m desc`,
    },
    {
      name: 'renders, oldest first',
      query: 'viewer { list: renders',
      args: 'orderBy: { direction: ASC }',
      async fill(person: Person) {
        await seed.renders(person.id, 30, { stepMs: 0, variants: 1 });
      },
      expected: `select 'Render:' || id as id from renders where owner_id = $1 order by created_at, id`,
    },
  ];

  it.each(lists)('$name: each row exactly once, both ways, in its order', async ({ query, close = '', args = '', fill, expected }) => {
    const person = await gateway.signUp();
    await fill(person);
    const rows = await seed.sql<{ id: string }>(expected, [person.id]);
    const ids = rows.map(({ id }) => Buffer.from(id).toString('base64'));
    // `favorites` stands between viewer and list; the reader below looks for viewer.list.
    const document = `query ($first: Int, $after: String, $last: Int, $before: String) {
      ${query}(first: $first, after: $after, last: $last, before: $before ${args}) { ${edges} } } ${close} }`;
    const read = (direction: Direction, size: number) =>
      readAllAnywhere(person, document, direction, size);

    expect(ids).toHaveLength(30);
    for (const size of [1, 7, 29, 30, 100]) {
      expect(await read('forwards', size)).toEqual(ids);
      expect(await read('backwards', size)).toEqual(ids);
    }
  });

  async function readAllAnywhere(person: Person, query: string, direction: Direction, size: number): Promise<string[]> {
    const found: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const variables = direction === 'forwards' ? { first: size, after: cursor } : { last: size, before: cursor };
      const { data, errors } = await gateway.ask(query, { as: person, variables });
      if (errors) throw new Error(errors[0]?.message);
      const page = findList(data);
      const ids = page.edges.map(({ node }) => node.id);
      if (direction === 'forwards') found.push(...ids);
      else found.unshift(...ids);
      if (!(direction === 'forwards' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage)) return found;
      cursor = direction === 'forwards' ? page.pageInfo.endCursor : page.pageInfo.startCursor;
    }
  }

  function findList(value: unknown): Page {
    const { list, ...rest } = value as { list?: Page };
    return list ?? findList(Object.values(rest)[0]);
  }

  it('the community: featured first, then by order index, then the newest', async () => {
    const random = seededRandom('community order');
    for (let made = 0; made < 30; made += 1) {
      await seed.communityCollection({ isFeatured: random.next() < 0.5, orderIndex: random.integer(0, 2) });
    }
    await seed.sql(`update community_collections set created_at = '2026-05-01Z' where random() < 0.5`);
    const rows = await seed.sql<{ id: string }>(
      `select 'CommunityCollection:' || id as id from community_collections
       order by is_featured desc, order_index, created_at desc, id desc`,
    );
    const ids = rows.map(({ id }) => Buffer.from(id).toString('base64'));
    const person = await gateway.signUp();
    const document = `query ($first: Int, $after: String, $last: Int, $before: String) {
      list: communityCollections(first: $first, after: $after, last: $last, before: $before) { ${edges} } }`;

    for (const size of [1, 4, 30]) {
      expect(await readAllAnywhere(person, document, 'forwards', size)).toEqual(ids);
      expect(await readAllAnywhere(person, document, 'backwards', size)).toEqual(ids);
    }
  });
});

it('jobs that were archived stand no longer before a page', async () => {
  const person = await gateway.signUp();
  await seed.renders(person.id, 4, { jobs: true, variants: 1 });
  const query = `query ($after: String) { viewer { list: generationJobs(first: 2, after: $after) { ${edges} } } }`;
  const first = await readPage(person, query, {});
  const next = () => readPage(person, query, { after: first.pageInfo.endCursor });
  expect((await next()).pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });

  await seed.sql(
    `update generation_jobs set archived_at = now() where id in (select id from generation_jobs where owner_id = $1
     order by created_at desc, id desc limit 2)`,
    [person.id],
  );

  expect((await next()).pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false });
});

it('an empty page knows its list: first 0 reads nothing and still counts', async () => {
  const person = await gateway.signUp();
  await seed.renders(person.id, 3, { variants: 1 });

  const { data } = await gateway.ask('{ viewer { renders(first: 0) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } } }', { as: person });

  expect(data).toEqual({
    viewer: { renders: { totalCount: 3, nodes: [], pageInfo: { hasNextPage: true, endCursor: null } } },
  });
});

it('counts only where the count is selected', async () => {
  const person = await gateway.signUp();
  const without = await gateway.ask('{ viewer { renders { nodes { id } } } }', { as: person });
  const alone = await gateway.ask('{ viewer { renders { totalCount } } }', { as: person });

  expect(without.statements.map(({ text }) => /count\(/.test(text))).toEqual([false]);
  expect(alone.statements.map(({ text }) => /count\(/.test(text))).toEqual([true]);
});
