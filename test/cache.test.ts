import { createTestApp, type Person, type TestApp } from './support/app.js';
import { refuseConnections } from './support/database.js';
import { cacheReads, readMetrics } from './support/metrics.js';
import { mutate } from './support/mutate.js';
import { createJobDriver } from './support/drive-jobs.js';
import { openStream } from './support/live-stream.js';
import { createHeardNotices, marker, sendNotice } from './support/notices.js';
import { read } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

const heard = createHeardNotices();
/** The gateway's clock stands still, so that signed URLs and the month are the same all along. */
const now = new Date();
let app: TestApp;
let seed: Seed;

beforeAll(async () => {
  app = await createTestApp({ environment: { CACHE: 'on' }, now: () => now, onNotice: heard.onNotice });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

/** Resolves when the gateway has heard of everything that is committed by now. */
async function allHeard(): Promise<void> {
  const sent = marker();
  const arrived = heard.next(sent);
  await seed.sql(sendNotice, [sent]);
  await arrived;
}

const image = 'url width height byteSize contentType placeholder expiresAt';
const render = `id mode roomType style prompt createdAt variantCount isFavorite coverImage { ${image} }
  variants { index isCover image { ${image} } } inputImages { ${image} }`;
const job = 'id status mode prompt progress createdAt render { id }';
const item = `id sourceType orderIndex image { ${image} } applySettings { mode style queryString adjustments }`;

/** A document for each kind of answer that is kept, with all that its rows may bring along. */
const documents = {
  feed: `{ viewer { renders(first: 5) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { ${render} job { ${job} } collections { nodes { id name } } } } } } }`,
  collections: `{ viewer { collections { totalCount nodes { id name isDefaultFavorites itemCount coverImages { ${image} }
    items(first: 3) { totalCount edges { addedAt node { ${render} } } } } } favorites { id itemCount items { nodes { id } } } } }`,
  usage: `{ viewer { usage { id plan { id } monthlyLimit debits refunds credits used remaining percentUsed isNearLimit
    byMode { mode count } entries { totalCount nodes { kind amount createdAt job { ${job} } } } } } }`,
  community: `{ communityCollections { totalCount nodes { id title description isFeatured orderIndex itemCount
      coverImage { ${image} } items { totalCount nodes { ${item} collection { id title } } } } }
    communityItems(filter: { styles: ["japandi"] }) { totalCount nodes { ${item} collection { title itemCount } } } }`,
} as const;

type Kind = keyof typeof documents;
const kinds = Object.keys(documents) as Kind[];

/** Somebody with two renders, one of them in the favorites, a collection and a month's charge; a gallery stands beside. */
async function settle(name: string): Promise<Person> {
  const person = await app.signUp();
  const [first] = await seed.renders(person.id, 2, { prompt: `A room of ${name}`, jobs: true });
  await seed.items(await seed.favorites(person.id), [first!]);
  await seed.collection(person.id, `Ideas of ${name}`);
  await charge(person);
  await seed.communityItems(await seed.communityCollection({ title: `Chosen for ${name}` }), 2);
  await allHeard();
  return person;
}

async function charge({ id }: Person): Promise<void> {
  await seed.sql(
    `insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
     select owner_id, 'generation_debit', 1, $2::date, id,
       (select count(*) + 1 from usage_ledger l where l.job_id = j.id)
     from generation_jobs j where owner_id = $1 order by created_at limit 1`,
    [id, `${now.toISOString().slice(0, 7)}-01`],
  );
}

/** Asks twice, and tells whether the second answer came without the database. */
async function isKept(query: string, person: Person | undefined): Promise<boolean> {
  const first = await app.ask(query, { as: person });
  const second = await app.ask(query, { as: person });
  expect(first.errors).toBeUndefined();
  expect(second.data).toEqual(first.data);
  return second.statements.length === 0;
}

const withoutLookAhead = process.env['LOOK_AHEAD'] === 'off';

describe('what is kept', () => {
  it.each(kinds)('serves the second reader of %s without the database, and counts it', async (kind) => {
    const person = await settle('Anna');
    const before = cacheReads(await readMetrics(app.url), kind);

    const first = await app.ask(documents[kind], { as: person });
    const second = await app.ask(documents[kind], { as: person });

    const after = cacheReads(await readMetrics(app.url), kind);
    const roots = kind === 'feed' || kind === 'usage' ? 1 : 2;
    expect(first.errors).toBeUndefined();
    expect(second.data).toEqual(first.data);
    // Parts come through loaders where look-ahead is off, and these are not kept.
    expect(first.statements.length).toBeGreaterThanOrEqual(roots);
    if (!withoutLookAhead) expect(second.statements).toEqual([]);
    expect({ miss: after.miss - before.miss, hit: after.hit - before.hit }).toEqual({ miss: roots, hit: roots });
  });

  it('is told by its entries and bytes', async () => {
    const person = await settle('Anna');
    const before = await readMetrics(app.url);

    await app.ask(documents.feed, { as: person });

    const after = await readMetrics(app.url);
    const grown = (name: string) => after.get(name)! - before.get(name)!;
    expect(grown('roomfeed_cache_entries')).toBe(1);
    expect(grown('roomfeed_cache_bytes')).toBeGreaterThan(withoutLookAhead ? 500 : 2_000);
    expect(after.get('roomfeed_cache_notices_arrive')).toBe(1);
  });

  it('serves the gallery to everybody from one entry, signed in or not', async () => {
    const [anna, bert] = [await settle('Anna'), await settle('Bert')];
    const first = await app.ask(documents.community, { as: anna });

    const [asBert, anonymous] = [await app.ask(documents.community, { as: bert }), await app.ask(documents.community)];

    expect([asBert.data, anonymous.data]).toEqual([first.data, first.data]);
    if (!withoutLookAhead) expect([asBert.statements, anonymous.statements]).toEqual([[], []]);
  });

  it.each(['feed', 'collections', 'usage'] as const)("never gives one person another's %s", async (kind) => {
    const [anna, bert] = [await settle('Anna'), await settle('Bert')];
    await charge(bert);
    await allHeard();
    const ofAnna = JSON.stringify((await app.ask(documents[kind], { as: anna })).data);

    const ofBert = JSON.stringify((await app.ask(documents[kind], { as: bert })).data);

    expect(ofBert).not.toEqual(ofAnna);
    const ids = [...ofAnna.matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id!).filter((id) => id.length > 10);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => ofBert.includes(id))).toEqual([]);
    expect((await app.ask(documents[kind])).data).toEqual({ viewer: null });
  });

  it('is of another page, filter, sort or selection than what another question asks for', async () => {
    const person = await settle('Anna');
    const questions = [
      '{ viewer { renders(first: 1) { nodes { id } } } }',
      '{ viewer { renders(first: 2) { nodes { id } } } }',
      '{ viewer { renders(first: 2) { nodes { id } totalCount } } }',
      '{ viewer { renders(first: 2) { nodes { variantCount } } } }',
      '{ viewer { collections(first: 1) { nodes { id } } } }',
      '{ viewer { collections(last: 1) { nodes { id } } } }',
      `{ viewer { collections(first: 1) { nodes { containsRender(renderId: "${globalId('Render', person.id)}") } } } }`,
      '{ communityCollections(featured: true) { nodes { id } } }',
      '{ communityCollections(featured: false) { nodes { id } } }',
      '{ communityItems(filter: { modes: [REDESIGN] }) { totalCount } }',
      '{ communityItems(filter: { modes: [STAGING] }) { totalCount } }',
    ];
    const uncached = await createTestApp({ database: app.database, now: () => now });
    try {
      for (const again of [false, true]) {
        for (const question of questions) {
          const { data, statements } = await app.ask(question, { as: person });
          expect(data).toEqual((await uncached.ask(question, { as: person })).data);
          if (again && !withoutLookAhead) expect(statements).toEqual([]);
        }
      }
    } finally {
      await uncached.close();
    }
  });

  it('is not what somebody sought or paged to in their feed, nor what is true of an instant', async () => {
    const person = await settle('Anna');
    const { viewer } = await read<{ viewer: { renders: { pageInfo: { endCursor: string } } } }>(
      app,
      '{ viewer { renders(first: 1) { pageInfo { endCursor } } } }',
      { as: person },
    );
    const { endCursor } = viewer.renders.pageInfo;

    for (const field of [
      'renders(filter: { modes: [REDESIGN] }) { nodes { id } }',
      'renders(orderBy: { direction: ASC }) { nodes { id } }',
      'renders(last: 2) { nodes { id } }',
      `renders(after: "${endCursor}") { nodes { id } }`,
      `renders(before: "${endCursor}") { nodes { id } }`,
      `usage(asOf: "${now.toISOString()}") { used }`,
      'renderStatistics { total }',
      'usage { used canGenerate }',
      'usage { used blockedBy }',
    ]) {
      expect([field, await isKept(`{ viewer { ${field} } }`, person)]).toEqual([field, false]);
    }
    expect(await isKept('{ communityItems(filter: { search: "calm" }) { nodes { id } } }', person)).toBe(false);
  });
});

describe('a change', () => {
  it.each<[string, Kind, (person: Person) => Promise<unknown>]>([
    ['a render', 'feed', ({ id }) => seed.renders(id, 1)],
    ['a variant', 'feed', ({ id }) => seed.sql('update render_variants set width = 5 where owner_id = $1', [id])],
    ['a job', 'feed', ({ id }) => seed.sql("update generation_jobs set prompt = 'Lighter' where owner_id = $1", [id])],
    ['an input photo', 'feed', ({ id }) => seed.sql('delete from assets where owner_id = $1', [id])],
    ['a favorite', 'feed', ({ id }) => seed.sql('delete from collection_items where owner_id = $1', [id])],
    ['a name', 'feed', ({ id }) => seed.sql("update collections set name = 'B' where owner_id = $1 and not is_default_favorites", [id])],
    ['a deleted render', 'collections', ({ id }) => seed.sql('delete from renders where owner_id = $1', [id])],
    ['a new collection', 'collections', ({ id }) => seed.collection(id, 'Baths')],
    ['a charge', 'usage', (person) => charge(person)],
    ['a plan', 'usage', ({ id }) => seed.sql("update profiles set price_id = 'price_starter_monthly', has_access = true where id = $1", [id])],
    ['a title', 'community', () => seed.sql("update community_collections set title = title || '!'")],
    ['a look', 'community', () => seed.sql('delete from community_items')],
  ])('of %s by somebody else is seen when its notice has arrived', async (what, kind, change) => {
    const person = await settle('Anna');
    const before = await app.ask(documents[kind], { as: person });
    expect(withoutLookAhead || (await isKept(documents[kind], person))).toBe(true);

    await change(person);
    await allHeard();

    const after = await app.ask(documents[kind], { as: person });
    expect(after.errors).toBeUndefined();
    // The renamed collection holds no render, so that the feed stays as it was.
    if (what === 'a name') expect(after.statements.length).toBeGreaterThan(0);
    else expect(after.data).not.toEqual(before.data);
  });

  it('of one person leaves what is kept of others and of the gallery', async () => {
    const [anna, bert] = [await settle('Anna'), await settle('Bert')];
    for (const kind of kinds) await app.ask(documents[kind], { as: bert });

    await seed.renders(anna.id, 1);
    await allHeard();

    for (const kind of kinds) {
      const { statements } = await app.ask(documents[kind], { as: bert });
      if (!withoutLookAhead) expect(statements).toEqual([]);
    }
  });

  it.each(['all', 'what this version does not know', ''])('that is announced as "%s" drops everything', async (payload) => {
    const person = await settle('Anna');
    await app.ask(documents.feed, { as: person });
    const before = await readMetrics(app.url);
    const arrived = heard.next(payload);

    await seed.sql(sendNotice, [payload]);
    await arrived;

    const after = await readMetrics(app.url);
    expect(before.get('roomfeed_cache_entries')).toBeGreaterThan(0);
    expect(after.get('roomfeed_cache_entries')).toBe(0);
    expect(after.get('roomfeed_cache_notices_total')! - before.get('roomfeed_cache_notices_total')!).toBe(1);
  });
});

describe('a change without any notice', () => {
  let deaf: TestApp;
  let deafSeed: Seed;

  beforeAll(async () => {
    deaf = await createTestApp({ environment: { CACHE: 'on' }, now: () => now });
    deafSeed = await createSeed(deaf);
    // Nothing is ever told, and the cache believes that nothing changes.
    for (const name of ['tell_owners_changed', 'tell_profiles_changed', 'tell_changed']) {
      await deafSeed.sql(`drop function ${name}() cascade`);
    }
  });
  afterAll(async () => {
    await deafSeed.close();
    await deaf.close();
  });

  const query = `{ viewer { collections { nodes { id name itemCount } } favorites { id itemCount }
    renders { nodes { id isFavorite coverVariant { index } } } } }`;
  interface View {
    readonly viewer: {
      readonly collections: { readonly nodes: { id: string; name: string; itemCount: number }[] };
      readonly favorites: { readonly id: string; readonly itemCount: number };
      readonly renders: { readonly nodes: { id: string; isFavorite: boolean; coverVariant: { index: number } }[] };
    };
  }
  const view = async (person: Person) => (await read<View>(deaf, query, { as: person })).viewer;

  it('is seen at once in the process that made it, whichever role wrote', async () => {
    const person = await deaf.signUp();
    const [first] = await deafSeed.renders(person.id, 2);
    const renderId = globalId('Render', first!);
    await view(person);
    await deafSeed.collection(person.id, 'Unheard of');
    expect((await view(person)).collections.nodes).toHaveLength(1);

    await mutate(deaf, 'createCollection', { name: 'Kitchens' }, { as: person });
    expect((await view(person)).collections.nodes.map(({ name }) => name)).toEqual(['Favorites', 'Kitchens', 'Unheard of']);
    await mutate(deaf, 'addToFavorites', { renderId }, { as: person });
    expect((await view(person)).renders.nodes.map(({ isFavorite }) => isFavorite)).toEqual([false, true]);
    await mutate(deaf, 'setRenderCover', { renderId, variantIndex: 1 }, { as: person });
    expect((await view(person)).renders.nodes.map(({ coverVariant }) => coverVariant.index)).toEqual([0, 1]);
    await mutate(deaf, 'deleteRenders', { renderIds: [renderId] }, { as: person });
    expect(await view(person)).toMatchObject({ favorites: { itemCount: 0 }, renders: { nodes: [{ isFavorite: false }] } });
  });

  it('is seen at once where a read makes the lost favorites anew', async () => {
    const person = await deaf.signUp();
    await deafSeed.sql('set session_replication_role = replica');
    await deafSeed.sql('delete from collections where owner_id = $1', [person.id]);
    await deafSeed.sql('set session_replication_role = origin');
    const list = () => read<View>(deaf, '{ viewer { collections { nodes { id name itemCount } } } }', { as: person });

    const first = await list();
    const second = await list();

    expect(first.viewer.collections.nodes.map(({ name }) => name)).toEqual(['Favorites']);
    expect(second).toEqual(first);
  });
});

describe('while no notices arrive', () => {
  /** Where nothing tells of it from outside but a figure that changes in its own time. */
  async function until(arrive: 0 | 1): Promise<void> {
    while ((await readMetrics(app.url)).get('roomfeed_cache_notices_arrive') !== arrive);
  }

  it('nothing is kept and nothing old is served; afterwards it is again', async () => {
    const person = await settle('Anna');
    const query = '{ viewer { collections { nodes { name } } } }';
    expect(await isKept(query, person)).toBe(true);
    const admit = await refuseConnections(app.database);
    const up = () => seed.sql("select from pg_stat_activity where application_name = 'roomfeed notices' and datname = current_database()");
    try {
      await seed.sql(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'roomfeed notices'`,
      );
      await until(0);
      await seed.collection(person.id, 'Unannounced');
      const during = await app.ask(query, { as: person });
      const again = await app.ask(query, { as: person });

      expect(JSON.stringify(during.data)).toContain('Unannounced');
      expect(again.statements.length).toBeGreaterThan(0);
      expect((await readMetrics(app.url)).get('roomfeed_cache_entries')).toBe(0);
      expect(cacheReads(await readMetrics(app.url), 'collections').bypass).toBe(2);
      expect(await up()).toEqual([]);
    } finally {
      await admit();
    }
    await until(1);

    expect(await isKept(query, person)).toBe(true);
    await seed.collection(person.id, 'Announced');
    await allHeard();
    expect(JSON.stringify((await app.ask(query, { as: person })).data)).toContain('Announced');
  });
});

describe('CACHE=off', () => {
  it('keeps nothing, and hears of no change of rows', async () => {
    const off = await createTestApp({ environment: { CACHE: 'off' } });
    const offSeed = await createSeed(off);
    try {
      const person = await off.signUp();

      for (const kind of kinds) {
        await off.ask(documents[kind], { as: person });
        expect((await off.ask(documents[kind], { as: person })).statements.length).toBeGreaterThan(0);
      }

      const metrics = await readMetrics(off.url);
      expect(kinds.map((kind) => cacheReads(metrics, kind))).toEqual(kinds.map(() => ({ hit: 0, miss: 0, bypass: 0 })));
      expect(metrics.get('roomfeed_cache_notices_arrive')).toBe(0);
      // Notices come in the order of their commits, on one connection.
      const stream = await openStream(off.url, 'subscription { viewerGenerationJobs { status } }', { as: person });
      await offSeed.sql(sendNotice, [marker()]);
      await createJobDriver(off.app).submit(person.id);
      await stream.next();
      stream.leave();
      expect((await readMetrics(off.url)).get('roomfeed_cache_notices_total')).toBe(0);
    } finally {
      await offSeed.close();
      await off.close();
    }
  });
});
