import { randomUUID } from 'node:crypto';
import { getNamedType, type GraphQLSchema } from 'graphql';
import { hashRequest } from '../../../src/services/generation/request.js';
import { localId } from '../read.js';
import { seedSubscription } from '../billing/seed-subscription.js';
import { globalId, type Seed } from '../seed.js';
import type { World } from './worlds.js';

/** How a mutation is sent so that it answers with its payload each time, and leaves every list as long as it was. */
export interface MutationCase {
  input(world: World): Promise<object> | object;
  /** Takes away what was made. */
  undo?(world: World): Promise<unknown>;
}

const some = (world: World, type: string) => world.ids[type]?.[0] ?? '';

/** What is made here can be told from what the world began with. */
const made = 'Made for a path';

async function freshCollection({ seed, person }: World): Promise<string> {
  return globalId('Collection', await seed.collection(person.id, made));
}

/** Puts the first job into a state from any other, past the trigger that lets jobs move forward only. */
async function setStatus(world: World, status: 'processing' | 'succeeded'): Promise<void> {
  const { sql } = world.seed;
  await sql('set session_replication_role = replica');
  await sql('update generation_jobs set status = $2, completed_at = case $2 when $3 then created_at end where id = $1', [
    localId(some(world, 'GenerationJob')),
    status,
    'succeeded',
  ]);
  await sql('set session_replication_role = origin');
}

async function subscribed(seed: Seed, ownerId: string): Promise<object> {
  await seedSubscription(seed, ownerId);
  return { returnUrl: 'http://127.0.0.1:4000/' };
}

async function unsubscribed(seed: Seed, ownerId: string): Promise<void> {
  await seed.sql(
    `update profiles set customer_id = null, subscription_id = null, subscription_status = null, price_id = null, has_access = false,
       current_period_start = null, current_period_end = null, subscription_event_at = null where id = $1`,
    [ownerId],
  );
  await seed.sql('delete from plan_changes where owner_id = $1', [ownerId]);
}

/** All of them can be sent: where doing it again changes nothing it is done again, and the others are undone. */
export const mutationCases: Readonly<Record<string, MutationCase>> = {
  createCollection: {
    input: () => ({ name: made }),
    undo: ({ seed }) => seed.sql('delete from collections where name = $1', [made]),
  },
  renameCollection: { input: (world) => ({ collectionId: world.ids['Collection']?.at(-1), name: 'Album 1' }) },
  deleteCollection: { input: async (world) => ({ collectionId: await freshCollection(world) }) },
  addRendersToCollection: { input: (world) => ({ collectionId: some(world, 'Collection'), renderIds: world.ids['Render'] }) },
  removeRendersFromCollection: {
    input: async (world) => ({ collectionId: some(world, 'Collection'), renderIds: [globalId('Render', world.person.id)] }),
  },
  organizeRenders: {
    input: (world) => {
      const all = world.ids['Collection'] ?? [];
      // Half of them, at most as many as one input may name; the other half is named to be taken out of, in vain.
      const half = Math.min(20, all.length / 2);
      return {
        renderIds: [globalId('Render', world.person.id)],
        addToCollectionIds: all.slice(0, half),
        removeFromCollectionIds: all.slice(half, 2 * half),
      };
    },
  },
  addToFavorites: { input: (world) => ({ renderId: some(world, 'Render') }) },
  // It is taken out of the favorites and put back, so that these stay as they were.
  removeFromFavorites: {
    input: (world) => ({ renderId: some(world, 'Render') }),
    undo: async ({ app, person, ...world }) =>
      app.ask('mutation ($input: FavoriteInput!) { addToFavorites(input: $input) { __typename } }', {
        as: person,
        variables: { input: { renderId: world.ids['Render']?.[0] } },
      }),
  },
  setRenderCover: { input: (world) => ({ renderId: some(world, 'Render'), variantIndex: 1 }) },
  deleteRenders: {
    input: async ({ seed, person }) => {
      const [render = ''] = await seed.renders(person.id, 1, { variants: 1, prompt: made });
      return { renderIds: [globalId('Render', render)] };
    },
  },
  createUpload: {
    input: () => ({ contentType: 'image/png', byteSize: 1_000 }),
    undo: ({ seed, person }) => seed.sql('delete from uploads where owner_id = $1', [person.id]),
  },
  completeUpload: {
    // Completing again answers as the first time.
    input: async ({ seed, person }) => {
      const [upload] = await seed.sql<{ id: string }>(
        `insert into uploads (owner_id, path, content_type, byte_size, state, width, height, placeholder, expires_at)
         values ($1::uuid, 'inputs/' || $1::uuid || '/made.jpg', 'image/jpeg', 500, 'ready', 4, 3, 'thumbhash', now() + interval '1 hour')
         returning id`,
        [person.id],
      );
      return { uploadId: globalId('Upload', upload?.id ?? '') };
    },
    undo: ({ seed, person }) => seed.sql('delete from uploads where owner_id = $1', [person.id]),
  },
  // Sent again: what was submitted once answers as it is now, and no list gets longer.
  submitGeneration: {
    input: async (world) => {
      const idempotencyKey = '0197b000-0000-4000-8000-000000000001';
      const input = { mode: 'imagine', prompt: made } as const;
      await world.seed.sql('update generation_jobs set idempotency_key = $2, request_hash = $3 where id = $1', [
        localId(some(world, 'GenerationJob')),
        idempotencyKey,
        hashRequest(input),
      ]);
      return { ...input, mode: 'IMAGINE', idempotencyKey };
    },
  },
  // One that is at work, so that nothing is given back; afterwards it is what it was.
  cancelGeneration: {
    input: async (world) => {
      await setStatus(world, 'processing');
      return { jobId: some(world, 'GenerationJob') };
    },
    undo: (world) => setStatus(world, 'succeeded'),
  },
  updateProfile: { input: () => ({ name: 'Ann' }) },
  createCheckoutSession: {
    input: () => ({ planId: 'starter', successUrl: 'http://127.0.0.1:4000/paid', cancelUrl: 'http://127.0.0.1:4000/' }),
    undo: ({ seed, person }) => seed.sql('update profiles set customer_id = null where id = $1', [person.id]),
  },
  createPortalSession: {
    input: ({ seed, person }) => subscribed(seed, person.id),
    undo: ({ seed, person }) => unsubscribed(seed, person.id),
  },
  changePlan: {
    input: async ({ seed, person }) => {
      await seedSubscription(seed, person.id);
      return { planId: 'advanced' };
    },
    undo: ({ seed, person }) => unsubscribed(seed, person.id),
  },
  // Undone, it can be done again; nothing is erased behind it, because these worlds have nobody who works.
  deleteAccount: {
    input: () => ({ confirm: true }),
    undo: ({ seed, person }) =>
      seed.sql(
        `update profiles set erased_at = null, account_status = 'active', role = 'admin', email = 'ann@roomfeed.test', name = 'Ann' where id = $1`,
        [person.id],
      ),
  },
  adjustCredits: {
    input: (world) => ({ profileId: some(world, 'Member'), amount: 1, reason: made, idempotencyKey: randomUUID() }),
    // Past the trigger that keeps the ledger as it is.
    async undo({ seed }) {
      await seed.sql(`set session_replication_role = 'replica'`);
      await seed.sql('delete from usage_ledger where reason = $1', [made]);
      await seed.sql('delete from usage_periods where credits > 0');
      await seed.sql(`set session_replication_role = 'origin'`);
    },
  },
  setAccountStatus: { input: (world) => ({ profileId: some(world, 'Member'), status: 'ACTIVE', reason: 'As before' }) },
  // As many old records as there is of anything, of which a dry run takes none away.
  runCleanup: {
    input: async ({ seed, ids }) => {
      await seed.sql(
        `insert into webhook_events (provider, event_id, type, payload, received_at, processed_at)
         select 'stripe', $1 || n, 'invoice.paid', '{}', '2024-01-01Z', '2024-01-01Z' from generate_series(1, $2::int) n`,
        [made, ids['Render']?.length],
      );
      return {};
    },
    undo: ({ seed }) => seed.sql(`delete from webhook_events where event_id like $1 || '%'`, [made]),
  },
  createCommunityCollection: {
    input: () => ({ title: made }),
    undo: ({ seed }) => seed.sql('delete from community_collections where title = $1', [made]),
  },
  updateCommunityCollection: { input: (world) => ({ communityCollectionId: some(world, 'CommunityCollection'), title: 'Gallery 0' }) },
  deleteCommunityCollection: {
    input: async ({ seed }) => ({
      communityCollectionId: globalId('CommunityCollection', await seed.communityCollection({ title: made })),
    }),
  },
  addCommunityItem: {
    input: (world) => ({
      communityCollectionId: some(world, 'CommunityCollection'),
      externalImageUrl: 'https://pictures.example.com/made.webp',
    }),
    undo: ({ seed }) => seed.sql('delete from community_items where external_image_url is not null'),
  },
  updateCommunityItem: { input: (world) => ({ communityItemId: some(world, 'CommunityItem'), orderIndex: 1 }) },
  removeCommunityItem: {
    input: async ({ seed, ids }) => {
      const gallery = Buffer.from(ids['CommunityCollection']?.[0] ?? '', 'base64').toString().split(':')[1] ?? '';
      const [look = ''] = await seed.communityItems(gallery, 1);
      return { communityItemId: globalId('CommunityItem', look) };
    },
  },
  reorderCommunityItems: {
    input: async ({ seed, ids }) => {
      const gallery = ids['CommunityCollection']?.[0] ?? '';
      const looks = await seed.sql<{ id: string }>(
        `select id from community_items where collection_id = $1 order by order_index, id`,
        [Buffer.from(gallery, 'base64').toString().split(':')[1]],
      );
      return { communityCollectionId: gallery, itemIds: looks.map(({ id }) => globalId('CommunityItem', id)) };
    },
  },
};

/** Where a payload has lists that hold nothing yet, so that nothing is shown of them: those of what was just made. */
export const emptyPayloads: readonly string[] = [
  'createCollection.collection.',
  'createCommunityCollection.communityCollection.',
  // A credit is for no job.
  'adjustCredits.entry.job',
];

/** The type of a mutation's input, as a variable declares it. */
export function inputTypeOf(schema: GraphQLSchema, name: string): string {
  const argument = schema.getMutationType()?.getFields()[name]?.args[0];
  if (!argument) throw new Error(`${name} takes no input`);
  return `${getNamedType(argument.type).name}!`;
}
