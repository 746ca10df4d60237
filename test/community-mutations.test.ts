import { createTestApp, type Person, type TestApp } from './support/app.js';
import { communityAssets, galleryRows, signUpAdmin, storedRenders, suspend } from './support/curation.js';
import { documentOf, mutate, mutateCounting, type Outcome } from './support/mutate.js';
import { localId, read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

const now = new Date('2026-05-20T10:00:00.000Z');

let app: TestApp;
let seed: Seed;
let admin: Person;

beforeAll(async () => {
  app = await createTestApp({ now: () => now });
  seed = await createSeed(app);
  admin = await signUpAdmin(app, seed);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

/** The gallery is everybody's, so that each test begins with an empty one. */
beforeEach(() => seed.sql('with gone as (delete from community_collections) delete from assets'));

interface CollectionData {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly isFeatured: boolean;
  readonly orderIndex: number;
  readonly itemCount: number;
  readonly items: { readonly nodes: readonly { readonly id: string; readonly orderIndex: number }[] };
}

const wholeCollection = 'communityCollection { id title description isFeatured orderIndex itemCount items(first: 100) { nodes { id orderIndex } } }';
const wholeItem = `communityItem { id sourceType orderIndex image { url } collection { id itemCount }
  applySettings { mode roomType style prompt aspectRatio quality variants adjustments } }`;

const collectionId = (id: string) => globalId('CommunityCollection', id);
const itemId = (id: string) => globalId('CommunityItem', id);

/** The gallery as anybody sees it. */
async function gallery(): Promise<readonly CollectionData[]> {
  const { communityCollections } = await read<{ communityCollections: { nodes: CollectionData[] } }>(
    app,
    `{ communityCollections(first: 100) { nodes { ${wholeCollection.slice('communityCollection {'.length)} } }`,
  );
  return communityCollections.nodes;
}

async function orderOf(id: string): Promise<readonly string[]> {
  const rows = await seed.sql<{ id: string }>('select id from community_items where collection_id = $1 order by order_index, id', [id]);
  return rows.map((row) => row.id);
}

/** Sends a mutation as the administrator; throws where it is refused. */
async function done<Payload>(field: string, input: object, payload = '__typename'): Promise<Payload> {
  const outcome = await mutate(app, field, input, { as: admin, payload });
  if (!outcome.__typename.endsWith('Payload')) throw new Error(`${field} was refused: ${JSON.stringify(outcome)}`);
  return outcome as Payload;
}

const create = async (input: object) =>
  (await done<{ communityCollection: CollectionData }>('createCommunityCollection', input, wholeCollection)).communityCollection;
const update = async (input: object) =>
  (await done<{ communityCollection: CollectionData }>('updateCommunityCollection', input, wholeCollection)).communityCollection;

interface ItemData {
  readonly id: string;
  readonly orderIndex: number;
  readonly applySettings: object | null;
  readonly collection: { readonly itemCount: number };
}

let pictures = 0;
/** Adds a picture from elsewhere. */
async function add(communityCollectionId: string, input: object = {}): Promise<ItemData> {
  pictures += 1;
  const externalImageUrl = `https://pictures.example.com/${pictures}.jpg`;
  return (await done<{ communityItem: ItemData }>('addCommunityItem', { communityCollectionId, externalImageUrl, ...input }, wholeItem)).communityItem;
}

const updateItem = async (input: object) =>
  (await done<{ communityItem: ItemData }>('updateCommunityItem', input, wholeItem)).communityItem;

/** Sends a mutation that is refused, and shows that nothing changed. */
async function refused(field: string, input: object, as: Person = admin): Promise<Outcome> {
  const before = await galleryRows(seed);
  const outcome = await mutate(app, field, input, { as });
  expect(await galleryRows(seed)).toEqual(before);
  return outcome;
}

const invalid = (...paths: string[][]) => ({
  __typename: 'InvalidInputError',
  code: 'INVALID_INPUT',
  issues: paths.map((path) => ({ path, message: expect.any(String) })),
});

describe('createCommunityCollection', () => {
  it('makes a collection that everyone sees at once', async () => {
    const made = await create({ title: '  By the sea ', description: '\n Salt,\n light \t', isFeatured: true, orderIndex: 7 });

    expect(made).toEqual({
      id: expect.any(String),
      title: 'By the sea',
      description: 'Salt,\n light',
      isFeatured: true,
      orderIndex: 7,
      itemCount: 0,
      items: { nodes: [] },
    });
    expect(await gallery()).toEqual([made]);
  });

  it('needs a title and nothing else', async () => {
    expect(await create({ title: 'Plain' })).toMatchObject({ title: 'Plain', description: null, isFeatured: false, orderIndex: 0 });
    expect(await create({ title: 'Empty', description: ' \n\u200b ', orderIndex: null })).toMatchObject({ description: null, orderIndex: 0 });
  });

  it('shows the newest of equal places first', async () => {
    const titles = ['First', 'Second', 'Third'];
    for (const title of titles) await create({ title });

    expect((await gallery()).map(({ title }) => title)).toEqual([...titles].reverse());
  });

  it('takes what just fits', async () => {
    const input = { title: '🛋'.repeat(200), description: '🛋'.repeat(2_000), orderIndex: 1_000_000 };
    expect(await create(input)).toMatchObject(input);
  });

  it.each<[what: string, input: object, path: string[]]>([
    ['no title', { title: '' }, ['title']],
    ['a blank title', { title: ' \u3000\n' }, ['title']],
    ['a title of 201 characters', { title: 'x'.repeat(201) }, ['title']],
    ['a title on two lines', { title: 'a\nb' }, ['title']],
    ['a title with U+0000', { title: 'a\0b' }, ['title']],
    ['a title with half of a character', { title: 'a\ud83d' }, ['title']],
    ['a description of 2,001 characters', { title: 'x', description: 'y'.repeat(2_001) }, ['description']],
    ['a description with U+0000', { title: 'x', description: 'y\0' }, ['description']],
    ['a place below 0', { title: 'x', orderIndex: -1 }, ['orderIndex']],
    ['a place above 1,000,000', { title: 'x', orderIndex: 1_000_001 }, ['orderIndex']],
  ])('refuses %s', async (_what, input, path) => {
    expect(await refused('createCommunityCollection', input)).toMatchObject(invalid(path));
  });

  it('tells everything that is wrong at once', async () => {
    const outcome = await refused('createCommunityCollection', { title: '', description: '\0', orderIndex: -1 });
    expect(outcome).toMatchObject(invalid(['title'], ['description'], ['orderIndex']));
  });
});

describe('updateCommunityCollection', () => {
  const before = { title: 'Coastal', description: 'Salt', isFeatured: false, orderIndex: 5 };

  it.each<[change: object, after: object]>([
    [{ title: ' Inland ' }, { title: 'Inland' }],
    [{ description: 'Dust' }, { description: 'Dust' }],
    [{ description: null }, { description: null }],
    [{ description: '  ' }, { description: null }],
    [{ isFeatured: true }, { isFeatured: true }],
    [{ orderIndex: 0 }, { orderIndex: 0 }],
    [{}, {}],
    [{ title: 'All', description: 'at once', isFeatured: true, orderIndex: 1 }, { title: 'All', description: 'at once', isFeatured: true, orderIndex: 1 }],
  ])('changes what is named, %j, and nothing else', async (change, after) => {
    const { id } = await create(before);
    const other = await create({ ...before, orderIndex: 9 });

    const changed = await update({ communityCollectionId: id, ...change });

    expect(changed).toMatchObject({ ...before, ...after });
    expect(new Set(await gallery())).toEqual(new Set([changed, other]));
  });

  it('moves it to where it belongs now', async () => {
    const [a, b] = [await create({ title: 'A', orderIndex: 1 }), await create({ title: 'B', orderIndex: 2 })];
    const titles = async (featured: boolean) =>
      (
        await read<{ communityCollections: { nodes: { title: string }[] } }>(app, `{ communityCollections(featured: ${featured}) { nodes { title } } }`)
      ).communityCollections.nodes.map(({ title }) => title);

    await update({ communityCollectionId: b.id, orderIndex: 0 });
    expect((await gallery()).map(({ title }) => title)).toEqual(['B', 'A']);

    await update({ communityCollectionId: a.id, isFeatured: true });
    expect((await gallery()).map(({ title }) => title)).toEqual(['A', 'B']);
    expect([await titles(true), await titles(false)]).toEqual([['A'], ['B']]);
  });

  it('refuses to take away what must be there', async () => {
    const { id } = await create(before);
    const outcome = await refused('updateCommunityCollection', { communityCollectionId: id, title: null, isFeatured: null, orderIndex: null });
    expect(outcome).toMatchObject(invalid(['title'], ['isFeatured'], ['orderIndex']));
  });

  it('refuses what does not fit', async () => {
    const { id } = await create(before);
    const input = { communityCollectionId: id, title: ' ', description: 'y'.repeat(2_001), orderIndex: 1_000_001 };
    expect(await refused('updateCommunityCollection', input)).toMatchObject(invalid(['title'], ['orderIndex'], ['description']));
  });
});

describe('deleteCommunityCollection', () => {
  it('takes its looks along, and leaves the renders', async () => {
    const [render] = await storedRenders(app, seed, admin.id, 1);
    const [gone, other] = [await create({ title: 'Gone' }), await create({ title: 'Stays' })];
    await done('addCommunityItem', { communityCollectionId: gone.id, renderId: globalId('Render', render!) });
    await add(gone.id);
    await add(other.id);

    const payload = await done('deleteCommunityCollection', { communityCollectionId: gone.id }, 'deletedCommunityCollectionId');

    expect(payload).toMatchObject({ deletedCommunityCollectionId: gone.id });
    expect(await gallery()).toMatchObject([{ id: other.id, itemCount: 1 }]);
    expect(await seed.sql('select id from renders where id = $1', [render])).toHaveLength(1);
  });

  it('marks the copies of exactly its looks, and no picture that is shared', async () => {
    const [a, b] = await storedRenders(app, seed, admin.id, 2);
    const [gone, other] = [await create({ title: 'Gone' }), await create({ title: 'Stays' })];
    const publish = async (communityCollectionId: string, render: string) =>
      localId((await done<{ communityItem: ItemData }>('addCommunityItem', { communityCollectionId, renderId: globalId('Render', render) }, wholeItem)).communityItem.id);
    const published = await publish(gone.id, a!);
    const kept = await publish(other.id, b!);
    // As the demo's data are: a look whose picture is one of several looks'.
    const [shared] = await seed.communityItems(localId(gone.id), 1);
    await seed.sql(`update community_items set image_path = 'community/samples/sofa.webp', thumb_path = $2 where id = $1`, [
      shared,
      `community/${kept}/v1_thumb.webp`,
    ]);
    await seed.sql(`insert into assets (path, kind, byte_size, content_type) values ('community/samples/sofa.webp', 'community', 1, 'image/webp')`);

    await done('deleteCommunityCollection', { communityCollectionId: gone.id });

    expect(await communityAssets(seed)).toEqual(
      [
        { path: `community/${published}/v1.webp`, marked_at: now },
        { path: `community/${published}/v1_thumb.webp`, marked_at: now },
        { path: `community/${kept}/v1.webp`, marked_at: null },
        { path: `community/${kept}/v1_thumb.webp`, marked_at: null },
        { path: 'community/samples/sofa.webp', marked_at: null },
      ]
        .sort((left, right) => (left.path < right.path ? -1 : 1))
        .map((asset) => expect.objectContaining(asset)),
    );
    expect(await seed.sql(`select path from assets where owner_id is not null and marked_at is not null`)).toEqual([]);
  });
});

describe('addCommunityItem', () => {
  it('names a picture from elsewhere, in one spelling', async () => {
    const { id } = await create({ title: 'Elsewhere' });

    const item = await add(id, { externalImageUrl: 'HTTPS://Pictures.Example.COM:443/a/../room.jpg?w=1' });

    expect(item).toEqual({
      id: expect.any(String),
      sourceType: 'EXTERNAL',
      orderIndex: 0,
      image: { url: 'https://pictures.example.com/room.jpg?w=1' },
      collection: { id, itemCount: 1 },
      applySettings: null,
    });
    expect(await gallery()).toMatchObject([{ id, itemCount: 1, items: { nodes: [{ id: item.id }] } }]);
  });

  it('puts a look last, or where it is told to', async () => {
    const { id } = await create({ title: 'Ordered' });
    const first = await add(id, { orderIndex: 10 });
    const last = await add(id);
    const early = await add(id, { orderIndex: 3 });
    const beside = await add(id, { orderIndex: 10 });

    expect(last.orderIndex).toBe(11);
    expect((await gallery())[0]!.items.nodes).toEqual([
      { id: early.id, orderIndex: 3 },
      { id: first.id, orderIndex: 10 },
      { id: beside.id, orderIndex: 10 },
      { id: last.id, orderIndex: 11 },
    ]);
  });

  it('puts a look last also where the last place is the highest there is, or higher', async () => {
    const { id } = await create({ title: 'Full of room' });
    const items = [await add(id, { orderIndex: 999_999 }), await add(id), await add(id)];
    await seed.sql('update community_items set order_index = 2000000 where id = $1', [localId(items[2]!.id)]);
    items.push(await add(id));

    expect((await gallery())[0]!.items.nodes.map((item) => item.id)).toEqual(items.map((item) => item.id));
    expect(items.map(({ orderIndex }) => orderIndex)).toEqual([999_999, 1_000_000, 1_000_000, 2_000_000]);
  });

  it('keeps the settings that were given, and no others', async () => {
    const { id } = await create({ title: 'To try' });
    const applySettings = { mode: 'IMAGINE', roomType: 'alfresco', prompt: '  Fig tree,\n stone ', variants: 3, quality: null };

    const item = await add(id, { applySettings });

    expect(item.applySettings).toEqual({
      mode: 'IMAGINE',
      roomType: 'alfresco',
      style: null,
      prompt: 'Fig tree,\n stone',
      aspectRatio: 'RATIO_1_1',
      quality: 'AUTO',
      variants: 3,
      adjustments: [],
    });
    expect(await seed.sql('select apply_settings from community_items')).toEqual([
      { apply_settings: { mode: 'imagine', roomType: 'alfresco', prompt: 'Fig tree,\n stone', variants: 3 } },
    ]);
  });

  it('makes a look that is found by its settings, by everyone', async () => {
    const [featured, plain] = [await create({ title: 'Featured', isFeatured: true }), await create({ title: 'Plain' })];
    const sea = await add(featured.id, { applySettings: { style: 'coastal_au', prompt: 'Salt & 100% linen' } });
    const pub = await add(plain.id, { applySettings: { mode: 'STAGING', roomType: 'dining_room' } });
    const find = async (filter: object) =>
      (
        await read<{ communityItems: { nodes: { id: string }[] } }>(app, 'query ($filter: CommunityItemFilter) { communityItems(filter: $filter) { nodes { id } } }', {
          variables: { filter },
        })
      ).communityItems.nodes.map(({ id }) => id);

    expect(await find({})).toEqual([pub.id, sea.id]);
    expect(await find({ featured: true })).toEqual([sea.id]);
    expect(await find({ modes: ['STAGING'] })).toEqual([pub.id]);
    expect(await find({ styles: ['coastal_au'] })).toEqual([sea.id]);
    expect(await find({ roomTypes: ['dining_room'] })).toEqual([pub.id]);
    expect(await find({ search: '100% LINEN' })).toEqual([sea.id]);
    expect(await find({ search: 'dining' })).toEqual([pub.id]);
  });

  it.each<[what: string, input: object, paths: string[][]]>([
    ['no picture', { externalImageUrl: null }, [['renderId'], ['externalImageUrl']]],
    ['two pictures', { renderId: globalId('Render', '0197b000-0000-7000-8000-000000000001') }, [['renderId'], ['externalImageUrl']]],
    ['an address without TLS', { externalImageUrl: 'http://pictures.example.com/a.jpg' }, [['externalImageUrl']]],
    ['an address inside a network', { externalImageUrl: 'https://0xa9.254.43518/' }, [['externalImageUrl']]],
    ['a place below 0', { orderIndex: -1 }, [['orderIndex']]],
    ['a place above 1,000,000', { orderIndex: 1_000_001 }, [['orderIndex']]],
    ['unknown presets', { applySettings: { roomType: 'cellar', style: 'baroque' } }, [['applySettings', 'roomType'], ['applySettings', 'style']]],
    ['an imagined room without words', { applySettings: { mode: 'IMAGINE', prompt: ' ' } }, [['applySettings', 'prompt']]],
    ['a prompt that is too long', { applySettings: { prompt: 'x'.repeat(1_001) } }, [['applySettings', 'prompt']]],
    ['a prompt with U+0000', { applySettings: { prompt: 'x\0' } }, [['applySettings', 'prompt']]],
    ['a prompt with half of a character', { applySettings: { prompt: 'x\ud83d' } }, [['applySettings', 'prompt']]],
    ['four variants', { applySettings: { variants: 4 } }, [['applySettings', 'variants']]],
    ['no variants', { applySettings: { variants: 0 } }, [['applySettings', 'variants']]],
    [
      'all of it at once',
      { externalImageUrl: 'https://localhost/', orderIndex: -1, applySettings: { style: 'baroque' } },
      [['externalImageUrl'], ['applySettings', 'style'], ['orderIndex']],
    ],
  ])('refuses %s', async (_what, input, paths) => {
    const communityCollectionId = (await create({ title: 'Strict' })).id;
    const whole = { communityCollectionId, externalImageUrl: 'https://pictures.example.com/a.jpg', ...input };
    expect(await refused('addCommunityItem', whole)).toMatchObject(invalid(...paths));
  });

  it('names the presets that there are, and what an address must be', async () => {
    const communityCollectionId = (await create({ title: 'Strict' })).id;
    const outcome = await refused('addCommunityItem', {
      communityCollectionId,
      externalImageUrl: 'http://pictures.example.com/',
      applySettings: { style: 'baroque' },
    });
    expect(outcome.issues?.map(({ message }) => message)).toEqual([
      '"externalImageUrl" must be an https address.',
      expect.stringMatching(/^"baroque" is not offered\. Choose one of coastal_au, .*hamptons_au, or none\.$/),
    ]);
  });

  it('refuses the 501st look, however many are added at once', async () => {
    const { id } = await create({ title: 'Nearly full' });
    await seed.communityItems(localId(id), 497);
    const input = { communityCollectionId: id, externalImageUrl: 'https://pictures.example.com/a.jpg' };

    // Two administrators: each one's own changes wait for each other anyway.
    const curators = [admin, await signUpAdmin(app, seed)];

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => mutate(app, 'addCommunityItem', input, { as: curators[index % 2] })),
    );

    expect(outcomes.filter(({ __typename }) => __typename === 'AddCommunityItemPayload')).toHaveLength(3);
    expect(await orderOf(localId(id))).toHaveLength(500);
    const outcome = await refused('addCommunityItem', input);
    expect(outcome).toMatchObject(invalid(['communityCollectionId']));
    expect(outcome.message).toBe('A collection holds at most 500 looks. Remove one, or choose another collection.');
  });
});

describe('updateCommunityItem', () => {
  const settings = { mode: 'STAGING', style: 'modern', prompt: 'Bright', variants: 1 };
  const read = { ...settings, roomType: null, aspectRatio: 'RATIO_1_1', quality: 'AUTO', adjustments: [] };

  it.each<[change: object, after: object]>([
    [{ orderIndex: 9 }, { orderIndex: 9 }],
    [{ applySettings: null }, { applySettings: null }],
    [{ applySettings: {} }, { applySettings: { ...read, mode: 'REDESIGN', style: null, prompt: null, variants: 2 } }],
    [{ applySettings: { style: 'scandi' } }, { applySettings: { ...read, mode: 'REDESIGN', style: 'scandi', prompt: null, variants: 2 } }],
    [{}, {}],
  ])('changes what is named, %j, and nothing else', async (change, after) => {
    const { id } = await create({ title: 'Coastal' });
    const item = await add(id, { applySettings: settings, orderIndex: 4 });
    const other = await add(id, { applySettings: settings, orderIndex: 5 });
    expect(item.applySettings).toEqual(read);

    const changed = await updateItem({ communityItemId: item.id, ...change });

    expect(changed).toEqual({ ...item, ...after, collection: { id, itemCount: 2 } });
    expect(await updateItem({ communityItemId: other.id })).toEqual(other);
  });

  it('refuses to take away its place, and what does not fit', async () => {
    const item = await add((await create({ title: 'Coastal' })).id);
    expect(await refused('updateCommunityItem', { communityItemId: item.id, orderIndex: null })).toMatchObject(invalid(['orderIndex']));
    expect(
      await refused('updateCommunityItem', { communityItemId: item.id, orderIndex: 1_000_001, applySettings: { mode: 'IMAGINE' } }),
    ).toMatchObject(invalid(['orderIndex'], ['applySettings', 'prompt']));
  });
});

describe('removeCommunityItem', () => {
  it('takes the look away, and marks its copy', async () => {
    const [render] = await storedRenders(app, seed, admin.id, 1);
    const { id } = await create({ title: 'Coastal' });
    const renderId = globalId('Render', render!);
    const { communityItem: gone } = await done<{ communityItem: ItemData }>('addCommunityItem', { communityCollectionId: id, renderId }, wholeItem);
    const { communityItem: kept } = await done<{ communityItem: ItemData }>('addCommunityItem', { communityCollectionId: id, renderId }, wholeItem);

    const payload = await done('removeCommunityItem', { communityItemId: gone.id }, 'removedCommunityItemId');

    expect(payload).toMatchObject({ removedCommunityItemId: gone.id });
    expect(await gallery()).toMatchObject([{ itemCount: 1, items: { nodes: [{ id: kept.id }] } }]);
    const marks = (await communityAssets(seed)).map(({ path, marked_at }) => [path.split('/')[1], marked_at]);
    expect(marks).toEqual([
      [localId(gone.id), now],
      [localId(gone.id), now],
      [localId(kept.id), null],
      [localId(kept.id), null],
    ]);
    expect(await seed.sql('select id from renders where id = $1', [render])).toHaveLength(1);
  });

  it('takes a look away once, however often it is asked for at once', async () => {
    const item = await add((await create({ title: 'Coastal' })).id);
    const curators = [admin, await signUpAdmin(app, seed)];
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, index) => mutate(app, 'removeCommunityItem', { communityItemId: item.id }, { as: curators[index % 2] })),
    );
    expect(outcomes.map(({ __typename }) => __typename).sort()).toEqual([
      ...Array<string>(4).fill('NotFoundError'),
      'RemoveCommunityItemPayload',
    ]);
  });
});

describe('reorderCommunityItems', () => {
  async function hang(count: number): Promise<{ id: string; items: string[] }> {
    const { id } = await create({ title: 'Ordered' });
    return { id, items: await seed.communityItems(localId(id), count) };
  }

  it('puts the looks into the order that is sent', async () => {
    const { id, items } = await hang(5);
    const order = [3, 0, 4, 2, 1].map((place) => items[place]!);
    const untouched = await hang(2);

    const { communityCollection } = await done<{ communityCollection: CollectionData }>(
      'reorderCommunityItems',
      { communityCollectionId: id, itemIds: order.map(itemId) },
      wholeCollection,
    );

    expect(communityCollection.items.nodes).toEqual(order.map((item, place) => ({ id: itemId(item), orderIndex: place })));
    expect(await orderOf(localId(id))).toEqual(order);
    expect(await orderOf(localId(untouched.id))).toEqual(untouched.items);
  });

  it('leaves an empty collection as it is', async () => {
    const { id } = await hang(0);
    expect(await done('reorderCommunityItems', { communityCollectionId: id, itemIds: [] }, wholeCollection)).toMatchObject({
      communityCollection: { itemCount: 0 },
    });
  });

  it('refuses a look that is named twice', async () => {
    const { id, items } = await hang(3);
    const itemIds = [items[0]!, items[1]!, items[0]!, items[2]!, items[2]!].map(itemId);
    const outcome = await refused('reorderCommunityItems', { communityCollectionId: id, itemIds });
    expect(outcome).toMatchObject(invalid(['itemIds', '2'], ['itemIds', '4']));
  });

  it.each<[what: string, sent: (items: readonly string[], stranger: string) => readonly string[]]>([
    ['misses one', (items) => items.slice(1)],
    ['names none', () => []],
    ['names one of another collection', (items, stranger) => [...items, stranger]],
    ['names another in the place of one', (items, stranger) => [stranger, ...items.slice(1)]],
  ])('refuses an order that %s, and tells the present one', async (_what, sent) => {
    const { id, items } = await hang(3);
    const stranger = (await hang(1)).items[0]!;

    const outcome = await refused('reorderCommunityItems', { communityCollectionId: id, itemIds: sent(items, stranger).map(itemId) });

    expect(outcome).toMatchObject({ __typename: 'StaleOrderError', code: 'STALE_ORDER', currentItemIds: items.map(itemId) });
  });

  it('gives the order of one of those that are sent at once', async () => {
    const { id, items } = await hang(20);
    const orders = [items, [...items].reverse(), [...items.slice(7), ...items.slice(0, 7)]];

    const curators = [admin, await signUpAdmin(app, seed), await signUpAdmin(app, seed)];

    const outcomes = await Promise.all(
      orders.map((order, index) =>
        mutate(app, 'reorderCommunityItems', { communityCollectionId: id, itemIds: order.map(itemId) }, { as: curators[index] }),
      ),
    );

    expect(outcomes.map(({ __typename }) => __typename)).toEqual(orders.map(() => 'ReorderCommunityItemsPayload'));
    expect(orders).toContainEqual(await orderOf(localId(id)));
  });

  it('and looks that are added meanwhile, by two administrators, never share a place nor make an order that nobody asked for', async () => {
    const { id, items } = await hang(6);
    const curators = [admin, await signUpAdmin(app, seed)];
    const accepted: (readonly string[])[] = [items];

    async function shuffle(as: Person, turns: number): Promise<void> {
      for (let turn = 1; turn <= turns; turn += 1) {
        const current = await orderOf(localId(id));
        const order = [...current.slice(turn), ...current.slice(0, turn)].reverse();
        const outcome = await mutate(app, 'reorderCommunityItems', { communityCollectionId: id, itemIds: order.map(itemId) }, { as });
        if (outcome.code === 'STALE_ORDER') continue;
        expect(outcome.__typename).toBe('ReorderCommunityItemsPayload');
        accepted.push(order);
      }
    }
    async function hangMore(as: Person, turns: number): Promise<void> {
      for (let turn = 1; turn <= turns; turn += 1) {
        const externalImageUrl = `https://pictures.example.com/${as.id}/${turn}.jpg`;
        const outcome = await mutate(app, 'addCommunityItem', { communityCollectionId: id, externalImageUrl }, { as });
        expect(outcome.__typename).toBe('AddCommunityItemPayload');
      }
    }
    await Promise.all(curators.flatMap((curator) => [shuffle(curator, 8), hangMore(curator, 8)]));

    const places = await seed.sql<{ order_index: number }>('select order_index from community_items where collection_id = $1', [localId(id)]);
    expect(new Set(places.map(({ order_index }) => order_index)).size).toBe(6 + 16);
    // The last order that was accepted, and behind it what was added since.
    const final = await orderOf(localId(id));
    const begun = accepted.filter((order) => order.every((item, place) => final[place] === item));
    expect(begun.length).toBeGreaterThan(0);
    const longest = Math.max(...begun.map((order) => order.length));
    expect([...final.slice(longest)].sort()).toEqual(final.slice(longest));
  });
});

describe('looks whose renders are deleted while they are ordered and removed', () => {
  it('stay in an order that was asked for, and nobody meets a fault', async () => {
    const other = await signUpAdmin(app, seed);
    const renders = await storedRenders(app, seed, admin.id, 12);
    const { id } = await create({ title: 'Busy' });
    for (const render of renders) await done('addCommunityItem', { communityCollectionId: id, renderId: globalId('Render', render) });
    const items = await orderOf(localId(id));
    const orders = Array.from({ length: 6 }, (_, turn) => [...items.slice(turn), ...items.slice(0, turn)].reverse());

    const outcomes = await Promise.all([
      ...orders.map((order) => mutate(app, 'reorderCommunityItems', { communityCollectionId: id, itemIds: order.map(itemId) }, { as: other })),
      ...[0, 6].map((from) => {
        const renderIds = renders.slice(from, from + 6).map((render) => globalId('Render', render));
        return mutate(app, 'deleteRenders', { renderIds }, { as: admin });
      }),
    ]);

    expect(outcomes.map(({ __typename }) => __typename)).toEqual([
      ...orders.map(() => 'ReorderCommunityItemsPayload'),
      ...Array<string>(2).fill('DeleteRendersPayload'),
    ]);
    expect(orders).toContainEqual(await orderOf(localId(id)));
    expect(await seed.sql('select id from community_items where render_id is not null')).toEqual([]);
    expect((await communityAssets(seed)).filter(({ marked_at }) => marked_at !== null)).toEqual([]);
  });
});

describe('every mutation of the community', () => {
  interface Try {
    readonly field: string;
    readonly input: object;
  }

  /** Each of them, as it would succeed. */
  async function tries(): Promise<readonly Try[]> {
    const [render] = await storedRenders(app, seed, admin.id, 1);
    const collection = await create({ title: 'Coastal' });
    const item = await add(collection.id);
    const communityCollectionId = collection.id;
    return [
      { field: 'createCommunityCollection', input: { title: 'New' } },
      { field: 'updateCommunityCollection', input: { communityCollectionId, title: 'New' } },
      { field: 'addCommunityItem', input: { communityCollectionId, externalImageUrl: 'https://pictures.example.com/a.jpg' } },
      { field: 'addCommunityItem', input: { communityCollectionId, renderId: globalId('Render', render!) } },
      { field: 'updateCommunityItem', input: { communityItemId: item.id, orderIndex: 7 } },
      { field: 'reorderCommunityItems', input: { communityCollectionId, itemIds: [item.id] } },
      { field: 'removeCommunityItem', input: { communityItemId: item.id } },
      { field: 'deleteCommunityCollection', input: { communityCollectionId } },
    ];
  }

  it('is FORBIDDEN to whoever is no administrator, before a word about the input', async () => {
    const wrong: readonly Try[] = [
      { field: 'createCommunityCollection', input: { title: '', orderIndex: -1 } },
      { field: 'deleteCommunityCollection', input: { communityCollectionId: 'sofa' } },
    ];
    const all = [...(await tries()), ...wrong];
    const person = await app.signUp();
    const before = await galleryRows(seed);

    for (const { field, input } of all) {
      expect([field, await refusal(app, documentOf(field), { as: person, variables: { input } })]).toMatchObject([
        field,
        { code: 'FORBIDDEN', path: [field] },
      ]);
    }
    expect(await galleryRows(seed)).toEqual(before);
  });

  it('is UNAUTHENTICATED to whoever is nobody', async () => {
    const all = await tries();
    const before = await galleryRows(seed);

    for (const { field, input } of all) {
      expect([field, await refusal(app, documentOf(field), { variables: { input } })]).toMatchObject([
        field,
        { code: 'UNAUTHENTICATED', path: [field] },
      ]);
    }
    expect(await galleryRows(seed)).toEqual(before);
  });

  it('is refused to an administrator whose account is suspended, who still reads', async () => {
    const all = await tries();
    const suspended = await signUpAdmin(app, seed);
    await suspend(seed, suspended);

    for (const { field, input } of all) {
      expect([field, await refused(field, input, suspended)]).toMatchObject([
        field,
        { __typename: 'AccessSuspendedError', code: 'ACCESS_SUSPENDED' },
      ]);
    }
    expect(await read(app, '{ communityCollections { totalCount } }', { as: suspended })).toEqual({ communityCollections: { totalCount: 1 } });
  });

  it('is FORBIDDEN to whoever was an administrator until a moment ago', async () => {
    const former = await signUpAdmin(app, seed);
    expect(await mutate(app, 'createCommunityCollection', { title: 'Mine' }, { as: former })).toMatchObject({ __typename: 'CreateCommunityCollectionPayload' });
    await seed.sql(`update profiles set role = 'user' where id = $1`, [former.id]);
    const input = { title: 'Mine again' };
    expect(await refusal(app, documentOf('createCommunityCollection'), { as: former, variables: { input } })).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('takes what is gone for what never was', async () => {
    const all = await tries();
    await seed.sql('delete from community_collections');

    for (const { field, input } of all.slice(1)) {
      expect([field, await refused(field, input)]).toMatchObject([field, { __typename: 'NotFoundError', code: 'NOT_FOUND' }]);
    }
  });

  it('refuses what is no id, or one of another type, and says where', async () => {
    const other = globalId('Render', '0197b000-0000-7000-8000-000000000001');
    for (const wrong of ['', 'sofa', other]) {
      for (const [field, input, ...paths] of [
        ['updateCommunityCollection', { communityCollectionId: wrong }, ['communityCollectionId']],
        ['deleteCommunityCollection', { communityCollectionId: wrong }, ['communityCollectionId']],
        ['addCommunityItem', { communityCollectionId: wrong, renderId: collectionId(admin.id) }, ['communityCollectionId'], ['renderId']],
        ['updateCommunityItem', { communityItemId: wrong }, ['communityItemId']],
        ['removeCommunityItem', { communityItemId: wrong }, ['communityItemId']],
        ['reorderCommunityItems', { communityCollectionId: wrong, itemIds: [itemId(admin.id), wrong] }, ['communityCollectionId'], ['itemIds', '1']],
      ] as const) {
        expect([field, await refused(field, input)]).toMatchObject([field, invalid(...paths.map((path) => [...path]))]);
      }
    }
  });

  it('answers an address that is none as a fault of the request', async () => {
    const { id } = await create({ title: 'Coastal' });
    const input = { communityCollectionId: id, externalImageUrl: 'not an address' };
    expect(await refusal(app, documentOf('addCommunityItem'), { as: admin, variables: { input } })).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('shows each change to the next one of the same request', async () => {
    const { id } = await create({ title: 'Coastal' });
    const [first, second] = await seed.communityItems(localId(id), 2);
    const document = `mutation ($collection: ID!, $a: ID!, $b: ID!) {
      one: reorderCommunityItems(input: { communityCollectionId: $collection, itemIds: [$b, $a] }) { ...order }
      two: removeCommunityItem(input: { communityItemId: $b }) { __typename }
      three: updateCommunityCollection(input: { communityCollectionId: $collection, title: "Inland" }) {
        ... on UpdateCommunityCollectionPayload { ${wholeCollection} } } }
      fragment order on ReorderCommunityItemsPayload { ${wholeCollection} }`;
    const data = await read(app, document, { as: admin, variables: { collection: id, a: itemId(first!), b: itemId(second!) } });
    expect(data).toMatchObject({
      one: { communityCollection: { title: 'Coastal', itemCount: 2, items: { nodes: [{ id: itemId(second!) }, { id: itemId(first!) }] } } },
      two: { __typename: 'RemoveCommunityItemPayload' },
      three: { communityCollection: { title: 'Inland', itemCount: 1, items: { nodes: [{ id: itemId(first!) }] } } },
    });
  });
});

describe('the number of statements', () => {
  const statementsOf = async (field: string, input: object, payload?: string) =>
    (await mutateCounting(app, field, input, { as: admin, ...(payload ? { payload } : {}) })).statements.map(({ text }) => text);

  async function hang(count: number) {
    const { id } = await create({ title: 'Ordered' });
    const items = await seed.communityItems(localId(id), count);
    await seed.sql(
      `update community_items set image_path = format('community/%s/v1.webp', id), thumb_path = format('community/%s/v1_thumb.webp', id)
       where collection_id = $1`,
      [localId(id)],
    );
    return { id, items };
  }

  it('does not grow with the looks that are ordered', async () => {
    const [few, many] = [await hang(2), await hang(200)];
    const reorder = ({ id, items }: { id: string; items: string[] }) =>
      statementsOf('reorderCommunityItems', { communityCollectionId: id, itemIds: [...items].reverse().map(itemId) }, wholeCollection);

    const [forFew, forMany] = [await reorder(few), await reorder(many)];

    expect(forMany).toHaveLength(forFew.length);
    expect(forFew.length).toBeLessThanOrEqual(10);
  });

  it('does not grow with the looks that a deleted collection had', async () => {
    const [few, many] = [await hang(2), await hang(50)];
    const remove = ({ id }: { id: string }) => statementsOf('deleteCommunityCollection', { communityCollectionId: id });

    const [forFew, forMany] = [await remove(few), await remove(many)];

    expect(forMany).toHaveLength(forFew.length);
    expect(forFew.length).toBeLessThanOrEqual(8);
  });

  it('does not grow with the looks that are there when one is added, changed or removed', async () => {
    const counts = async (size: number) => {
      const { id, items } = await hang(size);
      return [
        (await statementsOf('addCommunityItem', { communityCollectionId: id, externalImageUrl: 'https://pictures.example.com/a.jpg' }, wholeItem)).length,
        (await statementsOf('updateCommunityItem', { communityItemId: itemId(items[0]!), orderIndex: 3 }, wholeItem)).length,
        (await statementsOf('removeCommunityItem', { communityItemId: itemId(items[0]!) })).length,
      ];
    };
    expect(await counts(50)).toEqual(await counts(2));
  });
});
