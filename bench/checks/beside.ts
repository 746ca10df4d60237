import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WantedChecks } from '../command-line.mjs';
import { measure, prepareRequests } from '../measure.ts';
import { median } from '../medians.ts';
import type { Task } from '../operations/all.ts';
import { feed, feedCases } from '../operations/feed.ts';
import { choosePeople } from '../people.ts';
import { startSystem, type System } from '../systems.ts';
import { startCheck, type CheckGround } from './command.ts';
import type { Checked, CheckRun, Demand, FeedWindow } from './found.ts';

/** V8 compiles, and pools and plans fill. */
const warmUpSeconds = 3;
const runUpSeconds = 1;

interface Bench extends CheckGround {
  readonly wanted: WantedChecks;
  readonly show: (text: string) => void;
}

/**
 * The feed alone, and beside checks at each pace. A check is begun again where it ends before the window does, and at least
 * one goes through from its beginning to its end, so that the windows meet all that a check does.
 */
export async function measureBeside(bench: Bench): Promise<Pick<Checked, 'people' | 'beside' | 'windows' | 'rate'>> {
  const { wanted, database, directory, stops, show } = bench;
  const { superuser } = database;
  const people = await choosePeople(superuser);
  const task: Task = { operation: feed, cases: await feedCases(superuser, people) };
  const environment = { ROOMFEED_CONFIG: await writeConfiguration(directory) };
  const beside: Checked['beside'][number][] = [];
  const windows: FeedWindow[] = [];
  let rate = 0;
  for (let round = 1; round <= wanted.rounds; round++) {
    for (const demand of ['all it can', 'a steady rate'] as const) {
      // A process that is young: half an hour after its start it may look through the whole store, too.
      const system = await startSystem('roomfeed', database, directory, environment);
      stops.add(() => system.stop());
      const turn = await openTurn(bench, { system, task, demand, round, rate });
      // Another one begins each time.
      const paces = round % 2 === 1 ? wanted.paces : wanted.paces.toReversed();
      for (const pace of paces) {
        windows.push(...(await turn.alone()));
        const { runs, windows: found } = await turn.besideCheck(pace);
        windows.push(...found);
        beside.push(...runs.map((run) => ({ ...run, demand, round })));
      }
      windows.push(...(await turn.alone()));
      await system.stop();
      // Half of what it can do alone.
      if (rate === 0) rate = Math.floor(median(windows.filter(({ pace }) => pace === null).map((one) => one.measurement.throughput)) / 2);
    }
  }
  show('');
  return { people: people.length, beside, windows, rate };
}

interface Turn {
  alone(): Promise<FeedWindow[]>;
  besideCheck(pace: number): Promise<{ readonly runs: readonly CheckRun[]; readonly windows: readonly FeedWindow[] }>;
}

async function openTurn(
  bench: Bench,
  { system, task, demand, round, rate }: { readonly system: System; readonly task: Task; readonly demand: Demand; readonly round: number; readonly rate: number },
): Promise<Turn> {
  const { wanted, database, show } = bench;
  const { connections, seconds } = wanted;
  const requests = await prepareRequests(task, system);
  const pacing = demand === 'all it can' ? {} : { rate };
  const load = { task, system, database, requests, connections, round };
  show(`The feed, ${demand}: warming up`);
  await measure({ ...load, seconds: warmUpSeconds, runUpSeconds: 0 });

  async function measureWindow(pace: number | null, check: string | null): Promise<FeedWindow> {
    const who = pace === null ? 'alone' : `beside a check at a pace of ${pace}: ${check ?? ''}`;
    show(`The feed, ${demand}, round ${round} of ${wanted.rounds}, ${who}`);
    return { demand, round, pace, check, measurement: await measure({ ...load, ...pacing, seconds, runUpSeconds }) };
  }

  return {
    async alone() {
      const windows: FeedWindow[] = [];
      while (windows.length < wanted.aloneWindows) windows.push(await measureWindow(null, null));
      return windows;
    },
    async besideCheck(pace) {
      const checks = keepChecking(bench, pace);
      const windows: FeedWindow[] = [];
      try {
        while (checks.runs.length === 0) {
          windows.push(await measureWindow(pace, checks.current()));
          checks.throwIfFailed();
        }
      } finally {
        await checks.stop();
      }
      return { runs: checks.runs, windows };
    },
  };
}

/** Checks one after the other, from now on until they are stopped. */
function keepChecking(ground: CheckGround, pace: number) {
  const runs: CheckRun[] = [];
  let failure: Error | null = null;
  let isStopped = false;
  let running: Awaited<ReturnType<typeof startCheck>> | null = null;

  async function keep(): Promise<void> {
    while (!isStopped) {
      running = await startCheck(ground, pace);
      if (isStopped) await running.stop();
      const run = await running.done;
      if (run) runs.push(run);
    }
  }

  const keeping = keep().catch((error: unknown) => {
    failure = error instanceof Error ? error : new Error(String(error));
  });
  return {
    runs,
    current: (): string | null => running?.current() ?? null,
    throwIfFailed(): void {
      if (failure) throw failure;
    },
    async stop(): Promise<void> {
      isStopped = true;
      await running?.stop();
      await keeping;
    },
  };
}

/** Laid over the gateway's own: it must not begin to archive the seed's old generations in the middle of a measurement. */
async function writeConfiguration(directory: string): Promise<string> {
  const path = join(directory, 'checks-configuration.json');
  await writeFile(path, JSON.stringify({ archiveJobsAfterDays: 36_500 }));
  return path;
}
