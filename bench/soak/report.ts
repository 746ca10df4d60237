import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lineChartOf } from '../line-chart.ts';
import { machineText } from '../machine.ts';
import { poolSize } from '../settings.ts';
import { alignTable, number } from '../table.ts';
import type { Soaked } from './reading.ts';
import { bounds, verdictOf, type Stretch, type Verdict } from './verdict.ts';
import { shares } from './workload.ts';

const megabytes = (bytes: number | null): string => (bytes === null ? '–' : (bytes / 1_048_576).toFixed(1));

const rows: readonly (readonly [string, (stretch: Stretch) => string])[] = [
  ['operations/s', ({ throughput }) => number(throughput)],
  ['p50 ms', ({ p50 }) => p50.toFixed(1)],
  ['p99 ms', ({ p99 }) => p99.toFixed(1)],
  ['resident MB', ({ resident }) => megabytes(resident)],
  ['heap used MB', ({ heapUsed }) => megabytes(heapUsed)],
  ['connections to the database', ({ connections }) => String(connections)],
  ['private memory of their server processes MB', ({ backendMemory }) => megabytes(backendMemory)],
];

/** The run in words and one table, as Markdown. */
export function soakReport(soaked: Soaked): string {
  const { wanted, machine, startedAt, people } = soaked;
  const verdict = verdictOf(soaked);
  const { first, last, edgeSeconds } = verdict;
  const edge = edgeSeconds >= 60 ? 'minute' : `${Math.round(edgeSeconds)} seconds`;
  const mixture = Object.entries(shares).map(([name, share]) => `${name} ${share} %`).join(', ');
  return [
    '# What minutes of load do',
    `${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC${machine.commit === null ? '' : `, commit ${machine.commit}`}. ` +
      `${duration(wanted.seconds)} on ${wanted.connections} connections, as fast as they get answers, after ${wanted.quick ? 3 : 10} seconds of warm-up, with a second's pause every minute. ` +
      `The gateway with its cache on, ${poolSize} connections a pool; ${wanted.renders.toLocaleString('en-AU')} renders, ${people} people who ask.`,
    `Of a hundred requests: ${mixture}; half of the last put a render into the favorites, the others take it out again.`,
    `On ${machineText(machine)}; Node ${machine.versions['node'] ?? '?'}, PostgreSQL ${machine.versions['PostgreSQL'] ?? '?'}.`,
    '![Memory and latency](soak.svg)',
    alignTable([
      ['', `the first ${edge}`, `the last ${edge}`],
      ...rows.map(([title, value]) => [title, value(first), value(last)]),
    ]),
    ...wordsOf(verdict),
    '',
  ].join('\n\n');
}

/** Each bound, and whether it held. */
function wordsOf({ passed, errors, firstError, growth, growthCounts, first, last }: Verdict): string[] {
  const held = (yes: boolean): string => (yes ? 'held' : 'NOT held');
  const slower = last.p99 / Math.max(1e-9, first.p99);
  const throughput = last.throughput / Math.max(1e-9, first.throughput);
  const grown = growth === null ? 'this machine does not tell it' : `${growth.toFixed(2)} MB a minute`;
  return [
    [
      `- Answers with errors, and connections that failed: ${errors}${firstError === null ? '' : ` (${firstError})`}. Bound: none; ${held(errors <= bounds.errors)}.`,
      `- Growth of resident memory over the second half, by least squares: ${grown}. Bound: ${bounds.growth} MB a minute; ` +
        `${growthCounts && growth !== null ? held(growth <= bounds.growth) : 'not judged, the run is too short for it'}.`,
      `- p99, the last against the first: × ${slower.toFixed(2)}. Bound: × ${bounds.slower}; ${held(slower <= bounds.slower)}.`,
      `- Throughput, the last against the first: × ${throughput.toFixed(2)}. Bound: × ${bounds.throughput}; ${held(throughput >= bounds.throughput)}.`,
    ].join('\n'),
    `**${passed ? 'Passed' : 'Failed'}**, by the first two.`,
  ];
}

function duration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} ${seconds === 60 ? 'minute' : 'minutes'}` : `${seconds} seconds`;
}

function chartOf({ wanted, machine, startedAt, readings }: Soaked): string {
  const loaded = readings.flatMap(({ at, window, resident }) => (window === null ? [] : [{ minutes: at / 60, p99: window.p99, resident }]));
  return lineChartOf({
    title: `${duration(wanted.seconds)} of mixed load`,
    caption: `${machine.cpu}, ${machine.cores} cores, with the load on them; ${wanted.connections} connections; cache on; ${startedAt.toISOString().slice(0, 10)}`,
    columns: 1,
    panels: [
      {
        title: '',
        across: { title: 'minutes', kind: 'linear' },
        left: { title: 'MB', kind: 'linear' },
        right: { title: 'ms', kind: 'linear' },
        lines: [
          { name: 'resident memory', axis: 'left', points: loaded.flatMap(({ minutes, resident }) => (resident === null ? [] : [[minutes, resident / 1_048_576]])) },
          { name: 'p99', axis: 'right', points: loaded.map(({ minutes, p99 }) => [minutes, p99]) },
        ],
      },
    ],
  });
}

/** Writes soak.json with every reading, soak.md and soak.svg. */
export async function writeSoak(soaked: Soaked, directory: string): Promise<void> {
  const { startedAt, machine, wanted, people, readings } = soaked;
  await mkdir(directory, { recursive: true });
  const raw = { startedAt, machine, settings: { ...wanted, poolSize, people, shares }, verdict: verdictOf(soaked), readings };
  await writeFile(join(directory, 'soak.json'), `${JSON.stringify(raw, null, 1)}\n`);
  await writeFile(join(directory, 'soak.md'), soakReport(soaked));
  await writeFile(join(directory, 'soak.svg'), chartOf(soaked));
}
