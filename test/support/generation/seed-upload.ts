import type { TestApp } from '../app.js';
import type { Seed } from '../seed.js';
import { tinyPicture } from './scripted-provider.js';

/** A photo that somebody has uploaded, with its bytes; returns the upload's own id. */
export async function upload(
  { app, seed }: { readonly app: TestApp; readonly seed: Seed },
  ownerId: string,
  { state = 'ready', hasRecord = true }: { readonly state?: 'pending' | 'ready' | 'used'; readonly hasRecord?: boolean } = {},
): Promise<string> {
  const [made] = await seed.sql<{ id: string; path: string }>(
    `insert into uploads (id, owner_id, path, content_type, byte_size, state, expires_at)
     select id, $1::uuid, format('inputs/%s/%s.webp', $1::uuid, id), 'image/webp', 500, $2, now() + interval '1 day'
     from gen_random_uuid() id returning id, path`,
    [ownerId, state],
  );
  if (hasRecord) {
    await seed.sql(`insert into assets (path, owner_id, kind, byte_size, content_type) values ($1, $2, 'input', 500, 'image/webp')`, [
      made!.path,
      ownerId,
    ]);
    await app.app.storage.put(made!.path, await tinyPicture(), { contentType: 'image/webp' });
  }
  return made!.id;
}
