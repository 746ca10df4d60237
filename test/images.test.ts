import { createTestApp, type Person, type TestApp } from './support/app.js';
import { read } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

const hour = 3_600_000;
const start = Date.parse('2024-05-15T12:00:00.000Z');
let now = start;

let gateway: TestApp;
let seed: Seed;

beforeAll(async () => {
  gateway = await createTestApp({ now: () => new Date(now) });
  seed = await createSeed(gateway);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});
beforeEach(() => {
  now = start;
});

interface Picture {
  url: string;
  expiresAt: string | null;
  contentType: string;
}

/** A render with one variant whose two pictures are in the store. */
async function renderWithPictures(): Promise<{ person: Person; id: string; full: Buffer; thumbnail: Buffer }> {
  const person = await gateway.signUp();
  const [render] = (await seed.renders(person.id, 1, { variants: 1 })) as [string];
  const full = Buffer.from(`the whole picture of ${render}`);
  const thumbnail = Buffer.from(`a small picture of ${render}`);
  const key = `renders/${person.id}/${render}/v1/0`;
  await gateway.app.storage.put(`${key}.webp`, full, { contentType: 'image/webp' });
  await gateway.app.storage.put(`${key}_thumb.webp`, thumbnail, { contentType: 'image/webp' });
  return { person, id: globalId('Render', render), full, thumbnail };
}

async function pictures(person: Person, id: string): Promise<{ full: Picture; thumbnail: Picture }> {
  const query = `query ($id: ID!) { render(id: $id) {
    thumbnail: coverImage { url expiresAt contentType } full: coverImage(size: FULL) { url expiresAt contentType } } }`;
  return (await read<{ render: { full: Picture; thumbnail: Picture } }>(gateway, query, { as: person, variables: { id } })).render;
}

/** The public URL is an address of the outside; here its path and query are asked of the server itself. */
function fetchAsset(url: string): Promise<Response> {
  const { pathname, search } = new URL(url);
  return fetch(`${gateway.url}${pathname}${search}`);
}

const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a private picture', () => {
  it('is fetched by its signed URL, in both sizes', async () => {
    const { person, id, full, thumbnail } = await renderWithPictures();
    const found = await pictures(person, id);
    for (const [picture, content] of [[found.full, full], [found.thumbnail, thumbnail]] as const) {
      const response = await fetchAsset(picture.url);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(picture.contentType);
      expect(response.headers.get('cache-control')).toMatch(/^private,/);
      expect(await bytes(response)).toEqual(content);
    }
  });

  it('is fetched as the photo that went in', async () => {
    const person = await gateway.signUp();
    const [render] = (await seed.renders(person.id, 1, { jobs: true })) as [string];
    await gateway.app.storage.put(`inputs/${person.id}/${render}-a.jpg`, Buffer.from('before'), { contentType: 'image/jpeg' });
    const query = 'query ($id: ID!) { render(id: $id) { inputImages { url expiresAt contentType } } }';
    const { render: found } = await read<{ render: { inputImages: Picture[] } }>(gateway, query, {
      as: person,
      variables: { id: globalId('Render', render) },
    });
    const response = await fetchAsset(found.inputImages[0]!.url);
    expect([response.status, (await bytes(response)).toString()]).toEqual([200, 'before']);
  });

  it('has one URL within an hour, which lives until the end of the next', async () => {
    const { person, id } = await renderWithPictures();
    const first = await pictures(person, id);
    expect(first.full.expiresAt).toBe('2024-05-15T14:00:00.000Z');
    expect(first.thumbnail.url).not.toBe(first.full.url);
    now = start + hour - 1;
    expect(await pictures(person, id)).toEqual(first);
    // Wherever it is read.
    const feed = `{ viewer { renders { nodes { coverVariant { image { url expiresAt contentType } } } } } }`;
    expect(await read(gateway, feed, { as: person })).toEqual({
      viewer: { renders: { nodes: [{ coverVariant: { image: first.full } }] } },
    });

    now = start + hour;
    const second = await pictures(person, id);
    expect(second.full.url).not.toBe(first.full.url);
    expect(second.full.expiresAt).toBe('2024-05-15T15:00:00.000Z');
    expect((await fetchAsset(first.full.url)).status).toBe(200);
  });

  it('is refused once its URL has expired', async () => {
    const { person, id } = await renderWithPictures();
    const { full } = await pictures(person, id);
    now = Date.parse(full.expiresAt!) - 1;
    expect((await fetchAsset(full.url)).status).toBe(200);
    now = Date.parse(full.expiresAt!);
    expect((await fetchAsset(full.url)).status).toBe(403);
  });

  it.each<[string, (url: URL, other: URL) => void]>([
    ['without a signature', (url) => (url.search = '')],
    ['with another letter in its signature', (url) => url.searchParams.set('signature', `${url.searchParams.get('signature')!.startsWith('A') ? 'B' : 'A'}${url.searchParams.get('signature')!.slice(1)}`)],
    ['with a later expiry', (url) => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 3_600))],
    ['with the path of somebody else\'s picture', (url, other) => (url.pathname = other.pathname)],
    ['with the path of its own other size', (url) => (url.pathname = url.pathname.replace('.webp', '_thumb.webp'))],
  ])('is refused %s', async (_what, tamper) => {
    const mine = await renderWithPictures();
    const theirs = await renderWithPictures();
    const url = new URL((await pictures(mine.person, mine.id)).full.url);
    expect((await fetchAsset(url.href)).status).toBe(200);
    tamper(url, new URL((await pictures(theirs.person, theirs.id)).full.url));
    const response = await fetchAsset(url.href);
    expect(response.status).toBe(403);
    expect((await bytes(response)).toString()).not.toContain('picture of');
  });

  it('is missed by 404 where the store lost it', async () => {
    const { person, id } = await renderWithPictures();
    const { full } = await pictures(person, id);
    await gateway.app.storage.delete([decodeURIComponent(new URL(full.url).pathname.slice('/assets/'.length))]);
    expect((await fetchAsset(full.url)).status).toBe(404);
  });
});

describe('a picture of the community', () => {
  it('has a plain URL for good, which everyone may fetch and keep', async () => {
    const collection = await seed.communityCollection();
    const [item] = (await seed.communityItems(collection, 1)) as [string];
    await gateway.app.storage.put('community/look/v1.webp', Buffer.from('a look'), { contentType: 'image/webp' });
    await seed.sql(`update community_items set image_path = 'community/look/v1.webp' where id = $1`, [item]);
    const query = 'query ($id: ID!) { node(id: $id) { ... on CommunityItem { image { url expiresAt contentType } } } }';
    const find = () => read<{ node: { image: Picture } }>(gateway, query, { variables: { id: globalId('CommunityItem', item) } });

    const found = await find();
    expect(found.node.image).toEqual({
      url: 'http://127.0.0.1:4000/assets/community/look/v1.webp',
      expiresAt: null,
      contentType: 'image/webp',
    });
    now = start + 10_000 * hour;
    expect(await find()).toEqual(found);
    const response = await fetchAsset(found.node.image.url);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
    expect((await bytes(response)).toString()).toBe('a look');
  });
});
