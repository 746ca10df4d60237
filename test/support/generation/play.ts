import { monthOf } from '../../../src/domain/months.js';
import { UserError } from '../../../src/domain/user-errors.js';
import type { Viewer } from '../../../src/domain/viewer.js';
import { JobNotCancelable } from '../../../src/services/generation/errors.js';
import type { Person } from '../app.js';
import { countForgotten, faultsOf } from './books.js';
import type { Lab } from './lab.js';
import type { Death, JobMove, Move } from './moves.js';
import { allowed, isCharged, isUnfinished, mayFollow, type Standing, standingAfter, standingOf } from './rules.js';
import { upload } from './seed-upload.js';

/** How often what happened; what a run never met was not tried by it. */
export type Tally = Map<string, number>;

const minute = 60_000;
const waits = { soon: minute, 'processing is stuck': 11 * minute, 'starting is stuck': 61 * minute } as const;

const viewerOf = ({ id }: Person): Viewer => ({ id, email: null, name: null });

/**
 * Plays a sequence with two fresh people. After every move the books hold all that books.ts lists and jobs have moved
 * forward only; and where nobody was in the way, each job stands where rules.ts says. In the end every job ends, and
 * storage holds what renders and photos need, and nothing else.
 *
 * @throws Error with what was done, in words.
 */
export async function play(lab: Lab, moves: readonly Move[], tally: Tally): Promise<void> {
  const told: string[] = [];
  try {
    const game = await begin(lab, tally);
    for (const taken of moves) {
      told.push(`${lab.clock.now.toISOString()} ${JSON.stringify(taken)}`);
      await game.take(taken);
    }
    told.push('the end');
    await game.end();
  } catch (error) {
    throw new Error(`After:\n${told.join('\n')}\n\n${(error as Error).message}`, { cause: error });
  }
}

async function begin(lab: Lab, tally: Tally) {
  const people: readonly Person[] = [await lab.signUp(), await lab.signUp()];
  const ids = people.map(({ id }) => id);
  const { generation } = lab.app.app.services;
  const keys = new Map<string, { readonly jobId: string; readonly request: string }>();
  const met = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1);
  const named = (jobs: readonly Standing[], nth: number): Standing | undefined => jobs[nth % Math.max(1, jobs.length)];

  async function submit({ person: index, withPhoto, variants, key }: Extract<Move, { move: 'submit' }>, before: readonly Standing[]): Promise<void> {
    const person = people[index] as Person;
    const own = before.filter(({ ownerId }) => ownerId === person.id);
    const month = monthOf(lab.clock.now).period;
    const used = own.filter((job) => isCharged(job) && monthOf(job.createdAt).period === month).length;
    const inFlight = own.filter(isUnfinished).length;
    const called = `${index} ${key}`;
    const known = key === null ? undefined : keys.get(called);
    const request = JSON.stringify({ withPhoto, variants });
    // A photo is another one each time, and so is the request with it.
    const isSame = known?.request === request && !withPhoto;
    const expected = known
      ? isSame ? 'replayed' : 'IdempotencyConflict'
      : inFlight >= allowed.inFlight ? 'TooManyInFlight'
      : used >= allowed.generations ? 'QuotaExceeded'
      : 'submitted';
    const idempotencyKey = key === null ? null : `00000000-0000-4000-8000-00000000000${key}`;
    const input = withPhoto
      ? { mode: 'redesign' as const, input1: await upload(lab, person.id), variants, idempotencyKey }
      : { mode: 'imagine' as const, prompt: 'A calm room', variants, idempotencyKey };

    let is: string;
    try {
      const { job, usage, replayed } = await generation.submitGeneration(viewerOf(person), input);
      is = replayed ? 'replayed' : 'submitted';
      expect(usage.used).toBe(replayed ? used : used + 1);
      if (replayed) expect(job.id).toBe(known?.jobId);
      else if (key !== null) keys.set(called, { jobId: job.id, request });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      is = error.constructor.name;
    }
    expect(is).toBe(expected);
    met(is);
  }

  async function act(taken: JobMove, before: readonly Standing[]): Promise<'done' | 'failed' | 'died'> {
    if (taken.move === 'sweep') return lab.live(taken, (worker) => worker.markStuckJobsAsFailed());
    const job = named(before, taken.nth);
    if (!job) return 'done';
    if (taken.move === 'attend') {
      const attention = { signal: new AbortController().signal, isLastTry: taken.isLastTry };
      return lab.live(taken, (worker) => worker.attend(job, attention));
    }
    try {
      await generation.cancelGeneration(viewerOf(people.find(({ id }) => id === job.ownerId) as Person), { jobId: job.id });
      met('canceled');
    } catch (error) {
      if (!(error instanceof JobNotCancelable)) throw error;
      met('JobNotCancelable');
    }
    return 'done';
  }

  /** One at a time, what becomes of each job is known; where a worker died, it is known or did not happen. */
  async function actAlone(taken: JobMove, before: readonly Standing[]): Promise<void> {
    const how = await act(taken, before);
    if (taken.move !== 'cancel') met(how);
    const after = new Map((await lab.standings(people)).map((job) => [job.id, job]));
    for (const job of before) {
      const [was, is] = [standingOf(job), standingOf(after.get(job.id)!)];
      const isMeant = taken.move !== 'sweep' && job === named(before, taken.nth);
      const should = standingAfter(job, taken, isMeant, lab.clock.now);
      const mayBe = how === 'died' ? [was, should, ...(isMeant && was === 'starting' ? ['processing'] : [])] : [should];
      if (!mayBe.includes(is)) throw new Error(`A job that was ${was} is ${is}, and should be ${mayBe.join(' or ')}.`);
      if (was !== is) met(`${was} → ${is}`);
    }
  }

  async function mustHold(before: readonly Standing[]): Promise<void> {
    const after = new Map((await lab.standings(people)).map((job) => [job.id, job]));
    const backwards = before.filter((job) => !mayFollow(job, after.get(job.id)!));
    expect(backwards.map((job) => `${standingOf(job)} → ${standingOf(after.get(job.id)!)}`)).toEqual([]);
    expect(await faultsOf(lab.seed, ids)).toEqual({});
  }

  async function recover(death: Death): Promise<void> {
    if ((await lab.live({ death }, (worker) => worker.recover())) === 'died') return;
    met('recovered');
    // Within its first moments a job's task is on its way.
    const [row] = await lab.seed.sql<{ stuck: number }>(
      `select count(*)::int as stuck from generation_jobs where owner_id = any($1::uuid[]) and (
         status = 'processing' and started_at < $2::timestamptz - interval '10 minutes'
         or status = 'starting' and created_at < $2::timestamptz - interval '60 minutes')`,
      [ids, lab.clock.now],
    );
    expect({ ...row, forgotten: await countForgotten(lab.seed, ids) }).toEqual({ stuck: 0, forgotten: 0 });
  }

  return {
    async take(taken: Move): Promise<void> {
      const before = await lab.standings(people);
      switch (taken.move) {
        case 'submit':
          await submit(taken, before);
          break;
        case 'recover':
          await recover(taken.death);
          break;
        case 'clear':
          await lab.clear();
          break;
        case 'wait':
          lab.clock.now =
            taken.until === 'next month' ? monthOf(lab.clock.now).end : new Date(lab.clock.now.getTime() + waits[taken.until]);
          break;
        case 'both':
          await Promise.all(taken.moves.map((move) => act(move, before)));
          met('two at once');
          break;
        default:
          await actAlone(taken, before);
      }
      await mustHold(before);
    },

    /** Whatever was left behind comes to its end. */
    async end(): Promise<void> {
      const before = await lab.standings(people);
      for (const job of before.filter(isUnfinished)) {
        const attention = { signal: new AbortController().signal, isLastTry: false };
        await lab.live({ script: 'succeeds' }, (worker) => worker.attend(job, attention));
      }
      // What a worker that died had begun to store falls due within an hour.
      lab.clock.now = new Date(lab.clock.now.getTime() + 61 * minute);
      await lab.clear();
      await mustHold(before);
      expect((await lab.standings(people)).filter(isUnfinished)).toEqual([]);
      await mustStoreNothingElse();
    },
  };

  async function mustStoreNothingElse(): Promise<void> {
    const needed = await lab.seed.sql<{ path: string }>(
      `select unnest(array[image_path, thumb_path]) as path from render_variants where owner_id = any($1::uuid[])
       union select path from uploads where owner_id = any($1::uuid[])`,
      [ids],
    );
    const recorded = await lab.seed.sql<{ path: string }>('select path from assets where owner_id = any($1::uuid[])', [ids]);
    const stored: string[] = [];
    for (const prefix of ids.flatMap((id) => [`renders/${id}/`, `inputs/${id}/`])) {
      for await (const { key } of lab.app.app.storage.list(prefix)) stored.push(key);
    }
    const paths = needed.map(({ path }) => path).sort();
    expect({ recorded: recorded.map(({ path }) => path).sort(), stored: stored.sort() }).toEqual({ recorded: paths, stored: paths });
  }
}
