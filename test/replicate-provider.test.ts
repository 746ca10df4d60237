import { inspect } from 'node:util';
import { parseConfiguration } from '../src/config/configuration.js';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import type { ReplicateModel } from '../src/config/runtime.js';
import { type GenerationProvider, type GenerationRequest, ProviderUnavailable } from '../src/generation/provider.js';
import { createReplicateProvider } from '../src/generation/replicate.js';
import { progressOf } from '../src/generation/replicate/answer.js';
import { inputOf, referenceOf } from '../src/generation/replicate/input.js';
import { createReplicateDouble, type Fault, type ReplicateDouble, type ServedFile } from './support/replicate-double.js';
import { picture } from './support/replicate-stage.js';

const request: GenerationRequest = {
  jobId: '0197b000-0000-7000-8000-000000000001',
  mode: 'imagine',
  roomType: 'bedroom',
  style: 'japandi',
  words: 'A calm bedroom',
  prompt: 'Imagine a calm bedroom',
  aspectRatio: '3:2',
  quality: 'low',
  variants: 2,
  inputs: [],
};
const signal = new AbortController().signal;
const options = { signal, onProgress: () => Promise.resolve() };

let double: ReplicateDouble;
let provider: GenerationProvider;
let faults: string[];

beforeEach(async () => {
  double = await createReplicateDouble();
  faults = [];
  const settings = parseConfiguration({ JWT_SECRET: 'x'.repeat(32), ...double.environment }, () => '{}').environment.replicate;
  provider = createReplicateProvider({
    settings: settings!,
    runtime: runtimeDefaults,
    publicUrl: 'https://gateway.test',
    onFault: (message) => faults.push(message),
    timeouts: { call: 1_000, upload: 1_000, download: 1_000 },
  });
});
afterEach(() => double.close());

async function begin(): Promise<string> {
  const started = await provider.start(request, signal);
  if (!('predictionId' in started)) throw new Error(started.code);
  return started.predictionId;
}

/** What became of a prediction that made these files. */
async function collect(...files: (ServedFile | string)[]) {
  const id = await begin();
  const output = files.map((file) => (typeof file === 'string' ? file : double.serve(file)));
  double.finish(id, { status: 'succeeded', output });
  return provider.collect(id, request, options);
}

describe('what a model is given', () => {
  const { imagine, compose } = runtimeDefaults.replicate.models;

  test('is the request under the names that the model has for it', () => {
    expect(inputOf(imagine, request, [])).toEqual({
      prompt: 'Imagine a calm bedroom',
      aspect_ratio: '3:2',
      quality: 'low',
      number_of_images: 2,
      output_format: 'webp',
    });
    expect(inputOf(compose, request, ['https://a', 'https://b'])).toMatchObject({ input_images: ['https://a', 'https://b'] });
  });

  test('leaves out what the model has no name for, and gives each photo the parameter that it has', () => {
    const model: ReplicateModel = {
      model: 'somebody/restyle:abc123',
      parameters: { prompt: 'text', photos: ['room', 'look'], variants: null, aspectRatio: null, quality: null },
      fixed: { steps: 30, text: 'never this' },
    };

    expect(inputOf(model, request, ['https://a', 'https://b'])).toEqual({
      steps: 30,
      text: 'Imagine a calm bedroom',
      room: 'https://a',
      look: 'https://b',
    });
    expect(referenceOf(model)).toEqual({ version: 'abc123' });
    expect(referenceOf(imagine)).toEqual({ model: 'openai/gpt-image-1.5' });
  });

  test('is refused where the model takes fewer photos than there are', () => {
    const model = { ...imagine, parameters: { ...imagine.parameters, photos: ['room'] } };

    expect(() => inputOf(model, request, ['https://a', 'https://b'])).toThrow(/replicate\.models/);
    expect(() => inputOf({ ...model, parameters: { ...model.parameters, photos: null } }, request, ['https://a'])).toThrow();
  });
});

describe('starting', () => {
  test('begins one prediction by the model of the mode, and asks for webhooks of its start and its end', async () => {
    const id = await begin();

    expect(double.predictions).toMatchObject([
      {
        id,
        model: 'openai/gpt-image-1.5',
        input: { prompt: 'Imagine a calm bedroom', number_of_images: 2 },
        webhook_events_filter: ['start', 'completed'],
      },
    ]);
    expect(double.predictions[0]?.webhook).toMatch(
      /^https:\/\/gateway\.test\/webhooks\/replicate\?job=0197b000-0000-7000-8000-000000000001&proof=[\w-]{43}$/,
    );
  });

  test('uploads the photos first, as what they are', async () => {
    const bytes = await picture('jpeg');
    const inputs = [{ contentType: 'image/jpeg', read: () => Promise.resolve(bytes) }];

    await provider.start({ ...request, mode: 'redesign', inputs }, signal);

    const [address, photo] = [...double.photos][0]!;
    expect(photo).toEqual({ bytes, contentType: 'image/jpeg' });
    expect(double.predictions[0]?.input).toMatchObject({ input_images: [address], input_fidelity: 'high' });
  });

  test.each<Fault>([429, 500, 503, 408, 'hang', 'reset', 'garbage', 'something else', 401, 402, 403])(
    'asks once and says that it is unavailable after %s',
    async (fault) => {
      double.fail('create', fault);

      await expect(provider.start(request, signal)).rejects.toThrow(ProviderUnavailable);

      expect(double.calls('create')).toBe(1);
      expect(double.predictions).toEqual([]);
    },
  );

  test.each([
    [422, 'provider_rejected'],
    [400, 'provider_rejected'],
    [404, 'provider_failed'],
  ] as const)('fails for good after %s', async (status, code) => {
    double.fail('create', status);

    const outcome = await provider.start(request, signal);

    expect(outcome).toMatchObject({ status: 'failed', code });
    expect(JSON.stringify(outcome)).not.toContain('nobody else');
    expect(faults).toEqual([`Replicate answered ${status} to a prediction by openai/gpt-image-1.5.`]);
  });

  test('says that the photo was not taken where it was refused, and asks for no prediction', async () => {
    double.fail('upload', 413);
    const inputs = [{ contentType: 'image/jpeg', read: () => picture('jpeg') }];

    await expect(provider.start({ ...request, mode: 'redesign', inputs }, signal)).resolves.toMatchObject({
      status: 'failed',
      code: 'input_unreadable',
    });
    expect(double.calls('create')).toBe(0);
  });

  test('tells operators of a token that is not taken, and nobody of the token', async () => {
    double.fail('create', 401);

    const error: unknown = await provider.start(request, signal).catch((reason: unknown) => reason);

    expect(faults).toEqual([expect.stringContaining('REPLICATE_API_TOKEN')]);
    expect(`${inspect(error, { depth: 9, showHidden: true })}${faults.join()}`).not.toContain(double.token);
  });

  test('ends with its signal', async () => {
    const stopping = new AbortController();
    double.fail('create', 'hang');
    const started = provider.start(request, stopping.signal);
    stopping.abort();

    await expect(started).rejects.toThrow(ProviderUnavailable);
  });
});

describe('looking what became of a prediction', () => {
  test('tells that it works, and how far it has come by its progress bar', async () => {
    const id = await begin();
    await expect(provider.collect(id, request, options)).resolves.toEqual({ status: 'working', progress: null });

    double.finish(id, { status: 'processing', logs: 'Using 50% grey\n 40%|████      | 20/50\n 76%|███████   | 38/50' });

    await expect(provider.collect(id, request, options)).resolves.toEqual({ status: 'working', progress: 0.76 });
  });

  test.each([
    ['a bar beyond its end', ' 999%|███| 1/1', 1],
    ['somebody\'s words', '100% wool', null],
    ['no text', null, null],
    ['more than is read', '5%|'.repeat(100_000), 0.05],
  ])('reads of logs no more than a progress from 0 to 1: %s', (_name, logs, progress) => {
    expect(progressOf({ logs })).toBe(progress);
  });

  test('brings pictures of every type in their order, and no more than were asked for', async () => {
    const [webp, png, jpeg] = await Promise.all([picture('webp'), picture('png'), picture('jpeg')]);

    await expect(
      collect({ body: png, contentType: 'image/png' }, { body: jpeg, contentType: 'image/jpeg; q=1' }, { body: webp }),
    ).resolves.toEqual({ status: 'succeeded', outputs: [png, jpeg] });
    expect(double.calls('download')).toBe(2);
  });

  test('takes a single address for a list of one', async () => {
    const body = await picture();
    const id = await begin();
    double.finish(id, { status: 'succeeded', output: double.serve({ body }) });

    await expect(provider.collect(id, request, options)).resolves.toEqual({ status: 'succeeded', outputs: [body] });
  });

  test('gives the token to no address of an output', async () => {
    await collect({ body: await picture() });

    expect(double.downloadHeaders).toHaveLength(1);
    expect(JSON.stringify(double.downloadHeaders)).not.toContain(double.token);
  });

  describe('leaves out', () => {
    const huge = Buffer.alloc(25_000_001, Buffer.from('ffd8ff', 'hex'));
    const jpeg = 'image/jpeg';

    test.each<[string, (good: Buffer) => ServedFile | string]>([
      ['a page', (good) => ({ body: good, contentType: 'text/html' })],
      ['an SVG', () => ({ body: Buffer.from('<svg/>'), contentType: 'image/svg+xml' })],
      ['what only says that it is a picture', () => ({ body: Buffer.from('<html>'), contentType: jpeg })],
      ['an empty file', () => ({ body: Buffer.alloc(0), contentType: jpeg })],
      ['what says that it is too large', () => ({ body: huge, contentType: jpeg })],
      ['what turns out to be too large', () => ({ body: huge, contentType: jpeg, isChunked: true })],
      ['what is gone', (good) => ({ body: good, status: 404 })],
      ['what is not to be had', (good) => ({ body: good, status: 403 })],
      ['another host', () => 'http://127.0.0.1:9/outputs/a.webp'],
      ['a name that only ends like Replicate\'s', () => 'https://evilreplicate.delivery/a.webp'],
      ['a name that only begins like Replicate\'s', () => 'https://replicate.delivery.evil.test/a.webp'],
      ['another port of Replicate\'s', () => 'https://replicate.delivery:8443/a.webp'],
      ['Replicate\'s without TLS', () => 'http://replicate.delivery/a.webp'],
      ['an address with a password', (good) => double.serve({ body: good }).replace('//', '//user:password@')],
      ['a file of the machine', () => 'file:///etc/passwd'],
      ['a data URI', (good) => `data:image/webp;base64,${good.toString('base64')}`],
      ['what is no address', () => 'http://'],
      ['a redirect to another host', () => ({ body: Buffer.alloc(0), status: 302, location: 'http://127.0.0.1:9/secrets' })],
      ['a redirect to nowhere', () => ({ body: Buffer.alloc(0), status: 302, location: 'http://' })],
      ['a redirect to itself', () => ({ body: Buffer.alloc(0), status: 302, location: '' })],
    ])('%s', async (_name, bad) => {
      const good = await picture();

      await expect(collect(bad(good), { body: good })).resolves.toEqual({ status: 'succeeded', outputs: [good] });
      expect(faults).toHaveLength(1);
    });
  });

  test('follows a redirect that stays with Replicate', async () => {
    const body = await picture();

    await expect(collect({ body: Buffer.alloc(0), status: 302, location: double.serve({ body }) })).resolves.toEqual({
      status: 'succeeded',
      outputs: [body],
    });
  });

  test.each([[[]], [null], [{ url: 'https://replicate.delivery/a.webp' }], [[1, null]]])(
    'is a failure where nothing came of it: %j',
    async (output) => {
      const id = await begin();
      double.finish(id, { status: 'succeeded', output });

      await expect(provider.collect(id, request, options)).resolves.toMatchObject({ status: 'failed', code: 'provider_failed' });
    },
  );

  test.each<Fault>([500, 429, 'reset', 'hang', 'lost answer'])('is tried again where a picture is not to be had after %s', async (fault) => {
    const body = await picture();
    double.fail('download', fault);

    await expect(collect({ body })).rejects.toThrow(ProviderUnavailable);
    await expect(provider.collect(double.predictions[0]!.id, request, options)).resolves.toMatchObject({ status: 'succeeded' });
  });

  test.each<Fault>([429, 500, 'hang', 'reset', 'garbage', 'something else', 'lost answer', 401])(
    'asks once and says that it is unavailable after %s',
    async (fault) => {
      const id = await begin();
      double.fail('get', fault);

      await expect(provider.collect(id, request, options)).rejects.toThrow(ProviderUnavailable);
      expect(double.calls('get')).toBe(1);
    },
  );

  test.each([
    ['CUDA out of memory', 'provider_failed'],
    [null, 'provider_failed'],
    ['NSFW content detected. Try running it again.', 'provider_rejected'],
    ['The input or output was flagged as sensitive. (E005)', 'provider_rejected'],
  ])('tells apart why it failed: %s', async (error, code) => {
    const id = await begin();
    double.finish(id, { status: 'failed', error });

    const outcome = await provider.collect(id, request, options);

    expect(outcome).toMatchObject({ status: 'failed', code });
    expect(JSON.stringify(outcome)).not.toMatch(/CUDA|NSFW|E005/);
  });

  test.each(['canceled', 'aborted'])('tells that it was stopped: %s', async (status) => {
    const id = await begin();
    double.finish(id, { status });

    await expect(provider.collect(id, request, options)).resolves.toEqual({ status: 'canceled' });
  });

  test('takes a prediction that nobody knows for a failed one', async () => {
    await expect(provider.collect('local-../../v1/account', request, options)).resolves.toMatchObject({
      status: 'failed',
      code: 'provider_failed',
    });
  });
});

describe('canceling', () => {
  test('stops a prediction, and is content with one that is over or unknown', async () => {
    const id = await begin();

    await provider.cancel(id);
    await provider.cancel(id);
    await provider.cancel('unknown');

    expect(double.predictions[0]?.status).toBe('canceled');
  });

  test('rejects where it cannot be asked', async () => {
    const id = await begin();
    double.fail('cancel', 'reset');

    await expect(provider.cancel(id)).rejects.toThrow(ProviderUnavailable);
    expect(double.predictions[0]?.status).toBe('starting');
  });
});
