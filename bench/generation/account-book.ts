import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { BenchDatabase } from '../database.ts';
import { signToken } from '../people.ts';

/** Somebody who submits and watches; the seed has no rows of theirs. */
export interface Submitter {
  readonly id: string;
  readonly token: string;
}

/** The people of this bench with all that they submit, apart from the seed. */
export interface AccountBook {
  readonly people: readonly Submitter[];
  /** Submits so many generations, spread over the people, in one transaction and without any gateway. */
  fill(jobs: number): Promise<void>;
  /**
   * Resolves when nothing waits in the queue any more.
   *
   * @throws BooksDiffer where something still does after minutes, as a task that fails again and again.
   */
  emptied(): Promise<void>;
  /** Takes out everything that was submitted and made, also where a run was stopped. */
  clear(): Promise<void>;
  /**
   * How many generations were submitted.
   *
   * @throws BooksDiffer where jobs, debits, monthly sums (of anybody), events and (unless `worked`) queued tasks are not as
   * many, or where something that was to be `worked` on did not succeed.
   */
  check(options: { readonly worked: boolean }): Promise<number>;
  /** Takes out the people, too. */
  remove(): Promise<void>;
}

/** What was written does not belong together, so that nothing about its speed means anything. */
export class BooksDiffer extends Error {
  override readonly name = 'BooksDiffer';
}

/** Enough that nobody waits for their own lock often, and that each has few streams. */
const crowd = 1_000;

/** No plan's: the quota must not be what is measured. The same number stands in the gateway's configuration. */
export const plenty = 100_000;

/** The slowest round takes half a minute on a busy machine. */
const patienceMillis = 5 * 60_000;

const limits = readFileSync(new URL('limits.sql', import.meta.url), 'utf8');

/** In an order in which nothing refers to what is gone. */
const tablesOfOwners = [
  'job_events', 'usage_ledger', 'usage_periods', 'collection_items', 'render_variants', 'renders', 'generation_jobs', 'assets',
];

/** Needs the queue's tables, which a gateway or worker makes at its first start. */
export async function openAccountBook({ superuser }: BenchDatabase): Promise<AccountBook> {
  const ids = Array.from({ length: crowd }, (_, i) => idOf(i));
  const owned = 'owner_id = any($1::uuid[])';

  /** Without triggers, which refuse to change the ledger, and without notices. */
  async function unhindered(work: () => Promise<void>): Promise<void> {
    await superuser.query("set session_replication_role = 'replica'");
    await work().finally(() => superuser.query("set session_replication_role = 'origin'"));
  }

  /** Vacuums, too: the next measurement finds the tables as this one did. */
  async function clear(): Promise<void> {
    await unhindered(async () => {
      for (const table of tablesOfOwners) await superuser.query(`delete from ${table} where ${owned}`, [ids]);
      await superuser.query('truncate graphile_worker._private_jobs');
    });
    for (const table of tablesOfOwners) await superuser.query(`vacuum ${table}`);
    // What this wrote is on disk before the next measurement writes.
    await superuser.query('checkpoint');
  }

  async function removePeople(): Promise<void> {
    await superuser.query('drop schema if exists bench cascade');
    await unhindered(async () => {
      for (const table of ['collections', 'plan_changes']) await superuser.query(`delete from ${table} where ${owned}`, [ids]);
      await superuser.query('delete from profiles where id = any($1::uuid[])', [ids]);
    });
  }

  await clear();
  await removePeople();
  await superuser.query(limits);
  await superuser.query(
    `insert into profiles (id, email, name)
     select id, 'bench-' || n || '@roomfeed.test', 'Bench ' || n from unnest($1::uuid[]) with ordinality p (id, n)`,
    [ids],
  );

  return {
    people: ids.map((id) => ({ id, token: signToken(id) })),
    async fill(jobs) {
      await superuser.query(
        `select bench.submit_generation(($1::uuid[])[1 + n % $2::int], gen_random_uuid(), 'A calm bedroom', $3::int)
         from generate_series(1, $4::int) n`,
        [ids, crowd, plenty, jobs],
      );
    },
    async emptied() {
      const deadline = performance.now() + patienceMillis;
      let error: string | null = null;
      while (performance.now() < deadline) {
        const { rows } = await superuser.query<{ error: string | null }>('select last_error as error from graphile_worker._private_jobs limit 1');
        const [waiting] = rows;
        if (waiting === undefined) return;
        error = waiting.error;
        await delay(10);
      }
      throw new BooksDiffer(`The queue is not empty after ${patienceMillis / 60_000} minutes; of one task it says: ${error ?? 'nothing'}.`);
    },
    clear,
    async check({ worked }) {
      const { rows } = await superuser.query<Record<'jobs' | 'debits' | 'sums' | 'events' | 'tasks' | 'unfinished' | 'wronged', number>>(
        `select
           (select count(*)::int from generation_jobs where ${owned}) as jobs,
           (select count(*)::int from usage_ledger where ${owned} and kind = 'generation_debit' and charge_no = 1) as debits,
           (select coalesce(sum(debits - refunds), 0)::int from usage_periods where ${owned}) as sums,
           (select count(*)::int from job_events where ${owned} and status = 'starting') as events,
           (select count(*)::int from graphile_worker._private_jobs) as tasks,
           (select count(*)::int from generation_jobs where ${owned} and status <> 'succeeded') as unfinished,
           (
             select count(*)::int
             from (select owner_id, count(*) as n from generation_jobs where ${owned} group by owner_id) j
             full join (select owner_id, sum(debits - refunds) as n from usage_periods where ${owned} group by owner_id) p using (owner_id)
             where j.n is distinct from p.n
           ) as wronged`,
        [ids],
      );
      const found = rows[0];
      if (!found) throw new BooksDiffer('The books are empty.');
      const { jobs, debits, sums, events, tasks, unfinished, wronged } = found;
      const areEqual = debits === jobs && sums === jobs && events === jobs && wronged === 0;
      if (!areEqual || (worked ? unfinished !== 0 : tasks !== jobs)) throw new BooksDiffer(`The books differ: ${JSON.stringify(found)}.`);
      return jobs;
    },
    async remove() {
      // A run that is stopped may be in the middle of one.
      await superuser.query('rollback');
      await clear();
      await removePeople();
    },
  };
}

/** The same in every run, so that what a stopped one left is found. */
function idOf(place: number): string {
  const hex = createHash('md5').update(`a person of the bench of generations, ${place}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join('-');
}
