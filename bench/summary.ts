import { operationNames, systemNames, type OperationName, type SystemName } from './command-line.mjs';
import type { Count } from './count.ts';
import type { Measurement } from './measure.ts';
import { median, type Medians, mediansOf } from './medians.ts';

/** All rounds of a system at an operation and a number of connections, in one line. */
export interface Summary extends Medians {
  readonly operation: OperationName;
  readonly system: SystemName;
  readonly connections: number;
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
    const medians = mediansOf(group);
    const ratioTo = (other: SystemName): number | null => {
      const its = throughputOf({ operation, connections, system: other });
      return its === null ? null : medians.throughput / its;
    };
    const count = counts.find((one) => one.operation === operation && one.system === system);
    return {
      operation,
      system,
      connections,
      ...medians,
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
