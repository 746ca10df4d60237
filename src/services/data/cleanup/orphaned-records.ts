import type { Databases } from '../../../database/database.js';
import * as cleanup from '../../../repositories/data-cleanup.js';
import { eventsKeptMs } from '../../../repositories/job-events.js';
import { type CleanupWork, eachOf, goThrough, when } from './task.js';
import { formsKeptMs } from './unused-uploads.js';

const states = ['ready', 'used'] as const;

/**
 * Deletes what belongs to nothing any more. Tasks that were tried as often as they may be, and what grew old within the
 * last three days, the work on generations deletes itself (generation/recovery.ts).
 */
export function createOrphanedRecordsTask({ databases, now }: { databases: Databases; now: () => Date }): CleanupWork {
  const system = () => databases.service({ kind: 'system' });
  return async (pass) => {
    const eventsBefore = new Date(now().getTime() - eventsKeptMs);
    const uploadsBefore = new Date(now().getTime() - formsKeptMs);
    await eachOf(pass, {
      'tasks of the queue': () =>
        goThrough<cleanup.QueuedTask>(pass, {
          list: (page) => cleanup.listQueuedTasks(system(), page),
          isDue: ({ isOrphan }) => isOrphan,
          idOf: ({ id }) => id,
          describe: ({ key }) => ({ action: 'deleted', reason: `A task of the queue for a job that does not exist: ${key ?? 'none'}.` }),
          change: (tasks) => cleanup.deleteOrphanTasks(system(), tasks.map(({ id }) => id)),
        }),
      'changes of jobs': () =>
        goThrough<cleanup.OldJobEvent>(pass, {
          list: (page) => cleanup.listOldJobEvents(system(), eventsBefore, page),
          isDue: ({ isNewest }) => !isNewest,
          idOf: eventId,
          describe: ({ createdAt }) => ({ action: 'deleted', reason: `A change of a job from ${when(createdAt)}; streams go on from those of a day.` }),
          change: async (events) => (await cleanup.deleteOldJobEvents(system(), events, eventsBefore)).map(eventId),
        }),
      uploads: () =>
        goThrough<cleanup.OldUpload>(pass, {
          list: (page) => cleanup.listOldUploads(system(), { states, before: uploadsBefore }, page),
          isDue: ({ isSpent }) => isSpent,
          idOf: ({ id }) => id,
          describe: ({ expiresAt }) => ({ action: 'deleted', reason: `An upload from before ${when(expiresAt)} whose photo is gone.` }),
          change: (uploads) => cleanup.deleteSpentUploads(system(), uploads.map(({ id }) => id), { states, before: uploadsBefore }),
        }),
    });
  };
}

const eventId = ({ ownerId, seq }: { readonly ownerId: string; readonly seq: number }): string => `${ownerId}/${seq}`;
