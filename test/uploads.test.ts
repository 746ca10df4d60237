import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { request } from 'node:http';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import * as uploads from '../src/repositories/uploads.js';
import { createRemovalService } from '../src/services/storage/removal.js';
import { createUploadSweeping } from '../src/services/uploads/sweeping.js';
import { parseRuntime } from '../src/config/parse-runtime.js';
import { StorageUnavailable } from '../src/storage/errors.js';
import type { Storage } from '../src/storage/storage.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { suspend } from './support/curation.js';
import { mutate } from './support/mutate.js';
import { localId } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';
import { complete, formOf, openUpload, postForm, sendPhoto } from './support/uploads.js';

const start = new Date('2026-05-20T10:00:00.000Z');
const minutes = (count: number) => new Date(start.getTime() + count * 60_000);
const webApp = 'https://app.example.com';

let app: TestApp;
let seed: Seed;
let person: Person;
let time = start;

const atOnce = async (): Promise<void> => undefined;
/** What happens after each photo that was kept. */
let afterPut: (key: string) => Promise<void> = atOnce;
/** What a test does meanwhile is no part of the request. */
const outside = AsyncLocalStorage.snapshot();

const wrapStorage = (storage: Storage): Storage => ({
  ...storage,
  async put(key, body, options) {
    const stored = await storage.put(key, body, options);
    await outside(() => afterPut(key));
    return stored;
  },
});

beforeAll(async () => {
  app = await createTestApp({
    now: () => time,
    wrapStorage,
    runtime: { limits: { maxUploadBytes: 2_000_000 }, uploads: { maxPending: 3 } },
    environment: { CORS_ORIGINS: webApp },
  });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  time = start;
  afterPut = atOnce;
  person = await app.signUp();
});

/** A picture of 60 by 40 pixels, red at its left and blue at its right. */
function picture(): Sharp {
  const half = { width: 30, height: 40, channels: 3 as const };
  return sharp({ create: { width: 60, height: 40, channels: 3, background: '#0000ff' } }).composite([
    { input: { create: { ...half, background: '#ff0000' } }, left: 0, top: 0 },
  ]);
}

/** As a phone takes it: lying on its side, with the place and the time in it. */
const phonePhoto = () =>
  picture()
    .withExif({ IFD0: { Make: 'Phone' }, IFD3: { GPSLatitudeRef: 'S', GPSLatitude: '33/1 51/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg({ quality: 95 })
    .toBuffer();

const jpeg = () => picture().jpeg().toBuffer();

/** Every stored key that begins with this, and what of inputs is on record. */
async function keys(prefix: string, storage: Storage = app.app.storage): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of storage.list(prefix)) found.push(key);
  return found;
}
const incoming = (uploadId: string) => `incoming/${localId(uploadId)}`;
const stored = async (key: string) => {
  const found = await app.app.storage.get(key);
  return found && buffer(found.body);
};
const rowsOf = (owner: Person) =>
  seed.sql<{ id: string; state: string; path: string; width: number | null }>('select * from uploads where owner_id = $1 order by id', [owner.id]);
const recordsOf = (owner: Person) =>
  seed.sql<{ path: string; marked_at: Date | null; byte_size: number }>('select path, marked_at, byte_size from assets where owner_id = $1 order by path', [
    owner.id,
  ]);

describe('createUpload', () => {
  it('gives a form to one place, for one type and length, until an hour from now', async () => {
    const form = await openUpload(app, person, { contentType: 'image/jpeg', byteSize: 1_234 });

    expect(form).toEqual({
      __typename: 'CreateUploadPayload',
      uploadId: expect.any(String),
      url: 'http://127.0.0.1:4000/uploads',
      fields: {
        key: incoming(form.uploadId),
        'Content-Type': 'image/jpeg',
        byteSize: '1234',
        expires: String(minutes(60).getTime() / 1_000),
        signature: expect.stringMatching(/^[\w-]{43}$/),
      },
      expiresAt: minutes(60).toISOString(),
    });
    expect(await rowsOf(person)).toMatchObject([{ state: 'pending', path: incoming(form.uploadId), width: null }]);
  });

  it.each([
    ['more bytes than a photo may have', { contentType: 'image/jpeg', byteSize: 2_000_001 }, { __typename: 'FileTooLargeError', code: 'FILE_TOO_LARGE', maxBytes: 2_000_000 }],
    ['a type that no photo has', { contentType: 'image/svg+xml', byteSize: 10 }, { __typename: 'UnsupportedFileTypeError', code: 'UNSUPPORTED_FILE_TYPE', acceptedContentTypes: ['image/jpeg', 'image/png', 'image/webp'] }],
    ['a type with something behind it', { contentType: 'image/png\r\nx: y', byteSize: 10 }, { __typename: 'UnsupportedFileTypeError' }],
    ['no bytes', { contentType: 'image/png', byteSize: 0 }, { __typename: 'InvalidInputError', issues: [{ path: ['byteSize'] }] }],
    ['fewer than no bytes', { contentType: 'image/png', byteSize: -5 }, { __typename: 'InvalidInputError', issues: [{ path: ['byteSize'] }] }],
  ])('refuses %s', async (_what, input, refusal) => {
    expect(await mutate(app, 'createUpload', input, { as: person })).toMatchObject(refusal);
    expect(await rowsOf(person)).toEqual([]);
  });

  it('lets so many wait for their photo, also where they are asked for at once, and more when these have expired', async () => {
    const ask = () => mutate(app, 'createUpload', { contentType: 'image/png', byteSize: 10 }, { as: person });

    const outcomes = await Promise.all(Array.from({ length: 8 }, ask));

    expect(outcomes.filter(({ __typename }) => __typename === 'CreateUploadPayload')).toHaveLength(3);
    expect(outcomes.find(({ __typename }) => __typename === 'InvalidInputError')?.issues).toMatchObject([{ path: [] }]);
    expect(await rowsOf(person)).toHaveLength(3);
    time = minutes(60);
    expect(await ask()).toMatchObject({ __typename: 'CreateUploadPayload' });
  });
});

describe('the form', () => {
  it('puts the photo into the store, and says so to a web app that may know', async () => {
    const photo = await jpeg();
    const { uploadId, fields } = await openUpload(app, person, { contentType: 'image/jpeg', byteSize: photo.length });

    const { status, headers } = await postForm(app, formOf(fields, photo, 'image/jpeg'), { origin: webApp });

    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, webApp]);
    expect(await stored(incoming(uploadId))).toEqual(photo);
  });

  it('is not for web apps elsewhere to read about', async () => {
    const { headers } = await postForm(app, formOf({}, null, ''), { origin: 'https://elsewhere.example.com' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers a preflight', async () => {
    const response = await fetch(`${app.url}/uploads`, { method: 'OPTIONS', headers: { origin: webApp } });
    expect([response.status, response.headers.get('access-control-allow-methods')]).toEqual([204, 'POST']);
  });

  it.each(['GET', 'PUT', 'DELETE'])('is not answered to %s', async (method) => {
    const response = await fetch(`${app.url}/uploads`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  const photo = Buffer.from('as many bytes as this, and no more');
  const open = (owner = person) => openUpload(app, owner, { contentType: 'image/jpeg', byteSize: photo.length });

  /** What is sent in place of the right form. */
  type Sent = { readonly fields: Readonly<Record<string, string>>; readonly file?: Buffer | null; readonly type?: string };

  it.each<[string, (fields: Readonly<Record<string, string>>) => Sent | Promise<Sent>, number, string]>([
    ['no signature', ({ signature: _left, ...fields }) => ({ fields }), 403, 'SIGNATURE_REQUIRED'],
    ['nothing but a file', () => ({ fields: {} }), 403, 'SIGNATURE_REQUIRED'],
    ['another key', (fields) => ({ fields: { ...fields, key: 'community/a/v1.webp' } }), 403, 'SIGNATURE_INVALID'],
    ['a way out of the folder', (fields) => ({ fields: { ...fields, key: '../../a' } }), 403, 'SIGNATURE_INVALID'],
    ['another type', (fields) => ({ fields: { ...fields, 'Content-Type': 'image/svg+xml' } }), 403, 'SIGNATURE_INVALID'],
    ['another length', (fields) => ({ fields: { ...fields, byteSize: '99999' } }), 403, 'SIGNATURE_INVALID'],
    ['the length in another spelling', (fields) => ({ fields: { ...fields, byteSize: `0${fields['byteSize']}` } }), 403, 'SIGNATURE_INVALID'],
    ['a later end', (fields) => ({ fields: { ...fields, expires: '99999999999' } }), 403, 'SIGNATURE_INVALID'],
    ['half a signature', (fields) => ({ fields: { ...fields, signature: fields['signature']!.slice(20) } }), 403, 'SIGNATURE_INVALID'],
    [
      'the signature of a URL to read the key',
      async (fields) => {
        const read = new URL(app.app.storage.signedUrl(fields['key']!).url).searchParams;
        return { fields: { ...fields, expires: read.get('expires')!, signature: read.get('signature')! } };
      },
      403,
      'SIGNATURE_INVALID',
    ],
    ['a field of the sender’s own', (fields) => ({ fields: { ...fields, acl: 'public-read' } }), 400, 'BAD_REQUEST'],
    ['a field that is too long', (fields) => ({ fields: { ...fields, key: 'k'.repeat(5_000) } }), 400, 'BAD_REQUEST'],
    ['no file', (fields) => ({ fields, file: null }), 400, 'BAD_REQUEST'],
    ['a file of another type', (fields) => ({ fields, type: 'text/html' }), 400, 'BAD_REQUEST'],
    ['a file that is too short', (fields) => ({ fields, file: photo.subarray(1) }), 400, 'BAD_REQUEST'],
    ['an empty file', (fields) => ({ fields, file: Buffer.alloc(0) }), 400, 'BAD_REQUEST'],
    ['a file that is too long', (fields) => ({ fields, file: Buffer.concat([photo, photo]) }), 413, 'PAYLOAD_TOO_LARGE'],
    ['a file that is far too long', (fields) => ({ fields, file: Buffer.alloc(100_000) }), 413, 'PAYLOAD_TOO_LARGE'],
    ['more than any photo may be', (fields) => ({ fields, file: Buffer.alloc(2_100_000) }), 413, 'PAYLOAD_TOO_LARGE'],
  ])('with %s is refused, and nothing is stored', async (_what, send, status, code) => {
    const { fields } = await open();
    const before = await keys('');
    const { fields: sent, file = photo, type = 'image/jpeg' } = await send(fields);

    expect(await postForm(app, formOf(sent, file, type))).toMatchObject({ status, code });

    expect(await keys('')).toEqual(before);
  });

  it.each([
    ['two files', (form: FormData) => form.append('file', new Blob([photo], { type: 'image/jpeg' }), 'b.jpg')],
    ['a field after the file', (form: FormData) => form.append('key', 'incoming/other')],
    [
      'a field twice',
      (form: FormData) => {
        const file = form.get('file')!;
        form.delete('file');
        form.append('key', 'incoming/other');
        form.append('file', file);
      },
    ],
  ])('with %s is refused, and nothing is stored', async (_what, change) => {
    const { uploadId, fields } = await open();
    const form = formOf(fields, photo, 'image/jpeg');
    change(form);

    expect(await postForm(app, form)).toMatchObject({ status: 400, code: 'BAD_REQUEST' });

    expect(await stored(incoming(uploadId))).toBeNull();
  });

  it('is refused when its time is over, to the second', async () => {
    const { uploadId, fields } = await open();
    time = new Date(minutes(60).getTime() - 1);
    expect(await postForm(app, formOf(fields, photo, 'image/jpeg'))).toMatchObject({ status: 204 });
    await app.app.storage.delete([incoming(uploadId)]);
    time = minutes(60);

    expect(await postForm(app, formOf(fields, photo, 'image/jpeg'))).toMatchObject({ status: 403, code: 'URL_EXPIRED' });

    expect(await stored(incoming(uploadId))).toBeNull();
  });

  it('may be sent again: the last whole photo counts, and one that breaks off changes nothing', async () => {
    const { uploadId, fields } = await open();
    const other = Buffer.from(photo).reverse();
    await postForm(app, formOf(fields, photo, 'image/jpeg'));
    await postForm(app, formOf(fields, other, 'image/jpeg'));
    await postForm(app, formOf(fields, photo.subarray(3), 'image/jpeg'));

    expect(await stored(incoming(uploadId))).toEqual(other);
  });

  it('that is no form is refused', async () => {
    const send = async (body: string, type: string) =>
      (await fetch(`${app.url}/uploads`, { method: 'POST', body, headers: { 'content-type': type } })).status;

    expect(await send('{}', 'application/json')).toBe(415);
    expect(await send('a=b', 'application/x-www-form-urlencoded')).toBe(415);
    expect(await send('--x', 'multipart/form-data')).toBe(415);
    expect(await send('--x', 'multipart/form-data; charset=utf-8')).toBe(400);
    expect(await send('nothing of the kind', 'multipart/form-data; boundary=x')).toBe(400);
    expect(await send('', 'multipart/form-data; boundary=x')).toBe(400);
  });

  /** The right form as bytes, up to its last boundary. */
  async function raw(): Promise<{ readonly uploadId: string; readonly type: string; readonly bytes: Buffer }> {
    const { uploadId, fields } = await open();
    const response = new Response(formOf(fields, photo, 'image/jpeg'));
    return { uploadId, type: response.headers.get('content-type')!, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  it('that ends before its last boundary is refused, although the photo is whole', async () => {
    const { uploadId, type, bytes } = await raw();
    const end = bytes.indexOf(photo) + photo.length;

    for (const cut of [end, end + 10, end - 4]) {
      const response = await fetch(`${app.url}/uploads`, { method: 'POST', body: new Uint8Array(bytes.subarray(0, cut)), headers: { 'content-type': type } });
      expect(response.status).toBe(400);
    }

    expect(await stored(incoming(uploadId))).toBeNull();
  });

  it('of a client that goes away in the middle leaves nothing behind, not even a part', async () => {
    const { uploadId, type, bytes } = await raw();
    const before = await keys('');
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const gone = nextReport();
    socket.write(`POST /uploads HTTP/1.1\r\nhost: gateway\r\ncontent-type: ${type}\r\ncontent-length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes.subarray(0, bytes.indexOf(photo) + 5));
    await gone.reached;

    socket.destroy();

    await gone.ended;
    expect(await stored(incoming(uploadId))).toBeNull();
    expect(await keys('')).toEqual(before);
    expect(await readdir(join(app.storageDirectory, '.temporary'))).toEqual([]);
  });

  /** When the gateway has begun to store something, and when it has no request left. */
  function nextReport() {
    return {
      reached: until(async () => (await metric('roomfeed_http_requests_in_flight')) >= 2),
      ended: until(async () => /route="uploads",status="abandoned"/.test(await metrics())),
    };
  }
  const metrics = async () => (await fetch(`${app.url}/metrics`)).text();
  const metric = async (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await metrics())?.[1]);
  async function until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
  }

  it('that announces too much is refused before it is sent', async () => {
    const sending = request(`${app.url}/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': 50_000_000, expect: '100-continue' },
    });
    let continued = false;
    sending.on('continue', () => (continued = true));
    sending.flushHeaders();
    const [response] = (await once(sending, 'response')) as [{ statusCode: number }];
    sending.destroy();

    expect([response.statusCode, continued]).toEqual([413, false]);
  });

  it('of endless noise before its first part is cut off', async () => {
    const response = await fetch(`${app.url}/uploads`, {
      method: 'POST',
      duplex: 'half',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: new ReadableStream({
        pull(controller) {
          controller.enqueue(new Uint8Array(65_536));
        },
      }),
    } as RequestInit).catch((error: unknown) => error);

    // The answer, or a connection that was closed while it was being sent.
    if (response instanceof Response) expect(response.status).toBe(413);
    else expect(response).toBeInstanceOf(TypeError);
  });
});

describe('completeUpload', () => {
  it('keeps the photo upright and without anything that tells where or by what it was taken', async () => {
    const photo = await phonePhoto();
    expect(await sharp(photo).metadata()).toMatchObject({ orientation: 6, width: 60, exif: expect.any(Buffer) });
    const uploadId = await sendPhoto(app, person, photo, 'image/jpeg');

    const outcome = await complete(app, person, uploadId);

    const path = `inputs/${person.id}/${localId(uploadId)}.jpg`;
    const bytes = (await stored(path))!;
    expect(outcome).toEqual({
      __typename: 'CompleteUploadPayload',
      uploadId,
      image: {
        url: expect.stringContaining(`/assets/${path}?`),
        width: 40,
        height: 60,
        byteSize: bytes.length,
        contentType: 'image/jpeg',
        placeholder: expect.stringMatching(/^[\w+/]{20,40}=*$/),
        expiresAt: expect.any(String),
      },
    });
    const { width, height, format, space, orientation, exif, icc, xmp } = await sharp(bytes).metadata();
    expect({ width, height, format, space, orientation, exif, icc, xmp }).toEqual({ width: 40, height: 60, format: 'jpeg', space: 'srgb' });
    expect(bytes.includes('Phone')).toBe(false);
    // Turned to the right: what was at the left is above.
    const [red = 0, , blue = 0] = await sharp(bytes).extract({ left: 20, top: 10, width: 1, height: 1 }).raw().toBuffer();
    expect([red > 200, blue < 50]).toEqual([true, true]);
    expect(await rowsOf(person)).toMatchObject([{ state: 'ready', path, width: 40, height: 60, byte_size: bytes.length }]);
    expect(await recordsOf(person)).toEqual([{ path, byte_size: bytes.length, marked_at: minutes(30 * 24 * 60) }]);
    expect(await stored(incoming(uploadId))).toBeNull();
  });

  it.each([
    ['image/png', 'png', (made: Sharp) => made.png()],
    ['image/png', 'png', (made: Sharp) => made.toColourspace('rgb16').png()],
    ['image/png', 'png', (made: Sharp) => made.ensureAlpha(0.5).png({ palette: true })],
    ['image/webp', 'webp', (made: Sharp) => made.webp()],
    ['image/jpeg', 'jpg', (made: Sharp) => made.toColourspace('cmyk').jpeg()],
    ['image/jpeg', 'jpg', (made: Sharp) => made.greyscale().jpeg({ progressive: true })],
    ['image/jpeg', 'jpg', (made: Sharp) => made.withIccProfile('p3').jpeg()],
  ])('keeps %s as %s, whatever its colours', async (contentType, extension, make) => {
    const uploadId = await sendPhoto(app, person, await make(picture()).toBuffer(), contentType);

    expect(await complete(app, person, uploadId)).toMatchObject({ image: { contentType, width: 60, height: 40 } });

    const bytes = await stored(`inputs/${person.id}/${localId(uploadId)}.${extension}`);
    const { icc, depth, channels, space } = await sharp(bytes!).metadata();
    expect({ icc, depth }).toEqual({ icc: undefined, depth: 'uchar' });
    expect(['srgb', 'b-w']).toContain(space);
    expect(channels).toBeLessThanOrEqual(4);
  });

  it('keeps the first frame of a moving picture', async () => {
    const frames = await sharp(
      await Promise.all(['#ff0000', '#00ff00'].map((background) => sharp({ create: { width: 20, height: 20, channels: 3, background } }).png().toBuffer())),
      { join: { animated: true } },
    )
      .webp()
      .toBuffer();
    expect((await sharp(frames).metadata()).pages).toBe(2);
    const uploadId = await sendPhoto(app, person, frames, 'image/webp');

    expect(await complete(app, person, uploadId)).toMatchObject({ image: { width: 20, height: 20 } });

    const bytes = await stored(`inputs/${person.id}/${localId(uploadId)}.webp`);
    expect((await sharp(bytes!).metadata()).pages).toBeUndefined();
    expect((await sharp(bytes!).stats()).dominant.r).toBeGreaterThan(200);
  });

  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>');
  /** A right PNG of 30,000 by 30,000 pixels in a hundred kilobytes: one bit each, all of them black. */
  const bomb = () => {
    const chunk = (type: string, data: Buffer) => {
      const body = Buffer.concat([Buffer.from(type), data]);
      const ends = Buffer.alloc(8);
      ends.writeUInt32BE(data.length, 0);
      ends.writeUInt32BE(crc32(body), 4);
      return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
    };
    const header = Buffer.from('00007530000075300100000000', 'hex');
    const pixels = deflateSync(Buffer.alloc(30_000 * (1 + 30_000 / 8)));
    return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
  };
  const cut = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length * 0.6));
  const noise = (side: number) => sharp({ create: { width: side, height: side, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 30 } } });

  it.each<[string, string, () => Promise<Buffer> | Buffer, string]>([
    ['an SVG that is said to be a JPEG', 'image/jpeg', () => svg, 'UnsupportedFileTypeError'],
    ['HTML that is said to be a PNG', 'image/png', () => Buffer.from('<!doctype html><script>alert(1)</script>'), 'UnsupportedFileTypeError'],
    ['a GIF that is said to be a PNG', 'image/png', () => picture().gif().toBuffer(), 'UnsupportedFileTypeError'],
    ['an AVIF that is said to be a WebP', 'image/webp', () => picture().avif({ effort: 0 }).toBuffer(), 'UnsupportedFileTypeError'],
    ['a JPEG that is said to be a PNG', 'image/png', jpeg, 'UnsupportedFileTypeError'],
    ['one byte', 'image/jpeg', () => Buffer.from('x'), 'UnsupportedFileTypeError'],
    ['an SVG behind the beginning of a JPEG', 'image/jpeg', () => Buffer.concat([Buffer.from('ffd8ff', 'hex'), svg]), 'UnreadableImageError'],
    ['a JPEG that was cut short', 'image/jpeg', async () => cut(await noise(200).jpeg().toBuffer()), 'UnreadableImageError'],
    ['a PNG that was cut short', 'image/png', async () => cut(await noise(200).png().toBuffer()), 'UnreadableImageError'],
    ['a WebP that was cut short', 'image/webp', async () => cut(await noise(200).webp().toBuffer()), 'UnreadableImageError'],
    ['a small file that unfolds to 900 million pixels', 'image/png', bomb, 'UnreadableImageError'],
  ])('refuses %s, and keeps nothing of it', async (_what, contentType, make, error) => {
    const bytes = await make();
    const uploadId = await sendPhoto(app, person, bytes, contentType);
    const before = await rowsOf(person);

    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: error });

    expect(await rowsOf(person)).toEqual(before);
    expect(await recordsOf(person)).toEqual([]);
    expect(await keys(`inputs/${person.id}/`)).toEqual([]);
  });

  it('says of a photo with too many pixels that this is what is wrong with it', async () => {
    const uploadId = await sendPhoto(app, person, bomb(), 'image/png');
    expect((await complete(app, person, uploadId)).message).toMatch(/50000000/);
  });

  it('takes a better photo after one that was refused', async () => {
    const right = await jpeg();
    const { uploadId, fields } = await openUpload(app, person, { contentType: 'image/jpeg', byteSize: right.length });
    await postForm(app, formOf(fields, Buffer.alloc(right.length), 'image/jpeg'));
    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'UnsupportedFileTypeError' });
    await postForm(app, formOf(fields, right, 'image/jpeg'));

    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'CompleteUploadPayload' });
  });

  it('answers that nothing arrived', async () => {
    const { uploadId } = await openUpload(app, person, { contentType: 'image/jpeg', byteSize: 10 });
    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'UploadMissingError', code: 'UPLOAD_MISSING' });
    expect(await rowsOf(person)).toMatchObject([{ state: 'pending' }]);
  });

  it('reads nothing that is longer than announced', async () => {
    const photo = await jpeg();
    const uploadId = await sendPhoto(app, person, photo, 'image/jpeg');
    await app.app.storage.put(incoming(uploadId), Buffer.concat([photo, photo]), { contentType: 'image/jpeg' });

    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'UnreadableImageError' });
    expect(await recordsOf(person)).toEqual([]);
  });

  it('is too late when the time is over, and stays possible where it was complete before', async () => {
    const late = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    const inTime = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    const first = await complete(app, person, inTime);
    time = minutes(60);

    expect(await complete(app, person, late)).toMatchObject({ __typename: 'UploadMissingError' });
    expect(await complete(app, person, inTime)).toMatchObject({ ...first, image: { byteSize: (first['image'] as { byteSize: number }).byteSize } });
    expect((await rowsOf(person)).map(({ state }) => state)).toEqual(['pending', 'ready']);
  });

  it('gives the same answer to any number of times at once, in two processes', async () => {
    const other = await createTestApp({
      database: app.database,
      now: () => time,
      environment: { STORAGE_URL: `file:${app.storageDirectory}` },
    });
    try {
      const uploadId = await sendPhoto(app, person, await phonePhoto(), 'image/jpeg');
      let puts = 0;
      afterPut = async () => void (puts += 1);

      const outcomes = await Promise.all(Array.from({ length: 8 }, (_, index) => complete(index % 2 ? app : other, person, uploadId)));

      expect(outcomes[0]).toMatchObject({ __typename: 'CompleteUploadPayload' });
      expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
      expect(puts).toBeLessThanOrEqual(1);
      expect(await recordsOf(person)).toHaveLength(1);
    } finally {
      await other.close();
    }
  });

  it('can be done again where the process died after it stored the photo and before it wrote so', async () => {
    const uploadId = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    afterPut = () => Promise.reject(new StorageUnavailable('The process died here.'));
    await expect(complete(app, person, uploadId)).rejects.toThrow('SERVICE_UNAVAILABLE');
    expect(await rowsOf(person)).toMatchObject([{ state: 'pending' }]);
    expect(await recordsOf(person)).toMatchObject([{ marked_at: minutes(60) }]);
    afterPut = atOnce;

    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'CompleteUploadPayload' });
    expect(await recordsOf(person)).toMatchObject([{ marked_at: minutes(30 * 24 * 60) }]);
  });

  it('leaves nothing for good where the process died and nobody tried again', async () => {
    const uploadId = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    afterPut = () => Promise.reject(new StorageUnavailable('The process died here.'));
    await expect(complete(app, person, uploadId)).rejects.toThrow('SERVICE_UNAVAILABLE');
    time = minutes(61);
    const { databases, storage } = app.app;

    await createRemovalService({ databases, storage, now: () => time }).removeDue();

    expect([await keys(`inputs/${person.id}/`), await recordsOf(person)]).toEqual([[], []]);
  });

  it('gives a photo that submissions may start from, more than once, and that is then kept', async () => {
    await seed.sql(`update profiles set price_id = 'price_starter_monthly', has_access = true where id = $1`, [person.id]);
    const uploadId = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    const submit = () => mutate(app, 'submitGeneration', { mode: 'REDESIGN', input1: uploadId }, { as: person });
    expect(await submit()).toMatchObject({ __typename: 'UploadMissingError' });
    await complete(app, person, uploadId);

    expect(await submit()).toMatchObject({ __typename: 'SubmitGenerationPayload' });
    await seed.sql(`update generation_jobs set status = 'canceled', completed_at = now() where owner_id = $1`, [person.id]);
    expect(await submit()).toMatchObject({ __typename: 'SubmitGenerationPayload' });

    expect(await recordsOf(person)).toMatchObject([{ marked_at: null }]);
    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'CompleteUploadPayload' });
  });
});

describe('an upload', () => {
  it('is its owner’s alone', async () => {
    const stranger = await app.signUp();
    const uploadId = await sendPhoto(app, person, await jpeg(), 'image/jpeg');

    expect(await complete(app, stranger, uploadId)).toMatchObject({ __typename: 'NotFoundError' });
    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'CompleteUploadPayload' });
    expect(await complete(app, stranger, uploadId)).toMatchObject({ __typename: 'NotFoundError' });
    expect(await mutate(app, 'submitGeneration', { mode: 'REDESIGN', input1: uploadId }, { as: stranger })).toMatchObject({
      __typename: 'NotFoundError',
    });
  });

  it('of a suspended account is neither opened nor completed', async () => {
    const uploadId = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    await suspend(seed, person);
    const before = await rowsOf(person);

    expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'AccessSuspendedError' });
    expect(await mutate(app, 'createUpload', { contentType: 'image/gif', byteSize: 0 }, { as: person })).toMatchObject({ __typename: 'AccessSuspendedError' });
    expect([await rowsOf(person), await recordsOf(person)]).toEqual([before, []]);
  });

  it('is made ready by no SQL of the gateway’s role, and begins at no place of its choosing', async () => {
    const { uploadId } = await openUpload(app, person, { contentType: 'image/jpeg', byteSize: 10 });
    const db = app.app.databases.gateway({ kind: 'viewer', id: person.id });
    const photo = { path: 'inputs/a/b.jpg', byteSize: 1, width: 1, height: 1, placeholder: 'x' };
    const insert = (state: string, path: string) =>
      db.query(
        `insert into uploads (id, owner_id, path, content_type, byte_size, state, expires_at)
         values ($1::uuid, $2::uuid, $3::text, 'image/jpeg', 1, $4::text, now() + interval '1 hour')`,
        ['0197b000-0000-7000-8000-00000000aaaa', person.id, path, state],
      );

    await expect(uploads.readyUpload(db, person.id, localId(uploadId), photo)).rejects.toMatchObject({ name: 'PrivilegeDenied' });
    await expect(insert('ready', 'incoming/0197b000-0000-7000-8000-00000000aaaa')).rejects.toThrow();
    await expect(insert('pending', `inputs/${person.id}/other.jpg`)).rejects.toThrow();
    expect(await rowsOf(person)).toMatchObject([{ state: 'pending', path: incoming(uploadId) }]);
  });

  it('that was never completed leaves no bytes when its time is long over', async () => {
    const parsed = parseRuntime({});
    if (!parsed.runtime) throw new Error('The defaults are right.');
    const { storage } = app.app;
    const { removeUncompleted } = createUploadSweeping({ storage, runtime: parsed.runtime, now: () => time });
    await app.app.storage.delete(await keys('incoming/'));
    const left = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    time = minutes(70);
    const fresh = await sendPhoto(app, person, await jpeg(), 'image/jpeg');
    expect(await removeUncompleted()).toBe(0);
    time = minutes(71);

    expect(await removeUncompleted()).toBe(1);

    expect(await keys('incoming/')).toEqual([incoming(fresh)]);
    expect(await stored(incoming(left))).toBeNull();
  });

  it('with an id that is none is refused', async () => {
    for (const uploadId of ['nonsense', globalId('Render', person.id), globalId('Upload', 'x')]) {
      expect(await complete(app, person, uploadId)).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['uploadId'] }] });
    }
  });
});
