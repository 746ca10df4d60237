import { fileURLToPath } from 'node:url';
import type { WantedSoak } from './command-line.mjs';
import { openDatabase } from './database.ts';
import { describeMachine, sayWhereBusy } from './machine.ts';
import { choosePeople } from './people.ts';
import { createLine } from './say.ts';
import { runSoakLoad } from './soak/load.ts';
import { read, type Reading, type Soaked } from './soak/reading.ts';
import { planWork } from './soak/workload.ts';
import type { Stops } from './stops.ts';
import { startSystem } from './systems.ts';

const dataDirectory = fileURLToPath(new URL('.data', import.meta.url));

/** Minutes of mixed load on the gateway as it runs in production, cache on; `stops` knows how to end what was started. */
export async function soak(wanted: WantedSoak, stops: Stops): Promise<Soaked> {
  const startedAt = new Date();
  const machine = describeMachine('');
  sayWhereBusy(machine);
  const database = await openDatabase(wanted, dataDirectory);
  stops.add(() => database.stop());
  const people = await choosePeople(database.superuser);
  const system = await startSystem('roomfeed-cache', database, dataDirectory);
  stops.add(() => system.stop());
  const lists = await planWork({ superuser: database.superuser, people, system, connections: wanted.connections });

  const readings: Reading[] = [];
  const line = createLine();
  let begun = 0;
  line.show('Warming up');
  await runSoakLoad(
    {
      url: system.url,
      lists,
      warmUpSeconds: wanted.quick ? 3 : 10,
      seconds: wanted.seconds,
      windowSeconds: wanted.quick ? 3 : 10,
    },
    stops,
    async (message) => {
      if (message.kind === 'begins') begun = performance.now();
      if (message.kind !== 'window' && message.kind !== 'paused') return;
      const at = (performance.now() - begun) / 1_000;
      const reading = await read({ system, database }, at, message.kind === 'window' ? message.window : null);
      readings.push(reading);
      line.show(progressOf(reading, wanted));
    },
  );
  line.end();
  await database.undoWrites();
  const versions = { ...machine.versions, PostgreSQL: database.version };
  return { wanted, machine: { ...machine, versions }, startedAt, people: people.length, readings };
}

function progressOf({ at, window, resident }: Reading, { seconds }: WantedSoak): string {
  const load = window === null ? 'a pause' : `${Math.round(window.throughput)}/s, p99 ${window.p99.toFixed(0)} ms`;
  return `${Math.round(at)} of ${seconds} s: ${load}, ${Math.round((resident ?? 0) / 1_048_576)} MB`;
}
