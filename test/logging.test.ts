import { Writable } from 'node:stream';
import { Secret } from '../src/config/secret.js';
import { createLogger } from '../src/server/logging.js';
import { redactLine } from '../src/server/logging/redaction.js';
import { requestIdOf } from '../src/server/logging/request-id.js';
import { createRequestLog, fieldsOf, type RequestLine } from '../src/server/logging/request-line.js';
import { lineTime } from '../src/server/logging/time.js';

const SECRET = 'hunter2-and-then-some';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZW1vIn0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4';
const SIGNATURE = 'c2lnbmF0dXJlLW9mLWEtcGljdHVyZQ';

function capture(level: 'info' | 'warn' | 'silent' = 'info') {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLogger({ level, production: true, destination });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown> };
}

describe('a log line', () => {
  test('is one JSON object with the level by name and the time', () => {
    const { log, lines, last } = capture();

    log.info({ renders: 3 }, 'a feed was read');

    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
      renders: 3,
      msg: 'a feed was read',
    });
    expect(lines[0]?.endsWith('}\n')).toBe(true);
  });

  test('is left out below the level', () => {
    const { log, lines } = capture('warn');

    log.info('not this');
    log.warn('but this');

    expect(lines).toHaveLength(1);
  });

  test.each<[string, (log: ReturnType<typeof capture>['log']) => void]>([
    [
      'a header',
      (log) =>
        log.info({ headers: { authorization: `Bearer ${SECRET}`, 'Proxy-Authorization': SECRET, accept: 'x' } }, 'm'),
    ],
    [
      'cookies',
      (log) => log.info({ headers: { cookie: `session=${SECRET}`, 'set-cookie': [`a=${SECRET}`, 'b'] } }, 'm'),
    ],
    [
      'a field deep inside',
      (log) => log.info({ a: { b: [{ c: { accessToken: SECRET, password: { is: SECRET } } }] } }, 'm'),
    ],
    [
      'names in many spellings',
      (log) =>
        log.info(
          { api_key: SECRET, APIKey: SECRET, client_secret: SECRET, 'x-amz-signature': SECRET, jwt: SECRET },
          'm',
        ),
    ],
    ['a binding of a child', (log) => log.child({ token: SECRET }).info('m')],
    ['a bearer token in words', (log) => log.info(`sent Bearer ${SECRET} along`)],
    ['a token in words', (log) => log.info(`the token was ${TOKEN}, it seems`)],
    ['a signed URL', (log) => log.info({ url: `/assets/renders/a/b.webp?expires=17&signature=${SIGNATURE}&v=1` }, 'm')],
    [
      'a URL signed for S3',
      (log) => log.info(`GET https://s3/b/k?X-Amz-Credential=${SECRET}%2F1&X-Amz-Signature=${SIGNATURE}`),
    ],
    ['a connection string', (log) => log.info(`connecting to postgresql://gateway:${SECRET}@db:5432/roomfeed`)],
    [
      'an error with its cause and stack',
      (log) =>
        log.error({ err: new Error(`first Bearer ${SECRET}`, { cause: new Error(`postgres://a:${SECRET}@db`) }) }, 'm'),
    ],
    [
      'fields of an error',
      (log) => log.error(Object.assign(new Error('m'), { config: { headers: { authorization: SECRET } } })),
    ],
    ['keys of providers', (log) => log.info(`sk_live_${SECRET} and whsec_${SECRET} and r8_${SECRET}`)],
    [
      'a configuration',
      (log) => log.info({ configuration: { jwt: new Secret(SECRET), place: new Secret(SECRET) } }, 'm'),
    ],
    [
      'a request',
      (log) => log.info({ req: { method: 'GET', url: `/graphql?query=${SECRET}`, headers: { 'x-odd': SECRET } } }, 'm'),
    ],
  ])('holds no secret of %s', (_what, act) => {
    const { log, lines } = capture();

    act(log);

    expect(lines).toHaveLength(1);
    for (const secret of [SECRET, SIGNATURE, ...TOKEN.split('.')]) expect(lines[0]).not.toContain(secret);
    expect(() => JSON.parse(lines[0] ?? '') as unknown).not.toThrow();
  });

  test('keeps what is no secret beside one', () => {
    const { log, last } = capture();

    log.info(
      { url: `/assets/a.webp?expires=17&signature=${SIGNATURE}&v=1`, maxTokens: 2000, userName: 'Ada', token: SECRET },
      'postgresql://gateway:x@db/roomfeed',
    );

    expect(last()).toMatchObject({
      url: '/assets/a.webp?expires=17&signature=[redacted]&v=1',
      maxTokens: 2000,
      userName: 'Ada',
      token: '[redacted]',
      msg: 'postgresql://gateway:[redacted]@db/roomfeed',
    });
  });

  test('tells method and path of a request, and neither query nor headers', () => {
    const { log, last } = capture();

    log.info({ req: { method: 'GET', url: '/graphql?query={viewer{profile{email}}}', headers: { host: 'x' } } }, 'm');

    expect(last()['req']).toEqual({ method: 'GET', path: '/graphql' });
  });

  test('is made in time that grows with its length only, whatever is in it', () => {
    const hostile = ['eyJa-', 'a.', '?a', '://', 'Bearer ', 'a+', 'x://y:', 'sk_test_'].map((part) =>
      part.repeat(200_000 / part.length),
    );

    const started = performance.now();
    for (const text of hostile) redactLine(`${JSON.stringify({ token: 1, text })}\n`);
    for (const text of hostile) redactLine(text);

    // Linear takes some ten milliseconds; quadratic would take minutes.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('the line of a request', () => {
  const request: RequestLine = {
    requestId: 'proxy-7.of_9',
    route: 'graphql',
    method: 'POST',
    status: 200,
    ms: 12.3,
    operation: { type: 'query', name: 'Feed' },
    abandoned: false,
  };
  const withoutTime = (line: string | undefined) => line?.replace(/"time":"[^"]*"/, '"time":""');

  test.each<[string, Partial<RequestLine>]>([
    ['a named operation', {}],
    ['an operation without a name', { operation: { type: 'mutation', name: undefined } }],
    ['none', { operation: undefined, method: 'GET', route: 'assets', status: 404, ms: 0 }],
    ['a client that has gone', { abandoned: true }],
    ['a name that is too long', { operation: { type: 'query', name: 'x'.repeat(100) } }],
    ['a name that sounds like a secret', { operation: { type: 'query', name: 'RefreshToken' } }],
    ['a name that is a secret', { operation: { type: 'query', name: 'sk_live_abcdefgh' } }],
    ['an id that is a secret', { requestId: TOKEN.slice(0, 64) }],
  ])('is, letter for letter, what the logger would write of %s', (_what, part) => {
    const { log, lines } = capture();
    const line = { ...request, ...part };

    log.info(fieldsOf(line), 'request');
    createRequestLog(log)(line);

    expect(lines).toHaveLength(2);
    expect(withoutTime(lines[1])).toBe(withoutTime(lines[0]));
    expect(lines[1]).toMatch(/^\{"level":"info","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",/);
    for (const secret of [TOKEN.slice(0, 64), 'live_abcdefgh']) expect(lines[1]).not.toContain(secret);
  });

  test('is left out below the level, and follows the level when that changes', () => {
    const { log, lines } = capture('warn');
    const logRequest = createRequestLog(log);

    logRequest(request);
    expect(lines).toEqual([]);
    log.level = 'info';
    logRequest(request);

    expect(lines).toHaveLength(1);
  });

  test('has the bindings of a logger that has some', () => {
    const { log, last } = capture();

    createRequestLog(log.child({ part: 'x' }))(request);

    expect(last()).toMatchObject({ part: 'x', requestId: 'proxy-7.of_9', operationName: 'Feed', msg: 'request' });
  });
});

describe('the time of a line', () => {
  test.each([0, 999, 1_000, 1_700_000_000_007, 1_700_000_000_999, 1_700_000_001_000, 1_700_000_000_050])(
    'is %d by ISO 8601, also when the clock is set back',
    (now) => {
      expect(lineTime(now)).toBe(`,"time":"${new Date(now).toISOString()}"`);
    },
  );
});

describe('the id of a request', () => {
  test.each(['a', 'proxy-7.of_9', 'x'.repeat(64)])('is taken over: %s', (header) => {
    expect(requestIdOf(header)).toBe(header);
  });

  test.each([undefined, '', ' ', 'a b', 'a\nb', '"}', 'x'.repeat(65), 'ü', 'a,b'])('is made anew for %j', (header) => {
    const id = requestIdOf(header);

    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdOf(header)).not.toBe(id);
  });
});
