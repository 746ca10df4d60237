/** What a clean-up can do, in the order in which it does it. */
export const cleanupTasks = {
  stuck_jobs: {
    description: 'Generations that took too long fail, and are given back.',
    reads: 1,
  },
  orphaned_records: {
    description: 'Tasks of the queue without their job, changes of jobs that are past their day, and uploads whose photo is gone are deleted.',
    reads: 3,
  },
  expired_urls: {
    description: 'Signed URLs that nobody is given any more are forgotten: those that the process which does it remembers.',
    reads: 0,
  },
  unused_uploads: {
    description: 'Photos that arrived and were never completed are deleted, and uploads that nothing came of.',
    reads: 1,
  },
  old_jobs: {
    description: 'Generations that ended long ago are archived: they leave the list of jobs, and stay readable from their render and ledger entry.',
    reads: 1,
  },
  webhook_records: {
    description: 'Records of providers\' events that were processed long ago are deleted.',
    reads: 1,
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      /** What it does, for people. */
      readonly description: string;
      /** SQL statements where there is nothing to do. */
      readonly reads: number;
    }
  >
>;

/** Their names are public: never rename one. */
export type CleanupTaskName = keyof typeof cleanupTasks;

export const cleanupTaskNames = Object.keys(cleanupTasks) as readonly CleanupTaskName[];

export function isCleanupTask(name: string): name is CleanupTaskName {
  return Object.hasOwn(cleanupTasks, name);
}
