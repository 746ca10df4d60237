import { once } from 'node:events';
import { createServer, IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { readBody } from '../src/server/http/body.js';
import { ClientGone } from '../src/server/http/exchange.js';
import { HttpRefusal } from '../src/server/http/refusal.js';
import { GatewayRequest } from '../src/server/http/request.js';
import { count, seededRandom } from './support/counts.js';

/** Bodies are taken from Node's parser, and what is around them goes on as with Node's own requests: both are asked here. */
describe.each([
  { kind: 'requests whose bodies are taken', Kind: GatewayRequest },
  { kind: "requests of Node's own", Kind: IncomingMessage },
])('$kind', ({ Kind }) => {
  const maxBytes = 1_000_000;
  let server: Server;
  const sockets: Socket[] = [];
  const failures: unknown[] = [];
  const ended: boolean[] = [];
  const streamed: boolean[] = [];
  let onFailure: () => void = () => undefined;

  beforeEach(async () => {
    failures.length = 0;
    ended.length = 0;
    streamed.length = 0;
    server = createServer({ IncomingMessage: Kind }, (request, response) => void answer(request, response));
    server.on('checkContinue', (request, response) => void answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  /** What was read, and how long it is, by the address: `/late` reads when some of it has come, `/never` not at all. */
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (request.url === '/never') return void response.end('unread.');
      if (request.url === '/late') await new Promise((resolve) => request.once('readable', () => setImmediate(resolve)));
      const body = await readBody(request, response, maxBytes);
      ended.push(request.readableEnded);
      streamed.push(request.readableFlowing === true);
      response.end(`${body.length} ${body.slice(0, 8)} ${body.slice(-8)}.`);
    } catch (error) {
      if (error instanceof HttpRefusal) return void response.writeHead(error.status, error.headers).end(`${error.code}.`);
      failures.push(error);
      onFailure();
    }
  }

  function open(): Socket {
    const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, noDelay: true });
    sockets.push(socket);
    return socket;
  }

  /** The texts of so many answers, in their order. */
  function answers(socket: Socket, wanted: number): Promise<string[]> {
    let all = '';
    return new Promise((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => {
        all += chunk.toString('latin1');
        const found = [...all.matchAll(/HTTP\/1\.1 (\d+) [^\r]*\r\n(?:[^\r]+\r\n)+\r\n([^.]*\.)/g)].filter(([, status]) => status !== '100');
        if (found.length === wanted) resolve(found.map(([, status, text = '']) => `${status} ${text.replace(/^[0-9a-f]+\r\n/, '')}`));
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`It was closed after: ${all}`)));
    });
  }

  const head = (path: string, lines: readonly string[] = []): string =>
    [`POST ${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');
  const whole = (body: string, path = '/'): string => head(path, [`Content-Length: ${body.length}`]) + body;
  const chunked = (parts: readonly string[], path = '/'): string =>
    head(path, ['Transfer-Encoding: chunked']) + parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('') + '0\r\n\r\n';

  it('are read whether they come with the head, in parts, empty, or of unknown length', async () => {
    const socket = open();
    const heard = answers(socket, 5);

    socket.write(whole('together') + whole('') + chunked(['in ', 'two ', 'parts']));
    socket.write(chunked([]) + whole('the last'));

    const texts = await heard;
    // Or Node would keep them until the next request on their connection.
    expect(ended).toEqual([true, true, true, true, true]);
    expect(new Set(streamed)).toEqual(new Set([Kind === IncomingMessage]));
    expect(texts).toEqual(['200 8 together together.', '200 0  .', '200 12 in two p wo parts.', '200 0  .', '200 8 the last the last.']);
  });

  it('are told apart on one connection, however their bytes are cut', async () => {
    const random = seededRandom('cut requests');
    for (let round = 0; round < count(20, 300); round += 1) {
      const bodies = Array.from({ length: 6 }, () => random.pick(['a', 'b', 'c']).repeat(random.pick([1, 9, 700, 20_000])));
      const bytes = bodies.map((body) => random.pick([whole(body), whole(body, '/never'), chunked([body, body]), whole(body, '/late')])).join('');
      const socket = open();
      const heard = answers(socket, bodies.length);
      for (let at = 0; at < bytes.length; ) {
        const size = random.pick([1, 40, 1_000, 30_000]);
        socket.write(bytes.slice(at, at + size));
        at += size;
        if (random.next() < 0.3) await new Promise((resolve) => setImmediate(resolve));
      }

      const expected = [...bytes.matchAll(/POST (\/\w*) .*\r\n(?:.+\r\n)+/g)].map(([headOf, path], index) => {
        const body = bodies[index]!.repeat(headOf.includes('chunked') ? 2 : 1);
        return path === '/never' ? '200 unread.' : `200 ${body.length} ${body.slice(0, 8)} ${body.slice(-8)}.`;
      });
      expect(await heard).toEqual(expected);
      socket.destroy();
    }
  });

  it('that are too long are refused in their middle, and the connection answers the next', async () => {
    const socket = open();
    const heard = answers(socket, 2);

    socket.write(chunked(['x'.repeat(600_000), 'x'.repeat(600_000), 'x'.repeat(600_000)]) + whole('next'));

    expect(await heard).toEqual(['413 PAYLOAD_TOO_LARGE.', '200 4 next next.']);
  });

  it('that somebody waits for leave to send are taken', async () => {
    const socket = open();
    const heard = answers(socket, 2);
    socket.once('data', () => socket.write(`politely${whole('next')}`));

    socket.write(head('/', ['Content-Length: 8', 'Expect: 100-continue']));

    expect(await heard).toEqual(['200 8 politely politely.', '200 4 next next.']);
  });

  it.each([
    ['with a length', head('/', ['Content-Length: 100'])],
    ['without one', `${head('/', ['Transfer-Encoding: chunked'])}4\r\nhalf\r\n`],
  ])('whose client goes in their middle are told so, once: %s', async (_what, bytes) => {
    const failed = new Promise<void>((resolve) => (onFailure = resolve));
    const socket = open();

    socket.end(bytes);
    await failed;

    expect(failures).toEqual([expect.any(ClientGone)]);
    const next = open();
    const heard = answers(next, 1);
    next.write(whole('next'));
    expect(await heard).toEqual(['200 4 next next.']);
    expect(failures).toHaveLength(1);
  });

  it('leave a server that closes when the last is answered', async () => {
    const socket = open();
    const heard = answers(socket, 1);
    socket.write(whole('last'));
    await heard;

    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();

    expect(await closed).toBeUndefined();
  });
});
