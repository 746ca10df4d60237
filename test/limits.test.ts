import fc from 'fast-check';
import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { createScales } from '../src/server/limits/weight.js';
import { count, seededRandom } from './support/counts.js';
import { eventsOf, post, schemaOf, startServer, testLimits } from './support/http.js';
import type { GraphQLAnswer, StartedServer } from './support/http.js';

const typeDefs = `
  type Query {
    hello: String
    self: Query
    viewer: Viewer
    nodes(ids: [ID!]!): [Node]!
    plans: [Plan!]!
  }
  type Subscription { ticks: Query }
  interface Node { id: ID! }
  type Viewer { renders(first: Int, after: String, last: Int, before: String): RenderConnection! }
  type RenderConnection { edges: [RenderEdge!]! nodes: [Render!]! totalCount: Int! pageInfo: PageInfo! }
  type RenderEdge { cursor: String! node: Render! }
  type PageInfo { hasNextPage: Boolean! }
  type Render implements Node { id: ID! coverImages(first: Int! = 4): [Image!]! variants: [Variant!]! }
  type Variant { index: Int! }
  type Image { url: String! }
  type Plan { id: ID! label: String! }
`;

let executed = 0;
function countingSchema() {
  const root = () => {
    executed += 1;
    return {};
  };
  return schemaOf(typeDefs, {
    hello: () => ((executed += 1), 'world'),
    self: root,
    viewer: root,
    nodes: () => [],
    plans: () => [],
    ticks: root,
  });
}

const servers: StartedServer[] = [];
async function serverWith(limits: Partial<typeof testLimits> = {}): Promise<StartedServer> {
  const started = await startServer({ schema: countingSchema(), limits: { ...testLimits, ...limits } });
  servers.push(started);
  return started;
}

let standard: StartedServer;
/** Refuses every document, and tells by `found` what it costs. */
let priceTag: StartedServer;

beforeAll(async () => {
  standard = await serverWith();
  priceTag = await serverWith({ maxCost: 0 });
});
beforeEach(() => {
  executed = 0;
});
afterAll(() => Promise.all(servers.map(({ server }) => server.close())));

async function expectRefused(
  answer: GraphQLAnswer,
  code: string,
  numbers: { limit: number; found: number },
): Promise<void> {
  expect(answer.body.data).toBeUndefined();
  expect(answer.body.errors).toHaveLength(1);
  expect(answer.body.errors?.[0]?.extensions).toEqual({ code, ...numbers });
  expect(answer.body.errors?.[0]?.message).toContain(String(numbers.limit));
  expect(executed).toBe(0);
  await expectAlive();
}

async function expectAlive(): Promise<void> {
  const { body } = await post(standard.endpoint, { query: '{ hello }' });
  expect(body).toEqual({ data: { hello: 'world' } });
}

async function costOf(query: string, variables?: Record<string, unknown>): Promise<number | undefined> {
  const { body } = await post(priceTag.endpoint, { query, variables });
  expect(body.errors?.[0]?.extensions.code).toBe('QUERY_TOO_COSTLY');
  return body.errors?.[0]?.extensions.found;
}

describe('limits of a document', () => {
  it('refuses one token more than allowed and takes as many as are', async () => {
    const { endpoint } = await serverWith({ maxTokens: 6 });
    expect((await post(endpoint, { query: '{ self { hello } }' })).body.errors).toBeUndefined();
    executed = 0;
    await expectRefused(await post(endpoint, { query: '{ self { hello x: hello } }' }), 'DOCUMENT_TOO_LARGE', {
      limit: 6,
      found: 7,
    });
  });

  it('refuses one level more than allowed, whatever fragments it is spread over', async () => {
    const { endpoint } = await serverWith({ maxDepth: 3 });
    expect((await post(endpoint, { query: '{ self { self { hello } } }' })).body.errors).toBeUndefined();
    for (const query of [
      '{ self { self { self { hello } } } }',
      '{ self { ... on Query { self { ... { self { hello } } } } } }',
      '{ ...a } fragment a on Query { self { ...b } } fragment b on Query { self { ...c } } fragment c on Query { self { hello } }',
      // A rule that skips what it has seen under a name can be led around by one name used at two depths.
      '{ ...a self { self { ...a } } } fragment a on Query { self { hello } }',
      'query q { hello } query deep { self { self { self { hello } } } }',
    ]) {
      executed = 0;
      await expectRefused(
        await post(endpoint, { query, operationName: query.startsWith('query') ? 'q' : undefined }),
        'QUERY_TOO_DEEP',
        { limit: 3, found: 4 },
      );
    }
  });

  it('counts every alias, of __typename too, in every definition', async () => {
    const { endpoint } = await serverWith({ maxAliases: 2 });
    expect((await post(endpoint, { query: '{ a: hello b: __typename }' })).body.errors).toBeUndefined();
    executed = 0;
    const query = '{ a: __typename b: __typename ...f } fragment f on Query { c: __typename }';
    await expectRefused(await post(endpoint, { query }), 'TOO_MANY_ALIASES', { limit: 2, found: 3 });
  });

  it('counts directives wherever they stand', async () => {
    const { endpoint } = await serverWith({ maxDirectives: 3 });
    const query =
      'query ($v: Int @a) @a { hello @skip(if: false) ... @include(if: true) { hello } ...f @include(if: true) } fragment f on Query @a { hello }';
    await expectRefused(await post(endpoint, { query }), 'TOO_MANY_DIRECTIVES', { limit: 3, found: 6 });
  });

  it('counts root fields through fragments', async () => {
    const { endpoint } = await serverWith({ maxRootFields: 3 });
    expect(
      (await post(endpoint, { query: '{ hello ...f } fragment f on Query { __typename self { hello __typename } }' }))
        .body.errors,
    ).toBeUndefined();
    executed = 0;
    const query = '{ hello ...f ...f } fragment f on Query { __typename ... { self { hello } } }';
    await expectRefused(await post(endpoint, { query }), 'TOO_MANY_ROOT_FIELDS', { limit: 3, found: 5 });
  });

  it('holds GET and event streams to the same limits', async () => {
    const { endpoint } = await serverWith({ maxDepth: 2 });
    const query = '{ self { self { hello } } }';
    const got = await fetch(`${endpoint}?${new URLSearchParams({ query }).toString()}`);
    expect(await got.json()).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_DEEP' } }] });

    const streamed = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: `subscription { ticks ${query} }` }),
    });
    const events = [];
    for await (const event of eventsOf(streamed)) events.push(event);
    expect(events).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'QUERY_TOO_DEEP' } }] } },
      { event: 'complete' },
    ]);
    expect(executed).toBe(0);
  });
});

describe('cost', () => {
  it('multiplies what is in a page by the size of the page, and nothing else of the connection', async () => {
    // viewer, renders, totalCount, edges, pageInfo, hasNextPage; ten times cursor, node, id
    expect(
      await costOf(
        '{ viewer { renders(first: 10) { totalCount edges { cursor node { id } } pageInfo { hasNextPage } } } }',
      ),
    ).toBe(6 + 10 * 3);
    expect(await costOf('{ viewer { renders(last: 5) { nodes { id } } } }')).toBe(3 + 5);
    expect(await costOf('{ viewer { renders(first: 5) { edges { cursor } nodes { id } } } }')).toBe(4 + 10);
  });

  it('reads the size of a page from a variable, its default, the default of the schema, or takes 24', async () => {
    const byVariable = 'query ($n: Int = 7) { viewer { renders(first: $n) { nodes { id } } } }';
    expect(await costOf(byVariable, { n: 50 })).toBe(3 + 50);
    expect(await costOf(byVariable)).toBe(3 + 7);
    expect(await costOf(byVariable, { n: null })).toBe(3 + 24);
    expect(await costOf('{ viewer { renders { nodes { id } } } }')).toBe(3 + 24);
    expect(await costOf('{ viewer { renders(first: 1) { nodes { coverImages { url } } } } }')).toBe(3 + 1 + 4);
    expect(await costOf('{ nodes(ids: ["a", "b", "c"]) { id } }')).toBe(1 + 3);
    expect(await costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b'] })).toBe(1 + 2);
  });

  it('assumes 10 for any other list, unless its definition says otherwise', async () => {
    expect(await costOf('{ plans { id label } }')).toBe(1 + 10 * 2);
    const schema = buildSchema(typeDefs);
    const plans = schema.getQueryType()?.getFields()['plans'];
    if (plans) plans.extensions = { listSize: 3 };
    expect(createScales(schema)(parse('{ plans { id label } }'), {}).cost).toBe(1 + 3 * 2);
  });

  it('gives no field away for a page of nothing', async () => {
    expect(await costOf('{ viewer { renders(first: 0) { nodes { id } } } }')).toBe(3 + 1);
    expect(await costOf('{ viewer { renders(first: -5) { nodes { id } } } }')).toBe(3 + 1);
  });

  it('uses the size of the page around a fragment, which can be spread in several', async () => {
    const fragments = 'fragment page on RenderConnection { nodes { ...render } } fragment render on Render { id }';
    const query = `{ viewer { a: renders(first: 2) { ...page } b: renders(first: 30) { ...page } } } ${fragments}`;
    expect(await costOf(query)).toBe(1 + (2 + 2) + (2 + 30));
  });

  it('weighs a known document again for other variables', async () => {
    const { endpoint } = await serverWith({ maxCost: 40 });
    const query = 'query ($n: Int) { viewer { renders(first: $n) { nodes { id } } } }';
    const first = await post(endpoint, { query, variables: { n: 10 } });
    expect(first.body.errors?.[0]?.extensions.code).not.toBe('QUERY_TOO_COSTLY');
    executed = 0;
    await expectRefused(await post(endpoint, { query, variables: { n: 100 } }), 'QUERY_TOO_COSTLY', {
      limit: 40,
      found: 103,
    });
  });

  it('is what a plain expansion of all fragments would count, for any document', () => {
    const { seed } = seededRandom('cost of any document');
    const weigh = createScales(buildSchema(typeDefs));
    /** Leaves are numbers (spreads of a later fragment) or null (a scalar); arrays are `self { … }`. */
    type Tree = readonly (Tree | number | null)[];
    const { tree } = fc.letrec<{ tree: Tree; part: Tree | number | null }>((tie) => ({
      tree: fc.array(tie('part'), { minLength: 1, maxLength: 4 }),
      part: fc.oneof({ maxDepth: 4 }, fc.constant(null), fc.nat(5), tie('tree')),
    }));
    const text = (part: Tree, own: number, fragments: number): string =>
      part
        .map((item) => {
          if (item === null) return 'hello';
          if (typeof item !== 'number') return `self { ${text(item, own, fragments)} }`;
          return own + 1 + item < fragments ? `...f${own + 1 + item}` : 'hello';
        })
        .join(' ');
    const naive = (part: Tree, own: number, fragments: readonly Tree[]): { cost: number; depth: number } =>
      part.reduce<{ cost: number; depth: number }>(
        (sum, item) => {
          const target = typeof item === 'number' ? fragments[own + 1 + item] : undefined;
          const below = Array.isArray(item)
            ? naive(item as Tree, own, fragments)
            : target
              ? naive(target, own + 1 + (item as number), fragments)
              : null;
          const one =
            below === null ? { cost: 1, depth: 1 } : target ? below : { cost: 1 + below.cost, depth: 1 + below.depth };
          return { cost: sum.cost + one.cost, depth: Math.max(sum.depth, one.depth) };
        },
        { cost: 0, depth: 0 },
      );
    fc.assert(
      fc.property(tree, fc.array(tree, { maxLength: 6 }), (operation, fragments) => {
        const document = `{ ${text(operation, -1, fragments.length)} } ${fragments.map((part, index) => `fragment f${index} on Query { ${text(part, index, fragments.length)} }`).join(' ')}`;
        const all = [naive(operation, -1, fragments), ...fragments.map((part, index) => naive(part, index, fragments))];
        const weight = weigh(parse(document), {});
        expect(weight.cost).toBe(Math.max(...all.map(({ cost }) => cost)));
        expect(weight.depth).toBe(Math.max(...all.map(({ depth }) => depth)));
      }),
      { seed, numRuns: count(200, 5_000) },
    );
  });
});

describe('hostile documents', () => {
  /** Time to the answer, the way there and back included. */
  async function timed(query: string): Promise<{ answer: GraphQLAnswer; milliseconds: number }> {
    const startedAt = performance.now();
    const answer = await post(standard.endpoint, { query });
    return { answer, milliseconds: performance.now() - startedAt };
  }
  const codeOf = (answer: GraphQLAnswer): string | undefined => answer.body.errors?.[0]?.extensions.code;

  beforeAll(() => expectAlive());

  it.each([
    ['fields', `${'{ self '.repeat(10_000)} { hello } ${'}'.repeat(10_000)}`],
    ['fields that are never closed', '{ self '.repeat(10_000)],
    ['inline fragments', `${'{ ... '.repeat(10_000)} { hello } ${'}'.repeat(10_000)}`],
    ['lists in an argument', `{ nodes(ids: ${'['.repeat(10_000)}${']'.repeat(10_000)}) { id } }`],
    ['objects in an argument', `{ nodes(ids: ${'{ a: '.repeat(10_000)}1${'}'.repeat(10_000)}) { id } }`],
    ['list types of a variable', `query ($v: ${'['.repeat(10_000)}Int${']'.repeat(10_000)}) { hello }`],
  ])('refuses 10,000 levels of %s in milliseconds', async (_what, query) => {
    const { answer, milliseconds } = await timed(query);
    expect(codeOf(answer)).toBe('QUERY_TOO_DEEP');
    expect(milliseconds).toBeLessThan(200);
    expect(executed).toBe(0);
    await expectAlive();
  });

  it('computes fragments that double thirty times at once, and refuses them as too costly', async () => {
    const doubling = Array.from(
      { length: 30 },
      (_, level) => `fragment f${level} on Query { ...f${level + 1} ... { ...f${level + 1} } }`,
    );
    const { answer, milliseconds } = await timed(`{ ...f0 } ${doubling.join(' ')} fragment f30 on Query { hello }`);
    expect(['QUERY_TOO_COSTLY', 'TOO_MANY_ROOT_FIELDS']).toContain(codeOf(answer));
    expect(milliseconds).toBeLessThan(200);

    const below = await timed(`{ self { ...f0 } } ${doubling.join(' ')} fragment f30 on Query { hello }`);
    expect(codeOf(below.answer)).toBe('QUERY_TOO_COSTLY');
    expect(below.answer.body.errors?.[0]?.message).toContain('more than 1000000000');
    expect(below.milliseconds).toBeLessThan(200);
    await expectAlive();
  });

  it('refuses fragments that go in circles, and two of one name', async () => {
    const circle = 'Fragment "a" spreads itself, directly or through others.';
    for (const [query, message] of [
      ['{ ...a } fragment a on Query { self { ...a } }', circle],
      ['{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...a }', circle],
      ['{ hello } fragment a on Query { ...a }', circle],
      [
        '{ ...a } fragment a on Query { hello } fragment a on Query { self { hello } }',
        'There can be only one fragment named "a".',
      ],
    ] as const) {
      executed = 0;
      const { answer } = await timed(query);
      expect(answer.body.errors).toMatchObject([{ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
      expect(executed).toBe(0);
    }
    await expectAlive();
  });

  it('follows a chain of fragments as long as a document can hold', async () => {
    const length = 240;
    const chain = Array.from({ length }, (_, level) => `fragment f${level} on Query { ...f${level + 1} }`);
    const { answer, milliseconds } = await timed(`{ ...f0 } ${chain.join(' ')} fragment f${length} on Query { hello }`);
    expect(answer.body).toEqual({ data: { hello: 'world' } });
    expect(milliseconds).toBeLessThan(1_000);
  });

  it('validates what passes the limits in bounded time, where overlapping fields are compared pair by pair', async () => {
    // As many equal subtrees as the tokens allow. Whether graphql finishes or gives up, it must not take long.
    const leaves = Array.from({ length: 480 }, () => 'self { hello }').join(' ');
    const { answer, milliseconds } = await timed(`{ self { ${leaves} } }`);
    expect([undefined, 'GRAPHQL_VALIDATION_FAILED']).toContain(codeOf(answer));
    expect(milliseconds).toBeLessThan(2_000);
    await expectAlive();
  });

  it('takes variables and extensions of 100,000 levels, and refuses them or ignores them', async () => {
    const deep = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
    const send = async (body: string): Promise<unknown> =>
      (
        await fetch(standard.endpoint, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      ).json();
    expect(await send(`{"query":"{ hello }","variables":{"deep":${deep}}}`)).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
    expect(await send(`{"query":"{ hello }","extensions":{"deep":${deep}}}`)).toEqual({ data: { hello: 'world' } });
    await expectAlive();
  });
});

describe('introspection', () => {
  it('answers the standard query with all its options, however low the limits are', async () => {
    const { endpoint } = await serverWith({ maxDepth: 3, maxCost: 10 });
    const query = getIntrospectionQuery({
      descriptions: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      schemaDescription: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    const { body } = await post(endpoint, { query });
    expect(body.errors).toBeUndefined();
    expect(body.data?.['__schema']).toBeDefined();
  });

  it.each([
    [
      'walks from type to type',
      '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
      'QUERY_TOO_DEEP',
    ],
    [
      'does so by fragments',
      '{ __type(name: "Query") { ...t } } fragment t on __Type { fields { type { possibleTypes { interfaces { name } } } } }',
      'QUERY_TOO_DEEP',
    ],
    [
      'asks for all types many times',
      `{ __schema { ${Array.from({ length: 29 }, (_, n) => `a${n}: types { fields { args { type { name kind ofType { name kind ofType { name } } } } } }`).join(' ')} } }`,
      'QUERY_TOO_COSTLY',
    ],
  ])('refuses one that %s', async (_what, query, code) => {
    const { body } = await post(standard.endpoint, { query });
    expect(body.errors?.[0]?.extensions.code).toBe(code);
  });
});
