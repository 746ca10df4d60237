import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chartOf } from './chart.ts';
import type { SystemName, Wanted } from './command-line.mjs';
import type { Count } from './count.ts';
import { machineText, type Machine } from './machine.ts';
import type { Measurement } from './measure.ts';
import type { Task } from './operations/all.ts';
import { poolSize } from './settings.ts';
import { summarise } from './summary.ts';
import { tableOf } from './table.ts';

/** A system's memory when all was over, in bytes. */
export interface Memory {
  readonly system: SystemName;
  readonly resident: number;
  readonly peak: number;
}

/** Everything that a run found out. */
export interface Findings {
  readonly wanted: Wanted;
  readonly machine: Machine;
  readonly startedAt: Date;
  readonly tasks: readonly Task[];
  readonly measurements: readonly Measurement[];
  readonly counts: readonly Count[];
  readonly memory: readonly Memory[];
}

/** A line of --json: medians over the rounds. */
export interface Row {
  readonly operation: string;
  readonly system: string;
  readonly connections: number;
  /** Operations a second. */
  readonly throughput: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export function rowsOf({ measurements, counts }: Findings): Row[] {
  const round = (value: number): number => Math.round(value * 100) / 100;
  return summarise(measurements, counts).map(({ operation, system, connections, throughput, p50, p99 }) => ({
    operation, system, connections, throughput: round(throughput), p50: round(p50), p99: round(p99),
  }));
}

/** All tables, as Markdown. */
export function reportOf(findings: Findings): string {
  const { wanted, machine, startedAt, tasks, measurements, counts, memory } = findings;
  const summaries = summarise(measurements, counts);
  const sections = tasks.flatMap(({ operation }) => [
    `## ${operation.name}`,
    `${operation.title}.`,
    ...wanted.connections.flatMap((connections) => [
      `${connections} connections:`,
      tableOf(summaries.filter((one) => one.operation === operation.name && one.connections === connections)),
    ]),
  ]);
  const megabytes = (bytes: number): string => Math.round(bytes / 1_048_576).toLocaleString('en-AU');
  return [
    '# What the bench measured',
    `${startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC${machine.commit === null ? '' : `, commit ${machine.commit}`}. ` +
      `${wanted.renders.toLocaleString('en-AU')} renders of ${wanted.profiles.toLocaleString('en-AU')} people, row-level security on for ` +
      `everyone. ${wanted.rounds} rounds of ${wanted.seconds} seconds each, systems in turn; medians of the rounds, and from the ` +
      `slowest to the fastest. Every system has ${poolSize} connections to the database.`,
    `On ${machineText(machine)}.`,
    `With ${Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
    ...sections,
    '## Memory',
    'Of each process when all was over, in megabytes.',
    [
      '| system | resident | at its highest |',
      '|---|--:|--:|',
      ...memory.map(({ system, resident, peak }) => `| ${system} | ${megabytes(resident)} | ${megabytes(peak)} |`),
    ].join('\n'),
    '',
  ].join('\n\n');
}

/** Writes latest.json with every round, latest.md and latest.svg. */
export async function writeResults(findings: Findings, directory: string): Promise<void> {
  const { wanted, machine, startedAt, measurements, counts, memory } = findings;
  const summaries = summarise(measurements, counts);
  const { json: _, ...settings } = wanted;
  await mkdir(directory, { recursive: true });
  const raw = { startedAt, machine, settings: { ...settings, poolSize }, summaries, memory, counts, measurements };
  await writeFile(join(directory, 'latest.json'), `${JSON.stringify(raw, null, 1)}\n`);
  await writeFile(join(directory, 'latest.md'), `${reportOf(findings)}\n![Ratios](latest.svg)\n`);
  const caption = `${machine.cpu}, ${machine.cores} cores; ${wanted.renders.toLocaleString('en-AU')} renders; row-level security on for everyone; ${startedAt.toISOString().slice(0, 10)}`;
  await writeFile(join(directory, 'latest.svg'), chartOf(summaries, caption));
}
