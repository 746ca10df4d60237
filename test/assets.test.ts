import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createAssetsHandler } from '../src/server/assets.js';
import { createFileStorage } from '../src/storage/file-storage.js';
import { createSignedUrlVerifier } from '../src/storage/signed-urls.js';
import type { Storage } from '../src/storage/storage.js';

const SECRET = 'a secret of this test, 32 bytes or more';
const NOON = Date.UTC(2025, 2, 1, 12);
const WRITTEN = 'Sat, 01 Mar 2025 12:00:00 GMT';
const PRIVATE = 'renders/o/r/v1/0.webp';
const PUBLIC = 'community/i/v1.webp';
const DIGITS = Buffer.from('0123456789');

let outer: string;
let storage: Storage;
let server: Server;
let origin: string;
let now: number;
let reported: unknown[];

beforeEach(async () => {
  now = NOON + 500;
  reported = [];
  outer = await mkdtemp(join(tmpdir(), 'roomfeed-assets-'));
  storage = await serve((it) => it);
  await storage.put(PRIVATE, DIGITS, { contentType: 'image/webp' });
  await storage.put(PUBLIC, DIGITS, { contentType: 'image/webp' });
});

afterEach(async () => {
  await stop();
  await rm(outer, { recursive: true, force: true });
});

/** A server over the files of this test; `over` may change what the handler sees of the store. */
async function serve(over: (storage: Storage) => Pick<Storage, 'stat' | 'get'>): Promise<Storage> {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clock = { now: () => new Date(now) };
  const files = createFileStorage({
    directory: join(outer, 'files'),
    publicUrl: origin,
    signingSecret: SECRET,
    ...clock,
  });
  const verify = createSignedUrlVerifier({ signingSecret: SECRET, ...clock });
  const reportError = (error: unknown) => void reported.push(error);
  const handle = createAssetsHandler({ storage: over(files), verify, reportError, ...clock });
  server.on('request', (request, response) => void handle(request, response));
  return files;
}

async function stop(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Sends the path as it is: `fetch` would resolve `..` before the server sees it. */
async function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const path = url.startsWith(origin) ? url.slice(origin.length) : url;
  const { hostname, port } = new URL(origin);
  const request = httpRequest({ hostname, port, path, method, headers, agent: false });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

function errorOf(answer: Answer): { code: string; message: string } {
  const body: unknown = JSON.parse(String(answer.body));
  expect(body).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  return (body as { error: { code: string; message: string } }).error;
}

function expectRefusal(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, code: errorOf(answer).code }).toEqual({ status, code });
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.headers.etag).toBeUndefined();
  const text = String(answer.body);
  for (const secret of [outer, SECRET, PRIVATE, 'ENOENT', 'node:', '.ts']) expect(text).not.toContain(secret);
}

describe('a signed URL', () => {
  it('gives the picture with its type, tag and time, cacheable until the URL expires', async () => {
    const answer = await ask(storage.signedUrl(PRIVATE).url);

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(DIGITS);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/webp',
      'content-length': '10',
      'content-disposition': 'inline',
      'last-modified': WRITTEN,
      'accept-ranges': 'bytes',
      'cache-control': 'private, max-age=7199, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(answer.headers.etag).toBe(`"${(await storage.stat(PRIVATE))?.etag}"`);
  });

  it('answers HEAD with the same headers and nothing behind them', async () => {
    const { url } = storage.signedUrl(PRIVATE);
    const get = await ask(url);
    const head = await ask(url, {}, 'HEAD');

    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect((await ask(url, { range: 'bytes=0-1' }, 'HEAD')).status).toBe(200);
  });

  it('works to its last millisecond and then says that it has expired', async () => {
    const { url, expiresAt } = storage.signedUrl(PRIVATE);

    now = expiresAt.getTime() - 1;
    const last = await ask(url);
    expect(last.status).toBe(200);
    expect(last.headers['cache-control']).toBe('private, max-age=0, immutable');

    now = expiresAt.getTime();
    const expired = await ask(url);
    expectRefusal(expired, 403, 'URL_EXPIRED');
    expect(errorOf(expired).message).toContain('Ask the API for this image again');
  });

  it('works in the window after the one it was made in, when the API already gives another', async () => {
    const { url } = storage.signedUrl(PRIVATE);

    now = NOON + 3_600_000;
    expect(storage.signedUrl(PRIVATE).url).not.toBe(url);
    expect((await ask(url)).status).toBe(200);
  });

  it('of a file that is gone is not found', async () => {
    const { url } = storage.signedUrl(PRIVATE);
    await storage.delete([PRIVATE]);

    expectRefusal(await ask(url), 404, 'NOT_FOUND');
    expectRefusal(await ask(storage.signedUrl('samples/nothing.webp').url), 404, 'NOT_FOUND');
  });

  it('may carry parameters of others, and its path may be spelt in percent escapes once', async () => {
    const { url } = storage.signedUrl(PRIVATE);

    expect((await ask(`${url}&utm_source=mail`)).status).toBe(200);
    expect((await ask(url.replace('renders', '%72enders'))).status).toBe(200);
    expectRefusal(await ask(url.replace('renders', '%2572enders')), 404, 'NOT_FOUND');
  });
});

describe('a private asset', () => {
  it.each([PRIVATE, 'samples/room.webp', 'inputs/o/photo.jpg', 'communityx/a.webp', 'nothing'])(
    'at %s is not given without a signature, whether it exists or not',
    async (key) => {
      await storage.put(key, DIGITS, { contentType: 'image/webp' });
      const there = await ask(`/assets/${key}`);
      await storage.delete([key]);
      const gone = await ask(`/assets/${key}`);

      expectRefusal(there, 403, 'SIGNATURE_REQUIRED');
      expect(gone.body).toEqual(there.body);
      expectRefusal(await ask(`/assets/${key}`, {}, 'GET'), 403, 'SIGNATURE_REQUIRED');
      expect((await ask(`/assets/${key}`, {}, 'HEAD')).status).toBe(403);
    },
  );

  it.each<[string, (url: URL) => void]>([
    ['another file', (url) => (url.pathname = url.pathname.replace('/0.webp', '/1.webp'))],
    ['another owner', (url) => (url.pathname = url.pathname.replace('/o/', '/p/'))],
    ['another version', (url) => (url.pathname = url.pathname.replace('/v1/', '/v2/'))],
    ['another folder', (url) => (url.pathname = url.pathname.replace('renders', 'inputs'))],
    ['a later expiry', (url) => url.searchParams.set('expires', String(NOON / 1000 + 10_800))],
    ['an expiry in the past', (url) => url.searchParams.set('expires', '1')],
    ['no expiry', (url) => url.searchParams.delete('expires')],
    ['no signature', (url) => url.searchParams.delete('signature')],
    ['an empty signature', (url) => url.searchParams.set('signature', '')],
    ['a signature of its own making', (url) => url.searchParams.set('signature', 'A'.repeat(43))],
    ['two expiries', (url) => url.searchParams.append('expires', '99999999999')],
    ['two signatures', (url) => url.searchParams.append('signature', url.searchParams.get('signature') ?? '')],
  ])('is not given for a URL with %s', async (_what, tamper) => {
    for (const key of ['renders/o/r/v1/1.webp', 'renders/p/r/v1/0.webp', 'inputs/o/r/v1/0.webp']) {
      await storage.put(key, DIGITS, { contentType: 'image/webp' });
    }
    const url = new URL(storage.signedUrl(PRIVATE).url);
    tamper(url);

    expectRefusal(await ask(url.href), 403, 'SIGNATURE_INVALID');
  });

  it('is not given for the URL of another gateway', async () => {
    const foreign = createFileStorage({ directory: outer, publicUrl: origin, signingSecret: `other ${SECRET}` });

    expectRefusal(await ask(foreign.signedUrl(PRIVATE).url), 403, 'SIGNATURE_INVALID');
  });
});

describe('a community image', () => {
  it('is given to everybody, cacheable for a year', async () => {
    const answer = await ask(storage.publicUrl(PUBLIC));

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(DIGITS);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it('is not found where there is none, and that is not cached', async () => {
    expectRefusal(await ask('/assets/community/i/v2.webp'), 404, 'NOT_FOUND');
  });

  it('is no way to a private one', async () => {
    for (const path of ['community/../renders/o/r/v1/0.webp', 'community/%2e%2e/renders/o/r/v1/0.webp']) {
      expectRefusal(await ask(`/assets/${path}`), 404, 'NOT_FOUND');
    }
  });
});

describe('a hostile path', () => {
  beforeEach(async () => {
    const elsewhere = createFileStorage({ directory: join(outer, 'elsewhere'), publicUrl: origin, signingSecret: 'x' });
    await elsewhere.put('secret.webp', Buffer.from('secret'), { contentType: 'image/webp' });
    await symlink(join(outer, 'elsewhere'), join(outer, 'files', 'community', 'link'));
    await symlink(join(outer, 'elsewhere', 'secret.webp'), join(outer, 'files', 'community', 'link.webp'));
  });

  it.each([
    ['/assets/../package.json', 404],
    ['/assets/community/../../elsewhere/secret.webp', 404],
    ['/assets/community/%2e%2e/%2e%2e/elsewhere/secret.webp', 404],
    ['/assets/community/%2e%2e%2f%2e%2e%2felsewhere%2fsecret.webp', 404],
    ['/assets/community/%252e%252e%252felsewhere', 404],
    ['/assets/community/..%5c..%5celsewhere%5csecret.webp', 404],
    ['/assets/community/..\\..\\elsewhere\\secret.webp', 404],
    ['/assets/community/i/v1.webp%00.png', 404],
    ['/assets/community/%00', 404],
    ['/assets/community//i/v1.webp', 404],
    ['/assets//etc/passwd', 404],
    ['/assets/%2fetc%2fpasswd', 404],
    ['/assets/', 404],
    ['/assets', 404],
    ['/assets/community/', 404],
    ['/assets/community', 403],
    ['/assets/community/i', 404],
    ['/assets/community/link/secret.webp', 404],
    ['/assets/community/link.webp', 404],
    ['/assets/.temporary/x', 404],
    ['/assets/community/.hidden', 404],
    ['/assets/community/i/v1.webp/', 404],
    ['/assets/community/i/v1.webp/x', 404],
    ['/assets/community/%e0%80%ae%e0%80%ae', 400],
    ['/assets/community/%', 400],
    ['/assets/community/%zz', 400],
    ['/assets/community/%c0%ae%c0%ae/secret', 400],
    [`/assets/community/${'x'.repeat(8000)}`, 404],
    [`/assets/community/${'x/'.repeat(4000)}x`, 404],
    ['/assets/community/con:aux', 404],
    ['/other/community/i/v1.webp', 404],
  ])('%s is answered with %i', async (path, status) => {
    const answer = await ask(path);

    expect(answer.status).toBe(status);
    expect(String(answer.body)).not.toContain(DIGITS.toString());
    expect(Object.keys(errorOf(answer))).toEqual(['code', 'message']);
    expect(String(answer.body)).not.toContain('elsewhere');
    expect(reported).toEqual([]);
    expect((await ask(storage.publicUrl(PUBLIC))).status).toBe(200);
  });
});

describe('another method', () => {
  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is refused with what is allowed', async (method) => {
    const answer = await ask(storage.signedUrl(PRIVATE).url, {}, method);

    expectRefusal(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer.headers.allow).toBe('GET, HEAD');
    expect(await storage.stat(PRIVATE)).not.toBeNull();
  });
});

describe('a conditional request', () => {
  it.each<[string, (etag: string) => Record<string, string>, number]>([
    ['the tag', (etag) => ({ 'if-none-match': etag }), 304],
    ['the tag, weakly', (etag) => ({ 'if-none-match': `W/${etag}` }), 304],
    ['the tag among others', (etag) => ({ 'if-none-match': `"a", ${etag}, "b"` }), 304],
    ['any tag', () => ({ 'if-none-match': '*' }), 304],
    ['another tag', () => ({ 'if-none-match': '"other"' }), 200],
    ['another tag and a good date', () => ({ 'if-none-match': '"other"', 'if-modified-since': WRITTEN }), 200],
    ['the tag and an old date', (etag) => ({ 'if-none-match': etag, 'if-modified-since': OLD }), 304],
    ['the date', () => ({ 'if-modified-since': WRITTEN }), 304],
    ['a later date', () => ({ 'if-modified-since': 'Sun, 02 Mar 2025 12:00:00 GMT' }), 304],
    ['an earlier date', () => ({ 'if-modified-since': OLD }), 200],
    ['a date that is none', () => ({ 'if-modified-since': 'yesterday' }), 200],
    ['a range of the same tag', (etag) => ({ 'if-none-match': etag, range: 'bytes=0-1' }), 304],
  ])('with %s', async (_what, headers, status) => {
    const { url } = storage.signedUrl(PRIVATE);
    const full = await ask(url);
    const answer = await ask(url, headers(full.headers.etag ?? ''));

    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(status === 304 ? Buffer.alloc(0) : DIGITS);
    for (const name of ['etag', 'cache-control', 'last-modified'] as const) {
      expect(answer.headers[name]).toBe(full.headers[name]);
    }
  });

  it('with the right tag and a wrong signature is refused', async () => {
    const etag = (await ask(storage.signedUrl(PRIVATE).url)).headers.etag ?? '';

    expectRefusal(await ask(`/assets/${PRIVATE}`, { 'if-none-match': etag }), 403, 'SIGNATURE_REQUIRED');
  });
});

const OLD = 'Fri, 28 Feb 2025 12:00:00 GMT';

describe('a range', () => {
  it.each([
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=9-9', '9', 'bytes 9-9/10'],
    ['bytes=0-9', '0123456789', 'bytes 0-9/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=0-', '0123456789', 'bytes 0-9/10'],
    ['bytes=-1', '9', 'bytes 9-9/10'],
    ['bytes=-10', '0123456789', 'bytes 0-9/10'],
    ['bytes=-999', '0123456789', 'bytes 0-9/10'],
    ['bytes=5-999999', '56789', 'bytes 5-9/10'],
    ['Bytes= 2-4 ', '234', 'bytes 2-4/10'],
  ])('%s is given as a part', async (range, content, contentRange) => {
    const answer = await ask(storage.signedUrl(PRIVATE).url, { range });

    expect(answer.status).toBe(206);
    expect(String(answer.body)).toBe(content);
    expect(answer.headers['content-range']).toBe(contentRange);
    expect(answer.headers['content-length']).toBe(String(content.length));
    expect(answer.headers['content-type']).toBe('image/webp');
  });

  it.each(['bytes=10-', 'bytes=10-20', 'bytes=999999999999999-', 'bytes=-0'])('%s is not there', async (range) => {
    const answer = await ask(storage.signedUrl(PRIVATE).url, { range });

    expectRefusal(answer, 416, 'RANGE_NOT_SATISFIABLE');
    expect(answer.headers['content-range']).toBe('bytes */10');
  });

  it.each([
    'bytes=0-1,3-4',
    'bytes=4-2',
    'bytes=-',
    'bytes=',
    'bytes',
    'bytes=a-b',
    'bytes=0-1;x',
    'bytes=--1',
    'bytes=0x1-2',
    'bytes=1.5-2',
    'items=0-1',
    `bytes=${'9'.repeat(400)}-`,
    `bytes=${'0-0,'.repeat(1000)}0-0`,
  ])('%s is ignored, and the whole is given', async (range) => {
    const answer = await ask(storage.signedUrl(PRIVATE).url, { range });

    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(DIGITS);
    expect(answer.headers['content-range']).toBeUndefined();
  });

  it('of an empty object is not there, and the whole of it is empty', async () => {
    await storage.put('renders/empty', Buffer.alloc(0), { contentType: 'image/webp' });
    const { url } = storage.signedUrl('renders/empty');

    expectRefusal(await ask(url, { range: 'bytes=0-' }), 416, 'RANGE_NOT_SATISFIABLE');
    const whole = await ask(url);
    expect([whole.status, whole.headers['content-length'], whole.body.length]).toEqual([200, '0', 0]);
  });

  it.each<[string, (etag: string) => string, number]>([
    ['the tag', (etag) => etag, 206],
    ['the date', () => WRITTEN, 206],
    ['another tag', () => '"other"', 200],
    ['the tag, weakly', (etag) => `W/${etag}`, 200],
    ['a later date', () => 'Sun, 02 Mar 2025 12:00:00 GMT', 200],
  ])('with If-Range of %s', async (_what, ifRange, status) => {
    const { url } = storage.signedUrl(PRIVATE);
    const etag = (await ask(url)).headers.etag ?? '';

    expect((await ask(url, { range: 'bytes=0-1', 'if-range': ifRange(etag) })).status).toBe(status);
  });
});

describe('a type that browsers run or guess at', () => {
  it.each(['image/svg+xml', 'text/html', 'application/javascript', 'video/mp4'])('%s is a download', async (type) => {
    await storage.put('renders/odd', DIGITS, { contentType: type });
    const answer = await ask(storage.signedUrl('renders/odd').url);

    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each(['image/jpeg', 'image/png'])('%s is none of them', async (type) => {
    await storage.put('renders/photo', DIGITS, { contentType: type });

    expect((await ask(storage.signedUrl('renders/photo').url)).headers).toMatchObject({
      'content-type': type,
      'content-disposition': 'inline',
    });
  });
});

describe('streams', () => {
  /** Far more than the buffers between a file and a client who does not read. */
  const LARGE = 32 * 1024 * 1024;

  it('give many clients a large file at the same time, byte for byte', async () => {
    const content = randomBytes(3_000_000);
    await storage.put('renders/large', content, { contentType: 'image/png' });
    const { url } = storage.signedUrl('renders/large');

    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(url)));
    for (const { body } of answers) expect(body.equals(content)).toBe(true);
  });

  it('wait for a client who does not read, and close the file when it goes away', async () => {
    await stop();
    const bodies: Readable[] = [];
    storage = await serve((files) => ({
      stat: files.stat,
      get: async (key, range) => {
        const found = await files.get(key, range);
        if (found !== null) bodies.push(found.body);
        return found;
      },
    }));
    await storage.put('renders/large', Buffer.alloc(LARGE), { contentType: 'image/png' });
    const { pathname, search, hostname, port } = new URL(storage.signedUrl('renders/large').url);

    const client = connect(Number(port), hostname);
    client.write(`GET ${pathname}${search} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(client, 'readable');
    const [body] = bodies;
    if (body === undefined) throw new Error('No file was opened.');
    const closed = new Promise((done) => body.once('close', done));
    expect(body.destroyed).toBe(false);
    client.resetAndDestroy();
    await closed;

    expect((body as Readable & { bytesRead: number }).bytesRead).toBeLessThan(LARGE);
    expect(await openFiles()).toEqual([]);
    expect(reported).toEqual([]);
    expect((await ask(storage.publicUrl(PUBLIC))).status).toBe(200);
  });

  it('open no file for a 304, a HEAD, a 416 or a refusal', async () => {
    await stop();
    const opened: string[] = [];
    storage = await serve((files) => ({
      stat: files.stat,
      get: (key, range) => {
        opened.push(key);
        return files.get(key, range);
      },
    }));
    const { url } = storage.signedUrl(PRIVATE);

    await ask(url, { 'if-none-match': '*' });
    await ask(url, {}, 'HEAD');
    await ask(url, { range: 'bytes=10-' });
    await ask(`${url}x`);
    expect(opened).toEqual([]);
    await ask(url);
    expect(opened).toEqual([PRIVATE]);
  });
});

describe('a store that fails', () => {
  it('is a 500 that says nothing of it, and is reported', async () => {
    await stop();
    const fault = new Error(`EIO: i/o error, read '${outer}'`);
    storage = await serve((files) => ({ stat: () => Promise.reject(fault), get: files.get }));

    expectRefusal(await ask(storage.signedUrl(PRIVATE).url), 500, 'INTERNAL_SERVER_ERROR');
    expect(reported).toEqual([fault]);
  });

  it('in the middle of a picture breaks the connection, and the next request is answered', async () => {
    await stop();
    const fault = new Error('EIO: i/o error, read');
    async function* breaking() {
      yield Buffer.from('01234');
      await storage.stat(PRIVATE);
      throw fault;
    }
    let broken = true;
    storage = await serve((files) => ({
      stat: files.stat,
      get: async (key, range) => {
        const found = await files.get(key, range);
        if (found === null || !broken) return found;
        broken = false;
        found.body.destroy();
        return { object: found.object, body: Readable.from(breaking()) };
      },
    }));
    const { url } = storage.signedUrl(PRIVATE);

    await expect(ask(url)).rejects.toThrow('aborted');
    expect(reported).toEqual([fault]);
    expect((await ask(url)).body).toEqual(DIGITS);
  });

  it('does not put the bytes of a new content behind the headers of an old one', async () => {
    await stop();
    const closed: Promise<void>[] = [];
    storage = await serve((files) => ({
      stat: files.stat,
      get: async (key, range) => {
        await files.put(key, Buffer.from('shorter'), { contentType: 'image/webp' });
        const found = await files.get(key, range);
        if (found !== null) closed.push(new Promise((done) => found.body.once('close', done)));
        return found;
      },
    }));

    expectRefusal(await ask(storage.signedUrl(PRIVATE).url), 500, 'INTERNAL_SERVER_ERROR');
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
    expect(await openFiles()).toEqual([]);
  });
});

/** The files of this test that this process has open; where the system cannot say, none. */
async function openFiles(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(outer));
}
