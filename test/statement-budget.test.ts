import { setTimeout as delay } from 'node:timers/promises';
import { buildSchema, type GraphQLSchema, isInterfaceType, isObjectType, type OperationDefinitionNode, parse } from 'graphql';
import { createSchema } from '../src/schema/schema.js';
import { COST_HEADER, type OperationCost } from '../src/server/graphql/cost.js';
import { createStatementBudgets } from '../src/server/graphql/statement-budget.js';
import { createStatementCounts } from '../src/server/graphql/statement-counts.js';
import { createMetrics } from '../src/server/metrics.js';
import { createTestApp, expectWithinBudget, type Answer, type Person, type TestApp } from './support/app.js';
import { signUpAdmin, storedRenders, suspend } from './support/curation.js';
import { schemaOf, startServer, testLimits } from './support/http.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { countCalls } from './support/statement-calls.js';

/**
 * An operation's SQL statements are known before it runs. That no operation of any test sends more is held by
 * `TestApp.ask`, which asks for the cost each time; here is shown that the budget is exact where it can be, what it is
 * made of, and that the count is true.
 */
const withoutLookAhead = process.env['LOOK_AHEAD'] === 'off';

/** Fields whose resolvers can ask for something, and do not say what it costs. */
function silentFields(schema: GraphQLSchema): string[] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields())
        // Services, loaders and models are reached through the third argument alone.
        .filter(({ resolve }) => (resolve?.length ?? 0) > 2)
        .filter(({ extensions }) => extensions['part'] === undefined && extensions['statements'] === undefined)
        // Relay's plugin encodes ids, and asks for nothing.
        .filter(({ name }) => !(name === 'id' && [type, ...type.getInterfaces()].some((face) => face.name === 'Node')))
        .map(({ name }) => `${type.name}.${name}`),
    );
}

/** Looked for before any gateway begins, because those of the tests watch resolvers from around them. */
const silent = silentFields(createSchema());

let app: TestApp;
let seed: Seed;
let person: Person;
let admin: Person;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  app = await createTestApp({ runtime: { graphql: { maxCost: 10_000_000 } } });
  seed = await createSeed(app);
  person = await app.signUp();
  admin = await signUpAdmin(app, seed);
  const renders = await seed.renders(person.id, 6, { jobs: true, variants: 2 });
  const favorites = await seed.favorites(person.id);
  await seed.items(favorites, renders.slice(0, 3));
  const album = await seed.collection(person.id, 'Bondi');
  await seed.items(album, renders);
  const empty = await seed.collection(person.id, 'Empty');
  const gallery = await seed.communityCollection();
  const looks = await seed.communityItems(gallery, 3);
  const [published] = await storedRenders(app, seed, admin.id, 1);
  const [job] = await seed.sql<{ id: string }>('select id from generation_jobs where owner_id = $1 limit 1', [person.id]);
  ids = {
    render: globalId('Render', renders[0]!),
    other: globalId('Render', renders[5]!),
    album: globalId('Collection', album),
    empty: globalId('Collection', empty),
    gallery: globalId('CommunityCollection', gallery),
    look: globalId('CommunityItem', looks[0]!),
    job: globalId('GenerationJob', job!.id),
    published: globalId('Render', published!),
    month: globalId('Usage', `${person.id}/${new Date().toISOString().slice(0, 8)}01`),
  };
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

/** `$render` and its like in quotes become ids. */
function withIds(query: string): string {
  return query.replaceAll(/"\$(\w+)"/g, (_, name: string) => JSON.stringify(ids[name]));
}

async function costOf(query: string, as: Person | undefined = person): Promise<OperationCost['statements']> {
  return told(await app.ask(withIds(query), { as })).statements;
}

function told({ cost, errors }: Answer<unknown>): OperationCost {
  expect(errors).toBeUndefined();
  if (!cost) throw new Error('The answer tells no cost.');
  return cost;
}

interface Typical {
  readonly name: string;
  readonly query: string;
  /** With look-ahead; and used exactly. */
  readonly budget: number;
  readonly as?: 'admin';
}

const renderFields = 'id variantCount isFavorite coverImage { url } coverVariant { id isCover } variants { index isCover image { url } } job { status }';

const typical: readonly Typical[] = [
  { name: 'nothing but the viewer', query: '{ viewer { __typename } }', budget: 0 },
  { name: 'presets', query: '{ presets { modes roomTypes { id label } limits { maxVariants } } }', budget: 0 },
  { name: 'the feed', query: `{ viewer { renders(first: 5) { totalCount pageInfo { hasNextPage hasPreviousPage endCursor } nodes { ${renderFields} } } } }`, budget: 1 },
  {
    name: 'the feed from fragments that share fields',
    query: `query Feed { viewer { ...Cards ...Counts } }
      fragment Cards on Viewer { renders(first: 2) { nodes { id coverImage { url } } } }
      fragment Counts on Viewer { renders(first: 2) { nodes { variantCount } } renderStatistics { total } }`,
    budget: 2,
  },
  { name: 'the feed under two names', query: '{ viewer { a: renders(first: 1) { nodes { id } } b: renders(first: 2) { nodes { variantCount } } } }', budget: 2 },
  {
    name: 'collections with items and covers',
    query: '{ viewer { collections { totalCount nodes { name itemCount coverImages { url } containsRender(renderId: "$render") items(first: 3) { nodes { variantCount } } } } } }',
    budget: 1,
  },
  { name: 'the favorites', query: `{ viewer { favorites { itemCount items { nodes { ${renderFields} } } } } }`, budget: 1 },
  { name: 'a render with its variants', query: `{ render(id: "$render") { ${renderFields} collections { nodes { name itemCount } } } }`, budget: 1 },
  { name: 'the community', query: '{ communityCollections { totalCount nodes { title itemCount coverImage { url } items { nodes { image { url } collection { title } } } } } }', budget: 1 },
  { name: 'usage', query: '{ viewer { usage { used remaining canGenerate blockedBy byMode { mode count } plan { label } entries { nodes { amount job { id } } } } } }', budget: 1 },
  { name: 'usage with the present plan', query: '{ viewer { usage { plan { isCurrent } } usageHistory { nodes { plan { isCurrent } } } } }', budget: 3 },
  { name: 'plans', query: '{ plans { id isCurrent } again: plans { isCurrent } }', budget: 1 },
  { name: 'the profile', query: '{ viewer { profile { email plan { label } } } }', budget: 1 },
  { name: 'storage', query: '{ viewer { storageUsage { totalBytes byKind { bytes } } } }', budget: 1 },
  { name: 'jobs', query: '{ viewer { generationJobs(first: 2) { nodes { status } } } }', budget: 1 },
  { name: 'jobs with their number and renders', query: '{ viewer { generationJobs(first: 2) { totalCount pageInfo { hasPreviousPage } nodes { render { variantCount collections { nodes { itemCount } } } } } } }', budget: 3 },
  { name: 'a job', query: '{ generationJob(id: "$job") { status render { variantCount } } }', budget: 2 },
  { name: 'a render as a node', query: '{ node(id: "$render") { id ... on Render { variantCount isFavorite } ... on Collection { itemCount } } }', budget: 3 },
  {
    name: 'nodes of three types',
    query: `{ nodes(ids: ["$render", "$other", "$album", "$month"]) { id ... on Render { variantCount job { render { id } } }
      ... on Collection { items { nodes { variantCount } } } ... on CommunityCollection { itemCount } ... on Usage { canGenerate blockedBy } } }`,
    budget: 7,
  },
  { name: 'createCollection', query: 'mutation { createCollection(input: { name: "New" }) { ... on CreateCollectionPayload { collection { id name } } } }', budget: 4 },
  { name: 'renameCollection', query: 'mutation { renameCollection(input: { collectionId: "$album", name: "Bondi" }) { ... on RenameCollectionPayload { collection { itemCount } } } }', budget: 5 },
  {
    name: 'organizeRenders',
    query: `mutation { organizeRenders(input: { renderIds: ["$render", "$other"], addToCollectionIds: ["$empty"], removeFromCollectionIds: ["$album"] }) {
      ... on OrganizeRendersPayload { addedCount removedCount collections { itemCount items { nodes { id } } } } } }`,
    budget: 8,
  },
  {
    name: 'addToFavorites',
    query: 'mutation { addToFavorites(input: { renderId: "$other" }) { ... on AddToFavoritesPayload { render { isFavorite } favorites { itemCount } viewer { renderStatistics { total } } } } }',
    budget: 4,
  },
  {
    name: 'two mutations, each with the present plan',
    query: `mutation { a: addToFavorites(input: { renderId: "$render" }) { ...Plan } b: removeFromFavorites(input: { renderId: "$render" }) { ...Plan } }
      fragment Plan on ChangePayload { viewer { usage { plan { isCurrent } } } }`,
    budget: 6,
  },
  { name: 'setRenderCover', query: 'mutation { setRenderCover(input: { renderId: "$render", variantIndex: 1 }) { ... on SetRenderCoverPayload { render { coverVariant { index } } } } }', budget: 5 },
  { name: 'updateProfile', query: 'mutation { updateProfile(input: { name: "Ann" }) { ... on UpdateProfilePayload { profile { name plan { label } } } } }', budget: 4 },
  {
    name: 'addCommunityItem from a render',
    query: 'mutation { addCommunityItem(input: { communityCollectionId: "$gallery", renderId: "$published" }) { ... on AddCommunityItemPayload { communityItem { collection { itemCount } } } } }',
    budget: 17,
    as: 'admin',
  },
  {
    name: 'addCommunityItem from elsewhere',
    query: 'mutation { addCommunityItem(input: { communityCollectionId: "$gallery", externalImageUrl: "https://pictures.example.com/a.webp" }) { ... on AddCommunityItemPayload { communityItem { id } } } }',
    budget: 7,
    as: 'admin',
  },
  { name: 'updateCommunityItem', query: 'mutation { updateCommunityItem(input: { communityItemId: "$look", orderIndex: 3 }) { ... on UpdateCommunityItemPayload { communityItem { collection { title } } } } }', budget: 6, as: 'admin' },
];

describe('the budget of a typical operation', () => {
  it.each(typical)('is what it sends: $name', async ({ query, budget, as }) => {
    const statements = await costOf(query, as === 'admin' ? admin : person);

    if (withoutLookAhead) {
      // Which parts share a statement is a matter of moments.
      expect(statements.used).toBeLessThanOrEqual(statements.budget);
    } else {
      expect(statements).toMatchObject({ budget, used: budget });
    }
  });
});

describe('the reserve', () => {
  it('is for a refusal that is explained', async () => {
    const favorites = globalId('Collection', await seed.favorites(person.id));
    const { statements } = await costFor(`mutation { renameCollection(input: { collectionId: "${favorites}", name: "Mine" }) { __typename } }`);

    expect(statements).toMatchObject({ budget: 4, reserve: 1, used: 5 });
  });

  it('is for an index that is found to be wrong, and the standing that is asked for then', async () => {
    const { statements } = await costFor(withIds('mutation { setRenderCover(input: { renderId: "$render", variantIndex: 9 }) { __typename } }'));

    expect(statements).toMatchObject({ budget: 4, reserve: 2, used: 6 });
  });

  it('is for favorites that were lost, and made anew', async () => {
    const loser = await app.signUp();
    const lose = async () => {
      await seed.sql('alter table collections disable trigger collections_protect_default_favorites');
      await seed.sql('delete from collections where owner_id = $1', [loser.id]);
      await seed.sql('alter table collections enable trigger collections_protect_default_favorites');
    };
    const asked = async (query: string) => {
      await lose();
      return (await costFor(query, loser)).statements;
    };

    expect(await asked('{ viewer { collections { nodes { name } } } }')).toMatchObject({ budget: 1, reserve: 4, used: 5 });
    expect(await asked('{ viewer { favorites { name } } }')).toMatchObject({ budget: 1, reserve: 2, used: 3 });
    const [render] = await seed.renders(loser.id, 1);
    const click = `mutation { addToFavorites(input: { renderId: "${globalId('Render', render!)}" }) { __typename } }`;
    expect(await asked(click)).toMatchObject({ budget: 1, reserve: 5, used: 6 });
  });

  it('is nothing where nothing can be refused or lost', async () => {
    expect((await costFor('{ viewer { renders { nodes { variantCount } } usage { used } } }')).statements.reserve).toBe(0);
  });

  async function costFor(query: string, as: Person = person): Promise<OperationCost> {
    return told(await app.ask(query, { as }));
  }
});

describe('who asks for the cost', () => {
  const query = '{ viewer { renders(first: 2) { nodes { id variantCount } } } }';

  function send(url: string, as: Person | undefined, headers: Record<string, string>, body: object = { query }): Promise<Response> {
    return fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(as ? { authorization: `Bearer ${as.token}` } : {}), ...headers },
      body: JSON.stringify(body),
    });
  }

  it('is told it beside the answer, which is the same to the byte without it', async () => {
    const plain = await (await send(app.url, person, {})).text();
    const asked = await (await send(app.url, person, { [COST_HEADER]: '1' })).text();

    const { extensions, ...rest } = JSON.parse(asked) as { extensions: { cost: OperationCost } };
    expect(JSON.stringify(rest)).toBe(plain);
    expect(extensions).toEqual({
      cost: {
        statements: { budget: withoutLookAhead ? 2 : 1, reserve: 0, used: withoutLookAhead ? 2 : 1, firstSight: 0 },
        complexity: { used: 7, limit: 10_000_000 },
        depth: { used: 4, limit: 15 },
        milliseconds: expect.any(Number),
      },
    });
  });

  it.each(['0', 'true', ''])('is not told it by another value of the header (%j)', async (value) => {
    expect(await (await send(app.url, person, { [COST_HEADER]: value })).text()).not.toContain('extensions');
  });

  it('is told of the first sight apart', async () => {
    const newcomer = await app.newcomer({ id: '0197b000-0000-7000-8000-0000000000aa', email: null });

    const first = told(await app.ask(query, { as: newcomer }));
    const second = told(await app.ask(query, { as: newcomer }));

    expect(first.statements.firstSight).toBe(1);
    expect(second.statements.firstSight).toBe(0);
    expect(first.statements.used).toBe(second.statements.used);
  });

  it('is told the budget also where variables were wrong and nothing ran', async () => {
    const body = { query: 'query ($n: Int!) { viewer { renders(first: $n) { nodes { id } } } }', variables: { n: 'two' } };
    const { errors, extensions } = (await (await send(app.url, person, { [COST_HEADER]: '1' }, body)).json()) as {
      errors: unknown[];
      extensions: { cost: OperationCost };
    };

    expect(errors).toHaveLength(1);
    expect(extensions.cost.statements).toMatchObject({ budget: 1, used: 0 });
  });

  it('is told nothing where the document was refused: there is no operation', async () => {
    const answer = await send(app.url, person, { [COST_HEADER]: '1' }, { query: '{ viewer { nonsense } }' });

    expect(await answer.text()).not.toContain('"cost"');
  });

  it('in production must be an administrator, as the database has it now; others get the plain answer', async () => {
    const production = await createTestApp({
      database: app.database,
      environment: { NODE_ENV: 'production', PUBLIC_URL: 'https://api.roomfeed.test' },
    });
    const isTold = async (as: Person | undefined) => {
      const response = await send(production.url, as, { [COST_HEADER]: '1' });
      const body = (await response.json()) as { data?: unknown; extensions?: unknown };
      expect(body.data).toBeDefined();
      return body.extensions !== undefined;
    };
    try {
      const demoted = await signUpAdmin(app, seed);
      expect(await isTold(demoted)).toBe(true);
      await suspend(seed, demoted);
      expect(await isTold(demoted)).toBe(false);
      await seed.sql(`update profiles set role = 'user', account_status = 'active' where id = $1`, [demoted.id]);
      expect(await isTold(demoted)).toBe(false);
      expect(await isTold(person)).toBe(false);
      expect(await isTold(undefined)).toBe(false);
      expect(await isTold(await app.newcomer({ id: '0197b000-0000-7000-8000-0000000000ab', email: null }))).toBe(false);
      // What it takes to look the role up is not the operation's.
      const answer = (await (await send(production.url, admin, { [COST_HEADER]: '1' })).json()) as { extensions: { cost: OperationCost } };
      expect(answer.extensions.cost.statements).toMatchObject({ used: withoutLookAhead ? 2 : 1, firstSight: 0 });
    } finally {
      await production.close();
    }
  });
});

describe('a gateway of any schema', () => {
  const counts = createStatementCounts();

  /** `things` says one statement; each call of `resolve` sends as many as it likes. */
  function thingsSchema(resolve: () => unknown): GraphQLSchema {
    const schema = schemaOf('type Query { things: [String!] }', { things: resolve });
    const cost = { kind: 'sends', sent: 1, reserve: 0, brings: false };
    schema.getQueryType()!.getFields()['things']!.extensions = { statements: cost };
    return schema;
  }

  async function start(schema: GraphQLSchema, limits = testLimits) {
    const metrics = createMetrics();
    const started = await startServer({
      schema,
      limits,
      metrics,
      cost: {
        lookAhead: true,
        counts,
        firstSight: 0,
        mayAsk: () => Promise.resolve(true),
        onExceeded: metrics.statementBudgetExceeded,
      },
    });
    const exceeded = async () => /^roomfeed_statement_budget_exceeded_total (\d+)$/m.exec((await metrics.render()).text)?.[1];
    const ask = async (query = 'query Things { things }', headers: Record<string, string> = { [COST_HEADER]: '1' }) => {
      const response = await fetch(started.endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      return { status: response.status, body: (await response.json()) as { extensions?: { cost: OperationCost }; errors?: unknown[] } };
    };
    return { ...started, ask, exceeded };
  }

  it('counts and logs an operation that sends more than was foreseen, and answers it', async () => {
    const gateway = await start(
      thingsSchema(() => {
        counts.statementSent();
        counts.statementSent();
        return ['thing'];
      }),
    );
    try {
      const { body } = await gateway.ask();

      expect(body.extensions?.cost.statements).toEqual({ budget: 1, reserve: 0, used: 2, firstSight: 0 });
      expect(() => expectWithinBudget(body.extensions!.cost, '')).toThrow('More statements were sent than were foreseen');
      expect(await gateway.exceeded()).toBe('1');
      const [line] = gateway.logged.filter(({ msg }) => msg === 'an operation sent more statements than its budget');
      expect(line).toMatchObject({ level: 50, operationName: 'Things', budget: 1, reserve: 0, used: 2 });
    } finally {
      await gateway.server.close();
    }
  });

  it('says nothing of one that sends what was foreseen, and counts nothing for who does not ask', async () => {
    const gateway = await start(
      thingsSchema(() => {
        counts.statementSent();
        return [];
      }),
    );
    try {
      expect((await gateway.ask()).body.extensions?.cost.statements).toMatchObject({ budget: 1, used: 1 });
      expect((await gateway.ask(undefined, {})).body.extensions).toBeUndefined();
      expect(await gateway.exceeded()).toBe('0');
      expect(gateway.logged.filter(({ level }) => level === 50)).toEqual([]);
    } finally {
      await gateway.server.close();
    }
  });

  it('lets browsers of listed origins send the header', async () => {
    const gateway = await startServer({ schema: thingsSchema(() => []), corsOrigins: ['https://app.example.com'] });
    try {
      const preflight = await fetch(gateway.endpoint, {
        method: 'OPTIONS',
        headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST', 'access-control-request-headers': COST_HEADER },
      });

      expect(preflight.headers.get('access-control-allow-headers')).toContain(COST_HEADER);
    } finally {
      await gateway.server.close();
    }
  });

  it('tells the cost of a request that ran out of time', async () => {
    const gateway = await start(
      thingsSchema(async () => {
        counts.statementSent();
        return new Promise(() => undefined);
      }),
      { ...testLimits, requestTimeoutSeconds: 0.05 },
    );
    try {
      const { status, body } = await gateway.ask();

      expect(status).toBe(504);
      expect(body.extensions?.cost.statements).toMatchObject({ budget: 1, used: 1 });
    } finally {
      await gateway.server.close();
    }
  });
});

it('is added up in one pass: fragments that double each other take no longer than others', () => {
  const schema = createSchema();
  const fragment = (n: number) => `fragment F${n} on Collection { items { nodes { a${n}: collections { nodes { ...F${n + 1} } } b${n}: collections { nodes { ...F${n + 1} } } } } }`;
  const document = parse(
    `{ node(id: "${ids['album']}") { ...F0 } } ${Array.from({ length: 60 }, (_, n) => fragment(n)).join(' ')} fragment F60 on Collection { itemCount }`,
  );
  const [operation] = document.definitions;
  const budgetOf = createStatementBudgets(schema, { lookAhead: false });

  // Walked place by place, it would take longer than the universe has been there.
  const { budget } = budgetOf({ document, operation: operation as OperationDefinitionNode }, {});

  expect(budget).toBeGreaterThan(2 ** 60);
});

describe('the count', () => {
  it('keeps what several do at once apart, and leaves out what belongs to nobody', async () => {
    const counts = createStatementCounts();
    const work = (statements: number) =>
      counts.counting(async (count) => {
        for (let sent = 0; sent < statements; sent += 1) {
          await delay(0);
          counts.statementSent();
        }
        counts.apart(() => counts.statementSent());
        return count.sent;
      });

    const sums = await Promise.all([work(3), work(0), work(5)]);
    counts.statementSent();

    expect(sums).toEqual([3, 0, 5]);
    expect(await work(1)).toBe(1);
  });
});

describe('what the server says it ran', () => {
  it('is what the gateway says it sent, by pg_stat_statements', async () => {
    const calls = await countCalls(seed, app.database);
    if (!calls) {
      // A server that was given for the tests may not have it; the one from the package has.
      console.warn('Skipped: this server does not load pg_stat_statements.');
      return;
    }
    for (const { name, query, as } of typical) {
      await calls.reset();
      const { cost, statements } = await app.ask(withIds(query), { as: as === 'admin' ? admin : person });
      const texts = statements.map(({ text }) => text);

      // The scope goes in front of each statement outside of a transaction, and once into each transaction; it is
      // counted apart, because it costs no round trip. BEGIN and COMMIT are statements like any other.
      const ran = await calls.read();
      const said = { statements: cost?.statements.used, scopes: scopesOf(texts) };
      const isSame = ran.statements === said.statements && ran.scopes === said.scopes;
      // Which statement was too many is what somebody will want to know.
      expect({ name, ...ran, ...(!isSame && { server: await calls.texts() }) }).toEqual({ name, ...said, ...(!isSame && { gateway: texts }) });
    }
  });

  function scopesOf(texts: readonly string[]): number {
    let inTransaction = false;
    let scopes = 0;
    for (const text of texts) {
      if (text === 'BEGIN') inTransaction = true;
      if (text === 'BEGIN' || !inTransaction) scopes += 1;
      if (text === 'COMMIT') inTransaction = false;
    }
    return scopes;
  }
});

describe('every field', () => {
  it('whose resolver takes the context says what it costs in statements, also where that is nothing', () => {
    expect(silent).toEqual([]);
  });

  it('is named where it does not', () => {
    const schema = buildSchema('type Query { silent: Int frank: Int plain: Int }');
    const fields = schema.getQueryType()!.getFields();
    const asking = (_root: unknown, _args: unknown, context: unknown) => context;
    fields['silent']!.resolve = asking;
    fields['frank']!.resolve = asking;
    fields['frank']!.extensions = { statements: { kind: 'sends', sent: 1, reserve: 0, brings: false } };
    fields['plain']!.resolve = (root: unknown) => root;

    expect(silentFields(schema)).toEqual(['Query.silent']);
  });
});
