import type { BenchDatabase } from '../database.ts';
import { cpuMillis, serverCpuMillis } from '../processes.ts';

/** Milliseconds of CPU; null where this machine does not tell. */
export interface Cost {
  /** Of the process that is measured. */
  readonly node: number | null;
  /** Of all of PostgreSQL's processes. */
  readonly database: number | null;
}

/** What has been used since `begin`, divided by `divisor`. */
export function meterCost(pid: number, { postmasterPid }: BenchDatabase) {
  const read = (): Cost => ({ node: cpuMillis(pid), database: serverCpuMillis(postmasterPid) });
  let before = read();
  const each = (from: number | null, to: number | null, divisor: number): number | null =>
    from === null || to === null ? null : (to - from) / divisor;
  return {
    begin: (): void => void (before = read()),
    end(divisor: number): Cost {
      const after = read();
      return { node: each(before.node, after.node, divisor), database: each(before.database, after.database, divisor) };
    },
  };
}
