import type { Sql } from '../../database/database.js';
import { has, type PageDefinition, rowsOf, uuidKey } from './page.js';

/** Jobs in a state that none can be in. */
export const jobStates: PageDefinition = {
  ...rowsOf('generation_jobs', 'id, owner_id, status, progress, error_code, created_at, started_at, completed_at, archived_at', {
    halves: ['archived_at is null', 'archived_at is not null'],
  }),
  key: [uuidKey('id')],
  size: 10_000,
  faults: `
    select 'job_state_impossible', p.id, p.owner_id, json_build_object('what', w.what)
    from page p
    cross join lateral (select case
      when p.status in ('starting', 'processing') and p.archived_at is not null then 'is unfinished, and archived'
      when p.status = 'processing' and p.started_at is null then 'is processing, and never began'
      when p.status in ('succeeded', 'failed', 'canceled') and p.completed_at is null then 'is over, and has no end'
      when p.status = 'failed' and p.error_code is null then 'failed, and nothing says why'
      when p.status = 'succeeded' and p.progress < 1 then 'succeeded, and is not done'
      when p.completed_at < p.created_at then 'ended before it was submitted' end as what offset 0) w
    where w.what is not null`,
};

/** Whether the queue was ever set up: without it nothing in it can be asked for. */
export async function hasQueue(db: Sql): Promise<boolean> {
  const [row] = await db.query<{ exists: boolean }>(`select to_regclass('graphile_worker.jobs') is not null as "exists"`);
  return row?.exists ?? false;
}

/** A task of the queue that looks after `p`, waiting or at work since $3; $4 is what such tasks are called. */
const task = has(`from graphile_worker.jobs t where t.key = $4::text || ':' || p.id
    and ((t.locked_at is null and t.attempts < t.max_attempts) or t.locked_at > $3::timestamptz)`);

/**
 * Unfinished jobs that take too long, or that nobody looks after. Values: since when a job that is processing, and one that
 * is starting, may be so; and where there is a queue, since when a task may be at work, the tasks' name, and before when a
 * job must have been submitted to be missed.
 */
export const unfinishedJobs = (withQueue: boolean): PageDefinition => ({
  rows: `select id, owner_id, status, created_at, started_at from generation_jobs where archived_at is null and status in ('starting', 'processing')`,
  ownedRows: `select id, owner_id, status, created_at, started_at from generation_jobs
    where owner_id = {owner} and archived_at is null and status in ('starting', 'processing')`,
  key: [{ column: 'created_at', type: 'timestamptz', first: '-infinity' }, uuidKey('id')],
  size: 1_000,
  faults: `
    select f.category, p.id, p.owner_id, json_build_object('status', p.status)
    from page p
    cross join lateral (select case
      when p.status = 'processing' and coalesce(p.started_at, p.created_at) < $1::timestamptz then 'job_stuck'
      when p.status = 'starting' and p.created_at < $2::timestamptz then 'job_stuck'
      ${withQueue ? `when p.created_at < $5::timestamptz and not ${task} then 'job_unattended'` : ''} end as category offset 0) f
    where f.category is not null`,
});

/** Events of jobs; $1 is since when none is missing, because older ones are deleted in no particular order. */
export const jobEvents: PageDefinition = {
  ...rowsOf('job_events', 'owner_id, seq, job_id, status, progress, created_at'),
  key: [uuidKey('owner_id'), { column: 'seq', type: 'bigint', first: '0' }],
  size: 4_000,
  faults: `
    select f.category, f.id, p.owner_id, json_build_object('jobId', p.job_id, 'status', j.status, 'told', p.status)
    from page p
    left join generation_jobs j on j.id = p.job_id
    left join lateral (
      select b.seq, b.created_at from job_events b where b.owner_id = p.owner_id and b.seq < p.seq order by b.seq desc limit 1
    ) b on p.created_at > $1::timestamptz
    cross join lateral (values
      (case when j.id is null or j.owner_id <> p.owner_id then 'event_without_job' end, p.owner_id || '/' || p.seq),
      (case when b.created_at > $1::timestamptz and b.seq < p.seq - 1 then 'events_missing' end, p.owner_id || '/' || p.seq),
      (case when p.created_at > $1::timestamptz and (j.status, j.progress) <> (p.status, p.progress)
         and not ${has('from job_events later where later.job_id = p.job_id and later.seq > p.seq')}
         then 'event_behind_job' end, p.job_id::text)
    ) f (category, id)
    where f.category is not null`,
};
