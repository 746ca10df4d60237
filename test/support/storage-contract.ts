import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { InvalidContentType, InvalidStorageKey, StorageSizeMismatch, StoredObjectMissing } from '../../src/storage/errors.js';
import type { Storage, UploadForm } from '../../src/storage/storage.js';

/** A store under test, as processes and clients have it. */
export interface StoreUnderTest {
  /** What one process has. Its clock may be off; the store's own, which judges what clients bring, is right. */
  open(options?: { readonly now?: () => Date }): Storage;
  stop(): Promise<void>;
}

const WEBP = { contentType: 'image/webp' };
const HOUR = 3_600_000;
const FORM_TYPE = 'image/jpeg';

/** What every driver does alike. `start` begins with an empty store. */
export function describeStore(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let store: StoreUnderTest;
    let storage: Storage;

    beforeAll(async () => {
      store = await start();
      storage = store.open();
    }, 120_000);
    afterAll(() => store.stop());
    afterEach(async () => storage.delete(await keys()));

    async function keys(prefix = ''): Promise<string[]> {
      const listed: string[] = [];
      for await (const { key } of storage.list(prefix)) listed.push(key);
      return listed;
    }

    async function read(key: string, range?: { start: number; end: number }): Promise<string | null> {
      const found = await storage.get(key, range);
      return found && String(await buffer(found.body));
    }

    describe('put and get', () => {
      it.each([
        ['a buffer', () => Buffer.from('a room'), 6],
        ['a buffer of a length that nobody announced', () => Buffer.from('a room'), undefined],
        ['a stream', () => Readable.from([Buffer.from('a '), Buffer.from('room')]), 6],
        ['a stream of a length that nobody announced', () => Readable.from([Buffer.from('a '), Buffer.from('room')]), undefined],
        ['a stream of text', () => Readable.from(['a ', 'room']), 6],
      ])('stores %s with its type, size, tag and time', async (_what, body, byteSize) => {
        const before = Date.now();

        const stored = await storage.put('renders/o/r/v1/0.webp', body(), { ...WEBP, ...(byteSize ? { byteSize } : {}) });

        expect(stored).toEqual({
          key: 'renders/o/r/v1/0.webp',
          byteSize: 6,
          contentType: 'image/webp',
          etag: expect.stringMatching(/^[\w-]{16,}$/),
          lastModified: expect.any(Date),
        });
        expect(Math.abs(stored.lastModified.getTime() - before)).toBeLessThan(60_000);
        expect(await storage.stat('renders/o/r/v1/0.webp')).toEqual(stored);
        const found = await store.open().get('renders/o/r/v1/0.webp');
        expect(found?.object).toEqual(stored);
        expect(String(await buffer(found?.body ?? Readable.from([])))).toBe('a room');
      });

      it('keeps megabytes as they are', async () => {
        const bytes = Buffer.alloc(3_000_000, 'a picture that is long enough for many packets, ');

        await storage.put('large', Readable.from([bytes.subarray(0, 1_500_000), bytes.subarray(1_500_000)]), { ...WEBP, byteSize: bytes.length });
        const found = await storage.get('large');

        expect(found?.object.byteSize).toBe(bytes.length);
        expect((await buffer(found?.body ?? Readable.from([]))).equals(bytes)).toBe(true);
      });

      it('answers null for what is not there, also for what lies above or below an object', async () => {
        await storage.put('renders/a', Buffer.from('x'), WEBP);

        for (const key of ['nothing', 'renders', 'renders/b', 'renders/a/b']) {
          expect(await storage.stat(key)).toBeNull();
          expect(await storage.get(key)).toBeNull();
          expect(await storage.get(key, { start: 0, end: 3 })).toBeNull();
        }
      });

      it('keeps an empty object', async () => {
        await storage.put('empty', Buffer.alloc(0), { ...WEBP, byteSize: 0 });

        expect(await storage.stat('empty')).toMatchObject({ byteSize: 0, contentType: 'image/webp' });
        expect(await read('empty')).toBe('');
        expect(await read('empty', { start: 0, end: 10 })).toBe('');
      });

      it('reads ranges, both ends included, with the description of the whole', async () => {
        const stored = await storage.put('digits', Buffer.from('0123456789'), WEBP);
        const range = (first: number, last: number) => read('digits', { start: first, end: last });

        expect(await range(0, 0)).toBe('0');
        expect(await range(2, 4)).toBe('234');
        expect(await range(9, 9)).toBe('9');
        expect(await range(0, 9)).toBe('0123456789');
        expect(await range(5, 1_000_000)).toBe('56789');
        expect(await range(10, 1_000_000)).toBe('');
        const part = await storage.get('digits', { start: 3, end: 5 });
        part?.body.destroy();
        expect(part?.object).toEqual(stored);
        for (const [first, last] of [[-1, 2], [3, 2], [0.5, 2], [Number.NaN, 2]] as const) {
          await expect(storage.get('digits', { start: first, end: last })).rejects.toThrow(RangeError);
        }
      });

      it('puts a new content in the place of an old one, while a reader goes on reading the old', async () => {
        const old = Buffer.alloc(400_000, 'old');
        await storage.put('picture', old, WEBP);
        const reading = await storage.get('picture');

        await storage.put('picture', Buffer.from('new'), { contentType: 'image/png' });

        expect(await storage.stat('picture')).toMatchObject({ byteSize: 3, contentType: 'image/png' });
        expect(await read('picture')).toBe('new');
        expect((await buffer(reading?.body ?? Readable.from([]))).equals(old)).toBe(true);
      });

      it('shows an object only once its body has ended', async () => {
        const body = new PassThrough();
        const putting = storage.put('picture', body, WEBP);
        body.write(Buffer.alloc(10));
        expect(await storage.stat('picture')).toBeNull();
        expect(await keys()).toEqual([]);

        body.end();

        expect((await putting).byteSize).toBe(10);
        expect(await keys()).toEqual(['picture']);
      });

      it('lets a reader go away in the middle', async () => {
        await storage.put('picture', Buffer.alloc(2_000_000), WEBP);

        for (let count = 0; count < 20; count += 1) {
          const found = await storage.get('picture');
          found?.body.destroy();
        }

        expect(await read('picture', { start: 1_999_999, end: 1_999_999 })).toBe('\0');
      });
    });

    describe('a write that fails', () => {
      it('refuses a content type that is none, and stores nothing', async () => {
        for (const contentType of ['', 'webp', 'image/webp\r\nx: y', 'image/webp; charset=x', `image/${'x'.repeat(100)}`]) {
          await expect(storage.put('picture', Buffer.from('x'), { contentType })).rejects.toThrow(InvalidContentType);
        }
        expect(await keys()).toEqual([]);
      });

      it.each([
        ['longer', 4],
        ['shorter', 1000],
      ])('stores nothing of a body that is %s than announced, and leaves what was there', async (_what, byteSize) => {
        await storage.put('picture', Buffer.from('old'), WEBP);
        const body = () => Readable.from([Buffer.from('01'), Buffer.from('23456789')]);

        await expect(storage.put('picture', body(), { ...WEBP, byteSize })).rejects.toThrow(StorageSizeMismatch);
        await expect(storage.put('other', body(), { ...WEBP, byteSize })).rejects.toThrow(StorageSizeMismatch);
        await expect(storage.put('other', Buffer.from('0123456789'), { ...WEBP, byteSize })).rejects.toThrow(StorageSizeMismatch);

        expect(await keys()).toEqual(['picture']);
        expect(await read('picture')).toBe('old');
      });

      it('stops reading a body as soon as it is too long', async () => {
        const endless = new Readable({
          read() {
            this.push(Buffer.alloc(1024));
          },
        });

        await expect(storage.put('picture', endless, { ...WEBP, byteSize: 5000 })).rejects.toThrow(StorageSizeMismatch);
        expect(endless.destroyed).toBe(true);
      });

      it('leaves nothing of a body that breaks in the middle, and the old object as it was', async () => {
        await storage.put('picture', Buffer.from('old'), WEBP);
        async function* breaking() {
          yield Buffer.alloc(100_000);
          await storage.stat('picture');
          throw new Error('the client went away');
        }

        await expect(storage.put('picture', Readable.from(breaking()), WEBP)).rejects.toThrow('the client went away');

        expect(await read('picture')).toBe('old');
        expect(await keys()).toEqual(['picture']);
      });

      it('survives a body that is broken before it is read', async () => {
        const broken = new PassThrough();
        const putting = storage.put('picture', broken, WEBP);
        broken.destroy(new Error('broken at once'));

        await expect(putting).rejects.toThrow('broken at once');
        expect(await keys()).toEqual([]);
      });

      it('lets go of the body where the key is refused', async () => {
        const body = new PassThrough();

        await expect(storage.put('../picture', body, WEBP)).rejects.toThrow(InvalidStorageKey);
        expect(body.destroyed).toBe(true);
      });
    });

    it('keeps one whole object of several that are written to one key at the same time', async () => {
      const bodies = Array.from({ length: 12 }, (_, index) => Buffer.alloc(50_000 + index, index));
      const writers = [storage, store.open(), store.open()];

      await Promise.all(
        bodies.map(async (body, index) =>
          writers[index % 3]?.put('a/b/picture', Readable.from([body]), { contentType: `image/x-${index}` }),
        ),
      );

      const found = await storage.get('a/b/picture');
      const body = await buffer(found?.body ?? Readable.from([]));
      const winner = body[0] ?? -1;
      expect(body.equals(bodies[winner] ?? Buffer.alloc(0))).toBe(true);
      expect(found?.object).toMatchObject({ byteSize: 50_000 + winner, contentType: `image/x-${winner}` });
      expect(await keys()).toEqual(['a/b/picture']);
    });

    describe('copy', () => {
      it('gives the content a second key that lives on without the first', async () => {
        const { etag } = await storage.put('renders/o/r/v1/0.webp', Buffer.from('a room'), WEBP);

        const copied = await storage.copy('renders/o/r/v1/0.webp', 'community/i/v1.webp');
        await storage.delete(['renders/o/r/v1/0.webp']);

        expect(copied).toMatchObject({ key: 'community/i/v1.webp', byteSize: 6, contentType: 'image/webp', etag });
        expect(await storage.stat('community/i/v1.webp')).toEqual(copied);
        expect(await read('community/i/v1.webp')).toBe('a room');
        expect(await keys()).toEqual(['community/i/v1.webp']);
      });

      it('does not change with a new content of the first key, and may be repeated', async () => {
        await storage.put('one', Buffer.from('old'), WEBP);
        await storage.copy('one', 'two');
        await storage.copy('one', 'two');
        await storage.copy('one', 'one');

        await storage.put('one', Buffer.from('new'), WEBP);

        expect(await read('two')).toBe('old');
        expect(await keys()).toEqual(['one', 'two']);
      });

      it('of a missing object fails and leaves nothing', async () => {
        await expect(storage.copy('nothing', 'two')).rejects.toThrow(StoredObjectMissing);
        expect(await keys()).toEqual([]);
      });
    });

    describe('delete', () => {
      it('removes what exists and ignores what does not', async () => {
        for (const key of ['renders/o/r1/v1/0.webp', 'renders/o/r1/v1/1.webp', 'renders/o/r2/v1/0.webp', 'community/i/v1.webp']) {
          await storage.put(key, Buffer.from('x'), WEBP);
        }

        await storage.delete(['renders/o/r1/v1/0.webp', 'renders/o/r1/v1/1.webp', 'renders/o/r9/v1/0.webp', 'renders/o', 'community/i/v1.webp', 'community/j/v1.webp']);
        await storage.delete([]);

        expect(await keys()).toEqual(['renders/o/r2/v1/0.webp']);
      });

      it('removes nothing where one of the keys is refused', async () => {
        await storage.put('picture', Buffer.from('x'), WEBP);

        await expect(storage.delete(['picture', '../picture'])).rejects.toThrow(InvalidStorageKey);
        expect(await keys()).toEqual(['picture']);
      });
    });

    describe('list', () => {
      it('goes through whole keys in their order, public ones among them', async () => {
        const all = ['a', 'a-b', 'ab', 'b/c', 'b/c-d', 'b/ca/d', 'b/cb', 'b.c', 'community/i/v1.webp', 'community/j/v1.webp', 'community-not', 'd/e/f/g', 'B'];
        for (const key of [...all].reverse()) await storage.put(key, Buffer.from(key), WEBP);

        expect(await keys()).toEqual([...all].sort());
      });

      it('takes folders and beginnings of names as a prefix', async () => {
        for (const key of ['renders/o/r1/0', 'renders/o/r10/0', 'renders/o/r2/0', 'renders/p/r1/0', 'rend', 'community/i/0', 'comma']) {
          await storage.put(key, Buffer.from(key), WEBP);
        }

        expect(await keys('renders/o/')).toEqual(['renders/o/r1/0', 'renders/o/r10/0', 'renders/o/r2/0']);
        expect(await keys('renders/o/r1')).toEqual(['renders/o/r1/0', 'renders/o/r10/0']);
        expect(await keys('renders/o/r1/')).toEqual(['renders/o/r1/0']);
        expect(await keys('rend')).toHaveLength(5);
        expect(await keys('comm')).toEqual(['comma', 'community/i/0']);
        expect(await keys('community/')).toEqual(['community/i/0']);
        expect(await keys('community/j')).toEqual([]);
        expect(await keys('nothing/here')).toEqual([]);
        for (const prefix of ['/', '../', 'renders/../', 'renders//', 'é']) {
          expect(() => storage.list(prefix)).toThrow(InvalidStorageKey);
        }
      });

      it('tells what stat tells, but for the type', async () => {
        const stored = await storage.put('renders/o/0.webp', Buffer.from('a room'), WEBP);

        for await (const listed of storage.list('renders/')) expect(stored).toMatchObject({ ...listed });
        expect(await keys('renders/')).toEqual(['renders/o/0.webp']);
      });

      it('goes past a thousand keys, as deletion does', async () => {
        const many = Array.from({ length: 1_203 }, (_, index) => `incoming/${String(index).padStart(5, '0')}`);
        const queue = [...many, 'incoming-other', 'community/i/v1.webp'];
        const work = async () => {
          for (let key = queue.shift(); key !== undefined; key = queue.shift()) await storage.put(key, Buffer.from('x'), WEBP);
        };
        await Promise.all(Array.from({ length: 24 }, work));

        expect(await keys('incoming/')).toEqual(many);
        await storage.delete(many);

        expect(await keys()).toEqual(['community/i/v1.webp', 'incoming-other']);
      });

      it('may be left in the middle', async () => {
        for (const key of ['a', 'b', 'c']) await storage.put(key, Buffer.from(key), WEBP);

        const seen: string[] = [];
        for await (const { key } of storage.list('')) {
          seen.push(key);
          break;
        }

        expect(seen).toEqual(['a']);
      });
    });

    describe('keys', () => {
      it.each([
        'renders/018f2f4e-0000-7000-8000-000000000001/r/v1/0_thumb.webp',
        'a..b/c.',
        '-/_',
        'x'.repeat(200),
        `${'x'.repeat(200)}/${'y'.repeat(200)}/${'z'.repeat(110)}`,
      ])('may be %s', async (key) => {
        await storage.put(key, Buffer.from(key), WEBP);

        expect(await read(key)).toBe(key);
        expect(await keys()).toEqual([key]);
        expect((await fetch(storage.signedUrl(key).url)).status).toBe(200);
      });

      it.each([
        '', '/', '/a', 'a/', 'a//b', '.', '..', './a', '../a', 'a/../b', 'a/..', '.hidden', '..\\a', 'C:\\a', 'a:b', 'a\0b',
        'a\nb', 'a b', 'a+b', 'a%2fb', '%2e%2e', 'a?b', 'a#b', 'é', '部屋/一', '／a', '․․/a', 'a\u202eb', '🛋', 'x'.repeat(201),
        'x/'.repeat(256) + 'x', '.roomfeed-check',
      ])('may not be %j', async (key) => {
        await expect(storage.put(key, Buffer.from('x'), WEBP)).rejects.toThrow(InvalidStorageKey);
        await expect(storage.get(key)).rejects.toThrow(InvalidStorageKey);
        await expect(storage.stat(key)).rejects.toThrow(InvalidStorageKey);
        await expect(storage.delete([key])).rejects.toThrow(InvalidStorageKey);
        await expect(storage.copy(key, 'a')).rejects.toThrow(InvalidStorageKey);
        await expect(storage.copy('a', key)).rejects.toThrow(InvalidStorageKey);
        await expect(storage.uploadForm(key, { contentType: FORM_TYPE, byteSize: 1, expiresAt: new Date() })).rejects.toThrow(InvalidStorageKey);
        expect(() => storage.signedUrl(key)).toThrow(InvalidStorageKey);
        expect(() => storage.publicUrl(key)).toThrow(InvalidStorageKey);
        expect(await keys()).toEqual([]);
      });
    });

    describe('a signed URL', () => {
      const key = 'renders/o/r/v1/0.webp';
      beforeEach(() => storage.put(key, Buffer.from('a room'), WEBP));

      it('opens the object, whole and in part, for whoever holds it', async () => {
        const { url } = storage.signedUrl(key);

        const whole = await fetch(url);
        const part = await fetch(url, { headers: { range: 'bytes=2-5' } });

        expect([whole.status, whole.headers.get('content-type'), await whole.text()]).toEqual([200, 'image/webp', 'a room']);
        expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-5/6', 'room']);
        expect(whole.headers.get('cache-control')).toMatch(/^private, max-age=\d+, immutable$/);
      });

      it('is the same in every process throughout a window, and another in the next', () => {
        const window = new Date('2026-05-20T10:00:00.000Z').getTime();
        const at = (time: number) => store.open({ now: () => new Date(time) }).signedUrl(key);

        const first = at(window);

        expect(at(window + HOUR - 1)).toEqual(first);
        expect(first.expiresAt).toEqual(new Date(window + 2 * HOUR));
        expect(at(window + HOUR).url).not.toBe(first.url);
        expect(at(window - 1).url).not.toBe(first.url);
      });

      it('opens nothing when its time is over', async () => {
        const threeHoursAgo = store.open({ now: () => new Date(Date.now() - 3 * HOUR) });
        const lastWindow = store.open({ now: () => new Date(Date.now() - HOUR) });

        expect((await fetch(threeHoursAgo.signedUrl(key).url)).status).toBe(403);
        expect((await fetch(lastWindow.signedUrl(key).url)).status).toBe(200);
      });

      it('opens nothing with any of its parameters changed or missing', async () => {
        const url = new URL(storage.signedUrl(key).url);
        const names = [...url.searchParams.keys()];

        for (const name of names) {
          const changed = new URL(url);
          changed.searchParams.set(name, changeOf(url.searchParams.get(name) ?? ''));
          const missing = new URL(url);
          missing.searchParams.delete(name);
          for (const other of [changed, missing]) {
            const { status } = await fetch(other);
            expect([other.search, outcome(status)]).toEqual([other.search, 'refused']);
          }
        }
        expect(names.length).toBeGreaterThanOrEqual(2);
        expect((await fetch(url)).status).toBe(200);
      });

      it('opens no other object, and none at all without a signature', async () => {
        await storage.put('renders/o/r/v1/1.webp', Buffer.from('another room'), WEBP);
        const url = new URL(storage.signedUrl(key).url);
        const other = new URL(url);
        other.pathname = other.pathname.replace('0.webp', '1.webp');
        const plain = new URL(url);
        plain.search = '';

        expect((await fetch(other)).status).toBe(403);
        expect((await fetch(plain)).status).toBe(403);
      });

      it('is for reading alone', async () => {
        const { url } = storage.signedUrl(key);

        for (const method of ['PUT', 'POST', 'DELETE']) {
          const response = await fetch(url, { method, ...(method === 'DELETE' ? {} : { body: 'x' }) });
          expect([method, outcome(response.status)]).toEqual([method, 'refused']);
        }
        expect(await read(key)).toBe('a room');
      });
    });

    describe('a public object', () => {
      it('is at a plain URL that may be cached for good', async () => {
        await storage.put('renders/o/0.webp', Buffer.from('a look'), WEBP);
        await storage.copy('renders/o/0.webp', 'community/i/v1.webp');
        const url = storage.publicUrl('community/i/v1.webp');

        const response = await fetch(url);

        expect(new URL(url).search).toBe('');
        expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([200, 'image/webp', 'a look']);
        expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        expect(store.open({ now: () => new Date(0) }).publicUrl('community/i/v1.webp')).toBe(url);
      });

      it('has one under community/ alone, and nobody reads a list of them', async () => {
        await storage.put('community/i/v1.webp', Buffer.from('a look'), WEBP);
        const url = storage.publicUrl('community/i/v1.webp');
        const folder = url.slice(0, -'community/i/v1.webp'.length);

        for (const listing of [folder, folder.slice(0, -1), `${folder}?list-type=2`, `${folder}community/`]) {
          const { status } = await fetch(listing);
          expect([listing, outcome(status)]).toEqual([listing, 'refused']);
        }
        expect(outcome((await fetch(url.replace('v1', 'v2'))).status)).toBe('refused');
        expect(() => storage.publicUrl('renders/o/0.webp')).toThrow(InvalidStorageKey);
        expect(outcome((await fetch(url, { method: 'PUT', body: 'x' })).status)).toBe('refused');
        expect(outcome((await fetch(url, { method: 'DELETE' })).status)).toBe('refused');
        expect(await read('community/i/v1.webp')).toBe('a look');
      });
    });

    describe('an upload form', () => {
      const key = 'incoming/0197b000-0000-7000-8000-000000000001';
      const inAnHour = () => new Date(Date.now() + HOUR);
      const formFor = (byteSize: number, expiresAt = inAnHour()) => storage.uploadForm(key, { contentType: FORM_TYPE, byteSize, expiresAt });

      it('stores one object under its key, more than once, and the last one stays', async () => {
        const form = await formFor(6);

        expect(await send(form, 'a room')).toBe(204);
        expect(await send(form, 'a door')).toBe(204);

        expect(await storage.stat(key)).toMatchObject({ key, byteSize: 6, contentType: FORM_TYPE });
        expect(await read(key)).toBe('a door');
        expect(await keys()).toEqual([key]);
        // Whoever may send it there may not read it.
        const place = new URL(storage.signedUrl(key).url);
        place.search = '';
        expect((await fetch(place)).status).toBe(403);
      });

      it.each([
        ['a byte too many', 'a rooms'],
        ['a byte too few', 'a roo'],
        ['none', ''],
      ])('refuses a file of %s', async (_what, content) => {
        expect(outcome(await send(await formFor(6), content))).toBe('refused');
        expect(await keys()).toEqual([]);
      });

      it('refuses a form with any of its fields changed or missing', async () => {
        const form = await formFor(6);

        for (const [name, value] of Object.entries(form.fields)) {
          const { [name]: _gone, ...without } = form.fields;
          const changed = { ...form, fields: { ...form.fields, [name]: changeOf(value) } };
          expect([name, outcome(await send(changed, 'a room'))]).toEqual([name, 'refused']);
          expect([name, outcome(await send({ ...form, fields: without }, 'a room'))]).toEqual([name, 'refused']);
        }
        expect(await keys()).toEqual([]);
        expect(await send(form, 'a room')).toBe(204);
      });

      it('refuses another key, also one that everybody could read, and another type', async () => {
        const form = await formFor(6);

        for (const other of ['incoming/other', 'inputs/o/1.jpg', 'community/i/v1.webp', '../x', `${key}/x`]) {
          expect(outcome(await send({ ...form, fields: { ...form.fields, key: other } }, 'a room'))).toBe('refused');
        }
        for (const type of ['image/svg+xml', 'text/html', 'image/JPEG']) {
          expect(outcome(await send({ ...form, fields: { ...form.fields, 'Content-Type': type } }, 'a room'))).toBe('refused');
        }
        expect(await keys()).toEqual([]);
      });

      it('refuses a form whose time is over', async () => {
        expect(await send(await formFor(6, new Date(Date.now() - 1_000)), 'a room')).toBe(403);
        expect(await keys()).toEqual([]);
      });

      it('is made for no content type that is none', async () => {
        const terms = { contentType: 'image/webp\r\nx: y', byteSize: 1, expiresAt: inAnHour() };
        await expect(storage.uploadForm(key, terms)).rejects.toThrow(InvalidContentType);
      });
    });

    it('passes the check, which shows in no listing', async () => {
      await storage.check();

      expect(await keys()).toEqual([]);
    });
  });
}

/** Sends a form as a browser does; the status of the answer. */
export async function send({ url, fields }: UploadForm, content: string): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content], { type: FORM_TYPE }), 'room.jpg');
  const response = await fetch(url, { method: 'POST', body: form });
  await response.text();
  return response.status;
}

/** Which refusal it is differs by the store; an error of its own is none. */
function outcome(status: number): string {
  return status >= 400 && status < 500 ? 'refused' : `answered with ${status}`;
}

/** Another value that looks like this one: one letter or digit in its middle is another. */
function changeOf(value: string): string {
  const at = value.search(/\w(?=\W*.{0,8}$)/);
  const old = value[at] ?? '';
  return `${value.slice(0, at)}${old === 'a' ? 'b' : old === '1' ? '2' : /\d/.test(old) ? '1' : 'a'}${value.slice(at + 1)}`;
}
