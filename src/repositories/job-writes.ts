import type { Sql } from '../database/database.js';
import type { SettledSettings } from '../domain/generation-settings.js';
import { generateTask, type JobErrorCode, type JobStatus } from '../domain/jobs.js';
import { generationJobs } from './entities.js';
import { returnedRow, returning } from './query/row-shape.js';
import type { GenerationJobRow } from './rows.js';

/** What only the work on a job needs to know of it. */
export interface JobForWork extends GenerationJobRow {
  readonly predictionId: string | null;
  /** Its owner's account was deleted: nothing may come of it. */
  readonly isOwnerErased: boolean;
}

const workColumns = (): string =>
  `${returning(generationJobs)}, generation_jobs.prediction_id as "predictionId", ` +
  `(select p.erased_at is not null from profiles p where p.id = generation_jobs.owner_id) as "isOwnerErased"`;

export interface NewJob extends SettledSettings {
  readonly ownerId: string;
  readonly input1Path: string | null;
  readonly input2Path: string | null;
  /** Null: the same request again is another job. */
  readonly idempotencyKey: string | null;
  /** Of the request as it was sent. */
  readonly requestHash: string;
  readonly at: Date;
}

/** Writes a job that is to be started. */
export async function createJob(tx: Sql, job: NewJob): Promise<GenerationJobRow> {
  const [row] = await tx.query<Record<string, unknown>>(
    `insert into generation_jobs (owner_id, mode, room_type, style, prompt, aspect_ratio, quality, variants,
       input1_path, input2_path, idempotency_key, request_hash, created_at)
     values ($1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::int,
       $9::text, $10::text, $11::uuid, $12::text, $13::timestamptz)
     returning ${returning(generationJobs)}`,
    [
      job.ownerId,
      job.mode,
      job.roomType,
      job.style,
      job.prompt,
      job.aspectRatio,
      job.quality,
      job.variants,
      job.input1Path,
      job.input2Path,
      job.idempotencyKey,
      job.requestHash,
      job.at,
    ],
  );
  const made = returnedRow<GenerationJobRow>(row);
  if (!made) throw new Error('A job was written and not returned.');
  return made;
}

/** An owner's job as the work on it needs it, archived or not, or null. */
export async function getJobForWork(db: Sql, ownerId: string, id: string): Promise<JobForWork | null> {
  const [row] = await db.query<Record<string, unknown>>(
    `select ${workColumns()} from generation_jobs where id = $2::uuid and owner_id = $1::uuid`,
    [ownerId, id],
  );
  return returnedRow<JobForWork>(row);
}

/** A job's id with its owner's; null where there is no such job. */
export async function findJob(db: Sql, id: string): Promise<JobKey | null> {
  const [row] = await db.query<JobKey>('select id, owner_id as "ownerId" from generation_jobs where id = $1::uuid', [id]);
  return row ?? null;
}

/** The owner of the job that a prediction is for, with the job's id; null where no job has it. */
export async function findJobByPrediction(
  db: Sql,
  predictionId: string,
): Promise<{ readonly id: string; readonly ownerId: string } | null> {
  const [row] = await db.query<{ id: string; ownerId: string }>(
    `select id, owner_id as "ownerId" from generation_jobs where prediction_id = $1::text`,
    [predictionId],
  );
  return row ?? null;
}

/** An owner's job by its idempotency key, with the hash of the request that made it; null where there is none. */
export async function findJobByKey(
  db: Sql,
  ownerId: string,
  key: string,
): Promise<{ readonly job: GenerationJobRow; readonly requestHash: string | null } | null> {
  const [row] = await db.query<Record<string, unknown> & { requestHash: string | null }>(
    `select ${returning(generationJobs)}, generation_jobs.request_hash as "requestHash"
     from generation_jobs where owner_id = $1::uuid and idempotency_key = $2::uuid`,
    [ownerId, key],
  );
  if (!row) return null;
  const { requestHash, ...columns } = row;
  const job = returnedRow<GenerationJobRow>(columns);
  return job && { job, requestHash };
}

/** An owner's jobs that are starting or processing, newest first. */
export async function findInflightJobForUser(db: Sql, ownerId: string): Promise<readonly GenerationJobRow[]> {
  const rows = await db.query<Record<string, unknown>>(
    `select ${returning(generationJobs)} from generation_jobs
     where owner_id = $1::uuid and archived_at is null and status in ('starting', 'processing')
     order by created_at desc, id desc`,
    [ownerId],
  );
  return rows.map((row) => returnedRow<GenerationJobRow>(row)).filter((row) => row !== null);
}

/** Where a job goes. What is absent stays. */
export interface JobMove {
  readonly status: JobStatus;
  readonly progress?: number;
  readonly startedAt?: Date;
  /** Null takes it away. */
  readonly failure?: { readonly code: JobErrorCode; readonly message: string } | null;
  readonly completedAt?: Date;
}

/** Moves a job, and returns it; null where it is in none of the states of `from`. */
export async function setJobStatus(
  tx: Sql,
  ownerId: string,
  id: string,
  from: readonly JobStatus[],
  move: JobMove,
): Promise<GenerationJobRow | null> {
  const [row] = await tx.query<Record<string, unknown>>(
    `update generation_jobs set
       status = $4::text,
       progress = greatest(progress, coalesce($5::float8, progress)),
       started_at = coalesce(started_at, $6::timestamptz),
       completed_at = coalesce($7::timestamptz, completed_at),
       error_code = case when $8::boolean then $9::text else error_code end,
       error = case when $8::boolean then $10::text else error end
     where id = $2::uuid and owner_id = $1::uuid and status = any($3::text[])
     returning ${returning(generationJobs)}`,
    [
      ownerId,
      id,
      from,
      move.status,
      move.progress ?? null,
      move.startedAt ?? null,
      move.completedAt ?? null,
      move.failure !== undefined,
      move.failure?.code ?? null,
      move.failure?.message ?? null,
    ],
  );
  return returnedRow<GenerationJobRow>(row);
}

/** Notes which prediction works on a job, unless one is noted, and returns the one that is; null where there is no such job. */
export async function attachPrediction(
  tx: Sql,
  ownerId: string,
  id: string,
  predictionId: string,
): Promise<string | null> {
  const [row] = await tx.query<{ predictionId: string }>(
    `update generation_jobs set prediction_id = coalesce(prediction_id, $3::text)
     where id = $2::uuid and owner_id = $1::uuid
     returning prediction_id as "predictionId"`,
    [ownerId, id, predictionId],
  );
  return row?.predictionId ?? null;
}

export interface JobKey {
  readonly id: string;
  readonly ownerId: string;
}

/** A job that takes too long. */
export interface StuckJob extends JobKey {
  readonly status: 'starting' | 'processing';
  readonly createdAt: Date;
  readonly startedAt: Date | null;
}

/** Unfinished jobs that began, or were submitted, before these instants, oldest first, behind `after`. */
export function listStuckJobs(
  db: Sql,
  {
    processingSince,
    startingSince,
    after = null,
    limit,
  }: { processingSince: Date; startingSince: Date; after?: Pick<StuckJob, 'id' | 'createdAt'> | null; limit: number },
): Promise<StuckJob[]> {
  return db.query<StuckJob>(
    `select id, owner_id as "ownerId", status, created_at as "createdAt", started_at as "startedAt" from generation_jobs
     where archived_at is null and (
       (status = 'processing' and coalesce(started_at, created_at) < $1::timestamptz)
       or (status = 'starting' and created_at < $2::timestamptz)
     ) and (created_at, id) > ($3::timestamptz, $4::uuid)
     order by created_at, id limit $5::int`,
    [processingSince, startingSince, after?.createdAt ?? '-infinity', after?.id ?? '00000000-0000-0000-0000-000000000000', limit],
  );
}

/**
 * Unfinished jobs from before an instant that no waiting task looks after, oldest first: their task is held by a process,
 * which may be gone, or it was tried as often as it may be.
 */
export function listUnattendedJobs(db: Sql, { before, limit }: { before: Date; limit: number }): Promise<JobKey[]> {
  return db.query<JobKey>(
    `select j.id, j.owner_id as "ownerId" from generation_jobs j
     where j.archived_at is null and j.status in ('starting', 'processing') and j.created_at < $1::timestamptz
       and not exists (
         select from graphile_worker.jobs t
         where t.key = $2::text || ':' || j.id and t.locked_at is null and t.attempts < t.max_attempts
       )
     order by j.created_at limit $3::int`,
    [before, generateTask, limit],
  );
}
