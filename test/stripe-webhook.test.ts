import { randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import Stripe from 'stripe';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { PROVE } from './support/counts.js';
import { read } from './support/read.js';
import { createSeed, type Seed } from './support/seed.js';
import { item, personal, subscription, subscriptionOf2024 } from './support/stripe-objects.js';

/** `/webhooks/stripe` over HTTP, as anybody on the internet can call it. Nobody answers where Stripe's API would be. */
let app: TestApp;
let seed: Seed;
let person: Person;
const secret = `whsec_${randomBytes(24).toString('hex')}`;
const previous = `whsec_${randomBytes(24).toString('hex')}`;
const now = new Date();
const seconds = Math.floor(now.getTime() / 1_000);

beforeAll(async () => {
  app = await createTestApp({
    now: () => now,
    environment: {
      STRIPE_SECRET_KEY: 'sk_test_nobody',
      STRIPE_WEBHOOK_SECRET: secret,
      STRIPE_WEBHOOK_PREVIOUS_SECRET: previous,
      STRIPE_API_BASE: 'http://127.0.0.1:9',
    },
  });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  person = await app.signUp();
});

/** An event about a subscription of the person's, as Stripe would send it. */
function eventOf(fields: Record<string, unknown> = {}, more: Record<string, unknown> = {}): { id: string; body: string } {
  const id = `evt_${randomUUID()}`;
  const object = subscription({
    id: `sub_${person.id}`,
    customer: `cus_${person.id}`,
    metadata: { profile_id: person.id },
    items: { object: 'list', data: [item('si_1', 'price_starter_monthly')], has_more: false, url: '' },
    ...fields,
  });
  return { id, body: JSON.stringify({ id, object: 'event', type: 'customer.subscription.updated', created: seconds, data: { object }, livemode: false, ...more }) };
}

const sign = (payload: string, { by = secret, at = seconds } = {}) => Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp: at });

async function deliver(body: string | Buffer, header: string | null = sign(body.toString())): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${app.url}/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(header === null ? {} : { 'stripe-signature': header }) },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return { status: response.status, body: await response.json() };
}

const recorded = (id: string) =>
  seed.sql<{ attempts: number; processed: boolean; payload: object }>(
    'select attempts, processed_at is not null as processed, payload from webhook_events where event_id = $1',
    [id],
  );
const plan = async () => (await read<{ viewer: { billing: { plan: { id: string } } } }>(app, '{ viewer { billing { plan { id } } } }', { as: person })).viewer.billing.plan.id;

describe('a webhook of Stripe', () => {
  it.each([
    { what: 'of today’s version', fields: {} },
    { what: 'of 2024', fields: subscriptionOf2024({}) },
  ])('$what gives the plan, recorded once and without anything personal', async ({ fields }) => {
    const { id, body } = eventOf({ ...fields, id: `sub_${person.id}`, customer: `cus_${person.id}`, metadata: { profile_id: person.id }, items: { data: [{ ...item('si_1', 'price_starter_monthly') }] } });

    expect(await deliver(body)).toEqual({ status: 200, body: { received: true } });

    expect(await plan()).toBe('starter');
    const [row, ...others] = await recorded(id);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ attempts: 1, processed: true });
    expect(JSON.stringify(row)).not.toContain(personal);
    expect(await deliver(body)).toMatchObject({ status: 200 });
    expect(await recorded(id)).toMatchObject([{ attempts: 2, processed: true }]);
  });

  it('may be signed with the secret before a change, and with both', async () => {
    const { body } = eventOf();
    expect((await deliver(body, sign(body, { by: previous }))).status).toBe(200);
    const both = `${sign(body, { by: randomBytes(24).toString('hex') })},${sign(body).split(',')[1]}`;
    expect((await deliver(body, both)).status).toBe(200);
  });

  it('that means nothing here is acknowledged', async () => {
    const body = JSON.stringify({ id: `evt_${randomUUID()}`, object: 'event', type: 'treasury.moon_landed', created: seconds, data: { object: { object: 'moon' } } });
    expect((await deliver(body)).status).toBe(200);
  });
});

describe('what is refused', () => {
  it.each([
    { what: 'without a signature', status: 400, header: () => null },
    { what: 'with an empty signature', status: 400, header: () => ' ' },
    { what: 'with nonsense for one', status: 401, header: () => 'nonsense' },
    { what: 'signed by somebody else', status: 401, header: (body: string) => sign(body, { by: `whsec_${'0'.repeat(48)}` }) },
    { what: 'signed with an empty secret', status: 401, header: (body: string) => sign(body, { by: ' ' }) },
    { what: 'with the signature of another body', status: 401, header: (body: string) => sign(`${body} `) },
    { what: 'of ten minutes ago, which somebody kept', status: 400, header: (body: string) => sign(body, { at: seconds - 600 }) },
    { what: 'of ten minutes ago, dated anew', status: 401, header: (body: string) => sign(body, { at: seconds - 600 }).replace(/t=\d+/, `t=${seconds}`) },
    { what: 'under a scheme of yesterday', status: 401, header: (body: string) => sign(body).replace('v1=', 'v0=') },
  ])('$what: nothing is written, and nobody is told why in detail', async ({ status, header }) => {
    const { id, body } = eventOf();
    const answer = await deliver(body, header(body));
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain(secret);
    expect(await recorded(id)).toEqual([]);
    expect(await plan()).toBe('free');
  });

  it('half a body, and one that was changed on the way', async () => {
    const { id, body } = eventOf();
    const header = sign(body);
    expect((await deliver(body.slice(0, -20), header)).status).toBe(401);
    expect((await deliver(body.replace('"active"', '"trialing"'), header)).status).toBe(401);
    // Signed, but no event.
    for (const nonsense of [body.slice(0, -20), 'null', '[]', '{}', '{"id":"evt_1"}', '\u0000']) expect((await deliver(nonsense)).status).toBe(400);
    expect(await recorded(id)).toEqual([]);
  });

  it('bytes that are no text, though they would be read as what was signed', async () => {
    const { id, body } = eventOf({ description: '\uFFFD' });
    const bytes = Buffer.from(body);
    const at = bytes.indexOf(Buffer.from('\uFFFD'));
    const forged = Buffer.concat([bytes.subarray(0, at), Buffer.from([0xff]), bytes.subarray(at + 3)]);
    expect((await deliver(forged, sign(body))).status).toBeGreaterThanOrEqual(400);
    expect(await recorded(id)).toEqual([]);
  });

  it('more than a megabyte, before it has come whole', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const sent = request(`${app.url}/webhooks/stripe`, { method: 'POST', headers: { 'content-length': 5_000_000, 'stripe-signature': 't=1,v1=0' } }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on('error', reject);
      sent.write('x'.repeat(1_000));
    });
    expect(status).toBe(413);
  });

  it('any other method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) expect((await fetch(`${app.url}/webhooks/stripe`, { method })).status).toBe(405);
  });
});

describe('a plan', () => {
  it('changes by nothing but a signed event: no mutation has a word for it', async () => {
    for (const field of ['priceId: "price_advanced_monthly"', 'hasAccess: true', 'customerId: "cus_1"', 'subscriptionId: "sub_1"', 'role: ADMIN']) {
      const { errors } = await app.ask(`mutation { updateProfile(input: { ${field} }) { __typename } }`, { as: person });
      expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    }
    expect(await plan()).toBe('free');
  });
});

describe('a burst', () => {
  const size = 500;

  it(`of ${size} events is answered quickly, all of them are processed, and the feed goes on`, async () => {
    const people = await Promise.all(Array.from({ length: 50 }, () => app.signUp()));
    const feeder = people[0]!;
    await seed.renders(feeder.id, 24, { variants: 2 });
    const query = '{ viewer { renders(first: 20) { nodes { id variantCount coverImage { url } } } } }';
    const page = async () => {
      const begun = performance.now();
      await read(app, query, { as: feeder });
      return performance.now() - begun;
    };
    const bodies = Array.from({ length: size }, (_, nth) => {
      person = people[nth % people.length]!;
      return eventOf({ status: nth < size - people.length ? 'past_due' : 'active' }, { created: seconds + nth });
    });
    for (let warm = 0; warm < 20; warm += 1) await page();
    const quiet: number[] = [];
    for (let nth = 0; nth < 50; nth += 1) quiet.push(await page());

    const begun = performance.now();
    let isOver = false;
    const answers = Promise.all(bodies.map(({ body }) => deliver(body))).finally(() => (isOver = true));
    const during: number[] = [];
    while (!isOver) during.push(await page());
    const statuses = (await answers).map(({ status }) => status);
    const took = performance.now() - begun;

    expect(new Set(statuses)).toEqual(new Set([200]));
    const [{ left } = { left: -1 }] = await seed.sql<{ left: number }>(
      'select count(*)::int as left from webhook_events where event_id = any($1) and processed_at is null',
      [bodies.map(({ id }) => id)],
    );
    expect(left).toBe(0);
    for (person of people) expect(await plan()).toBe('starter');
    const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
    const figures = { tookMs: Math.round(took), pages: during.length, quietMs: median(quiet), duringMs: median(during), slowestMs: Math.max(...during) };
    if (PROVE) process.stderr.write(`a burst of ${size} events: ${JSON.stringify(figures)}\n`);
    // Stripe waits some ten seconds for an answer. Two cores that run everything else as well are given as much.
    expect(took).toBeLessThan(10_000);
    expect(during.length).toBeGreaterThan(3);
    expect(median(during)).toBeLessThan(1_000);
  });
});
