import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import type { CleanupDetail, CleanupReport } from '../../domain/upkeep.js';
import type { Storage } from '../../storage/storage.js';
import type { FindStuckJobs } from '../generation/stuck.js';
import type { Alone } from '../uploads/completion.js';
import type { UploadSweeping } from '../uploads/sweeping.js';
import { createExpiredUrlsTask } from './cleanup/expired-urls.js';
import { type CleanupTaskName, cleanupTaskNames } from './cleanup/names.js';
import { createOldJobsTask } from './cleanup/old-jobs.js';
import { createOrphanedRecordsTask } from './cleanup/orphaned-records.js';
import { createStuckJobsTask } from './cleanup/stuck-jobs.js';
import { type CleanupPass, type CleanupWork, failureOf } from './cleanup/task.js';
import { createUnusedUploadsTask } from './cleanup/unused-uploads.js';
import { createWebhookRecordsTask } from './cleanup/webhook-records.js';

/** Errors that a report tells of single things; how many more there were, its last one tells. */
const mostErrors = 100;

export interface CleanupOptions {
  /** Without it all, in their order. */
  readonly tasks?: readonly CleanupTaskName[] | undefined;
  /** Whether nothing is changed, and everything told as if it had been. */
  readonly dryRun: boolean;
  /** Details that a report holds; what is changed is counted beyond that, too. */
  readonly detailLimit: number;
  /** Things that a task looks at before it ends, about; without it all. */
  readonly most?: number | undefined;
  /** Ends the task under way after its present batch, and begins no other one. */
  readonly signal?: AbortSignal | undefined;
  /** Told of each task that has ended. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface CleanupOutcome extends CleanupReport {
  /** Whether it was left to another run that is at the same task, here or in another process. */
  readonly isElsewhere: boolean;
}

export interface CleanupDependencies {
  readonly databases: Databases;
  readonly storage: Pick<Storage, 'delete' | 'rememberedUrls' | 'forgetExpiredUrls'>;
  readonly runtime: Pick<RuntimeConfiguration, 'archiveJobsAfterDays' | 'webhookRecordsKeptDays'>;
  readonly findStuck: FindStuckJobs;
  readonly listArrived: UploadSweeping['listArrived'];
  /** Runs what one process at a time does. */
  readonly alone: Alone;
  readonly now: () => Date;
}

export type Cleanup = ReturnType<typeof createCleanup>;

/**
 * Takes away what nobody needs any more, task by task. Each goes through its things in batches, of which each is done when
 * its statement is: whatever ends it on the way leaves the rest to the next run, and a second run finds nothing. Entries of
 * the ledger are nobody's to take away.
 */
export function createCleanup(dependencies: CleanupDependencies) {
  const { alone } = dependencies;
  const works: Readonly<Record<CleanupTaskName, CleanupWork>> = {
    stuck_jobs: createStuckJobsTask(dependencies),
    orphaned_records: createOrphanedRecordsTask(dependencies),
    expired_urls: createExpiredUrlsTask(dependencies),
    unused_uploads: createUnusedUploadsTask(dependencies),
    old_jobs: createOldJobsTask(dependencies),
    webhook_records: createWebhookRecordsTask(dependencies),
  };

  /** What changes something is done by one run at a time, but for what a process does with its own memory. */
  async function runTask(task: CleanupTaskName, options: CleanupOptions): Promise<CleanupOutcome> {
    const work = (lost?: AbortSignal): Promise<CleanupOutcome> => carryOut(task, works[task], options, lost);
    if (options.dryRun || task === 'expired_urls') return work();
    const elsewhere = { task, dryRun: false, examined: 0, changed: 0, details: [], isElsewhere: true };
    return (await alone(`cleanup ${task}`, work)) ?? { ...elsewhere, errors: ['Another run of this task is under way; it was left to that one.'] };
  }

  return {
    /**
     * Runs tasks one after the other, and reports on each that was begun. What a dry run tells of, a run right after it
     * changes.
     *
     * @throws DatabaseUnavailable; what was done by then stays done.
     */
    async run(options: CleanupOptions): Promise<readonly CleanupOutcome[]> {
      const { tasks = cleanupTaskNames, signal, onProgress = () => undefined } = options;
      const wanted = [...new Set(tasks)];
      const reports: CleanupOutcome[] = [];
      for (const task of wanted) {
        if (signal?.aborted && reports.length > 0) break;
        reports.push(await runTask(task, options));
        onProgress(reports.length, wanted.length);
      }
      return reports;
    },
  };
}

async function carryOut(
  task: CleanupTaskName,
  work: CleanupWork,
  { dryRun, detailLimit, most = Infinity, signal }: CleanupOptions,
  lost?: AbortSignal,
): Promise<CleanupOutcome> {
  let examined = 0;
  let changed = 0;
  let failures = 0;
  let stopped: string | null = null;
  const details: CleanupDetail[] = [];
  const errors: string[] = [];

  const pass: CleanupPass = {
    dryRun,
    examined(count) {
      examined += count;
    },
    changed(detail) {
      changed += 1;
      if (details.length < detailLimit) details.push(detail);
    },
    failed(what, error) {
      const line = failureOf(what, error);
      failures += 1;
      if (errors.length < mostErrors) errors.push(line);
    },
    next(wanted) {
      if (lost?.aborted) stopped = 'The connection that keeps other runs away was lost. Run it again for what is left.';
      else if (signal?.aborted) stopped = 'It was stopped before its end. Run it again for what is left.';
      else if (examined >= most) stopped = `It looked at ${examined} and stopped there. Run it again for what is left.`;
      return stopped === null ? Math.min(wanted, most - examined) : 0;
    },
  };
  try {
    await work(pass);
  } catch (error) {
    pass.failed('The task', error);
  }
  if (failures > errors.length) errors.push(`And ${failures - errors.length} more.`);
  if (stopped !== null) errors.push(stopped);
  return { task, dryRun, examined, changed, details, errors, isElsewhere: false };
}
