import { fileURLToPath } from 'node:url';
import { compareAnswers } from './agree.ts';
import type { Wanted } from './command-line.mjs';
import { count, startCounting, stopCounting, type Count } from './count.ts';
import { openDatabase, type BenchDatabase } from './database.ts';
import { stopLoad } from './load.ts';
import { describeMachine, sayWhereBusy } from './machine.ts';
import { measure, prepareRequests, type Measurement, type Requests } from './measure.ts';
import { listTasks, type Task } from './operations/all.ts';
import { choosePeople } from './people.ts';
import { memoryOf } from './processes.ts';
import type { Findings } from './report.ts';
import { createLine, say } from './say.ts';
import type { Stops } from './stops.ts';
import { startSystem, type System } from './systems.ts';

const dataDirectory = fileURLToPath(new URL('.data', import.meta.url));

/** So long a system runs an operation before it is measured at all: V8 compiles, and pools and plans fill. */
const warmUpSeconds = 3;
/** And so long before each measurement: connections that were idle meanwhile are there again. */
const runUpSeconds = 1;

/** Measures what is wanted, with everything that it takes; `stops` knows how to end what was started. */
export async function bench(wanted: Wanted, stops: Stops): Promise<Findings> {
  const startedAt = new Date();
  const machine = describeMachine('');
  sayWhereBusy(machine);
  const database = await openDatabase(wanted, dataDirectory);
  stops.add(() => database.stop());
  const people = await choosePeople(database.superuser);
  const tasks = await listTasks(wanted.operations, database.superuser, people);

  const systems: System[] = [];
  for (const name of wanted.systems) {
    say(`Starting ${name}`);
    const system = await startSystem(name, database, dataDirectory);
    stops.add(() => system.stop());
    systems.push(system);
  }
  stops.add(stopLoad);

  await startCounting(database);
  const counts: Count[] = [];
  const requests = new Map<string, Requests>();
  for (const task of tasks) {
    const compared = await compareAnswers(task, systems, database);
    say(`${task.operation.name}: ${compared} answers compared, the same from all`);
    for (const system of systems) {
      const prepared = await prepareRequests(task, system);
      requests.set(`${task.operation.name} ${system.name}`, prepared);
      counts.push(await count({ task, system, requests: prepared, database }));
    }
  }
  await stopCounting(database);

  const measurements = await measureAll({ wanted, tasks, systems, requests, database });
  const memory = systems.flatMap(({ name, pid }) => {
    const found = memoryOf(pid);
    return found === null ? [] : [{ system: name, ...found }];
  });
  const versions = { ...machine.versions, PostgreSQL: database.version };
  return { wanted, machine: { ...machine, versions }, startedAt, tasks, measurements, counts, memory };
}

/** What a whole takes that is a part done since `begun`; nothing before there is enough to tell by. */
function timeLeft(begun: number, done: number): string {
  if (done < 0.02) return '';
  const minutes = ((performance.now() - begun) * (1 / done - 1)) / 60_000;
  return `; ${minutes < 1 ? 'less than a minute' : `some ${Math.round(minutes)} min`} left`;
}

/** Rounds in which each system has its turn, so that whatever else the machine does meanwhile meets all alike. */
async function measureAll(options: {
  readonly wanted: Wanted;
  readonly tasks: readonly Task[];
  readonly systems: readonly System[];
  readonly requests: ReadonlyMap<string, Requests>;
  readonly database: BenchDatabase;
}): Promise<Measurement[]> {
  const { wanted, tasks, systems, requests, database } = options;
  const measurements: Measurement[] = [];
  const line = createLine();
  const begun = performance.now();
  const total = tasks.length * wanted.connections.length * wanted.rounds * systems.length;
  for (const task of tasks) {
    const load = (system: System) => ({ task, system, database, requests: requests.get(`${task.operation.name} ${system.name}`) ?? [] });
    for (const system of systems) {
      line.show(`Warming ${system.name} up for ${task.operation.name}`);
      await measure({ ...load(system), connections: Math.max(...wanted.connections), seconds: warmUpSeconds, runUpSeconds: 0, round: 0 });
    }
    for (const connections of wanted.connections) {
      for (let round = 1; round <= wanted.rounds; round++) {
        for (let turn = 0; turn < systems.length; turn++) {
          // Another one begins each round.
          const system = systems[(round + turn) % systems.length] as System;
          line.show(
            `${measurements.length + 1} of ${total}: ${task.operation.name}, ${connections} connections, round ${round}, ` +
              `${system.name}${timeLeft(begun, measurements.length / total)}`,
          );
          measurements.push(await measure({ ...load(system), connections, seconds: wanted.seconds, runUpSeconds, round }));
        }
      }
    }
  }
  line.end();
  return measurements;
}
