import type { Databases, Sql } from '../../database/database.js';
import { ownerTopic } from '../../domain/cache-topics.js';
import { isFinished, type JobErrorCode, type JobStatus, unfinished } from '../../domain/jobs.js';
import * as events from '../../repositories/job-events.js';
import * as jobs from '../../repositories/job-writes.js';
import * as ledger from '../../repositories/ledger.js';
import * as profiles from '../../repositories/profiles.js';
import type { GenerationJobRow } from '../../repositories/rows.js';
import type { Cache } from '../cache/cache.js';

/** Which job. The owner's row is what is locked while it moves. */
export type JobKey = jobs.JobKey;

/** Why generations are given back; people read it in their ledger. */
export const refundReasons = {
  failed: 'The generation failed.',
  stuck: 'The generation took too long and was given up.',
  canceled: 'Canceled before work on it began.',
} as const;

/** What people read of a job that took too long. */
export const stuckMessage = 'This took too long and was given up; it was not charged. Try again.';

/** Moves a job that is at `job`, under the lock of its owner's row, and writes the event; null where it has moved on. */
export async function moveJob(
  tx: Sql,
  job: Pick<GenerationJobRow, 'id' | 'ownerId'>,
  { from, at, ...move }: jobs.JobMove & { readonly from: readonly JobStatus[]; readonly at: Date },
): Promise<GenerationJobRow | null> {
  const moved = await jobs.setJobStatus(tx, job.ownerId, job.id, from, {
    ...move,
    ...(isFinished(move.status) ? { completedAt: at } : {}),
  });
  if (!moved) return null;
  await events.recordJobEvent(tx, {
    ownerId: job.ownerId,
    jobId: job.id,
    status: move.status,
    progress: moved.progress,
    createdAt: at,
  });
  return moved;
}

/**
 * Cancels a job that is at `job`, under the lock of its owner's row; null where it had come to its end. While it is
 * starting its charge is given back; once a provider is at work it is not.
 */
export async function cancelJob(tx: Sql, job: Pick<GenerationJobRow, 'id' | 'ownerId' | 'status'>, at: Date): Promise<GenerationJobRow | null> {
  const canceled = await moveJob(tx, job, { from: unfinished, status: 'canceled', at });
  if (canceled && job.status === 'starting') {
    await ledger.refundGeneration(tx, { ownerId: job.ownerId, jobId: job.id, reason: refundReasons.canceled, at });
  }
  return canceled;
}

export type JobStates = ReturnType<typeof createJobStates>;

/**
 * How jobs move, for whoever works on them: forward only, each move with its event and its charge in one transaction,
 * under the lock of the owner's row. Late and repeated calls find the job where it is and do no harm.
 */
export function createJobStates({
  databases,
  cache,
  clock,
}: {
  databases: Databases;
  cache: Cache;
  clock: (() => Date) | null;
}) {
  /** Null where there is no such job. */
  async function underLock<T>(
    { id, ownerId }: JobKey,
    work: (tx: Sql, job: jobs.JobForWork, at: Date) => Promise<T>,
  ): Promise<T | null> {
    try {
      return await databases.service({ kind: 'system' }).transaction(async (tx) => {
        const standing = await profiles.lockStanding(tx, ownerId);
        const job = standing && (await jobs.getJobForWork(tx, ownerId, id));
        return job && work(tx, job, clock?.() ?? standing.lockedAt);
      });
    } finally {
      cache.drop([ownerTopic(ownerId)]);
    }
  }

  async function failUnderLock(
    tx: Sql,
    job: GenerationJobRow,
    failure: { readonly code: JobErrorCode; readonly message: string },
    reason: string,
    at: Date,
  ): Promise<boolean> {
    const moved = await moveJob(tx, job, { from: unfinished, status: 'failed', failure, at });
    if (!moved) return false;
    await ledger.refundGeneration(tx, { ownerId: job.ownerId, jobId: job.id, reason, at });
    return true;
  }

  return {
    underLock,

    /**
     * A provider began: notes its prediction and moves the job to processing. Returns the prediction that is to be
     * worked on, which is an earlier one where there is one; null where the job is over, as after a cancellation, and where
     * its owner's account was deleted.
     */
    begin: (key: JobKey, predictionId: string): Promise<string | null> =>
      underLock(key, async (tx, job, at) => {
        if (isFinished(job.status) || job.isOwnerErased) return null;
        const attached = await jobs.attachPrediction(tx, key.ownerId, key.id, predictionId);
        await moveJob(tx, job, { from: ['starting'], status: 'processing', startedAt: at, at });
        return attached;
      }),

    /** Notes how far a job has come, from 0 to 1; what does not go forward, or comes late, changes nothing. */
    report: (key: JobKey, progress: number): Promise<unknown> =>
      underLock(key, async (tx, job, at) => {
        // The last step is the success itself.
        const reached = Math.min(0.99, progress);
        if (job.status !== 'processing' || !(reached > job.progress)) return;
        await moveJob(tx, job, { from: ['processing'], status: 'processing', progress: reached, at });
      }),

    /** Ends a job without a result, and gives its charge back; false where it had ended before. */
    fail: async (
      key: JobKey,
      failure: { readonly code: Exclude<JobErrorCode, 'timed_out'>; readonly message: string },
    ): Promise<boolean> =>
      (await underLock(key, (tx, job, at) => failUnderLock(tx, job, failure, refundReasons.failed, at))) ?? false,

    /** Ends a job that took too long, unless it has moved on since it was listed. */
    giveUp: async (key: JobKey, isStuck: (job: GenerationJobRow) => boolean): Promise<boolean> =>
      (await underLock(key, async (tx, job, at) =>
        isStuck(job) && failUnderLock(tx, job, { code: 'timed_out', message: stuckMessage }, refundReasons.stuck, at),
      )) ?? false,
  };
}
