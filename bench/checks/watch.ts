import type { BenchDatabase } from '../database.ts';
import { cpuMillis, memoryOf, privateMemoryOf } from '../processes.ts';

/** The name under which the check's connections are known to the database. */
export const checkApplication = 'bench check';

/** Of the check's process and its connections, seen from outside every few milliseconds. */
export interface Watched {
  readonly looks: number;
  /** All modes in which its connections held locks on tables and indexes, the weakest first. */
  readonly lockModes: readonly string[];
  /** The oldest transaction of its connections that was seen, in milliseconds; it may have gone on until the next look. */
  readonly longestTransaction: number;
  /** In how many looks anybody at all, in the whole database, was waiting for a lock. */
  readonly looksWithWaiting: number;
  /** Resident memory of its process at its highest, in bytes, as the system counts it; null where it does not. */
  readonly peakMemory: number | null;
  /** The most that its connections' server processes had for themselves, together. */
  readonly backendMemory: number | null;
  /** Milliseconds of CPU that its process used. */
  readonly nodeCpu: number | null;
}

export const lookEveryMillis = 50;

/** From PostgreSQL's manual, "Table-Level Locks": each conflicts with more than the one before, or with as many. */
const modes = [
  'AccessShareLock', 'RowShareLock', 'RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock',
  'ExclusiveLock', 'AccessExclusiveLock',
];

interface Look {
  readonly modes: readonly string[];
  readonly transaction: number;
  readonly waiting: number;
  readonly pids: readonly number[];
}

const statement = `
  with activity as materialized (select * from pg_stat_activity where datname = current_database())
  select
    (
      select coalesce(array_agg(distinct l.mode), '{}')
      from pg_locks l join activity a using (pid) where a.application_name = $1 and l.locktype = 'relation' and l.granted
    ) as modes,
    coalesce((
      select max(extract(epoch from clock_timestamp() - xact_start)) * 1000 from activity where application_name = $1
    ), 0)::float8 as transaction,
    (select count(*)::int from activity where wait_event_type = 'Lock') as waiting,
    (select coalesce(array_agg(pid), '{}') from activity where application_name = $1) as pids`;

/** Looks at a check's process from now on, until it is asked what it saw. */
export async function watchCheck(database: BenchDatabase, pid: number): Promise<{ end(): Promise<Watched> }> {
  const client = await database.connect();
  const seenModes = new Set<string>();
  let [looks, longestTransaction, looksWithWaiting] = [0, 0, 0];
  let peakMemory: number | null = null;
  let backendMemory: number | null = null;
  let nodeCpu: number | null = null;
  let isOver = false;

  async function look(): Promise<void> {
    const { rows } = await client.query<Look>({ name: 'look', text: statement, values: [checkApplication] });
    const [seen] = rows;
    if (!seen) throw new Error('A statement that always has a row had none.');
    looks += 1;
    for (const mode of seen.modes) seenModes.add(mode);
    longestTransaction = Math.max(longestTransaction, seen.transaction);
    if (seen.waiting > 0) looksWithWaiting += 1;
    // A process that has ended tells nothing any more: what was read last is what it came to.
    peakMemory = memoryOf(pid)?.peak || peakMemory;
    nodeCpu = cpuMillis(pid) || nodeCpu;
    const backends = seen.pids.map(privateMemoryOf).filter((bytes) => bytes !== null);
    if (backends.length > 0) backendMemory = Math.max(backendMemory ?? 0, backends.reduce((sum, bytes) => sum + bytes, 0));
  }

  async function watch(): Promise<void> {
    while (!isOver) {
      const next = performance.now() + lookEveryMillis;
      await look();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
    }
  }

  const watching = watch().finally(() => client.end());
  // Told of at the end.
  watching.catch(() => undefined);
  return {
    async end() {
      isOver = true;
      await watching;
      const lockModes = [...seenModes].sort((a, b) => modes.indexOf(a) - modes.indexOf(b));
      return { looks, lockModes, longestTransaction, looksWithWaiting, peakMemory, backendMemory, nodeCpu };
    },
  };
}
