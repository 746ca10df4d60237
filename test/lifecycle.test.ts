import { connect } from 'node:net';
import { eventsOf, openRaw, schemaOf, startServer } from './support/http.js';
import type { StartedServer, TestContext } from './support/http.js';

const HELLO = 'GET /graphql?query={hello} HTTP/1.1\r\nHost: gateway\r\n\r\n';
const SLOW = 'GET /graphql?query={slow} HTTP/1.1\r\nHost: gateway\r\n\r\n';

/** A server with a query that waits until the test lets it go. */
async function startSlow(options: Partial<Parameters<typeof startServer>[0]> = {}) {
  let finish: (value: string) => void = () => undefined;
  let reach: () => void = () => undefined;
  const signals: AbortSignal[] = [];
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const schema = schemaOf('type Query { hello: String slow: String } type Subscription { forever: String }', {
    hello: 'world',
    slow: (_args: unknown, { signal }: TestContext) => {
      signals.push(signal);
      return new Promise<string>((resolve) => {
        finish = resolve;
        reach();
      });
    },
    forever: async function* () {
      yield 'first';
      await new Promise(() => undefined);
    },
  });
  const started = await startServer({ schema, ...options });
  return { ...started, reached, signals, finish: () => finish('done') };
}

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

describe('closing', () => {
  it('lets a query in flight finish, while new connections are refused and readiness is gone', async () => {
    const { server, port, reached, finish } = await startSlow({ checks: { database: () => Promise.resolve() } });
    // A probe that is half sent when the closing begins: it has its connection already.
    const probe = await openRaw(port);
    probe.socket.write('GET /ready HTTP/1.1\r\nHost: gateway\r\n');
    const hello = await openRaw(port);
    hello.socket.write('GET /graphql?query={hello} HTTP/1.1\r\nHost: gateway\r\n');
    const slow = await openRaw(port);
    slow.socket.write(SLOW);
    await reached;

    const closed = server.close();
    let isClosed = false;
    void closed.then(() => (isClosed = true));
    expect(await isRefused(port)).toBe(true);
    probe.socket.write('\r\n');
    expect(await probe.ended).toMatch(/^HTTP\/1\.1 503 [^]*connection: close[^]*\{"status":"closing"\}$/i);
    hello.socket.write('\r\n');
    expect(await hello.ended).toMatch(/^HTTP\/1\.1 200 [^]*"hello":"world"/);
    expect(isClosed).toBe(false);

    finish();
    expect(await slow.ended).toMatch(/^HTTP\/1\.1 200 [^]*"slow":"done"/);
    await closed;
  });

  it('turns unready at once and goes on serving for as long as the load balancer needs to see it', async () => {
    const { server, url } = await startSlow({ shutdownDelaySeconds: 0.3 });
    const closed = server.close();
    expect((await fetch(`${url}/ready`)).status).toBe(503);
    expect(await (await fetch(`${url}/graphql?query={hello}`)).json()).toEqual({ data: { hello: 'world' } });
    await closed;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('closes connections that wait for a next request, or for a first', async () => {
    // Longer than a test may take: closing must not wait for it.
    const { server, port } = await startSlow({ shutdownGraceSeconds: 600 });
    const used = await openRaw(port);
    used.socket.write(HELLO);
    await used.until(/"hello":"world"/);
    const unused = await openRaw(port);
    await server.close();
    await Promise.all([used.ended, unused.ended]);
  });

  it('ends event streams with "complete"', async () => {
    const { server, endpoint } = await startSlow();
    const response = await fetch(`${endpoint}?query=${encodeURIComponent('subscription { forever }')}`, {
      headers: { accept: 'text/event-stream' },
    });
    const events = eventsOf(response);
    await events.next();
    const closed = server.close();
    expect(await events.next()).toMatchObject({ value: { event: 'complete' } });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    await closed;
  });

  it('cuts off what is not done in time, and says so in the log', async () => {
    // An asset whose storage never answers has no signal to end it by.
    const { server, port, reached, signals, logged } = await startSlow({
      shutdownGraceSeconds: 0.05,
      assets: () => new Promise(() => undefined),
    });
    const stuck = await openRaw(port);
    stuck.socket.write('GET /assets/a HTTP/1.1\r\nHost: gateway\r\n\r\n');
    const slow = await openRaw(port);
    slow.socket.write(SLOW);
    await reached;
    await server.close();
    expect(await slow.ended).not.toContain('200 OK');
    expect(await stuck.ended).toBe('');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(logged).toContainEqual(expect.objectContaining({ msg: 'cut off: not answered in time', requests: 2 }));
  });

  it('happens once, however often it is asked for', async () => {
    const { server } = await startSlow();
    expect(server.close()).toBe(server.close());
    await server.close();
  });
});

describe('connections', () => {
  let started: StartedServer | undefined;
  afterEach(() => started?.server.close());

  it('that send their headers slower than allowed are closed', async () => {
    started = await startSlow({ timeouts: { headers: 100, request: 200, keepAlive: 5_000, check: 20 } });
    const slow = await openRaw(started.port);
    slow.socket.write('GET /graphql HTTP/1.1\r\nHost: gateway\r\nX-Slow: ');
    expect(await slow.ended).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that send their body slower than allowed are closed, and others are served meanwhile', async () => {
    started = await startSlow({ timeouts: { headers: 100, request: 200, keepAlive: 5_000, check: 20 } });
    const slow = await openRaw(started.port);
    slow.socket.write(
      'POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    expect((await fetch(`${started.url}/graphql?query={hello}`)).status).toBe(200);
    await slow.ended;
  });

  it('that upload a photo have longer for it than all others', async () => {
    started = await startSlow({
      timeouts: { headers: 60_000, request: 200, upload: 60_000, keepAlive: 5_000, check: 20 },
      async uploads({ request, response }) {
        for await (const _chunk of request);
        response.writeHead(204).end();
      },
    });
    const upload = await openRaw(started.port);
    upload.socket.write('POST /uploads HTTP/1.1\r\nHost: gateway\r\nContent-Length: 2\r\n\r\na');
    const other = await openRaw(started.port);
    other.socket.write('POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{');

    expect(await other.ended).toMatch(/^HTTP\/1\.1 408 [^]*REQUEST_TIMEOUT/);
    upload.socket.write('b');

    expect(await upload.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 204 /);
    upload.socket.destroy();
  });

  it('with headers longer than any honest ones are refused', async () => {
    started = await startSlow();
    const long = await openRaw(started.port);
    long.socket.write(`GET /health HTTP/1.1\r\nHost: gateway\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await long.ended).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe('listening', () => {
  it('on a port that is taken fails with what to do', async () => {
    const first = await startSlow();
    await expect(startSlow({ port: first.port })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${first.port}: port ${first.port} is taken by another program: stop that one, or set PORT to a free port.`,
    );
    await first.server.close();
  });
});
