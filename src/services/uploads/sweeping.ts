import type { RuntimeConfiguration } from '../../config/runtime.js';
import { incomingFolder } from '../../domain/storage-keys.js';
import type { Storage } from '../../storage/storage.js';

/** Keys a call to the store. */
const batchSize = 100;

/** Clocks of a store and of the gateway may differ by this much. */
export const toleranceMs = 10 * 60_000;

/** Bytes that came by a form and wait to be completed. */
export interface ArrivedPhoto {
  readonly key: string;
  readonly lastModified: Date;
  readonly isOver: boolean;
}

export type UploadSweeping = ReturnType<typeof createUploadSweeping>;

/**
 * Removes what arrived and was not completed in time: photos that were sent and left, and those that were sent again after
 * their upload was complete. A form is good for so many minutes, and so is the upload itself: what has lain there for
 * longer can be completed by nobody. Nothing has to be looked up for it, and several processes may do it at once.
 */
export function createUploadSweeping({
  storage,
  runtime,
  now,
}: {
  storage: Pick<Storage, 'list' | 'delete'>;
  runtime: RuntimeConfiguration;
  now: () => Date;
}) {
  /** All that lies there, in the order of keys, and whether it can be completed by nobody any more. */
  async function* listArrived(): AsyncGenerator<ArrivedPhoto> {
    const before = new Date(now().getTime() - runtime.uploads.expireMinutes * 60_000 - toleranceMs);
    for await (const { key, lastModified } of storage.list(incomingFolder)) yield { key, lastModified, isOver: lastModified < before };
  }

  return {
    listArrived,

    /** One pass; returns how many objects were removed. `signal` ends it after its present batch. */
    async removeUncompleted(signal?: AbortSignal): Promise<number> {
      let removed = 0;
      let batch: string[] = [];
      async function remove(): Promise<void> {
        if (batch.length > 0) await storage.delete(batch);
        removed += batch.length;
        batch = [];
      }
      for await (const { key, isOver } of listArrived()) {
        if (signal?.aborted) break;
        if (isOver) batch.push(key);
        if (batch.length === batchSize) await remove();
      }
      await remove();
      return removed;
    },
  };
}
