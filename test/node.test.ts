import { randomUUID } from 'node:crypto';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { createUsageSeed, type UsageSeed } from './support/seed-usage.js';

let gateway: TestApp;
let seed: Seed;
let usage: UsageSeed;

beforeAll(async () => {
  gateway = await createTestApp({ now: () => new Date('2024-03-15T12:00:00.000Z') });
  seed = await createSeed(gateway);
  usage = createUsageSeed(seed);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

type Type = (typeof types)[number];
const types = [
  'Profile',
  'Render',
  'RenderVariant',
  'Collection',
  'GenerationJob',
  'UsageEntry',
  'Usage',
  'CommunityCollection',
  'CommunityItem',
] as const;

interface Account {
  readonly person: Person;
  /** At least two of each type, but for the profile and the months. */
  readonly ids: Readonly<Record<Type, readonly string[]>>;
}

async function account(renderCount = 2): Promise<Account> {
  const person = await gateway.signUp();
  await usage.bornAt(person.id, '2024-02-10T00:00:00Z');
  const renders = await seed.renders(person.id, renderCount, { jobs: true, variants: 2 });
  const collection = await seed.collection(person.id, 'Album');
  await seed.items(collection, renders);
  const debits = [await usage.debit(person.id, '2024-03-01T00:00:00Z'), await usage.debit(person.id, '2024-03-02T00:00:00Z')];
  const gallery = await seed.communityCollection({ title: 'Gallery' });
  const variants = await seed.sql<{ id: string }>('select id from render_variants where owner_id = $1 order by render_id, idx', [person.id]);
  const own: Record<Type, readonly string[]> = {
    Profile: [person.id],
    Render: renders,
    RenderVariant: variants.map(({ id }) => id),
    Collection: [collection, await seed.favorites(person.id)],
    GenerationJob: debits.map(({ jobId }) => jobId),
    UsageEntry: debits.map(({ id }) => id),
    Usage: [`${person.id}/2024-03-01`, `${person.id}/2024-02-01`],
    CommunityCollection: [gallery, await seed.communityCollection({ title: 'Another' })],
    CommunityItem: await seed.communityItems(gallery, 2),
  };
  const ids = { ...own };
  for (const type of types) ids[type] = own[type].map((id) => globalId(type, id));
  return { person, ids };
}

/** One field that is stored and one that is not of every type. */
const everyType = `__typename id
  ... on Profile { email plan { id } }
  ... on Render { prompt variantCount }
  ... on RenderVariant { index isCover }
  ... on Collection { name itemCount }
  ... on GenerationJob { status render { id } }
  ... on UsageEntry { amount job { mode } }
  ... on Usage { debits entries { totalCount } }
  ... on CommunityCollection { title itemCount }
  ... on CommunityItem { orderIndex collection { title } }`;
const node = `query ($id: ID!) { node(id: $id) { ${everyType} } }`;
const nodes = `query ($ids: [ID!]!) { nodes(ids: $ids) { ${everyType} } }`;

describe('a node', () => {
  it.each<[Type, object]>([
    ['Profile', { email: expect.stringContaining('@'), plan: { id: 'free' } }],
    ['Render', { prompt: 'A calm room', variantCount: 2 }],
    ['RenderVariant', { index: 0, isCover: true }],
    ['Collection', { name: 'Album', itemCount: 2 }],
    ['GenerationJob', { status: 'SUCCEEDED', render: null }],
    ['UsageEntry', { amount: 1, job: { mode: 'REDESIGN' } }],
    ['Usage', { debits: 2, entries: { totalCount: 2 } }],
    ['CommunityCollection', { title: 'Gallery', itemCount: 2 }],
    ['CommunityItem', { orderIndex: 1, collection: { title: 'Gallery' } }],
  ])('of the type %s is found by its id', async (type, fields) => {
    const { person, ids } = await account();
    const id = ids[type][0]!;
    expect(await read(gateway, node, { as: person, variables: { id } })).toEqual({ node: { __typename: type, id, ...fields } });
  });

  it.each(types.filter((type) => !type.startsWith('Community')))('of the type %s is null for somebody else, and for nobody', async (type) => {
    const { person, ids } = await account();
    const stranger = await gateway.signUp();
    for (const id of ids[type]) {
      expect(await read(gateway, node, { as: person, variables: { id } })).toMatchObject({ node: { id } });
      expect(await read(gateway, node, { as: stranger, variables: { id } })).toEqual({ node: null });
      expect(await read(gateway, node, { variables: { id } })).toEqual({ node: null });
    }
  });

  it.each(types)('of the type %s is null where there is none', async (type) => {
    const { person } = await account();
    for (const id of [randomUUID(), 'no-uuid', '0197B000-0000-7000-8000-00000000000A', `${randomUUID()}\0`]) {
      expect(await read(gateway, node, { as: person, variables: { id: globalId(type, id) } })).toEqual({ node: null });
    }
  });

  it('may be asked for without a field, or with fields of other types alone', async () => {
    const { person, ids } = await account();
    const id = ids.Render[0];
    expect(await read(gateway, 'query ($id: ID!) { node(id: $id) { __typename } }', { as: person, variables: { id } })).toEqual({
      node: { __typename: 'Render' },
    });
    expect(await read(gateway, 'query ($id: ID!) { node(id: $id) { ... on Profile { email } } }', { as: person, variables: { id } })).toEqual({
      node: {},
    });
  });

  it('takes named fragments, inside each other and under conditions', async () => {
    const { person, ids } = await account();
    const query = `
      query ($id: ID!, $yes: Boolean!, $no: Boolean!) { node(id: $id) { ...any ...render @include(if: $yes) ...dear @include(if: $no) } }
      fragment any on Node { id ... on Render { mode } ... on Collection { name } }
      fragment render on Render { ...covers variants @skip(if: $no) { id } }
      fragment covers on Render { coverVariant { index } collections { nodes { ... on Collection { name itemCount } } } }
      fragment dear on Render { inputImages { url } }`;
    const answer = await read(gateway, query, { as: person, variables: { id: ids.Render[0], yes: true, no: false } });
    expect(answer).toEqual({
      node: {
        id: ids.Render[0],
        mode: 'REDESIGN',
        coverVariant: { index: 0 },
        collections: { nodes: [{ name: 'Album', itemCount: 2 }] },
        variants: [{ id: expect.any(String) }, { id: expect.any(String) }],
      },
    });
  });
});

describe('the root fields of one type', () => {
  it.each<['render' | 'collection' | 'generationJob' | 'communityCollection', Type, boolean]>([
    ['render', 'Render', false],
    ['collection', 'Collection', false],
    ['generationJob', 'GenerationJob', false],
    ['communityCollection', 'CommunityCollection', true],
  ])('%s gives what the id names: to its owner, and to others where it is public: %s %s', async (field, type, isPublic) => {
    const { person, ids } = await account();
    const query = `query ($id: ID!) { ${field}(id: $id) { id } }`;
    const id = ids[type][0]!;
    const others = isPublic ? { [field]: { id } } : { [field]: null };
    expect(await read(gateway, query, { as: person, variables: { id } })).toEqual({ [field]: { id } });
    expect(await read(gateway, query, { as: await gateway.signUp(), variables: { id } })).toEqual(others);
    expect(await read(gateway, query, { variables: { id } })).toEqual(others);
    expect(await read(gateway, query, { as: person, variables: { id: globalId(type, randomUUID()) } })).toEqual({ [field]: null });
  });
});

describe('several nodes', () => {
  it('keep the order of their ids, with nulls in between and the same twice', async () => {
    const { person, ids } = await account();
    const other = await account();
    const wanted: [string, string | null][] = [
      [ids.CommunityItem[0]!, 'CommunityItem'],
      [ids.Render[1]!, 'Render'],
      [other.ids.Render[0]!, null],
      [globalId('Render', randomUUID()), null],
      [ids.Render[0]!, 'Render'],
      [ids.Usage[1]!, 'Usage'],
      [globalId('Collection', 'no-uuid'), null],
      [ids.Render[1]!, 'Render'],
      [ids.Collection[0]!, 'Collection'],
      [other.ids.CommunityCollection[0]!, 'CommunityCollection'],
      [other.ids.Usage[0]!, null],
      [ids.Profile[0]!, 'Profile'],
      [other.ids.Profile[0]!, null],
    ];
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }';
    expect(await read(gateway, query, { as: person, variables: { ids: wanted.map(([id]) => id) } })).toEqual({
      nodes: wanted.map(([id, type]) => type && { __typename: type, id }),
    });
  });

  it('may be none at all', async () => {
    const { data, statements } = await gateway.ask('{ nodes(ids: []) { id } }');
    expect([data, statements]).toEqual([{ nodes: [] }, []]);
  });

  it('are what each of them is alone', async () => {
    const { person, ids } = await account();
    const all = types.flatMap((type) => ids[type]);
    const together = await read<{ nodes: object[] }>(gateway, nodes, { as: person, variables: { ids: all } });
    const alone: unknown[] = [];
    for (const id of all) alone.push((await read<{ node: object }>(gateway, node, { as: person, variables: { id } })).node);
    expect(together.nodes).toEqual(alone);
  });

  it('are for an anonymous caller those of the community alone', async () => {
    const { ids } = await account();
    const { nodes: found } = await read<{ nodes: ({ __typename: string } | null)[] }>(gateway, nodes, {
      variables: { ids: types.map((type) => ids[type][0]) },
    });
    expect(found.map((each) => each && each.__typename)).toEqual([...types.map(() => null).slice(2), 'CommunityCollection', 'CommunityItem']);
  });

  it('cost one statement a type, and one for each value that loaders bring', async () => {
    const { person, ids } = await account(40);
    const hundred = [
      ...ids.Render,
      ...ids.RenderVariant.slice(0, 48),
      ...types.filter((type) => !['Render', 'RenderVariant'].includes(type)).flatMap((type) => ids[type]),
    ].slice(0, 100);
    expect(hundred).toHaveLength(100);
    expect(new Set(hundred).size).toBe(100);
    expect(ids.Usage.length).toBeGreaterThan(1);

    const stored = await gateway.ask<{ nodes: ({ id: string } | null)[] }>(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Render { prompt } ... on Collection { name } ... on Usage { debits } } }`,
      { as: person, variables: { ids: hundred } },
    );
    expect(stored.data.nodes.map((each) => each?.id)).toEqual(hundred);
    expect(stored.statements.length).toBe(types.length);

    const computed = await gateway.ask<{ nodes: ({ id: string } | null)[] }>(nodes, { as: person, variables: { ids: hundred } });
    expect(computed.data.nodes.map((each) => each?.id)).toEqual(hundred);
    // Of Render, RenderVariant, Collection, GenerationJob, UsageEntry, CommunityCollection and CommunityItem; and the
    // entries of all months together.
    expect(computed.statements.length).toBe(types.length + 7 + 1);
  });

  it('are 100 at most', async () => {
    const { person } = await account();
    const many = (count: number) => Array.from({ length: count }, () => globalId('Render', randomUUID()));
    expect(await read(gateway, nodes, { as: person, variables: { ids: many(100) } })).toEqual({ nodes: Array(100).fill(null) });
    expect(await refusal(gateway, 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { as: person, variables: { ids: many(101) } })).toEqual({
      status: 200,
      code: 'BAD_USER_INPUT',
      message: '"ids" may hold at most 100 ids, and holds 101.',
      path: ['nodes'],
    });
  });
});
