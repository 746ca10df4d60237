import { operationNames, systemNames, type OperationName, type SystemName } from './command-line.mjs';
import type { Count } from './count.ts';
import type { Measurement } from './measure.ts';

/** All rounds of a system at an operation and a number of connections, in one line. */
export interface Summary {
  readonly operation: OperationName;
  readonly system: SystemName;
  readonly connections: number;
  /** Operations a second: the median of the rounds, and their extremes. */
  readonly throughput: number;
  readonly slowest: number;
  readonly fastest: number;
  /** Milliseconds, medians of the rounds. */
  readonly p50: number;
  readonly p99: number;
  readonly nodeCpu: number | null;
  readonly databaseCpu: number | null;
  readonly statements: number | null;
  readonly bytes: number | null;
  /** Of the medians; null where that system was not measured. */
  readonly timesPostgraphile: number | null;
  readonly shareOfLimit: number | null;
}

export function summarise(measurements: readonly Measurement[], counts: readonly Count[]): readonly Summary[] {
  const groups = Map.groupBy([...measurements].sort(byPlace), keyOf);
  const throughputOf = (key: Key): number | null => {
    const group = groups.get(keyOf(key));
    return group === undefined ? null : median(group.map(({ throughput }) => throughput));
  };
  return [...groups.values()].map((group): Summary => {
    const { operation, system, connections } = group[0] as Measurement;
    const of = (value: (one: Measurement) => number): number => median(group.map(value));
    const known = (value: (one: Measurement) => number | null): number | null =>
      group.every((one) => value(one) !== null) ? of((one) => value(one) ?? 0) : null;
    const throughput = of((one) => one.throughput);
    const ratioTo = (other: SystemName): number | null => {
      const its = throughputOf({ operation, connections, system: other });
      return its === null ? null : throughput / its;
    };
    const count = counts.find((one) => one.operation === operation && one.system === system);
    return {
      operation,
      system,
      connections,
      throughput,
      slowest: Math.min(...group.map((one) => one.throughput)),
      fastest: Math.max(...group.map((one) => one.throughput)),
      p50: of((one) => one.p50),
      p99: of((one) => one.p99),
      nodeCpu: known((one) => one.nodeCpu),
      databaseCpu: known((one) => one.databaseCpu),
      statements: count?.statements ?? null,
      bytes: count?.bytes ?? null,
      timesPostgraphile: ratioTo('postgraphile'),
      shareOfLimit: ratioTo('limit'),
    };
  });
}

type Key = Pick<Measurement, 'operation' | 'connections' | 'system'>;
const keyOf = ({ operation, connections, system }: Key): string => `${operation} ${connections} ${system}`;

/** By operation, connections and system, each in its usual order. */
function byPlace(a: Key, b: Key): number {
  return (
    operationNames.indexOf(a.operation) - operationNames.indexOf(b.operation) ||
    a.connections - b.connections ||
    systemNames.indexOf(a.system) - systemNames.indexOf(b.system)
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
