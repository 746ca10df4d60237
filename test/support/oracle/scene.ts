import type { Person, TestApp } from '../app.js';
import type { IdType, Resolve } from '../model/choices.js';
import { setScene } from '../model/stage.js';
import type { Name } from '../model/world.js';
import { globalId, type Seed } from '../seed.js';

/** The people of one sequence, and every id that there ever was in it, gone or not. */
export interface Scene {
  readonly persons: Readonly<Record<Name, Person>>;
  readonly ids: Set<string>;
  readonly things: Thing[];
}

interface Thing {
  readonly type: IdType;
  readonly id: string;
  /** Of a look its collection, of what is somebody's that person; null for what is everybody's. */
  readonly of: string | null;
}

/** People and a gallery as the model has them, and a job for each render of Ann's and Ben's. */
export async function beginScene(app: TestApp, seed: Seed): Promise<Scene> {
  const { persons } = await setScene({ app, seed });
  await seed.sql(
    `with job as (
       insert into generation_jobs (owner_id, mode, aspect_ratio, quality, variants, input1_path, prompt, status, progress, created_at,
         started_at, completed_at)
       select owner_id, mode, '1:1', 'auto', 1, format('inputs/%s/%s-a.jpg', owner_id, id), id::text, 'succeeded', 1, created_at,
         created_at, created_at
       from renders where owner_id = any($1) returning id, owner_id, input1_path, prompt
     ), photo as (
       insert into assets (path, owner_id, kind, byte_size, content_type)
       select input1_path, owner_id, 'input', 500, 'image/jpeg' from job
     )
     update renders set job_id = job.id from job where job.prompt = renders.id::text`,
    [[persons.Ann.id, persons.Ben.id]],
  );
  const scene: Scene = { persons, ids: new Set(), things: [] };
  await notice(scene, seed);
  return scene;
}

/** Notes what there is now. */
export async function notice({ persons, ids, things }: Scene, seed: Seed): Promise<void> {
  const found = await seed.sql<Thing & Record<string, unknown>>(
    `select 'Render' as type, id, owner_id as of from renders where owner_id = any($1)
     union all select 'Collection', id, owner_id from collections where owner_id = any($1)
     union all select 'CommunityCollection', id, null from community_collections
     union all select 'CommunityItem', id, collection_id from community_items
     order by id`,
    [Object.values(persons).map(({ id }) => id)],
  );
  for (const { type, id, of } of found) {
    if (!ids.has(id)) things.push({ type, id, of });
    ids.add(id);
  }
}

/** An id that nothing ever has. */
const unknownId = '0197b000-0000-7000-8000-00000000dead';

/** What the model's references mean here, to one person. */
export function resolveFor({ persons, things }: Scene, actor: Person): Resolve {
  const people = Object.values(persons).map(({ id }): Thing => ({ type: 'Profile', id, of: id }));
  const resolve: (...args: Parameters<Resolve>) => string = ({ type, of, nth }) => {
    if (of === 'malformed') return 'nonsense';
    const among = [...people, ...things].filter((thing) => {
      if (thing.type !== type) return false;
      if (type === 'CommunityCollection' || type === 'CommunityItem') return of === 'own';
      return of !== 'nobody' && (thing.of === actor.id) === (of === 'own');
    });
    return globalId(type, among[nth % among.length]?.id ?? unknownId);
  };
  return Object.assign(resolve, {
    looksIn: (collection: string) =>
      things
        .filter(({ type, of }) => type === 'CommunityItem' && of !== null && globalId('CommunityCollection', of) === collection)
        .map(({ id }) => globalId('CommunityItem', id)),
  });
}
