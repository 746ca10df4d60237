import type { Sql } from '../database/database.js';
import type { JobEvent, JobStatus } from '../domain/jobs.js';
import type { Selection } from '../domain/selection.js';
import { generationJobs } from './entities.js';
import { decodeRow, selectRow } from './query/row-shape.js';
import { limitSql, StatementBuilder } from './query/statement.js';
import type { GenerationJobRow } from './rows.js';

/** So long a subscription can go on from an event. */
export const eventsKeptMs = 24 * 60 * 60 * 1_000;

/**
 * Writes down a change of a job, numbered behind the owner's last one, and deletes those of theirs that are kept no longer.
 * The owner's row must be locked: two changes would take the same number.
 */
export async function recordJobEvent(tx: Sql, event: Omit<JobEvent, 'seq'>): Promise<void> {
  await tx.query(
    // The number is found among those that are being deleted as well: both see what was there before the statement.
    `with old as (delete from job_events where owner_id = $1::uuid and created_at < $6::timestamptz)
     insert into job_events (owner_id, seq, job_id, status, progress, created_at)
     select $1::uuid, coalesce(max(e.seq), 0) + 1, $2::uuid, $3::text, $4::float8, $5::timestamptz
     from job_events e where e.owner_id = $1::uuid`,
    [
      event.ownerId,
      event.jobId,
      event.status,
      event.progress,
      event.createdAt,
      new Date(event.createdAt.getTime() - eventsKeptMs),
    ],
  );
}

/**
 * Deletes events of a span of time; returns how many. Each owner's newest one stays, because the next is numbered behind
 * it. The span has a beginning for their sake: everybody who was ever active has one, and they need not be looked at for ever.
 */
export async function deleteJobEvents(
  db: Sql,
  { from, before, limit }: { from: Date; before: Date; limit: number },
): Promise<number> {
  const [row] = await db.query<{ deleted: number }>(
    `with old as (
       select e.owner_id, e.seq from job_events e
       where e.created_at >= $1::timestamptz and e.created_at < $2::timestamptz
         and exists (select from job_events newer where newer.owner_id = e.owner_id and newer.seq > e.seq)
       limit $3::int
     ),
     gone as (delete from job_events e using old where e.owner_id = old.owner_id and e.seq = old.seq returning 1)
     select count(*)::int as deleted from gone`,
    [from, before, limit],
  );
  return row?.deleted ?? 0;
}

/** Jobs as they are, with the place of each and of the whole among the owner's events, as of one instant. */
export interface JobsNow {
  /** The owner's newest event; 0 where there never was one. */
  readonly newest: number;
  /** Whether everything that came after the event that was asked about is still there, so that a reader can go on from it. */
  readonly goesOn: boolean;
  /** In the order of `seq`, each job's own newest event; 0 where it has none any more. */
  readonly jobs: readonly { readonly seq: number; readonly status: JobStatus; readonly job: GenerationJobRow }[];
}

/**
 * An owner's job by id, whatever its state, or with null those that are starting or processing. One statement, so that
 * rows and `newest` belong together: what is not in the rows has an event behind it. `after` null asks about no event.
 */
export async function readJobsNow(
  db: Sql,
  ownerId: string,
  { jobId, after, selection }: { jobId: string | null; after: number | null; selection: Selection },
): Promise<JobsNow> {
  const builder = new StatementBuilder();
  const row = builder.alias('r');
  const { list, joins } = selectRow(builder, generationJobs, row, selection);
  const owner = builder.bind(ownerId, 'uuid');
  const wanted =
    jobId === null
      ? `${row}.archived_at is null and ${row}.status in ('starting', 'processing')`
      : `${row}.id = ${builder.bind(jobId, 'uuid')}`;
  // Numbers have no gaps, and what is old goes in no particular order: so the later ones are counted.
  const last = builder.bind(after, 'bigint');
  const rows = await builder.rows(
    db,
    `select n.newest, n.newest - ${last} = (select count(*) from job_events e where e.owner_id = ${owner} and e.seq > ${last}),
       coalesce(s.seq, 0), ${row}.status, ${list}
     from (select coalesce(max(e.seq), 0) as newest from job_events e where e.owner_id = ${owner}) n
     left join generation_jobs ${row} on ${row}.owner_id = ${owner} and ${wanted}
     left join lateral (select max(e.seq) as seq from job_events e where e.job_id = ${row}.id) s on true${joins}
     order by coalesce(s.seq, 0), ${row}.created_at, ${row}.id`,
  );
  const [first] = rows;
  if (!first) throw new Error('A statement that always has a row had none.');
  return {
    newest: first[0] as number,
    goesOn: first[1] === true,
    jobs: rows.flatMap((values) => {
      const status = values[3] as JobStatus | null;
      if (status === null) return [];
      return [{ seq: values[2] as number, status, job: decodeRow<GenerationJobRow>(generationJobs, selection, values, 'first', undefined, 4) }];
    }),
  };
}

/** An event, and the row of its job as it is now; null where the job was not asked for. */
export interface JobEventWithJob extends JobEvent {
  readonly job: GenerationJobRow | null;
}

/** An owner's events after one, in their order, at most `limit`; their jobs where `jobId` is theirs, or null. */
export async function listJobEvents(
  db: Sql,
  ownerId: string,
  { after, jobId, limit, selection }: { after: number; jobId: string | null; limit: number; selection: Selection },
): Promise<JobEventWithJob[]> {
  const builder = new StatementBuilder();
  const row = builder.alias('r');
  const { list, joins } = selectRow(builder, generationJobs, row, selection);
  const wanted = jobId === null ? '' : ` and ${row}.id = ${builder.bind(jobId, 'uuid')}`;
  const rows = await builder.rows(
    db,
    `select e.seq, e.job_id, e.status, e.progress, e.created_at, ${row}.id is not null, ${list}
     from (
       select * from job_events e where e.owner_id = ${builder.bind(ownerId, 'uuid')} and e.seq > ${builder.bind(after, 'bigint')}
       order by e.seq limit ${limitSql(limit)}
     ) e
     left join generation_jobs ${row} on ${row}.id = e.job_id and ${row}.owner_id = e.owner_id${wanted}${joins}
     order by e.seq`,
  );
  return rows.map((values) => ({
    ownerId,
    seq: values[0] as number,
    jobId: values[1] as string,
    status: values[2] as JobStatus,
    progress: values[3] as number,
    createdAt: values[4] as Date,
    job: values[5] === true ? decodeRow<GenerationJobRow>(generationJobs, selection, values, 'first', undefined, 6) : null,
  }));
}

/** An owner whom somebody who watches has to hear of. */
export interface OwnerWithNews {
  readonly ownerId: string;
  /** Their newest event; 0 where they have none any more. */
  readonly seq: number;
  /** Their account was deleted. */
  readonly isErased: boolean;
}

/** Of these owners, those who have an event after the one that is given, and those whose account was deleted. */
export function listNewestJobEvents(
  db: Sql,
  known: readonly { readonly ownerId: string; readonly after: number }[],
): Promise<OwnerWithNews[]> {
  return db.query<OwnerWithNews>(
    `select k.owner_id as "ownerId", coalesce(n.seq, 0) as seq, p.erased_at is not null as "isErased"
     from unnest($1::uuid[], $2::bigint[]) k (owner_id, seq)
     join profiles p on p.id = k.owner_id
     cross join lateral (select max(e.seq) as seq from job_events e where e.owner_id = k.owner_id) n
     where n.seq > k.seq or p.erased_at is not null`,
    [known.map(({ ownerId }) => ownerId), known.map(({ after }) => after)],
  );
}
