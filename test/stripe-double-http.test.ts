import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Stripe from 'stripe';
import { pricesOf, runStripeDouble } from '../src/cli/stripe-double.js';
import { loadRuntimeConfiguration } from '../src/config/load.js';
import type { EnvironmentVariables } from '../src/config/variables.js';
import { createEndpoint, createStripeStage, stageKey, stageSecret, stageStart, type ReceivedWebhook, type StripeStage } from './support/stripe-stage.js';

const failure = (call: Promise<unknown>): Promise<Stripe.errors.StripeError> =>
  call.then(
    () => Promise.reject(new Error('It succeeded.')),
    (error: unknown) => error as Stripe.errors.StripeError,
  );

/** A webhook as a gateway reads it; throws where the signature is wrong. */
const read = ({ body, signature }: ReceivedWebhook): Stripe.Event =>
  new Stripe(stageKey).webhooks.constructEvent(body, signature, stageSecret, 300, undefined, stageStart * 1_000);

describe('a request to the double', () => {
  let stage: StripeStage;
  beforeEach(async () => {
    stage = await createStripeStage();
  });
  afterEach(() => stage.double.close());

  const api = (path: string, options: RequestInit = {}) =>
    fetch(stage.double.url + path, { ...options, headers: { authorization: `Bearer ${stageKey}`, ...(options.headers as Record<string, string>) } });

  describe('with an idempotency key', () => {
    const create = (name: string, key = 'key-1') => stage.stripe.customers.create({ name }, { idempotencyKey: key });

    test('is answered again as it was at first, and done once', async () => {
      const first = await create('Ann');
      const again = await create('Ann');

      expect(again).toEqual(first);
      expect(again.lastResponse.headers).toMatchObject({ 'idempotent-replayed': 'true', 'original-request': first.lastResponse.requestId });
      expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
      expect((await stage.stripe.customers.list()).data).toHaveLength(1);
    });

    test('is refused with other parameters, or for something else', async () => {
      await create('Ann');

      const [other, elsewhere] = [await failure(create('Bob')), await failure(stage.stripe.products.create({ name: 'Ann' }, { idempotencyKey: 'key-1' }))];

      expect(other).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
      expect(other.message).toContain('same parameters');
      expect(elsewhere.message).toContain("('/v1/products' vs '/v1/customers')");
      expect((await stage.stripe.customers.list()).data).toHaveLength(1);
    });

    test('is refused while the first is under way', async () => {
      stage.double.fail('POST /v1/customers', { delay: 100 });
      const slow = create('Ann');
      while (stage.double.events('customer.created').length === 0) await new Promise(setImmediate);

      const meanwhile = await failure(create('Ann'));

      expect(meanwhile).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
      expect(await create('Bob', 'key-2')).toMatchObject({ name: 'Bob' });
      const first = await slow;
      expect(await create('Ann')).toEqual(first);
    });

    test('keeps a refusal by the card, and none by the parameters', async () => {
      const { customer, subscription, itemId } = await stage.subscribe();
      const change = (price: string, key: string) =>
        stage.stripe.subscriptions.update(
          subscription.id,
          { items: [{ id: itemId, price }], proration_behavior: 'always_invoice', payment_behavior: 'error_if_incomplete' },
          { idempotencyKey: key },
        );
      stage.double.setCard(customer.id, 'declining');
      await failure(change('price_advanced', 'declined'));
      await failure(stage.stripe.customers.create({ surprise: 'x' } as never, { idempotencyKey: 'wrong' }));
      stage.double.setCard(customer.id, 'ok');

      const replayed = await failure(change('price_advanced', 'declined'));

      expect(replayed).toMatchObject({ statusCode: 402, headers: { 'idempotent-replayed': 'true' } });
      expect(await create('Ann', 'wrong')).toMatchObject({ name: 'Ann' });
      expect((await change('price_advanced', 'anew')).items.data[0]?.price.id).toBe('price_advanced');
    });

    test('is a new one a day later', async () => {
      const first = await create('Ann');
      stage.double.advance('24h');

      expect((await create('Ann')).id).not.toBe(first.id);
    });
  });

  describe('with a fault', () => {
    test('is retried by the client, and done once', async () => {
      const patient = stage.client({ maxNetworkRetries: 2 });
      stage.double.fail('POST /v1/customers', 503, 'lost answer');

      const customer = await patient.customers.create({ name: 'Ann' });

      expect((await stage.stripe.customers.list()).data.map(({ id }) => id)).toEqual([customer.id]);
      expect(stage.double.calls('POST /v1/customers').map(({ status }) => status)).toEqual([503, null, 200]);
      expect(new Set(stage.double.calls('POST /v1/customers').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);
    });

    test('of 500 stays the answer to its key, as it does with Stripe', async () => {
      const patient = stage.client({ maxNetworkRetries: 2 });
      stage.double.fail('POST /v1/customers', 500);

      const first = await failure(patient.customers.create({ name: 'Ann' }, { idempotencyKey: 'burnt' }));
      const again = await failure(patient.customers.create({ name: 'Ann' }, { idempotencyKey: 'burnt' }));

      expect([first.statusCode, again.statusCode]).toEqual([500, 500]);
      expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true', 'stripe-should-retry': 'false' });
      expect((await stage.stripe.customers.list()).data).toEqual([]);
      expect(await patient.customers.create({ name: 'Ann' }, { idempotencyKey: 'fresh' })).toMatchObject({ name: 'Ann' });
    });

    test.each([
      ['429', 429, Stripe.errors.StripeRateLimitError],
      ['a hanging connection', 'hang', Stripe.errors.StripeConnectionError],
      ['an answer that is no JSON', 'garbage', Stripe.errors.StripeAPIError],
    ] as const)('of %s fails as the client knows it, and the next one succeeds', async (_, fault, kind) => {
      const hasty = stage.client({ timeout: 200 });
      stage.double.fail('GET /v1/prices/*', fault);

      expect(await failure(hasty.prices.retrieve('price_starter'))).toBeInstanceOf(kind);
      expect(await stage.stripe.prices.retrieve('price_starter')).toMatchObject({ unit_amount: 1_900 });
    });

    test('of a cut connection fails while Stripe is away, and no longer', async () => {
      stage.double.setAway(true);
      const away = await failure(stage.stripe.prices.retrieve('price_starter'));
      stage.double.setAway(false);

      expect(away).toBeInstanceOf(Stripe.errors.StripeConnectionError);
      expect(await stage.stripe.prices.retrieve('price_starter')).toMatchObject({ id: 'price_starter' });
    });
  });

  describe('that is hostile, or wrong', () => {
    test.each([
      ['a wrong key', `Bearer sk_test_${'x'.repeat(20)}9876`, 'Invalid API Key provided: sk_test_********************9876'],
      ['a short key', 'Bearer nothing', 'Invalid API Key provided: *******'],
      ['no key', '', 'You did not provide an API key'],
    ])('is refused with %s, which is not repeated', async (_, authorization, message) => {
      const response = await fetch(`${stage.double.url}/v1/customers`, { headers: { authorization } });

      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', message: expect.stringContaining(message) } });
    });

    test.each([
      ['an unknown parameter', 'surprise=1', 400, { code: 'parameter_unknown', param: 'surprise' }],
      ['an unknown parameter within', 'items[0][price]=price_starter&items[0][surprise]=1&customer=cus_1', 400, { code: 'parameter_unknown', param: 'items[0][surprise]' }],
      ['a parameter that is missing', 'items[0][price]=price_starter', 400, { code: 'parameter_missing', param: 'customer' }],
      ['a customer that is not there', 'items[0][price]=price_starter&customer=cus_1', 400, { code: 'resource_missing', param: 'customer' }],
      ['a value that is an object as well', 'customer=1&customer[a]=2', 400, {}],
      ['what is no form', 'customer=%zz', 400, {}],
      ['deep nesting', `a${'[b]'.repeat(50)}=1`, 400, {}],
      ['very many parameters', 'a=1&'.repeat(2_000), 400, {}],
      ['names of JavaScript', '__proto__[items]=1&constructor[prototype][customer]=1', 400, { code: 'parameter_unknown' }],
    ])('is refused with %s', async (_, body, status, error) => {
      const response = await api('/v1/subscriptions', { method: 'POST', body });

      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', ...error } });
      expect(({} as Record<string, unknown>)['items']).toBeUndefined();
      expect(stage.double.events()).toEqual([]);
    });

    test('is refused with a huge body, which is read to its end', async () => {
      const response = await api('/v1/customers', { method: 'POST', body: `name=${'x'.repeat(3 * 1024 * 1024)}` });

      expect(response.status).toBe(413);
      expect((await stage.stripe.customers.list()).data).toEqual([]);
    });

    test.each([['GET', '/v1/nothing'], ['PUT', '/v1/customers'], ['GET', '/v1/customers/'], ['GET', '/'], ['GET', '//'], ['POST', '/double/nothing'], ['GET', '/checkout/../../etc/passwd']])(
      'finds nothing at %s %s',
      async (method, path) => {
        expect((await api(path, { method })).status).toBe(404);
      },
    );

    test('is refused under a name that is not of this machine', async () => {
      const { port } = new URL(stage.double.url);
      const status = await new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: '/double/events', headers: { host: 'rebound.example' } }, (response) => resolve(response.statusCode)).on('error', reject).end();
      });

      expect(status).toBe(403);
    });

    test('moves no clock as a form of some web page', async () => {
      const response = await fetch(`${stage.double.url}/double/clock`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"advance":"1d"}' });

      expect(response.status).toBe(415);
      expect(stage.double.now()).toBe(stageStart);
    });

    test('leads to no address but of the web', async () => {
      const refused = await failure(
        stage.stripe.checkout.sessions.create({ mode: 'subscription', line_items: [{ price: 'price_starter', quantity: 1 }], success_url: 'javascript:alert(1)' }),
      );

      expect(refused).toMatchObject({ statusCode: 400, param: 'success_url' });
    });
  });

  test('is answered with the date of the clock, which control over HTTP moves', async () => {
    const moved = await fetch(`${stage.double.url}/double/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"advance":"31d"}' });
    const backwards = await fetch(`${stage.double.url}/double/clock`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"to":"2026-01-01"}' });

    expect(await moved.json()).toEqual({ now: stageStart + 31 * 86_400 });
    expect(backwards.status).toBe(400);
    expect((await api('/v1/prices')).headers.get('date')).toBe('Wed, 02 Dec 2026 10:00:00 GMT');
    expect((await stage.stripe.customers.create({})).created).toBe(stageStart + 31 * 86_400);
  });
});

describe('control over HTTP', () => {
  test('does what the methods do', async () => {
    const endpoint = await createEndpoint();
    const stage = await createStripeStage({ webhookUrl: endpoint.url });
    const post = async (path: string, body: object = {}) => {
      const response = await fetch(`${stage.double.url}/double/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      const answer = (await response.json()) as Record<string, unknown>;
      return { ...answer, status: answer['status'] ?? response.status };
    };
    const { stripe } = stage;
    const customer = await stripe.customers.create({});
    const session = await stripe.checkout.sessions.create({
      mode: 'subscription', customer: customer.id, line_items: [{ price: 'price_starter', quantity: 1 }], success_url: 'https://app.test/{CHECKOUT_SESSION_ID}',
    });
    await stage.double.whenDelivered();

    await post('deliveries/hold');
    expect(await post(`checkout/${session.id}/complete`, { card: 'declining' })).toMatchObject({ status: 402 });
    expect(await post(`checkout/${session.id}/complete`)).toMatchObject({ status: 200, redirect: `https://app.test/${session.id}` });
    const [charge] = (await stripe.charges.list()).data;
    expect(await post(`charges/${charge!.id}/refund`, { amount: 100 })).toMatchObject({ status: 200, refund: expect.stringMatching(/^re_/) });
    const opened: Record<string, unknown> = await post(`charges/${charge!.id}/dispute`);
    expect(await post(`disputes/${String(opened['dispute'])}/close`, { outcome: 'won' })).toMatchObject({ status: 'won' });
    await post(`customers/${customer.id}/card`, { card: 'declining' });
    const { events } = (await (await fetch(`${stage.double.url}/double/events`)).json()) as { events: { id: string; type: string; delivery: { status: string } }[] };
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['charge.refunded', 'charge.dispute.funds_reinstated']));
    expect(events.at(-1)).toMatchObject({ type: 'customer.updated', delivery: { status: 'held' } });
    expect(await post('deliveries', { ids: [events.at(-1)!.id, events.at(-1)!.id] })).toMatchObject({ answers: [200, 200] });
    expect(await post(`events/${events[0]!.id}/deliver`)).toMatchObject({ answers: [200] });
    await post('deliveries/release');
    await stage.double.whenDelivered();
    expect(endpoint.received).toHaveLength(events.length + 2);

    await post('faults', { pattern: '/v1/prices', faults: [503] });
    expect(await failure(stripe.prices.list())).toMatchObject({ statusCode: 503 });
    await post('away', { away: true });
    expect(await failure(stripe.prices.list())).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    await post('away', { away: false });
    await post('faults', { pattern: '*', faults: ['garbage'] });
    await fetch(`${stage.double.url}/double/faults`, { method: 'DELETE' });
    expect((await stripe.prices.list()).data).toHaveLength(3);
    expect(await post('clock', { advance: 'soon' })).toMatchObject({ status: 400 });
    expect(await post('customers/cus_none/card', { card: 'ok' })).toMatchObject({ status: 404 });
    await stage.double.close();
    await endpoint.close();
  });
});

describe('the pages', () => {
  let stage: StripeStage;
  beforeEach(async () => {
    stage = await createStripeStage();
  });
  afterEach(() => stage.double.close());

  const click = (url: string, action: string) => fetch(url, { method: 'POST', body: new URLSearchParams({ action }), redirect: 'manual' });

  async function openCheckout(name = 'Ann') {
    const customer = await stage.stripe.customers.create({ name, email: `${name}@example.test` });
    const session = await stage.stripe.checkout.sessions.create({
      mode: 'subscription', customer: customer.id, line_items: [{ price: 'price_starter', quantity: 1 }],
      success_url: 'https://app.test/done?session={CHECKOUT_SESSION_ID}', cancel_url: 'https://app.test/plans',
    });
    return { customer, session, url: session.url! };
  }

  test('of checkout show plan and price, and lead back when it is paid', async () => {
    const { customer, session, url } = await openCheckout();

    const shown = await fetch(url);
    const paid = await click(url, 'pay');
    const again = await click(url, 'pay');

    expect(await shown.text()).toMatch(/Subscribe to Starter[^]*AUD 19\.00 a month[^]*Ann@example\.test/);
    expect(shown.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect([paid.status, paid.headers.get('location')]).toEqual([303, `https://app.test/done?session=${session.id}`]);
    expect(again.headers.get('location')).toBe(paid.headers.get('location'));
    expect((await stage.stripe.subscriptions.list({ customer: customer.id })).data).toHaveLength(1);
  });

  test('of checkout stay open where the card is declined, and lead back where it is given up', async () => {
    const { customer, session, url } = await openCheckout();

    const declined = await click(url, 'decline');
    const left = await click(url, 'cancel');

    expect([declined.status, await declined.text()]).toEqual([402, expect.stringContaining('Your card was declined.')]);
    expect(left.headers.get('location')).toBe('https://app.test/plans');
    expect(await stage.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'open' });
    expect((await stage.stripe.subscriptions.list({ customer: customer.id, status: 'all' })).data).toEqual([]);
    expect((await click(url, 'pay')).status).toBe(303);
  });

  test('show what people wrote as text', async () => {
    const name = '<script>alert("x")</script>';
    const product = await stage.stripe.products.create({ name });
    const price = await stage.stripe.prices.create({ product: product.id, currency: 'aud', unit_amount: 100, recurring: { interval: 'month' } });
    const customer = await stage.stripe.customers.create({ name, email: '"><img/src=x>@example.test' });
    const session = await stage.stripe.checkout.sessions.create({
      mode: 'subscription', customer: customer.id, line_items: [{ price: price.id, quantity: 1 }], success_url: 'https://app.test/', cancel_url: 'https://app.test/"><b>',
    });
    await click(session.url!, 'pay');
    const portal = await stage.stripe.billingPortal.sessions.create({ customer: customer.id, return_url: 'https://app.test/"><script>' });
    const [invoice] = (await stage.stripe.invoices.list()).data;

    const pages = await Promise.all([portal.url, invoice!.hosted_invoice_url!].map(async (url) => (await fetch(url)).text()));

    for (const page of pages) {
      expect(page).toContain('&lt;script&gt;');
      expect(page).not.toMatch(/<script|<img|"><b>/);
    }
  });

  test('of the portal end the subscription with its period, take that back, and change the card', async () => {
    const { customer, subscription } = await stage.subscribe();
    const { url } = await stage.stripe.billingPortal.sessions.create({ customer: customer.id, return_url: 'https://app.test/account' });

    await click(url, `cancel:${subscription.id}`);
    const ending = await stage.stripe.subscriptions.retrieve(subscription.id);
    await click(url, `keep:${subscription.id}`);
    const staying = await stage.stripe.subscriptions.retrieve(subscription.id);
    await click(url, 'card:declining');
    stage.double.advance('31d');
    const late = await stage.stripe.subscriptions.retrieve(subscription.id);
    await click(url, 'card:ok');
    await click(url, `pay:${late.latest_invoice as string}`);

    // In the flexible billing mode the portal names the moment alone.
    expect(ending).toMatchObject({ cancel_at_period_end: false, cancel_at: stageStart + 30 * 86_400 });
    expect(staying).toMatchObject({ cancel_at: null });
    expect(late.status).toBe('past_due');
    expect(await stage.stripe.subscriptions.retrieve(subscription.id)).toMatchObject({ status: 'active' });
    expect(await (await fetch(url)).text()).toMatch(/Starter: active[^]*href="https:\/\/app\.test\/account"/);
  });

  test('of the portal do nothing to the subscription of somebody else', async () => {
    const [{ subscription }, { customer }] = [await stage.subscribe(), await stage.subscribe()];
    const { url } = await stage.stripe.billingPortal.sessions.create({ customer: customer.id });

    await click(url, `cancel:${subscription.id}`);

    expect(await stage.stripe.subscriptions.retrieve(subscription.id)).toEqual(subscription);
  });
});

describe('webhooks', () => {
  let stage: StripeStage;
  let endpoint: Awaited<ReturnType<typeof createEndpoint>>;
  afterEach(async () => {
    await stage.double.close();
    await endpoint.close();
  });

  async function open(...statuses: number[]): Promise<void> {
    endpoint = await createEndpoint(...statuses);
    stage = await createStripeStage({ webhookUrl: endpoint.url });
  }

  test('bring each event, signed, in the order in which they happened', async () => {
    await open();
    await stage.subscribe();
    stage.double.advance('31d');

    await stage.double.whenDelivered();

    expect(endpoint.received.map((webhook) => read(webhook).id)).toEqual(stage.double.events().map(({ id }) => id));
    expect(stage.double.events().every(({ delivery }) => delivery.status === 'delivered')).toBe(true);
    expect(() => read({ ...endpoint.received[0]!, body: `${endpoint.received[0]!.body} ` })).toThrow(Stripe.errors.StripeSignatureVerificationError);
  });

  test('are tried again where they are not taken, and given up in the end', async () => {
    await open(500, 302, 200, 500, 500, 500, 500, 500, 500);
    await stage.stripe.customers.create({});
    await stage.double.whenDelivered();
    await stage.stripe.products.create({ name: 'Extra' });
    await stage.double.whenDelivered();

    const [taken, failed] = stage.double.events();
    expect(taken?.delivery).toMatchObject({ status: 'delivered', attempts: 3, lastAnswer: 200 });
    expect(failed?.delivery).toMatchObject({ status: 'failed', attempts: 6, lastAnswer: 500 });
    expect(new Set(endpoint.received.slice(0, 3).map((webhook) => read(webhook).id)).size).toBe(1);

    expect(await stage.double.deliver([failed!.id])).toEqual([200]);
    expect(stage.double.events()[1]?.delivery.status).toBe('delivered');
  });

  test('are held, and then delivered in any order and more than once', async () => {
    await open();
    stage.double.hold();
    await stage.subscribe();
    await stage.double.whenDelivered();
    const held = stage.double.events();
    const [created, , subscribed] = held;

    const answers = await stage.double.deliver([subscribed!.id, created!.id, subscribed!.id]);

    expect(answers).toEqual([200, 200, 200]);
    expect(endpoint.received.map((webhook) => read(webhook).id)).toEqual([subscribed!.id, created!.id, subscribed!.id]);
    stage.double.release();
    await stage.double.whenDelivered();
    expect(endpoint.received).toHaveLength(held.length + 1);
    expect(stage.double.events().map(({ delivery }) => delivery.status)).toEqual(held.map(() => 'delivered'));
  });

  test('are given up where nobody listens', async () => {
    await open();
    await endpoint.close();
    await stage.stripe.customers.create({});
    await stage.double.whenDelivered();

    expect(stage.double.events()[0]?.delivery).toMatchObject({ status: 'failed', attempts: 6, lastAnswer: 'ECONNREFUSED' });
  });
});

describe('the state', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomfeed-double-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('outlives the process: what was bought, the clock, keys, and events that nobody has taken', async () => {
    const stateFile = join(folder, 'deep', 'state.json');
    const first = await createStripeStage({ stateFile });
    const { subscription } = await first.subscribe();
    first.double.hold();
    first.double.advance('31d');
    const customer = await first.stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'bob' });
    const before = await first.stripe.subscriptions.retrieve(subscription.id);
    await first.double.close();
    const endpoint = await createEndpoint();

    const second = await createStripeStage({ stateFile, webhookUrl: endpoint.url });
    try {
      expect(second.double.now()).toBe(stageStart + 31 * 86_400);
      expect(await second.stripe.subscriptions.retrieve(subscription.id)).toEqual(before);
      expect(await second.stripe.customers.create({ name: 'Bob' }, { idempotencyKey: 'bob' })).toEqual(customer);
      expect(second.double.events()).toHaveLength(first.double.events().length);
      await second.double.whenDelivered();
      expect(endpoint.types()).toContain('invoice.paid');
      second.double.advance('40d');
      expect((await second.stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(3);
      expect(await readdir(join(folder, 'deep'))).toEqual(['state.json']);
    } finally {
      await second.double.close();
      await endpoint.close();
    }
  });

  test('that is none of the double is refused, and left as it is', async () => {
    const stateFile = join(folder, 'state.json');
    await writeFile(stateFile, '{"format": 1, "clockOff');

    await expect(createStripeStage({ stateFile })).rejects.toThrow('holds no state of the Stripe double');
    expect(await readFile(stateFile, 'utf8')).toBe('{"format": 1, "clockOff');
  });
});

describe('the command', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomfeed-double-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function run(args: readonly string[], { variables = {}, onLine }: { variables?: EnvironmentVariables; onLine?: (text: string, stop: () => void) => void } = {}) {
    const stopping = new AbortController();
    const written = { stdout: '', stderr: '' };
    const code = await runStripeDouble(args, {
      variables: { ROOMFEED_DATA_DIR: folder, ...variables },
      stdout(text) {
        written.stdout += text;
        onLine?.(written.stdout, () => stopping.abort());
      },
      stderr: (text) => (written.stderr += text),
      stop: stopping.signal,
    });
    return { code, ...written };
  }

  test('says how to start the gateway, answers with the plans of the configuration, and stops', async () => {
    let prices: Promise<Stripe.ApiList<Stripe.Price>> | undefined;

    const { code, stdout, stderr } = await run(['--port', '0'], {
      onLine(text, stop) {
        const url = /STRIPE_API_BASE=(\S+) npm start/.exec(text)?.[1];
        if (url === undefined || prices !== undefined) return;
        const { hostname, port } = new URL(url);
        prices = new Stripe('sk_test_roomfeed_double', { host: hostname, port, protocol: 'http', telemetry: false }).prices.list();
        void prices.finally(stop);
      },
    });

    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Stopped. What was bought is kept.\n' });
    expect(stdout).toContain('STRIPE_SECRET_KEY=sk_test_roomfeed_double STRIPE_WEBHOOK_SECRET=whsec_roomfeed_double STRIPE_API_BASE=http://127.0.0.1:');
    expect((await prices)?.data.map(({ id }) => id).sort()).toEqual(pricesOf(loadRuntimeConfiguration({})).map(({ id }) => id).sort());
    expect(await readdir(folder)).toEqual(['stripe-double.json']);
  });

  test('runs as a process of its own: killed it keeps what it answered, and asked to stop it stops', async () => {
    const start = () => {
      const program = fileURLToPath(new URL('../src/cli/stripe-double.ts', import.meta.url));
      const child = spawn(process.execPath, ['--import', new URL('./support/typescript.mjs', import.meta.url).href, program, '--port', '0'], {
        env: { PATH: process.env['PATH'], ROOMFEED_DATA_DIR: folder },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const ended = once(child, 'exit');
      const client = new Promise<Stripe>((resolve, reject) => {
        let text = '';
        child.stdout.on('data', (chunk: Buffer) => {
          const url = /STRIPE_API_BASE=(\S+) npm start/.exec((text += chunk.toString()))?.[1];
          if (url === undefined) return;
          const { hostname, port } = new URL(url);
          resolve(new Stripe('sk_test_roomfeed_double', { host: hostname, port, protocol: 'http', telemetry: false }));
        });
        void ended.then(() => reject(new Error('It ended.')));
      });
      return { child, ended, client };
    };
    const first = start();
    const { id } = await (await first.client).customers.create({ name: 'Ann' });
    first.child.kill('SIGKILL');
    await first.ended;

    const second = start();
    const customer = await (await second.client).customers.retrieve(id);
    second.child.kill('SIGTERM');

    expect(customer).toMatchObject({ name: 'Ann' });
    expect(await second.ended).toEqual([0, null]);
  });

  test('refuses production', async () => {
    expect(await run([], { variables: { NODE_ENV: 'production' } })).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('NODE_ENV is production') });
  });

  test.each([[['--port', 'x']], [['--port', '99999']], [['--webhook-url', 'https://example.com/hook']], [['surplus']]])('explains itself where it is asked with %j', async (args) => {
    expect(await run(args)).toMatchObject({ code: 2, stderr: expect.stringContaining('npm run stripe:double') });
  });
});

test('signs as the official client does', async () => {
  const stage = await createStripeStage();
  const body = JSON.stringify({ id: 'evt_1', digest: createHash('sha256').update('x').digest('hex') });

  const header = stage.double.signatureOf(body);

  expect(header).toBe(new Stripe(stageKey).webhooks.generateTestHeaderString({ payload: body, secret: stageSecret, timestamp: stageStart }));
  await stage.double.close();
});
