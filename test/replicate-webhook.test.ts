import { randomBytes } from 'node:crypto';
import { Secret } from '../src/config/secret.js';
import { HttpRefusal } from '../src/server/http/refusal.js';
import { verifySignature } from '../src/server/webhooks/signature.js';
import { createTestApp } from './support/app.js';
import { type DoublePrediction, signatureOf } from './support/replicate-double.js';
import { createReplicateStage, type Job, type ReplicateStage } from './support/replicate-stage.js';

const previousSecret = `whsec_${randomBytes(24).toString('base64')}`;
const minute = 60_000;
/** A whole second: a delivery's time has no parts of one. */
const now = new Date(Math.floor(Date.now() / 1_000) * 1_000);
let stage: ReplicateStage;
let job: Job;
let prediction: DoublePrediction;

beforeAll(async () => {
  stage = await createReplicateStage({
    environment: { REPLICATE_WEBHOOK_PREVIOUS_SECRET: previousSecret },
    now: () => now,
  });
});
afterAll(() => stage.close());

beforeEach(async () => {
  const before = stage.double.predictions.length;
  job = await stage.submit(await stage.signUp());
  await stage.attend(job);
  await stage.postpone(job);
  prediction = stage.double.predictions[before]!;
  stage.double.finish(prediction.id, { status: 'succeeded', output: [] });
});

const deliver = (delivery: Partial<Parameters<ReplicateStage['double']['deliver']>[1]> = {}) =>
  stage.double.deliver(prediction.id, { to: stage.app.url, at: now, ...delivery });

const recorded = () =>
  stage.seed.sql(
    `select provider, event_id, type, payload, attempts, error, processed_at is not null as processed
     from webhook_events where payload->>'prediction' = $1`,
    [prediction.id],
  );

/** The answer's status and code, and that nothing came of the delivery. */
async function refusal(response: Response) {
  const body = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
  expect(body.errors).toHaveLength(1);
  expect(await recorded()).toEqual([]);
  expect(await stage.isDueNow(job)).toBe(false);
  return [response.status, body.errors[0]?.extensions.code];
}

describe('a webhook of Replicate', () => {
  test('is recorded once, without the words and pictures of anybody, and has the job looked at', async () => {
    const response = await deliver({ eventId: 'msg_1' });

    expect([response.status, await response.json()]).toEqual([200, { received: true }]);
    expect(await recorded()).toEqual([
      {
        provider: 'replicate',
        event_id: 'msg_1',
        type: 'prediction.succeeded',
        payload: { prediction: prediction.id, status: 'succeeded' },
        attempts: 1,
        error: null,
        processed: true,
      },
    ]);
    expect(await stage.isDueNow(job)).toBe(true);
  });

  test('has no effect when it comes again', async () => {
    await deliver({ eventId: 'msg_again' });
    await stage.postpone(job);

    const again = await Promise.all([1, 2, 3, 4].map(() => deliver({ eventId: 'msg_again' })));

    expect(again.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await stage.isDueNow(job)).toBe(false);
    expect(await recorded()).toMatchObject([{ processed: true, attempts: 5 }]);
  });

  test('has one effect where it comes several times at once', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => deliver({ eventId: 'msg_at_once' })));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await recorded()).toMatchObject([{ processed: true, error: null, attempts: 4 }]);
    expect(await stage.seed.sql(`select from graphile_worker.jobs where key = 'generate:' || $1`, [job.id])).toHaveLength(1);
  });

  test('of a start is recorded, and nothing is looked at', async () => {
    stage.double.finish(prediction.id, { status: 'processing' });

    expect((await deliver()).status).toBe(200);

    expect(await recorded()).toMatchObject([{ type: 'prediction.processing', processed: true }]);
    expect(await stage.isDueNow(job)).toBe(false);
  });

  test('that is late for a job which has ended changes nothing of it', async () => {
    stage.double.finish(prediction.id, { status: 'failed', error: 'CUDA' });
    await stage.attend(job);
    const before = await stage.stateOf(job);
    stage.double.finish(prediction.id, { status: 'succeeded', output: [] });

    expect((await deliver()).status).toBe(200);
    await stage.attend(job);

    expect(await stage.stateOf(job)).toEqual(before);
  });

  test('of a prediction that is nobody\'s is acknowledged', async () => {
    const body = JSON.stringify({ id: 'unknown1234', status: 'succeeded' });

    expect((await deliver({ body, path: '/webhooks/replicate' })).status).toBe(200);

    expect(await stage.seed.sql(`select processed_at is not null as processed from webhook_events where payload->>'prediction' = 'unknown1234'`)).toEqual([
      { processed: true },
    ]);
  });

  test('may be signed with the secret before the present one', async () => {
    expect((await deliver({ secret: previousSecret })).status).toBe(200);
    expect(await stage.isDueNow(job)).toBe(true);
  });

  test.each([-4.9, 4.9])('is taken %d minutes from now', async (minutes) => {
    expect((await deliver({ at: new Date(now.getTime() + minutes * minute) })).status).toBe(200);
  });

  test('that could not be processed is answered as our fault, is noted without details, and is processed when it comes again', async () => {
    await stage.seed.sql('alter table generation_jobs rename to away');
    const failed = await deliver({ eventId: 'msg_fails' });
    await stage.seed.sql('alter table away rename to generation_jobs');

    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toMatch(/away|generation_jobs|select/i);
    expect(await recorded()).toMatchObject([{ attempts: 1, processed: false, error: expect.stringMatching(/^[\w ]+$/) }]);
    expect(await stage.isDueNow(job)).toBe(false);

    expect((await deliver({ eventId: 'msg_fails' })).status).toBe(200);
    expect(await recorded()).toMatchObject([{ attempts: 2, processed: true, error: null }]);
    expect(await stage.isDueNow(job)).toBe(true);
  });
});

describe('what is not Replicate\'s', () => {
  const wrongSecret = `whsec_${randomBytes(24).toString('base64')}`;
  test.each<[string, Parameters<typeof deliver>[0], number, string]>([
    ['is signed with another secret', { secret: wrongSecret }, 401, 'UNAUTHENTICATED'],
    ['was changed on its way', { tamper: (body) => body.replace('"succeeded"', '"failed"') }, 401, 'UNAUTHENTICATED'],
    ['is six minutes old', { at: new Date(now.getTime() - 6 * minute) }, 400, 'BAD_REQUEST'],
    ['is of six minutes from now', { at: new Date(now.getTime() + 6 * minute) }, 400, 'BAD_REQUEST'],
    ['has a body that is no JSON', { body: '{' }, 400, 'BAD_REQUEST'],
    ['is no prediction', { body: '{"id": "../../x", "status": "succeeded"}' }, 400, 'BAD_REQUEST'],
    ['is a list', { body: '[]' }, 400, 'BAD_REQUEST'],
    ['is larger than 1 MB', { body: JSON.stringify({ logs: 'x'.repeat(1_048_577) }) }, 413, 'PAYLOAD_TOO_LARGE'],
    ['is for another provider', { path: '/webhooks/somebody' }, 404, 'NOT_FOUND'],
    ['is for a longer address', { path: '/webhooks/replicate/x' }, 404, 'NOT_FOUND'],
    ['is for a name of the language', { path: '/webhooks/constructor' }, 404, 'NOT_FOUND'],
  ])('is refused where it %s', async (_name, delivery, status, code) => {
    expect(await refusal(await deliver(delivery))).toEqual([status, code]);
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('is refused without %s', async (missing) => {
    const headers = new Headers({ 'webhook-id': 'msg_2', 'webhook-timestamp': String(now.getTime() / 1_000), 'webhook-signature': 'v1,AAAA' });
    headers.delete(missing);

    const response = await fetch(`${stage.app.url}/webhooks/replicate`, { method: 'POST', headers, body: '{}' });

    expect(await refusal(response)).toEqual([400, 'BAD_REQUEST']);
  });

  test.each(['', 'v1', 'v1,', 'v2,AAAA', 'v1,%%%', ' ', `v1,${'A'.repeat(43)}=`])('is refused with the signature "%s"', async (signature) => {
    const headers = { 'webhook-id': 'msg_3', 'webhook-timestamp': String(now.getTime() / 1_000), 'webhook-signature': signature };

    const response = await fetch(`${stage.app.url}/webhooks/replicate`, { method: 'POST', headers, body: '{}' });

    expect(await refusal(response)).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('is not let in by a configured secret that holds no key', () => {
    const timestamp = String(now.getTime() / 1_000);
    const signature = `v1,${signatureOf('whsec_', `msg_4.${timestamp}.{}`)}`;
    const headers = { 'webhook-id': 'msg_4', 'webhook-timestamp': timestamp, 'webhook-signature': signature };

    expect(() => verifySignature({ headers, body: '{}' }, [new Secret('whsec_'), new Secret('')], now)).toThrow(HttpRefusal);
  });

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('is refused by %s', async (method) => {
    const response = await fetch(`${stage.app.url}/webhooks/replicate`, { method });

    expect(response.headers.get('allow')).toBe('POST');
    expect(await refusal(response)).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });

  test('finds nobody where Replicate is not configured', async () => {
    const app = await createTestApp();
    try {
      expect((await stage.double.deliver(prediction.id, { to: app.url })).status).toBe(404);
    } finally {
      await app.close();
    }
  });
});
