import { AsyncLocalStorage } from 'node:async_hooks';
import * as assets from '../src/repositories/assets.js';
import { createRemovalService } from '../src/services/storage/removal.js';
import { StorageUnavailable } from '../src/storage/errors.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { communityAssets, coverBytes, galleryRows, signUpAdmin, storedRenders, suspend } from './support/curation.js';
import { documentOf, mutate, type Outcome } from './support/mutate.js';
import { localId, read, refusal } from './support/read.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

const start = new Date('2026-05-20T10:00:00.000Z');
const minutes = (count: number) => new Date(start.getTime() + count * 60_000);

let app: TestApp;
let seed: Seed;
let admin: Person;
let time = start;

type Copy = (fromKey: string, toKey: string) => Promise<void>;
const atOnce: Copy = async () => undefined;
/** What happens before each copy, and after it. */
let beforeCopy = atOnce;
let afterCopy = atOnce;
/** What a test does meanwhile is no part of the request, and its statements are not counted as the request's. */
const outside = AsyncLocalStorage.snapshot();

beforeAll(async () => {
  app = await createTestApp({
    now: () => time,
    wrapStorage: (storage) => ({
      ...storage,
      async copy(fromKey, toKey) {
        await outside(() => beforeCopy(fromKey, toKey));
        const copied = await storage.copy(fromKey, toKey);
        await outside(() => afterCopy(fromKey, toKey));
        return copied;
      },
    }),
  });
  seed = await createSeed(app);
  admin = await signUpAdmin(app, seed);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});
beforeEach(async () => {
  time = start;
  [beforeCopy, afterCopy] = [atOnce, atOnce];
  await seed.sql('with gone as (delete from community_collections) delete from assets');
  await app.app.storage.delete(await keys(''));
});

async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of app.app.storage.list(prefix)) found.push(key);
  return found;
}

/** Removes from storage what is due. */
function removeDue() {
  const { databases, storage } = app.app;
  return createRemovalService({ databases, storage, now: () => time }).removeDue();
}

/** Nothing of a picture that was not published is left: neither bytes nor their records. */
async function expectNothingLeft(): Promise<void> {
  await removeDue();
  expect([await keys('community/'), await communityAssets(seed)]).toEqual([[], []]);
  expect(await seed.sql('select id from community_items')).toEqual([]);
}

interface Published {
  readonly id: string;
  readonly sourceType: string;
  readonly orderIndex: number;
  readonly image: Picture;
  readonly thumbnail: Picture;
}
interface Picture {
  readonly url: string;
}

const payload = `communityItem { id sourceType orderIndex image { ...picture } thumbnail: image(size: THUMBNAIL) { ...picture } }`.replaceAll(
  '...picture',
  'url width height byteSize contentType placeholder expiresAt',
);

/** A collection, and a render whose picture is in the store. */
async function ready(owner = admin): Promise<{ collection: string; render: string; input: object }> {
  const collection = await seed.communityCollection();
  const [render] = (await storedRenders(app, seed, owner.id, 1)) as [string];
  return { collection, render, input: inputOf(collection, render) };
}

const inputOf = (collection: string, render: string) => ({
  communityCollectionId: globalId('CommunityCollection', collection),
  renderId: globalId('Render', render),
});

const publish = (input: object, as = admin) => mutate(app, 'addCommunityItem', input, { as, payload });

async function published(input: object, as = admin): Promise<Published> {
  const outcome = await publish(input, as);
  if (outcome.__typename !== 'AddCommunityItemPayload') throw new Error(`It was refused: ${JSON.stringify(outcome)}`);
  return outcome['communityItem'] as Published;
}

/** What a phone gets at a picture's URL. */
async function bytesAt({ url }: Picture): Promise<string> {
  const response = await fetch(url.replace('http://127.0.0.1:4000', app.url));
  return response.ok ? response.text() : `${response.status}`;
}

describe('publishing a render', () => {
  it('copies its cover in both sizes, for everyone, under plain addresses', async () => {
    const { render, input } = await ready();

    const item = await published(input);

    const folder = `http://127.0.0.1:4000/assets/community/${localId(item.id)}`;
    const { image, thumb } = coverBytes(render);
    const picture = { contentType: 'image/webp', placeholder: 'thumbhash', expiresAt: null };
    expect(item).toEqual({
      id: expect.any(String),
      sourceType: 'INTERNAL',
      orderIndex: 0,
      image: { url: `${folder}/v1.webp`, width: 1_024, height: 768, byteSize: image.length, ...picture },
      thumbnail: { url: `${folder}/v1_thumb.webp`, width: 384, height: 288, byteSize: null, ...picture },
    });
    expect([await bytesAt(item.image), await bytesAt(item.thumbnail)]).toEqual([image, thumb]);
    expect(await communityAssets(seed)).toEqual([
      { path: `community/${localId(item.id)}/v1.webp`, byte_size: image.length, marked_at: null },
      { path: `community/${localId(item.id)}/v1_thumb.webp`, byte_size: thumb.length, marked_at: null },
    ]);
  });

  it('takes the cover that was chosen', async () => {
    const { render, input } = await ready();
    await seed.sql(
      `insert into render_variants (render_id, owner_id, idx, image_path, thumb_path, width, height, byte_size, content_type)
       values ($1, $2, 2, 'renders/cover.jpg', 'renders/cover_thumb.jpg', 30, 20, 5, 'image/jpeg')`,
      [render, admin.id],
    );
    for (const key of ['renders/cover.jpg', 'renders/cover_thumb.jpg']) {
      await app.app.storage.put(key, Buffer.from('cover'), { contentType: 'image/jpeg' });
    }
    await seed.sql('update renders set cover_variant = 2 where id = $1', [render]);

    const item = await published(input);

    expect(item.image).toMatchObject({ width: 30, height: 20, byteSize: 5, contentType: 'image/jpeg', url: expect.stringMatching(/\/v1\.jpg$/) });
    expect(item.thumbnail).toMatchObject({ url: expect.stringMatching(/\/v1_thumb\.jpg$/) });
    expect(await bytesAt(item.image)).toBe('cover');
  });

  it('makes a look that outlives the render, by the API and by whoever empties its folder', async () => {
    const { render, input } = await ready();
    const item = await published(input);
    const { image, thumb } = coverBytes(render);

    await mutate(app, 'deleteRenders', { renderIds: [globalId('Render', render)] }, { as: admin });
    await removeDue();
    await app.app.storage.delete(await keys('renders/'));

    expect(await keys('renders/')).toEqual([]);
    expect([await bytesAt(item.image), await bytesAt(item.thumbnail)]).toEqual([image, thumb]);
    const query = `query ($id: ID!) { node(id: $id) { ... on CommunityItem { ${payload.slice('communityItem {'.length)} } }`;
    expect((await read<{ node: Published }>(app, query, { variables: { id: item.id } })).node).toEqual(item);
  });

  it('may be done twice, and makes two looks, each with a picture of its own', async () => {
    const { render, input } = await ready();
    const [first, second] = [await published(input), await published(input)];

    await mutate(app, 'removeCommunityItem', { communityItemId: first.id }, { as: admin });
    await removeDue();

    expect([await bytesAt(first.image), await bytesAt(first.thumbnail)]).toEqual(['404', '404']);
    expect(await bytesAt(second.image)).toBe(coverBytes(render).image);
    expect(await communityAssets(seed)).toHaveLength(2);
  });

  it('works for any number at once, by several administrators', async () => {
    const curators = [admin, await signUpAdmin(app, seed), await signUpAdmin(app, seed)];
    const collection = await seed.communityCollection();
    const renders: string[][] = [];
    for (const curator of curators) renders.push(await storedRenders(app, seed, curator.id, 4));

    const items = await Promise.all(
      renders.flatMap((own, owner) => own.map(async (render) => ({ render, item: await published(inputOf(collection, render), curators[owner]) }))),
    );

    expect(items.map(({ item }) => item.orderIndex).sort((a, b) => a - b)).toEqual(items.map((_item, place) => place));
    for (const { item, render } of items) expect(await bytesAt(item.image)).toBe(coverBytes(render).image);
    const records = await communityAssets(seed);
    expect(records.map(({ path }) => path)).toEqual(await keys('community/'));
    expect(records.filter(({ marked_at }) => marked_at !== null)).toEqual([]);
  });

  it('leaves what it copied where it is when everything that is due is removed', async () => {
    const { render, input } = await ready();
    const item = await published(input);
    time = minutes(100_000);
    // As after a commit whose answer was lost: it was done, and is given up all the same.
    await assets.renounceAssets(
      app.app.databases.service({ kind: 'system' }),
      (await communityAssets(seed)).map(({ path }) => ({ path, ownerId: null, kind: 'community', byteSize: 1, contentType: 'image/webp' }) as const),
      time,
    );
    expect(await removeDue()).toMatchObject({ removed: 0, kept: 0 });
    expect(await bytesAt(item.image)).toBe(coverBytes(render).image);
  });
});

describe('publishing is refused, and leaves nothing behind,', () => {
  async function refused(input: object): Promise<Outcome> {
    const before = await galleryRows(seed);
    const outcome = await publish(input);
    expect(await galleryRows(seed)).toEqual(before);
    return outcome;
  }

  it('for a render that is not the administrator\'s, or nobody\'s', async () => {
    const other = await app.signUp();
    const { collection, input } = await ready(other);
    expect(await refused(input)).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
    expect(await refused(inputOf(collection, collection))).toMatchObject({ code: 'NOT_FOUND' });
    await expectNothingLeft();
  });

  it('for a render without a picture', async () => {
    const { render, input } = await ready();
    await seed.sql('delete from render_variants where render_id = $1', [render]);
    expect(await refused(input)).toMatchObject({ __typename: 'InvalidInputError', issues: [{ path: ['renderId'] }] });
    await expectNothingLeft();
  });

  it.each(['', '_thumb'])('where the picture is not in storage (0%s.webp)', async (which) => {
    const { input } = await ready();
    await app.app.storage.delete((await keys('renders/')).filter((key) => key.endsWith(`/0${which}.webp`)));

    expect(await publish(input)).toMatchObject({
      __typename: 'InvalidInputError',
      issues: [{ path: ['renderId'], message: 'The picture of this render is not in storage any more. Choose another render.' }],
    });
    expect((await communityAssets(seed)).map(({ marked_at }) => marked_at)).toEqual([start, start]);
    await expectNothingLeft();
  });

  it.each([1, 2])('where storage is away for copy %i', async (which) => {
    const { input } = await ready();
    let copies = 0;
    beforeCopy = async () => {
      copies += 1;
      if (copies === which) throw new StorageUnavailable('The store does not answer.');
    };

    expect(await refusal(app, documentOf('addCommunityItem'), { as: admin, variables: { input } })).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      path: ['addCommunityItem'],
    });
    expect((await communityAssets(seed)).map(({ marked_at }) => marked_at)).toEqual([start, start]);
    await expectNothingLeft();
  });

  it('where the look cannot be inserted', async () => {
    const { input } = await ready();
    await seed.sql(`create function fail() returns trigger language plpgsql as $$ begin raise 'no'; end $$`);
    await seed.sql('create trigger fail before insert on community_items for each row execute function fail()');
    try {
      expect(await refusal(app, documentOf('addCommunityItem'), { as: admin, variables: { input } })).toMatchObject({
        code: 'INTERNAL_SERVER_ERROR',
      });
    } finally {
      await seed.sql('drop function fail cascade');
    }
    await expectNothingLeft();
  });

  describe('where meanwhile, as the picture is copied,', () => {
    /** Runs `meanwhile` when the first copy is made and the second is not. */
    function during(meanwhile: () => Promise<unknown>): void {
      afterCopy = async () => {
        afterCopy = atOnce;
        await meanwhile();
      };
    }

    it('the render is deleted', async () => {
      const { render, input } = await ready();
      during(() => mutate(app, 'deleteRenders', { renderIds: [globalId('Render', render)] }, { as: admin }));
      expect(await publish(input)).toMatchObject({ code: 'NOT_FOUND' });
      await expectNothingLeft();
    });

    it('the render is deleted, and its bytes too', async () => {
      const { render, input } = await ready();
      during(async () => {
        await mutate(app, 'deleteRenders', { renderIds: [globalId('Render', render)] }, { as: admin });
        await removeDue();
      });
      // Of the two faults this one is met first, and is as true.
      expect(await publish(input)).toMatchObject({ issues: [{ path: ['renderId'] }] });
      await expectNothingLeft();
    });

    it('the collection is deleted', async () => {
      const { collection, input } = await ready();
      during(() =>
        mutate(app, 'deleteCommunityCollection', { communityCollectionId: globalId('CommunityCollection', collection) }, { as: admin }),
      );
      expect(await publish(input)).toMatchObject({ code: 'NOT_FOUND' });
      await expectNothingLeft();
    });

    it('the collection is filled', async () => {
      const { collection, input } = await ready();
      during(() => seed.communityItems(collection, 500));
      expect(await publish(input)).toMatchObject({ issues: [{ path: ['communityCollectionId'] }] });
      await seed.sql('delete from community_items');
      await expectNothingLeft();
    });

    it.each<[what: string, change: (curator: Person) => Promise<unknown>, answer: object]>([
      ['the account is suspended', (curator) => suspend(seed, curator), { code: 'ACCESS_SUSPENDED' }],
      ['the account is an administrator\'s no more', (curator) => seed.sql(`update profiles set role = 'user' where id = $1`, [curator.id]), { code: 'FORBIDDEN' }],
    ])('%s', async (_what, change, answer) => {
      const curator = await signUpAdmin(app, seed);
      const { input } = await ready(curator);
      during(() => change(curator));
      const { data, errors } = await app.ask<{ addCommunityItem: Outcome } | null>(documentOf('addCommunityItem'), { as: curator, variables: { input } });
      expect(errors?.[0]?.extensions ?? data?.addCommunityItem).toMatchObject(answer);
      await expectNothingLeft();
    });

    it('an hour goes by, and the copies are removed', async () => {
      const { input } = await ready();
      during(async () => {
        time = minutes(60);
        expect(await removeDue()).toMatchObject({ removed: 2 });
      });
      expect(await refusal(app, documentOf('addCommunityItem'), { as: admin, variables: { input } })).toMatchObject({
        code: 'INTERNAL_SERVER_ERROR',
      });
      // The second copy came after its record was gone, and was written down again.
      expect(await keys('community/')).toHaveLength(1);
      await expectNothingLeft();
    });
  });
});

describe('a process that ends while it publishes', () => {
  /** Stops at a step and goes no further, as far as the database and the store can see. */
  async function stopAt(step: 'before the first copy' | 'after the first copy' | 'after both copies', input: object) {
    let resume: (error: Error) => void = () => undefined;
    const standstill = new Promise<void>((_resolve, reject) => (resume = reject));
    const reached = new Promise<void>((resolve) => {
      const stop: Copy = async () => {
        resolve();
        await standstill;
      };
      let copies = 0;
      if (step === 'before the first copy') beforeCopy = stop;
      else afterCopy = async (...copy) => ((copies += 1) === (step === 'after the first copy' ? 1 : 2) ? stop(...copy) : undefined);
    });
    const answer = app.ask(documentOf('addCommunityItem'), { as: admin, variables: { input } });
    await reached;
    return async () => {
      resume(new Error('The process has ended.'));
      await answer;
    };
  }

  it.each([
    ['before the first copy', 0],
    ['after the first copy', 1],
    ['after both copies', 2],
  ] as const)('%s leaves records that fall due in an hour, and nothing after that', async (step, copied) => {
    const { input } = await ready();
    const end = await stopAt(step, input);

    expect(await keys('community/')).toHaveLength(copied);
    expect((await communityAssets(seed)).map(({ marked_at }) => marked_at)).toEqual([minutes(60), minutes(60)]);
    time = minutes(59);
    expect(await removeDue()).toMatchObject({ removed: 0, kept: 0 });
    expect(await communityAssets(seed)).toHaveLength(2);
    time = minutes(60);
    await expectNothingLeft();

    await end();
    await expectNothingLeft();
  });
});

describe('pictures of looks that are gone', () => {
  it('are removed from storage soon after, and nobody waits for it', async () => {
    const busy = await createTestApp({ background: true, database: app.database });
    const curator = { ...(await busy.signUp({ id: admin.id })), id: admin.id };
    try {
      const collection = await seed.communityCollection();
      const [render] = (await storedRenders(busy, seed, admin.id, 1)) as [string];
      const outcome = await mutate(busy, 'addCommunityItem', inputOf(collection, render), { as: curator, payload });
      const { id } = outcome['communityItem'] as Published;
      const stored = async () => busy.app.storage.stat(`community/${localId(id)}/v1.webp`);
      expect(await stored()).not.toBeNull();

      await mutate(busy, 'removeCommunityItem', { communityItemId: id }, { as: curator });
      await busy.app.removals.idle();

      expect(await stored()).toBeNull();
      expect(await communityAssets(seed)).toEqual([]);
    } finally {
      await busy.close();
    }
  });
});
