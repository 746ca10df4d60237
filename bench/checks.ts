import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCheck, type CheckGround } from './checks/command.ts';
import { measureBeside } from './checks/beside.ts';
import type { Checked, CheckRun } from './checks/found.ts';
import { storePictures, type Stored } from './checks/pictures.ts';
import type { WantedChecks } from './command-line.mjs';
import { openDatabase, type BenchDatabase } from './database.ts';
import { stopLoad } from './load.ts';
import { describeMachine, sayWhereBusy } from './machine.ts';
import { createLine, say } from './say.ts';
import type { Stops } from './stops.ts';

const dataDirectory = fileURLToPath(new URL('.data', import.meta.url));

/**
 * Measures a full data check: alone, at each size of the database, and beside the feed in the largest. `stops` knows how to
 * end what was started.
 */
export async function checks(wanted: WantedChecks, stops: Stops): Promise<Checked> {
  const startedAt = new Date();
  const machine = describeMachine('');
  sayWhereBusy(machine);
  stops.add(stopLoad);
  const alone: CheckRun[] = [];
  let found: (Awaited<ReturnType<typeof measureBeside>> & { readonly stored: Stored; readonly version: string }) | undefined;
  for (const size of wanted.sizes) {
    say(`Opening the database of ${size.renders.toLocaleString('en-AU')} renders`);
    const database = await openDatabase(size, dataDirectory);
    stops.add(() => database.stop());
    const isLargest = size === wanted.sizes.at(-1);
    const line = createLine();
    const pictures = await storePictures({
      database, directory: join(dataDirectory, 'checks-pictures'), photos: size.photos, show: line.show, stops,
    });
    const ground: CheckGround = {
      database,
      renders: size.renders,
      rows: await countRows(database),
      storageDirectory: pictures.directory,
      directory: dataDirectory,
      stops,
    };
    for (let run = 1; run <= (isLargest ? wanted.aloneRuns : 1); run++) {
      line.show(`A check of ${size.renders.toLocaleString('en-AU')} renders, with nothing beside it`);
      const done = await (await startCheck(ground, 100)).done;
      if (done) alone.push(done);
    }
    if (isLargest) {
      const beside = await measureBeside({ ...ground, wanted, show: line.show });
      found = { ...beside, stored: pictures.stored, version: database.version };
    }
    line.show('Taking the photos out again');
    await pictures.remove();
    line.end();
    await database.stop();
  }
  if (!found) throw new Error('No database was measured.');
  const { version, ...measured } = found;
  return { wanted, machine: { ...machine, versions: { ...machine.versions, PostgreSQL: version } }, startedAt, alone, ...measured };
}

/** How many rows there are of what some of the checks go through, by their names. */
async function countRows({ superuser }: BenchDatabase): Promise<ReadonlyMap<string, number>> {
  const tables = {
    default_favorites: 'profiles',
    job_charges: 'generation_jobs',
    usage_sums: 'usage_periods',
    ledger_entries: 'usage_ledger',
    renders_match_jobs: 'renders',
    renders_have_variants: 'renders',
    render_pictures: 'render_variants',
    collection_items: 'collection_items',
    community_items: 'community_items',
    asset_records: 'assets',
    stored_objects: 'assets',
  };
  const rows = new Map<string, number>();
  for (const [check, table] of Object.entries(tables)) {
    const { rows: counted } = await superuser.query<{ count: number }>(`select count(*)::int as count from ${table}`);
    rows.set(check, counted[0]?.count ?? 0);
  }
  return rows;
}
