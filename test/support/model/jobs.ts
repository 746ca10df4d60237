import { randomUUID } from 'node:crypto';
import type { Seed } from '../seed.js';
import type { Account, Job, Name } from './world.js';

/** Ann has as much under way as she may, Ben has used up his month, and everybody has something that is over. */
const statuses: Readonly<Record<Name, readonly Job['status'][]>> = {
  Ann: ['STARTING', 'STARTING', 'STARTING', 'CANCELED'],
  Ben: ['STARTING', 'STARTING', 'CANCELED'],
  Ada: ['CANCELED'],
};

export function jobsOf(called: Name): Job[] {
  return statuses[called].map((status) => ({
    id: randomUUID(),
    status,
    key: null,
    request: '',
    asked: { mode: 'IMAGINE', roomType: null, prompt: 'A calm room', variants: 2 },
  }));
}

/** Writes what was submitted before a sequence begins, with its charges in the present month. */
export async function insertJobs({ sql }: Pick<Seed, 'sql'>, accounts: readonly Account[]): Promise<void> {
  await sql(
    `with job as (
       insert into generation_jobs (id, owner_id, mode, prompt, aspect_ratio, quality, variants, status, completed_at)
       select id, owner, 'imagine', 'A calm room', '1:1', 'auto', 2, lower(status), case when status = 'CANCELED' then now() end
       from jsonb_to_recordset($1) j (id uuid, owner uuid, status text)
       returning id, owner_id, status, date_trunc('month', now() at time zone 'UTC')::date as period
     ), debit as (
       insert into usage_ledger (owner_id, kind, amount, period, job_id, charge_no)
       select owner_id, 'generation_debit', 1, period, id, 1 from job returning id, job_id, owner_id, period
     ), refund as (
       insert into usage_ledger (owner_id, kind, amount, period, job_id, reverses, reason)
       select debit.owner_id, 'generation_refund', 1, debit.period, job.id, debit.id, 'Canceled before work on it began.'
       from debit join job on job.id = debit.job_id and job.status = 'canceled'
     )
     insert into usage_periods (owner_id, period, debits, refunds)
     select owner_id, period, count(*), count(*) filter (where status = 'canceled') from job group by owner_id, period`,
    [JSON.stringify(accounts.flatMap(({ id: owner, jobs }) => jobs.map(({ id, status }) => ({ id, owner, status }))))],
  );
}
