import { request as httpRequest } from 'node:http';
import { GraphQLError } from 'graphql';
import { createMetrics } from '../src/server/metrics.js';
import { BadUserInput, Forbidden, Unauthenticated } from '../src/domain/errors.js';
import { eventsOf, openRaw, post, postText, schemaOf, startServer, testLimits } from './support/http.js';
import type { StartedServer, TestContext } from './support/http.js';

const SECRET = 'select secret_column from /srv/roomfeed/secrets';

let renamed = 0;
const signals: AbortSignal[] = [];
/** What the resolvers wait for and tell, set by the test that uses them. */
let onSlow: () => void = () => undefined;
let finishSlow: (value: string) => void = () => undefined;
let finishedStreams = 0;

const root = {
  hello: () => 'world',
  echo: ({ text }: { text: string }) => text,
  whoAmI: (_args: unknown, { identity }: TestContext) => identity?.name ?? null,
  page: ({ first }: { first: number }) => first,
  mode: () => SECRET,
  fails: () => {
    throw new Error(SECRET);
  },
  badInput: () => {
    throw new BadUserInput('"first" must be between 0 and 100.');
  },
  unauthenticated: () => {
    throw new Unauthenticated();
  },
  forbidden: () => {
    throw new Forbidden();
  },
  impostor: () => {
    throw Object.assign(new Error(SECRET), { code: 'BAD_USER_INPUT' });
  },
  unlisted: () => {
    throw Object.assign(new Error(SECRET), { code: 'P2002', isPublic: true });
  },
  byHand: () => {
    throw new GraphQLError('This cursor does not decode.', {
      extensions: { code: 'BAD_USER_INPUT', internals: SECRET },
    });
  },
  byHandUncoded: () => {
    throw new GraphQLError(SECRET);
  },
  unreachable: () => {
    throw new Error(SECRET, {
      cause: Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:5432'), { code: 'ECONNREFUSED' }),
    });
  },
  slow: (_args: unknown, { signal }: TestContext) => {
    signals.push(signal);
    return new Promise<string>((resolve) => {
      finishSlow = resolve;
      onSlow();
    });
  },
  rename: () => {
    renamed += 1;
    return 'renamed';
  },
  ticks: async function* ({ count, thenFail }: { count: number; thenFail: boolean }) {
    for (let tick = 1; tick <= count; tick += 1) yield tick;
    if (thenFail) throw new Error(SECRET);
  },
  /** Knows of no signal, as an iterator over a queue of somebody else's might not. */
  deaf: (): AsyncIterableIterator<string> => ({
    next: () => new Promise<never>(() => undefined),
    return: () => {
      finishedStreams += 1;
      onSlow();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  }),
  forever: async function* (_args: unknown, { signal }: TestContext) {
    try {
      yield 'first';
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    } finally {
      finishedStreams += 1;
      onSlow();
    }
  },
};

const typeDefs = `
  enum Mode { REDESIGN STAGING }
  type Query {
    hello: String!
    echo(text: String!, mode: Mode): String
    whoAmI: String
    page(first: Int! = 24): Int
    mode: Mode
    fails: String
    badInput: String
    unauthenticated: String
    forbidden: String
    impostor: String
    unlisted: String
    byHand: String
    byHandUncoded: String
    unreachable: String!
    slow: String
  }
  type Mutation { rename: String }
  type Subscription { ticks(count: Int!, thenFail: Boolean! = false): Int! forever: String! deaf: String! }
`;
const schema = schemaOf(typeDefs, root);
const GRAPHQL_TYPE = 'application/graphql-response+json';

let started: StartedServer;
const others: StartedServer[] = [];
async function another(options: Partial<Parameters<typeof startServer>[0]>): Promise<StartedServer> {
  const server = await startServer({ schema, ...options });
  others.push(server);
  return server;
}

beforeAll(async () => {
  started = await startServer({ schema });
});
afterEach(async () => {
  await Promise.all(others.splice(0).map(({ server }) => server.close()));
});
afterAll(() => started.server.close());

const errorOf = async (query: string, variables?: Record<string, unknown>) =>
  (await post(started.endpoint, { query, variables })).body.errors?.[0];

describe('errors', () => {
  it('masks what nobody foresaw, and logs it with its stack under the id that the client is told', async () => {
    const { status, headers, body } = await post(started.endpoint, { query: '{ hello fails }' });
    const id = headers.get('x-request-id');
    expect(status).toBe(200);
    expect(body).toEqual({
      data: { hello: 'world', fails: null },
      errors: [
        {
          message: `Something went wrong on our side. Quote request ${id} when you report it.`,
          locations: [{ line: 1, column: 9 }],
          path: ['fails'],
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        },
      ],
    });
    const logged = started.logged.find((line) => line['msg'] === 'unexpected error' && line['requestId'] === id);
    expect(logged?.['err']).toMatchObject({ message: SECRET, stack: expect.stringContaining('http.test') as string });
  });

  it.each([
    ['an error that only looks like a public one', '{ impostor }'],
    ['a public error of a code that is not listed', '{ unlisted }'],
    ['a GraphQL error without a code', '{ byHandUncoded }'],
    ['a value that the schema does not allow', '{ mode }'],
  ])('masks %s', async (_what, query) => {
    const { body } = await post(started.endpoint, { query });
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it.each([
    ['{ badInput }', 'BAD_USER_INPUT', '"first" must be between 0 and 100.'],
    ['{ unauthenticated }', 'UNAUTHENTICATED', 'Sign in first: send the header "Authorization: Bearer <token>".'],
    ['{ forbidden }', 'FORBIDDEN', 'Your account may not do this.'],
    ['{ byHand }', 'BAD_USER_INPUT', 'This cursor does not decode.'],
  ])('tells what a service means for clients: %s', async (query, code, message) => {
    expect(await errorOf(query)).toMatchObject({ message, extensions: { code } });
    expect(Object.keys((await errorOf(query))?.extensions ?? {})).toEqual(['code']);
  });

  it('answers 503 where the database is away, without saying what is', async () => {
    const { status, headers, body } = await post(started.endpoint, { query: '{ unreachable }' });
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(body.errors?.[0]).toMatchObject({
      message: 'The service is briefly unavailable. Try again in a few seconds.',
      extensions: { code: 'SERVICE_UNAVAILABLE' },
    });
    expect(JSON.stringify(body)).not.toContain('10.0.0.5');
  });

  it('maps the errors of a library by a table that can be added to', async () => {
    const { endpoint } = await another({
      errorMappings: [
        (error) =>
          'message' in error && error.message === SECRET ? { code: 'NOT_NOW', message: 'Not now.' } : undefined,
      ],
    });
    expect((await post(endpoint, { query: '{ fails }' })).body.errors?.[0]).toMatchObject({
      message: 'Not now.',
      extensions: { code: 'NOT_NOW' },
    });
  });

  it('names the kind of a refusal by its code', async () => {
    expect(await errorOf('{ hello')).toMatchObject({
      extensions: { code: 'GRAPHQL_PARSE_FAILED' },
      locations: [{ line: 1, column: 8 }],
    });
    expect(await errorOf('{ nothing }')).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    expect(await errorOf('query ($n: Int!) { page(first: $n) }', { n: 'ten' })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: expect.stringContaining('"$n"') as string,
    });
    expect(await errorOf('query ($n: Int = 4) { page(first: $n) }', { n: null })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      path: ['page'],
    });
    expect(await errorOf('query A { hello } query B { hello }')).toMatchObject({
      extensions: { code: 'BAD_REQUEST' },
      message: expect.stringContaining('operationName') as string,
    });
    expect(await errorOf('fragment a on Query { hello }')).toMatchObject({
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    });
  });

  it('stops at twenty faults of one document', async () => {
    const { body } = await post(started.endpoint, {
      query: `{ hello { ${Array.from({ length: 15 }, (_, n) => `x${n}`).join(' ')} } ... on Nobody { x } ${'...missing '.repeat(15)} }`,
    });
    expect(body.errors?.length).toBeLessThanOrEqual(21);
    const { body: many } = await post(started.endpoint, {
      query: `{ ${Array.from({ length: 18 }, (_, n) => `x${n}(a: $v${n})`).join(' ')} }`,
    });
    expect(many.errors).toHaveLength(21);
  });

  it('suggests names in development and never in production', async () => {
    const { endpoint } = await another({ production: true });
    const wrongField = '{ helo }';
    const wrongValue = { query: 'query ($m: Mode) { echo(text: "a", mode: $m) }', variables: { m: 'REDESING' } };
    expect((await errorOf(wrongField))?.message).toContain('Did you mean');
    expect((await errorOf(wrongValue.query, wrongValue.variables))?.message).toContain('Did you mean');
    for (const operation of [{ query: wrongField }, wrongValue]) {
      const message = (await post(endpoint, operation)).body.errors?.[0]?.message;
      expect(message).toMatch(/helo|REDESING/);
      expect(message).not.toMatch(/Did you mean|REDESIGN|hello/);
    }
  });
});

describe('requests', () => {
  it.each([
    ['malformed JSON', '{"query": "{ hello }', 'The body is not JSON.'],
    ['nothing', '', 'The body is not JSON.'],
    [
      'JSON that is no object',
      '"{ hello }"',
      'The body must be a JSON object: { "query", "variables", "operationName" }.',
    ],
    [
      'a batch',
      '[{"query":"{ hello }"}]',
      'Several operations in one request are not supported. Send one: { "query", "variables", "operationName" }.',
    ],
    ['no query', '{"variables":{}}', '"query" must be a string that holds a GraphQL document.'],
    ['variables that are no object', '{"query":"{ hello }","variables":[1]}', '"variables" must be an object.'],
  ])('refuses %s in words of our own', async (_what, body, message) => {
    const answer = await postText(started.endpoint, body);
    expect([answer.status, answer.body]).toEqual([400, { errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] }]);
  });

  it.each([
    ['application/x-www-form-urlencoded', 'query=mutation{rename}'],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"mutation { rename }"}\r\n--x--',
    ],
    ['text/plain', '{"query":"mutation { rename }"}'],
    ['application/graphql', 'mutation { rename }'],
    ['application/json; charset=utf-16', '{"query":"mutation { rename }"}'],
  ])('refuses %s, which a page of another origin could send without asking', async (contentType, body) => {
    renamed = 0;
    const answer = await postText(started.endpoint, body, { 'content-type': contentType });
    expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(renamed).toBe(0);
  });

  it('refuses compressed bodies and bytes that are no text', async () => {
    expect((await postText(started.endpoint, '{}', { 'content-encoding': 'gzip' })).status).toBe(415);
    const bytes = await fetch(started.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    expect([bytes.status, await bytes.json()]).toEqual([
      400,
      { errors: [{ message: 'The body must be UTF-8 text.', extensions: { code: 'BAD_REQUEST' } }] },
    ]);
  });

  it('answers queries by GET and refuses mutations there without running them', async () => {
    renamed = 0;
    const get = (query: string, more: Record<string, string> = {}) =>
      fetch(`${started.endpoint}?${new URLSearchParams({ query, ...more }).toString()}`);
    const answered = await get('query A($text: String!) { echo(text: $text) }', {
      variables: '{"text":"é"}',
      operationName: 'A',
    });
    expect(await answered.json()).toEqual({ data: { echo: 'é' } });
    const refused = await get('mutation { rename }');
    expect([refused.status, refused.headers.get('allow'), renamed]).toEqual([405, 'POST', 0]);
    expect((await get('{ hello }', { variables: '{' })).status).toBe(400);
  });

  it('refuses other methods and says which it takes', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'HEAD']) {
      const response = await fetch(started.endpoint, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
    }
    expect((await fetch(`${started.url}/health`, { method: 'POST' })).status).toBe(405);
  });

  it('answers in the type that the client likes best, and 406 where it takes none', async () => {
    const typeFor = async (accept: string) => {
      const { status, headers } = await post(started.endpoint, { query: '{ hello }' }, { accept });
      return [status, headers.get('content-type')];
    };
    expect(await typeFor(`${GRAPHQL_TYPE}, application/json;q=0.9`)).toEqual([200, `${GRAPHQL_TYPE}; charset=utf-8`]);
    expect(await typeFor(`${GRAPHQL_TYPE};q=0.5, application/json`)).toEqual([200, 'application/json; charset=utf-8']);
    expect(await typeFor('application/*')).toEqual([200, 'application/json; charset=utf-8']);
    expect((await typeFor('image/webp, application/json;q=0'))[0]).toBe(406);
  });

  it('says by 400 to the newer type, and by 200 to the older, that a document was refused', async () => {
    const statusFor = async (accept: string, query: string) =>
      (await post(started.endpoint, { query }, { accept })).status;
    expect(await statusFor(GRAPHQL_TYPE, '{ nothing }')).toBe(400);
    expect(await statusFor('application/json', '{ nothing }')).toBe(200);
    expect(await statusFor(GRAPHQL_TYPE, '{ fails }')).toBe(200);
  });

  it('knows no other address, and hands assets to their handler', async () => {
    const unknown = await fetch(`${started.url}/graphql/../admin`);
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      {
        errors: [
          { message: 'There is nothing at this address. The API is at /graphql.', extensions: { code: 'NOT_FOUND' } },
        ],
      },
    ]);
    expect(await (await fetch(`${started.url}/assets/community/1/v1.webp`)).text()).toBe('asset');
    expect((await fetch(`${started.url}/webhooks/stripe`, { method: 'POST' })).status).toBe(404);
  });
});

describe('large bodies', () => {
  const HEAD = 'POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n';
  const GOOD = '{"query":"{ hello }"}';
  const NEXT = `${HEAD}Content-Length: ${GOOD.length}\r\n\r\n${GOOD}`;
  const THIRTY_MEGABYTES = 30_000_000;

  it('refuses 30 MB before they are sent, and the same connection answers the next request', async () => {
    const connection = await openRaw(started.port);
    connection.socket.write(`${HEAD}Content-Length: ${THIRTY_MEGABYTES}\r\n\r\n`);
    expect(await connection.until(/PAYLOAD_TOO_LARGE/)).toMatch(/^HTTP\/1\.1 413 /);
    connection.socket.write(Buffer.alloc(THIRTY_MEGABYTES, ' '));
    connection.socket.write(NEXT);
    expect(await connection.until(/"hello":"world"/)).toMatch(/HTTP\/1\.1 200 /);
    connection.socket.destroy();
  });

  it('refuses a body of unknown length as soon as it is too long', async () => {
    const connection = await openRaw(started.port);
    const chunk = `${(50_000).toString(16)}\r\n${' '.repeat(50_000)}\r\n`;
    connection.socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`);
    connection.socket.write(chunk);
    expect(await connection.until(/PAYLOAD_TOO_LARGE/)).toMatch(/^HTTP\/1\.1 413 /);
    connection.socket.write(`${chunk.repeat(10)}0\r\n\r\n${NEXT}`);
    expect(await connection.until(/"hello":"world"/)).toMatch(/HTTP\/1\.1 200 /);
    connection.socket.destroy();
  });

  it('cuts off a client that goes on sending for ever', async () => {
    const connection = await openRaw(started.port);
    connection.socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const megabyte = `${(1_000_000).toString(16)}\r\n${' '.repeat(1_000_000)}\r\n`;
    let sent = 0;
    for (; sent < 500 && !connection.socket.destroyed; sent += 1) {
      await new Promise<void>((resolve) => connection.socket.write(megabyte, () => resolve()));
    }
    expect(await connection.ended).toMatch(/PAYLOAD_TOO_LARGE/);
    expect(sent).toBeLessThan(100);
  });

  it('takes a body as long as allowed', async () => {
    const padding = ' '.repeat(100_000 - GOOD.length);
    expect((await postText(started.endpoint, GOOD + padding)).body).toEqual({ data: { hello: 'world' } });
    expect((await postText(started.endpoint, `${GOOD + padding} `)).status).toBe(413);
  });

  it('does not read on where more comes than was announced', async () => {
    const connection = await openRaw(started.port);
    connection.socket.write(`${HEAD}Content-Length: ${GOOD.length}\r\n\r\n${GOOD}${' '.repeat(200_000)}`);
    expect(await connection.ended).toMatch(/HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n\r\n$/);
    expect((await post(started.endpoint, { query: '{ hello }' })).status).toBe(200);
  });

  it('asks a client that waits for leave for its body only where it may send it', async () => {
    const small = await openRaw(started.port);
    small.socket.write(`${HEAD}Expect: 100-continue\r\nContent-Length: ${GOOD.length}\r\n\r\n`);
    await small.until(/^HTTP\/1\.1 100 Continue/);
    small.socket.write(GOOD);
    await small.until(/"hello":"world"/);
    small.socket.destroy();

    const large = await openRaw(started.port);
    large.socket.write(`${HEAD}Expect: 100-continue\r\nContent-Length: ${THIRTY_MEGABYTES}\r\n\r\n`);
    expect(await large.ended).toMatch(/^HTTP\/1\.1 413 [^]*connection: close/i);
  });

  it('lives on when a client goes in the middle of its body', async () => {
    const connection = await openRaw(started.port);
    connection.socket.write(`${HEAD}Content-Length: 5000\r\n\r\n{"query"`);
    connection.socket.destroy();
    expect((await post(started.endpoint, { query: '{ hello }' })).body).toEqual({ data: { hello: 'world' } });
  });
});

describe('origins', () => {
  const ORIGIN = 'https://app.example.com';
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type',
  };
  /** `fetch` sends no Origin of one's own. */
  function send(
    url: string,
    method: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; headers: Record<string, unknown> }> {
    return new Promise((resolve, reject) => {
      httpRequest(url, { method, headers, agent: false }, (response) => {
        response.resume();
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers }));
      })
        .once('error', reject)
        .end();
    });
  }
  const corsOf = (headers: Record<string, unknown>) =>
    Object.keys(headers).filter((name) => name.startsWith('access-control-'));

  it('are closed by default', async () => {
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      expect(corsOf((await send(started.endpoint, method, { origin: ORIGIN, ...preflight })).headers)).toEqual([]);
    }
  });

  it('that are listed, and only they, are let in by name and without credentials', async () => {
    const { endpoint } = await another({ corsOrigins: [ORIGIN, 'https://other.example.com'] });
    const allowed = await send(endpoint, 'OPTIONS', { origin: ORIGIN, ...preflight });
    expect(allowed.status).toBe(204);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': expect.stringContaining('authorization') as string,
      vary: 'Origin',
    });
    expect(allowed.headers).not.toHaveProperty('access-control-allow-credentials');
    // The answer itself, also where it is a refusal, so that the page can read why.
    const refused = await send(endpoint, 'POST', { origin: ORIGIN, 'content-type': 'text/plain' });
    expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([415, ORIGIN]);

    for (const origin of [
      'https://app.example.com.evil.test',
      'http://app.example.com',
      'null',
      'https://APP.example.com',
    ]) {
      const { headers } = await send(endpoint, 'OPTIONS', { origin, ...preflight });
      expect([corsOf(headers), headers['vary']]).toEqual([[], 'Origin']);
    }
  });
});

describe('callers', () => {
  it('are who their token says, or nobody', async () => {
    expect((await post(started.endpoint, { query: '{ whoAmI }' })).body).toEqual({ data: { whoAmI: null } });
    expect((await post(started.endpoint, { query: '{ whoAmI }' }, { authorization: 'Bearer ann' })).body).toEqual({
      data: { whoAmI: 'ann' },
    });
  });

  it('with a wrong token are told so by 401, before anything is executed', async () => {
    let contexts = 0;
    const { endpoint } = await another({
      authenticate: () => Promise.reject(new Unauthenticated('This token has expired.')),
      createContext: () => {
        contexts += 1;
        return { identity: null, signal: new AbortController().signal, requestId: '' };
      },
    });
    const { status, headers, body } = await post(endpoint, { query: '{ hello }' });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(body).toEqual({ errors: [{ message: 'This token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(contexts).toBe(0);
  });

  it('are not signed out where sign-in cannot be checked, and see nothing of why', async () => {
    const unavailable = Object.assign(new Error('Sign-in cannot be checked right now.'), {
      isPublic: true,
      code: 'SERVICE_UNAVAILABLE',
    });
    const first = await another({ authenticate: () => Promise.reject(unavailable) });
    expect((await post(first.endpoint, { query: '{ hello }' })).status).toBe(503);
    const second = await another({ authenticate: () => Promise.reject(new Error(SECRET)) });
    const { status, body } = await post(second.endpoint, { query: '{ hello }' });
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('cost no context where their document is refused', async () => {
    let contexts = 0;
    const { endpoint } = await another({
      createContext: ({ identity, signal, requestId }) => {
        contexts += 1;
        return { identity, signal, requestId };
      },
    });
    await post(endpoint, { query: '{ nothing }' });
    await post(endpoint, { query: '{' });
    expect(contexts).toBe(0);
    await post(endpoint, { query: '{ hello }' });
    expect(contexts).toBe(1);
  });
});

describe('every answer', () => {
  it('has the headers of data that is nobody else’s', async () => {
    const { headers } = await post(started.endpoint, { query: '{ hello }' });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'content-type': 'application/json; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    expect(headers.has('x-powered-by')).toBe(false);
  });

  it('carries a request id: the client’s where it is a plain one, otherwise ours', async () => {
    const idFor = async (id: string) =>
      (await post(started.endpoint, { query: '{ hello }' }, { 'x-request-id': id })).headers.get('x-request-id');
    expect(await idFor('mobile-42')).toBe('mobile-42');
    expect(await idFor('a b {"evil":1}')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is named and never sniffed, whoever writes it, with the headers for the origin where that is asked', async () => {
    const { url } = await another({
      corsOrigins: ['https://app.example.com'],
      assets: async (_request, response) => void response.end('without a head of its own'),
      graphiql: { documents: [] },
    });
    const always = { 'x-content-type-options': 'nosniff', 'x-request-id': 'mine' };
    const named = { 'x-request-id': 'mine' };
    for (const [path, init] of [
      ['/assets/a.webp', {}],
      ['/health', {}],
      ['/ready', { method: 'HEAD' }],
      ['/metrics', {}],
      ['/nowhere', {}],
      ['/webhooks/nobody', { method: 'POST' }],
    ] satisfies [string, RequestInit][]) {
      const { headers } = await fetch(`${url}${path}`, { ...init, headers: named });
      expect([path, Object.fromEntries(headers)]).toMatchObject([path, always]);
    }
    const origin = 'https://app.example.com';
    const json = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: '{ hello }' });
    for (const init of [
      { method: 'POST', headers: json, body },
      { method: 'POST', headers: { ...json, accept: 'text/event-stream' }, body },
      { method: 'POST', headers: json, body: 'no json' },
      { method: 'GET', headers: { accept: 'text/html' } },
      { method: 'OPTIONS' },
      { method: 'DELETE' },
    ] satisfies RequestInit[]) {
      const { headers } = await fetch(`${url}/graphql`, { ...init, headers: { ...init.headers, ...named, origin } });
      expect([init, Object.fromEntries(headers)]).toMatchObject([
        init,
        { ...always, 'access-control-allow-origin': origin, vary: expect.any(String) as string },
      ]);
    }
  });

  it('leaves one line in the log, with the operation and without what was asked or by whom', async () => {
    const name = `Feed${'x'.repeat(100)}`;
    const { headers } = await post(
      started.endpoint,
      { query: `query ${name}($text: String!) { echo(text: $text) }`, variables: { text: 'my-private-prompt' } },
      { authorization: 'Bearer my-private-token' },
    );
    const lines = started.logged.filter((line) => line['requestId'] === headers.get('x-request-id'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      route: 'graphql',
      method: 'POST',
      status: 200,
      operation: 'query',
      operationName: name.slice(0, 64),
      ms: expect.any(Number) as number,
    });
    expect(JSON.stringify(lines)).not.toContain('my-private');
  });
});

describe('subscriptions', () => {
  const subscribe = (query: string, init: RequestInit = {}) =>
    fetch(started.endpoint, {
      method: 'POST',
      body: JSON.stringify({ query }),
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      ...init,
    });
  async function collect(response: Response): Promise<unknown[]> {
    const events = [];
    for await (const event of eventsOf(response)) events.push(event);
    return events;
  }

  it('are answered by an event each, and end with "complete"', async () => {
    const response = await subscribe('subscription { ticks(count: 2) }');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(await collect(response)).toEqual([
      { event: 'next', data: { data: { ticks: 1 } } },
      { event: 'next', data: { data: { ticks: 2 } } },
      { event: 'complete', data: undefined },
    ]);
  });

  it('may come by GET, as EventSource sends them', async () => {
    const response = await fetch(
      `${started.endpoint}?query=${encodeURIComponent('subscription { ticks(count: 1) }')}`,
      { headers: { accept: 'text/event-stream' } },
    );
    expect(await collect(response)).toHaveLength(2);
  });

  it('that fail are masked like everything else', async () => {
    const events = await collect(await subscribe('subscription { ticks(count: 1, thenFail: true) }'));
    expect(events).toMatchObject([
      { event: 'next' },
      { event: 'next', data: { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } },
      { event: 'complete' },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('are refused to a client that takes no event stream', async () => {
    const { status, body } = await post(
      started.endpoint,
      { query: 'subscription { ticks(count: 1) }' },
      { accept: 'application/json' },
    );
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([406, 'NOT_ACCEPTABLE']);
  });

  it('end at the source when the client goes', async () => {
    const abort = new AbortController();
    const closed = new Promise<void>((resolve) => (onSlow = resolve));
    const response = await subscribe('subscription { forever }', { signal: abort.signal });
    const events = eventsOf(response);
    expect((await events.next()).value).toEqual({ event: 'next', data: { data: { forever: 'first' } } });
    const before = finishedStreams;
    abort.abort();
    await closed;
    expect(finishedStreams).toBe(before + 1);
  });

  it('end at a source that knows of no signal, too', async () => {
    const abort = new AbortController();
    const closed = new Promise<void>((resolve) => (onSlow = resolve));
    await subscribe('subscription { deaf }', { signal: abort.signal });
    abort.abort();
    await closed;
  });

  it('lend their form to a query whose client takes nothing else', async () => {
    expect(await collect(await subscribe('{ hello }'))).toEqual([
      { event: 'next', data: { data: { hello: 'world' } } },
      { event: 'complete', data: undefined },
    ]);
    expect(await collect(await subscribe('{ nothing }'))).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] } },
      { event: 'complete' },
    ]);
  });
});

describe('time', () => {
  it('that is up ends an operation with 504, and its signal tells the resolvers', async () => {
    const { endpoint } = await another({ limits: { ...testLimits, requestTimeoutSeconds: 0.05 } });
    signals.length = 0;
    const { status, body } = await post(endpoint, { query: '{ slow }' });
    expect([status, body.errors?.[0]?.extensions.code]).toEqual([504, 'REQUEST_TIMEOUT']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    finishSlow('late');
    expect((await post(endpoint, { query: '{ hello }' })).status).toBe(200);
  });

  it('is not spent on a client that has gone', async () => {
    signals.length = 0;
    const abort = new AbortController();
    const reached = new Promise<void>((resolve) => (onSlow = resolve));
    const answer = fetch(started.endpoint, {
      method: 'POST',
      body: '{"query":"{ slow }"}',
      headers: { 'content-type': 'application/json', 'x-request-id': 'gone' },
      signal: abort.signal,
    });
    await reached;
    const aborted = new Promise((resolve) => signals[0]?.addEventListener('abort', resolve, { once: true }));
    abort.abort();
    await expect(answer).rejects.toThrow();
    await aborted;
    finishSlow('nobody listens');
    await fetch(`${started.url}/health`);
    expect(started.logged.filter((line) => line['requestId'] === 'gone')).toEqual([
      expect.objectContaining({ msg: 'request', abandoned: true }),
    ]);
  });
});

describe('probes', () => {
  it('find the process alive without asking anything else', async () => {
    const { url } = await another({ checks: { database: () => Promise.reject(new Error(SECRET)) } });
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'alive' }]);
  });

  it('find it ready while every part answers, and are told which does not, but not why', async () => {
    let isAway = false;
    const { url } = await another({
      checks: {
        database: () => (isAway ? Promise.reject(new Error(SECRET)) : Promise.resolve()),
        storage: () => Promise.resolve(),
      },
    });
    const ask = async () => {
      const response = await fetch(`${url}/ready`);
      return [response.status, await response.json()];
    };
    expect(await ask()).toEqual([200, { status: 'ready', parts: { database: 'ok', storage: 'ok' } }]);
    isAway = true;
    expect(await ask()).toEqual([503, { status: 'unavailable', parts: { database: 'away', storage: 'ok' } }]);
    isAway = false;
    expect((await ask())[0]).toBe(200);
  });

  it('that come together cost one round of checks', async () => {
    let checks = 0;
    let finish = (): void => undefined;
    const running = new Promise<void>((resolve) => (finish = resolve));
    const { url } = await another({
      checks: {
        database: () => {
          checks += 1;
          return running;
        },
      },
    });
    const answers = Array.from({ length: 5 }, () => fetch(`${url}/ready`));
    const inFlight = async () =>
      Number(/requests_in_flight (\d+)/.exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
    // The five, and the one that counts them.
    while ((await inFlight()) < 6);
    finish();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(checks).toBe(1);
  });

  it('read counts by route, status and kind of operation, and of statements', async () => {
    const metrics = createMetrics();
    const { url, endpoint } = await another({ metrics });
    await post(endpoint, { query: '{ hello }' });
    await post(endpoint, { query: 'mutation { rename }' });
    await postText(endpoint, 'no json');
    metrics.statementSent({ role: 'gateway' });
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(text).toContain('roomfeed_http_requests_total{route="graphql",status="200",operation="query"} 1');
    expect(text).toContain('roomfeed_http_requests_total{route="graphql",status="200",operation="mutation"} 1');
    expect(text).toContain('roomfeed_http_requests_total{route="graphql",status="400",operation="none"} 1');
    expect(text).toContain(
      'roomfeed_http_request_duration_seconds_count{route="graphql",status="200",operation="query"} 1',
    );
    expect(text).toContain('roomfeed_sql_statements_total{role="gateway"} 1');
    expect(text).toContain('process_cpu_seconds_total');
  });
});
