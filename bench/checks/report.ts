import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPace } from '../gateway/checks.ts';
import { machineText } from '../machine.ts';
import { median } from '../medians.ts';
import { poolSize } from '../settings.ts';
import { alignTable, number, optional } from '../table.ts';
import type { Checked, CheckRun } from './found.ts';
import { summarize, type FeedSummary } from './summary.ts';
import { bounds, verdictOf } from './verdict.ts';
import { lookEveryMillis } from './watch.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en-AU');
const times = (count: number, one: string, several: string): string => `${whole(count)} ${count === 1 ? one : several}`;
const megabytes = (bytes: number | null): string => (bytes === null ? '–' : (bytes / 1_048_576).toFixed(0));

/** The run in words and tables, as Markdown. */
export function checksReport(found: Checked): string {
  const { wanted, machine, startedAt, stored, people } = found;
  const largest = wanted.sizes.at(-1)?.renders ?? 0;
  return [
    '# What a full data check costs',
    `${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC${machine.commit === null ? '' : `, commit ${machine.commit}`}. ` +
      `\`npm run maintenance -- validate --json\`, all checks of everybody's data, in a process of its own; ${whole(largest)} renders, ${whole(stored.records)} ` +
      `objects in the store and on record, ${whole(stored.photos)} of them photos of ${whole(stored.photoBytes)} bytes, in files that the system had in its memory. ` +
      'The data is as it should be: every run looked at all of it, and found nothing.',
    `On ${machineText(machine)}; Node ${machine.versions['node'] ?? '?'}, PostgreSQL ${machine.versions['PostgreSQL'] ?? '?'}.`,
    ...alonePart(found),
    '## Beside the feed',
    `The 20 newest renders of ${times(people, 'person', 'people')}, asked of one process of the gateway on ${wanted.connections} connections, its cache off, ${poolSize} connections to the ` +
      `database; in windows of ${times(wanted.seconds, 'second', 'seconds')}, one after the other, from a check's beginning to its end, and ${wanted.aloneWindows} before and after each check without ` +
      `it; ${times(wanted.rounds, 'round', 'rounds')}. Check, gateway, PostgreSQL and the load share the same cores. A check at a pace of 25 works a quarter of the time, and rests after ` +
      'each page.',
    '**As fast as it answers**: there is nothing to spare, and whatever the check takes, the feed loses.',
    feedTable(found, 'all it can'),
    `**At a steady rate** of ${whole(found.rate)} requests a second, half of what it answers alone; a time counts from when the request was due.`,
    feedTable(found, 'a steady rate'),
    ...lockPart(found),
    '',
  ].join('\n\n');
}

function alonePart({ wanted, alone }: Checked): string[] {
  const largest = wanted.sizes.at(-1)?.renders ?? 0;
  const of = (renders: number): readonly CheckRun[] => alone.filter((one) => one.renders === renders);
  const middle = (runs: readonly CheckRun[], value: (run: CheckRun) => number | null): number | null => {
    const known = runs.map(value).filter((one) => one !== null);
    return known.length === 0 ? null : median(known);
  };
  const seconds = (millis: number | null): number | null => (millis === null ? null : millis / 1_000);
  const runs = of(largest);
  return [
    '## Alone',
    `At a pace of 100, with nothing beside it. The process is node's, with all that it is made of: memory is the most that was resident, and ` +
      'that the server processes of its connections had for themselves.',
    alignTable([
      ['', 'seconds', 'node CPU s', 'database CPU s', 'process MB', 'server processes MB'],
      ...wanted.sizes.map(({ renders, photos }) => [
        `${whole(renders)} renders, ${whole(photos)} photos`,
        optional(middle(of(renders), (run) => run.seconds), 1),
        optional(seconds(middle(of(renders), ({ watched }) => watched.nodeCpu)), 1),
        optional(seconds(middle(of(renders), ({ databaseCpu }) => databaseCpu)), 1),
        megabytes(middle(of(renders), ({ watched }) => watched.peakMemory)),
        megabytes(middle(of(renders), ({ watched }) => watched.backendMemory)),
      ]),
    ]),
    `Check by check, of ${whole(largest)} renders; ${runs.length === 1 ? 'one run' : `medians of ${runs.length} runs`}. The first one's time has the start of the process in it.`,
    alignTable([
      ['check', 'looked at', 'seconds'],
      ...(runs[0]?.checks ?? []).map(({ name, examined }, place) => [
        `\`${name}\``, whole(examined), optional(middle(runs, ({ checks }) => checks[place]?.seconds ?? null), 2),
      ]),
    ]),
  ];
}

function feedTable(found: Checked, demand: FeedSummary['demand']): string {
  return alignTable([
    ['the feed', 'answers/s', 'slowest – fastest window', 'of alone', 'p50 ms', 'p99 ms', 'worst p99 ms', 'windows', 'the check took s', 'slowest in'],
    ...summarize(found)
      .filter((one) => one.demand === demand)
      .map((one) => [
        one.pace === null ? 'alone' : `beside a check at a pace of ${one.pace}`,
        number(one.throughput),
        `${number(one.slowest)} – ${number(one.fastest)}`,
        optional(one.share, 2),
        one.p50.toFixed(1),
        one.p99.toFixed(1),
        one.worstP99.toFixed(1),
        String(one.windows),
        optional(one.checkSeconds, 0),
        one.slowestCheck === null ? '' : `\`${one.slowestCheck}\``,
      ]),
  ]);
}

function lockPart(found: Checked): string[] {
  const { passed, lockModes, looks, looksWithWaiting, longestTransaction, share, shareCounts } = verdictOf(found);
  const held = (yes: boolean): string => (yes ? 'held' : 'NOT held');
  const onlyReads = lockModes.every((mode) => bounds.lockModes.some((allowed) => allowed === mode));
  return [
    '## Locks',
    `Looked at every ${lookEveryMillis} ms while a check ran, alone or beside the feed, ${whole(looks)} times in all.`,
    [
      `- Locks on tables and indexes that the check's connections held: ${lockModes.length === 0 ? 'none' : lockModes.join(', ')}. Bound: ${bounds.lockModes.join(', ')}, which ` +
        `every SELECT takes; ${held(onlyReads)}.`,
      `- Looks in which anybody waited for any lock: ${whole(looksWithWaiting)}. Bound: ${bounds.waiting}; ${held(looksWithWaiting <= bounds.waiting)}.`,
      `- The oldest transaction of the check that was seen: ${whole(longestTransaction)} ms, those beside the feed among them. Bound: ${whole(bounds.transaction)} ms; ` +
        `${held(longestTransaction <= bounds.transaction)}.`,
      `- What the feed kept, as fast as it answers, beside a check at a pace of ${defaultPace}, the command's own: ${share.toFixed(2)}. Bound: ${bounds.share.toFixed(2)}; ` +
        `${shareCounts ? held(share >= bounds.share) : 'a trial is too short to tell'}.`,
    ].join('\n'),
    `**${passed ? 'Passed' : 'Failed'}.**`,
  ];
}

/** Writes checks.json with every run and every window, and checks.md. */
export async function writeChecks(found: Checked, directory: string): Promise<void> {
  const { startedAt, machine, wanted, people, ...parts } = found;
  await mkdir(directory, { recursive: true });
  const raw = { startedAt, machine, settings: { ...wanted, poolSize, people }, verdict: verdictOf(found), ...parts };
  await writeFile(join(directory, 'checks.json'), `${JSON.stringify(raw, null, 1)}\n`);
  await writeFile(join(directory, 'checks.md'), checksReport(found));
}
