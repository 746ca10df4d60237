import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WantedScale } from './command-line.mjs';
import { openDatabase } from './database.ts';
import { stopLoad } from './load.ts';
import { describeMachine, sayWhereBusy } from './machine.ts';
import { prepareRequests } from './measure.ts';
import { feed, feedCases } from './operations/feed.ts';
import { choosePeople, type Person } from './people.ts';
import { say } from './say.ts';
import { measureConnections, measureProcesses } from './scale/crowd.ts';
import { measureDepth, type Depth } from './scale/depth.ts';
import type { Growth } from './scale/growth.ts';
import type { Bench, Point } from './scale/points.ts';
import { measureSize, type SizePoint } from './scale/size.ts';
import type { Stops } from './stops.ts';
import { startSystem } from './systems.ts';

const dataDirectory = fileURLToPath(new URL('.data', import.meta.url));

/** Where connections and processes are counted up: the database of the comparison with the peers. */
const ordinarySize = 500_000;

/** Measures what a feed page costs as the work grows; `stops` knows how to end what was started. */
export async function scale(wanted: WantedScale, stops: Stops): Promise<Growth> {
  const startedAt = new Date();
  const machine = describeMachine('');
  sayWhereBusy(machine);
  stops.add(stopLoad);
  const largest = wanted.sizes.at(-1)?.renders;
  const crowded = wanted.sizes.some(({ renders }) => renders === ordinarySize) ? ordinarySize : largest;
  const sizes: SizePoint[] = [];
  let crowd: Crowd | undefined;
  let depth: Depth | undefined;
  let version = '';
  for (const size of wanted.sizes) {
    say(`Opening the database of ${size.renders.toLocaleString('en-AU')} renders`);
    const database = await openDatabase(size, dataDirectory);
    stops.add(() => database.stop());
    version = database.version;
    // What the seed or an earlier run left to be written is written before anything is timed.
    await database.superuser.query('checkpoint');
    const people = await choosePeople(database.superuser);
    const system = await startSystem('roomfeed', database, dataDirectory);
    stops.add(() => system.stop());
    const bench: Bench = { wanted, system, database };
    sizes.push(await measureSize(size, people, bench));
    if (size.renders === crowded) crowd = await measureCrowd(people, bench, stops);
    const [busiest] = people;
    if (size.renders === largest && busiest) depth = await measureDepth(busiest, bench);
    await system.stop();
    await database.stop();
  }
  if (!crowd || !depth || crowded === undefined) throw new Error('No database was measured.');
  return {
    wanted,
    machine: { ...machine, versions: { ...machine.versions, PostgreSQL: version } },
    startedAt,
    sizes,
    depth,
    crowdedRenders: crowded,
    ...crowd,
  };
}

interface Crowd {
  readonly connections: readonly Point[];
  readonly processes: readonly Point[];
}

async function measureCrowd(people: readonly Person[], bench: Bench, stops: Stops): Promise<Crowd> {
  const cases = await feedCases(bench.database.superuser, people);
  const requests = await prepareRequests({ operation: feed, cases }, bench.system);
  const connections = await measureConnections(requests, bench);
  // Its log and what it keeps on disk must not be the first one's.
  const second = await startSystem('roomfeed', bench.database, join(dataDirectory, 'second'));
  stops.add(() => second.stop());
  const processes = await measureProcesses(requests, second, bench);
  await second.stop();
  return { connections, processes };
}
