import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WantedGeneration } from './command-line.mjs';
import { openDatabase } from './database.ts';
import { openAccountBook, plenty } from './generation/account-book.ts';
import type { Generations } from './generation/found.ts';
import type { Bench } from './generation/ground.ts';
import { measurePickUp } from './generation/pick-up.ts';
import { startProgram, type Ground } from './generation/program.ts';
import { measureSubmissions } from './generation/submissions.ts';
import { measureWatching } from './generation/watching.ts';
import { measureWork } from './generation/work.ts';
import { stopLoad } from './load.ts';
import { describeMachine, sayWhereBusy } from './machine.ts';
import { createLine } from './say.ts';
import type { Stops } from './stops.ts';

const dataDirectory = fileURLToPath(new URL('.data', import.meta.url));

/**
 * Measures generations, each step beside the least that it could cost: submitting, picking up, working, watching. `stops`
 * knows how to end what was started.
 */
export async function generation(wanted: WantedGeneration, stops: Stops): Promise<Generations> {
  const startedAt = new Date();
  const machine = describeMachine('');
  sayWhereBusy(machine);
  stops.add(stopLoad);
  const database = await openDatabase(wanted, dataDirectory);
  stops.add(() => database.stop());
  const ground: Ground = { database, directory: dataDirectory, stops };

  const pictures = join(dataDirectory, 'generation-pictures');
  const environment = { ROOMFEED_CONFIG: await writeConfiguration(dataDirectory), STORAGE_URL: `file://${pictures}` };
  await mkdir(pictures, { recursive: true });
  stops.add(() => rm(pictures, { recursive: true, force: true }));
  // Makes the queue's tables, where this database has none yet.
  await (await startProgram('gateway', ground, { listens: true, environment })).stop();
  const book = await openAccountBook(database);
  stops.add(() => book.remove());

  const line = createLine();
  const bench: Bench = { ...ground, wanted, book, environment, show: line.show };
  const found = {
    submissions: await measureSubmissions(bench),
    pickUps: await measurePickUp(bench),
    work: await measureWork(bench),
    watching: await measureWatching(bench),
  };
  line.end();
  const versions = { ...machine.versions, PostgreSQL: database.version };
  return { wanted, machine: { ...machine, versions }, startedAt, people: book.people.length, ...found };
}

/** Laid over the gateway's own: limits are there to stop people, and here they would stop the measurement. */
async function writeConfiguration(directory: string): Promise<string> {
  const path = join(directory, 'generation-configuration.json');
  await writeFile(path, JSON.stringify({
    plans: { free: { monthlyGenerations: plenty, maxConcurrentJobs: plenty } },
    subscriptions: { maxPerPerson: 100, maxPerProcess: 20_000 },
  }));
  return path;
}
