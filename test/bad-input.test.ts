import { randomUUID } from 'node:crypto';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

let gateway: TestApp;
let seed: Seed;
let alice: Person;
let collection: string;

beforeAll(async () => {
  gateway = await createTestApp();
  seed = await createSeed(gateway);
  alice = await gateway.signUp();
  await seed.renders(alice.id, 3);
  collection = globalId('Collection', await seed.favorites(alice.id));
  await seed.communityItems(await seed.communityCollection(), 2);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});
/** Whatever was refused, the next request is answered. */
afterEach(async () => {
  expect(await read(gateway, '{ viewer { renders { totalCount } } communityItems { totalCount } }', { as: alice })).toEqual({
    viewer: { renders: { totalCount: 3 } },
    communityItems: { totalCount: 2 },
  });
});

/** SQL, paths, stacks and the names of what we are built with. */
const leak =
  /\bselect\b.+\bfrom\b|insert into|\$\d|::\w|SQLSTATE|syntax error at|relation "|column "|owner_id|created_at|postgres|prisma|pothos|node_modules|\/src\/|\/work\/|\.[jt]s:\d|\n\s+at /i;

interface Expected {
  readonly code: string;
  readonly message: string | RegExp;
}

async function expectRefused(query: string, variables: Record<string, unknown> | undefined, { code, message }: Expected): Promise<void> {
  const refused = await refusal(gateway, query, { as: alice, variables });
  expect({ status: refused.status, code: refused.code }).toEqual({ status: 200, code });
  if (typeof message === 'string') expect(refused.message).toBe(message);
  else expect(refused.message).toMatch(message);
  expect(refused.message).not.toMatch(leak);
}

const bad = (message: string | RegExp): Expected => ({ code: 'BAD_USER_INPUT', message });
const invalid = (message: string | RegExp): Expected => ({ code: 'GRAPHQL_VALIDATION_FAILED', message });

const notACursor = (argument: string) =>
  bad(`"${argument}" is not a cursor of this list. Pass a cursor that this list gave you, unchanged, or leave it out to start at the beginning.`);
const notAnId = (argument: string) => bad(`"${argument}" is not an id. Pass the "id" of an object that this API gave you, unchanged.`);

/** Every connection, with `$page` where its arguments belong. */
const connections: readonly (readonly [name: string, query: string])[] = [
  ['renders', '{ viewer { renders($page) { nodes { id } } } }'],
  ['generationJobs', '{ viewer { generationJobs($page) { nodes { id } } } }'],
  ['collections', '{ viewer { collections($page) { nodes { id } } } }'],
  ['usageHistory', '{ viewer { usageHistory($page) { nodes { id } } } }'],
  ['entries', '{ viewer { usage { entries($page) { nodes { id } } } } }'],
  ['entries of a statement', '{ viewer { usage(asOf: "2024-01-01T00:00:00Z") { entries($page) { nodes { id } } } } }'],
  ['items', '{ viewer { favorites { items($page) { nodes { id } } } } }'],
  ['collections of a render', '{ viewer { renders(first: 1) { nodes { collections($page) { nodes { id } } } } } }'],
  ['communityCollections', '{ communityCollections($page) { nodes { id } } }'],
  ['communityItems', '{ communityItems($page) { nodes { id } } }'],
  ['items of a community collection', '{ communityCollections(first: 1) { nodes { items($page) { nodes { id } } } } }'],
];
const forged = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

describe.each(connections)('%s', (name, query) => {
  const ask = (page: string, expected: Expected) => expectRefused(query.replace('$page', page), undefined, expected);

  it('refuses a cursor that does not decode', async () => {
    await ask('after: "page 2"', notACursor('after'));
    await ask('before: ""', notACursor('before'));
    await ask(`after: "${forged({ id: 1 })}"`, notACursor('after'));
  });

  it('refuses a cursor of another list', async () => {
    // Of a list that none of these is, so that each has another one.
    await ask(`after: "${forged(['p', 1, randomUUID()])}"`, notACursor('after'));
    if (name !== 'renders') await ask(`after: "${forged(['r', 1, randomUUID()])}"`, notACursor('after'));
  });

  it('refuses a page out of bounds', async () => {
    await ask('first: 101', bad('"first" must be from 0 to 100, and was 101.'));
    await ask('first: 1000', bad('"first" must be from 0 to 100, and was 1000.'));
    await ask('first: -1', bad('"first" must be from 0 to 100, and was -1.'));
    await ask('last: 101', bad('"last" must be from 0 to 100, and was 101.'));
    await ask('last: -2147483648', bad('"last" must be from 0 to 100, and was -2147483648.'));
    await ask('first: 1, last: 1', bad('Pass "first" or "last", not both: "first" reads forwards, "last" backwards.'));
  });

  it('refuses a page that is out of all bounds before anything else', async () => {
    await ask('first: 2147483648', { code: 'QUERY_TOO_COSTLY', message: /\b25000\b/ });
  });

  it('refuses a size that is no whole number of 32 bits', async () => {
    await ask('first: -2147483649', invalid(/^Int cannot represent non 32-bit signed integer value/));
    await ask('first: 1.5', invalid(/^Int cannot represent non-integer value/));
    await ask('first: "1"', invalid(/^Int cannot represent non-integer value/));
  });
});

it('a forged cursor of the right shape reads on from where it points, and shows nothing that the viewer may not see', async () => {
  const bob = await gateway.signUp();
  await seed.renders(bob.id, 3);
  const after = forged(['r', Date.UTC(9999, 0, 1), 'ffffffff-ffff-ffff-ffff-ffffffffffff']);
  const query = 'query ($after: String) { viewer { renders(after: $after) { nodes { id } } } }';
  const all = await read<{ viewer: { renders: { nodes: object[] } } }>(gateway, query, { as: alice });
  expect(await read(gateway, query, { as: alice, variables: { after } })).toEqual(all);
  expect(all.viewer.renders.nodes).toHaveLength(3);
});

describe('an id', () => {
  const fields: readonly (readonly [name: string, query: string, argument: string, type: string | null])[] = [
    ['node', 'query ($id: ID!) { node(id: $id) { id } }', 'id', null],
    ['nodes', 'query ($id: ID!) { nodes(ids: [$id]) { id } }', 'ids[0]', null],
    ['render', 'query ($id: ID!) { render(id: $id) { id } }', 'id', 'Render'],
    ['collection', 'query ($id: ID!) { collection(id: $id) { id } }', 'id', 'Collection'],
    ['generationJob', 'query ($id: ID!) { generationJob(id: $id) { id } }', 'id', 'GenerationJob'],
    ['communityCollection', 'query ($id: ID!) { communityCollection(id: $id) { id } }', 'id', 'CommunityCollection'],
    ['the filter', 'query ($id: ID!) { viewer { renders(filter: { collectionId: $id }) { nodes { id } } } }', 'collectionId', 'Collection'],
    ['containsRender', 'query ($id: ID!) { viewer { favorites { containsRender(renderId: $id) } } }', 'renderId', 'Render'],
  ];

  it.each(fields)('that does not decode is refused by %s', async (_name, query, argument) => {
    for (const id of ['', 'abc', randomUUID(), '🛋', '../../etc/passwd', "' or 1=1 --", 'A'.repeat(10_000), Buffer.from('Render:').toString('base64')]) {
      await expectRefused(query, { id }, notAnId(argument));
    }
    // Base64 of the same bytes, and not the id that was given.
    await expectRefused(query, { id: `${globalId('Render', randomUUID())}=` }, notAnId(argument));
    await expectRefused(query, { id: ` ${globalId('Render', randomUUID())}` }, notAnId(argument));
  });

  it.each(fields.filter(([, , , type]) => type !== null))('of another type is refused by %s', async (_name, query, argument, type) => {
    await expectRefused(query, { id: globalId('UsageEntry', randomUUID()) }, bad(`"${argument}" must be the id of a ${type}, and is one of a UsageEntry.`));
    await expectRefused(query, { id: globalId('<script>', randomUUID()) }, bad(`"${argument}" must be the id of a ${type}, and is one of a something else.`));
  });

  it.each(fields.filter(([, , , type]) => type !== null))('that holds no UUID is refused by %s', async (_name, query, argument, type) => {
    for (const local of ['1', 'null', `${randomUUID()}\0`, randomUUID().toUpperCase()]) {
      await expectRefused(query, { id: globalId(type!, local) }, notAnId(argument));
    }
  });

  it.each(fields.filter(([, , , type]) => type === null))('of a type that is no node is refused by %s', async (_name, query) => {
    for (const type of ['Image', 'Plan', 'Query', 'toString', '__proto__', 'render']) {
      await expectRefused(query, { id: globalId(type, randomUUID()) }, bad(/^That is not the id of a node\./));
    }
  });

  it('that is not there at all is refused before anything is executed', async () => {
    await expectRefused('{ render { id } }', undefined, invalid(/^Field "render" argument "id" of type "ID!" is required/));
    await expectRefused('query ($id: ID!) { render(id: $id) { id } }', {}, bad(/^Variable "\$id" of required type "ID!" was not provided/));
    await expectRefused('query ($id: ID!) { render(id: $id) { id } }', { id: null }, bad(/must not be null/));
    await expectRefused('query ($id: ID!) { render(id: $id) { id } }', { id: { a: 1 } }, bad(/ID cannot represent/));
  });
});

describe.each([
  ['renders', 'query ($filter: RenderFilter) { viewer { renders(filter: $filter) { nodes { id } } } }'],
  ['community items', 'query ($filter: CommunityItemFilter) { communityItems(filter: $filter) { nodes { id } } }'],
])('a filter of %s', (_name, query) => {
  it('refuses presets that are not offered, and names those that are', async () => {
    await expectRefused(
      query,
      { filter: { roomTypes: ['kitchen', 'cellar'] } },
      bad('"cellar" is no room type. Known are: living_room, kitchen, bedroom, bathroom, dining_room, home_office, alfresco, granny_flat; the query "presets" lists them.'),
    );
    await expectRefused(query, { filter: { styles: ['Modern'] } }, bad(/^"Modern" is no style\. Known are: coastal_au, /));
    await expectRefused(query, { filter: { styles: [''] } }, bad(/^"" is no style\./));
    await expectRefused(query, { filter: { styles: ['x'.repeat(50_000)] } }, bad(/^"x{50}" is no style\./));
    await expectRefused(query, { filter: { styles: ['japandi\0'] } }, bad(/^"japandi\0" is no style\./));
  });

  it('refuses a search that the database could not take, or would take too long over', async () => {
    await expectRefused(query, { filter: { search: 'a\0b' } }, bad('"search" may not hold the character U+0000.'));
    await expectRefused(query, { filter: { search: 'a'.repeat(201) } }, bad('"search" may have at most 200 characters, and has 201.'));
    await expectRefused(query, { filter: { search: 'a'.repeat(500_000) } }, bad('"search" may have at most 200 characters, and has 500000.'));
    await read(gateway, query, { as: alice, variables: { filter: { search: 'ä'.repeat(200) } } });
  });

  it('takes half a character for a search that finds nothing', async () => {
    await read(gateway, query, { as: alice, variables: { filter: { search: '\ud83d' } } });
  });

  it('refuses a mode that there is not', async () => {
    await expectRefused(query, { filter: { modes: ['redesign'] } }, bad(/Value "redesign" does not exist in "Mode" enum/));
    await expectRefused(query, { filter: { modes: ['REDESIGN', null] } }, bad(/at "filter\.modes\[1\]"; Expected non-nullable type "Mode!" not to be null/));
  });

  it('refuses what it has no condition for', async () => {
    await expectRefused(query, { filter: { ownerId: alice.id } }, bad(/Field "ownerId" is not defined by type/));
    await expectRefused(query, { filter: [] }, bad(/^Variable "\$filter" got invalid value/));
  });
});

describe('a time', () => {
  const after = 'query ($at: DateTime) { viewer { renders(filter: { createdAfter: $at }) { totalCount } } }';
  const before = 'query ($at: DateTime) { viewer { renders(filter: { createdBefore: $at }) { totalCount } } }';
  const asOf = 'query ($at: DateTime) { viewer { usage(asOf: $at) { used } } }';

  it.each([
    ['words', 'yesterday'],
    ['a date alone', '2026-01-01'],
    ['a time without a zone', '2026-01-01T00:00:00'],
    ['February 30', '2026-02-30T00:00:00Z'],
    ['February 29 of a common year', '2026-02-29T00:00:00Z'],
    ['hour 24', '2026-01-01T24:00:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['a zone that is written wrong', '2026-01-01T00:00:00|05:00'],
    ['the year 0', '0000-06-01T00:00:00Z'],
    ['a year before the first, by its zone', '0001-01-01T00:00:00+14:00'],
    ['a year after the last, by its zone', '9999-12-31T23:59:59-14:00'],
    ['nothing', ''],
    ['a number', 1_700_000_000],
    ['a list', ['2026-01-01T00:00:00Z']],
  ])('that is %s is refused, given as a variable', async (_what, at) => {
    for (const query of [after, before, asOf]) await expectRefused(query, { at }, bad(/^Variable "\$at" got invalid value .*DateTime/));
  });

  it.each(['"yesterday"', '1700000000', '"0000-06-01T00:00:00Z"', 'NOW', '{ year: 2026 }'])('that is %s is refused, given in the document', async (at) => {
    for (const query of [after, before, asOf]) {
      await expectRefused(query.replace('($at: DateTime) ', '').replace('$at', at), undefined, invalid(/DateTime/));
    }
  });

  it.each(['0001-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'])('as far as %s is taken', async (at) => {
    await read(gateway, after, { as: alice, variables: { at } });
    await read(gateway, before, { as: alice, variables: { at } });
  });

  it('span is refused where it is empty', async () => {
    const query = 'query ($filter: RenderFilter) { viewer { renders(filter: $filter) { totalCount } } }';
    const instant = '2026-01-01T00:00:00Z';
    await expectRefused(query, { filter: { createdAfter: instant, createdBefore: instant } }, bad('"createdAfter" must be earlier than "createdBefore".'));
  });
});

describe('an argument', () => {
  it.each<[string, string, Expected]>([
    ['an order that there is not', '{ viewer { renders(orderBy: { direction: SIDEWAYS }) { totalCount } } }', invalid(/Value "SIDEWAYS" does not exist in "OrderDirection" enum/)],
    ['an order in quotes', '{ viewer { renders(orderBy: { direction: "ASC" }) { totalCount } } }', invalid(/cannot represent non-enum value: "ASC"/)],
    ['no direction', '{ viewer { renders(orderBy: { direction: null }) { totalCount } } }', invalid(/null/)],
    ['a size of picture that there is not', '{ viewer { renders { nodes { coverImage(size: HUGE) { url } } } } }', invalid(/"HUGE" does not exist in "ImageSize" enum/)],
    ['a status that there is not', '{ viewer { generationJobs(status: [DONE]) { totalCount } } }', invalid(/"DONE" does not exist in "JobStatus" enum/)],
    ['a truth in quotes', '{ communityCollections(featured: "yes") { totalCount } }', invalid(/^Boolean cannot represent/)],
    ['a name that there is not', '{ viewer { renders(limit: 5) { totalCount } } }', invalid(/^Unknown argument "limit"/)],
    ['a field that there is not', '{ viewer { password } }', invalid(/^Cannot query field "password" on type "Viewer"/)],
    ['a field of an object without its fields', '{ viewer }', invalid(/must have a selection of subfields/)],
  ])('is refused that has %s', async (_what, query, expected) => {
    await expectRefused(query, undefined, expected);
  });

  it('that is wrong spoils its own field alone', async () => {
    const mixed = await gateway.ask(
      `query ($id: ID!) { viewer { renders { totalCount } } render(id: "abc") { id } collection(id: $id) { name containsRender(renderId: "abc") } presets { modes } }`,
      { as: alice, variables: { id: collection } },
    );
    expect(mixed.data).toEqual({
      viewer: { renders: { totalCount: 3 } },
      render: null,
      collection: null,
      presets: { modes: ['REDESIGN', 'STAGING', 'COMPOSE', 'IMAGINE'] },
    });
    expect(mixed.errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['render'], 'BAD_USER_INPUT'],
      [['collection', 'containsRender'], 'BAD_USER_INPUT'],
    ]);
  });
});

describe('the status', () => {
  const send = (body: string, accept: string) =>
    fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body });
  const operation = (query: string, variables?: object) => JSON.stringify({ query, variables });
  const graphqlResponse = 'application/graphql-response+json';

  it.each([
    ['is 400 for a body that is no JSON', '{ "query": ', 'application/json', 400],
    ['is 400 for a body without a query', '{}', 'application/json', 400],
    ['is 400 for a document that is not valid, where the client takes GraphQL\'s own type', operation('{ nothing }'), graphqlResponse, 400],
    ['is 400 for a variable that is not valid, where the client takes GraphQL\'s own type', operation('query ($at: DateTime) { viewer { usage(asOf: $at) { used } } }', { at: 'x' }), graphqlResponse, 400],
    ['is 200 for a document that is not valid, where the client takes JSON', operation('{ nothing }'), 'application/json', 200],
    ['is 200 for a field that was refused in a document that is valid', operation('{ communityItems(first: 1000) { totalCount } }'), graphqlResponse, 200],
  ])('%s', async (_what, body, accept, status) => {
    const response = await send(body, accept);
    const answer = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
    expect(response.status).toBe(status);
    expect(answer.errors).toHaveLength(1);
    expect(answer.errors[0]?.extensions.code).toMatch(/^[A-Z_]+$/);
    expect(answer.errors[0]?.message).not.toMatch(leak);
  });
});
