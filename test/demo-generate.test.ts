import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { runDemoGenerate } from '../src/cli/demo-generate.js';
import { createTestApp, testVariables, type TestApp } from './support/app.js';

let app: TestApp;
let folder: string;
let photo: string;

beforeAll(async () => {
  app = await createTestApp({
    background: true,
    holdsBudgets: false,
    comparesExecutions: false,
    // Forms name the public address, which in tests is nobody's.
    wrapStorage: (storage) => ({
      ...storage,
      uploadForm: async (...form) => ({ ...(await storage.uploadForm(...form)), url: `${app.url}/uploads` }),
    }),
  });
  folder = await mkdtemp(join(tmpdir(), 'roomfeed-demo-'));
  photo = join(folder, 'photo.JPG');
  const colours = { r: 180, g: 160, b: 140 };
  await sharp({ create: { width: 600, height: 400, channels: 3, background: colours } }).jpeg().toFile(photo);
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: string[]) {
  const said = { out: '', err: '' };
  const steps: number[] = [];
  const code = await runDemoGenerate([...args, '--url', app.url], {
    variables: testVariables(app.storageDirectory),
    stdout: (text) => void (said.out += text),
    stderr: (text) => void (said.err += text),
    progress: (done) => void steps.push(done),
  });
  return { code, ...said, steps };
}

describe('npm run demo:generate', () => {
  it('uploads a photo, has it restyled, watches, and prints the address of what is first in the feed', async () => {
    const { code, out, err, steps } = await run(photo, '--style', 'japandi', '--variants', '1');

    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringMatching(/Uploaded .*\nSubmitted; 19 [^]*First in the feed, with 1 picture/) });
    expect(out).toMatch(/^http:\S+\/v1\/0\.webp\?\S+\n$/);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(steps.at(-1)).toBe(100);
    const { pathname, search } = new URL(out);
    const picture = Buffer.from(await (await fetch(`${app.url}${pathname}${search}`)).arrayBuffer());
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'webp', width: 1024, height: 1024 });
  });

  it('imagines a room where there is no photo', async () => {
    const { code, out } = await run('--prompt', 'A reading corner by the window', '--variants', '1');

    expect(code).toBe(0);
    expect(out).toMatch(/^http:\S+\n$/);
  });

  it.each([
    [['--style', 'neverheard', '--prompt', 'A room'], /"neverheard" is not offered/],
    [['--mode', 'imagine'], /give a prompt/],
    [[join(tmpdir(), 'roomfeed-no-such-photo.jpg')], /cannot be read/],
    [['notes.txt'], /no \.jpg, \.png or \.webp file/],
  ])('says why %j cannot be done, and ends with 1', async (args, why) => {
    expect(await run(...args)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(why) });
  });

  it('says so where the file is no photo', async () => {
    const path = join(folder, 'page.png');
    await writeFile(path, '<!doctype html><script>alert(1)</script>');

    expect(await run(path)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^Not generated: /) });
  });

  it.each([[[]], [['--nonsense']], [['a.jpg', 'b.jpg', 'c.jpg']]])('explains itself when it is asked wrongly: %j', async (args) => {
    const said = { out: '', err: '' };
    const code = await runDemoGenerate(args, {
      variables: {},
      stdout: (text) => void (said.out += text),
      stderr: (text) => void (said.err += text),
      progress: () => undefined,
    });

    expect({ code, ...said }).toMatchObject({ code: 2, out: '', err: expect.stringContaining('npm run demo:generate') });
  });
});
