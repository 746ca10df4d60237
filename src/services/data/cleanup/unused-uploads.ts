import type { Databases } from '../../../database/database.js';
import * as cleanup from '../../../repositories/data-cleanup.js';
import type { Storage } from '../../../storage/storage.js';
import type { ArrivedPhoto, UploadSweeping } from '../../uploads/sweeping.js';
import { type CleanupWork, eachOf, goThrough, when } from './task.js';

/** Who completes an upload after its time is told so for a week; from then on there is no such upload. */
export const formsKeptMs = 7 * 24 * 60 * 60 * 1_000;

const states = ['pending'] as const;

/** Deletes what arrived and was never completed, as the schedule of uploads does, and the uploads that nothing came of. */
export function createUnusedUploadsTask({
  databases,
  storage,
  listArrived,
  now,
}: {
  databases: Databases;
  storage: Pick<Storage, 'delete'>;
  listArrived: UploadSweeping['listArrived'];
  now: () => Date;
}): CleanupWork {
  const system = () => databases.service({ kind: 'system' });
  return async (pass) => {
    const before = new Date(now().getTime() - formsKeptMs);
    await eachOf(pass, {
      'what arrived': () => {
        const arrived = listArrived();
        return goThrough<ArrivedPhoto>(pass, {
          list: ({ limit }) => take(arrived, limit),
          isDue: ({ isOver }) => isOver,
          idOf: ({ key }) => key,
          describe: ({ lastModified }) => ({ action: 'deleted', reason: `It arrived at ${when(lastModified)} and was not completed in time.` }),
          async change(photos) {
            const keys = photos.map(({ key }) => key);
            await storage.delete(keys);
            return keys;
          },
        });
      },
      uploads: () =>
        goThrough<cleanup.OldUpload>(pass, {
          list: (page) => cleanup.listOldUploads(system(), { states, before }, page),
          idOf: ({ id }) => id,
          describe: ({ expiresAt }) => ({ action: 'deleted', reason: `An upload that could be completed until ${when(expiresAt)}.` }),
          change: (uploads) => cleanup.deleteSpentUploads(system(), uploads.map(({ id }) => id), { states, before }),
        }),
    });
  };
}

/** The next things of a listing that is under way. */
async function take(listing: AsyncGenerator<ArrivedPhoto>, limit: number): Promise<readonly ArrivedPhoto[]> {
  const taken: ArrivedPhoto[] = [];
  while (taken.length < limit) {
    const next = await listing.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}
