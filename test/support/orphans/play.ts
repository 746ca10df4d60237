import { randomUUID } from 'node:crypto';
import { DatabaseError } from '../../../src/database/errors.js';
import { AccountDeleted } from '../../../src/domain/errors.js';
import { renderFolder } from '../../../src/domain/storage-keys.js';
import { UserError } from '../../../src/domain/user-errors.js';
import type { Viewer } from '../../../src/domain/viewer.js';
import { StoredObjectMissing } from '../../../src/storage/errors.js';
import { createFuse, Died } from '../generation/fuse.js';
import type { Death } from '../generation/moves.js';
import { tinyPicture } from '../generation/scripted-provider.js';
import type { Deed, Turn } from './moves.js';
import { createProcess, type Process } from './process.js';
import { person, type Stage } from './stage.js';

/** How often what happened; what a run never met was not tried by it. */
export type Tally = Map<string, number>;

/** An account was deleted between the look at it and what was to be written down for it. */
const isForDeleted = (error: unknown): boolean => error instanceof DatabaseError && error.code === 'RF005';

const hour = 3_600_000;
const month = 30 * 24 * hour;
const alive: Death = { calls: null, isDone: false };

/** Whatever needs a picture, by key. */
const needed = `
  select image_path as path from render_variants union select thumb_path from render_variants
  union select image_path from community_items where image_path is not null union select thumb_path from community_items where thumb_path is not null
  union select path from (
    select j.input1_path as path from generation_jobs j
    where j.status in ('starting', 'processing') or exists (select from renders r where r.job_id = j.id)
  ) photo where path is not null`;

/**
 * Plays a sequence with two fresh people, beside things that are nobody's to touch. After every turn what is needed is there,
 * whole, and on record, and what is not ours is as it was; in the end, when every grace is over, there is nothing else.
 *
 * @throws Error with what was done, in words.
 */
export async function play(stage: Stage, turns: readonly Turn[], tally: Tally): Promise<void> {
  const told: string[] = [];
  try {
    const game = await begin(stage, tally);
    await game.furnish();
    for (const turn of turns) {
      told.push(`${stage.clock.now.toISOString()} ${JSON.stringify(turn)}`);
      await game.take(turn);
    }
    told.push('the end');
    await game.end();
  } catch (error) {
    throw new Error(`After:\n${told.join('\n')}\n\n${(error as Error).stack ?? String(error)}`, { cause: error });
  } finally {
    await stage.clear();
  }
}

async function begin(stage: Stage, tally: Tally) {
  const { app, seed, storage, given, clock, alone } = stage;
  // Ahead of the database's own clock, whatever that is: what depends on the one must not depend on the other.
  clock.now = new Date('2040-01-30T22:00:00.000Z');
  const now = (): Date => clock.now;
  const met = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);
  const people = [await person(stage, 'admin'), await person(stage, 'user')] as const;
  const viewer = (who: number): Viewer => ({ id: people[who] ?? '', email: null, name: null });
  const viewerOf = (id: string): Viewer => ({ id, email: null, name: null });
  const photo = await tinyPicture();
  /** Photos that were completed: whether it uses them or not, a person has them for a month. */
  const promises = new Map<string, { readonly ownerId: string; readonly until: Date }>();
  const [shelf] = await seed.sql<{ id: string }>(`insert into community_collections (title) values ('Looks') returning id`);
  const untouchable = await setAside();

  /** Another gateway's, an operator's, a seed's, and those of somebody who does nothing. */
  async function setAside(): Promise<ReadonlyMap<string, Buffer>> {
    const bystander = await person(stage, 'user');
    const [render] = (await seed.renders(bystander, 1, { variants: 1 })) as [string];
    const folder = `${renderFolder(bystander, render)}v1/`;
    const recorded: (readonly [string, string, string | null])[] = [
      [`${folder}0.webp`, 'output', bystander],
      [`${folder}0_thumb.webp`, 'thumbnail', bystander],
      ['samples/kitchen.webp', 'community', null],
    ];
    const keys = [
      ...recorded.map(([key]) => key),
      `inputs/${randomUUID()}/${randomUUID()}.jpg`,
      `renders/${randomUUID()}/${randomUUID()}/v1/0.webp`,
      'notes/monday.txt',
    ];
    for (const key of keys) await storage.put(key, Buffer.from(key), { contentType: 'image/webp' });
    for (const [key, kind, owner] of recorded) {
      await seed.sql(`insert into assets (path, owner_id, kind, byte_size, content_type) values ($1, $2, $3, length($1), 'image/webp')`, [key, owner, kind]);
    }
    return new Map(keys.map((key) => [key, Buffer.from(key)]));
  }

  const pick = async (sql: string, nth: number, values: readonly unknown[] = [people]): Promise<Record<string, string> | null> => {
    const rows = await seed.sql<Record<string, string>>(sql, values);
    return rows[nth % Math.max(1, rows.length)] ?? null;
  };
  const uploadsIn = (state: string, nth: number) =>
    pick(`select id, owner_id from uploads where owner_id = any($1::uuid[]) and state = '${state}' order by created_at, id`, nth);
  const render = (nth: number, owners: readonly string[] = people) =>
    pick('select id, owner_id from renders where owner_id = any($1::uuid[]) order by created_at, id', nth, [owners]);
  const look = (nth: number) => pick('select id from community_items where collection_id = $1 order by created_at, id', nth, [shelf?.id]);

  async function send(process: Process, who: number, far: 'opened' | 'sent' | 'completed'): Promise<void> {
    const { id } = await process.uploads.createUpload(viewer(who), { contentType: 'image/webp', byteSize: photo.length });
    if (far === 'opened') return;
    await storage.put(`incoming/${id}`, photo, { contentType: 'image/webp' });
    if (far === 'completed') await complete(process, people[who] ?? '', id);
  }

  async function complete(process: Process, ownerId: string, uploadId: string): Promise<void> {
    const { path } = await process.uploads.completeUpload(viewerOf(ownerId), { uploadId });
    if (!promises.has(path)) promises.set(path, { ownerId, until: new Date(now().getTime() + month) });
  }

  async function litter(who: number, as: 'photo' | 'picture' | 'copy'): Promise<void> {
    const key = {
      photo: `inputs/${people[who]}/${randomUUID()}.webp`,
      picture: `renders/${people[who]}/${randomUUID()}/v1/0.webp`,
      copy: `community/${randomUUID()}/v1.webp`,
    }[as];
    await storage.put(key, Buffer.from(key), { contentType: 'image/webp' });
  }

  /** False where there was nothing to do it to. */
  async function act(process: Process, done: Deed): Promise<boolean> {
    switch (done.deed) {
      case 'upload':
        await send(process, done.who, done.far);
        return true;
      case 'complete': {
        const found = await uploadsIn('pending', done.nth);
        if (found) await complete(process, found['owner_id'] ?? '', found['id'] ?? '');
        return found !== null;
      }
      case 'submit': {
        if (!done.withPhoto) {
          await process.submission.submitGeneration(viewer(done.who), { mode: 'imagine', prompt: 'A calm room', variants: 1 });
          return true;
        }
        const found = await pick(
          `select id from uploads where owner_id = $1 and state in ('ready', 'used') order by created_at, id`, done.nth, [people[done.who]],
        );
        if (found) await process.submission.submitGeneration(viewer(done.who), { mode: 'redesign', input1: found['id'] ?? '', variants: 1 });
        return found !== null;
      }
      case 'generate': {
        const found = await pick(
          `select id, owner_id from generation_jobs where owner_id = any($1::uuid[]) and status in ('starting', 'processing') order by created_at, id`, done.nth,
        );
        const attention = { signal: new AbortController().signal, isLastTry: true };
        if (found) await process.generation.attend({ id: found['id'] ?? '', ownerId: found['owner_id'] ?? '' }, attention);
        return found !== null;
      }
      case 'delete render': {
        const found = await render(done.nth);
        if (found) await process.renders.deleteRenders(viewerOf(found['owner_id'] ?? ''), { renderIds: [found['id'] ?? ''] });
        return found !== null;
      }
      case 'publish': {
        const found = await render(done.nth, [people[0]]);
        if (found) {
          await process.curation.addCommunityItem(viewer(0), { communityCollectionId: shelf?.id ?? '', renderId: found['id'] ?? '' });
        }
        return found !== null;
      }
      case 'unpublish': {
        const found = await look(done.nth);
        if (found) await process.curation.removeCommunityItem(viewer(0), { communityItemId: found['id'] ?? '' });
        return found !== null;
      }
      case 'delete looks': {
        const [gone] = await seed.sql<{ id: string }>(
          `with other as (insert into community_collections (title) values ('Others') returning id)
           update community_items set collection_id = other.id from other where community_items.id in (select id from community_items order by id limit 2)
           returning other.id`,
        );
        if (gone) await process.curation.deleteCommunityCollection(viewer(0), { communityCollectionId: gone.id });
        return gone !== undefined;
      }
      case 'move': {
        const found = await render(done.nth);
        return found !== null && (await process.moves.movePictures(found['id'] ?? '')).outcome === 'moved';
      }
      case 'erase':
        await process.accounts.deleteAccount(viewer(done.who), { confirm: true });
        return true;
      case 'erase due':
        return (await process.eraseDue()).completed > 0;
      case 'litter':
        await litter(done.who, done.as);
        return true;
      case 'lose render': {
        const found = await render(done.nth);
        if (found) await seed.sql('delete from renders where id = $1', [found['id']]);
        return found !== null;
      }
      case 'lose look': {
        const found = await look(done.nth);
        if (found) await seed.sql('delete from community_items where id = $1', [found['id']]);
        return found !== null;
      }
      case 'lose record': {
        // Of what nothing needs and nobody is at, or there would be a fault from then on.
        const found = await pick(
          `select path from assets where owner_id = any($1::uuid[]) and marked_at <= $2::timestamptz and path not in (${needed}) order by path`, done.nth, [people, now()],
        );
        if (found) await seed.sql('delete from assets where path = $1 and marked_at <= $2::timestamptz', [found['path'], now()]);
        return found !== null;
      }
      case 'sweep': {
        const { orphans } = await process.orphans.sweep({ apply: true, onOrphan: ({ reason }) => met(reason) });
        return Object.values(orphans).some(({ count }) => count > 0);
      }
      case 'remove': {
        const { removed, kept } = await process.removeDue();
        if (kept > 0) met('kept after all');
        return removed > 0;
      }
      case 'sweep uploads':
        return (await process.uncompleted.removeUncompleted()) > 0;
    }
  }

  /** In a process of its own, which may die over it. What is refused is refused; what fails otherwise is a fault. */
  async function live(done: Deed, death: Death): Promise<void> {
    const fuse = createFuse(death);
    const script = done.deed === 'generate' ? done.script : 'succeeds';
    try {
      if (await act(createProcess({ app, storage, alone, now, fuse, script }), done)) met(done.deed);
    } catch (error) {
      const isRefused =
        error instanceof UserError || error instanceof AccountDeleted || error instanceof StoredObjectMissing || isForDeleted(error);
      if (!isRefused && !(error instanceof Died) && !fuse.hasBurnt()) throw error;
      if (isRefused) met('refused');
    }
    if (fuse.hasBurnt()) met('died');
  }

  const neededKeys = async (): Promise<string[]> => (await seed.sql<{ path: string }>(needed)).map(({ path }) => path).sort();

  async function mustHold(): Promise<void> {
    const contents = await stage.contents();
    const keys = await neededKeys();
    const missing = keys.filter((key) => !contents.has(key));
    const changed = [...keys.filter((key) => contents.has(key) && !contents.get(key)?.equals(given.get(key) as Buffer))];
    const touched = [...untouchable].filter(([key, bytes]) => !contents.get(key)?.equals(bytes)).map(([key]) => key);
    const unrecorded = await seed.sql(`select path from (${needed}) n where not exists (select from assets a where a.path = n.path)`);
    const erased = new Set((await seed.sql<{ id: string }>('select id from profiles where erased_at is not null')).map(({ id }) => id));
    const broken = [...promises]
      .filter(([path, { ownerId, until }]) => until > now() && !erased.has(ownerId) && !contents.has(path))
      .map(([path]) => path);
    expect({ missing, changed, touched, unrecorded, broken }).toEqual({ missing: [], changed: [], touched: [], unrecorded: [], broken: [] });
  }

  const settle = async (): Promise<void> => {
    for (const done of ['sweep', 'sweep uploads', 'remove', 'erase due', 'remove'] as const) await live({ deed: done }, alive);
    await mustHold();
  };

  return {
    /** Each has a render of a photo, and one of the first one's is published. */
    async furnish(): Promise<void> {
      const deeds: Deed[] = [
        ...[0, 1].flatMap((who): Deed[] => [
          { deed: 'upload', who, far: 'completed' },
          { deed: 'submit', who, withPhoto: true, nth: 0 },
          { deed: 'generate', nth: 0, script: 'succeeds' },
        ]),
        { deed: 'publish', nth: 0 },
      ];
      const process = createProcess({ app, storage, alone, now, fuse: createFuse(alive) });
      for (const done of deeds) expect(await act(process, done)).toBe(true);
      await mustHold();
    },

    async take(turn: Turn): Promise<void> {
      if (turn.turn === 'wait') {
        clock.now = new Date(clock.now.getTime() + turn.hours * hour);
      } else if (turn.turn === 'one') {
        await live(turn.done, turn.death);
      } else {
        await Promise.all(turn.done.map((done, index) => live(done, index === 0 ? turn.death : alive)));
        met('at once');
      }
      await mustHold();
    },

    /** Every job ends, and every grace. */
    async end(): Promise<void> {
      for (;;) {
        const unfinished = await seed.sql(
          `select from generation_jobs where owner_id = any($1::uuid[]) and status in ('starting', 'processing')`, [people],
        );
        if (unfinished.length === 0) break;
        await live({ deed: 'generate', nth: 0, script: unfinished.length % 2 === 0 ? 'succeeds' : 'fails' }, alive);
        await live({ deed: 'erase due' }, alive);
      }
      await settle();
      // What was begun falls due; then the graces of orphans, and of photos; then what was marked by the last of these.
      for (const hours of [1.2, 25, 31 * 24, 31 * 24]) {
        clock.now = new Date(clock.now.getTime() + hours * hour);
        await settle();
      }
      const keys = await neededKeys();
      const left = (found: Iterable<string>): string[] => [...found].filter((key) => !untouchable.has(key) || keys.includes(key)).sort();
      const recorded = await seed.sql<{ path: string }>('select path from assets');
      expect({
        stored: left((await stage.contents()).keys()),
        recorded: left(recorded.map(({ path }) => path)),
        marked: await seed.sql('select path from assets where marked_at is not null'),
      }).toEqual({ stored: keys, recorded: keys, marked: [] });
    },
  };
}
