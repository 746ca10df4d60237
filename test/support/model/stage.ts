import { randomUUID } from 'node:crypto';
import type { Person, TestApp } from '../app.js';
import { type HeardNotices, sendNotice } from '../notices.js';
import type { Seed } from '../seed.js';
import { insertJobs, jobsOf } from './jobs.js';
import { arrivals } from './photos.js';
import { type Account, type Album, type Look, type Name, names, type Render, type World } from './world.js';

export interface Stage {
  readonly app: TestApp;
  readonly seed: Seed;
  /** What the gateway hears of changes, where it keeps answers. */
  readonly notices?: HeardNotices;
}

/** People and a gallery that no other sequence knows. */
export interface Scenery {
  readonly world: World;
  readonly persons: Readonly<Record<Name, Person>>;
}

/** Mode, room type, style, variants, instant: two have one instant, so that their ids decide. */
const renderPlans: Readonly<Record<Name, readonly (readonly [string, string | null, string | null, number, string])[]>> = {
  Ann: [
    ['REDESIGN', 'living_room', 'japandi', 3, '2026-03-01T10:00:00.000Z'],
    ['STAGING', 'kitchen', null, 1, '2026-03-01T10:00:00.000Z'],
    ['REDESIGN', null, 'japandi', 2, '2026-03-01T10:00:00.001Z'],
    ['IMAGINE', 'kitchen', 'scandi', 1, '2026-04-01T00:00:00.000Z'],
  ],
  Ben: [
    ['COMPOSE', 'bedroom', 'modern', 2, '2026-03-01T10:00:00.000Z'],
    ['REDESIGN', 'living_room', 'japandi', 1, '2026-03-02T10:00:00.000Z'],
  ],
  Ada: [
    ['REDESIGN', 'living_room', 'japandi', 2, '2026-03-01T10:00:00.000Z'],
    ['REDESIGN', 'alfresco', 'coastal_au', 1, '2026-03-03T10:00:00.000Z'],
    ['STAGING', 'kitchen', null, 1, '2026-03-03T10:00:00.000Z'],
  ],
};

/** Collections that are there from the start, with the renders in them by number; Ann has as many as she may have. */
const albumPlans: Readonly<Record<Name, readonly (readonly [string, readonly number[]])[]>> = {
  Ann: [
    ['Rooms', [0, 2]],
    ['Nothing yet', []],
    ['Kitchens', [1]],
  ],
  Ben: [['Mine', [1]]],
  Ada: [],
};

const inputBytes = 500;
const placedAt = '2026-05-01T00:00:00.000Z';

function makeRender(ownerId: string, [mode, roomType, style, count, createdAt]: (typeof renderPlans)['Ann'][number]): Render {
  const id = randomUUID();
  const folder = `renders/${ownerId}/${id}/v1`;
  return {
    id,
    mode,
    roomType,
    style,
    createdAt,
    cover: 0,
    isGone: false,
    variants: Array.from({ length: count }, (_, index) => ({
      index,
      image: `${folder}/${index}.webp`,
      thumb: `${folder}/${index}_thumb.webp`,
      imageBytes: 40 + index,
      thumbBytes: 20 + index,
    })),
  };
}

function makeAccount(called: Name): Account {
  const id = randomUUID();
  const renders = renderPlans[called].map((plan) => makeRender(id, plan));
  return {
    called,
    id,
    email: `${called.toLowerCase()}@roomfeed.test`,
    role: called === 'Ada' ? 'ADMIN' : 'USER',
    status: 'ACTIVE',
    isDeleted: false,
    name: called,
    preferences: { theme: 'light', seen: [] },
    renders,
    albums: [],
    inputBytes,
    uploads: (['photo', 'something else', 'half a photo', 'nothing'] as const).map((arrived) => ({ id: randomUUID(), arrived, isComplete: false })),
    jobs: jobsOf(called),
    grants: new Map(),
  };
}

function makeAlbum(account: Account, [name, held]: (typeof albumPlans)['Ann'][number]): Album {
  return {
    id: randomUUID(),
    isFavorites: false,
    createdAt: '2026-05-01T00:00:00.000Z',
    name,
    places: new Map(held.map((index) => [account.renders[index]!.id, placedAt])),
    isGone: false,
  };
}

/** Sets the scene of one sequence: three fresh people in the shared database, and a gallery with nothing of the last. */
export async function setScene({ app, seed, notices }: Stage): Promise<Scenery> {
  const accounts = Object.fromEntries(names.map((name) => [name, makeAccount(name)])) as Record<Name, Account>;
  const planned = new Map(names.map((name) => [name, albumPlans[name].map((plan) => makeAlbum(accounts[name], plan))]));
  const [found] = await seed.sql<{ favorites: Record<string, { id: string; createdAt: string }>; began: Date }>(
    `with people as (
       insert into profiles (id, email, name, role, preferences)
       select id, email, name, lower(role), preferences from jsonb_to_recordset($1)
         p (id uuid, email text, name text, role text, preferences jsonb)
     ), made as (
       insert into renders (id, owner_id, mode, room_type, style, created_at)
       select id, owner, lower(mode), "roomType", style, "createdAt" from jsonb_to_recordset($2)
         r (id uuid, owner uuid, mode text, "roomType" text, style text, "createdAt" timestamptz)
     ), pictures as (
       insert into render_variants (render_id, owner_id, idx, image_path, thumb_path, width, height, byte_size, content_type)
       select render, owner, index, image, thumb, 640, 480, "imageBytes", 'image/webp' from jsonb_to_recordset($3)
         v (render uuid, owner uuid, index int, image text, thumb text, "imageBytes" int)
     ), records as (
       insert into assets (path, owner_id, kind, byte_size, content_type)
       select path, owner, kind, bytes, 'image/webp' from jsonb_to_recordset($4)
         a (path text, owner uuid, kind text, bytes int)
     ), uploads as (
       insert into uploads (id, owner_id, path, content_type, byte_size, expires_at)
       select id, owner, 'incoming/' || id, 'image/jpeg', bytes, now() + interval '1 day' from jsonb_to_recordset($7)
         u (id uuid, owner uuid, bytes int)
     ), albums as (
       insert into collections (id, owner_id, name, created_at)
       select id, owner, name, "createdAt" from jsonb_to_recordset($5)
         c (id uuid, owner uuid, name text, "createdAt" timestamptz)
     )
     insert into collection_items (collection_id, render_id, owner_id, added_at)
     select album, render, owner, "addedAt" from jsonb_to_recordset($6)
       i (album uuid, render uuid, owner uuid, "addedAt" timestamptz)`,
    [
      rows(names, (name) => [accounts[name]]),
      rows(names, (name) => accounts[name].renders.map((render) => ({ ...render, owner: accounts[name].id }))),
      rows(names, (name) =>
        accounts[name].renders.flatMap(({ id, variants }) =>
          variants.map((variant) => ({ ...variant, render: id, owner: accounts[name].id })),
        ),
      ),
      rows(names, (name) => assetsOf(accounts[name])),
      rows(names, (name) => (planned.get(name) ?? []).map((album) => ({ ...album, owner: accounts[name].id }))),
      rows(names, (name) =>
        (planned.get(name) ?? []).flatMap(({ id, places }) =>
          [...places].map(([render, addedAt]) => ({ album: id, render, owner: accounts[name].id, addedAt })),
        ),
      ),
      rows(names, (name) =>
        accounts[name].uploads.map(({ id, arrived }) => ({ id, owner: accounts[name].id, bytes: arrived === 'nothing' ? 1 : arrivals[arrived].length })),
      ),
    ],
  ).then(() =>
    seed.sql<{ favorites: Record<string, { id: string; createdAt: string }>; began: Date }>(
      `select date_trunc('milliseconds', clock_timestamp()) as began,
         jsonb_object_agg(owner_id, jsonb_build_object('id', id, 'createdAt', created_at)) as favorites
       from collections where is_default_favorites and owner_id = any($1::uuid[])`,
      [names.map((name) => accounts[name].id)],
    ),
  );
  for (const name of names) {
    const { id, createdAt } = found!.favorites[accounts[name].id]!;
    accounts[name].albums.push(
      {
        id,
        isFavorites: true,
        createdAt: new Date(createdAt).toISOString(),
        name: 'Favorites',
        places: new Map(),
        isGone: false,
      },
      ...(planned.get(name) ?? []),
    );
  }
  for (const { id, arrived } of names.flatMap((name) => accounts[name].uploads)) {
    if (arrived !== 'nothing') await app.app.storage.put(`incoming/${id}`, arrivals[arrived], { contentType: 'image/jpeg' });
  }
  await insertJobs(seed, names.map((name) => accounts[name]));
  // Publishing copies bytes; only an administrator publishes.
  for (const { image, thumb, imageBytes, thumbBytes } of accounts.Ada.renders.flatMap(({ variants }) => variants)) {
    const { storage } = app.app;
    await storage.put(image, Buffer.alloc(imageBytes), { contentType: 'image/webp' });
    await storage.put(thumb, Buffer.alloc(thumbBytes), { contentType: 'image/webp' });
  }
  const persons = await Promise.all(
    names.map(async (name) => [name, await app.newcomer({ id: accounts[name].id, email: accounts[name].email, name })]),
  );
  const gallery = await openGallery({ app, seed });
  if (notices) await forgetEverything(seed, notices);
  return {
    world: {
      people: accounts,
      gallery,
      began: found!.began.toISOString(),
      decisions: [],
    },
    persons: Object.fromEntries(persons) as Record<Name, Person>,
  };
}

/** The scene is set past the gateway, which still keeps what it read of the last one's. */
async function forgetEverything(seed: Seed, notices: HeardNotices): Promise<void> {
  const heard = notices.next('all');
  await seed.sql(sendNotice, ['all']);
  await heard;
}

const rows = (of: readonly Name[], make: (name: Name) => readonly object[]): string => JSON.stringify(of.flatMap(make));

/** What the person's storage holds: their photo, and the two sizes of each variant. */
function assetsOf({ id: owner, renders }: Account) {
  return [
    { owner, kind: 'input', path: `inputs/${owner}/${randomUUID()}.webp`, bytes: inputBytes },
    ...renders.flatMap(({ variants }) =>
      variants.flatMap(({ image, thumb, imageBytes, thumbBytes }) => [
        { owner, kind: 'output', path: image, bytes: imageBytes },
        { owner, kind: 'thumbnail', path: thumb, bytes: thumbBytes },
      ]),
    ),
  ];
}

/** A gallery with one collection of two looks from elsewhere; whatever was there before is cleared away. */
async function openGallery({ app, seed }: Stage): Promise<World['gallery']> {
  await seed.sql('delete from community_collections');
  await seed.sql(`delete from assets where kind = 'community'`);
  const left: string[] = [];
  for await (const { key } of app.app.storage.list('community/')) left.push(key);
  await app.app.storage.delete(left);
  const [collection] = await seed.sql<{ id: string; createdAt: Date }>(
    `insert into community_collections (title) values ('Coastal') returning id, created_at as "createdAt"`,
  );
  const looks = await seed.sql<{ id: string; url: string; orderIndex: number; createdAt: Date }>(
    `insert into community_items (collection_id, source, external_image_url, apply_settings, order_index)
     select $1, 'external', format('https://pictures.roomfeed.com/%s.webp', n), '{"mode": "redesign", "style": "japandi"}', n
     from generate_series(0, 1) n
     returning id, external_image_url as url, order_index as "orderIndex", created_at as "createdAt"`,
    [collection!.id],
  );
  return {
    collections: [
      {
        id: collection!.id,
        createdAt: collection!.createdAt.toISOString(),
        title: 'Coastal',
        description: null,
        isFeatured: false,
        orderIndex: 0,
        isGone: false,
      },
    ],
    looks: looks.map(
      ({ id, url, orderIndex, createdAt }): Look => ({
        id,
        collectionId: collection!.id,
        createdAt: createdAt.toISOString(),
        picture: { url },
        settings: { mode: 'REDESIGN', style: 'japandi' },
        orderIndex,
        isGone: false,
      }),
    ),
  };
}
