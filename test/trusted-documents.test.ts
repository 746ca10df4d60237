import { fileURLToPath } from 'node:url';
import type { AdHocOperations } from '../src/config/environment/operations.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { FeedDocument, type FeedQuery } from './support/generated/graphql.js';
import { eventsOf, post, schemaOf, startServer } from './support/http.js';
import { CREATE, hashOf, manifestFolder, manifestOf, PAGE, WHO } from './support/manifests.js';
import { readMetrics } from './support/metrics.js';
import { createSeed, type Seed } from './support/seed.js';

const GRAPHQL_TYPE = 'application/graphql-response+json';

/** In no manifest. */
const AD_HOC = 'query Other { viewer { profile { email } } }';
const AD_HOC_CREATE = `${CREATE} `;

const MANIFEST = { ...manifestOf(WHO, PAGE, CREATE), '0123456789abcdef0123456789abcdef': WHO, 'x-app:Who.1': WHO };

const { fileOf } = manifestFolder();

interface Answered {
  readonly status: number;
  readonly data: unknown;
  /** Of the one error; undefined where there is none. */
  readonly code: string | undefined;
  readonly message: string | undefined;
  /** Sent to the database meanwhile. */
  readonly statements: number;
}

interface Asking {
  readonly as?: Person | undefined;
  readonly accept?: string;
  /** By GET, with these in the address. */
  readonly get?: boolean;
}

/** Sends the parameters as they are, and throws where more than one thing is wrong. */
async function send(app: TestApp, parameters: object, { as, accept, get }: Asking = {}): Promise<Answered> {
  const before = await statementsOf(app);
  const headers = {
    accept: accept ?? 'application/json',
    ...(as ? { authorization: `Bearer ${as.token}` } : {}),
  };
  const search = new URLSearchParams(
    Object.entries(parameters).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  const response = get
    ? await fetch(`${app.url}/graphql?${search.toString()}`, { headers })
    : await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(parameters),
      });
  const { data, errors = [] } = (await response.json()) as {
    data?: unknown;
    errors?: { message: string; extensions: { code: string } }[];
  };
  if (errors.length > 1) throw new Error(`More than one error: ${JSON.stringify(errors)}`);
  const [error] = errors;
  return {
    status: response.status,
    data,
    code: error?.extensions.code,
    message: error?.message,
    statements: (await statementsOf(app)) - before,
  };
}

async function statementsOf({ url }: TestApp): Promise<number> {
  const samples = [...(await readMetrics(url))].filter(([name]) => name.startsWith('roomfeed_sql_statements_total'));
  return samples.reduce((sum, [, value]) => sum + value, 0);
}

async function admissions({ url }: Pick<TestApp, 'url'>): Promise<Record<string, number>> {
  const samples = await readMetrics(url);
  return Object.fromEntries(
    ['trusted', 'ad_hoc', 'refused', 'not_found'].map((kind) => [
      kind,
      samples.get(`roomfeed_graphql_operations_total{kind="${kind}"}`) ?? 0,
    ]),
  );
}

/** A gateway without a manifest, whose database the others share, as they do its people. */
let open: TestApp;
let seed: Seed;
const apps: TestApp[] = [];
async function another(environment: Readonly<Record<string, string>>): Promise<TestApp> {
  const app = await createTestApp({ database: open.database, environment });
  apps.push(app);
  return app;
}
const trusting = (adHoc: AdHocOperations, manifest: unknown = MANIFEST): Promise<TestApp> =>
  another({ TRUSTED_DOCUMENTS: fileOf(manifest), AD_HOC_OPERATIONS: adHoc });

async function signUpAs(role: 'user' | 'admin', status: 'active' | 'suspended' = 'active'): Promise<Person> {
  const person = await open.signUp();
  await seed.sql('update profiles set role = $2, account_status = $3 where id = $1', [person.id, role, status]);
  return person;
}

async function collectionsOf({ id }: Person): Promise<string[]> {
  const rows = await seed.sql<{ name: string }>(
    'select name from collections where owner_id = $1 and not is_default_favorites order by name',
    [id],
  );
  return rows.map(({ name }) => name);
}

beforeAll(async () => {
  open = await createTestApp();
  seed = await createSeed(open);
});
afterAll(async () => {
  await seed.close();
  await Promise.all(apps.map((app) => app.close()));
  await open.close();
});

describe('a trusted document', () => {
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    app = await trusting('everyone');
    person = await open.signUp();
  });

  const id = hashOf(WHO);
  const persistedQuery = { version: 1, sha256Hash: id };
  test.each<[string, object, boolean?]>([
    ['its SHA-256', { documentId: id }],
    ['its SHA-256 with the prefix', { documentId: `sha256:${id}` }],
    ['an id of the app', { documentId: '0123456789abcdef0123456789abcdef' }],
    ['an id with a prefix of the app', { documentId: 'x-app:Who.1' }],
    ['the extension of Apollo and urql', { extensions: { persistedQuery } }],
    ['both ways at once', { documentId: `sha256:${id}`, extensions: { persistedQuery } }],
    ['an id beside a text that is null', { query: null, documentId: id }],
    ['an id beside an empty text', { query: '', documentId: id }],
    ['an id beside its text', { query: WHO, documentId: id }],
    ['an id beside an extension that means nothing', { documentId: id, extensions: { persistedQuery: null, other: 1 } }],
    ['an id that is null, beside its text', { query: WHO, documentId: null }],
    ['an id in an address', { documentId: `sha256:${id}` }, true],
    ['the extension in an address', { extensions: { persistedQuery }, variables: {} }, true],
  ])('is called by %s', async (_how, parameters, get = false) => {
    const byText = await send(app, { query: WHO }, { as: person });
    const answer = await send(app, parameters, { as: person, get });

    expect(answer).toMatchObject({ status: 200, code: undefined });
    expect(answer.data).toEqual(byText.data);
    expect(answer.data).toMatchObject({ viewer: { profile: { name: expect.stringMatching(/^Person/) } } });
  });

  test('takes variables, and is weighed by their sizes like every other', async () => {
    await seed.renders(person.id, 3, { variants: 1 });
    const documentId = hashOf(PAGE);
    const page = (first: number) => send(app, { documentId, variables: { first } }, { as: person });

    expect((await page(2)).data).toMatchObject({ viewer: { renders: { nodes: [{}, {}] } } });
    expect(await page(1_000_000)).toMatchObject({ code: 'QUERY_TOO_COSTLY', data: undefined, statements: 0 });
    expect((await page(3)).data).toMatchObject({ viewer: { renders: { nodes: [{}, {}, {}] } } });
  });

  test('may be a mutation, which is sent by POST alone', async () => {
    const parameters = { documentId: hashOf(CREATE), variables: { name: 'Trusted' } };

    const byGet = await send(app, parameters, { as: person, get: true });
    expect(byGet).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED', statements: 0 });
    expect(await collectionsOf(person)).toEqual([]);

    const byPost = await send(app, parameters, { as: person });
    expect(byPost.data).toMatchObject({ createCollection: { collection: { name: 'Trusted' } } });
    expect(await collectionsOf(person)).toEqual(['Trusted']);
  });

  test('runs the operation that it holds, and no other', async () => {
    expect(await send(app, { documentId: id, operationName: 'Who' }, { as: person })).toMatchObject({ code: undefined });
    expect(await send(app, { documentId: id, operationName: 'Page' }, { as: person })).toMatchObject({
      code: 'BAD_REQUEST',
      statements: 0,
    });
  });

  test('needs a right token like every other operation', async () => {
    const stranger = { ...person, token: 'not.a.token' };

    expect(await send(app, { documentId: id }, { as: stranger })).toMatchObject({ status: 401, statements: 0 });
    expect(await send(app, { documentId: id })).toMatchObject({ status: 200, data: { viewer: null } });
  });

  test('that a client generator named is found by the name that it wrote into the code', async () => {
    const generated = await another({
      TRUSTED_DOCUMENTS: fileURLToPath(new URL('support/generated/persisted-documents.json', import.meta.url)),
      AD_HOC_OPERATIONS: 'nobody',
    });

    const { hash } = FeedDocument.__meta__ as { hash: string };
    const answer = await send(generated, { documentId: hash, variables: { first: 2 } }, { as: person });

    expect(answer.code).toBeUndefined();
    expect((answer.data as FeedQuery).viewer?.renders.nodes).toHaveLength(2);
    expect(await send(generated, { query: FeedDocument.toString() }, { as: person })).toMatchObject({ status: 403 });
  });

  test('of a manifest as Apollo writes it is called as Apollo calls it', async () => {
    const operations = [WHO, CREATE].map((body, index) => ({
      id: hashOf(body),
      body,
      name: ['Who', 'Create'][index],
      type: ['query', 'mutation'][index],
      clientName: 'web',
    }));
    const apollo = await trusting('nobody', { format: 'apollo-persisted-query-manifest', version: 1, operations });

    const extensions = { clientLibrary: { name: '@apollo/client' }, persistedQuery };
    const answer = await send(apollo, { operationName: 'Who', variables: {}, extensions }, { as: person });
    expect(answer).toMatchObject({ status: 200, data: { viewer: { profile: {} } } });
  });
});

describe('an id that names nothing', () => {
  let app: TestApp;
  let person: Person;
  beforeAll(async () => {
    app = await trusting('everyone');
    person = await open.signUp();
  });

  test.each<[string, object, boolean?]>([
    ['a hash', { documentId: hashOf(AD_HOC) }],
    ['a hash with the prefix', { documentId: `sha256:${hashOf(AD_HOC)}` }],
    ['a hash in capitals', { documentId: hashOf(WHO).toUpperCase() }],
    ['a hash in an address', { documentId: hashOf(AD_HOC) }, true],
    ['an extension', { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(AD_HOC) } } }],
    ['another prefix', { documentId: `md5:${hashOf(WHO)}` }],
    ['__proto__', { documentId: '__proto__' }],
    ['constructor', { documentId: 'constructor' }],
    ['hasOwnProperty', { documentId: 'hasOwnProperty' }],
    ['a control character', { documentId: '\u0000' }],
  ])('is told so by the code that clients know, and nothing runs: %s', async (_what, parameters, get = false) => {
    const plain = await send(app, parameters, { as: person, get });
    const newer = await send(app, parameters, { as: person, get, accept: GRAPHQL_TYPE });

    expect(plain).toMatchObject({ status: 200, code: 'PERSISTED_QUERY_NOT_FOUND', data: undefined, statements: 0 });
    expect(newer).toMatchObject({ status: 400, code: 'PERSISTED_QUERY_NOT_FOUND', data: undefined, statements: 0 });
    expect(plain.message).toContain('not registered by sending them');
  });

  test('is never registered by sending its text', async () => {
    const parameters = { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(AD_HOC) } } };

    expect(await send(app, { query: AD_HOC, ...parameters }, { as: person })).toMatchObject({ status: 200, code: undefined });
    expect(await send(app, parameters, { as: person })).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' });
  });

  test('tells a client of a gateway without a manifest to stop trying, and takes its text', async () => {
    const parameters = { extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(WHO) } } };

    expect(await send(open, parameters, { as: person })).toMatchObject({
      status: 200,
      code: 'PERSISTED_QUERY_NOT_SUPPORTED',
      statements: 0,
    });
    expect(await send(open, { query: WHO, ...parameters }, { as: person })).toMatchObject({ data: { viewer: {} } });
  });

  test.each<[string, object]>([
    ['the id of another trusted document', { query: WHO, documentId: hashOf(PAGE) }],
    ['the id of a trusted document', { query: AD_HOC, documentId: hashOf(WHO) }],
    ['the hash of something else', { query: AD_HOC, documentId: hashOf(`${AD_HOC} `) }],
    ['an id that is no hash', { query: AD_HOC, documentId: 'unknown' }],
    ['the same in an extension', { query: WHO, extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(PAGE) } } }],
  ])('beside a text is refused in words: %s', async (_what, parameters) => {
    const answer = await send(app, parameters, { as: person });

    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST', statements: 0 });
    expect(answer.message).toBe('The id names another document than the one in "query". Send the id alone, or the text alone.');
  });
});

describe('an id of the wrong shape', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await trusting('everyone');
  });
  const hash = hashOf(WHO);
  const extension = (persistedQuery: unknown) => ({ extensions: { persistedQuery } });
  const anId = '"documentId" must be a string of 1 to 256 characters.';
  const aHash = '"extensions.persistedQuery.sha256Hash" must be a string of 1 to 256 characters.';
  const anExtension = '"extensions.persistedQuery" must be an object: { "version": 1, "sha256Hash" }.';

  test.each<[object, string]>([
    [{ documentId: '' }, anId],
    [{ documentId: 5 }, anId],
    [{ documentId: [hash] }, anId],
    [{ documentId: { id: hash } }, anId],
    [{ documentId: true, query: WHO }, anId],
    [{ documentId: 'x'.repeat(257) }, anId],
    [{ documentId: 'x'.repeat(1_000_000) }, anId],
    [extension('text'), anExtension],
    [extension([hash]), anExtension],
    [extension({ sha256Hash: hash }), anExtension],
    [extension({ version: 2, sha256Hash: hash }), anExtension],
    [extension({ version: '1', sha256Hash: hash }), anExtension],
    [extension({ version: 1 }), aHash],
    [extension({ version: 1, sha256Hash: '' }), aHash],
    [extension({ version: 1, sha256Hash: 7 }), aHash],
    [extension({ version: 1, sha256Hash: 'x'.repeat(257) }), aHash],
    [{ documentId: hash, query: 5 }, '"query" must be a string that holds a GraphQL document.'],
    [{ documentId: hash, query: { kind: 'Document' } }, '"query" must be a string that holds a GraphQL document.'],
    [{ documentId: hash, extensions: [] }, '"extensions" must be an object.'],
    [{ documentId: hash, variables: [] }, '"variables" must be an object.'],
    [
      { documentId: hashOf(PAGE), ...extension({ version: 1, sha256Hash: hash }) },
      '"documentId" and "extensions.persistedQuery" name different documents. Send one of them.',
    ],
  ])('is refused in words: %#', async (parameters, message) => {
    expect(await send(app, parameters)).toMatchObject({ status: 400, code: 'BAD_REQUEST', message, statements: 0 });
  });

  test('is refused in an address, too', async () => {
    expect(await send(app, { documentId: '' }, { get: true })).toMatchObject({ status: 400, message: anId });
    expect(await send(app, { extensions: 'nonsense' }, { get: true })).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
  });

  test('is not read beyond the size of a body', async () => {
    expect(await send(app, { documentId: 'x'.repeat(1_100_000) })).toMatchObject({ status: 413 });
  });
});

describe('an operation that is not trusted', () => {
  let user: Person;
  let suspendedUser: Person;
  let admin: Person;
  let suspendedAdmin: Person;
  beforeAll(async () => {
    user = await signUpAs('user');
    suspendedUser = await signUpAs('user', 'suspended');
    admin = await signUpAs('admin');
    suspendedAdmin = await signUpAs('admin', 'suspended');
  });
  const people = () =>
    Object.entries<Person | undefined>({ anonymous: undefined, user, suspendedUser, admin, suspendedAdmin });

  /** Who gets an answer, by name; every refusal is checked to be the one, and to have sent so many statements at most. */
  async function whoMay(app: TestApp, parameters: object, refusedBy: number): Promise<string[]> {
    const admitted: string[] = [];
    for (const [name, as] of people()) {
      const answer = await send(app, parameters, { as });
      if (answer.code === undefined) {
        admitted.push(name);
        continue;
      }
      expect(answer).toMatchObject({ status: 403, code: 'AD_HOC_OPERATION_REFUSED', data: undefined });
      expect([name, answer.statements]).toEqual([name, as === undefined ? 0 : refusedBy]);
    }
    return admitted;
  }

  test.each<[AdHocOperations, string[], number]>([
    ['everyone', ['anonymous', 'user', 'suspendedUser', 'admin', 'suspendedAdmin'], 0],
    ['administrators', ['admin'], 1],
    ['nobody', [], 0],
  ])('is taken from %s: %j; refused with nothing executed', async (adHoc, expected, refusedBy) => {
    const app = await trusting(adHoc);
    const everybody = people().map(([name]) => name);

    // A gateway makes sure of each person's profile once; the statements below are those of the question itself.
    expect(await whoMay(app, { documentId: hashOf(WHO) }, refusedBy)).toEqual(everybody);
    expect(await whoMay(app, { query: AD_HOC }, refusedBy)).toEqual(expected);
    expect(await whoMay(app, { query: AD_HOC, documentId: hashOf(AD_HOC) }, refusedBy)).toEqual(expected);
    // The very text of a trusted document is trusted.
    expect(await whoMay(app, { query: WHO }, refusedBy)).toEqual(everybody);
    expect(await whoMay(app, { query: `${WHO} ` }, refusedBy)).toEqual(expected);
  });

  test('changes nothing where it is refused', async () => {
    const app = await trusting('administrators');
    const create = (as: Person | undefined, query: string) => send(app, { query, variables: { name: 'Ad hoc' } }, { as });

    for (const person of [user, suspendedAdmin]) {
      expect(await create(person, AD_HOC_CREATE)).toMatchObject({ status: 403, code: 'AD_HOC_OPERATION_REFUSED' });
      expect(await collectionsOf(person)).toEqual([]);
    }
    expect(await create(admin, AD_HOC_CREATE)).toMatchObject({ status: 200, data: { createCollection: {} } });
    expect(await collectionsOf(admin)).toEqual(['Ad hoc']);
    expect(await create(user, CREATE)).toMatchObject({ status: 200, data: { createCollection: {} } });
    expect(await collectionsOf(user)).toEqual(['Ad hoc']);
  });

  test('is refused before it is read, in whichever type, and by GET', async () => {
    const app = await trusting('nobody');

    for (const query of ['{', 'query { noSuchField }', `{ ${'a'.repeat(100_000)} }`, '{ __schema { types { name } } }']) {
      expect(await send(app, { query }, { as: admin })).toMatchObject({ status: 403, statements: 0 });
    }
    const asking = { as: admin, accept: GRAPHQL_TYPE };
    expect(await send(app, { query: AD_HOC }, asking)).toMatchObject({ status: 403, code: 'AD_HOC_OPERATION_REFUSED' });
    expect(await send(app, { query: AD_HOC }, { as: admin, get: true })).toMatchObject({ status: 403 });
  });

  test('depends on role and status as they are at that moment', async () => {
    const app = await trusting('administrators');
    const person = await signUpAs('user');
    const become = (role: string, status: string) =>
      seed.sql('update profiles set role = $2, account_status = $3 where id = $1', [person.id, role, status]);
    const ask = async () => (await send(app, { query: AD_HOC }, { as: person })).status;

    expect(await ask()).toBe(403);
    await become('admin', 'active');
    expect(await ask()).toBe(200);
    await become('admin', 'suspended');
    expect(await ask()).toBe(403);
    await become('admin', 'active');
    expect(await ask()).toBe(200);
    await become('user', 'active');
    expect(await ask()).toBe(403);
  });

  test('is refused to somebody who has never been seen', async () => {
    const app = await trusting('administrators');
    const newcomer = await open.newcomer({ id: '0197b000-0000-7000-8000-00000000beef', email: null });

    expect(await send(app, { query: AD_HOC }, { as: newcomer })).toMatchObject({
      status: 403,
      message: 'Only administrators may send operations of their own here. Send the id of a trusted document.',
    });
  });

  test('is taken from administrators only in production with a manifest, unless it says otherwise', async () => {
    const manifest = fileOf(MANIFEST);
    const production = await another({ NODE_ENV: 'production', TRUSTED_DOCUMENTS: manifest });
    const development = await another({ TRUSTED_DOCUMENTS: manifest });

    expect(await send(production, { query: AD_HOC }, { as: user })).toMatchObject({ status: 403 });
    expect(await send(production, { query: AD_HOC }, { as: admin })).toMatchObject({ status: 200 });
    expect(await send(production, { documentId: hashOf(WHO) }, { as: user })).toMatchObject({ status: 200 });
    expect(await send(development, { query: AD_HOC }, { as: user })).toMatchObject({ status: 200 });
  });

  test('is answered 503 where nobody can say who is an administrator, and is not executed', async () => {
    let executed = 0;
    const server = await startServer({
      schema: schemaOf('type Query { hello: String other: String }', { hello: () => (executed += 1), other: 'x' }),
      operations: { manifest: fileOf(manifestOf('{ other }')), adHoc: 'administrators' },
      mayAskAdHoc: () => Promise.reject(Object.assign(new Error('secret'), { code: 'ECONNREFUSED' })),
    });
    try {
      const refused = await post(server.endpoint, { query: '{ hello }' }, { authorization: 'Bearer ann' });

      expect(refused.status).toBe(503);
      expect(refused.body.errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
      expect(JSON.stringify(refused.body)).not.toContain('secret');
      expect(executed).toBe(0);
    } finally {
      await server.server.close();
    }
  });
});

describe('GraphiQL', () => {
  const page = async ({ url }: TestApp) => (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).status;

  test('is there where somebody may send what it sends', async () => {
    expect(await page(await trusting('everyone'))).toBe(200);
    expect(await page(await trusting('administrators'))).toBe(200);
  });

  test('is off where nobody may', async () => {
    expect(await page(await trusting('nobody'))).toBe(404);
  });
});

describe('the metrics', () => {
  test('count operations by what became of them, and show nothing that a client wrote', async () => {
    const app = await trusting('administrators');

    await send(app, { documentId: hashOf(WHO) });
    await send(app, { query: WHO });
    await send(app, { query: AD_HOC }, { as: await signUpAs('admin') });
    await send(app, { query: AD_HOC });
    await send(app, { documentId: 'nothing-of-this-name' });
    await send(app, { query: WHO, documentId: 'nothing-of-this-name' });
    await send(app, { documentId: '' });

    expect(await admissions(app)).toEqual({ trusted: 2, ad_hoc: 1, refused: 1, not_found: 1 });
    expect(await (await fetch(`${app.url}/metrics`)).text()).not.toContain('nothing-of-this-name');
  });
});

describe('a trusted subscription', () => {
  test('is called by its id, by a client that takes an event stream', async () => {
    const text = 'subscription Ticks($count: Int!) { ticks(count: $count) }';
    const { server, endpoint } = await startServer({
      schema: schemaOf('type Query { hello: String } type Subscription { ticks(count: Int!): Int! }', {
        hello: 'world',
        ticks: async function* ({ count }: { count: number }) {
          for (let tick = 1; tick <= count; tick += 1) yield await Promise.resolve(tick);
        },
      }),
      operations: { manifest: fileOf(manifestOf(text)), adHoc: 'nobody' },
    });
    try {
      const ask = (accept: string, body: object) =>
        fetch(endpoint, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept },
          body: JSON.stringify({ ...body, variables: { count: 2 } }),
        });
      const events: unknown[] = [];
      for await (const { event, data } of eventsOf(await ask('text/event-stream', { documentId: hashOf(text) }))) {
        events.push(data ?? event);
      }

      expect(events).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }, 'complete']);
      expect((await ask('application/json', { documentId: hashOf(text) })).status).toBe(406);
      expect((await ask('text/event-stream', { query: `${text} ` })).status).toBe(403);
    } finally {
      await server.close();
    }
  });
});
