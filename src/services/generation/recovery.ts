import type { Databases } from '../../database/database.js';
import { DatabaseUnavailable } from '../../database/errors.js';
import { deleteSpentTasks, enqueueGeneration } from '../../repositories/generation-queue.js';
import * as events from '../../repositories/job-events.js';
import * as jobs from '../../repositories/job-writes.js';
import type { JobKey } from './states.js';
import type { FindStuckJobs } from './stuck.js';

const batchSize = 500;
const hour = 60 * 60 * 1_000;
/** What grew too old while no process ran is found for so long; beyond that, it goes with the owner's next job. */
const eventsSoughtMs = 72 * hour;
const eventsDeletedEveryMs = 10 * 60 * 1_000;
/** A task that was just taken from the queue is about to be seen at work. */
const settlingMs = 5_000;

/** What a pass came to. */
export interface RecoveryReport {
  /** Jobs that took too long: failed, and given back. */
  readonly stuck: number;
  /** Jobs that nobody worked on any more: back in the queue. */
  readonly revived: number;
  /** Old events that were deleted. */
  readonly events: number;
}

export type Recovery = ReturnType<typeof createRecovery>;

/** Finds jobs that nobody looks after: their process is gone, or they take too long. */
export function createRecovery({
  databases,
  findStuck,
  isWorkedOn,
  onFault,
  now,
}: {
  databases: Databases;
  findStuck: FindStuckJobs;
  /** Whether some process works on a job at this moment. */
  isWorkedOn: (key: JobKey) => Promise<boolean>;
  /** Told of what went wrong with a job that is our own fault. */
  onFault: (error: unknown, key: JobKey) => void;
  now: () => Date;
}) {
  const system = () => databases.service({ kind: 'system' });
  const ago = (ms: number): Date => new Date(now().getTime() - ms);

  /**
   * Ends the jobs that have been processing, or starting, for longer than configured, and gives their charges back.
   * Returns how many.
   */
  async function markStuckJobsAsFailed(): Promise<number> {
    const stuck = findStuck();
    /** One that cannot be ended now, such as a locked account's, does not keep the others waiting. */
    const giveUp = async (key: JobKey): Promise<boolean> => {
      try {
        return await stuck.giveUp(key);
      } catch (error) {
        if (error instanceof DatabaseUnavailable) throw error;
        onFault(error, key);
        return false;
      }
    };
    let failed = 0;
    let found: readonly jobs.StuckJob[] = [];
    do {
      found = await stuck.list({ after: found.at(-1) ?? null, limit: batchSize });
      for (const key of found) if (await giveUp(key)) failed += 1;
    } while (found.length === batchSize);
    return failed;
  }

  /** Puts the jobs back into the queue that no task waits for and no process works on. Returns how many. */
  async function revive(): Promise<number> {
    const found = await jobs.listUnattendedJobs(system(), { before: ago(settlingMs), limit: batchSize });
    let revived = 0;
    for (const { id, ownerId } of found) {
      if (await isWorkedOn({ id, ownerId })) continue;
      await enqueueGeneration(system(), { jobId: id, ownerId });
      revived += 1;
    }
    return revived;
  }

  let eventsDeletedAt = -Infinity;

  async function deleteOldEvents(): Promise<number> {
    const at = performance.now();
    if (at - eventsDeletedAt < eventsDeletedEveryMs) return 0;
    eventsDeletedAt = at;
    return events.deleteJobEvents(system(), { from: ago(eventsSoughtMs), before: ago(events.eventsKeptMs), limit: 10_000 });
  }

  return {
    markStuckJobsAsFailed,

    /** One pass over everything. */
    async recover(): Promise<RecoveryReport> {
      const stuck = await markStuckJobsAsFailed();
      const revived = await revive();
      await deleteSpentTasks(system(), batchSize);
      return { stuck, revived, events: await deleteOldEvents() };
    },
  };
}
