import { createTestApp, type Person, type TestApp } from './support/app.js';
import { read, refusal } from './support/read.js';
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

const byId = (id: string) => ({ id: globalId('Collection', id) });

/** A collection made at a time of the test's choosing. */
async function collectionAt(person: Person, name: string, createdAt: string): Promise<string> {
  const id = await seed.collection(person.id, name);
  await seed.sql('update collections set created_at = $2 where id = $1', [id, createdAt]);
  return id;
}

describe('the list of collections', () => {
  interface List {
    viewer: { collections: { totalCount: number; nodes: { name: string; isDefaultFavorites: boolean; itemCount: number }[] } };
  }
  const query = '{ viewer { collections { totalCount nodes { name isDefaultFavorites itemCount } } } }';

  it('has the favorites first and then the newest, also where the favorites are the oldest or the newest', async () => {
    const person = await gateway.signUp();
    const stranger = await gateway.signUp();
    await seed.collection(stranger.id, 'Not yours');
    const middle = await collectionAt(person, 'Middle', '2024-02-01T00:00:00Z');
    await collectionAt(person, 'Oldest', '2024-01-01T00:00:00Z');
    await collectionAt(person, 'Newest', '2024-03-01T00:00:00Z');
    await seed.items(middle, await seed.renders(person.id, 3));

    for (const favoritesMadeAt of ['2023-01-01T00:00:00Z', '2024-12-01T00:00:00Z']) {
      await seed.sql('update collections set created_at = $2 where owner_id = $1 and is_default_favorites', [person.id, favoritesMadeAt]);
      expect(await read<List>(gateway, query, { as: person })).toEqual({
        viewer: {
          collections: {
            totalCount: 4,
            nodes: [
              { name: 'Favorites', isDefaultFavorites: true, itemCount: 0 },
              { name: 'Newest', isDefaultFavorites: false, itemCount: 0 },
              { name: 'Middle', isDefaultFavorites: false, itemCount: 3 },
              { name: 'Oldest', isDefaultFavorites: false, itemCount: 0 },
            ],
          },
        },
      });
    }
  });

  it('can be read from its end', async () => {
    const person = await gateway.signUp();
    await collectionAt(person, 'Older', '2024-01-01T00:00:00Z');
    await collectionAt(person, 'Newer', '2024-02-01T00:00:00Z');
    const fromTheEnd = (page: string) => `{ viewer { collections(${page}) { nodes { name } pageInfo { hasPreviousPage startCursor } } } }`;
    interface Page {
      viewer: { collections: { nodes: { name: string }[]; pageInfo: { hasPreviousPage: boolean; startCursor: string } } };
    }

    const last = await read<Page>(gateway, fromTheEnd('last: 2'), { as: person });
    expect(last.viewer.collections.nodes).toEqual([{ name: 'Newer' }, { name: 'Older' }]);
    expect(last.viewer.collections.pageInfo.hasPreviousPage).toBe(true);

    const cursor = last.viewer.collections.pageInfo.startCursor;
    const before = await read<Page>(gateway, fromTheEnd(`last: 2, before: "${cursor}"`), { as: person });
    expect(before.viewer.collections.nodes).toEqual([{ name: 'Favorites' }]);
    expect(before.viewer.collections.pageInfo.hasPreviousPage).toBe(false);
  });

  it('costs one statement, also where it is only counted or read past the favorites', async () => {
    const person = await gateway.signUp();
    await collectionAt(person, 'Older', '2024-01-01T00:00:00Z');
    await collectionAt(person, 'Newer', '2024-02-01T00:00:00Z');
    const first = await gateway.ask<{ viewer: { collections: { edges: { cursor: string }[] } } }>(
      '{ viewer { collections(first: 1) { edges { cursor } } } }',
      { as: person },
    );
    expect(first.statements).toHaveLength(1);
    const cursor = first.data.viewer.collections.edges[0]!.cursor;
    for (const [page, expected] of [
      ['(first: 5)', { totalCount: 3 }],
      ['(last: 5)', { totalCount: 3 }],
      [`(first: 5, after: "${cursor}")`, { totalCount: 3 }],
      [`(last: 5, after: "${cursor}")`, { totalCount: 3 }],
    ] as const) {
      const counted = await gateway.ask(`{ viewer { collections${page} { totalCount } } }`, { as: person });
      expect([counted.data, counted.statements.length]).toEqual([{ viewer: { collections: expected } }, 1]);
      const listed = await gateway.ask(`{ viewer { collections${page} { nodes { id name } } } }`, { as: person });
      expect(listed.statements).toHaveLength(1);
    }
  });
});

describe('the default favorites', () => {
  const favorites = '{ viewer { favorites { id name isDefaultFavorites itemCount items { totalCount nodes { id } } } } }';
  interface Favorites {
    viewer: { favorites: { id: string } };
  }

  /** Nobody may delete the row; a backup that was restored without it is another matter. */
  async function lose(person: Person): Promise<void> {
    await seed.sql('alter table collections disable trigger collections_protect_default_favorites');
    await seed.sql('delete from collections where owner_id = $1 and is_default_favorites', [person.id]);
    await seed.sql('alter table collections enable trigger collections_protect_default_favorites');
  }

  async function count(person: Person): Promise<number> {
    const [row] = await seed.sql<{ n: number }>(
      'select count(*)::int as n from collections where owner_id = $1 and is_default_favorites',
      [person.id],
    );
    return row!.n;
  }

  const empty = { name: 'Favorites', isDefaultFavorites: true, itemCount: 0, items: { totalCount: 0, nodes: [] } };

  it('are there from the first moment', async () => {
    const person = await gateway.signUp();
    const id = await seed.favorites(person.id);
    expect(await read(gateway, favorites, { as: person })).toEqual({ viewer: { favorites: { ...byId(id), ...empty } } });
  });

  it('are made anew where the row was lost', async () => {
    const person = await gateway.signUp();
    await lose(person);
    expect(await count(person)).toBe(0);
    const { viewer } = await read<Favorites>(gateway, favorites, { as: person });
    expect(viewer.favorites).toEqual({ ...byId(await seed.favorites(person.id)), ...empty });
    // And stay.
    expect((await read<Favorites>(gateway, favorites, { as: person })).viewer.favorites.id).toBe(viewer.favorites.id);
  });

  it.each([
    ['a page', '{ totalCount nodes { name } }', '', { totalCount: 2, nodes: [{ name: 'Favorites' }, { name: 'Attic' }] }],
    ['a page from the end', '{ totalCount nodes { name } }', '(last: 5)', { totalCount: 2, nodes: [{ name: 'Favorites' }, { name: 'Attic' }] }],
    ['edges', '{ edges { node { name } } }', '(first: 1)', { edges: [{ node: { name: 'Favorites' } }] }],
    ['a count alone', '{ totalCount }', '', { totalCount: 2 }],
  ])('are made anew by the list of collections: %s', async (_what, selection, page, expected) => {
    const person = await gateway.signUp();
    await seed.collection(person.id, 'Attic');
    await lose(person);
    const query = `{ viewer { collections${page} ${selection} } }`;
    expect(await read(gateway, query, { as: person })).toEqual({ viewer: { collections: expected } });
    expect(await count(person)).toBe(1);
  });

  it('are made anew once by 20 readers at a time', async () => {
    const person = await gateway.signUp();
    await lose(person);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, reader) =>
        reader % 2 === 0
          ? read<Favorites>(gateway, favorites, { as: person }).then(({ viewer }) => viewer.favorites.id)
          : read<{ viewer: { collections: { nodes: { id: string }[] } } }>(gateway, '{ viewer { collections(first: 1) { nodes { id } } } }', {
              as: person,
            }).then(({ viewer }) => viewer.collections.nodes[0]!.id),
      ),
    );
    expect(new Set(answers)).toEqual(new Set([byId(await seed.favorites(person.id)).id]));
    expect(await count(person)).toBe(1);
  });
});

describe('a collection', () => {
  const query = (selection: string) => `query ($id: ID!) { collection(id: $id) { ${selection} } }`;

  /** Four renders, filed in another order than they were made in: third, first, fourth, second. */
  async function album(): Promise<{ person: Person; id: string; renders: string[]; newestFirst: string[] }> {
    const person = await gateway.signUp();
    const renders = await seed.renders(person.id, 4);
    const [first, second, third, fourth] = renders as [string, string, string, string];
    const id = await seed.collection(person.id, 'Album');
    await seed.items(id, [third, first, fourth, second]);
    return { person, id, renders, newestFirst: [second, fourth, first, third] };
  }

  it('has its items with the newest first, and when each was added', async () => {
    const { person, id, newestFirst } = await album();
    const { collection } = await read<{ collection: object }>(
      gateway,
      query('name itemCount items(first: 3) { totalCount edges { addedAt node { id } } nodes { id } pageInfo { hasNextPage } }'),
      { as: person, variables: byId(id) },
    );
    const ids = newestFirst.map((render) => ({ id: globalId('Render', render) }));
    expect(collection).toEqual({
      name: 'Album',
      itemCount: 4,
      items: {
        totalCount: 4,
        edges: [
          { addedAt: '2026-04-01T00:00:04.000Z', node: ids[0] },
          { addedAt: '2026-04-01T00:00:03.000Z', node: ids[1] },
          { addedAt: '2026-04-01T00:00:02.000Z', node: ids[2] },
        ],
        nodes: ids.slice(0, 3),
        pageInfo: { hasNextPage: true },
      },
    });
  });

  it('pages its items by when they were added, both ways', async () => {
    const { person, id, newestFirst } = await album();
    const page = query('items(first: $first, after: $after, last: $last, before: $before) { nodes { id } pageInfo { startCursor endCursor } }').replace(
      '($id: ID!)',
      '($id: ID!, $first: Int, $after: String, $last: Int, $before: String)',
    );
    type Page = { collection: { items: { nodes: { id: string }[]; pageInfo: { startCursor: string; endCursor: string } } } };
    const readPage = async (variables: object) =>
      (await read<Page>(gateway, page, { as: person, variables: { ...byId(id), ...variables } })).collection.items;
    const ids = newestFirst.map((render) => ({ id: globalId('Render', render) }));

    const start = await readPage({ first: 3 });
    const rest = await readPage({ first: 3, after: start.pageInfo.endCursor });
    expect([start.nodes, rest.nodes]).toEqual([ids.slice(0, 3), ids.slice(3)]);
    const end = await readPage({ last: 3 });
    const head = await readPage({ last: 3, before: end.pageInfo.startCursor });
    expect([head.nodes, end.nodes]).toEqual([ids.slice(0, 1), ids.slice(1)]);
  });

  it('shows the covers of its newest items: four, or as many as are asked for', async () => {
    const { person, newestFirst, id } = await album();
    const [fifth] = await seed.renders(person.id, 1);
    await seed.sql(
      `insert into collection_items (collection_id, render_id, owner_id, added_at) values ($1, $2, $3, '2026-03-01Z')`,
      [id, fifth, person.id],
    );
    // The cover that was chosen, and not the first variant.
    await seed.sql('update renders set cover_variant = 1 where id = $1', [newestFirst[1]]);
    const covers = async (args: string) => {
      const { collection } = await read<{ collection: { coverImages: { url: string }[] } }>(
        gateway,
        query(`coverImages${args} { url }`),
        { as: person, variables: byId(id) },
      );
      return collection.coverImages.map(({ url }) => new URL(url).pathname);
    };
    const thumbnail = (render: string, index: number) => `/assets/renders/${person.id}/${render}/v1/${index}_thumb.webp`;
    const all = [...newestFirst, fifth!].map((render, place) => thumbnail(render, place === 1 ? 1 : 0));

    expect(await covers('')).toEqual(all.slice(0, 4));
    expect(await covers('(first: 2)')).toEqual(all.slice(0, 2));
    expect(await covers('(first: 0)')).toEqual([]);
    expect(await covers('(first: 100)')).toEqual(all);
  });

  it('shows no cover of a render without a picture, and none of an empty collection', async () => {
    const person = await gateway.signUp();
    const [bare] = await seed.renders(person.id, 1, { variants: 0 });
    const [full] = await seed.renders(person.id, 1);
    const id = await seed.collection(person.id, 'Album');
    const covers = query('coverImages { contentType }');
    expect(await read(gateway, covers, { as: person, variables: byId(id) })).toEqual({ collection: { coverImages: [] } });
    await seed.items(id, [full!, bare!]);
    expect(await read(gateway, covers, { as: person, variables: byId(id) })).toEqual({ collection: { coverImages: [{ contentType: 'image/webp' }] } });
  });

  it.each([101, -1])('refuses %i covers', async (first) => {
    const person = await gateway.signUp();
    const id = await seed.favorites(person.id);
    expect(await refusal(gateway, query(`coverImages(first: ${first}) { url }`), { as: person, variables: byId(id) })).toEqual({
      status: 200,
      code: 'BAD_USER_INPUT',
      message: `"first" must be from 0 to 100, and was ${first}.`,
      path: ['collection', 'coverImages'],
    });
  });

  it('tells whether it holds a render', async () => {
    const { person, id, renders } = await album();
    const [loose] = await seed.renders(person.id, 1);
    const stranger = await gateway.signUp();
    const theirs = await seed.renders(stranger.id, 1);
    await seed.items(await seed.collection(stranger.id, 'Theirs'), theirs);
    const answer = await read<{ collection: object }>(
      gateway,
      `query ($id: ID!, $in: ID!, $out: ID!, $theirs: ID!) { collection(id: $id) {
        in: containsRender(renderId: $in) out: containsRender(renderId: $out) theirs: containsRender(renderId: $theirs) } }`,
      {
        as: person,
        variables: {
          ...byId(id),
          in: globalId('Render', renders[2]!),
          out: globalId('Render', loose!),
          theirs: globalId('Render', theirs[0]!),
        },
      },
    );
    expect(answer.collection).toEqual({ in: true, out: false, theirs: false });
  });

  it('is nobody else\'s to see', async () => {
    const { id } = await album();
    const stranger = await gateway.signUp();
    expect(await read(gateway, query('name'), { as: stranger, variables: byId(id) })).toEqual({ collection: null });
    expect(await read(gateway, query('name'), { variables: byId(id) })).toEqual({ collection: null });
  });
});

describe('a render', () => {
  it('lists the collections that hold it, the favorites first, and says whether it is a favorite', async () => {
    const person = await gateway.signUp();
    const [kept, loose] = (await seed.renders(person.id, 2)) as [string, string];
    const older = await collectionAt(person, 'Older', '2024-01-01T00:00:00Z');
    const newer = await collectionAt(person, 'Newer', '2024-02-01T00:00:00Z');
    await seed.collection(person.id, 'Without it');
    for (const collection of [older, await seed.favorites(person.id), newer]) await seed.items(collection, [kept]);

    const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Render {
      isFavorite collections(first: 2) { totalCount nodes { name } pageInfo { hasNextPage } } } } }`;
    const ids = [kept, loose].map((id) => globalId('Render', id));
    expect(await read(gateway, query, { as: person, variables: { ids } })).toEqual({
      nodes: [
        {
          isFavorite: true,
          collections: { totalCount: 3, nodes: [{ name: 'Favorites' }, { name: 'Newer' }], pageInfo: { hasNextPage: true } },
        },
        { isFavorite: false, collections: { totalCount: 0, nodes: [], pageInfo: { hasNextPage: false } } },
      ],
    });
  });
});
