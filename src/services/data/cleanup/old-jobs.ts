import type { RuntimeConfiguration } from '../../../config/runtime.js';
import type { Databases } from '../../../database/database.js';
import * as cleanup from '../../../repositories/data-cleanup.js';
import { type CleanupWork, goThrough, when } from './task.js';

const day = 24 * 60 * 60 * 1_000;

/**
 * Archives jobs that ended long ago. None is deleted, and nothing else of it changes: what names it still shows it. One
 * that was given up as stuck is left, because it may succeed late.
 */
export function createOldJobsTask({
  databases,
  runtime,
  now,
}: {
  databases: Databases;
  runtime: Pick<RuntimeConfiguration, 'archiveJobsAfterDays'>;
  now: () => Date;
}): CleanupWork {
  const system = () => databases.service({ kind: 'system' });
  return async (pass) => {
    const at = now();
    const before = new Date(at.getTime() - runtime.archiveJobsAfterDays * day);
    await goThrough<cleanup.OldJob>(pass, {
      list: (page) => cleanup.listOldJobs(system(), before, page),
      idOf: ({ id }) => id,
      describe: ({ completedAt }) => ({ action: 'archived', reason: `It ended at ${when(completedAt)}, over ${runtime.archiveJobsAfterDays} days ago.` }),
      change: (jobs) => cleanup.archiveJobs(system(), jobs.map(({ id }) => id), { before, at }),
    });
  };
}
