import { BooksDiffer } from './account-book.ts';
import { meterCost, type Cost } from './cost.ts';
import type { Bench } from './ground.ts';
import { startProgram, type Program } from './program.ts';
import { countStatements } from './statements.ts';

/** `limit`: by hand, without anything that a crash would need; `local`: the worker with the provider that draws. */
export type WorkSystem = 'roomfeed' | 'limit' | 'bare-queue' | 'local';

const programs = { roomfeed: 'worker', limit: 'work-limit', 'bare-queue': 'bare-queue', local: 'worker' } as const;

/** So many are counted after each measurement. */
const counted = 20;

export interface WorkRound extends Cost {
  readonly system: WorkSystem;
  readonly concurrency: number;
  readonly round: number;
  readonly jobs: number;
  readonly seconds: number;
  /** Jobs a second, until the queue is empty. */
  readonly throughput: number;
  /** SQL statements of one job, those of the queue among them. */
  readonly statements: number;
}

/** How much one worker gets done of a queue that is full, beside the least that could do it, and the queue alone. */
export async function measureWork(bench: Bench): Promise<readonly WorkRound[]> {
  const { wanted, show } = bench;
  const rounds: WorkRound[] = [];
  for (let round = 0; round < wanted.workRounds; round++) {
    for (const concurrency of wanted.concurrencies) {
      show(`Work: concurrency ${concurrency}, round ${round + 1} of ${wanted.workRounds}`);
      for (const system of round % 2 === 0 ? (['roomfeed', 'limit'] as const) : (['limit', 'roomfeed'] as const)) {
        rounds.push(await workOne(bench, system, concurrency, round, wanted.jobs));
      }
      rounds.push(await workOne(bench, 'bare-queue', concurrency, round, wanted.jobs * 10));
    }
  }
  show("Work: the local provider's pictures");
  rounds.push(await workOne(bench, 'local', 4, 0, wanted.drawnJobs));
  return rounds;
}

async function workOne(bench: Bench, system: WorkSystem, concurrency: number, round: number, jobs: number): Promise<WorkRound> {
  const { database, book, environment } = bench;
  const program: Program = await startProgram(programs[system], bench, {
    environment: {
      ...environment,
      WORKER_CONCURRENCY: String(concurrency),
      BENCH_PROVIDER: system === 'roomfeed' ? 'instant' : 'local',
    },
  });
  const fill = system === 'bare-queue' ? (count: number) => fillBare(bench, count) : book.fill;
  // Warm: code is compiled, connections are open, statements are prepared.
  const warmUp = Math.ceil(jobs / 5);
  await fill(warmUp);
  await book.emptied();

  await database.superuser.query('begin');
  await fill(jobs);
  const cost = meterCost(program.pid, database);
  const begun = performance.now();
  // Only now there is something to do.
  await database.superuser.query('commit');
  await book.emptied();
  const seconds = (performance.now() - begun) / 1_000;
  const used = cost.end(jobs);
  const calls = await countStatements(database, async () => {
    await fill(counted);
    await book.emptied();
  });
  if (system !== 'bare-queue') {
    const worked = await book.check({ worked: true });
    const expected = jobs + warmUp + counted;
    if (worked !== expected) throw new BooksDiffer(`${worked} generations were worked on, of ${expected}.\n${program.complaints()}`);
  }
  await program.stop();
  await book.clear();
  return { system, concurrency, round, jobs, seconds, throughput: jobs / seconds, statements: calls / counted, ...used };
}

async function fillBare({ database }: Bench, count: number): Promise<void> {
  await database.superuser.query(`select graphile_worker.add_job('nothing', max_attempts := 7) from generate_series(1, $1::int)`, [count]);
}
