// npm run bench: see README.md beside this file, and --help.
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { bench } from './bench.ts';
import { checksReport, writeChecks } from './checks/report.ts';
import { verdictOf as verdictOfChecks } from './checks/verdict.ts';
import { checks } from './checks.ts';
import { readCommandLine, type Wanted, type WantedChecks, type WantedGeneration, type WantedScale, type WantedSoak } from './command-line.mjs';
import { generationReport, writeGeneration } from './generation/report.ts';
import { generation } from './generation.ts';
import { reportOf, rowsOf, writeResults } from './report.ts';
import { say } from './say.ts';
import { growthReport, writeGrowth } from './scale/report.ts';
import { scale } from './scale.ts';
import { soakReport, writeSoak } from './soak/report.ts';
import { verdictOf } from './soak/verdict.ts';
import { soak } from './soak.ts';
import { createStops } from './stops.ts';

/** Whose messages are for people, and say all there is to say. */
const forPeople = ['BooksDiffer', 'CheckFault', 'Disagreement', 'LoadFault', 'EmbeddedServerError'];

const stops = createStops();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!stops.begun()) say('\nStopping.');
    void stops.run().then(() => process.exit(128 + constants.signals[signal]));
  });
}
/** The one that started this is gone, however it ended. */
const onOrphaned = (): void => void stops.run().then(() => process.exit(1));
process.on('disconnect', onOrphaned);

const asked = readCommandLine(process.argv.slice(2));
if ('wanted' in asked) await run(asked.wanted);
else if ('scale' in asked) await attempt(() => runScale(asked.scale));
else if ('soak' in asked) await attempt(() => runSoak(asked.soak));
else if ('generation' in asked) await attempt(() => runGeneration(asked.generation));
else if ('checks' in asked) await attempt(() => runChecks(asked.checks));
else {
  process.stderr.write('help' in asked ? asked.help : asked.mistake);
  process.exitCode = 'help' in asked ? 0 : 2;
}
process.off('disconnect', onOrphaned);
if (process.connected) process.disconnect?.();

async function run(wanted: Wanted): Promise<void> {
  if (wanted.json !== null && !isWritable(wanted.json)) {
    say(`--json: ${wanted.json} cannot be written.`);
    process.exitCode = 2;
    return;
  }
  await attempt(async () => {
    const findings = await bench(wanted, stops);
    process.stdout.write(`${reportOf(findings)}\n`);
    if (wanted.json !== null) writeFileSync(wanted.json, `${JSON.stringify(rowsOf(findings), null, 2)}\n`);
    if (wanted.whole) await writeResults(findings, fileURLToPath(new URL('results', import.meta.url)));
  });
}

async function runScale(wanted: WantedScale): Promise<void> {
  const growth = await scale(wanted, stops);
  process.stdout.write(growthReport(growth));
  await writeGrowth(growth, resultsOf(wanted));
}

async function runSoak(wanted: WantedSoak): Promise<void> {
  const found = await soak(wanted, stops);
  process.stdout.write(soakReport(found));
  await writeSoak(found, resultsOf(wanted));
  if (!verdictOf(found).passed) process.exitCode = 1;
}

async function runGeneration(wanted: WantedGeneration): Promise<void> {
  const found = await generation(wanted, stops);
  process.stdout.write(generationReport(found));
  await writeGeneration(found, resultsOf(wanted));
}

async function runChecks(wanted: WantedChecks): Promise<void> {
  const found = await checks(wanted, stops);
  process.stdout.write(checksReport(found));
  await writeChecks(found, resultsOf(wanted));
  if (!verdictOfChecks(found).passed) process.exitCode = 1;
}

/** A trial leaves what is committed alone. */
function resultsOf({ quick }: { readonly quick: boolean }): string {
  return fileURLToPath(new URL(quick ? '.data/quick' : 'results', import.meta.url));
}

/** Does the work, says in words why it failed, and stops all that was started, on every way out. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // Whatever fails while everything is being stopped fails because of that.
    if (!stops.begun()) say(explain(error));
    process.exitCode = 1;
  }
  await stops.run();
}

/** Found out before the work, and not after it. */
function isWritable(path: string): boolean {
  try {
    closeSync(openSync(path, 'a'));
    return true;
  } catch {
    return false;
  }
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return forPeople.includes(error.name) ? error.message : (error.stack ?? error.message);
}
