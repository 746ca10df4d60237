import type { Sql } from '../database/database.js';
import { generateTask } from '../domain/jobs.js';

/*
 * What a clean-up finds and takes away. Each kind is listed in pages, in the order of its age, behind the last row of the
 * page before; a page holds what may stay, too, so that it is counted. Whatever is changed is looked at again by the
 * statement that changes it: what has moved on since is left, and so is what another transaction holds, where the role may
 * lock rows of the table.
 */

/** Sorts before every row. */
const beginning = { time: '-infinity', uuid: '00000000-0000-0000-0000-000000000000' } as const;

export interface PageOf<Row> {
  /** The last row of the page before; null at the beginning. */
  readonly after: Row | null;
  readonly limit: number;
}

/** A job that came to its end long ago. */
export interface OldJob {
  readonly id: string;
  readonly completedAt: Date;
}

/** One that was given up as stuck may succeed late, however late; see `mayStillSucceed` of the service. */
const isOver = `archived_at is null and error_code is distinct from 'timed_out'`;

/** Jobs that came to their end before an instant and are not archived. */
export function listOldJobs(db: Sql, before: Date, { after, limit }: PageOf<OldJob>): Promise<OldJob[]> {
  return db.query<OldJob>(
    `select id, completed_at as "completedAt" from generation_jobs
     where ${isOver} and completed_at < $1::timestamptz and (completed_at, id) > ($2::timestamptz, $3::uuid)
     order by completed_at, id limit $4::int`,
    [before, after?.completedAt ?? beginning.time, after?.id ?? beginning.uuid, limit],
  );
}

/** Archives those of these jobs that came to their end before an instant; returns their ids. */
export async function archiveJobs(db: Sql, ids: readonly string[], { before, at }: { before: Date; at: Date }): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `with old as (
       select id from generation_jobs where id = any($1::uuid[]) and ${isOver} and completed_at < $2::timestamptz
       for no key update skip locked
     )
     update generation_jobs j set archived_at = $3::timestamptz from old where j.id = old.id returning j.id`,
    [ids, before, at],
  );
  return rows.map(({ id }) => id);
}

/** The record of a provider's event that was processed. */
export interface ProcessedEvent {
  readonly id: string;
  readonly processedAt: Date;
}

/** Records of events that were processed before an instant. */
export function listProcessedEvents(db: Sql, before: Date, { after, limit }: PageOf<ProcessedEvent>): Promise<ProcessedEvent[]> {
  return db.query<ProcessedEvent>(
    `select id, processed_at as "processedAt" from webhook_events
     where processed_at < $1::timestamptz and (processed_at, id) > ($2::timestamptz, $3::uuid)
     order by processed_at, id limit $4::int`,
    [before, after?.processedAt ?? beginning.time, after?.id ?? beginning.uuid, limit],
  );
}

/** Deletes those of these records that were processed before an instant; returns their ids. */
export async function deleteProcessedEvents(db: Sql, ids: readonly string[], before: Date): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `with old as (
       select id from webhook_events where id = any($1::uuid[]) and processed_at < $2::timestamptz for update skip locked
     )
     delete from webhook_events e using old where e.id = old.id returning e.id`,
    [ids, before],
  );
  return rows.map(({ id }) => id);
}

/** A change of a job that nobody goes on from any more. */
export interface OldJobEvent {
  readonly ownerId: string;
  readonly seq: number;
  readonly createdAt: Date;
  /** The owner's newest: the next one is numbered behind it, so it stays. */
  readonly isNewest: boolean;
}

/** Changes of jobs from before an instant. */
export function listOldJobEvents(db: Sql, before: Date, { after, limit }: PageOf<OldJobEvent>): Promise<OldJobEvent[]> {
  return db.query<OldJobEvent>(
    `select e.owner_id as "ownerId", e.seq, e.created_at as "createdAt",
       not exists (select from job_events newer where newer.owner_id = e.owner_id and newer.seq > e.seq) as "isNewest"
     from job_events e
     where e.created_at < $1::timestamptz and (e.created_at, e.owner_id, e.seq) > ($2::timestamptz, $3::uuid, $4::bigint)
     order by e.created_at, e.owner_id, e.seq limit $5::int`,
    [before, after?.createdAt ?? beginning.time, after?.ownerId ?? beginning.uuid, after?.seq ?? 0, limit],
  );
}

/** Deletes those of these changes that are from before an instant and not their owner's newest; returns them. */
export function deleteOldJobEvents(
  db: Sql,
  events: readonly Pick<OldJobEvent, 'ownerId' | 'seq'>[],
  before: Date,
): Promise<Pick<OldJobEvent, 'ownerId' | 'seq'>[]> {
  return db.query(
    `with old as (
       select e.owner_id, e.seq from unnest($1::uuid[], $2::bigint[]) named (owner_id, seq)
       join job_events e on e.owner_id = named.owner_id and e.seq = named.seq
       where e.created_at < $3::timestamptz
         and exists (select from job_events newer where newer.owner_id = e.owner_id and newer.seq > e.seq)
     )
     delete from job_events e using old where e.owner_id = old.owner_id and e.seq = old.seq
     returning e.owner_id as "ownerId", e.seq`,
    [events.map(({ ownerId }) => ownerId), events.map(({ seq }) => seq), before],
  );
}

/** A task of the queue that looks after a job. */
export interface QueuedTask {
  readonly id: string;
  /** The task's key, which names the job. */
  readonly key: string | null;
  /** It waits, and the job that its key names does not exist. */
  readonly isOrphan: boolean;
}

/** A key that names no job is no reason to delete a task: only the work knows what it is for. */
const jobOfTask = `case when t.key ~ ('^' || $1::text || ':[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$') then split_part(t.key, ':', 2)::uuid end`;
const isOrphanTask = `coalesce(t.locked_at is null and not exists (select from generation_jobs j where j.id = job.id) and job.id is not null, false)`;

/** Tasks that look after jobs. */
export function listQueuedTasks(db: Sql, { after, limit }: PageOf<QueuedTask>): Promise<QueuedTask[]> {
  return db.query<QueuedTask>(
    `select t.id::text as id, t.key, ${isOrphanTask} as "isOrphan"
     from graphile_worker.jobs t cross join lateral (select ${jobOfTask} as id) job
     where t.task_identifier = $1::text and t.id > $2::bigint order by t.id limit $3::int`,
    [generateTask, after?.id ?? '0', limit],
  );
}

/** Deletes those of these tasks that wait for a job which does not exist; returns their ids. */
export async function deleteOrphanTasks(db: Sql, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select id::text as id from graphile_worker.complete_jobs(array(
       select t.id from graphile_worker.jobs t cross join lateral (select ${jobOfTask} as id) job
       where t.id = any($2::bigint[]) and ${isOrphanTask}
     ))`,
    [generateTask, ids],
  );
  return rows.map(({ id }) => id);
}

/** An upload whose form's time is over. */
export interface OldUpload {
  readonly id: string;
  readonly state: 'pending' | 'ready' | 'used';
  readonly expiresAt: Date;
  /** Nothing can come of it: it was never completed, or what was kept of it is gone. */
  readonly isSpent: boolean;
}

/** A photo is on record until its bytes are gone (repositories/assets.ts), and is submitted only while it is. */
const isSpentUpload = `(u.state = 'pending' or not exists (select from assets a where a.path = u.path))`;

/** Uploads of some states whose forms' time was over before an instant. */
export function listOldUploads(
  db: Sql,
  { states, before }: { readonly states: readonly OldUpload['state'][]; readonly before: Date },
  { after, limit }: PageOf<OldUpload>,
): Promise<OldUpload[]> {
  return db.query<OldUpload>(
    `select u.id, u.state, u.expires_at as "expiresAt", ${isSpentUpload} as "isSpent" from uploads u
     where u.state = any($1::text[]) and u.expires_at < $2::timestamptz
       and (u.state, u.expires_at, u.id) > ($3::text, $4::timestamptz, $5::uuid)
     order by u.state, u.expires_at, u.id limit $6::int`,
    [states, before, after?.state ?? '', after?.expiresAt ?? beginning.time, after?.id ?? beginning.uuid, limit],
  );
}

/** Deletes those of these uploads of which nothing can come; returns their ids. */
export async function deleteSpentUploads(
  db: Sql,
  ids: readonly string[],
  { states, before }: { readonly states: readonly OldUpload['state'][]; readonly before: Date },
): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `with spent as (
       select u.id from uploads u
       where u.id = any($1::uuid[]) and u.state = any($2::text[]) and u.expires_at < $3::timestamptz and ${isSpentUpload}
       for update skip locked
     )
     delete from uploads u using spent where u.id = spent.id returning u.id`,
    [ids, states, before],
  );
  return rows.map(({ id }) => id);
}
