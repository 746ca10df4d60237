import type { WantedSoak } from '../command-line.mjs';
import type { BenchDatabase } from '../database.ts';
import type { Machine } from '../machine.ts';
import { memoryOf, privateMemoryOf } from '../processes.ts';
import type { System } from '../systems.ts';
import type { Window } from './load.ts';

/** What is read of the gateway and its database at a moment. */
export interface Reading {
  /** Seconds since the load began. */
  readonly at: number;
  /** The load of the window that has just ended; null in a pause. */
  readonly window: Window | null;
  /** Bytes of the gateway's process; null where this machine does not tell. */
  readonly resident: number | null;
  /** Bytes of JavaScript, garbage included. */
  readonly heapUsed: number;
  /** The gateway's to the database. */
  readonly connections: number;
  /** Bytes that their server processes have for themselves. */
  readonly backendMemory: number | null;
}

/** Everything that a run found out. */
export interface Soaked {
  readonly wanted: WantedSoak;
  readonly machine: Machine;
  readonly startedAt: Date;
  /** In whose names it asked. */
  readonly people: number;
  readonly readings: readonly Reading[];
}

export async function read(
  { system, database }: { readonly system: System; readonly database: BenchDatabase },
  at: number,
  window: Window | null,
): Promise<Reading> {
  const resident = memoryOf(system.pid)?.resident ?? null;
  const { rows } = await database.superuser.query<{ pid: number }>(
    `select pid from pg_stat_activity where usename in ('roomfeed_gateway', 'roomfeed_service')`,
  );
  const memories = rows.map(({ pid }) => privateMemoryOf(pid));
  return {
    at,
    window,
    resident,
    heapUsed: await heapUsedOf(system),
    connections: rows.length,
    backendMemory: memories.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0),
  };
}

async function heapUsedOf({ url }: System): Promise<number> {
  const response = await fetch(`${url}/metrics`);
  const found = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(await response.text())?.[1];
  if (!response.ok || found === undefined) throw new Error('The gateway does not tell its metrics.');
  return Number(found);
}
