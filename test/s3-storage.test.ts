import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'minio';
import { StorageBodyTooLarge, StorageError, StorageUnavailable } from '../src/storage/errors.js';
import { createS3Storage, type S3Storage, type S3StorageSettings } from '../src/storage/s3-storage.js';
import { hasS3Server, startS3Server, type S3Server } from './support/s3-server.js';
import { send } from './support/storage-contract.js';

const WEBP = { contentType: 'image/webp' };
const KEY = 'renders/o/r/v1/0.webp';
const SECRET = 'the-secret-of-this-test+/=';
const refuseToHear = (message: string): never => {
  throw new Error(message);
};

describe('addresses', () => {
  const settings: S3StorageSettings = {
    host: 's3.internal',
    port: 9000,
    tls: false,
    region: 'ap-southeast-2',
    accessKey: 'an access key/with+signs',
    secretKey: SECRET,
    bucket: 'pictures',
    publicUrl: null,
    now: () => new Date('2026-05-20T10:20:30.456Z'),
  };
  const signedAt = new Date('2026-05-20T10:00:00.000Z');
  const clientOf = (endPoint: string, port: number | undefined, useSSL: boolean) =>
    new Client({ endPoint, ...(port === undefined ? {} : { port }), useSSL, region: settings.region, accessKey: settings.accessKey, secretKey: SECRET });

  it.each([
    ['the gateway itself reaches', null, clientOf('s3.internal', 9000, false)],
    ['clients reach', 'https://pictures.example.com', clientOf('pictures.example.com', undefined, true)],
    ['clients reach, with a port', 'http://localhost:9100', clientOf('localhost', 9100, false)],
  ])("are signed for the host that %s, with the client's own bytes", async (_which, publicUrl, client) => {
    const storage = createS3Storage({ ...settings, publicUrl });

    const { url, expiresAt } = storage.signedUrl(KEY);

    expect(url).toBe(await client.presignedUrl('GET', 'pictures', KEY, 7_200, {}, signedAt));
    expect(expiresAt).toEqual(new Date('2026-05-20T12:00:00.000Z'));
    storage.close();
  });

  it('are signed with the key of their day, whichever was before it', async () => {
    let time = '2026-05-20T23:59:59.999Z';
    const storage = createS3Storage({ ...settings, now: () => new Date(time) });
    const first = storage.signedUrl(KEY).url;

    time = '2026-05-21T00:00:00.000Z';
    const second = storage.signedUrl(KEY).url;
    time = '2026-05-20T23:00:00.000Z';

    expect(first).toContain('X-Amz-Date=20260520T230000Z');
    const nextDay = new Date('2026-05-21T00:00:00.000Z');
    expect(second).toBe(await clientOf('s3.internal', 9000, false).presignedUrl('GET', 'pictures', KEY, 7_200, {}, nextDay));
    expect(storage.signedUrl(KEY).url).toBe(first);
    storage.close();
  });

  it('of public objects are those of the other bucket', () => {
    const storage = createS3Storage({ ...settings, publicUrl: 'https://pictures.example.com' });

    expect(storage.publicUrl('community/i/v1.webp')).toBe('https://pictures.example.com/pictures-public/community/i/v1.webp');
    expect(storage.signedUrl(KEY).url).toMatch(/^https:\/\/pictures\.example\.com\/pictures\/renders\//);
    storage.close();
  });

  it("of Amazon are the region's own", () => {
    const amazon = createS3Storage({ ...settings, host: 's3.amazonaws.com', port: null, tls: true });

    expect(amazon.signedUrl(KEY).url).toMatch(/^https:\/\/s3\.ap-southeast-2\.amazonaws\.com\/pictures\//);
    amazon.close();
  });

  it('of a machine may be IPv6', () => {
    const storage = createS3Storage({ ...settings, host: '[::1]' });

    expect(storage.signedUrl(KEY).url).toMatch(/^http:\/\/\[::1\]:9000\/pictures\//);
    storage.close();
  });
});

(hasS3Server ? describe : describe.skip)('an S3 server', () => {
  let server: S3Server;
  let bucket: string;
  let storage: S3Storage;
  const opened: S3Storage[] = [];

  function open(over: Partial<S3StorageSettings> = {}): S3Storage {
    const made = createS3Storage({ ...server, bucket, publicUrl: null, ...over });
    opened.push(made);
    return made;
  }
  /** The operator's own hands. */
  const operator = () =>
    new Client({ endPoint: server.host, port: server.port, useSSL: server.tls, region: server.region, accessKey: server.accessKey, secretKey: server.secretKey });

  beforeAll(async () => {
    server = await startS3Server();
    bucket = server.newBucket();
    storage = open();
    await storage.prepare(refuseToHear);
  }, 120_000);
  afterAll(async () => {
    for (const made of opened) made.close();
    await server.stop();
  });

  describe('its buckets', () => {
    it('are made by whichever of several processes comes first, and stay as they are', async () => {
      const name = server.newBucket();
      const processes = Array.from({ length: 4 }, () => open({ bucket: name }));

      await Promise.all(processes.map((one) => one.prepare(refuseToHear)));
      await processes[0]?.put(KEY, Buffer.from('x'), WEBP);
      await open({ bucket: name }).prepare(refuseToHear);

      const policy = await operator().getBucketPolicy(`${name}-public`);
      expect(await processes[3]?.stat(KEY)).toMatchObject({ byteSize: 1 });
      expect(JSON.parse(policy)).toMatchObject({ Statement: [{ Effect: 'Allow', Action: ['s3:GetObject'] }] });
      await expect(operator().getBucketPolicy(name)).rejects.toMatchObject({ code: 'NoSuchBucketPolicy' });
    });

    it('keep a policy that an operator gave them', async () => {
      const name = server.newBucket();
      await operator().makeBucket(`${name}-public`, server.region);
      const theirs = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: ['*'] }, Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${name}-public/community/*`] }],
      });
      await operator().setBucketPolicy(`${name}-public`, theirs);

      await open({ bucket: name }).prepare(refuseToHear);

      expect(await operator().getBucketPolicy(`${name}-public`)).toContain('Theirs');
    });

    it('are not served from where everybody may read what is private', async () => {
      const name = server.newBucket();
      await operator().makeBucket(name, server.region);
      const mistaken = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: ['*'] }, Action: ['s3:GetObject'], Resource: [`arn:aws:s3:::${name}/*`] }],
      });
      await operator().setBucketPolicy(name, mistaken);

      await expect(open({ bucket: name }).prepare(refuseToHear)).rejects.toThrow(/Everybody may read the bucket .* Take away the policy/);
    });

    it('hold private and public objects apart', async () => {
      await storage.put(KEY, Buffer.from('x'), WEBP);
      await storage.copy(KEY, 'community/i/v1.webp');
      const namesIn = async (name: string) =>
        (await operator().listObjectsV2Query(name, '', '', '', 1000, '')).objects.map((object) => object.name);

      expect(await namesIn(bucket)).toEqual(['.roomfeed-check', KEY]);
      expect(await namesIn(`${bucket}-public`)).toEqual(['community/i/v1.webp']);
      await storage.delete([KEY, 'community/i/v1.webp']);
    });

    it('may hold what is not ours, which no key reaches and no listing shows', async () => {
      await operator().putObject(bucket, 'community/i/private.webp', Buffer.from('x'));
      await operator().putObject(`${bucket}-public`, 'renders/x.webp', Buffer.from('x'));
      await operator().putObject(bucket, 'not a key/é.txt', Buffer.from('x'));

      const listed: string[] = [];
      for await (const { key } of storage.list('')) listed.push(key);

      expect(listed).toEqual([]);
      expect(await storage.stat('community/i/private.webp')).toBeNull();
      expect(await storage.stat('renders/x.webp')).toBeNull();
      await operator().removeObjects(bucket, ['community/i/private.webp', 'not a key/é.txt']);
      await operator().removeObject(`${bucket}-public`, 'renders/x.webp');
    });
  });

  describe('its forms', () => {
    const inAnHour = () => new Date(Date.now() + 3_600_000);
    const formOf = () => storage.uploadForm('incoming/photo', { contentType: 'image/jpeg', byteSize: 6, expiresAt: inAnHour() });

    it('fit no other bucket, the public one least of all', async () => {
      const form = await formOf();

      expect(await send({ ...form, url: `${form.url}-public` }, 'a room')).toBe(403);
      expect(await open().stat('incoming/photo')).toBeNull();
    });

    it.each([
      ['acl', 'public-read'],
      ['x-amz-meta-owner', 'me'],
      ['Content-Disposition', 'attachment'],
      ['Cache-Control', 'public'],
      ['success_action_redirect', 'https://evil.example.com'],
    ])('take no field that was not signed: %s', async (name, value) => {
      const form = await formOf();

      expect(await send({ ...form, fields: { ...form.fields, [name]: value } }, 'a room')).toBe(403);
      expect(await storage.stat('incoming/photo')).toBeNull();
    });

    it('are made without asking the server', async () => {
      const elsewhere = open({ host: '127.0.0.1', port: 1 });

      const form = await elsewhere.uploadForm('incoming/photo', { contentType: 'image/jpeg', byteSize: 6, expiresAt: inAnHour() });

      expect(form.url).toBe(`http://127.0.0.1:1/${bucket}`);
    });
  });

  it('takes what was signed for its other name under that name alone', async () => {
    const named = open({ publicUrl: `http://localhost:${server.port}` });
    await named.put(KEY, Buffer.from('a room'), WEBP);
    const form = await named.uploadForm('incoming/photo', { contentType: 'image/jpeg', byteSize: 6, expiresAt: new Date(Date.now() + 60_000) });
    const { url } = named.signedUrl(KEY);

    expect(await (await fetch(url)).text()).toBe('a room');
    expect((await fetch(url.replace('localhost', server.host))).status).toBe(403);
    expect([new URL(form.url).hostname, await send(form, 'a room')]).toEqual(['localhost', 204]);
    await named.delete([KEY, 'incoming/photo']);
  });

  it('refuses a secret that is wrong, in words that hold none', async () => {
    const stranger = open({ secretKey: SECRET });
    const failures = await Promise.all([
      stranger.check(),
      stranger.stat(KEY),
      stranger.get(KEY),
      stranger.put(KEY, Buffer.from('x'), WEBP),
      stranger.delete([KEY]),
      firstOf(stranger.list('')),
      stranger.prepare(refuseToHear),
    ].map((asked: Promise<unknown>) => asked.then(() => 'it was let in', (error: unknown) => error)));

    for (const failure of failures) {
      expect(failure).toBeInstanceOf(StorageUnavailable);
      expect(String(failure)).toMatch(/The S3 store refused the request \(\w+, HTTP 403\). Check STORAGE_ACCESS_KEY/);
      expect(everythingIn(failure)).not.toContain(SECRET);
      expect(everythingIn(failure)).not.toContain(server.accessKey);
    }
  });

  it('tells a bucket that is missing from an object that is', async () => {
    const nowhere = open({ bucket: server.newBucket() });

    await expect(nowhere.get(KEY)).rejects.toThrow(/bucket does not exist/);
    await expect(nowhere.put(KEY, Buffer.from('x'), WEBP)).rejects.toThrow(StorageUnavailable);
    await expect(nowhere.check()).rejects.toThrow(StorageUnavailable);
  });

  it('gets no body that would not fit into memory', async () => {
    const chunk = Buffer.alloc(4 * 1024 * 1024);
    const endless = new Readable({ read() { this.push(chunk); } });

    await expect(storage.put(KEY, endless, WEBP)).rejects.toThrow(StorageBodyTooLarge);

    expect(endless.destroyed).toBe(true);
    expect(await storage.stat(KEY)).toBeNull();
  });

  it('keeps no connection for bodies that nobody wanted', async () => {
    await storage.put(KEY, Buffer.alloc(1_000_000), WEBP);

    // More than there may be connections at once.
    for (let count = 0; count < 150; count += 1) (await storage.get(KEY))?.body.destroy();

    expect((await storage.get(KEY).then((found) => buffer(found?.body ?? Readable.from([])))).length).toBe(1_000_000);
    await storage.delete([KEY]);
  });
});

/** A server that answers as a test wants; the driver takes it for S3. */
describe('a server that fails', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let storage: S3Storage;
  let asked: string[];
  /** Open connections, as the server sees them. */
  let connections: number;
  let everConnected: number;
  let closed: () => void;

  beforeEach(async () => {
    asked = [];
    connections = 0;
    everConnected = 0;
    closed = () => undefined;
    server = createServer((message, response) => {
      asked.push(`${message.method} ${message.url}`);
      message.resume();
      answer(message, response);
    }).listen(0, '127.0.0.1');
    server.on('connection', (socket) => {
      connections += 1;
      everConnected += 1;
      socket.on('close', () => {
        connections -= 1;
        closed();
      });
    });
    await once(server, 'listening');
    storage = createS3Storage({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      tls: false,
      region: 'us-east-1',
      accessKey: 'access',
      secretKey: SECRET,
      bucket: 'pictures',
      publicUrl: null,
      patience: { idleMs: 300, callMs: 2_000, attempts: 3, pauseMs: 5 },
    });
  });
  afterEach(async () => {
    storage.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const head = { 'content-length': '6', 'content-type': 'image/webp', etag: '"tag"', 'last-modified': 'Wed, 20 May 2026 10:00:00 GMT' };
  const found = (response: ServerResponse) => response.writeHead(200, head).end();
  const inTurn = (...answers: readonly ((response: ServerResponse) => void)[]) => {
    let next = 0;
    return (_request: IncomingMessage, response: ServerResponse) => answers[Math.min(next++, answers.length - 1)]?.(response);
  };

  it.each([500, 502, 503, 504, 429, 408])('is asked again after a %i', async (status) => {
    answer = inTurn((response) => response.writeHead(status).end('<Error><Code>SlowDown</Code></Error>'), found);

    expect(await storage.stat(KEY)).toMatchObject({ byteSize: 6, etag: 'tag' });
    expect(asked).toHaveLength(2);
  });

  it('is asked again where it breaks off, also within a write', async () => {
    answer = inTurn(
      (response) => response.destroy(),
      (response) => response.writeHead(200, { etag: '"tag"' }).end(),
      found,
    );

    expect(await storage.put(KEY, Readable.from([Buffer.from('a '), Buffer.from('room')]), WEBP)).toMatchObject({ byteSize: 6 });
    expect(asked.map((line) => line.split(' ')[0])).toEqual(['PUT', 'PUT', 'HEAD']);
  });

  it('is asked so many times and no more, and then it is unavailable', async () => {
    answer = (_request, response) => response.writeHead(503).end(`<Error><Code>SlowDown</Code><Message>${SECRET}</Message></Error>`);

    const failure: unknown = await storage.stat(KEY).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(StorageUnavailable);
    expect(String(failure)).toContain('busy or at fault (HTTP 503)');
    expect(everythingIn(failure)).not.toContain(SECRET);
    expect(asked).toHaveLength(3);
  });

  it('is asked over one connection, also where its answers are of no use', async () => {
    answer = (_request, response) => response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');

    for (let count = 0; count < 5; count += 1) await expect(storage.get(KEY)).rejects.toThrow(StorageUnavailable);

    expect([asked.length, everConnected]).toEqual([15, 1]);
  });

  it.each([400, 403, 405, 501])('is not asked again after a %i', async (status) => {
    answer = (_request, response) => response.writeHead(status).end();

    await expect(storage.stat(KEY)).rejects.toThrow(StorageUnavailable);
    expect(asked).toHaveLength(1);
  });

  it('shows nothing of what it sends with a refusal', async () => {
    answer = (_request, response) =>
      response.writeHead(403).end(
        `<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>access</AWSAccessKeyId><StringToSign>${SECRET}</StringToSign></Error>`,
      );

    const failure: unknown = await storage.get(KEY).catch((error: unknown) => error);

    expect(String(failure)).toContain('SignatureDoesNotMatch, HTTP 403');
    expect(everythingIn(failure)).not.toContain(SECRET);
  });

  it('may send anything but what it should', async () => {
    const pages = ['', 'not XML', '<html><body>A proxy</body></html>', '<ListBucketResult>', '{"a": 1}'];

    for (const page of pages) {
      answer = (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page);
      await expect(storage.copy(KEY, 'renders/copy')).rejects.toThrow(StorageError);
      if (page !== '<ListBucketResult>') await expect(firstOf(storage.list('renders/'))).rejects.toThrow(StorageError);
    }
  });

  it('is given up where it does not answer, and its connections are let go', async () => {
    answer = () => undefined;
    const begun = performance.now();

    await expect(storage.stat(KEY)).rejects.toThrow(/does not answer, or not to the end \(ETIMEDOUT\)/);
    while (connections > 0) await new Promise<void>((resolve) => (closed = resolve));

    expect(asked).toHaveLength(3);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('is given up where it answers by the byte and never ends', async () => {
    const dripping = new Set<NodeJS.Timeout>();
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' });
      dripping.add(setInterval(() => response.write(' '), 50));
    };

    await expect(firstOf(storage.list(''))).rejects.toThrow('did not answer within 2000 ms');
    dripping.forEach(clearInterval);
  });

  it('fails a body that it breaks off, or stops sending', async () => {
    for (const end of [(response: ServerResponse) => void delay(20).then(() => response.destroy()), () => undefined]) {
      answer = (_request, response) => {
        response.writeHead(200, head);
        response.write('a r');
        end(response);
      };

      const answered = await storage.get(KEY);

      await expect(buffer(answered?.body ?? Readable.from([]))).rejects.toThrow(StorageUnavailable);
    }
    while (connections > 0) await new Promise<void>((resolve) => (closed = resolve));
  });

  it('lets a bulk deletion fail of which it did a part, and is asked again first', async () => {
    const partly = '<DeleteResult><Error><Key>a</Key><Code>InternalError</Code><Message>again</Message></Error></DeleteResult>';
    answer = inTurn(
      (response) => response.end(partly),
      (response) => response.end('<DeleteResult></DeleteResult>'),
    );
    await storage.delete(['a', 'b']);
    expect(asked).toHaveLength(2);

    answer = (_request, response) => response.end(partly);
    await expect(storage.delete(['a', 'b'])).rejects.toThrow(/InternalError/);
  });

  it('may be set up by somebody else: a key that may not look is enough, and the operator is told what is left', async () => {
    const heard: string[] = [];
    answer = (message, response) => {
      const isObject = (message.url ?? '').split('?')[0]?.split('/').length === 3;
      const isSigned = message.headers.authorization !== undefined;
      response.writeHead(isObject && isSigned ? 200 : 403).end();
    };

    await storage.prepare((message) => void heard.push(message));

    expect(heard).toEqual([expect.stringMatching(/^Who may read the bucket pictures-public cannot be looked up or set: .*docs\/storage\.md/)]);
    expect(asked).toContain('PUT /pictures/.roomfeed-check');
    expect(asked).not.toContainEqual(expect.stringMatching(/^PUT \/[^/]*$/));
  });

  it('does not hold up a check for long', async () => {
    answer = (message, response) => void (message.method === 'PUT' || response.writeHead(200).end());
    const begun = performance.now();

    await expect(storage.check()).rejects.toThrow(StorageUnavailable);

    // /ready gives up after three.
    expect(performance.now() - begun).toBeLessThan(2_900);
  });

  it('is left at once when the process ends, whatever is under way', async () => {
    answer = (message, response) => {
      if (message.method !== 'GET') return;
      response.writeHead(200, head);
      response.write('a r');
    };
    const body = (await storage.get(KEY))?.body ?? Readable.from([]);
    const reading = buffer(body);
    const waiting = Promise.allSettled([reading, storage.stat(KEY), storage.put(KEY, Buffer.from('x'), WEBP), storage.delete([KEY])]);
    while (asked.length < 4) await delay(5);

    storage.close();

    const ends = (await waiting).map((end) => (end.status === 'rejected' ? String(end.reason) : end.status));
    expect(ends).toEqual([
      expect.stringContaining('StorageUnavailable'),
      ...Array<unknown>(3).fill(expect.stringContaining('The store was closed')),
    ]);
    await expect(storage.stat(KEY)).rejects.toThrow('The store was closed');
    while (connections > 0) await new Promise<void>((resolve) => (closed = resolve));
  });

  it('is away, which every call says in the same words', async () => {
    server.closeAllConnections();
    server.close();
    const calls = [
      () => storage.check(), () => storage.stat(KEY), () => storage.get(KEY), () => storage.put(KEY, Buffer.from('x'), WEBP),
      () => storage.copy(KEY, 'b'), () => storage.delete([KEY]), () => firstOf(storage.list('')), () => storage.prepare(refuseToHear),
    ];

    for (const call of calls) {
      const failure: unknown = await (call() as Promise<unknown>).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StorageUnavailable);
      expect(String(failure)).toBe(
        'StorageUnavailable: The S3 store does not answer, or not to the end (ECONNREFUSED). Check STORAGE_URL and STORAGE_TLS, and whether it runs.',
      );
    }
    expect(storage.signedUrl(KEY).url).toContain('X-Amz-Signature=');
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
});

/** The first of a listing, which asks the server. */
async function firstOf<T>(listing: AsyncIterable<T>): Promise<T | null> {
  for await (const item of listing) return item;
  return null;
}

/** All that an error tells whoever looks closely, its cause and its hidden properties among it. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.getOwnPropertyNames(error).map((name) => String((error as unknown as Record<string, unknown>)[name]));
  return [...own, error.cause === undefined ? '' : everythingIn(error.cause)].join('\n');
}
