import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineText } from '../machine.ts';
import { poolSize } from '../settings.ts';
import { alignTable, number, optional } from '../table.ts';
import { growthChart } from './chart.ts';
import type { DepthPoint } from './depth.ts';
import type { Explained } from './explain.ts';
import type { Growth } from './growth.ts';
import type { Point } from './points.ts';

/** Stands where somebody has to say why a curve has the steps that it has. */
const words = '<!-- words -->';

type Column<Of> = readonly [title: string, value: (point: Of) => string];

const whole = (value: number): string => Math.round(value).toLocaleString('en-AU');
const megabytes = (bytes: number): string => `${whole(bytes / 1_048_576)} MB`;

const measured: readonly Column<Point>[] = [
  ['pages/s', ({ throughput }) => number(throughput)],
  ['from – to', ({ slowest, fastest }) => `${number(slowest)} – ${number(fastest)}`],
  ['p50 ms', ({ p50 }) => p50.toFixed(1)],
  ['p99 ms', ({ p99 }) => p99.toFixed(1)],
  ['node CPU ms', ({ nodeCpu }) => optional(nodeCpu, 2)],
  ['database CPU ms', ({ databaseCpu }) => optional(databaseCpu, 2)],
];

const explained: readonly Column<{ readonly explained: Explained }>[] = [
  ['buffers', ({ explained: { hit, read } }) => whole(hit + read)],
  ['of them read', ({ explained: { read } }) => whole(read)],
  ['in the database ms', ({ explained: { execution } }) => execution.toFixed(2)],
];

function table<Of>(points: readonly Of[], columns: readonly Column<Of>[]): string {
  return alignTable([columns.map(([title]) => title), ...points.map((point) => columns.map(([, value]) => value(point)))]);
}

/** All tables, as Markdown. */
export function growthReport(growth: Growth): string {
  const { wanted, machine, startedAt, sizes, depth, crowdedRenders, connections, processes } = growth;
  const [largest] = sizes.slice(-1);
  return [
    '# What a feed page costs as the work grows',
    `${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC${machine.commit === null ? '' : `, commit ${machine.commit}`}. ` +
      `The gateway alone, its cache off, ${poolSize} connections to the database a process; row-level security on for everyone. ` +
      `A page is 20 renders with count and signed cover. Medians of ${wanted.rounds} ${wanted.rounds === 1 ? 'round' : 'rounds'} of ${wanted.seconds} s; the load runs on the same cores.`,
    `On ${machineText(machine)}; Node ${machine.versions['node'] ?? '?'}, PostgreSQL ${machine.versions['PostgreSQL'] ?? '?'}.`,
    '![The four curves](scale.svg)',
    '"Buffers" are pages of 8 kB that the statement looks at, by EXPLAIN (ANALYZE, BUFFERS) as the gateway\'s role, in the ' +
      "viewer's scope, with the plan that a prepared statement keeps; \"read\" those that were not in PostgreSQL's memory. The raw " +
      'file has the statements and plans.',
    '## The database grows',
    `The first page at 16 connections, asked by up to ${Math.max(...sizes.map(({ people }) => people))} people with some 500 renders each, ` +
      'so that only what is around their rows grows.',
    table(sizes, [
      ['renders', ({ at }) => whole(at)],
      ['people', ({ profiles }) => whole(profiles)],
      ['on disk', ({ databaseBytes }) => megabytes(databaseBytes)],
      ...measured,
      ...explained,
    ]),
    stepsOf(sizes, 'renders'),
    words,
    '## Deeper into one list',
    `One person's ${whole(depth.renders)} renders, among ${whole(largest?.at ?? 0)} in all: the whole list, and the ` +
      `${whole(depth.filter.renders)} of mode ${depth.filter.mode} and style ${depth.filter.style}. The last line of each is the end of the list, twenty renders too. ` +
      '16 connections.',
    ...bySeries(depth.points).flatMap(([name, points]) => [
      `${name === 'filtered' ? 'Filtered' : 'The whole list'}:`,
      table<DepthPoint>(points, [['page', ({ at }) => whole(at)], ...measured, ...explained]),
      stepsOf(points, 'page'),
    ]),
    words,
    '## More at once',
    `${whole(crowdedRenders)} renders, one process of the gateway.`,
    table(connections, [['connections', ({ at }) => whole(at)], ...measured]),
    stepsOf(connections, 'connections'),
    words,
    '## A second process',
    `${whole(crowdedRenders)} renders; with two processes each has half of the connections and ${poolSize} of its own to the database. ` +
      'Node CPU is of both together.',
    table(processes, [
      ['processes', ({ at }) => whole(at)],
      ['connections', ({ connections: count }) => whole(count)],
      ...measured,
    ]),
    ...bySeries(processes).map(([name, points]) => `${name}: ${stepsOf(points, 'processes')}`),
    words,
    '',
  ].join('\n\n');
}

function bySeries<Of extends Point>(points: readonly Of[]): readonly (readonly [string, readonly Of[]])[] {
  return [...Map.groupBy(points, ({ series }) => series)];
}

/** What is less than this is the machine's own unrest. */
const worthAWord = 0.1;

/** Where throughput changes by more than a tenth from one place to the next, in a line. */
function stepsOf(points: readonly Point[], unit: string): string {
  const steps = points.slice(1).flatMap((point, before) => {
    const ratio = point.throughput / (points[before]?.throughput ?? point.throughput);
    return Math.abs(ratio - 1) <= worthAWord ? [] : [`from ${whole(points[before]?.at ?? 0)} to ${whole(point.at)}: × ${ratio.toFixed(2)}`];
  });
  return steps.length === 0 ? `No step of more than a tenth (${unit}).` : `Steps of more than a tenth (${unit}): ${steps.join('; ')}.`;
}

/** Writes scale.json with every round, scale.md and scale.svg. */
export async function writeGrowth(growth: Growth, directory: string): Promise<void> {
  const { startedAt, machine, wanted, ...found } = growth;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'scale.json'), `${JSON.stringify({ startedAt, machine, settings: { ...wanted, poolSize }, ...found }, null, 1)}\n`);
  await writeFile(join(directory, 'scale.md'), growthReport(growth));
  await writeFile(join(directory, 'scale.svg'), growthChart(growth));
}
