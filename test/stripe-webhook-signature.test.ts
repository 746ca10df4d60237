import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readStripeEvent } from '../src/billing/stripe/events.js';
import { createStripeVerifier } from '../src/billing/stripe/signature.js';
import { Secret } from '../src/config/secret.js';
import type { BillingEvent } from '../src/domain/billing.js';
import { HttpRefusal } from '../src/server/http/refusal.js';
import { createWebhooksHandler } from '../src/server/webhooks.js';
import { createStripeReceiver } from '../src/server/webhooks/stripe.js';
import { event, subscription } from './support/stripe-objects.js';

const secret = `whsec_${randomBytes(24).toString('hex')}`;
const previous = `whsec_${randomBytes(24).toString('hex')}`;
const now = new Date(1_790_000_000_500);
const seconds = 1_790_000_000;
const body = JSON.stringify(event('customer.subscription.updated', subscription({ description: 'Zoë \ufffd' })));

const hmac = (text: string, at: number | string, by = secret): string => createHmac('sha256', by).update(`${at}.${text}`).digest('hex');
const signed = (text: string, { at = seconds, by = secret }: { at?: number; by?: string } = {}): string =>
  `t=${at},v1=${hmac(text, at, by)}`;

const received: BillingEvent[] = [];
let receive: (event: BillingEvent) => Promise<void> = async () => undefined;
let server: Server;
let url: string;

beforeAll(async () => {
  const verify = createStripeVerifier([secret, previous].map((value) => new Secret(value)), () => now);
  const handle = createWebhooksHandler(
    new Map([['stripe', createStripeReceiver({ verify, read: readStripeEvent, receive: (told) => receive(told) })]]),
  );
  server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const refusal = error instanceof HttpRefusal ? error : null;
      response.writeHead(refusal?.status ?? 500, refusal?.headers);
      response.end(refusal?.message ?? 'our fault');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/stripe`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  received.length = 0;
  receive = async (told) => {
    received.push(told);
  };
});

async function deliver(sent: string | Buffer, signature: string | null): Promise<[number, string]> {
  const headers: Record<string, string> = signature === null ? {} : { 'stripe-signature': signature };
  const response = await fetch(url, {
    method: 'POST',
    body: typeof sent === 'string' ? sent : new Uint8Array(sent),
    headers: { ...headers, connection: 'close' },
  });
  return [response.status, await response.text()];
}

/** The answer to a delivery of which nothing came. */
async function refusal(sent: string | Buffer, signature: string | null): Promise<[number, string]> {
  const answer = await deliver(sent, signature);
  expect(received).toEqual([]);
  return answer;
}

describe('a delivery of Stripe', () => {
  test('is received, and read', async () => {
    expect(await deliver(body, signed(body))).toEqual([200, '{"received":true}']);
    expect(received).toEqual([readStripeEvent(body)]);
  });

  test('may be signed with the secret before the present one, or with several', async () => {
    const other = 'f'.repeat(64);
    for (const signature of [
      signed(body, { by: previous }),
      `t=${seconds},v1=${other},v1=${hmac(body, seconds)},v0=${other}`,
      `${signed(body)},v1=${other}`,
    ]) {
      expect((await deliver(body, signature))[0]).toBe(200);
    }
    expect(received).toHaveLength(3);
  });

  test.each([-300, 0, 60])('is taken where it was signed %d seconds from now', async (offset) => {
    expect((await deliver(body, signed(body, { at: seconds + offset })))[0]).toBe(200);
  });

  test('that could not be seen to is not acknowledged', async () => {
    receive = async () => {
      throw new Error('The database is away.');
    };
    expect(await deliver(body, signed(body))).toEqual([500, 'our fault']);
  });

  test('that was signed and is no event is refused, with what is wrong with it', async () => {
    expect(await refusal('{"object":"something"}', signed('{"object":"something"}'))).toEqual([
      400,
      'The delivery is not an event as we know it: see object.',
    ]);
    expect(await refusal('no JSON', signed('no JSON'))).toEqual([400, 'The delivery is no JSON.']);
  });
});

describe("what is not Stripe's", () => {
  const unsigned: [number, string] = [401, 'The signature is not that of this delivery.'];

  test.each([
    ['is signed with another secret', signed(body, { by: 'whsec_guessed' })],
    ['is signed with nothing', signed(body, { by: '' })],
    ['has the signature of another body', signed(`${body} `)],
    ['has the signature of another time', `t=${seconds + 1},v1=${hmac(body, seconds)}`],
    ['has a signature of the scheme for tests alone', `t=${seconds},v0=${hmac(body, seconds)}`],
    ['has no signature', `t=${seconds}`],
    ['has an empty signature', `t=${seconds},v1=`],
    ['has no time', `v1=${hmac(body, seconds)}`],
    ['has a time that is none', `t=now,v1=${hmac(body, 'now')}`],
    ['has a header that is none', 'signed, believe me'],
  ])('is refused where it %s', async (_, signature) => {
    expect(await refusal(body, signature)).toEqual(unsigned);
  });

  test('is refused without a header', async () => {
    for (const signature of [null, '']) {
      expect(await refusal(body, signature)).toEqual([400, 'A delivery needs the header stripe-signature.']);
    }
  });

  test('is refused where it may be a copy that somebody kept', async () => {
    for (const by of [secret, previous]) {
      expect(await refusal(body, signed(body, { at: seconds - 301, by }))).toEqual([
        400,
        'The delivery is too old, or its time is wrong.',
      ]);
    }
  });

  test('is refused where bytes that are no text would read as the text that was signed', async () => {
    const bytes = Buffer.from(body);
    const at = bytes.indexOf(Buffer.from('\ufffd'));
    const forged = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]);
    expect(forged.toString('utf8')).toBe(body);

    expect((await refusal(forged, signed(body)))[0]).toBe(400);
  });

  test('is refused where a mark of its encoding was put before it', async () => {
    expect(await refusal(Buffer.concat([Buffer.from('\ufeff'), Buffer.from(body)]), signed(body))).toEqual(unsigned);
  });

  test.each(['', ' \n'])('is refused by a verifier whose secret is blank (%j)', (blank) => {
    const verify = createStripeVerifier([new Secret(blank)], () => now);
    expect(verify(body, signed(body, { by: blank }))).toBe('unsigned');
  });
});
