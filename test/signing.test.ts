import { execFile } from 'node:child_process';
import { createHmac, hkdfSync } from 'node:crypto';
import { promisify } from 'node:util';
import { createUploadForms, createUploadFormVerifier } from '../src/storage/upload-forms.js';
import { createAssetUrls, createSignedUrlVerifier } from '../src/storage/signed-urls.js';
import type { AssetUrlSettings } from '../src/storage/signed-urls.js';
import { deriveSigningKey, signedUrlExpiry, signPath, verifySignedPath } from '../src/storage/signing.js';

const SECRET = 'a secret of this test, 32 bytes or more';
const KEY = 'renders/018f2f4e-0000-7000-8000-000000000001/018f2f4e-0000-7000-8000-000000000002/v1/0.webp';
/** The begin of an hour. */
const HOUR = Date.UTC(2025, 2, 1, 12);

const settings = (over: Partial<AssetUrlSettings> = {}): AssetUrlSettings => ({
  publicUrl: 'http://127.0.0.1:4000',
  signingSecret: SECRET,
  now: () => new Date(HOUR),
  ...over,
});

/** What a request for the URL brings. */
function pathOf(url: string) {
  const { pathname, searchParams } = new URL(url);
  return {
    key: pathname.slice('/assets/'.length),
    expires: searchParams.get('expires'),
    signature: searchParams.get('signature'),
  };
}

describe('signed URLs', () => {
  it('hold key, expiry and an HMAC that anybody with the secret can make from the documented parts', () => {
    const { url } = createAssetUrls(settings()).signed(KEY);

    const hmacKey = Buffer.from(hkdfSync('sha256', SECRET, 'roomfeed', 'asset-url/v1', 32));
    const expires = HOUR / 1000 + 7200;
    const signature = createHmac('sha256', hmacKey).update(`v1\nread\n${KEY}\n${expires}`).digest('base64url');
    expect(url).toBe(`http://127.0.0.1:4000/assets/${KEY}?expires=${expires}&signature=${signature}`);
  });

  it('are the same bytes from the first to the last millisecond of a window, and others in the next', () => {
    let now = HOUR;
    const urls = createAssetUrls(settings({ now: () => new Date(now) }));
    const at = (time: number) => {
      now = time;
      return urls.signed(KEY).url;
    };

    const first = at(HOUR);
    expect(at(HOUR + 1)).toBe(first);
    expect(at(HOUR + 3_599_999)).toBe(first);
    const next = at(HOUR + 3_600_000);
    expect(next).not.toBe(first);
    expect(at(HOUR - 1)).not.toBe(first);
    expect(at(HOUR + 7_199_999)).toBe(next);
  });

  it.each([1, 60, 3600, 7 * 86_400])('live between one and two windows of %i seconds', (windowSeconds) => {
    for (const offset of [0, 1, 499, 500, 999, 12_345, 3_599_999, 86_399_999]) {
      const now = new Date(HOUR + offset);
      const life = signedUrlExpiry(now, windowSeconds) * 1000 - now.getTime();
      expect(life).toBeGreaterThan(windowSeconds * 1000);
      expect(life).toBeLessThanOrEqual(2 * windowSeconds * 1000);
    }
  });

  it('say when they expire', () => {
    const { url, expiresAt } = createAssetUrls(settings()).signed(KEY);

    expect(expiresAt).toEqual(new Date(HOUR + 7_200_000));
    expect(new URL(url).searchParams.get('expires')).toBe(String(expiresAt.getTime() / 1000));
  });

  it('are the same bytes in another process, whatever its time zone and language', async () => {
    const url = createAssetUrls(settings()).signed(KEY).url;

    expect(await signInAnotherProcess(KEY, HOUR)).toBe(new URL(url).search);
  });

  it('keep a path in front and lose a slash at the end of the public URL', () => {
    const urls = createAssetUrls(settings({ publicUrl: 'https://api.roomfeed.test/gateway/' }));

    expect(urls.signed(KEY).url).toMatch(/^https:\/\/api\.roomfeed\.test\/gateway\/assets\/renders\//);
  });

  it('are made a thousand at a time without a pause', () => {
    const urls = createAssetUrls(settings());
    const started = performance.now();
    const made = new Set(Array.from({ length: 1000 }, (_, index) => urls.signed(`renders/o/${index}.webp`).url));

    expect(made.size).toBe(1000);
    // Some 10 ms are usual; this bound only catches a network call or a key derivation for each.
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('refuse keys that no store may hold', () => {
    const urls = createAssetUrls(settings());

    expect(() => urls.signed('../secret')).toThrow('is not a storage key');
    expect(() => urls.signed('renders/a?b')).toThrow('is not a storage key');
  });
});

describe('the memory of signed URLs', () => {
  it('hands out the same object again, and is bounded', () => {
    const urls = createAssetUrls(settings({ signedUrlCacheSize: 10 }));
    const first = urls.signed('renders/0.webp');
    expect(urls.signed('renders/0.webp')).toBe(first);

    for (let index = 1; index <= 50; index += 1) urls.signed(`renders/${index}.webp`);
    expect(urls.cachedCount()).toBe(10);
    const again = urls.signed('renders/0.webp');
    expect(again).not.toBe(first);
    expect(again).toEqual(first);
  });

  it('forgets everything of a finished window', () => {
    let now = HOUR;
    const urls = createAssetUrls(settings({ now: () => new Date(now) }));
    for (let index = 0; index < 100; index += 1) urls.signed(`renders/${index}.webp`);
    expect(urls.cachedCount()).toBe(100);

    now = HOUR + 3_600_000;
    urls.signed(KEY);
    expect(urls.cachedCount()).toBe(1);
  });
});

describe('public URLs', () => {
  it('are plain, and only for keys under community/', () => {
    const urls = createAssetUrls(settings());

    expect(urls.public('community/item/v1.webp')).toBe('http://127.0.0.1:4000/assets/community/item/v1.webp');
    for (const key of [KEY, 'communityx/a.webp', 'community', 'samples/room.webp', 'inputs/community/a.jpg']) {
      expect(() => urls.public(key)).toThrow('only keys under community/');
    }
    expect(() => urls.public('community/../renders/a.webp')).toThrow('is not a storage key');
  });
});

describe('verification', () => {
  const verifyAt = (time: number) => createSignedUrlVerifier({ signingSecret: SECRET, now: () => new Date(time) });
  const genuine = pathOf(createAssetUrls(settings()).signed(KEY).url);

  it('accepts a genuine URL to the last millisecond of its life', () => {
    const expiresAt = new Date(HOUR + 7_200_000);

    expect(verifyAt(HOUR)(genuine)).toEqual({ kind: 'valid', expiresAt });
    expect(verifyAt(HOUR + 7_199_999)(genuine)).toEqual({ kind: 'valid', expiresAt });
    expect(verifyAt(HOUR + 7_200_000)(genuine)).toEqual({ kind: 'expired' });
  });

  const signature = genuine.signature ?? '';
  const flipped = (at: number) =>
    `${signature.slice(0, at)}${signature[at] === 'A' ? 'B' : 'A'}${signature.slice(at + 1)}`;

  it.each<[string, Partial<typeof genuine>]>([
    ['another key', { key: KEY.replace('0.webp', '1.webp') }],
    ['a shorter key', { key: KEY.slice(0, -1) }],
    ['a later expiry', { expires: String(Number(genuine.expires) + 3600) }],
    ['an earlier expiry', { expires: String(Number(genuine.expires) - 1) }],
    ['the same expiry spelt with a zero', { expires: `0${genuine.expires}` }],
    ['the same expiry spelt with a sign', { expires: `+${genuine.expires}` }],
    ['the same expiry spelt with a fraction', { expires: `${genuine.expires}.0` }],
    ['the same expiry spelt with an exponent', { expires: `${Number(genuine.expires) / 100}e2` }],
    ['the same expiry with a space', { expires: ` ${genuine.expires}` }],
    ['an expiry that is no number', { expires: 'never' }],
    ['an expiry of too many digits', { expires: '9'.repeat(400) }],
    ['no expiry', { expires: null }],
    ['an empty expiry', { expires: '' }],
    ['no signature', { signature: null }],
    ['an empty signature', { signature: '' }],
    ['a shorter signature', { signature: signature.slice(0, -1) }],
    ['a longer signature', { signature: `${signature}A` }],
    ['a padded signature', { signature: `${signature}=` }],
    ['another first character', { signature: flipped(0) }],
    ['another middle character', { signature: flipped(20) }],
    ['a signature with characters of several bytes', { signature: 'é'.repeat(43) }],
    ['the other case', { signature: signature.toLowerCase() }],
  ])('refuses %s', (_what, change) => {
    expect(verifyAt(HOUR)({ ...genuine, ...change })).toEqual({ kind: 'invalid' });
  });

  it('refuses the other spellings of the last character, whose spare bits a decoder ignores', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = [...alphabet].filter(
      (last) => verifyAt(HOUR)({ ...genuine, signature: signature.slice(0, -1) + last }).kind === 'valid',
    );

    expect(accepted).toEqual([signature.at(-1)]);
  });

  it('tells a URL without any signature from a wrong one, and does not call a forged one expired', () => {
    const late = verifyAt(HOUR + 100_000_000);

    expect(late({ key: KEY, expires: null, signature: null })).toEqual({ kind: 'missing' });
    expect(late({ ...genuine, signature: flipped(3) })).toEqual({ kind: 'invalid' });
    expect(late(genuine)).toEqual({ kind: 'expired' });
  });

  it('refuses URLs of another secret, and a bare HMAC with the secret itself', () => {
    const foreign = createSignedUrlVerifier({ signingSecret: `${SECRET}!`, now: () => new Date(HOUR) });
    expect(foreign(genuine)).toEqual({ kind: 'invalid' });

    const underived = createHmac('sha256', SECRET).update(`v1\nread\n${KEY}\n${genuine.expires}`).digest('base64url');
    expect(verifyAt(HOUR)({ ...genuine, signature: underived })).toEqual({ kind: 'invalid' });
  });

  it('goes on accepting a previous secret, and signs with the new one', () => {
    const now = () => new Date(HOUR);
    const rotated = createSignedUrlVerifier({
      signingSecret: 'the new secret of this test',
      previousSigningSecrets: [SECRET, 'an even older secret'],
      now,
    });
    expect(rotated(genuine).kind).toBe('valid');

    const renewed = createAssetUrls(settings({ signingSecret: 'the new secret of this test' })).signed(KEY);
    expect(rotated(pathOf(renewed.url)).kind).toBe('valid');
    expect(verifyAt(HOUR)(pathOf(renewed.url)).kind).toBe('invalid');
  });

  it('is a pure function of its arguments', () => {
    const key = deriveSigningKey(SECRET);
    const expires = HOUR / 1000;
    const path = { key: KEY, expires: String(expires), signature: signPath(key, KEY, expires) };

    expect(verifySignedPath([key], path, new Date(HOUR - 1)).kind).toBe('valid');
    expect(verifySignedPath([key], path, new Date(HOUR)).kind).toBe('expired');
    expect(verifySignedPath([], path, new Date(HOUR - 1)).kind).toBe('invalid');
  });
});

describe('settings that cannot work', () => {
  it('are refused at the start', () => {
    expect(() => createAssetUrls(settings({ signingSecret: '' }))).toThrow('ASSET_SIGNING_SECRET');
    expect(() => createAssetUrls(settings({ windowSeconds: 0 }))).toThrow('window');
    expect(() => createAssetUrls(settings({ windowSeconds: 1.5 }))).toThrow('window');
    for (const publicUrl of ['', 'roomfeed.test', 'ftp://roomfeed.test', 'https://roomfeed.test/?a=b']) {
      expect(() => createAssetUrls(settings({ publicUrl }))).toThrow('public URL');
    }
  });
});

/** Signs in a Node process of its own, from the same source, and returns the query of the URL. */
async function signInAnotherProcess(key: string, time: number): Promise<string> {
  const program = `
    import { readFileSync } from 'node:fs';
    import { createRequire } from 'node:module';
    const ts = createRequire(process.cwd() + '/')('typescript');
    const source = readFileSync('src/storage/signing.ts', 'utf8');
    const { outputText } = ts.transpileModule(source, { compilerOptions: { module: 'ESNext', target: 'ES2022' } });
    const signing = await import('data:text/javascript,' + encodeURIComponent(outputText));
    const { secret, key, time } = JSON.parse(process.env.SIGN);
    const expires = signing.signedUrlExpiry(new Date(time), 3600);
    const signature = signing.signPath(signing.deriveSigningKey(secret), key, expires);
    process.stdout.write('?expires=' + expires + '&signature=' + signature);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: { SIGN: JSON.stringify({ secret: SECRET, key, time }), TZ: 'Australia/Eucla', LC_ALL: 'ar_EG.UTF-8' },
  });
  return stdout;
}

describe('upload forms', () => {
  const upload = 'incoming/018f2f4e-0000-7000-8000-000000000003';
  const terms = { contentType: 'image/png', byteSize: 1_000, expiresAt: new Date(HOUR + 3_600_000) };
  const formBy = (signingSecret: string) => createUploadForms({ ...settings(), signingSecret }).form(upload, terms);
  const judge = (fields: Readonly<Record<string, string>>, { at = HOUR, secret = SECRET, previous = [] as string[] } = {}) =>
    createUploadFormVerifier({ signingSecret: secret, previousSigningSecrets: previous, now: () => new Date(at) })(
      new Map(Object.entries(fields)),
    );

  it('hold key, type, length, end and an HMAC that anybody with the secret can make from the documented parts', () => {
    const { url, fields } = formBy(SECRET);

    const hmacKey = Buffer.from(hkdfSync('sha256', SECRET, 'roomfeed', 'asset-upload/v1', 32));
    const expires = HOUR / 1000 + 3600;
    const signature = createHmac('sha256', hmacKey)
      .update(`v1\nupload\n${upload}\nimage/png\n1000\n${expires}`)
      .digest('base64url');
    expect(url).toBe('http://127.0.0.1:4000/uploads');
    expect(fields).toEqual({ key: upload, 'Content-Type': 'image/png', byteSize: '1000', expires: String(expires), signature });
  });

  it('are valid for what they say, to the millisecond of their end', () => {
    const { fields } = formBy(SECRET);

    expect(judge(fields, { at: HOUR + 3_599_999 })).toEqual({ kind: 'valid', key: upload, contentType: 'image/png', byteSize: 1_000 });
    expect(judge(fields, { at: HOUR + 3_600_000 })).toEqual({ kind: 'expired' });
  });

  it('are valid under a secret that was used before, and under no other', () => {
    const { fields } = formBy('an old secret of this test, 32 bytes or more');

    expect(judge(fields, { previous: ['an old secret of this test, 32 bytes or more'] })).toMatchObject({ kind: 'valid' });
    expect(judge(fields)).toEqual({ kind: 'invalid' });
  });

  it('never pass for URLs to read, nor these for them', () => {
    const { fields } = formBy(SECRET);
    const readKeys = [deriveSigningKey(SECRET)];
    const read = { key: upload, expires: fields['expires']!, signature: fields['signature']! };

    expect(verifySignedPath(readKeys, read, new Date(HOUR))).toEqual({ kind: 'invalid' });
    const signature = signPath(readKeys[0]!, upload, Number(fields['expires']));
    expect(judge({ ...fields, signature })).toEqual({ kind: 'invalid' });
  });

  it.each(['key', 'Content-Type', 'byteSize', 'expires', 'signature'])('are invalid with another "%s", or none', (field) => {
    const { fields } = formBy(SECRET);
    const { [field]: value = '', ...others } = fields;

    expect(judge({ ...fields, [field]: `${value}0` })).toEqual({ kind: 'invalid' });
    expect(judge(others)).toEqual({ kind: field === 'signature' ? 'missing' : 'invalid' });
  });

  it.each([
    ['byteSize', '01000'],
    ['byteSize', '1e3'],
    ['byteSize', '+1000'],
    ['expires', ' 1740834000'],
  ])('are invalid with %s in another spelling: %s', (field, value) => {
    expect(judge({ ...formBy(SECRET).fields, [field]: value })).toEqual({ kind: 'invalid' });
  });

  it('are made for no key and no type that a store refuses', () => {
    const forms = createUploadForms(settings());

    expect(() => forms.form('../a', terms)).toThrow('is not a storage key');
    expect(() => forms.form(upload, { ...terms, contentType: 'image/png\r\nx: y' })).toThrow('is not a content type');
  });
});
