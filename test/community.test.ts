import { createTestApp, type Person, type TestApp } from './support/app.js';
import { localId, read } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

let gateway: TestApp;
let seed: Seed;

beforeAll(async () => {
  gateway = await createTestApp();
  seed = await createSeed(gateway);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

/** The gallery is everybody's, so that each test begins with an empty one. */
beforeEach(() => seed.sql('delete from community_collections'));

interface ItemOptions {
  readonly orderIndex?: number;
  readonly applySettings?: object | null;
  readonly createdAt?: string;
  readonly id?: string;
}

async function item(collectionId: string, options: ItemOptions = {}): Promise<string> {
  const [id] = (await seed.communityItems(collectionId, 1)) as [string];
  const { orderIndex = 0, applySettings = null, createdAt = '2024-01-01T00:00:00Z' } = options;
  await seed.sql(
    'update community_items set id = $2, order_index = $3, apply_settings = $4, created_at = $5 where id = $1',
    [id, options.id ?? id, orderIndex, applySettings, createdAt],
  );
  return options.id ?? id;
}

async function externalItem(collectionId: string, url: string, orderIndex = 0): Promise<string> {
  const [row] = await seed.sql<{ id: string }>(
    `insert into community_items (collection_id, source, external_image_url, order_index) values ($1, 'external', $2, $3) returning id`,
    [collectionId, url, orderIndex],
  );
  return row!.id;
}

const uuid = (last: number) => `0197b000-0000-7000-8000-${String(last).padStart(12, '0')}`;

describe('the gallery', () => {
  interface Gallery {
    communityCollections: { totalCount: number; nodes: { title: string }[] };
  }

  async function hang(collections: readonly (readonly [title: string, isFeatured: boolean, orderIndex: number, createdAt: string])[]) {
    for (const [title, isFeatured, orderIndex, createdAt] of collections) {
      const id = await seed.communityCollection({ title, isFeatured, orderIndex });
      await seed.sql('update community_collections set created_at = $2 where id = $1', [id, createdAt]);
    }
  }

  const titles = async (args = '', as?: Person) => {
    const { communityCollections } = await read<Gallery>(gateway, `{ communityCollections${args} { totalCount nodes { title } } }`, { as });
    expect(communityCollections.totalCount).toBe(communityCollections.nodes.length);
    return communityCollections.nodes.map(({ title }) => title);
  };

  const order = ['Featured', 'Featured, later', 'First', 'Newer', 'Older', 'Last'];

  beforeEach(() =>
    hang([
      ['Older', false, 5, '2024-01-01T00:00:00Z'],
      ['Featured, later', true, 9, '2024-01-05T00:00:00Z'],
      ['Newer', false, 5, '2024-01-02T00:00:00Z'],
      ['Last', false, 6, '2024-01-09T00:00:00Z'],
      ['First', false, -1, '2023-01-01T00:00:00Z'],
      ['Featured', true, 8, '2022-01-01T00:00:00Z'],
    ]),
  );

  it('shows featured collections first, then by orderIndex, then the newest, to whoever asks', async () => {
    expect(await titles()).toEqual(order);
    expect(await titles('', await gateway.signUp())).toEqual(order);
  });

  it('shows the featured ones alone, or the others alone', async () => {
    expect(await titles('(featured: true)')).toEqual(order.slice(0, 2));
    expect(await titles('(featured: false)')).toEqual(order.slice(2));
    expect(await titles('(featured: null)')).toEqual(order);
  });

  it.each([1, 2, 3, 4, 5])('can be paged by %i, both ways', async (size) => {
    interface Page {
      communityCollections: {
        nodes: { title: string }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
      };
    }
    const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
      communityCollections(first: $first, after: $after, last: $last, before: $before) {
        nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
    const forwards: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { communityCollections: page }: Page = await read<Page>(gateway, query, { variables: { first: size, after } });
      forwards.push(...page.nodes.map(({ title }) => title));
      ({ endCursor: after, hasNextPage: more } = page.pageInfo);
    }
    const backwards: string[] = [];
    for (let before: string | null = null, more = true; more; ) {
      const { communityCollections: page }: Page = await read<Page>(gateway, query, { variables: { last: size, before } });
      backwards.unshift(...page.nodes.map(({ title }) => title));
      ({ startCursor: before, hasPreviousPage: more } = page.pageInfo);
    }
    expect([forwards, backwards]).toEqual([order, order]);
  });
});

describe('a community collection', () => {
  const query = `query ($id: ID!) { communityCollection(id: $id) {
    title description isFeatured orderIndex itemCount coverImage { url expiresAt } items { totalCount nodes { id orderIndex } } } }`;
  const find = async (id: string) =>
    (await read<{ communityCollection: object }>(gateway, query, { variables: { id: globalId('CommunityCollection', id) } }))
      .communityCollection;

  it('has its looks by orderIndex and then by id, and the first of them as its cover', async () => {
    const id = await seed.communityCollection({ title: 'By the sea', isFeatured: true, orderIndex: 3 });
    await seed.sql(`update community_collections set description = 'Salt and light' where id = $1`, [id]);
    await item(await seed.communityCollection({ title: 'Another' }), { orderIndex: -9 });
    await item(id, { orderIndex: 7, id: uuid(3) });
    await item(id, { orderIndex: 7, id: uuid(1) });
    await item(id, { orderIndex: 9, id: uuid(2) });
    await item(id, { orderIndex: -2, id: uuid(4) });
    await seed.sql(`update community_items set thumb_path = 'community/cover/v1_thumb.webp' where id = $1`, [uuid(4)]);

    expect(await find(id)).toEqual({
      title: 'By the sea',
      description: 'Salt and light',
      isFeatured: true,
      orderIndex: 3,
      itemCount: 4,
      coverImage: { url: 'http://127.0.0.1:4000/assets/community/cover/v1_thumb.webp', expiresAt: null },
      items: {
        totalCount: 4,
        nodes: [
          { id: globalId('CommunityItem', uuid(4)), orderIndex: -2 },
          { id: globalId('CommunityItem', uuid(1)), orderIndex: 7 },
          { id: globalId('CommunityItem', uuid(3)), orderIndex: 7 },
          { id: globalId('CommunityItem', uuid(2)), orderIndex: 9 },
        ],
      },
    });
  });

  it('may be empty, and then has no cover', async () => {
    const id = await seed.communityCollection({ title: 'Soon' });
    expect(await find(id)).toEqual({
      title: 'Soon',
      description: null,
      isFeatured: false,
      orderIndex: 0,
      itemCount: 0,
      coverImage: null,
      items: { totalCount: 0, nodes: [] },
    });
  });

  it('is null where there is none', async () => {
    expect(await find(uuid(9))).toBeNull();
  });

  it('may have an external cover', async () => {
    const id = await seed.communityCollection();
    await externalItem(id, 'https://pictures.example/cover.jpg');
    expect(await find(id)).toMatchObject({ coverImage: { url: 'https://pictures.example/cover.jpg', expiresAt: null } });
  });
});

describe('a look', () => {
  const query = `query ($id: ID!) { node(id: $id) { ... on CommunityItem {
    sourceType full: image { ...picture } thumbnail: image(size: THUMBNAIL) { ...picture } collection { title itemCount } } } }
    fragment picture on Image { url width height byteSize contentType placeholder expiresAt }`;
  const find = async (id: string) =>
    (await read<{ node: object }>(gateway, query, { variables: { id: globalId('CommunityItem', id) } })).node;

  it('shows its published copy at a plain URL', async () => {
    const collection = await seed.communityCollection({ title: 'Coastal' });
    const id = await item(collection);
    await seed.sql(`update community_items set image_path = 'community/x/v1.webp', thumb_path = 'community/x/v1_thumb.webp' where id = $1`, [id]);
    const picture = { contentType: 'image/webp', placeholder: 'thumbhash', expiresAt: null };
    expect(await find(id)).toEqual({
      sourceType: 'INTERNAL',
      full: { url: 'http://127.0.0.1:4000/assets/community/x/v1.webp', width: 800, height: 600, byteSize: 4_000, ...picture },
      thumbnail: { url: 'http://127.0.0.1:4000/assets/community/x/v1_thumb.webp', width: 384, height: 288, byteSize: null, ...picture },
      collection: { title: 'Coastal', itemCount: 1 },
    });
  });

  it('shows its whole copy, with that one\'s measures, where it has no thumbnail', async () => {
    const id = await item(await seed.communityCollection());
    await seed.sql(`update community_items set image_path = 'community/x/v1.webp', thumb_path = null where id = $1`, [id]);
    const picture = { url: 'http://127.0.0.1:4000/assets/community/x/v1.webp', width: 800, height: 600, byteSize: 4_000 };
    expect(await find(id)).toMatchObject({ full: picture, thumbnail: picture });
  });

  it('shows an external picture where it is', async () => {
    const id = await externalItem(await seed.communityCollection({ title: 'Elsewhere' }), 'https://pictures.example/room.jpg?w=800&h=600');
    const picture = {
      url: 'https://pictures.example/room.jpg?w=800&h=600',
      width: null,
      height: null,
      byteSize: null,
      contentType: null,
      placeholder: null,
      expiresAt: null,
    };
    expect(await find(id)).toEqual({
      sourceType: 'EXTERNAL',
      full: picture,
      thumbnail: picture,
      collection: { title: 'Elsewhere', itemCount: 1 },
    });
  });

  it('from an address that must not be loaded shows none, and takes no list down with it', async () => {
    const collection = await seed.communityCollection({ title: 'Elsewhere' });
    // Past the checks on write: one is no address at all, the other leads into the viewer's own network.
    await seed.sql('alter table community_items drop constraint community_items_external_image_scheme_check');
    const addresses = ['https://a picture.example/', 'https://192.168.1.1/admin', 'http://pictures.example/', 'https://pictures.example/room.jpg'];
    for (const [place, address] of addresses.entries()) await externalItem(collection, address, place);

    const { communityCollections } = await read<{ communityCollections: { nodes: object[] } }>(
      gateway,
      '{ communityCollections { nodes { coverImage { url } items { nodes { image { url width } thumbnail: image(size: THUMBNAIL) { url } } } } } }',
    );

    const nothing = { image: { url: 'about:blank', width: null }, thumbnail: { url: 'about:blank' } };
    const room = { url: 'https://pictures.example/room.jpg' };
    expect(communityCollections.nodes).toEqual([
      { coverImage: { url: 'about:blank' }, items: { nodes: [nothing, nothing, nothing, { image: { ...room, width: null }, thumbnail: room }] } },
    ]);
  });

  it('outlives the render that it was made from', async () => {
    const admin = await gateway.signUp();
    const [render] = (await seed.renders(admin.id, 1)) as [string];
    const id = await item(await seed.communityCollection());
    await seed.sql('update community_items set render_id = $2 where id = $1', [id, render]);
    const before = await find(id);
    await seed.sql('delete from renders where id = $1', [render]);
    expect(await find(id)).toEqual(before);
  });
});

describe('"Try this look"', () => {
  interface Settings {
    mode: string;
    roomType: string | null;
    style: string | null;
    prompt: string | null;
    aspectRatio: string;
    quality: string;
    variants: number;
    adjustments: string[];
    queryString: string;
  }

  async function settingsOf(stored: object | null): Promise<Settings | null> {
    const id = await item(await seed.communityCollection(), { applySettings: stored });
    const query = `query ($id: ID!) { node(id: $id) { ... on CommunityItem {
      applySettings { mode roomType style prompt aspectRatio quality variants adjustments queryString } } } }`;
    const { node } = await read<{ node: { applySettings: Settings | null } }>(gateway, query, {
      variables: { id: globalId('CommunityItem', id) },
    });
    return node.applySettings;
  }

  /** What a web client makes of the link: the very fields that it would have read, absent ones left out. */
  function expectRoundTrip({ adjustments, queryString, ...fields }: Settings): void {
    void adjustments;
    const present = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
    expect(Object.fromEntries(new URLSearchParams(queryString))).toEqual(Object.fromEntries(present));
  }

  it('gives the settings in the words of the API, and as the query of a link', async () => {
    const prompt = 'Blue & white = calm? 100% "linen" + 東京 #1';
    const settings = await settingsOf({
      mode: 'compose',
      roomType: 'alfresco',
      style: 'hamptons_au',
      prompt,
      aspectRatio: '2:3',
      quality: 'medium',
      variants: 3,
    });
    expect(settings).toEqual({
      mode: 'COMPOSE',
      roomType: 'alfresco',
      style: 'hamptons_au',
      prompt,
      aspectRatio: 'RATIO_2_3',
      quality: 'MEDIUM',
      variants: 3,
      adjustments: [],
      queryString: expect.stringMatching(/^mode=COMPOSE&roomType=alfresco&/),
    });
    expectRoundTrip(settings!);
  });

  it('gives the defaults for what the curator left open', async () => {
    const settings = await settingsOf({ style: 'japandi' });
    expect(settings).toEqual({
      mode: 'REDESIGN',
      roomType: null,
      style: 'japandi',
      prompt: null,
      aspectRatio: 'RATIO_1_1',
      quality: 'AUTO',
      variants: 2,
      adjustments: [],
      queryString: 'mode=REDESIGN&style=japandi&aspectRatio=RATIO_1_1&quality=AUTO&variants=2',
    });
    expectRoundTrip(settings!);
  });

  it('replaces what is no longer offered, and says so', async () => {
    const settings = await settingsOf({ mode: 'collage', style: 'baroque', variants: 7, prompt: ['a list'], quality: { toString: 1 } });
    expect(settings).toEqual({
      mode: 'REDESIGN',
      roomType: null,
      style: null,
      prompt: null,
      aspectRatio: 'RATIO_1_1',
      quality: 'AUTO',
      variants: 3,
      adjustments: [
        'The mode "collage" is no longer offered; "redesign" is used instead.',
        'The style "baroque" is no longer offered; it was left out.',
        'The prompt was no text; it was left out.',
        'The quality "{"toString":1}" is no longer offered; "auto" is used instead.',
        'The number of variants must be from 1 to 3; 3 is used.',
      ],
      queryString: 'mode=REDESIGN&aspectRatio=RATIO_1_1&quality=AUTO&variants=3',
    });
  });

  it('is null where the curator gave none', async () => {
    expect(await settingsOf(null)).toBeNull();
  });
});

describe('the looks of all collections', () => {
  const names = new Map<string, string>();

  beforeEach(async () => {
    names.clear();
    const featured = await seed.communityCollection({ title: 'Featured', isFeatured: true });
    const plain = await seed.communityCollection({ title: 'Plain' });
    const hang = async (name: string, collection: string, day: number, applySettings: object | null) =>
      names.set(await item(collection, { applySettings, createdAt: `2024-01-0${day}T00:00:00Z`, orderIndex: 9 - day }), name);
    await hang('sea', featured, 3, { mode: 'redesign', roomType: 'bedroom', style: 'coastal_au', prompt: 'Salt & light, 100%' });
    await hang('pub', plain, 1, { mode: 'staging', roomType: 'dining_room', style: 'industrial', prompt: 'Dark OAK' });
    await hang('zen', plain, 4, { mode: 'redesign', style: 'japandi' });
    await hang('bare', featured, 2, null);
  });

  async function find(filter: object | null, as?: Person): Promise<(string | undefined)[]> {
    const query = 'query ($filter: CommunityItemFilter) { communityItems(filter: $filter) { totalCount nodes { id } } }';
    const { communityItems } = await read<{ communityItems: { totalCount: number; nodes: { id: string }[] } }>(gateway, query, {
      variables: { filter },
      as,
    });
    expect(communityItems.totalCount).toBe(communityItems.nodes.length);
    return communityItems.nodes.map(({ id }) => names.get(localId(id)));
  }

  it('come newest first, to whoever asks', async () => {
    expect(await find(null)).toEqual(['zen', 'sea', 'bare', 'pub']);
    expect(await find({}, await gateway.signUp())).toEqual(['zen', 'sea', 'bare', 'pub']);
  });

  it.each<[string, object, string[]]>([
    ['nothing, said in every way', { modes: [], roomTypes: [], styles: [], search: '', featured: null }, ['zen', 'sea', 'bare', 'pub']],
    ['one mode', { modes: ['REDESIGN'] }, ['zen', 'sea']],
    ['several modes', { modes: ['STAGING', 'IMAGINE'] }, ['pub']],
    ['room types', { roomTypes: ['bedroom', 'dining_room'] }, ['sea', 'pub']],
    ['one style', { styles: ['japandi'] }, ['zen']],
    ['several styles', { styles: ['industrial', 'coastal_au'] }, ['sea', 'pub']],
    ['featured collections', { featured: true }, ['sea', 'bare']],
    ['other collections', { featured: false }, ['zen', 'pub']],
    ['words of the prompt, whatever the case', { search: 'oak' }, ['pub']],
    ['a percent sign', { search: '%' }, ['sea']],
    ['the label of a style', { search: 'japan' }, ['zen']],
    ['the label of a room type', { search: 'dining r' }, ['pub']],
    ['all at once', { modes: ['REDESIGN'], roomTypes: ['bedroom'], styles: ['coastal_au'], search: 'salt', featured: true }, ['sea']],
    ['what none of them is', { modes: ['REDESIGN'], search: 'oak' }, []],
  ])('are filtered by %s', async (_what, filter, expected) => {
    expect(await find(filter)).toEqual(expected);
  });
});
