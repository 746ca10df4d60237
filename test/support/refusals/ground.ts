import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Person, TestApp } from '../app.js';
import { globalId, type Seed } from '../seed.js';
import { submitOne } from './generations.js';

/** What a mutation is tried on: somebody who has one of everything, and somebody else. */
export interface Ground {
  readonly app: TestApp;
  readonly seed: Seed;
  /** Has everything below that has an owner; curates the gallery where they are an administrator. */
  readonly owner: Person;
  /** Has a render and a collection of their own, and nothing to do with any of this. */
  readonly stranger: Person;
  /** Somebody to decide about. */
  readonly member: Person;
  /** Rows' own ids. */
  readonly rows: Things;
  /** The same as the API writes them. */
  readonly ids: Things & { readonly member: string };
}

export interface Things {
  /** With three variants; in `collection`. */
  readonly render: string;
  /** In `favorites`. */
  readonly otherRender: string;
  readonly favorites: string;
  readonly collection: string;
  /** A photo arrived for it. */
  readonly upload: string;
  /** Nothing arrived for it. */
  readonly emptyUpload: string;
  /** Something else than a photo arrived for it. */
  readonly wrongUpload: string;
  /** Half a photo arrived for it. */
  readonly damagedUpload: string;
  /** An upload that was completed. */
  readonly photo: string;
  /** It is starting. */
  readonly job: string;
  readonly strangersRender: string;
  readonly strangersCollection: string;
  readonly communityCollection: string;
  readonly look: string;
  readonly otherLook: string;
}

/** Nothing has this id. */
export const missing = (type: string): string => globalId(type, '0197b000-0000-7000-8000-00000000dead');

/** Fresh people in the gateway's database, and a gallery. Bytes only where something looks at them: digests read all. */
export async function layGround(
  app: TestApp,
  seed: Seed,
  { ownersRole, withBytes = false }: { ownersRole: 'user' | 'admin'; withBytes?: boolean },
): Promise<Ground> {
  const owner = await app.signUp();
  const stranger = await app.signUp();
  const member = await app.signUp();
  await seed.sql('update profiles set role = $2 where id = $1', [owner.id, ownersRole]);
  const [render, otherRender] = (await seed.renders(owner.id, 2, { variants: 3 })) as [string, string];
  if (withBytes) await storeCover({ app, seed }, owner, render);
  const uploads = await openUploads({ app, seed }, owner, withBytes);
  const collection = await seed.collection(owner.id, 'Kitchens');
  await seed.items(collection, [render]);
  const favorites = await seed.favorites(owner.id);
  await seed.items(favorites, [otherRender]);
  const [strangersRender] = await seed.renders(stranger.id, 1);
  const strangersCollection = await seed.collection(stranger.id, 'Theirs');
  const communityCollection = await seed.communityCollection();
  const [look, otherLook] = (await seed.communityItems(communityCollection, 2)) as [string, string];
  const rows: Things = {
    render,
    otherRender,
    favorites,
    collection,
    ...uploads,
    ...(await submitOne(seed, owner)),
    strangersRender: strangersRender!,
    strangersCollection,
    communityCollection,
    look,
    otherLook,
  };
  const typeOf: Record<keyof Things, string> = {
    render: 'Render',
    otherRender: 'Render',
    favorites: 'Collection',
    collection: 'Collection',
    upload: 'Upload',
    emptyUpload: 'Upload',
    wrongUpload: 'Upload',
    damagedUpload: 'Upload',
    photo: 'Upload',
    job: 'GenerationJob',
    strangersRender: 'Render',
    strangersCollection: 'Collection',
    communityCollection: 'CommunityCollection',
    look: 'CommunityItem',
    otherLook: 'CommunityItem',
  };
  const encoded = Object.fromEntries(
    Object.entries(rows).map(([thing, id]) => [thing, globalId(typeOf[thing as keyof Things], id as string)]),
  ) as unknown as Things;
  return { app, seed, owner, stranger, member, rows, ids: { ...encoded, member: globalId('Profile', member.id) } };
}

/** Uploads that wait to be completed, and what arrived for them. */
async function openUploads({ app, seed }: Pick<Ground, 'app' | 'seed'>, owner: Person, withBytes: boolean) {
  const photo = await sharp({ create: { width: 3, height: 2, channels: 3, background: '#c08040' } }).jpeg().toBuffer();
  const [upload, wrongUpload, damagedUpload, emptyUpload] = (await seed.sql<{ id: string }>(
    `insert into uploads (id, owner_id, path, content_type, byte_size, expires_at)
     select id, $1, 'incoming/' || id, 'image/jpeg', bytes, now() + interval '1 day'
     from (select uuid_v7() as id, bytes from unnest($2::int[]) bytes) fresh returning id`,
    [owner.id, [photo.length, 4, photo.length - 50, 4]],
  )).map(({ id }) => id) as [string, string, string, string];
  if (withBytes) {
    const bytes = { [upload]: photo, [wrongUpload]: Buffer.from('<svg'), [damagedUpload]: photo.subarray(0, -50) };
    for (const [id, body] of Object.entries(bytes)) await app.app.storage.put(`incoming/${id}`, body, { contentType: 'image/jpeg' });
  }
  return { upload, wrongUpload, damagedUpload, emptyUpload };
}

/** The cover's picture in its two sizes, with the bytes: publishing copies them. */
async function storeCover({ app, seed }: Pick<Ground, 'app' | 'seed'>, owner: Person, renderId: string): Promise<void> {
  const pictures = await seed.sql<{ path: string }>(
    `insert into assets (path, owner_id, kind, byte_size, content_type)
     select picture.path, owner_id, picture.kind, 7, 'image/webp' from render_variants
     cross join lateral (values (image_path, 'output'), (thumb_path, 'thumbnail')) picture (path, kind)
     where render_id = $1 and owner_id = $2 and idx = 0 returning path`,
    [renderId, owner.id],
  );
  for (const { path } of pictures) {
    await app.app.storage.put(path, Buffer.from('picture'), { contentType: 'image/webp' });
  }
}

/** Every row of every table as text, and every stored object: the same digests mean that nothing at all has changed. */
export async function digestOf({ app, seed }: Pick<Ground, 'app' | 'seed'>): Promise<Readonly<Record<string, string>>> {
  const digests: Record<string, string> = {};
  const tables = await seed.sql<{ name: string }>(
    `select format('%I', relname) as name from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname`,
  );
  const each = tables.map(
    ({ name }) => `select '${name}' as name, coalesce(md5(string_agg(t::text, e'\\n' order by t::text)), 'empty') as digest from ${name} t`,
  );
  for (const { name, digest } of await seed.sql<{ name: string; digest: string }>(each.join(' union all '))) {
    digests[name] = digest;
  }
  const stored = createHash('sha256');
  for await (const { key, etag } of app.app.storage.list('')) stored.update(`${key} ${etag}\n`);
  return { ...digests, 'what is stored': stored.digest('hex') };
}

