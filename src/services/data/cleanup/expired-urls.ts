import type { Storage } from '../../../storage/storage.js';
import type { CleanupWork } from './task.js';

/**
 * Forgets signed URLs of a window that is over. A process does so by itself with the first URL that it signs in the next
 * one (storage/url-memory.ts), so that this finds something only where nothing was signed since.
 */
export function createExpiredUrlsTask({ storage }: { storage: Pick<Storage, 'rememberedUrls' | 'forgetExpiredUrls'> }): CleanupWork {
  return (pass) => {
    const { count, expired } = storage.rememberedUrls();
    pass.examined(count);
    if (!pass.dryRun) storage.forgetExpiredUrls();
    for (const id of expired) pass.changed({ id, action: 'forgotten', reason: 'The window that its URL was signed for is over.' });
    return Promise.resolve();
  };
}
