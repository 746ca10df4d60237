import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BenchDatabase } from '../database.ts';
import { createFileStorage } from '../gateway/database.ts';
import { publicUrl, signingSecret } from '../settings.ts';
import type { Stops } from '../stops.ts';

/** What the store holds for the time of a run. */
export interface Stored {
  /** Objects on record, all of which are there. */
  readonly records: number;
  /** Photos among them. */
  readonly photos: number;
  /** Of a photo; a file has some 150 more. */
  readonly photoBytes: number;
}

/** A store of the bench's own, with the records of what is in it. */
export interface Pictures {
  readonly stored: Stored;
  readonly directory: string;
  /** Takes all of it out again. */
  remove(): Promise<void>;
}

/**
 * The seed's renders share their pictures, so that a full check would have next to nothing to find in the store. For the
 * time of a run people have photos there, each a file and a record of its own: marked to be removed in a month, as what
 * nobody uses any more is. The gallery's copies, which the comparison only needs the names of, are stored and recorded, too.
 */
export async function storePictures(options: {
  readonly database: BenchDatabase;
  /** Made, and removed at the end. */
  readonly directory: string;
  readonly photos: number;
  readonly show: (text: string) => void;
  readonly stops: Stops;
}): Promise<Pictures> {
  const { database, directory, photos, show, stops } = options;
  const { superuser } = database;
  let removing: Promise<void> | undefined;

  async function remove(): Promise<void> {
    await filling.catch(() => undefined);
    await clear();
  }

  async function clear(): Promise<void> {
    await rm(directory, { recursive: true, force: true });
    // Nobody listens, and a notice a row would be work for the next measurement.
    await superuser.query("set session_replication_role = 'replica'");
    try {
      // Nothing of the seed's is there.
      const { rowCount } = await superuser.query(
        `delete from assets where kind = 'input' and path like 'inputs/%' or kind = 'community' and path like 'community/%'`,
      );
      // The table and its indexes become as small as they were.
      if (rowCount !== 0) await superuser.query('vacuum (full, analyze) assets');
    } finally {
      await superuser.query("set session_replication_role = 'origin'");
    }
  }

  async function fill(): Promise<Stored> {
    await clear();
    await cp(database.storageDirectory, directory, { recursive: true });
    const storage = createFileStorage({ directory, publicUrl, windowSeconds: 3_600, signingSecret });
    const contentType = 'image/webp';
    const { rows: copies } = await superuser.query<{ path: string; byteSize: number }>(
      `insert into assets (path, kind, byte_size, content_type)
       select path, 'community', case when path = image_path then byte_size else 9000 end, content_type
       from community_items cross join lateral (values (image_path), (thumb_path)) named (path) where path is not null
       returning path, byte_size as "byteSize"`,
    );
    for (const { path, byteSize } of copies) await storage.put(path, Buffer.alloc(byteSize, path), { contentType });

    const byteSize = 600;
    const { rows } = await superuser.query<{ path: string }>(
      `with people as (select id, row_number() over (order by id) - 1 as place, count(*) over () as people from profiles)
       insert into assets (path, owner_id, kind, byte_size, content_type, marked_at)
       select format('inputs/%s/%s.webp', id, overlay(md5('photo of the bench, ' || n) placing '7' from 13 for 1)::uuid), id, 'input', $2::int, $3,
         date_trunc('day', now()) + interval '31 days'
       from generate_series(0, $1::int - 1) n join people on place = n % people
       order by 1
       returning path`,
      [photos, byteSize, contentType],
    );
    const [first] = rows;
    if (!first) throw new Error('There is nobody to have photos.');
    // One by the gateway's own code; a file says nothing of its key, so that the others may be the same, and are made faster.
    await storage.put(first.path, Buffer.alloc(byteSize, 'a photo '), { contentType });
    const bytes = readFileSync(join(directory, first.path));
    let folder = '';
    for (const [place, { path }] of rows.entries()) {
      const file = join(directory, path);
      if (dirname(file) !== folder) {
        show(`Storing photos: ${place} of ${photos}`);
        await nextTurn();
        if (removing) throw new Error('The bench is being stopped.');
        folder = dirname(file);
        mkdirSync(folder, { recursive: true });
      }
      writeFileSync(file, bytes);
    }
    await superuser.query('vacuum (analyze) assets');
    await superuser.query('checkpoint');
    const { rows: counted } = await superuser.query<{ count: number }>('select count(*)::int as count from assets');
    return { records: counted[0]?.count ?? 0, photos, photoBytes: byteSize };
  }

  const filling = fill();
  /** At the end, or where the run is stopped before; not both. */
  const removeOnce = (): Promise<void> => (removing ??= remove());
  stops.add(removeOnce);
  return { stored: await filling, directory, remove: removeOnce };
}
