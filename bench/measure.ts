import { startOf } from './agree.ts';
import type { OperationName, SystemName } from './command-line.mjs';
import type { BenchDatabase } from './database.ts';
import { runLoad, type LoadOrder } from './load.ts';
import type { Task } from './operations/all.ts';
import { cpuMillis, memoryOf, serverCpuMillis } from './processes.ts';
import type { System } from './systems.ts';

/** One measurement: a system, an operation, so many connections, once. */
export interface Measurement {
  readonly operation: OperationName;
  readonly system: SystemName;
  readonly connections: number;
  readonly round: number;
  readonly seconds: number;
  readonly answers: number;
  /** Answers a second. */
  readonly throughput: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of CPU an answer, of the system's process; null where this machine does not tell. */
  readonly nodeCpu: number | null;
  /** The same of all of PostgreSQL's processes. */
  readonly databaseCpu: number | null;
  /** Bytes after it. */
  readonly resident: number | null;
  /** The most that the process had so far. */
  readonly peak: number | null;
}

/** A measurement is never made longer than four times this. */
const patienceSeconds = 60;

/** An answer was wrong under load: a run with it counts for nothing. */
export class LoadFault extends Error {
  override readonly name = 'LoadFault';
}

/** What a system is sent for an operation: all its cases, with the system's own cursors. */
export type Requests = LoadOrder['requests'];

export async function prepareRequests(task: Task, system: System): Promise<Requests> {
  const { operation, cases } = task;
  const requests: Requests[number][] = [];
  for (const one of cases) {
    const after = await startOf(operation, one, system);
    const { path, body } = operation.forms[system.kind].request(one, { after, first: operation.pageSize });
    requests.push({ path, body: JSON.stringify(body), token: one.person.token });
  }
  return requests;
}

export async function measure(options: {
  readonly task: Task;
  readonly system: System;
  /** Further processes of the same system, which share the connections with it. */
  readonly others?: readonly System[];
  readonly requests: Requests;
  readonly connections: number;
  readonly seconds: number;
  readonly runUpSeconds: number;
  readonly round: number;
  /** Requests a second; absent: as many as are answered. */
  readonly rate?: number;
  readonly database: BenchDatabase;
}): Promise<Measurement> {
  const { task, system, others = [], requests, connections, seconds, runUpSeconds, round, rate, database } = options;
  const all = [system, ...others];
  await database.quiet();
  if (task.operation.writes) await database.undoWrites();
  const cpu = () => ({ node: sumOf(all.map(({ pid }) => cpuMillis(pid))), database: serverCpuMillis(database.postmasterPid) });
  let before = cpu();
  const result = await runLoad(
    {
      urls: all.map(({ url }) => url), connections, seconds, runUpSeconds, requests, once: task.operation.writes,
      ...(rate === undefined ? {} : { rate }),
    },
    () => (before = cpu()),
  );
  const after = cpu();
  if (result.faults.length > 0) {
    throw new LoadFault(
      `${system.name}, ${task.operation.name}, ${connections} connections: ${result.faults.join('; ')}.\n${system.complaints()}`,
    );
  }
  if (result.answers === 0) {
    // So slow that nobody was served in time: it gets more of it.
    if (seconds > patienceSeconds) throw new LoadFault(`${system.name}, ${task.operation.name}: nothing was answered.`);
    return measure({ ...options, seconds: seconds * 4 });
  }
  const each = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : (to - from) / result.answers;
  const memory = memoryOf(system.pid);
  return {
    operation: task.operation.name,
    system: system.name,
    connections,
    round,
    seconds: result.seconds,
    answers: result.answers,
    throughput: result.throughput,
    p50: result.p50,
    p99: result.p99,
    nodeCpu: each(before.node, after.node),
    databaseCpu: each(before.database, after.database),
    resident: memory?.resident ?? null,
    peak: memory?.peak ?? null,
  };
}

const sumOf = (values: readonly (number | null)[]): number | null =>
  values.reduce<number | null>((sum, value) => (sum === null || value === null ? null : sum + value), 0);
