import type { Sql } from '../database/database.js';
import { generateTask } from '../domain/jobs.js';

/** Tries before a job counts as failed: with the pauses between them (e to the number of tries, seconds) some quarter of an hour. */
export const maxAttempts = 7;

/**
 * Puts the task that looks after a job into the queue, in the transaction of whatever made it necessary. A waiting one is
 * moved to `runAt`; a running one is followed by another.
 */
export async function enqueueGeneration(
  tx: Sql,
  { jobId, ownerId, runAt }: { jobId: string; ownerId: string; runAt?: Date | undefined },
): Promise<void> {
  await tx.query(
    `select from graphile_worker.add_job($1::text, payload := json_build_object('jobId', $2::uuid, 'ownerId', $3::uuid),
       job_key := $1::text || ':' || $2::text, run_at := coalesce($4::timestamptz, now()), max_attempts := $5::smallint)`,
    [generateTask, jobId, ownerId, runAt ?? null, maxAttempts],
  );
}

/**
 * Deletes tasks that are not tried again, and that no process holds: what they were for has ended, or has another task.
 * One that a process held when it was killed counts as held for four hours.
 */
export async function deleteSpentTasks(db: Sql, limit: number): Promise<void> {
  await db.query(
    `select from graphile_worker.complete_jobs(array(
       select id from graphile_worker.jobs
       where task_identifier = $1::text and attempts >= max_attempts
         and (locked_at is null or locked_at < now() - interval '4 hours')
       order by id limit $2::int
     ))`,
    [generateTask, limit],
  );
}
