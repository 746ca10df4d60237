import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineText } from '../machine.ts';
import { mediansOf } from '../medians.ts';
import { poolSize } from '../settings.ts';
import { alignTable, number, optional } from '../table.ts';
import type { Generations } from './found.ts';
import { percentile, spreadOf, type Spread } from './spread.ts';
import { shareOfLimit, type SubmissionSystem } from './submissions.ts';
import type { WatchRound, WatchSystem } from './watching.ts';
import type { WorkRound, WorkSystem } from './work.ts';

const whole = (value: number): string => Math.round(value).toLocaleString('en-AU');
const times = (count: number, one: string, several: string): string => `${whole(count)} ${count === 1 ? one : several}`;
const range = (spread: Spread | null, text: (value: number) => string): string =>
  spread === null ? '–' : `${text(spread.lowest)} – ${text(spread.highest)}`;
const middle = (spread: Spread | null, digits: number): string => optional(spread?.median ?? null, digits);
const ratio = (own: number | null | undefined, other: number | null | undefined): string =>
  own == null || other == null || other === 0 ? '–' : (own / other).toFixed(2);

/** The run in words and tables, as Markdown. */
export function generationReport(found: Generations): string {
  const { wanted, machine, startedAt, people } = found;
  return [
    '# What generations cost',
    `${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC${machine.commit === null ? '' : `, commit ${machine.commit}`}. ` +
      `One process of the gateway, its cache off, ${poolSize} connections a pool, and one worker where work is done; row-level security on for everyone. ` +
      `${whole(people)} people submit and watch, in a database with ${whole(wanted.renders)} renders of others. ` +
      'All programs, PostgreSQL and the clients share the same cores.',
    `On ${machineText(machine)}; Node ${machine.versions['node'] ?? '?'}, PostgreSQL ${machine.versions['PostgreSQL'] ?? '?'}.`,
    'Each step stands beside the least that it could cost on this machine: not another product, but a program of a page that ' +
      'does what cannot be left out and nothing else. So a share of 1.00 is not to be reached, and says how much is the ' +
      "gateway's own. Both were measured in turn, in the same rounds.",
    ...submissionsPart(found),
    ...pickUpPart(found),
    ...workPart(found),
    ...watchingPart(found),
    '',
  ].join('\n\n');
}

const submissionNames: Readonly<Record<SubmissionSystem, string>> = { roomfeed: 'the gateway', limit: 'limit: one call' };

function submissionsPart({ wanted, submissions }: Generations): string[] {
  const rows = wanted.connections.flatMap((connections) =>
    (['roomfeed', 'limit'] as const).map((system) => {
      const medians = mediansOf(submissions.rounds.filter((one) => one.system === system && one.connections === connections));
      return [
        `${connections} connections, ${submissionNames[system]}`,
        number(medians.throughput),
        `${number(medians.slowest)} – ${number(medians.fastest)}`,
        system === 'limit' ? '' : shareOfLimit(submissions, connections).toFixed(2),
        medians.p50.toFixed(1),
        medians.p99.toFixed(1),
        optional(medians.nodeCpu, 2),
        optional(medians.databaseCpu, 2),
        submissions.statements[system].toFixed(1),
      ];
    }),
  );
  return [
    '## Submitting',
    '`submitGeneration` over HTTP, from words alone, each with an idempotency key of its own and a quota that stops nobody. No worker takes ' +
      'what is queued. **The limit** is one PL/pgSQL function behind `node:http` with a pool of the same size: it locks the profile, charges ' +
      'the month on the condition that it stays within the limit, writes job, ledger row, event and task, as the same role under the ' +
      'same policies, in one round trip; it reads no key, counts nothing in flight and checks no input.',
    `Medians of ${times(wanted.rounds, 'round', 'rounds')} of ${wanted.seconds} s; CPU is of one submission. After each round jobs, debits, monthly sums, events and tasks ` +
      'were counted and were equal, for both, and no fewer than the answers.',
    alignTable([
      ['', 'submissions/s', 'from – to', 'of the limit', 'p50 ms', 'p99 ms', 'node CPU ms', 'database CPU ms', 'statements'],
      ...rows,
    ]),
    'Both wait at the commit: a submission tells watchers by a notice, and PostgreSQL lets one transaction with notices commit at a time.',
  ];
}

function pickUpPart({ wanted, pickUps }: Generations): string[] {
  const row = (title: string, rounds: readonly (readonly number[])[]): string[] => {
    const all = rounds.flat();
    const medians = spreadOf(rounds.map((one) => percentile(one, 50)));
    return [title, percentile(all, 50).toFixed(1), range(medians, (value) => value.toFixed(1)), percentile(all, 99).toFixed(1)];
  };
  const { roomfeed, bareQueue } = pickUps;
  const seen = (of: (one: (typeof roomfeed)[number][number]) => number): number[][] => roomfeed.map((round) => round.map(of));
  const bare = (of: (one: (typeof bareQueue)[number][number]) => number): number[][] => bareQueue.map((round) => round.map(of));
  const [own, least] = [seen(({ processing }) => processing).flat(), bare(({ begun }) => begun).flat()];
  return [
    '## From submitted to begun',
    `On an idle queue, one at a time, ${whole(roomfeed.flat().length)} of each in ${times(wanted.rounds, 'round', 'rounds')}; milliseconds. The client sees PROCESSING by its stream ` +
      '(`viewerGenerationJobs`, server-sent events); before it can, the worker has taken the task, locked the job against others, asked the ' +
      'provider (which answers at once), written state and event, and the gateway has heard of the commit. **The limit** is graphile-worker ' +
      'alone: `add_job` from a bare connection, to an empty task in the same process being called.',
    alignTable([
      ['', 'p50', 'p50 of the rounds', 'p99'],
      row('the gateway: sent to answered', seen(({ answered }) => answered)),
      row('the gateway: sent to PROCESSING at the client', seen(({ processing }) => processing)),
      row('the gateway: answered to PROCESSING at the client', seen(({ processing, answered }) => processing - answered)),
      row('the gateway: sent to SUCCEEDED at the client', seen(({ succeeded }) => succeeded)),
      row('the gateway: started_at - created_at in the database', seen(({ inDatabase }) => inDatabase)),
      row('graphile-worker: sent to answered', bare(({ answered }) => answered)),
      row('graphile-worker: sent to called', bare(({ begun }) => begun)),
      row('graphile-worker: answered to called', bare(({ begun, answered }) => begun - answered)),
    ]),
    `From sent to begun the gateway takes ${ratio(percentile(own, 50), percentile(least, 50))} times as long as graphile-worker alone. Less than nothing after the answer ` +
      'means that the news was there before the answer was.',
  ];
}

const workNames: Readonly<Record<WorkSystem, string>> = {
  roomfeed: 'the worker',
  limit: 'limit: two calls',
  'bare-queue': 'graphile-worker, empty tasks',
  local: 'the worker, local provider',
};

function workPart({ wanted, work }: Generations): string[] {
  const of = (system: WorkSystem, concurrency: number): readonly WorkRound[] =>
    work.filter((one) => one.system === system && one.concurrency === concurrency);
  const throughput = (rounds: readonly WorkRound[]) => spreadOf(rounds.map((one) => one.throughput));
  const row = (system: WorkSystem, concurrency: number): string[] => {
    const rounds = of(system, concurrency);
    const spread = throughput(rounds);
    return [
      `concurrency ${concurrency}, ${workNames[system]}`,
      spread === null ? '–' : number(spread.median),
      range(spread, number),
      system === 'roomfeed' ? ratio(spread?.median, throughput(of('limit', concurrency))?.median) : '',
      system === 'bare-queue' ? '' : ratio(spread?.median, throughput(of('bare-queue', concurrency))?.median),
      middle(spreadOf(rounds.map(({ node }) => node)), 2),
      middle(spreadOf(rounds.map(({ database }) => database)), 2),
      middle(spreadOf(rounds.map(({ statements }) => statements)), 1),
    ];
  };
  const drawn = work.find(({ system }) => system === 'local');
  return [
    '## Working',
    `From the moment at which ${whole(wanted.jobs)} generations (${whole(wanted.jobs * 10)} empty tasks) became visible until the queue was empty, by one process; medians of ` +
      `${times(wanted.workRounds, 'round', 'rounds')}. The provider answers at once with one picture of 64 × 64 pixels: what is left is taking the task, ` +
      'the transactions in which the job begins and ends, encoding the picture and its thumbnail, and two files that are safe on disk. ' +
      '**The limit** is a task of graphile-worker, written by hand for this alone: one call of a PL/pgSQL function to begin, the same encoding and ' +
      'the same files, one call to finish. It has nothing that a crash, a cancellation or a second worker would need: no lock on the job, no ' +
      'records of pictures before their bytes. Below it, the queue alone, whose tasks do nothing: no task of any kind can be faster.',
    alignTable([
      ['', 'jobs/s', 'from – to', 'of the limit', 'of the queue alone', 'node CPU ms', 'database CPU ms', 'statements'],
      ...wanted.concurrencies.flatMap((concurrency) => [
        row('roomfeed', concurrency), row('limit', concurrency), row('bare-queue', concurrency),
      ]),
    ]),
    drawn === undefined
      ? ''
      : `For information: the \`local\` provider, which makes its pictures in the worker, makes ${drawn.throughput.toFixed(1)} a second at concurrency ${drawn.concurrency} ` +
        `(${whole(drawn.jobs)} imagined rooms of one variant; ${optional(drawn.node, 0)} ms of CPU each). A real provider works elsewhere.`,
  ].filter((text) => text !== '');
}

const watchNames: Readonly<Record<WatchSystem, string>> = { roomfeed: 'the gateway', 'bare-streams': 'node:http' };

function watchingPart({ wanted, people, watching: { rounds, leftOut } }: Generations): string[] {
  const of = (system: WatchSystem, streams: number): readonly WatchRound[] =>
    rounds.filter((one) => one.system === system && one.streams === streams);
  const counts = [...new Set(rounds.map(({ streams }) => streams))];
  const kilobytes = (value: number): string => (value / 1_024).toFixed(1);
  const each = (all: readonly WatchRound[], value: (one: WatchRound) => number) => spreadOf(all.map(value));
  const cost = counts.flatMap((count) =>
    (['roomfeed', 'bare-streams'] as const).map((system) => {
      const all = of(system, count);
      const resident = each(all, ({ residentEach }) => residentEach);
      const heap = each(all, ({ heapEach }) => heapEach);
      return [
        `${whole(count)} streams, ${watchNames[system]}`,
        middle(spreadOf(all.map(({ memory: { resident: bytes } }) => bytes / 1_048_576)), 0),
        resident === null ? '–' : kilobytes(resident.median),
        range(resident, kilobytes),
        system === 'roomfeed' ? ratio(resident?.median, each(of('bare-streams', count), ({ residentEach }) => residentEach)?.median) : '',
        heap === null ? '–' : kilobytes(heap.median),
        middle(spreadOf(all.map(({ nodeCpuAMinute }) => nodeCpuAMinute)), 0),
        middle(spreadOf(all.map(({ databaseCpuAMinute }) => databaseCpuAMinute)), 0),
        middle(spreadOf(all.map(({ statementsAMinute }) => statementsAMinute)), 0),
      ];
    }),
  );
  const [first = 0] = counts;
  const deliveries = (system: WatchSystem) => of(system, first).map((one) => one.deliveries);
  const row = (system: WatchSystem, title: string, value: (one: WatchRound['deliveries'][number]) => number): string[] => {
    const byRound = deliveries(system).map((round) => round.map(value));
    const all = byRound.flat();
    return [
      `${watchNames[system]}: ${title}`,
      percentile(all, 50).toFixed(1),
      range(spreadOf(byRound.map((one) => percentile(one, 50))), (text) => text.toFixed(1)),
      percentile(all, 99).toFixed(1),
    ];
  };
  const delivered = (system: WatchSystem): number => percentile(deliveries(system).flat().map((one) => one.delivered), 50);
  return [
    '## Watching',
    `\`viewerGenerationJobs\` by server-sent events, spread over ${whole(people)} people, while nothing happens. "kB a further stream" is resident memory of the ` +
      'process after two full collections, less what it had with the number of streams before (in the first lines: with none), divided by the difference; in the first ' +
      'lines it is too small, because some of it goes where the start of the process left room. CPU and statements are of all streams together, ' +
      `over ${wanted.idleSeconds} seconds in which every stream gets a sign of life each 12 seconds. **The limit** is a server on \`node:http\` that holds as many streams with ` +
      'the same signs of life, and knows nothing else of them. ' +
      `Medians of ${times(wanted.watchRounds, 'round', 'rounds')}, each with processes of its own.`,
    alignTable([
      ['', 'resident MB', 'kB a further stream', 'from – to', '× the limit', 'heap kB a further stream', 'node CPU ms/min', 'database CPU ms/min', 'statements/min'],
      ...cost,
    ]),
    ...(leftOut.length === 0 ? [] : [`Left out, because this machine lets a process open too few files: ${leftOut.map(whole).join(', ')} streams.`]),
    `One change (a submission by the limit's function), with ${whole(first)} streams open, to the event in its client's socket; milliseconds, ` +
      `${whole(deliveries('roomfeed').flat().length)} of each. The gateway reads the events and the job from the database before it tells of them; the limit passes the notice on as it is.`,
    alignTable([
      ['', 'p50', 'p50 of the rounds', 'p99'],
      ...(['roomfeed', 'bare-streams'] as const).flatMap((system) => [
        row(system, 'sent to committed', ({ answered }) => answered),
        row(system, 'sent to delivered', (one) => one.delivered),
        row(system, 'committed to delivered', ({ answered, delivered: at }) => at - answered),
      ]),
    ]),
    `From sent to delivered: ${ratio(delivered('roomfeed'), delivered('bare-streams'))} times the limit.`,
  ];
}

/** Writes generation.json with every single measurement, and generation.md. */
export async function writeGeneration(found: Generations, directory: string): Promise<void> {
  const { startedAt, machine, wanted, people, ...parts } = found;
  await mkdir(directory, { recursive: true });
  const raw = { startedAt, machine, settings: { ...wanted, poolSize, people }, ...parts };
  await writeFile(join(directory, 'generation.json'), `${JSON.stringify(raw, null, 1)}\n`);
  await writeFile(join(directory, 'generation.md'), generationReport(found));
}
