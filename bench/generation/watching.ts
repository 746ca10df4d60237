import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { meterCost } from './cost.ts';
import type { Bench } from './ground.ts';
import { startProgram, type Program } from './program.ts';
import type { MemoryUse } from './programs/obey.ts';
import type { Delivery } from './programs/watchers.ts';
import { countStatements } from './statements.ts';

export type WatchSystem = 'roomfeed' | 'bare-streams';

/** So many streams, held by one process. */
export interface WatchRound {
  readonly system: WatchSystem;
  readonly round: number;
  readonly streams: number;
  /** After full collections. */
  readonly memory: MemoryUse;
  /** Bytes a stream more than with fewer: the number before it, at first none. */
  readonly residentEach: number;
  readonly heapEach: number;
  /** While nothing happens but signs of life: milliseconds of CPU, and statements, a minute. */
  readonly nodeCpuAMinute: number | null;
  readonly databaseCpuAMinute: number | null;
  readonly statementsAMinute: number;
  /** Empty unless it is the number of streams at which deliveries are measured. */
  readonly deliveries: readonly Delivery[];
}

export interface Watching {
  readonly rounds: readonly WatchRound[];
  /** Numbers of streams that this machine does not let one process open. */
  readonly leftOut: readonly number[];
}

/** Connections to the database, files, and what Node has open itself. */
const otherFiles = 500;

/** What people cost who only watch, and how soon they hear of a change. */
export async function measureWatching(bench: Bench): Promise<Watching> {
  const { wanted, show } = bench;
  const most = openFiles() - otherFiles;
  const streams = wanted.streams.filter((count) => count <= most);
  const rounds: WatchRound[] = [];
  for (let round = 0; round < wanted.watchRounds; round++) {
    for (const system of ['bare-streams', 'roomfeed'] as const) {
      show(`Watching: ${system}, round ${round + 1} of ${wanted.watchRounds}`);
      rounds.push(...(await watchOne(bench, system, streams, round)));
    }
  }
  return { rounds, leftOut: wanted.streams.filter((count) => count > most) };
}

async function watchOne(bench: Bench, system: WatchSystem, counts: readonly number[], round: number): Promise<WatchRound[]> {
  const { wanted, environment, book } = bench;
  const holder = await startProgram(system === 'roomfeed' ? 'gateway' : 'bare-streams', bench, {
    listens: true,
    environment: { ...environment, WORKER: 'off', CACHE: 'off' },
  });
  const watchers = await startProgram('watchers', bench);
  const open = (count: number): Promise<void> => watchers.tell('open', { url: holder.url, people: book.people, count });

  // What the first streams need once is not what each costs.
  await open(50);
  await watchers.tell('deliver', { people: book.people.slice(0, 20), pauseMs: 5 });
  await watchers.tell('closeAll');
  await book.clear();
  await delay(1_000);
  let before = { streams: 0, ...(await holder.tell<MemoryUse>('memory')) };

  const rounds: WatchRound[] = [];
  for (const [place, count] of counts.entries()) {
    await open(count);
    await delay(2_000);
    const idle = await idleCost(bench, holder);
    const memory = await holder.tell<MemoryUse>('memory');
    // At the smaller number; each person's change is their first.
    const deliveries =
      place === 0
        ? await watchers.tell<Delivery[]>('deliver', { people: book.people.slice(20, 20 + wanted.deliveriesARound), pauseMs: 20 })
        : [];
    await watchers.tell('check');
    rounds.push({
      system,
      round,
      streams: count,
      memory,
      residentEach: (memory.resident - before.resident) / (count - before.streams),
      heapEach: (memory.heapUsed - before.heapUsed) / (count - before.streams),
      ...idle,
      deliveries,
    });
    before = { streams: count, ...memory };
  }
  await watchers.tell('closeAll');
  await watchers.stop();
  await holder.stop();
  await book.clear();
  return rounds;
}

async function idleCost({ wanted, database }: Bench, { pid }: Program) {
  const minutes = wanted.idleSeconds / 60;
  let used = { node: null as number | null, database: null as number | null };
  const statements = await countStatements(database, async () => {
    const cost = meterCost(pid, database);
    await delay(wanted.idleSeconds * 1_000);
    used = cost.end(minutes);
  });
  return { nodeCpuAMinute: used.node, databaseCpuAMinute: used.database, statementsAMinute: statements / minutes };
}

/** How many files and sockets a process may have open. */
function openFiles(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? 1_024);
  } catch {
    return 1_024;
  }
}
