import type { Person, TestApp } from './app.js';
import type { Seed } from './seed.js';

/** A signed-in administrator. */
export async function signUpAdmin(app: TestApp, seed: Seed): Promise<Person> {
  const admin = await app.signUp();
  await seed.sql(`update profiles set role = 'admin' where id = $1`, [admin.id]);
  return admin;
}

export async function suspend(seed: Seed, { id }: Person): Promise<void> {
  await seed.sql(`update profiles set account_status = 'suspended' where id = $1`, [id]);
}

/** The bytes of a render's cover in its two sizes, as `storedRenders` puts them. */
export const coverBytes = (renderId: string) => ({ image: `image of ${renderId}`, thumb: `thumb of ${renderId}` });

/** Renders of one variant whose pictures are in the store, with their records. */
export async function storedRenders(app: TestApp, seed: Seed, ownerId: string, count: number): Promise<string[]> {
  const ids = await seed.renders(ownerId, count, { variants: 1 });
  const variants = await seed.sql<{ render_id: string; image_path: string; thumb_path: string }>(
    'select render_id, image_path, thumb_path from render_variants where render_id = any($1::uuid[])',
    [ids],
  );
  for (const { render_id, image_path, thumb_path } of variants) {
    const { image, thumb } = coverBytes(render_id);
    await app.app.storage.put(image_path, Buffer.from(image), { contentType: 'image/webp' });
    await app.app.storage.put(thumb_path, Buffer.from(thumb), { contentType: 'image/webp' });
    await seed.sql(
      `insert into assets (path, owner_id, kind, byte_size, content_type) values
         ($1, $3, 'output', $4, 'image/webp'), ($2, $3, 'thumbnail', $5, 'image/webp')`,
      [image_path, thumb_path, ownerId, image.length, thumb.length],
    );
  }
  return ids;
}

/** A row of the pictures that nobody owns. */
export interface CommunityAsset {
  readonly path: string;
  readonly byte_size: number;
  readonly marked_at: Date | null;
}

export function communityAssets(seed: Seed): Promise<CommunityAsset[]> {
  return seed.sql<CommunityAsset & Record<string, unknown>>(
    'select path, byte_size, marked_at from assets where owner_id is null order by path',
  );
}

/** All that curating may change, as the tables have it. */
export async function galleryRows(seed: Seed): Promise<object> {
  return {
    collections: await seed.sql('select * from community_collections order by id'),
    items: await seed.sql('select * from community_items order by id'),
    assets: await seed.sql('select * from assets order by path'),
  };
}
