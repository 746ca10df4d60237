import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, UnsecuredJWT } from 'jose';
import { Secret } from '../src/config/secret.js';
import { createAuthenticator, type Authenticator, type AuthenticatorSettings } from '../src/server/authentication.js';
import { MAX_TOKEN_LENGTH } from '../src/server/authentication/bearer.js';
import { signDevelopmentToken } from '../src/server/authentication/development-token.js';
import { AuthenticationError, AuthenticationUnavailable } from '../src/server/authentication/errors.js';

const SECRET = 'a-secret-of-more-than-thirty-two-bytes-for-tests';
const ID = '0197a000-0000-7000-8000-00000000abcd';
const NOW = new Date('2026-03-01T12:00:00Z');
const nowSeconds = NOW.getTime() / 1_000;
const HOUR = 3_600;

const withSecret = (settings: Partial<AuthenticatorSettings> = {}): Authenticator =>
  createAuthenticator({
    key: { kind: 'secret', secret: new Secret(SECRET) },
    issuer: null,
    audience: null,
    now: () => NOW,
    ...settings,
  });

const sign = (
  claims: Record<string, unknown>,
  header: { alg?: string; kid?: string } = {},
  key: KeyObject | Uint8Array = Buffer.from(SECRET),
): Promise<string> => new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header }).sign(key);

const good = { sub: ID, exp: nowSeconds + HOUR };

/** Signs any header and any payload, also those that no library would. */
function signRaw(header: unknown, payload: string): string {
  const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
}

/** Whether it fails at once or later. */
async function failureOf(authenticate: Authenticator, header: string): Promise<unknown> {
  try {
    await authenticate(header);
  } catch (error) {
    return error;
  }
  return new Error('The token was accepted.');
}

async function refusalOf(authenticate: Authenticator, header: string): Promise<AuthenticationError> {
  const error = await failureOf(authenticate, header);
  if (!(error instanceof AuthenticationError)) throw error;
  expect(error).toMatchObject({ code: 'UNAUTHENTICATED', isPublic: true });
  return error;
}

const bearer = async (token: string | Promise<string>): Promise<string> => `Bearer ${await token}`;

describe('a token signed with the secret', () => {
  test('says who the caller is', async () => {
    const header = await bearer(sign({ ...good, sub: ID.toUpperCase(), email: 'Ada@Example.com', name: ' Ada ' }));

    expect(await withSecret()(header)).toEqual({
      profileId: ID,
      subject: ID.toUpperCase(),
      email: 'ada@example.com',
      name: 'Ada',
      expiresAtSeconds: good.exp,
    });
  });

  test('is not needed: without a header the caller is anonymous', async () => {
    expect(await withSecret()(undefined)).toBeNull();
  });

  test('is taken whatever the case of its scheme', async () => {
    expect(await withSecret()(`bearer  ${await sign(good)}`)).toMatchObject({ profileId: ID });
  });

  test.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Basic dXNlcjpwYXNz',
    'Token abc',
    'Bearer a b',
    'Bearer a, Bearer b',
    'Bearer "a"',
    'Bearer a\u0000',
  ])('is refused in the header %j, which is not one bearer token', async (header) => {
    expect((await refusalOf(withSecret(), header)).message).toContain('must be "Bearer <token>"');
  });

  test.each(['abc', 'a.b', 'a.b.c', 'a.b.c.d', '..', `${Buffer.from('{}').toString('base64url')}..`])(
    'is refused where it is malformed: %s',
    async (token) => {
      expect((await refusalOf(withSecret(), `Bearer ${token}`)).message).toContain('malformed');
    },
  );

  test('is refused where its payload is no object, or it demands an extension that nobody knows', async () => {
    const authenticate = withSecret();

    for (const payload of ['not json', '[]', 'null', '"text"']) {
      expect((await refusalOf(authenticate, `Bearer ${signRaw({ alg: 'HS256' }, payload)}`)).message).toContain(
        'malformed',
      );
    }
    const critical = signRaw({ alg: 'HS256', crit: ['x'], x: 1 }, JSON.stringify(good));
    expect((await refusalOf(authenticate, `Bearer ${critical}`)).message).toContain('malformed');
  });

  test('is refused when it expired, and says when', async () => {
    const header = await bearer(sign({ ...good, exp: nowSeconds - 6 }));

    expect((await refusalOf(withSecret(), header)).message).toBe(
      'The token expired at 2026-03-01T11:59:54.000Z. Sign in again.',
    );
  });

  test('is refused before its time, and says from when it is good', async () => {
    const header = await bearer(sign({ ...good, nbf: nowSeconds + 6 }));

    expect((await refusalOf(withSecret(), header)).message).toBe(
      'The token is not valid yet; it will be from 2026-03-01T12:00:06.000Z.',
    );
  });

  test("is taken where the issuer's clock is a few seconds off", async () => {
    const late = await bearer(sign({ ...good, exp: nowSeconds - 4 }));
    const early = await bearer(sign({ ...good, nbf: nowSeconds + 4 }));

    expect(await withSecret()(late)).toMatchObject({ profileId: ID });
    expect(await withSecret()(early)).toMatchObject({ profileId: ID });
  });

  test.each(['exp', 'sub'] as const)('is refused without "%s"', async (claim) => {
    const header = await bearer(sign(Object.fromEntries(Object.entries(good).filter(([name]) => name !== claim))));

    expect((await refusalOf(withSecret(), header)).message).toBe(
      `The token has no "${claim}" claim, which is required.`,
    );
  });

  test.each([
    [{ exp: 'tomorrow' }, 'The token\'s "exp" claim has the wrong type.'],
    [{ nbf: '0' }, 'The token\'s "nbf" claim has the wrong type.'],
    [{ sub: '' }, 'The token\'s "sub" claim must be 1 to 255 printable characters.'],
    [{ sub: 7 }, 'The token\'s "sub" claim must be 1 to 255 printable characters.'],
    [{ sub: 'x'.repeat(256) }, 'The token\'s "sub" claim must be 1 to 255 printable characters.'],
    [{ sub: 'a\u0000b' }, 'The token\'s "sub" claim must be 1 to 255 printable characters.'],
    [{ sub: '\ud800' }, 'The token\'s "sub" claim must be 1 to 255 printable characters.'],
  ])('is refused with the claim %j', async (claims, message) => {
    const header = `Bearer ${signRaw({ alg: 'HS256' }, JSON.stringify({ ...good, ...claims }))}`;

    expect((await refusalOf(withSecret(), header)).message).toBe(message);
  });

  test('is refused with the signature of another secret, or with a changed payload', async () => {
    const foreign = await sign(good, {}, Buffer.from('another-secret-of-more-than-thirty-two-bytes'));
    const [header, , signature] = (await sign(good)).split('.');
    const changed = `${header}.${Buffer.from(JSON.stringify({ ...good, sub: 'admin' })).toString('base64url')}.${signature}`;

    for (const token of [foreign, changed]) {
      expect((await refusalOf(withSecret(), `Bearer ${token}`)).message).toBe("The token's signature is wrong.");
    }
  });

  test('is refused where its algorithm is none or any but HS256', async () => {
    const unsigned = new UnsecuredJWT(good).encode();
    const hs512 = await sign(good, { alg: 'HS512' }, Buffer.from(SECRET.repeat(2)));
    const rs256 = await sign(good, { alg: 'RS256' }, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

    for (const token of [unsigned, hs512, rs256]) {
      expect((await refusalOf(withSecret(), `Bearer ${token}`)).message).toBe(
        "The token's algorithm is not accepted. It must be HS256.",
      );
    }
  });

  test('must name issuer and audience where those are set, and need not where they are not', async () => {
    const strict = withSecret({ issuer: 'https://id.example.com/', audience: 'roomfeed' });
    const fit = { ...good, iss: 'https://id.example.com/', aud: ['other', 'roomfeed'] };

    expect(await strict(await bearer(sign(fit)))).toMatchObject({ profileId: ID });
    expect(
      (await refusalOf(strict, await bearer(sign({ ...fit, iss: 'https://evil.example.com/' })))).message,
    ).toContain('("iss")');
    expect((await refusalOf(strict, await bearer(sign({ ...fit, aud: 'other' })))).message).toContain('("aud")');
    expect((await refusalOf(strict, await bearer(sign(good)))).message).toContain('claim, which is required');
    expect(await withSecret()(await bearer(sign(fit)))).toMatchObject({ profileId: ID });
  });

  test('longer than 8 KB is refused, whatever it says', async () => {
    const long = await sign({ ...good, padding: 'x'.repeat(MAX_TOKEN_LENGTH) });

    expect((await refusalOf(withSecret(), `Bearer ${long}`)).message).toBe('The token is longer than 8192 characters.');
  });

  test('is never quoted in a refusal', async () => {
    const token = await sign({ ...good, exp: 1 });

    const { message } = await refusalOf(withSecret(), `Bearer ${token}`);

    expect(token.split('.').filter((part) => message.includes(part))).toEqual([]);
  });
});

describe('the profile of a subject', () => {
  const identityFor = async (claims: Record<string, unknown>) =>
    await withSecret()(await bearer(sign({ ...good, ...claims })));

  test('is a UUID that follows from issuer and subject where the subject is none', async () => {
    const identity = await identityFor({ sub: 'auth0|5f7c8ec7', iss: 'https://id.example.com/' });

    // Written down, because a change would part every such person from their profile.
    expect(identity?.profileId).toBe('01804e97-885b-54be-bc46-db1c952117b9');
    expect(identity?.subject).toBe('auth0|5f7c8ec7');
    expect(await identityFor({ sub: 'auth0|5f7c8ec7', iss: 'https://id.example.com/' })).toEqual(identity);
  });

  test('differs between issuers and between subjects', async () => {
    const ids = await Promise.all(
      [{ sub: 'ab', iss: 'c' }, { sub: 'b', iss: 'ca' }, { sub: 'ab' }, { sub: 'AB' }, { sub: 'ab', iss: 'd' }].map(
        identityFor,
      ),
    );

    expect(new Set(ids.map((identity) => identity?.profileId)).size).toBe(5);
  });

  test('does not depend on an e-mail address or a name, and odd ones are left out', async () => {
    for (const email of [
      'no address',
      'a@b@c',
      '',
      7,
      null,
      `${'x'.repeat(250)}@example.com`,
      'a\u0000@example.com',
      'a b@example.com',
    ]) {
      expect(await identityFor({ email })).toMatchObject({ profileId: ID, email: null });
    }
    for (const name of ['', '  ', 7, 'a\nb', '\u0000']) {
      expect(await identityFor({ name })).toMatchObject({ profileId: ID, name: null });
    }
    expect((await identityFor({ name: '🛋'.repeat(101) }))?.name).toBe('🛋'.repeat(100));
  });
});

describe('a token that was verified before', () => {
  test('is good until it expires and not longer', async () => {
    let now = NOW;
    const authenticate = withSecret({ now: () => now, clockToleranceSeconds: 0 });
    const header = await bearer(sign({ ...good, exp: nowSeconds + 60 }));
    expect(await authenticate(header)).toMatchObject({ profileId: ID });

    now = new Date(NOW.getTime() + 59_999);
    expect(await authenticate(header)).toMatchObject({ profileId: ID });
    now = new Date(NOW.getTime() + 60_000);
    expect((await refusalOf(authenticate, header)).message).toContain('expired');
  });

  test('does not vouch for another', async () => {
    const authenticate = withSecret();
    const token = await sign(good);
    await authenticate(`Bearer ${token}`);

    await refusalOf(authenticate, `Bearer ${token.slice(0, -4)}AAAA`);
  });
});

describe('a token signed with a published key', () => {
  let server: Server;
  let url: string;
  let keys: Record<string, unknown>[];
  let requests: number;
  let answer: 'keys' | 'failure' | 'nonsense' | 'nothing';

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  const published = async (key: KeyObject, kid: string, alg: string) => ({
    ...(await exportJWK(key)),
    kid,
    alg,
    use: 'sig',
  });

  beforeEach(async () => {
    keys = [
      await published(rsa.publicKey, 'rsa', 'RS256'),
      await published(ec.publicKey, 'ec', 'ES256'),
      await published(ed.publicKey, 'ed', 'EdDSA'),
    ];
    requests = 0;
    answer = 'keys';
    server = createServer((_request, response) => {
      requests += 1;
      if (answer === 'nothing') return;
      response.statusCode = answer === 'failure' ? 500 : 200;
      response.end(answer === 'nonsense' ? '<html>' : JSON.stringify({ keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const withKeys = (jwks: AuthenticatorSettings['jwks'] = {}, now: () => Date = () => NOW): Authenticator =>
    withSecret({ key: { kind: 'jwks', url }, jwks, now });

  test.each([
    ['RS256', 'rsa', rsa.privateKey],
    ['ES256', 'ec', ec.privateKey],
    ['EdDSA', 'ed', ed.privateKey],
  ])('is taken with %s, and the keys are fetched once', async (alg, kid, key) => {
    const authenticate = withKeys();

    for (const email of ['one@example.com', 'two@example.com']) {
      expect(await authenticate(await bearer(sign({ ...good, email }, { alg, kid }, key)))).toMatchObject({
        profileId: ID,
        email,
      });
    }
    expect(requests).toBe(1);
  });

  test('is refused where the public key was used as a shared secret', async () => {
    const forged = await sign(
      good,
      { alg: 'HS256', kid: 'rsa' },
      Buffer.from(rsa.publicKey.export({ type: 'spki', format: 'pem' })),
    );

    expect((await refusalOf(withKeys(), `Bearer ${forged}`)).message).toBe(
      "The token's algorithm is not accepted. It must be RS256 or ES256 or EdDSA.",
    );
    expect(requests).toBe(0);
  });

  test('is refused with an unknown key, and inventing keys does not make us ask again and again', async () => {
    const authenticate = withKeys();

    for (const kid of ['a', 'b', 'c']) {
      expect(
        (await refusalOf(authenticate, await bearer(sign(good, { alg: 'RS256', kid }, rsa.privateKey)))).message,
      ).toBe('The token is signed with a key that this API does not know.');
    }
    expect(requests).toBe(1);
  });

  test('is taken with a key that was published later', async () => {
    const authenticate = withKeys({ cooldownMilliseconds: 0 });
    const next = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await authenticate(await bearer(sign(good, { alg: 'RS256', kid: 'rsa' }, rsa.privateKey)));

    keys.push(await published(next.publicKey, 'next', 'ES256'));

    expect(await authenticate(await bearer(sign(good, { alg: 'ES256', kid: 'next' }, next.privateKey)))).toMatchObject({
      profileId: ID,
    });
  });

  test('must say which key signed it where several could have', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    keys.push(await published(other.publicKey, 'other', 'RS256'));

    expect((await refusalOf(withKeys(), await bearer(sign(good, { alg: 'RS256' }, rsa.privateKey)))).message).toContain(
      '("kid")',
    );
  });

  test.each(['failure', 'nonsense', 'nothing'] as const)(
    "cannot be checked where the key server answers with %s: that is not the caller's fault",
    async (kind) => {
      answer = kind;
      const authenticate = withKeys({ timeoutMilliseconds: 100 });
      const header = await bearer(sign(good, { alg: 'RS256', kid: 'rsa' }, rsa.privateKey));

      const error = await failureOf(authenticate, header);

      expect(error).toBeInstanceOf(AuthenticationUnavailable);
      expect(error).toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        isPublic: true,
        message: expect.not.stringContaining('127.0.0.1') as unknown,
      });
    },
  );

  test('is checked again when the key server is back, which is not asked for every request meanwhile', async () => {
    answer = 'failure';
    let now = NOW;
    const authenticate = withKeys({}, () => now);
    const header = await bearer(sign(good, { alg: 'RS256', kid: 'rsa' }, rsa.privateKey));
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(authenticate(header)).rejects.toBeInstanceOf(AuthenticationUnavailable);
    expect(requests).toBe(1);

    answer = 'keys';
    now = new Date(NOW.getTime() + 1_000);

    expect(await authenticate(header)).toMatchObject({ profileId: ID });
  });

  test('with a known key is taken while the key server is away and strangers send unknown ones', async () => {
    const authenticate = withKeys({ cooldownMilliseconds: 0 });
    await authenticate(await bearer(sign(good, { alg: 'RS256', kid: 'rsa' }, rsa.privateKey)));
    answer = 'failure';
    await expect(
      authenticate(await bearer(sign(good, { alg: 'RS256', kid: 'invented' }, rsa.privateKey))),
    ).rejects.toBeInstanceOf(AuthenticationUnavailable);

    const header = await bearer(
      sign({ ...good, email: 'b@example.com' }, { alg: 'RS256', kid: 'rsa' }, rsa.privateKey),
    );

    expect(await authenticate(header)).toMatchObject({ email: 'b@example.com' });
  });
});

describe('a development token', () => {
  test('is one that the gateway takes, with issuer and audience where those are set', async () => {
    const settings = { issuer: 'roomfeed-development', audience: 'roomfeed' };
    const profile = { id: ID, email: 'demo@roomfeed.test', name: 'Demo' };
    const token = await signDevelopmentToken({
      profile,
      secret: new Secret(SECRET),
      ...settings,
      expiresIn: HOUR,
      now: () => NOW,
    });

    expect(await withSecret(settings)(`Bearer ${token}`)).toEqual({
      profileId: ID,
      subject: ID,
      email: 'demo@roomfeed.test',
      name: 'Demo',
      expiresAtSeconds: nowSeconds + HOUR,
    });
    const later = withSecret({ ...settings, now: () => new Date(NOW.getTime() + (HOUR + 6) * 1_000) });
    expect((await refusalOf(later, `Bearer ${token}`)).message).toContain('expired');
  });
});
