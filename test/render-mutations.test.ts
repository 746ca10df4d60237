import { createTestApp, type Person, type TestApp } from './support/app.js';
import { documentOf, mutate, mutateCounting, type Outcome } from './support/mutate.js';
import { read } from './support/read.js';
import { createSeed, globalId, type RenderOptions, type Seed } from './support/seed.js';

const now = new Date('2026-05-20T10:00:00.000Z');

let app: TestApp;
let seed: Seed;

beforeAll(async () => {
  app = await createTestApp({ now: () => now });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

const globalIds = (ids: readonly string[]) => ids.map((id) => globalId('Render', id));
const missing = globalId('Render', '00000000-0000-7000-8000-000000000000');

/** Renders with the records of their pictures: 1,000 bytes an image, 100 a thumbnail. */
async function gallery(person: Person, count: number, options: RenderOptions = {}): Promise<string[]> {
  const ids = await seed.renders(person.id, count, options);
  await seed.sql(
    `insert into assets (path, owner_id, kind, byte_size, content_type)
     select image_path, owner_id, 'output', 1000, content_type from render_variants where render_id = any($1::uuid[])
     union all
     select thumb_path, owner_id, 'thumbnail', 100, content_type from render_variants where render_id = any($1::uuid[])`,
    [ids],
  );
  return ids;
}

/** Everything of a person that deleting may touch, as the tables have it. */
async function holdings({ id }: Person) {
  const [row] = await seed.sql(
    `select
       (select json_agg(r order by r.id) from renders r where owner_id = $1) as renders,
       (select json_agg(v order by v.id) from render_variants v where owner_id = $1) as variants,
       (select json_agg(i order by i.collection_id, i.render_id) from collection_items i where owner_id = $1) as items,
       (select json_agg(a order by a.path) from assets a where owner_id = $1) as assets,
       (select json_agg(j order by j.id) from generation_jobs j where owner_id = $1) as jobs`,
    [id],
  );
  return row as Readonly<Record<'renders' | 'variants' | 'items' | 'assets' | 'jobs', readonly object[] | null>>;
}

async function suspend({ id }: Person): Promise<void> {
  await seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [id]);
}

describe('setRenderCover', () => {
  const cover = 'render { id coverVariant { index isCover } coverImage { url } variants { index isCover } }';

  it('makes the variant stand for its render, wherever that is shown', async () => {
    const person = await app.signUp();
    const [id] = await seed.renders(person.id, 1, { variants: 3 });
    const album = await seed.collection(person.id, 'Album');
    await seed.items(album, [id!]);
    const input = { renderId: globalId('Render', id!), variantIndex: 2 };

    for (const time of ['first', 'again']) {
      const outcome = await mutate(app, 'setRenderCover', input, {
        as: person,
        payload: `${cover} viewer { renders { nodes { coverVariant { index } } } collections { nodes { coverImages { url } } } }`,
      });

      expect([time, outcome]).toMatchObject([
        time,
        {
          render: {
            id: input.renderId,
            coverVariant: { index: 2, isCover: true },
            coverImage: { url: expect.stringContaining(`${id}/v1/2_thumb.webp`) },
            variants: [{ isCover: false }, { isCover: false }, { isCover: true }],
          },
          viewer: {
            renders: { nodes: [{ coverVariant: { index: 2 } }] },
            collections: { nodes: [{}, { coverImages: [{ url: expect.stringContaining(`${id}/v1/2_thumb.webp`) }] }] },
          },
        },
      ]);
    }
  });

  it.each([-1, 1, 3, 100_000, 2_147_483_647])('refuses the index %d, and names those that there are', async (variantIndex) => {
    const person = await app.signUp();
    const [id] = await seed.renders(person.id, 1, { variants: 3 });
    await seed.sql('delete from render_variants where render_id = $1 and idx = 1', [id]);
    const before = await holdings(person);

    const outcome = await mutate(app, 'setRenderCover', { renderId: globalId('Render', id!), variantIndex }, { as: person });

    expect(outcome).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['variantIndex'], message: 'This render has no such variant. It has the indices 0, 2.' }],
    });
    expect(await holdings(person)).toEqual(before);
  });

  it('finds nobody else’s render, and none that is gone', async () => {
    const person = await app.signUp();
    const other = await app.signUp();
    const [foreign] = globalIds(await seed.renders(other.id, 1));
    const before = await holdings(other);

    for (const renderId of [foreign, missing]) {
      const outcome = await mutate(app, 'setRenderCover', { renderId, variantIndex: 1 }, { as: person });
      expect(outcome).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    }
    expect(await holdings(other)).toEqual(before);
  });
});

describe('deleteRenders', () => {
  it('tells of each id what became of it, once and in order', async () => {
    const person = await app.signUp();
    const other = await app.signUp();
    const [a, b, c] = globalIds(await gallery(person, 3)) as [string, string, string];
    const [foreign] = globalIds(await gallery(other, 1)) as [string];
    const before = await holdings(other);

    const outcome = await mutate(app, 'deleteRenders', { renderIds: [c, foreign, a, missing, c, foreign] }, {
      as: person,
      payload: 'deletedIds notFound viewer { renders { nodes { id } } }',
    });

    expect(outcome).toMatchObject({
      deletedIds: [c, a],
      notFound: [foreign, missing],
      viewer: { renders: { nodes: [{ id: b }] } },
    });
    expect(await holdings(other)).toEqual(before);
    expect(await read(app, 'query ($id: ID!) { node(id: $id) { id } }', { as: person, variables: { id: a } })).toEqual({ node: null });
  });

  it('takes variants and places in collections along, and marks the pictures of exactly those renders', async () => {
    const person = await app.signUp();
    const [gone, kept] = (await gallery(person, 2, { jobs: true })) as [string, string];
    await seed.items(await seed.favorites(person.id), [gone, kept]);
    await seed.items(await seed.collection(person.id, 'Album'), [gone]);

    await mutate(app, 'deleteRenders', { renderIds: globalIds([gone]) }, { as: person });

    const after = await holdings(person);
    expect(after.renders).toMatchObject([{ id: kept }]);
    expect(after.variants).toMatchObject([{ render_id: kept }, { render_id: kept }]);
    expect(after.items).toMatchObject([{ render_id: kept }]);
    const marked = after.assets as { path: string; kind: string; marked_at: string | null }[];
    // Two photos each, and two variants of two pictures each.
    expect(marked).toHaveLength(12);
    for (const { path, kind, marked_at } of marked) {
      const isGone = kind !== 'input' && path.includes(gone);
      expect([path, marked_at && new Date(marked_at)]).toEqual([path, isGone ? now : null]);
    }
  });

  it('leaves pictures that the renders share with others', async () => {
    const person = await app.signUp();
    const [render, other] = (await gallery(person, 2)) as [string, string];
    // One as the demo's data has it, and one in another render's place.
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type) values ('samples/room.webp', null, 'community', 9, 'image/webp')`,
    );
    await seed.sql(
      `update render_variants v set image_path = 'samples/room.webp', thumb_path = o.thumb_path
       from render_variants o where v.render_id = $1 and o.render_id = $2 and v.idx = 0 and o.idx = 0`,
      [render, other],
    );

    await mutate(app, 'deleteRenders', { renderIds: globalIds([render]) }, { as: person });

    const rows = await seed.sql<{ path: string }>('select path from assets where marked_at is not null and path ~ $1', [
      `${person.id}|samples`,
    ]);
    const folder = `renders/${person.id}/${render}/v1`;
    expect(rows.map(({ path }) => path).sort()).toEqual([`${folder}/1.webp`, `${folder}/1_thumb.webp`]);
  });

  it('brings forward what was to fall due later, and leaves what is due already as it is', async () => {
    const person = await app.signUp();
    const [render] = await gallery(person, 1, { variants: 1 });
    const earlier = new Date(now.getTime() - 1_000);
    const mark = (kind: string, at: Date) =>
      seed.sql('update assets set marked_at = $3 where owner_id = $1 and kind = $2', [person.id, kind, at]);
    await mark('output', new Date(now.getTime() + 60_000));
    await mark('thumbnail', earlier);

    await mutate(app, 'deleteRenders', { renderIds: globalIds([render!]) }, { as: person });

    const rows = await seed.sql('select marked_at from assets where owner_id = $1 order by kind', [person.id]);
    expect(rows).toEqual([{ marked_at: now }, { marked_at: earlier }]);
  });

  it('leaves the job, the ledger and the look that was published of it', async () => {
    const person = await app.signUp();
    const [render] = await gallery(person, 1, { jobs: true });
    const before = await holdings(person);
    await seed.sql(
      `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
       select owner_id, 'generation_debit', 1, '2026-05-01', id, 1 from generation_jobs where owner_id = $1`,
      [person.id],
    );
    const [look] = await seed.communityItems(await seed.communityCollection(), 1);
    await seed.sql('update community_items set render_id = $2 where id = $1', [look, render]);

    await mutate(app, 'deleteRenders', { renderIds: globalIds([render!]) }, { as: person });

    expect((await holdings(person)).jobs).toEqual(before.jobs);
    expect(await seed.sql('select amount from usage_ledger where owner_id = $1', [person.id])).toEqual([{ amount: 1 }]);
    const shown = await read(app, 'query ($id: ID!) { node(id: $id) { ... on CommunityItem { image { url } } } }', {
      variables: { id: globalId('CommunityItem', look!) },
    });
    expect(shown).toMatchObject({ node: { image: { url: expect.stringContaining('/community/') } } });
    expect(await seed.sql('select render_id from community_items where id = $1', [look])).toEqual([{ render_id: null }]);
  });

  it('shows statistics, lists, counts and covers as they are after it, in the same answer', async () => {
    const person = await app.signUp();
    const ids = [
      ...(await gallery(person, 2, { createdAt: new Date('2026-05-01Z'), mode: 'staging', style: 'modern', variants: 3 })),
      ...(await gallery(person, 2, { createdAt: new Date('2026-04-01Z'), variants: 1 })),
    ] as [string, string, string, string];
    await seed.items(await seed.favorites(person.id), ids);
    const fields = `viewer {
      renders { totalCount nodes { id isFavorite } }
      renderStatistics { total thisMonth variants byMode { mode count } byStyle { preset count } firstAt lastAt }
      favorites { itemCount coverImages { url } items { nodes { id } } }
      storageUsage { totalBytes objectCount }
    }`;
    const deletion = (alias: string, index: number) =>
      `${alias}: deleteRenders(input: { renderIds: ["${globalId('Render', ids[index]!)}"] })
       { ... on DeleteRendersPayload { deletedIds ${fields} } }`;
    const before = await read<{ viewer: { storageUsage: object } }>(app, `{ ${fields} }`, { as: person });

    const answer = await read<Record<string, object>>(app, `mutation { ${deletion('a', 0)} ${deletion('b', 2)} }`, { as: person });

    expect(answer['a']).toMatchObject({
      viewer: {
        renders: { totalCount: 3 },
        renderStatistics: { total: 3, thisMonth: 1, variants: 5, byMode: [{ count: 2 }, { mode: 'STAGING', count: 1 }] },
        favorites: { itemCount: 3 },
      },
    });
    const [left, right] = globalIds([ids[1], ids[3]]);
    expect(answer['b']).toMatchObject({
      viewer: {
        renders: { totalCount: 2, nodes: [{ id: left, isFavorite: true }, { id: right, isFavorite: true }] },
        renderStatistics: {
          total: 2,
          thisMonth: 1,
          variants: 4,
          byMode: [{ mode: 'REDESIGN', count: 1 }, { mode: 'STAGING', count: 1 }],
          byStyle: [{ preset: 'japandi', count: 1 }, { preset: 'modern', count: 1 }],
          firstAt: '2026-04-01T00:00:01.000Z',
          lastAt: '2026-05-01T00:00:01.000Z',
        },
        favorites: {
          itemCount: 2,
          coverImages: [{ url: expect.stringContaining(ids[3]) }, { url: expect.stringContaining(ids[1]) }],
          items: { nodes: [{ id: right }, { id: left }] },
        },
        // What the store holds, and no pass has removed anything yet.
        storageUsage: before.viewer.storageUsage,
      },
    });
  });

  it.each([
    ['the pictures cannot be marked', 'trigger refuse_it before update on assets'],
    ['the commit fails', 'constraint trigger refuse_it after delete on renders deferrable initially deferred'],
  ])('deletes and marks nothing where %s', async (_what, trigger) => {
    const person = await app.signUp();
    const ids = await gallery(person, 2);
    await seed.items(await seed.favorites(person.id), ids);
    const before = await holdings(person);
    await seed.sql(
      `create function refuse_it() returns trigger language plpgsql as
       $$ begin if old.owner_id = '${person.id}' then raise exception 'no'; end if; return new; end $$`,
    );
    await seed.sql(`create ${trigger} for each row execute function refuse_it()`);
    try {
      const answer = await app.ask(documentOf('deleteRenders'), { as: person, variables: { input: { renderIds: globalIds(ids) } } });
      expect(answer.errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR');
    } finally {
      await seed.sql('drop function refuse_it() cascade');
    }

    expect(await holdings(person)).toEqual(before);
  });

  it.each([0, 101])('takes no %d renders', async (size) => {
    const person = await app.signUp();
    const renderIds = globalIds(await gallery(person, size));
    const before = await holdings(person);

    const outcome = await mutate(app, 'deleteRenders', { renderIds }, { as: person });

    expect(outcome).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['renderIds'] }] });
    expect(await holdings(person)).toEqual(before);
  });
});

describe('requests at once', () => {
  it('delete each of the same hundred renders exactly once', async () => {
    const person = await app.signUp();
    const renderIds = globalIds(await gallery(person, 100));

    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        mutate<{ deletedIds: string[]; notFound: string[] }>(
          app,
          'deleteRenders',
          { renderIds: index % 2 ? renderIds : [...renderIds].reverse() },
          { as: person, payload: 'deletedIds notFound' },
        ),
      ),
    );

    expect(outcomes.flatMap(({ deletedIds }) => deletedIds).sort()).toEqual([...renderIds].sort());
    expect(outcomes.flatMap(({ notFound }) => notFound)).toHaveLength(900);
    expect((await holdings(person)).renders).toBeNull();
  });

  it('delete renders that others of them file and like, and leave no place of a render that is gone', async () => {
    const person = await app.signUp();
    const ids = await gallery(person, 60);
    const renderIds = globalIds(ids);
    const collectionId = globalId('Collection', await seed.collection(person.id, 'Album'));
    const send = (field: string, input: object) => mutate(app, field, input, { as: person });

    const outcomes: Outcome[] = await Promise.all(
      Array.from({ length: 6 }, (_, index) => {
        const some = renderIds.slice(index * 10, index * 10 + 10);
        return [
          send('addRendersToCollection', { collectionId, renderIds }),
          send('addToFavorites', { renderId: some[0] }),
          send('setRenderCover', { renderId: some[1], variantIndex: 1 }),
          send('deleteRenders', { renderIds: some.slice(0, 5) }),
          send('addToFavorites', { renderId: some[2] }),
          send('organizeRenders', { renderIds: some, addToCollectionIds: [collectionId] }),
        ];
      }).flat(),
    );

    for (const { code } of outcomes) expect([undefined, 'NOT_FOUND']).toContain(code);
    const [left] = await seed.sql(
      `select (select count(*)::int from renders where owner_id = $1) as renders,
         (select count(*)::int from collection_items i where owner_id = $1
            and not exists (select from renders r where r.id = i.render_id)) as orphans,
         (select count(*)::int from assets where owner_id = $1 and marked_at is not null) as marked`,
      [person.id],
    );
    expect(left).toEqual({ renders: 30, orphans: 0, marked: 30 * 4 });
  });
});

describe('whoever may not', () => {
  it('changes nothing with a suspended account, and is told', async () => {
    const person = await app.signUp();
    const [renderId] = globalIds(await gallery(person, 1));
    await suspend(person);
    const before = await holdings(person);

    for (const [field, input] of [
      ['setRenderCover', { renderId, variantIndex: 1 }],
      ['deleteRenders', { renderIds: [renderId] }],
    ] as const) {
      expect([field, await mutate(app, field, input, { as: person })]).toMatchObject([
        field,
        { __typename: 'AccessSuspendedError', code: 'ACCESS_SUSPENDED' },
      ]);
    }
    expect(await holdings(person)).toEqual(before);
  });

  it('changes nothing without signing in', async () => {
    const person = await app.signUp();
    const [renderId] = globalIds(await gallery(person, 1));
    const before = await holdings(person);

    for (const [field, input] of [
      ['setRenderCover', { renderId, variantIndex: 1 }],
      ['deleteRenders', { renderIds: [renderId] }],
    ] as const) {
      const answer = await app.ask(documentOf(field), { variables: { input } });
      expect([field, answer.errors?.map(({ extensions }) => extensions.code)]).toEqual([field, ['UNAUTHENTICATED']]);
    }
    expect(await holdings(person)).toEqual(before);
  });

  it('is told of every id that is none, by its place', async () => {
    const person = await app.signUp();
    const [render] = globalIds(await gallery(person, 1));
    const collection = globalId('Collection', await seed.favorites(person.id));
    const before = await holdings(person);

    expect(await mutate(app, 'setRenderCover', { renderId: collection, variantIndex: 0 }, { as: person })).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['renderId'] }],
    });
    expect(await mutate(app, 'deleteRenders', { renderIds: ['', render, collection, globalId('Render', 'x')] }, { as: person })).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [{ path: ['renderIds', '0'] }, { path: ['renderIds', '2'] }, { path: ['renderIds', '3'] }],
    });
    expect(await holdings(person)).toEqual(before);
  });
});

describe('the number of statements', () => {
  it('of deleting is the same for one render and for a hundred', async () => {
    const person = await app.signUp();
    const ids = globalIds(await gallery(person, 101, { variants: 3, jobs: true }));
    const count = async (renderIds: string[]) => {
      const { outcome, statements } = await mutateCounting<{ deletedIds: string[] }>(app, 'deleteRenders', { renderIds }, {
        as: person,
        payload: 'deletedIds notFound',
      });
      expect(outcome.deletedIds).toHaveLength(renderIds.length);
      return statements.map(({ text }) => text.split(/\s/)[0]);
    };

    const one = await count(ids.slice(0, 1));

    expect(one).toEqual(['BEGIN', 'select', 'delete', 'update', 'COMMIT']);
    expect(await count(ids.slice(1))).toEqual(one);
  });

  it('of choosing a cover is four', async () => {
    const person = await app.signUp();
    const [renderId] = globalIds(await gallery(person, 1));

    const { statements } = await mutateCounting(app, 'setRenderCover', { renderId, variantIndex: 1 }, {
      as: person,
      payload: 'render { id mode }',
    });

    expect(statements.map(({ text }) => text.split(/\s/)[0])).toEqual(['BEGIN', 'select', 'update', 'COMMIT']);
  });
});
