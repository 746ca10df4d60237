import { randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { createSchema } from '../src/schema/schema.js';
import { createTestApp, type Person, type TestApp } from './support/app.js';
import { scriptBilling } from './support/billing/scripted-provider.js';
import { seedSubscription } from './support/billing/seed-subscription.js';
import { mutateCounting } from './support/mutate.js';
import { submitOne } from './support/refusals/generations.js';
import { createSeed, globalId, type Seed } from './support/seed.js';

/**
 * How many statements a mutation sends does not depend on how much it moves, nor on how much there is beside it. Each is
 * asked of somebody who has little, with a small batch, and of somebody who has much, with the largest.
 */
let app: TestApp;
let seed: Seed;

let photo: Buffer;

beforeAll(async () => {
  photo = await sharp({ create: { width: 6, height: 4, channels: 3, background: '#c08040' } }).jpeg().toBuffer();
  const billing = scriptBilling();
  app = await createTestApp({
    runtime: { graphql: { maxCost: 10_000_000 }, plans: { free: { maxConcurrentJobs: 2 } } },
    wrapBilling: () => billing.provider,
  });
  seed = await createSeed(app);
});
afterAll(async () => {
  await seed.close();
  await app.close();
});

/** Little or much of everything; ids as the API writes them. */
interface Estate {
  readonly person: Person;
  readonly member: string;
  /** A photo arrived for it, beside as many that nothing arrived for as there are looks. */
  readonly upload: string;
  /** An upload that was completed. */
  readonly photo: string;
  /** It is starting. */
  readonly job: string;
  /** None of the first half is in a collection; all of the second half are favorites, and in each of `full`. */
  readonly renders: readonly string[];
  readonly empty: readonly string[];
  readonly full: readonly string[];
  readonly gallery: string;
  readonly looks: readonly string[];
  readonly preferences: Readonly<Record<string, string>>;
}

interface Size {
  /** Renders that a batch names; there are twice as many. */
  readonly batch: number;
  readonly variants: number;
  /** Collections to put into, and as many to take out of. */
  readonly collections: number;
  readonly looks: number;
  readonly keys: number;
}

const little: Size = { batch: 1, variants: 1, collections: 1, looks: 2, keys: 1 };
const much: Size = { batch: 100, variants: 3, collections: 20, looks: 200, keys: 100 };

async function endow({ batch, variants, collections, looks, keys }: Size): Promise<Estate> {
  const person = await app.signUp();
  const member = await app.signUp();
  await seed.sql(`update profiles set role = 'admin' where id = $1`, [person.id]);
  const renders = await seed.renders(person.id, 2 * batch, { variants, jobs: true });
  const pictures = await seed.sql<{ path: string; render: string }>(
    `with pictures as (select render_id, image_path, thumb_path from render_variants where owner_id = $1)
     insert into assets (path, owner_id, kind, byte_size, content_type)
     select image_path, $1::uuid, 'output', 7, 'image/webp' from pictures
     union all select thumb_path, $1::uuid, 'thumbnail', 7, 'image/webp' from pictures
     returning path, split_part(path, '/', 3) as render`,
    [person.id],
  );
  // Only the one that is published needs its bytes.
  for (const { path } of pictures.filter(({ render }) => render === renders[0])) {
    await app.app.storage.put(path, Buffer.from('picture'), { contentType: 'image/webp' });
  }
  await seed.items(await seed.favorites(person.id), renders.slice(batch));
  const empty: string[] = [];
  const full: string[] = [];
  for (let made = 0; made < collections; made += 1) {
    empty.push(await seed.collection(person.id, `Empty ${made}`));
    const collection = await seed.collection(person.id, `Full ${made}`);
    await seed.items(collection, renders.slice(batch));
    full.push(collection);
  }
  const [upload = ''] = (
    await seed.sql<{ id: string }>(
      `insert into uploads (id, owner_id, path, content_type, byte_size, expires_at)
       select id, $1, 'incoming/' || id, 'image/jpeg', $2, now() + interval '1 day'
       from (select uuid_v7() as id, n from generate_series(1, $3::int) n) fresh order by n returning id`,
      [person.id, photo.length, Math.min(looks, 40)],
    )
  ).map(({ id }) => id);
  await app.app.storage.put(`incoming/${upload}`, photo, { contentType: 'image/jpeg' });
  const submitted = await submitOne(seed, person);
  const gallery = await seed.communityCollection();
  const ids = (type: string, rows: readonly string[]) => rows.map((id) => globalId(type, id));
  return {
    person,
    member: globalId('Profile', member.id),
    upload: globalId('Upload', upload),
    photo: globalId('Upload', submitted.photo),
    job: globalId('GenerationJob', submitted.job),
    renders: ids('Render', renders),
    empty: ids('Collection', empty),
    full: ids('Collection', full),
    gallery: globalId('CommunityCollection', gallery),
    looks: ids('CommunityItem', await seed.communityItems(gallery, looks)),
    preferences: Object.fromEntries(Array.from({ length: keys }, (_, key) => [`key ${key}`, 'value'])),
  };
}

interface Counted {
  arrange?(estate: Estate): Promise<unknown>;
  input(estate: Estate): object;
  readonly payload: string;
  /**
   * What is sent with look-ahead, by its first words: who is an administrator where one must be, the change, whose first
   * select locks the account, and what the payload reads.
   */
  readonly statements: string;
}

const collection = 'collection { id name itemCount coverImages { url } items { totalCount nodes { id } } }';
const render = 'render { id isFavorite variantCount coverVariant { index } collections { nodes { itemCount } } }';
const look = 'communityItem { id image { url } collection { title itemCount coverImage { url } } }';
const gallery = 'communityCollection { id title itemCount coverImage { url } items(first: 100) { totalCount nodes { id } } }';

const firstHalf = (all: readonly string[]) => all.slice(0, all.length / 2);
const secondHalf = (all: readonly string[]) => all.slice(all.length / 2);

const counted: Readonly<Record<string, Counted>> = {
  createCollection: { input: () => ({ name: 'New' }), payload: collection, statements: 'begin select insert commit, select' },
  renameCollection: { input: ({ full }) => ({ collectionId: full[0], name: 'New' }), payload: collection, statements: 'begin select update commit, select' },
  deleteCollection: { input: ({ full }) => ({ collectionId: full[0] }), payload: 'deletedCollectionId', statements: 'begin select delete commit' },
  addRendersToCollection: {
    input: ({ empty, renders }) => ({ collectionId: empty[0], renderIds: firstHalf(renders) }),
    payload: `added alreadyPresent notFound ${collection}`,
    statements: 'begin select select select insert commit, select',
  },
  removeRendersFromCollection: {
    input: ({ full, renders }) => ({ collectionId: full[0], renderIds: secondHalf(renders) }),
    payload: `removed notPresent ${collection}`,
    statements: 'begin select select delete commit, select',
  },
  organizeRenders: {
    input: ({ empty, full, renders }) => ({
      renderIds: secondHalf(renders),
      addToCollectionIds: empty,
      removeFromCollectionIds: full,
    }),
    payload: 'addedCount removedCount notFound collections { id itemCount items { nodes { id } } }',
    statements: 'begin select select select delete insert commit, select',
  },
  addToFavorites: {
    input: ({ renders }) => ({ renderId: renders[0] }),
    payload: `${render} favorites { itemCount items { nodes { id } } }`,
    statements: 'with, select select',
  },
  removeFromFavorites: {
    input: ({ renders }) => ({ renderId: renders.at(-1) }),
    payload: `${render} favorites { itemCount items { nodes { id } } }`,
    statements: 'with, select select',
  },
  setRenderCover: { input: ({ renders }) => ({ renderId: renders.at(-1), variantIndex: 0 }), payload: render, statements: 'begin select update commit, select' },
  deleteRenders: {
    input: ({ renders }) => ({ renderIds: secondHalf(renders) }),
    payload: 'deletedIds notFound viewer { renderStatistics { total } collections { nodes { itemCount } } }',
    statements: 'begin select delete update commit, with select',
  },
  createUpload: {
    input: () => ({ contentType: 'image/png', byteSize: 1_000 }),
    payload: 'uploadId url fields expiresAt',
    statements: 'begin select insert commit',
  },
  completeUpload: {
    input: ({ upload }) => ({ uploadId: upload }),
    payload: 'uploadId image { url width height byteSize placeholder }',
    statements: 'begin select select commit, insert, begin select update update commit',
  },
  submitGeneration: {
    input: ({ photo }) => ({ mode: 'REDESIGN', input1: photo, idempotencyKey: randomUUID() }),
    payload: 'replayed job { id status mode } usage { used remaining plan { label } }',
    statements: 'begin select select select select update update insert with with select commit',
  },
  cancelGeneration: {
    input: ({ job }) => ({ jobId: job }),
    payload: 'job { id status }',
    statements: 'begin select select update with with commit',
  },
  updateProfile: {
    input: ({ preferences }) => ({ name: 'New', preferences }),
    payload: 'profile { name preferences plan { label } }',
    statements: 'begin select update commit',
  },
  createCheckoutSession: {
    input: () => ({ planId: 'starter', successUrl: 'http://127.0.0.1:4000/paid', cancelUrl: 'http://127.0.0.1:4000/' }),
    payload: 'url',
    statements: 'select, begin select update commit',
  },
  createPortalSession: {
    arrange: ({ person }) => seedSubscription(seed, person.id),
    input: () => ({ returnUrl: 'http://127.0.0.1:4000/' }),
    payload: 'url',
    statements: 'select',
  },
  changePlan: {
    arrange: ({ person }) => seedSubscription(seed, person.id),
    input: () => ({ planId: 'advanced' }),
    payload: 'billing { plan { label monthlyGenerations } hasAccess currentPeriod { end } scheduledChange { effectiveAt } }',
    statements: 'select, begin select select update insert commit',
  },
  // What there is to erase is erased behind the answer.
  deleteAccount: { input: () => ({ confirm: true }), payload: 'erasedAt', statements: 'begin select update commit' },
  setAccountStatus: {
    input: ({ member }) => ({ profileId: member, status: 'SUSPENDED', reason: 'Spam' }),
    payload: 'profile { accountStatus plan { label } }',
    statements: 'begin select select update insert commit',
  },
  adjustCredits: {
    input: ({ member }) => ({ profileId: member, amount: 5, reason: 'Thanks', idempotencyKey: randomUUID() }),
    payload: 'entry { amount reason job { id } } usage { credits remaining entries { totalCount nodes { amount } } byMode { count } }',
    statements: 'begin select select with select commit, select select select',
  },
  // What it sends depends on what there is to clean up; who has little and who has much have nothing of these. That many
  // things take statements by the batch, test/cleanup.test.ts shows.
  runCleanup: {
    input: () => ({ tasks: ['stuck_jobs', 'orphaned_records', 'expired_urls', 'unused_uploads', 'webhook_records'], dryRun: false }),
    payload: 'reports { task dryRun examined changed errors details { id action reason } }',
    statements: 'select, select, select select select, select, select',
  },
  createCommunityCollection: { input: () => ({ title: 'New' }), payload: gallery, statements: 'begin select insert commit, select' },
  updateCommunityCollection: {
    input: (estate) => ({ communityCollectionId: estate.gallery, title: 'New' }),
    payload: gallery,
    statements: 'begin select update commit, select',
  },
  deleteCommunityCollection: {
    input: (estate) => ({ communityCollectionId: estate.gallery }),
    payload: 'deletedCommunityCollectionId',
    statements: 'begin select select delete delete update commit',
  },
  addCommunityItem: {
    input: (estate) => ({ communityCollectionId: estate.gallery, renderId: estate.renders[0] }),
    payload: look,
    statements: 'begin select select select select select insert commit, begin select select select select insert update commit, select',
  },
  updateCommunityItem: {
    input: ({ looks }) => ({ communityItemId: looks[0], orderIndex: 7 }),
    payload: look,
    statements: 'begin select select update commit, select',
  },
  removeCommunityItem: {
    input: ({ looks }) => ({ communityItemId: looks[0] }),
    payload: 'removedCommunityItemId',
    statements: 'begin select select delete update commit',
  },
  reorderCommunityItems: {
    input: (estate) => ({ communityCollectionId: estate.gallery, itemIds: [...estate.looks].reverse() }),
    payload: gallery,
    statements: 'begin select select select update commit, select',
  },
};

it('counts every mutation of the schema', () => {
  expect(Object.keys(counted).sort()).toEqual(Object.keys(createSchema().getMutationType()!.getFields()).sort());
});

it.each(Object.entries(counted))('%s sends as many statements for little as for much', async (name, { arrange, input, payload, statements }) => {
  const expected = statements.replaceAll(',', '').split(' ');
  for (const size of [little, much]) {
    const estate = await endow(size);
    await arrange?.(estate);

    const { outcome, statements: sent, cost } = await mutateCounting(app, name, input(estate), { as: estate.person, payload });

    expect(outcome.__typename).toMatch(/Payload$/);
    // On loaders alone it is a matter of moments which parts share a statement; that they keep to the budget, `ask` holds.
    if (process.env['LOOK_AHEAD'] === 'off') continue;
    expect(sent.map(({ text }) => text.trim().split(/\s/)[0]?.toLowerCase())).toEqual(expected);
    expect(cost?.statements).toMatchObject({ budget: expected.length, used: expected.length });
  }
});
