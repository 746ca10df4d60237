import { demoProfiles } from '../src/config/demo-profiles.js';
import { exampleDocuments } from '../src/server/graphiql-examples.js';
import { seedDemo } from '../src/services/seeding/demo.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { hasBrowser, launchBrowser } from './support/browser.js';
import { createJobDriver } from './support/drive-jobs.js';
import { openStream } from './support/live-stream.js';
import { globalId } from './support/seed.js';

/** What a newcomer meets after `npm start`: the demo data, the examples of GraphiQL, and the pictures behind them. */
const demoUser = demoProfiles.find(({ email }) => email === 'demo@roomfeed.test')!;

let gateway: TestApp;
let demo: Person;

beforeAll(async () => {
  gateway = await createTestApp({ graphiqlPerson: demoUser });
  const { app } = gateway;
  await seedDemo({
    service: app.databases.service({ kind: 'system' }),
    storage: app.storage,
    configuration: app.services.presets.presets(),
    now: new Date(),
  });
  demo = await gateway.signUp(demoUser);
}, 180_000);
afterAll(() => gateway.close());

const isStream = ({ query }: { query: string }) => query.includes('\nsubscription ');
const nameOf = (query: string) => /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? query;

it.each(exampleDocuments.filter((document) => !isStream(document)).map((document) => [nameOf(document.query), document] as const))(
  'the example %s runs as the demo user and has something to show',
  async (_name, { query, variables }) => {
    const { data, errors } = await gateway.ask(query, { as: demo, variables });

    expect(errors).toBeUndefined();
    expect(JSON.stringify(data)).toMatch(/":\[\{|Payload"/);
  },
);

it('the example of a subscription tells of a generation of the demo user', async () => {
  const stream = await openStream(gateway.url, exampleDocuments.find(isStream)!.query, { as: demo });
  const { id } = await createJobDriver(gateway.app).submit(demo.id);
  for (;;) {
    const { body } = await stream.next();
    expect(body?.errors).toBeUndefined();
    if (JSON.stringify(body?.data).includes(globalId('GenerationJob', id))) break;
  }
  stream.leave();
});

it('every picture of the feed and of the community opens at its URL, as the type that it says', async () => {
  const { data } = await gateway.ask<{
    viewer: { renders: { nodes: { coverImage: ImageOf; variants: { image: ImageOf }[]; inputImages: ImageOf[] }[] } };
    communityItems: { nodes: { image: ImageOf }[] };
  }>(
    `{ viewer { renders(first: 100) { nodes {
         coverImage { ...picture } variants { image { ...picture } } inputImages { ...picture } } } }
       communityItems(first: 100) { nodes { image { ...picture } } } }
     fragment picture on Image { url contentType byteSize }`,
    { as: demo },
  );
  const images = [
    ...data.viewer.renders.nodes.flatMap(({ coverImage, variants, inputImages }) => [
      coverImage,
      ...variants.map(({ image }) => image),
      ...inputImages,
    ]),
    ...data.communityItems.nodes.map(({ image }) => image),
  ];

  expect(images.length).toBeGreaterThan(100);
  for (const { url, contentType, byteSize } of images) {
    const response = await fetch(url.replace('http://127.0.0.1:4000', gateway.url));
    const bytes = await response.arrayBuffer();
    expect({ url, status: response.status, type: response.headers.get('content-type') }).toEqual({
      url,
      status: 200,
      type: contentType,
    });
    // A thumbnail does not say what it weighs.
    if (byteSize !== null) expect(bytes.byteLength).toBe(byteSize);
  }
});

interface ImageOf {
  readonly url: string;
  readonly contentType: string;
  readonly byteSize: number | null;
}

(hasBrowser ? it : it.skip)('a click on run in GraphiQL shows the renders, and nothing is asked of anybody else', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const requested: string[] = [];
    page.on('request', (request) => requested.push(request.url()));

    await page.goto(`${gateway.url}/graphql`);
    await page.locator('.graphiql-execute-button').click();
    await page.locator('.result-window').filter({ hasText: /"coverImage"[^]*_thumb\.webp/ }).waitFor();

    const outside = requested.filter((url) => !new RegExp(`^(${gateway.url}|blob:${gateway.url}|data:)`).test(url));
    expect(requested.length).toBeGreaterThan(1);
    expect(outside).toEqual([]);
  } finally {
    await browser.close();
  }
});
