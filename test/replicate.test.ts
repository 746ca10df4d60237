import { Writable } from 'node:stream';
import { createLogger } from '../src/server/logging.js';
import { ProviderUnavailable } from '../src/generation/provider.js';
import { faultsOf } from './support/generation/books.js';
import { createReplicateStage, picture, type ReplicateStage } from './support/replicate-stage.js';

const minute = 60_000;
const clock = { now: new Date() };
let stage: ReplicateStage;
let webp: Buffer;

beforeAll(async () => {
  stage = await createReplicateStage({ now: () => clock.now });
  webp = await picture();
});
afterEach(async () => {
  const people = await stage.seed.sql<{ id: string }>('select id from profiles');
  expect(await faultsOf(stage.seed, people.map(({ id }) => id))).toEqual({});
});
afterAll(() => stage.close());

/** A job of a new person whose prediction was begun. */
async function begun(input?: Readonly<Record<string, unknown>>) {
  const before = stage.double.predictions.length;
  const person = await stage.signUp();
  const job = await stage.submit(person, input);
  expect(await stage.attend(job)).toBe(5_000);
  return { person, job, prediction: stage.double.predictions[before]! };
}

const outputs = (count: number): string[] => Array.from({ length: count }, () => stage.double.serve({ body: webp }));

describe('a generation at Replicate', () => {
  it('is made by one prediction, whose webhook has it looked at and whose pictures are fetched from the API', async () => {
    const { job, prediction } = await begun({ variants: 3 });
    await stage.postpone(job);
    expect(await stage.isDueNow(job)).toBe(false);

    stage.double.finish(prediction.id, { status: 'succeeded', output: outputs(3) });
    const answer = await stage.double.deliver(prediction.id, { to: stage.app.url, at: clock.now });

    expect(answer.status).toBe(200);
    expect(await stage.isDueNow(job)).toBe(true);
    expect(await stage.attend(job)).toBeNull();
    expect(await stage.stateOf(job)).toMatchObject({ status: 'succeeded', progress: 1, pictures: 3, debits: 1, refunds: 0 });
    expect(stage.double.predictions.filter(({ webhook }) => webhook?.includes(job.id))).toHaveLength(1);
  });

  it('comes to its end by looking again where no webhook arrives, with its progress on the way', async () => {
    const { job, prediction } = await begun();

    stage.double.finish(prediction.id, { status: 'processing', logs: ' 40%|████   | 20/50' });
    expect(await stage.attend(job)).toBe(5_000);
    expect(await stage.stateOf(job)).toMatchObject({ status: 'processing', progress: 0.4 });
    stage.double.finish(prediction.id, { status: 'succeeded', output: outputs(2) });
    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'succeeded', pictures: 2, debits: 1 });
  });

  it('succeeds with fewer pictures than were asked for', async () => {
    const { job, prediction } = await begun({ variants: 3 });
    const gone = stage.double.serve({ body: webp, status: 410 });
    const torn = stage.double.serve({ body: webp.subarray(0, 20) });

    stage.double.finish(prediction.id, { status: 'succeeded', output: [gone, ...outputs(1), torn] });
    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'succeeded', pictures: 1, debits: 1, refunds: 0 });
  });

  it('is given back where nothing of what came is a picture', async () => {
    const { job, prediction } = await begun();

    stage.double.finish(prediction.id, { status: 'succeeded', output: ['https://evil.test/a.webp', 'file:///etc/passwd'] });
    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'failed', code: 'provider_failed', pictures: 0, refunds: 1 });
  });

  it.each([
    ['CUDA out of memory at 0x7f', 'provider_failed'],
    ['NSFW content detected in a prompt', 'provider_rejected'],
  ])('is given back where the prediction failed, without the words of the model: %s', async (error, code) => {
    const { job, prediction } = await begun();

    stage.double.finish(prediction.id, { status: 'failed', error });
    await stage.attend(job);

    const state = await stage.stateOf(job);
    expect(state).toMatchObject({ status: 'failed', code, debits: 1, refunds: 1 });
    expect(state.error).not.toMatch(/CUDA|NSFW/);
  });

  it('is given back where it is refused', async () => {
    const job = await stage.submit(await stage.signUp());
    stage.double.fail('create', 422);

    expect(await stage.attend(job)).toBeNull();

    expect(await stage.stateOf(job)).toMatchObject({ status: 'failed', code: 'provider_rejected', prediction: null, refunds: 1 });
  });

  it('is made from the photo that its person uploaded', async () => {
    const person = await stage.signUp();
    const photo = await picture('jpeg');
    const job = await stage.submit(person, { mode: 'REDESIGN', input1: await stage.photo(person, photo) });

    await stage.attend(job);

    const sent = stage.double.predictions.at(-1)!.input['input_images'] as string[];
    expect(sent.map((address) => stage.double.photos.get(address)?.bytes)).toEqual([photo]);
  });

  it('is stopped at Replicate when its person cancels it, and what still comes is discarded', async () => {
    const { person, job, prediction } = await begun();
    const { data } = await stage.app.ask<{ cancelGeneration: { __typename: string } }>(
      'mutation ($id: ID!) { cancelGeneration(input: { jobId: $id }) { __typename } }',
      { as: person, variables: { id: Buffer.from(`GenerationJob:${job.id}`).toString('base64') } },
    );
    expect(data.cancelGeneration.__typename).toBe('CancelGenerationPayload');
    await stage.double.canceled(prediction.id);

    stage.double.finish(prediction.id, { status: 'succeeded', output: outputs(2) });
    await stage.double.deliver(prediction.id, { to: stage.app.url, at: clock.now });
    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'canceled', pictures: 0, debits: 1, refunds: 0 });
  });

  it('that was given up and succeeds after all is charged again, once, however often its webhook comes', async () => {
    const { job, prediction } = await begun();
    clock.now = new Date(clock.now.getTime() + 11 * minute);
    await stage.app.app.generation.markStuckJobsAsFailed();
    expect(await stage.stateOf(job)).toMatchObject({ status: 'failed', code: 'timed_out', debits: 1, refunds: 1 });

    stage.double.finish(prediction.id, { status: 'succeeded', output: outputs(2) });
    await stage.postpone(job);
    for (const eventId of [undefined, 'msg_twice', 'msg_twice']) {
      const event = eventId === undefined ? {} : { eventId };
      expect((await stage.double.deliver(prediction.id, { to: stage.app.url, at: clock.now, ...event })).status).toBe(200);
      expect(await stage.isDueNow(job)).toBe(true);
      await stage.attend(job);
    }

    expect(await stage.stateOf(job)).toMatchObject({ status: 'succeeded', code: null, pictures: 2, debits: 2, refunds: 1 });
  });

  it('waits while Replicate is away, and goes on with one prediction when it is back', async () => {
    const job = await stage.submit(await stage.signUp());
    const before = stage.double.predictions.length;
    for (const fault of [503, 429, 'reset', 'garbage', 401] as const) {
      stage.double.fail('create', fault);
      await expect(stage.attend(job)).rejects.toThrow(ProviderUnavailable);
    }
    expect(await stage.stateOf(job)).toMatchObject({ status: 'starting', debits: 1, refunds: 0 });

    await stage.attend(job);
    expect(stage.double.predictions).toHaveLength(before + 1);
    stage.double.finish(stage.double.predictions[before]!.id, { status: 'succeeded', output: outputs(2) });
    stage.double.fail('get', 500);
    await expect(stage.attend(job)).rejects.toThrow(ProviderUnavailable);
    stage.double.fail('download', 'reset');
    await expect(stage.attend(job)).rejects.toThrow(ProviderUnavailable);
    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'succeeded', pictures: 2, debits: 1 });
  });

  it('is given back where Replicate stays away', async () => {
    const job = await stage.submit(await stage.signUp());
    stage.double.fail('create', 503);

    expect(await stage.attend(job, { isLastTry: true })).toBeNull();

    expect(await stage.stateOf(job)).toMatchObject({ status: 'failed', code: 'provider_failed', debits: 1, refunds: 1 });
  });

  it('is a failure where Replicate does not know its prediction', async () => {
    const { job } = await begun();
    stage.double.fail('get', 404);

    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'failed', code: 'provider_failed', refunds: 1 });
  });
});

describe('a prediction that was not written down', () => {
  /** A job whose prediction was begun, and its id lost with the answer, as where the process dies in between. */
  async function lost() {
    const before = stage.double.predictions.length;
    const job = await stage.submit(await stage.signUp());
    stage.double.fail('create', 'lost answer');
    await expect(stage.attend(job)).rejects.toThrow(ProviderUnavailable);
    expect(await stage.stateOf(job)).toMatchObject({ status: 'starting', prediction: null });
    return { job, prediction: stage.double.predictions[before]! };
  }

  it('is found again by the webhook of its start, and no other is begun', async () => {
    const { job, prediction } = await lost();
    const before = stage.double.calls('create');

    stage.double.finish(prediction.id, { status: 'processing' });
    await stage.double.deliver(prediction.id, { to: stage.app.url, at: clock.now });
    expect(await stage.stateOf(job)).toMatchObject({ status: 'processing', prediction: prediction.id });
    stage.double.finish(prediction.id, { status: 'succeeded', output: outputs(2) });
    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'succeeded', pictures: 2, debits: 1 });
    expect(stage.double.calls('create')).toBe(before);
  });

  it('is found again by the webhook of its end, and looked at', async () => {
    const { job, prediction } = await lost();
    await stage.postpone(job);

    stage.double.finish(prediction.id, { status: 'succeeded', output: outputs(2) });
    await stage.double.deliver(prediction.id, { to: stage.app.url, at: clock.now });
    expect(await stage.isDueNow(job)).toBe(true);
    await stage.attend(job);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'succeeded', prediction: prediction.id, debits: 1 });
  });

  it('is stopped where another one was begun for its job meanwhile', async () => {
    const { job, prediction } = await lost();
    await stage.attend(job);
    const other = stage.double.predictions.at(-1)!;

    stage.double.finish(prediction.id, { status: 'processing' });
    await stage.double.deliver(prediction.id, { to: stage.app.url, at: clock.now });
    await stage.double.canceled(prediction.id);

    expect(await stage.stateOf(job)).toMatchObject({ status: 'processing', prediction: other.id });
    expect(other.status).toBe('starting');
  });

  it.each([
    ['names no job', (path: string) => path.replace(/\?.*/, '')],
    ['names another job than it was made for', (path: string, other: string) => path.replace(/job=[^&]+/, `job=${other}`)],
    ['has no proof', (path: string) => path.replace(/&proof=.*/, '')],
    ['has half a proof', (path: string) => path.slice(0, -20)],
  ])('is not taken over where the called address %s', async (_name, forge) => {
    const { job, prediction } = await lost();
    const other = await stage.submit(await stage.signUp());
    const { pathname, search } = new URL(prediction.webhook!);

    stage.double.finish(prediction.id, { status: 'processing' });
    const answer = await stage.double.deliver(prediction.id, {
      to: stage.app.url,
      at: clock.now,
      path: forge(pathname + search, other.id),
    });

    expect(answer.status).toBe(200);
    expect(await stage.stateOf(job)).toMatchObject({ status: 'starting', prediction: null });
    expect(await stage.stateOf(other)).toMatchObject({ status: 'starting', prediction: null });
    expect(prediction.status).toBe('processing');
  });
});

describe('a gateway with a worker', () => {
  it('makes rooms by Replicate, also where the webhook is faster than the answer, and logs no secret', async () => {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const running = await createReplicateStage({
      background: true,
      log: createLogger({ level: 'trace', production: true, destination }),
      wrapProvider: (provider) => ({
        ...provider,
        lookAgainAfterMs: 100,
        async start(request, signal) {
          const started = await provider.start(request, signal);
          const { id } = running.double.predictions[0]!;
          const output = [running.double.serve({ body: webp })];
          running.double.finish(id, { status: 'succeeded', output });
          await running.double.deliver(id, { to: running.app.url });
          return started;
        },
      }),
    });
    try {
      running.double.fail('create', 401);
      const job = await running.submit(await running.signUp());
      while (!['succeeded', 'failed'].includes((await running.stateOf(job)).status)) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }

      expect(await running.stateOf(job)).toMatchObject({ status: 'succeeded', pictures: 1, debits: 1 });
      expect(running.double.predictions).toHaveLength(1);
      const log = lines.join('');
      expect(log).toContain('Check REPLICATE_API_TOKEN');
      expect(log).toContain('"route":"webhooks"');
      for (const secret of [running.double.token, running.double.secret, running.double.secret.slice(6), 'A calm bedroom']) {
        expect(log).not.toContain(secret);
      }
    } finally {
      await running.close();
    }
  });
});
