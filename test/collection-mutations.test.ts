import { createTestApp, type Person, type TestApp } from './support/app.js';
import { mutate, mutateCounting, type Outcome } from './support/mutate.js';
import { read } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

let app: TestApp;
let seed: Seed;

beforeAll(async () => {
  app = await createTestApp({ runtime: { limits: { maxCollections: 5 } } });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

interface CollectionData {
  readonly id: string;
  readonly name: string;
  readonly isDefaultFavorites: boolean;
  readonly itemCount: number;
}

/** All collections of a person, with the renders in them. */
async function shelves(person: Person) {
  const { viewer } = await read<{
    viewer: { collections: { nodes: (CollectionData & { items: { nodes: { id: string }[] } })[] } };
  }>(app, '{ viewer { collections { nodes { id name isDefaultFavorites itemCount items { nodes { id } } } } } }', {
    as: person,
  });
  return viewer.collections.nodes;
}

const made = 'collection { id name isDefaultFavorites itemCount }';
const renderId = (id: string) => globalId('Render', id);

async function create(person: Person, name: string): Promise<CollectionData> {
  const { collection } = await mutate<{ collection: CollectionData }>(app, 'createCollection', { name }, { as: person, payload: made });
  return collection;
}

describe('createCollection', () => {
  it('makes a collection under its trimmed name, and shows it behind the favorites', async () => {
    const person = await app.signUp();

    const first = await create(person, '  Kitchens \n');
    const second = await create(person, 'Kitchens');

    expect(first).toMatchObject({ name: 'Kitchens', isDefaultFavorites: false, itemCount: 0 });
    expect((await shelves(person)).map(({ id }) => id).slice(1)).toEqual([second.id, first.id]);
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \t\u00a0\u3000 '],
    ['nothing to see', '\u200b\u200d'],
    ['101 characters', 'x'.repeat(101)],
    ['a line break', 'Kit\nchens'],
    ['U+0000', 'Kit\0chens'],
    ['half of a character', 'Kit\ud83d'],
    // As long as a request may be, and not for long: trimming takes one look at each end.
    ['two letters with 900,000 spaces between them', `a${' '.repeat(900_000)}b`],
  ])('refuses a name of %s, and makes nothing', async (_what, name) => {
    const person = await app.signUp();

    const outcome = await mutate(app, 'createCollection', { name }, { as: person });

    expect(outcome).toMatchObject({ __typename: 'InvalidInputError', code: 'INVALID_INPUT', issues: [{ path: ['name'] }] });
    expect(await shelves(person)).toHaveLength(1);
  });

  it('counts characters and not their code units', async () => {
    const person = await app.signUp();

    expect(await create(person, '🛋'.repeat(100))).toMatchObject({ name: '🛋'.repeat(100) });
  });

  it('makes as many as an account may have, however many are asked for at once', async () => {
    const person = await app.signUp();

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => mutate(app, 'createCollection', { name: `Album ${index}` }, { as: person })),
    );

    // Five, the favorites being one.
    expect(outcomes.filter(({ __typename }) => __typename === 'CreateCollectionPayload')).toHaveLength(4);
    const refused = outcomes.filter(({ code }) => code === 'COLLECTION_LIMIT_REACHED');
    expect(refused).toHaveLength(16);
    expect(refused[0]).toMatchObject({ __typename: 'CollectionLimitReachedError', limit: 5 });
    expect(await shelves(person)).toHaveLength(5);
  });
});

describe('renameCollection and deleteCollection', () => {
  it('rename and delete a collection, whose renders stay', async () => {
    const person = await app.signUp();
    const [render] = await seed.renders(person.id, 1);
    const { id } = await create(person, 'Kitchens');
    await mutate(app, 'addRendersToCollection', { collectionId: id, renderIds: [renderId(render!)] }, { as: person });

    const renamed = await mutate(app, 'renameCollection', { collectionId: id, name: ' Bathrooms ' }, { as: person, payload: made });
    expect(renamed['collection']).toMatchObject({ id, name: 'Bathrooms', itemCount: 1 });

    const deleted = await mutate(app, 'deleteCollection', { collectionId: id }, {
      as: person,
      payload: 'deletedCollectionId viewer { collections { totalCount } renders { totalCount } }',
    });
    expect(deleted).toMatchObject({
      deletedCollectionId: id,
      viewer: { collections: { totalCount: 1 }, renders: { totalCount: 1 } },
    });
  });

  it('leave the default favorites as they are', async () => {
    const person = await app.signUp();
    const before = await shelves(person);
    const collectionId = before[0]!.id;

    const renamed = await mutate(app, 'renameCollection', { collectionId, name: 'Mine' }, { as: person });
    const deleted = await mutate(app, 'deleteCollection', { collectionId }, { as: person });

    for (const outcome of [renamed, deleted]) {
      expect(outcome).toMatchObject({ __typename: 'FavoritesProtectedError', code: 'FAVORITES_PROTECTED' });
    }
    expect(await shelves(person)).toEqual(before);
  });

  it('take a collection that is gone for one that never was', async () => {
    const person = await app.signUp();
    const { id: collectionId } = await create(person, 'Kitchens');
    await mutate(app, 'deleteCollection', { collectionId }, { as: person });

    for (const [field, input] of [
      ['renameCollection', { collectionId, name: 'Again' }],
      ['deleteCollection', { collectionId }],
      ['addRendersToCollection', { collectionId, renderIds: [renderId(person.id)] }],
      ['removeRendersFromCollection', { collectionId, renderIds: [renderId(person.id)] }],
      ['organizeRenders', { renderIds: [renderId(person.id)], addToCollectionIds: [collectionId] }],
    ] as const) {
      expect([field, await mutate(app, field, input, { as: person })]).toMatchObject([field, { code: 'NOT_FOUND' }]);
    }
  });
});

describe('addRendersToCollection and removeRendersFromCollection', () => {
  it('tell of each id what became of it, once and in order', async () => {
    const person = await app.signUp();
    const other = await app.signUp();
    const [a, b, c] = (await seed.renders(person.id, 3)).map(renderId) as [string, string, string];
    const foreign = renderId((await seed.renders(other.id, 1))[0]!);
    const missing = renderId('00000000-0000-7000-8000-000000000000');
    const { id: collectionId } = await create(person, 'Kitchens');
    const add = (renderIds: string[]) =>
      mutate(app, 'addRendersToCollection', { collectionId, renderIds }, {
        as: person,
        payload: 'added alreadyPresent notFound collection { itemCount }',
      });

    expect(await add([b, a, b])).toMatchObject({ added: [b, a], alreadyPresent: [], notFound: [], collection: { itemCount: 2 } });
    expect(await add([c, foreign, a, missing])).toMatchObject({
      added: [c],
      alreadyPresent: [a],
      notFound: [foreign, missing],
      collection: { itemCount: 3 },
    });
    const remove = await mutate(app, 'removeRendersFromCollection', { collectionId, renderIds: [foreign, c, missing, a, c] }, {
      as: person,
      payload: 'removed notPresent collection { itemCount items { nodes { id } } }',
    });
    expect(remove).toMatchObject({
      removed: [c, a],
      notPresent: [foreign, missing],
      collection: { itemCount: 1, items: { nodes: [{ id: b }] } },
    });
  });

  it('leave the place of a render that was there before', async () => {
    const person = await app.signUp();
    const [render] = await seed.renders(person.id, 1);
    const { id: collectionId } = await create(person, 'Kitchens');
    const add = () =>
      mutate<{ collection: { items: { edges: { addedAt: string }[] } } }>(
        app,
        'addRendersToCollection',
        { collectionId, renderIds: [renderId(render!)] },
        { as: person, payload: 'collection { items { edges { addedAt } } }' },
      );

    const first = await add();

    expect((await add()).collection.items).toEqual(first.collection.items);
  });

  it('add the same hundred renders once, however many ask at once and in whatever order', async () => {
    const person = await app.signUp();
    const renderIds = (await seed.renders(person.id, 100)).map(renderId);
    const { id: collectionId } = await create(person, 'Kitchens');

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        mutate<{ added: string[]; alreadyPresent: string[] }>(
          app,
          'addRendersToCollection',
          { collectionId, renderIds: index % 2 ? renderIds : [...renderIds].reverse() },
          { as: person, payload: 'added alreadyPresent' },
        ),
      ),
    );

    expect(outcomes.flatMap(({ added }) => added).sort()).toEqual([...renderIds].sort());
    expect((await shelves(person)).find(({ id }) => id === collectionId)).toMatchObject({ itemCount: 100 });
  });

  it.each([
    ['no render', 0],
    ['101 renders', 101],
  ])('take neither %s', async (_what, size) => {
    const person = await app.signUp();
    const renderIds = (await seed.renders(person.id, size)).map(renderId);
    const { id: collectionId } = await create(person, 'Kitchens');

    for (const field of ['addRendersToCollection', 'removeRendersFromCollection']) {
      expect(await mutate(app, field, { collectionId, renderIds }, { as: person })).toMatchObject({
        code: 'INVALID_INPUT',
        issues: [{ path: ['renderIds'] }],
      });
    }
    expect((await shelves(person)).map(({ itemCount }) => itemCount)).toEqual([0, 0]);
  });
});

describe('organizeRenders', () => {
  /** Two collections that hold the first ten of twenty renders, and two that are empty. */
  async function furnish() {
    const person = await app.signUp();
    const renderIds = (await seed.renders(person.id, 20)).map(renderId);
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C', 'D']) ids.push((await create(person, name)).id);
    const [a, b, c, d] = ids as [string, string, string, string];
    await mutate(app, 'organizeRenders', { renderIds: renderIds.slice(0, 10), addToCollectionIds: [a, b] }, { as: person });
    return { person, renderIds, a, b, c, d };
  }
  const counts = async (person: Person) =>
    Object.fromEntries((await shelves(person)).map(({ name, itemCount }) => [name, itemCount]));

  it('moves renders from collections to others, and counts the places', async () => {
    const { person, renderIds, a, b, c, d } = await furnish();
    const foreign = renderId((await seed.renders((await app.signUp()).id, 1))[0]!);

    const outcome = await mutate(
      app,
      'organizeRenders',
      { renderIds: [...renderIds.slice(5, 15), foreign], addToCollectionIds: [c, d], removeFromCollectionIds: [b, a] },
      { as: person, payload: 'addedCount removedCount notFound collections { id name itemCount }' },
    );

    expect(outcome).toMatchObject({
      addedCount: 20,
      removedCount: 10,
      notFound: [foreign],
      collections: [
        { id: c, itemCount: 10 },
        { id: d, itemCount: 10 },
        { id: b, itemCount: 5 },
        { id: a, itemCount: 5 },
      ],
    });
    expect(await counts(person)).toEqual({ Favorites: 0, A: 5, B: 5, C: 10, D: 10 });
  });

  it('moves nothing where one of the collections is somebody else’s', async () => {
    const { person, renderIds, a, c } = await furnish();
    const other = await app.signUp();
    const before = await counts(person);
    const foreign = globalId('Collection', await seed.collection(other.id, 'Theirs'));

    const outcome = await mutate(
      app,
      'organizeRenders',
      { renderIds, addToCollectionIds: [c, foreign], removeFromCollectionIds: [a] },
      { as: person },
    );

    expect(outcome).toMatchObject({ code: 'NOT_FOUND' });
    expect(await counts(person)).toEqual(before);
    expect(await shelves(other)).toMatchObject([{ itemCount: 0 }, { itemCount: 0 }]);
  });

  it('moves nothing where the last step of it fails', async () => {
    const { person, renderIds, a, c } = await furnish();
    const before = await counts(person);
    // From now on the database refuses new places of this person's.
    await seed.sql(
      `create function refuse_places() returns trigger language plpgsql as
       $$ begin if new.owner_id = '${person.id}' then raise exception 'no'; end if; return new; end $$`,
    );
    await seed.sql('create trigger refuse_places before insert on collection_items for each row execute function refuse_places()');
    try {
      const answer = await app.ask(
        `mutation ($input: OrganizeRendersInput!) { organizeRenders(input: $input) { __typename } }`,
        { as: person, variables: { input: { renderIds, addToCollectionIds: [c], removeFromCollectionIds: [a] } } },
      );
      expect(answer.errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    } finally {
      await seed.sql('drop function refuse_places() cascade');
    }

    expect(await counts(person)).toEqual(before);
  });

  it('refuses what contradicts itself, with everything that is wrong at once', async () => {
    const { person, renderIds, a } = await furnish();
    const before = await counts(person);
    const organize = (input: object) => mutate(app, 'organizeRenders', input, { as: person });

    expect(await organize({ renderIds, addToCollectionIds: [a], removeFromCollectionIds: [a] })).toMatchObject({
      issues: [{ path: ['removeFromCollectionIds', '0'] }],
    });
    expect(await organize({ renderIds: [] })).toMatchObject({
      issues: [{ path: ['renderIds'] }, { path: ['addToCollectionIds'] }],
    });
    expect(
      await organize({ renderIds, addToCollectionIds: Array.from({ length: 21 }, () => a) }),
    ).toMatchObject({ issues: [{ path: ['addToCollectionIds'] }] });
    expect(await counts(person)).toEqual(before);
  });
});

describe('favorites', () => {
  const favored = 'render { id isFavorite } favorites { id itemCount isDefaultFavorites }';

  it('come and go with one click, and a second click changes nothing', async () => {
    const person = await app.signUp();
    const [id] = (await seed.renders(person.id, 1)).map(renderId);
    const click = (field: string) => mutate(app, field, { renderId: id }, { as: person, payload: favored });

    for (const [field, isFavorite] of [
      ['addToFavorites', true],
      ['addToFavorites', true],
      ['removeFromFavorites', false],
      ['removeFromFavorites', false],
    ] as const) {
      expect(await click(field)).toMatchObject({
        render: { id, isFavorite },
        favorites: { itemCount: isFavorite ? 1 : 0, isDefaultFavorites: true },
      });
    }
  });

  it('are right in each answer of several clicks in one request', async () => {
    const person = await app.signUp();
    const [id] = (await seed.renders(person.id, 1)).map(renderId);
    const answer = await read<Record<string, { render: { isFavorite: boolean } }>>(
      app,
      `mutation ($input: FavoriteInput!) {
        a: addToFavorites(input: $input) { ... on AddToFavoritesPayload { ${favored} } }
        b: removeFromFavorites(input: $input) { ... on RemoveFromFavoritesPayload { ${favored} } }
        c: addToFavorites(input: $input) { ... on AddToFavoritesPayload { ${favored} } }
      }`,
      { as: person, variables: { input: { renderId: id } } },
    );

    expect(Object.values(answer).map(({ render }) => render.isFavorite)).toEqual([true, false, true]);
  });

  it('are one collection with one item after fifty first clicks at once of somebody who had none', async () => {
    const person = await app.signUp();
    const [id] = (await seed.renders(person.id, 1)).map(renderId);
    await seed.sql('alter table collections no force row level security, disable trigger user');
    await seed.sql('delete from collections where owner_id = $1', [person.id]);
    await seed.sql('alter table collections force row level security, enable trigger user');

    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () =>
        mutate<Outcome & { favorites: { id: string } }>(app, 'addToFavorites', { renderId: id }, { as: person, payload: favored }),
      ),
    );

    expect(outcomes.every((outcome) => (outcome['render'] as { isFavorite: boolean }).isFavorite)).toBe(true);
    expect(new Set(outcomes.map(({ favorites }) => favorites.id)).size).toBe(1);
    const stored = await seed.sql(
      `select c.name, count(i.render_id)::int as items from collections c left join collection_items i on i.collection_id = c.id
       where c.owner_id = $1 group by c.id`,
      [person.id],
    );
    expect(stored).toEqual([{ name: 'Favorites', items: 1 }]);
  });

  it('take nobody else’s render', async () => {
    const person = await app.signUp();
    const other = await app.signUp();
    const [foreign] = (await seed.renders(other.id, 1)).map(renderId);

    for (const field of ['addToFavorites', 'removeFromFavorites']) {
      expect(await mutate(app, field, { renderId: foreign }, { as: person })).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect((await shelves(person))[0]).toMatchObject({ itemCount: 0 });
  });
});

describe('an id that is none', () => {
  it('is named by its place, with every other one', async () => {
    const person = await app.signUp();
    const [render] = (await seed.renders(person.id, 1)).map(renderId);

    const outcome = await mutate(
      app,
      'addRendersToCollection',
      { collectionId: render, renderIds: [render, 'nonsense', globalId('Collection', person.id), globalId('Render', 'x')] },
      { as: person },
    );

    expect(outcome).toMatchObject({
      code: 'INVALID_INPUT',
      message: '4 things are wrong with the input; see "issues".',
      issues: [{ path: ['collectionId'] }, { path: ['renderIds', '1'] }, { path: ['renderIds', '2'] }, { path: ['renderIds', '3'] }],
    });
  });
});

describe('a click on the heart', () => {
  it('is one statement, where nothing beside columns is asked of what it answers with', async () => {
    const person = await app.signUp();
    const [id] = (await seed.renders(person.id, 1)).map(renderId);
    const count = async (payload: string) =>
      (await mutateCounting(app, 'addToFavorites', { renderId: id }, { as: person, payload })).statements.length;

    expect(await count('render { id } favorites { name }')).toBe(1);
    // The render and the favorites are read again, each with what is below it.
    expect(await count('render { isFavorite } favorites { itemCount }')).toBe(3);
  });
});
