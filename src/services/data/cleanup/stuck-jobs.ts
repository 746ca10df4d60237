import type { StuckJob } from '../../../repositories/job-writes.js';
import type { FindStuckJobs } from '../../generation/stuck.js';
import { type CleanupWork, goThrough, when } from './task.js';

/** Ends jobs that take too long; the schedule of the work on generations does the same every few seconds. */
export function createStuckJobsTask({ findStuck }: { findStuck: FindStuckJobs }): CleanupWork {
  return async (pass) => {
    const stuck = findStuck();
    await goThrough<StuckJob>(pass, {
      batchSize: 100,
      list: stuck.list,
      idOf: ({ id }) => id,
      describe: ({ status, startedAt, createdAt }) => ({
        action: 'failed',
        reason: `${status === 'processing' ? 'Processing' : 'Starting'} since ${when((status === 'processing' ? startedAt : null) ?? createdAt)}; its charge is given back.`,
      }),
      // Each under its owner's lock, in a transaction of its own.
      async change(jobs) {
        const ended: string[] = [];
        for (const { id, ownerId } of jobs) {
          try {
            if (await stuck.giveUp({ id, ownerId })) ended.push(id);
          } catch (error) {
            pass.failed(id, error);
          }
        }
        return ended;
      },
    });
  };
}
