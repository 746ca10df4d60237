import { randomUUID } from 'node:crypto';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { localId, read } from './support/read.js';
import { createSeed, globalId, type RenderOptions, type Seed } from './support/seed.js';
import { createUsageSeed, type UsageSeed } from './support/seed-usage.js';

const now = new Date('2024-05-15T12:00:00.000Z');

let gateway: TestApp;
let seed: Seed;
let usage: UsageSeed;

beforeAll(async () => {
  gateway = await createTestApp({ now: () => now });
  seed = await createSeed(gateway);
  usage = createUsageSeed(seed);
});
afterAll(async () => {
  await seed.close();
  await gateway.close();
});

interface List {
  readonly viewer: { readonly renders: { readonly totalCount: number; readonly nodes: readonly { readonly id: string }[] } };
}

describe('a filter', () => {
  /** By a name for the test's eyes; oldest first. */
  const rooms = {
    corner: { prompt: 'a calm corner', mode: 'redesign', roomType: 'kitchen', style: 'japandi', at: '2024-04-30T23:59:59.999Z' },
    lounge: { prompt: 'A CALM room', mode: 'redesign', roomType: 'living_room', style: 'scandi', at: '2024-05-01T00:00:00.000Z' },
    signs: { prompt: `50% off: a_b \\ "it's"`, mode: 'staging', roomType: 'kitchen', style: 'modern', at: '2024-05-02T00:00:00.000Z' },
    cafe: { prompt: 'Café ÉLÉGANT in Zürich, 東京 🛋️', mode: 'compose', roomType: 'bedroom', style: 'coastal_au', at: '2024-05-03T00:00:00.000Z' },
    plain: { prompt: null, mode: 'imagine', roomType: null, style: null, at: '2024-05-04T00:00:00.000Z' },
  } satisfies Record<string, { at: string } & Omit<RenderOptions, 'createdAt'>>;
  type Name = keyof typeof rooms;

  let alice: Person;
  const ids = new Map<string, Name>();
  const collections = { attic: '', foreign: '', unknown: '', empty: '' };

  beforeAll(async () => {
    alice = await gateway.signUp();
    const idOf = {} as Record<Name, string>;
    for (const [name, { at, ...room }] of Object.entries(rooms) as [Name, (typeof rooms)[Name]][]) {
      [idOf[name]] = (await seed.renders(alice.id, 1, { ...room, createdAt: new Date(at), variants: 1 })) as [string];
      ids.set(idOf[name], name);
    }
    await seed.items(await seed.favorites(alice.id), [idOf.lounge, idOf.cafe]);
    const attic = await seed.collection(alice.id, 'Attic');
    await seed.items(attic, [idOf.signs, idOf.cafe]);

    const bob = await gateway.signUp();
    const theirs = await seed.collection(bob.id, 'Theirs');
    await seed.items(theirs, await seed.renders(bob.id, 2));
    collections.attic = globalId('Collection', attic);
    collections.empty = globalId('Collection', await seed.collection(alice.id, 'Empty'));
    collections.foreign = globalId('Collection', theirs);
    collections.unknown = globalId('Collection', randomUUID());
  });

  /** The names of what a filter lets through, newest first, and the count that goes with them. */
  async function find(filter: object | null, orderBy?: object): Promise<Name[]> {
    const query = `query ($filter: RenderFilter, $orderBy: RenderOrder) {
      viewer { renders(filter: $filter, orderBy: $orderBy) { totalCount nodes { id } } } }`;
    const { viewer } = await read<List>(gateway, query, { as: alice, variables: { filter, orderBy } });
    expect(viewer.renders.totalCount).toBe(viewer.renders.nodes.length);
    return viewer.renders.nodes.map(({ id }) => ids.get(localId(id))!);
  }

  it.each<[string, object | null, Name[]]>([
    ['none at all', null, ['plain', 'cafe', 'signs', 'lounge', 'corner']],
    ['an empty one', {}, ['plain', 'cafe', 'signs', 'lounge', 'corner']],
    [
      'empty lists, nulls and an empty search',
      { modes: [], roomTypes: [], styles: [], search: ' \n', createdAfter: null, collectionId: null, favorite: null },
      ['plain', 'cafe', 'signs', 'lounge', 'corner'],
    ],
    ['one mode', { modes: ['REDESIGN'] }, ['lounge', 'corner']],
    ['several modes', { modes: ['IMAGINE', 'COMPOSE'] }, ['plain', 'cafe']],
    ['one room type', { roomTypes: ['kitchen'] }, ['signs', 'corner']],
    ['several room types', { roomTypes: ['kitchen', 'bedroom'] }, ['cafe', 'signs', 'corner']],
    ['a room type that no render has', { roomTypes: ['granny_flat'] }, []],
    ['one style', { styles: ['japandi'] }, ['corner']],
    ['several styles', { styles: ['japandi', 'scandi', 'modern'] }, ['signs', 'lounge', 'corner']],
    ['createdAfter, inclusive', { createdAfter: '2024-05-02T00:00:00.000Z' }, ['plain', 'cafe', 'signs']],
    ['createdAfter, a millisecond later', { createdAfter: '2024-05-02T00:00:00.001Z' }, ['plain', 'cafe']],
    ['createdBefore, exclusive', { createdBefore: '2024-05-02T00:00:00.000Z' }, ['lounge', 'corner']],
    ['createdBefore, a millisecond later', { createdBefore: '2024-05-02T00:00:00.001Z' }, ['signs', 'lounge', 'corner']],
    [
      'one day, in another time zone',
      { createdAfter: '2024-05-01T10:00:00+10:00', createdBefore: '2024-05-02T10:00:00+10:00' },
      ['lounge'],
    ],
    ['favorite', { favorite: true }, ['cafe', 'lounge']],
    ['not favorite', { favorite: false }, ['plain', 'signs', 'corner']],
    ['search, whatever the case', { search: 'cALM' }, ['lounge', 'corner']],
    ['search, trimmed', { search: '  calm room ' }, ['lounge']],
    ['search for a percent sign', { search: '%' }, ['signs']],
    ['search for an underscore', { search: '_' }, ['signs']],
    ['search for a backslash', { search: '\\' }, ['signs']],
    ['search for quotes', { search: `"it's"` }, ['signs']],
    ['search for accents in another case', { search: 'élégant' }, ['cafe']],
    ['search for an umlaut in another case', { search: 'ZÜRICH' }, ['cafe']],
    ['search for other scripts and emoji', { search: '東京 🛋️' }, ['cafe']],
    ['search in the label of a style', { search: 'scandinavian' }, ['lounge']],
    ['search in the label of a room type', { search: 'Bedro' }, ['cafe']],
    ['search that is in a prompt and in labels', { search: 'room' }, ['cafe', 'lounge']],
    ['search for what is nowhere', { search: 'no such words' }, []],
    ['search is no pattern', { search: 'c.lm' }, []],
    ['search for an id and not its label', { search: 'coastal_au' }, []],
    ['modes and room types', { modes: ['REDESIGN', 'STAGING'], roomTypes: ['kitchen'] }, ['signs', 'corner']],
    ['mode, room type, style and search', { modes: ['REDESIGN'], roomTypes: ['kitchen'], styles: ['japandi'], search: 'calm' }, ['corner']],
    ['favorite and search', { favorite: true, search: 'calm' }, ['lounge']],
    ['not favorite and a time span', { favorite: false, createdAfter: '2024-05-01T00:00:00Z', createdBefore: '2024-05-03T00:00:00Z' }, ['signs']],
    ['conditions that no render meets together', { modes: ['IMAGINE'], search: 'calm' }, []],
  ])('takes %s', async (_what, filter, expected) => {
    expect(await find(filter)).toEqual(expected);
  });

  it.each<[string, keyof typeof collections, Name[]]>([
    ['a collection of the viewer', 'attic', ['cafe', 'signs']],
    ['an empty collection', 'empty', []],
    ['a collection of somebody else as empty', 'foreign', []],
    ['a collection that does not exist as empty', 'unknown', []],
  ])('takes %s', async (_what, collection, expected) => {
    expect(await find({ collectionId: collections[collection] })).toEqual(expected);
  });

  it('takes a collection together with other conditions', async () => {
    const inAttic = { collectionId: collections.attic };
    expect(await find({ ...inAttic, favorite: true })).toEqual(['cafe']);
    expect(await find({ ...inAttic, favorite: false, modes: ['STAGING'], search: '%' })).toEqual(['signs']);
  });

  it('goes with either order', async () => {
    expect(await find({ styles: ['japandi', 'scandi', 'modern'] }, { direction: 'ASC' })).toEqual(['corner', 'lounge', 'signs']);
    expect(await find({ styles: ['japandi', 'scandi', 'modern'] }, { direction: 'DESC' })).toEqual(['signs', 'lounge', 'corner']);
    expect(await find(null, {})).toEqual(['plain', 'cafe', 'signs', 'lounge', 'corner']);
  });

  it('counts all that it lets through, and not the page alone', async () => {
    const query = `{ viewer {
      page: renders(first: 1, filter: { roomTypes: ["kitchen"] }) { totalCount nodes { prompt } pageInfo { hasNextPage } }
      none: renders(first: 0, filter: { roomTypes: ["kitchen"] }) { totalCount nodes { prompt } pageInfo { hasNextPage startCursor } }
      count: renders(filter: { favorite: true }) { totalCount }
    } }`;
    expect(await read(gateway, query, { as: alice })).toEqual({
      viewer: {
        page: { totalCount: 2, nodes: [{ prompt: rooms.signs.prompt }], pageInfo: { hasNextPage: true } },
        none: { totalCount: 2, nodes: [], pageInfo: { hasNextPage: true, startCursor: null } },
        count: { totalCount: 2 },
      },
    });
  });
});

describe('the statistics', () => {
  const query = `{ viewer { renderStatistics {
    total thisMonth variants firstAt lastAt byMode { mode count } byRoomType { preset count } byStyle { preset count } } } }`;

  it('count all renders of the viewer and nobody else\'s', async () => {
    const person = await gateway.signUp();
    const stranger = await gateway.signUp();
    await seed.renders(stranger.id, 4, { createdAt: now });
    const add = (count: number, at: string, options: RenderOptions) =>
      seed.renders(person.id, count, { ...options, createdAt: new Date(at), stepMs: 0 });
    await add(1, '2024-04-30T23:59:59.999Z', { mode: 'staging', roomType: 'kitchen', style: null, variants: 3 });
    await add(2, '2024-05-01T00:00:00.000Z', { mode: 'redesign', roomType: null, style: 'modern', variants: 1 });
    await add(1, '2024-05-31T23:59:59.999Z', { mode: 'redesign', roomType: null, style: 'japandi', variants: 0 });
    await add(1, '2024-06-01T00:00:00.000Z', { mode: 'compose', roomType: 'bedroom', style: null, variants: 2 });

    expect(await read(gateway, query, { as: person })).toEqual({
      viewer: {
        renderStatistics: {
          total: 5,
          thisMonth: 3,
          variants: 7,
          firstAt: '2024-04-30T23:59:59.999Z',
          lastAt: '2024-06-01T00:00:00.000Z',
          byMode: [
            { mode: 'REDESIGN', count: 3 },
            { mode: 'COMPOSE', count: 1 },
            { mode: 'STAGING', count: 1 },
          ],
          byRoomType: [
            { preset: null, count: 3 },
            { preset: 'bedroom', count: 1 },
            { preset: 'kitchen', count: 1 },
          ],
          byStyle: [
            { preset: 'modern', count: 2 },
            { preset: null, count: 2 },
            { preset: 'japandi', count: 1 },
          ],
        },
      },
    });
  });

  it('are zeros and empty lists for a new account', async () => {
    expect(await read(gateway, query, { as: await gateway.signUp() })).toEqual({
      viewer: {
        renderStatistics: {
          total: 0,
          thisMonth: 0,
          variants: 0,
          firstAt: null,
          lastAt: null,
          byMode: [],
          byRoomType: [],
          byStyle: [],
        },
      },
    });
  });
});

describe('a render', () => {
  const fields = `variantCount coverVariant { index isCover } coverImage { placeholder contentType }
    full: coverImage(size: FULL) { width height byteSize } variants { index isCover image { byteSize } }`;
  const query = `query ($id: ID!) { render(id: $id) { ${fields} } viewer { renders { nodes { ${fields} } } } }`;

  /** Asks for the one render of a new account, by its id and in the feed, where it must look the same. */
  async function seeOne(cover: number, indexes: number[]): Promise<unknown> {
    const person = await gateway.signUp();
    const [id] = (await seed.renders(person.id, 1, { variants: 3 })) as [string];
    await seed.sql('update renders set cover_variant = $2 where id = $1', [id, cover]);
    await seed.sql('delete from render_variants where render_id = $1 and idx <> all($2)', [id, indexes]);
    const { render, viewer } = await read<{ render: object; viewer: { renders: { nodes: object[] } } }>(gateway, query, {
      as: person,
      variables: { id: globalId('Render', id) },
    });
    expect(viewer.renders.nodes).toEqual([render]);
    return render;
  }

  const variant = (index: number, isCover: boolean) => ({ index, isCover, image: { byteSize: 1_000 + index } });
  const thumbnail = { placeholder: 'thumbhash', contentType: 'image/webp' };

  it('shows the chosen variant as its cover', async () => {
    expect(await seeOne(1, [0, 1, 2])).toEqual({
      variantCount: 3,
      coverVariant: { index: 1, isCover: true },
      coverImage: thumbnail,
      full: { width: 1_024, height: 768, byteSize: 1_001 },
      variants: [variant(0, false), variant(1, true), variant(2, false)],
    });
  });

  it('shows the first variant there is where the chosen one is missing', async () => {
    expect(await seeOne(0, [1, 2])).toEqual({
      variantCount: 2,
      coverVariant: { index: 1, isCover: true },
      coverImage: thumbnail,
      full: { width: 1_024, height: 768, byteSize: 1_001 },
      variants: [variant(1, true), variant(2, false)],
    });
  });

  it('has no cover where it has no variant', async () => {
    expect(await seeOne(0, [])).toEqual({ variantCount: 0, coverVariant: null, coverImage: null, full: null, variants: [] });
  });

  describe('and its job', () => {
    const beforeAndAfter = `query ($id: ID!) { render(id: $id) { inputImages { url byteSize contentType width } job { id status render { id } } } }`;
    interface BeforeAndAfter {
      render: { inputImages: { url: string; byteSize: number }[]; job: { id: string; render: { id: string } } | null };
    }

    it('gives the first photo, then the second, and the job that leads back', async () => {
      const person = await gateway.signUp();
      const [id] = (await seed.renders(person.id, 1, { jobs: true })) as [string];
      // The order is the job's and not that of the names or the records.
      const [job] = await seed.sql<{ id: string }>(
        `update generation_jobs j set input1_path = input2_path, input2_path = input1_path
         from renders r where r.job_id = j.id and r.id = $1 returning j.id`,
        [id],
      );
      const { render } = await read<BeforeAndAfter>(gateway, beforeAndAfter, { as: person, variables: { id: globalId('Render', id) } });
      expect(render).toEqual({
        inputImages: [
          { url: expect.stringContaining(`/inputs/${person.id}/${id}-b.jpg?`), byteSize: 500, contentType: 'image/jpeg', width: null },
          { url: expect.stringContaining(`/inputs/${person.id}/${id}-a.jpg?`), byteSize: 500, contentType: 'image/jpeg', width: null },
        ],
        job: { id: globalId('GenerationJob', job!.id), status: 'SUCCEEDED', render: { id: globalId('Render', id) } },
      });
    });

    it('leaves out a photo that is gone', async () => {
      const person = await gateway.signUp();
      const [id] = (await seed.renders(person.id, 1, { jobs: true })) as [string];
      await seed.sql('delete from assets where path = $1', [`inputs/${person.id}/${id}-a.jpg`]);
      const { render } = await read<BeforeAndAfter>(gateway, beforeAndAfter, { as: person, variables: { id: globalId('Render', id) } });
      expect(render.inputImages.map(({ url }) => new URL(url).pathname)).toEqual([`/assets/inputs/${person.id}/${id}-b.jpg`]);
    });

    it('has neither photos nor job where none is known', async () => {
      const person = await gateway.signUp();
      const [id] = (await seed.renders(person.id, 1)) as [string];
      const { render } = await read<BeforeAndAfter>(gateway, beforeAndAfter, { as: person, variables: { id: globalId('Render', id) } });
      expect(render).toEqual({ inputImages: [], job: null });
    });

    it('leaves the job behind, without a render, when it is deleted', async () => {
      const person = await gateway.signUp();
      const [id] = (await seed.renders(person.id, 1, { jobs: true })) as [string];
      const list = '{ viewer { generationJobs { totalCount nodes { id status render { id } } } } }';
      interface Jobs {
        viewer: { generationJobs: { totalCount: number; nodes: { id: string; status: string; render: object | null }[] } };
      }
      const before = await read<Jobs>(gateway, list, { as: person });
      expect(before.viewer.generationJobs.nodes).toEqual([
        { id: expect.any(String), status: 'SUCCEEDED', render: { id: globalId('Render', id) } },
      ]);

      await seed.sql('delete from renders where id = $1', [id]);

      const after = await read<Jobs>(gateway, list, { as: person });
      const [job] = before.viewer.generationJobs.nodes;
      expect(after.viewer.generationJobs).toEqual({ totalCount: 1, nodes: [{ ...job, render: null }] });
      const byId = 'query ($id: ID!) { generationJob(id: $id) { status render { id } } }';
      expect(await read(gateway, byId, { as: person, variables: { id: job!.id } })).toEqual({
        generationJob: { status: 'SUCCEEDED', render: null },
      });
    });
  });
});

describe('the jobs', () => {
  it('come newest first, by status, without those that are archived', async () => {
    const person = await gateway.signUp();
    const stranger = await gateway.signUp();
    await usage.job(stranger.id);
    const at = (day: number) => `2024-05-0${day}T00:00:00Z`;
    const jobs = {
      oldest: await usage.job(person.id, { createdAt: at(1), status: 'failed' }),
      archived: await usage.job(person.id, { createdAt: at(2), archivedAt: at(9) }),
      middle: await usage.job(person.id, { createdAt: at(3) }),
      newest: await usage.job(person.id, { createdAt: at(4), status: 'processing' }),
    };
    const names = new Map(Object.entries(jobs).map(([name, id]) => [globalId('GenerationJob', id), name]));
    const find = async (status: string[] | null, page = 'first: 10') => {
      const query = `query ($status: [JobStatus!]) { viewer { generationJobs(status: $status, ${page}) {
        totalCount edges { node { id } } nodes { id status } pageInfo { hasNextPage hasPreviousPage } } } }`;
      const { viewer } = await read<{ viewer: { generationJobs: { totalCount: number; nodes: { id: string }[]; pageInfo: object } } }>(
        gateway,
        query,
        { as: person, variables: { status } },
      );
      const { totalCount, nodes, pageInfo } = viewer.generationJobs;
      return { totalCount, found: nodes.map(({ id }) => names.get(id)), pageInfo };
    };
    const whole = { hasNextPage: false, hasPreviousPage: false };

    expect(await find(null)).toEqual({ totalCount: 3, found: ['newest', 'middle', 'oldest'], pageInfo: whole });
    expect(await find([])).toEqual({ totalCount: 3, found: ['newest', 'middle', 'oldest'], pageInfo: whole });
    expect(await find(['FAILED', 'PROCESSING'])).toEqual({ totalCount: 2, found: ['newest', 'oldest'], pageInfo: whole });
    expect(await find(['STARTING', 'CANCELED'])).toEqual({ totalCount: 0, found: [], pageInfo: whole });
    expect(await find(null, 'first: 2')).toEqual({
      totalCount: 3,
      found: ['newest', 'middle'],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(await find(null, 'last: 2')).toEqual({
      totalCount: 3,
      found: ['middle', 'oldest'],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    // Archived, it is still there for whoever has its id.
    const byId = 'query ($id: ID!) { generationJob(id: $id) { id } }';
    const id = globalId('GenerationJob', jobs.archived);
    expect(await read(gateway, byId, { as: person, variables: { id } })).toEqual({ generationJob: { id } });
    expect(await read(gateway, byId, { as: stranger, variables: { id } })).toEqual({ generationJob: null });
  });
});
