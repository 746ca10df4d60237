import sharp from 'sharp';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { drawEmptyRoom, drawRoom } from '../src/generation/drawing/draw-room.js';
import { paletteFor } from '../src/generation/drawing/palettes.js';
import { createRandom } from '../src/generation/drawing/random.js';
import { createLocalProvider } from '../src/generation/local.js';
import { labOf, readLab, writeLab } from '../src/generation/local/oklab.js';
import { readWishes } from '../src/generation/local/wishes.js';
import type { GenerationRequest, InputPhoto, Prediction } from '../src/generation/provider.js';

const provider = createLocalProvider({ runtime: runtimeDefaults });

const photoOf = (bytes: Buffer): InputPhoto => ({ contentType: 'image/jpeg', read: () => Promise.resolve(bytes) });

/** A drawn room as a phone would take it: soft, grainy, darker on one side. */
async function asPhoto(svg: string, seed: number): Promise<Buffer> {
  const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().blur(1).raw().toBuffer({ resolveWithObject: true });
  const random = createRandom(seed);
  for (let i = 0; i < data.length; i += 1) {
    const x = (Math.floor(i / 3) % info.width) / info.width;
    data[i] = Math.min(255, (data[i] ?? 0) * (0.75 + 0.3 * x) + random.between(-6, 6));
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }).jpeg({ quality: 84 }).toBuffer();
}

let furnished: Buffer;
let empty: Buffer;
let other: Buffer;

beforeAll(async () => {
  const size = { width: 640, height: 500 };
  furnished = await asPhoto(drawEmptyRoom({ roomType: 'living_room', seed: 3, furnished: true, ...size }), 1);
  empty = await asPhoto(drawEmptyRoom({ roomType: 'living_room', seed: 3, ...size }), 2);
  other = await asPhoto(drawRoom({ roomType: 'living_room', style: 'midcentury', seed: 4, ...size }), 3);
});

const request = (changes: Partial<GenerationRequest>): GenerationRequest => ({
  jobId: '0190a5b0-0000-7000-8000-000000000001',
  mode: 'imagine',
  roomType: 'living_room',
  style: 'scandi',
  words: null,
  prompt: '',
  aspectRatio: '1:1',
  quality: 'low',
  variants: 1,
  inputs: [],
  ...changes,
});

const inputsOf = (mode: GenerationRequest['mode']): InputPhoto[] =>
  ({ imagine: [], redesign: [furnished], staging: [empty], compose: [empty, other] })[mode].map(photoOf);

interface Watch {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: number) => Promise<void>;
}

function collect(changes: Partial<GenerationRequest>, { signal = new AbortController().signal, onProgress = async () => {} }: Watch = {}): Promise<Prediction> {
  return provider.collect('local-1', request(changes), { signal, onProgress });
}

async function make(changes: Partial<GenerationRequest>): Promise<readonly Buffer[]> {
  const prediction = await collect(changes);
  if (prediction.status !== 'succeeded') throw new Error(`The prediction is ${prediction.status}.`);
  return prediction.outputs;
}

const first = async (changes: Partial<GenerationRequest>): Promise<Buffer> => {
  const [picture] = await make(changes);
  if (!picture) throw new Error('There is a picture.');
  return picture;
};

/** The picture as 64 by 64 pixels of three bytes. */
const small = (picture: Buffer): Promise<Buffer> =>
  sharp(picture).resize(64, 64, { fit: 'cover', position: 'attention' }).removeAlpha().raw().toBuffer();

/** How far two pictures are apart: 0 is the same, 255 is black against white. */
async function difference(one: Buffer, another: Buffer): Promise<number> {
  const [left, right] = await Promise.all([small(one), small(another)]);
  return left.reduce((sum, value, i) => sum + Math.abs(value - (right[i] ?? 0)), 0) / left.length;
}

/** The mean distance of a picture's pixels to the nearest of some colours, in OKLab. */
async function distanceTo(colours: readonly string[], picture: Buffer): Promise<number> {
  const pixels = await small(picture);
  const targets = colours.map(labOf);
  const lab = new Float64Array(3);
  let sum = 0;
  for (let at = 0; at < pixels.length; at += 3) {
    readLab(pixels, at, lab);
    const [l = 0, a = 0, b = 0] = lab;
    sum += Math.min(...targets.map((target) => Math.hypot(l - target.l, a - target.a, b - target.b)));
  }
  return sum / (pixels.length / 3);
}

/** How alike two pictures' edges are: 1 is the same drawing, 0 is another one. */
async function sameStructure(one: Buffer, another: Buffer): Promise<number> {
  const edges = async (picture: Buffer): Promise<number[]> => {
    const grey = await sharp(picture).resize(96, 96, { fit: 'cover', position: 'attention' }).greyscale().raw().toBuffer();
    const slopes = Array.from(grey, (value, i) => Math.abs(value - (grey[i + 1] ?? value)) + Math.abs(value - (grey[i + 96] ?? value)));
    const mean = slopes.reduce((sum, value) => sum + value, 0) / slopes.length;
    return slopes.map((value) => value - mean);
  };
  const [left, right] = await Promise.all([edges(one), edges(another)]);
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(left, right) / Math.sqrt(dot(left, left) * dot(right, right));
}

describe.each(['imagine', 'redesign', 'staging', 'compose'] as const)('the mode %s', (mode) => {
  test('makes as many pictures as were asked for, each another one, and tells how far it is', async () => {
    const progress: number[] = [];
    const prediction = await collect(
      { mode, variants: 3, inputs: inputsOf(mode) },
      { onProgress: async (value) => void progress.push(value) },
    );

    const outputs = prediction.status === 'succeeded' ? prediction.outputs : [];
    expect(outputs).toHaveLength(3);
    for (const output of outputs) {
      expect(await sharp(output).metadata()).toMatchObject({ format: 'png', width: 768, height: 768, channels: 3 });
    }
    const [one, two, three] = outputs;
    for (const [left, right] of [[one, two], [two, three], [one, three]]) {
      expect(left && right && (await difference(left, right))).toBeGreaterThan(1);
    }
    expect(progress.length).toBeGreaterThanOrEqual(3);
    expect(progress).toEqual([...new Set(progress)].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  test('makes the same bytes of the same job, and others of another job', async () => {
    const changes = { mode, inputs: inputsOf(mode) };
    const picture = await first(changes);

    expect((await first(changes)).equals(picture)).toBe(true);
    expect((await first({ ...changes, jobId: '0190a5b0-0000-7000-8000-000000000002' })).equals(picture)).toBe(false);
  });

  test('gives each shape and quality its size', async () => {
    const sizes: string[] = [];
    for (const [aspectRatio, quality] of [['1:1', 'auto'], ['3:2', 'low'], ['2:3', 'medium']] as const) {
      const { width, height } = await sharp(await first({ mode, aspectRatio, quality, inputs: inputsOf(mode) })).metadata();
      sizes.push(`${width}x${height}`);
    }
    expect(sizes).toEqual(['1024x1024', '942x628', '836x1254']);
  });

  test('stops when it is told to, with the reason it was given', async () => {
    const stop = new AbortController();
    const reason = new Error('The process ends.');
    let calls = 0;
    const onProgress = async (): Promise<void> => {
      calls += 1;
      stop.abort(reason);
    };

    await expect(collect({ mode, variants: 3, inputs: inputsOf(mode) }, { signal: stop.signal, onProgress })).rejects.toBe(reason);
    expect(calls).toBe(1);
    await expect(collect({ mode, inputs: inputsOf(mode) }, { signal: stop.signal })).rejects.toBe(reason);
  });
});

test('a long computation gives others their turn, and is stopped in its middle', async () => {
  const stop = new AbortController();
  const reason = new Error('Enough.');
  const reported: number[] = [];
  const work = collect(
    { mode: 'redesign', quality: 'high', inputs: inputsOf('redesign') },
    {
      signal: stop.signal,
      onProgress: async (progress) => {
        reported.push(progress);
        // Two turns later, long before the next step is done.
        setImmediate(() => setImmediate(() => stop.abort(reason)));
      },
    },
  );
  await expect(work).rejects.toBe(reason);
  expect(reported).toHaveLength(1);
});

test.each(['coastal_au', 'midcentury', 'industrial', 'scandi', 'hamptons_au'])('a redesign moves the photo towards the colours of %s', async (style) => {
  const { wall, floor, ceiling, trim, sofa, seat, wood, woodDark, metal, throwColour } = paletteFor(style);
  const colours = [wall, floor.colour, ceiling, trim, sofa, seat, wood, woodDark, metal, throwColour];
  // A photo that is near already cannot come nearer: a tired grey room is half-way to an industrial one.
  const photo = style === 'industrial' ? other : furnished;
  const pictures = await make({ mode: 'redesign', style, variants: 2, inputs: [photoOf(photo)] });

  const before = await distanceTo(colours, photo);
  for (const picture of pictures) expect(await distanceTo(colours, picture)).toBeLessThan(before * 0.9);
});

test('a redesign keeps the room, and another room is told from it', async () => {
  const picture = await first({ mode: 'redesign', style: 'midcentury', inputs: inputsOf('redesign') });

  expect(await difference(picture, furnished)).toBeGreaterThan(12);
  expect(await sameStructure(picture, furnished)).toBeGreaterThan(0.6);
  expect(await sameStructure(picture, other)).toBeLessThan(0.4);
});

test('staging furnishes the lower part of the picture, by room type, and leaves the ceiling as it was', async () => {
  const bedroom = await first({ mode: 'staging', roomType: 'bedroom', inputs: inputsOf('staging') });
  const living = await first({ mode: 'staging', roomType: 'living_room', inputs: inputsOf('staging') });
  const part = (picture: Buffer, top: number, height: number): Promise<Buffer> =>
    sharp(picture).resize(768, 768, { fit: 'cover', position: 'attention' }).extract({ left: 0, top, width: 768, height }).png().toBuffer();

  const ceiling = await difference(await part(bedroom, 0, 100), await part(empty, 0, 100));
  const floor = await difference(await part(bedroom, 500, 268), await part(empty, 500, 268));
  expect(floor).toBeGreaterThan(ceiling * 1.5);
  expect(await difference(bedroom, living)).toBeGreaterThan(10);
});

test('compose takes the room of the first photo and the colours of the second', async () => {
  const picture = await first({ mode: 'compose', style: null, inputs: inputsOf('compose') });
  const { feature, floor } = paletteFor('midcentury');

  expect(await distanceTo([feature, floor.colour], picture)).toBeLessThan(await distanceTo([feature, floor.colour], empty));
  expect(await sameStructure(picture, empty)).toBeGreaterThan(await sameStructure(picture, other));
});

test('words choose preset and colours where nothing else does', async () => {
  const words = 'An industrial kitchen with terracotta walls';
  const [said, chosen, plain] = await Promise.all([
    first({ roomType: null, style: null, words }),
    first({ roomType: 'kitchen', style: 'industrial', words }),
    first({ roomType: 'kitchen', style: 'industrial' }),
  ]);
  expect(said?.equals(chosen)).toBe(true);
  expect(await difference(chosen, plain)).toBeGreaterThan(3);
});

test.each([
  ['Scandinavian dining room, please', { roomType: 'dining_room', style: 'scandi', colours: {} }],
  ['a lounge with a navy blue velvet sofa and sage green walls', { roomType: 'living_room', style: null, colours: { seat: '#283f63', wall: '#a3b093' } }],
  ['mustard and teal, constructor, toString', { roomType: null, style: null, colours: { accents: ['#cf9f34', '#2b7074'] } }],
  ['', { roomType: null, style: null, colours: {} }],
  [null, { roomType: null, style: null, colours: {} }],
])('of "%s" it understands what it knows', (words, wishes) => {
  expect(readWishes(words, runtimeDefaults)).toEqual(wishes);
});

describe('a photo', () => {
  const redesignOf = (bytes: Buffer): Promise<Prediction> => collect({ mode: 'redesign', inputs: [photoOf(bytes)] });
  const refused = { status: 'failed', code: 'input_unreadable', message: expect.stringContaining('cannot be read') };

  test('that is none fails the job, and so does one that is missing or cut off', async () => {
    expect(await redesignOf(Buffer.from('no picture'))).toEqual(refused);
    expect(await redesignOf(Buffer.alloc(0))).toEqual(refused);
    expect(await redesignOf(furnished.subarray(0, 200))).toEqual(refused);
    expect(await collect({ mode: 'compose', inputs: [photoOf(empty)] })).toEqual(refused);
    expect(await collect({ mode: 'redesign', inputs: [] })).toEqual(refused);
  });

  test('that cannot be fetched is the fault of whoever keeps it, and worth another try', async () => {
    const away = new Error('The store is away.');
    const input = { contentType: 'image/jpeg', read: () => Promise.reject(away) };
    await expect(collect({ mode: 'redesign', inputs: [input] })).rejects.toBe(away);
  });

  test.each([
    ['grey', () => sharp(furnished).greyscale().png().toBuffer()],
    ['transparent', () => sharp(furnished).ensureAlpha(0.5).png().toBuffer()],
    ['CMYK', () => sharp(furnished).toColourspace('cmyk').jpeg().toBuffer()],
    ['of 16 bits', () => sharp(furnished).toColourspace('rgb16').png().toBuffer()],
    ['a single pixel', () => sharp({ create: { width: 1, height: 1, channels: 3, background: '#8a6' } }).png().toBuffer()],
    ['black', () => sharp({ create: { width: 300, height: 200, channels: 3, background: '#000' } }).png().toBuffer()],
    ['white', () => sharp({ create: { width: 300, height: 200, channels: 3, background: '#fff' } }).webp().toBuffer()],
    ['a strip', () => sharp({ create: { width: 4_000, height: 3, channels: 3, background: '#567' } }).png().toBuffer()],
    ['a tall strip', () => sharp({ create: { width: 2, height: 9_000, channels: 3, background: '#567' } }).png().toBuffer()],
  ])('that is %s is restyled like any other', async (_name, photo) => {
    const prediction = await redesignOf(await photo());
    const picture = prediction.status === 'succeeded' ? prediction.outputs[0] : undefined;
    expect(await sharp(picture).metadata()).toMatchObject({ width: 768, height: 768, channels: 3 });
  });
});

test('a style or a room type that nobody knows is drawn all the same', async () => {
  const [picture] = await make({ mode: 'staging', style: '__proto__', roomType: 'wine_cellar', inputs: inputsOf('staging') });
  expect(picture && (await difference(picture, empty))).toBeGreaterThan(5);
});

test('colours come back from OKLab as they went in', () => {
  const random = createRandom('colours');
  const bytes = Uint8Array.from({ length: 3_000 }, () => random.whole(0, 255));
  const out = new Uint8Array(bytes.length);
  const lab = new Float64Array(3);
  for (let at = 0; at < bytes.length; at += 3) {
    readLab(bytes, at, lab);
    const [l = 0, a = 0, b = 0] = lab;
    writeLab(l, a, b, out, at);
  }
  // In the deepest black a byte is finer than the table's steps.
  for (const [i, value] of bytes.entries()) expect(Math.abs(value - (out[i] ?? 0))).toBeLessThanOrEqual(value < 24 ? 3 : 1);
});

test('a prediction’s id is its job’s, and nothing is to be cancelled elsewhere', async () => {
  const { signal } = new AbortController();
  expect(await provider.start(request({}), signal)).toEqual({ predictionId: 'local-0190a5b0-0000-7000-8000-000000000001' });
  await expect(provider.cancel('local-unknown')).resolves.toBeUndefined();
});
