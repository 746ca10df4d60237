import type { Databases } from '../../database/database.js';
import { incomingKey, ownerFolders } from '../../domain/storage-keys.js';
import type { GenerationProvider } from '../../generation/provider.js';
import { reasonOf } from '../../domain/reasons.js';
import * as assets from '../../repositories/assets.js';
import * as billing from '../../repositories/billing.js';
import * as erasure from '../../repositories/erasure.js';
import * as jobs from '../../repositories/job-writes.js';
import * as renders from '../../repositories/renders.js';
import type { Storage } from '../../storage/storage.js';
import type { Cache } from '../cache/cache.js';
import { cancelJob, createJobStates } from '../generation/states.js';
import type { RemovalService } from '../storage/removal.js';
import { toleranceMs } from '../uploads/sweeping.js';

/** What operators should hear of. */
export interface ErasureNotice {
  readonly ownerId: string;
  readonly message: string;
  readonly reason?: string;
}

/** How far one step has come with one account. */
export interface ErasureProgress {
  readonly ownerId: string;
  /** What was erased. */
  readonly step: string;
  /** How many of them since the pass began. */
  readonly done: number;
}

/** Rows a statement, so that none is long and little is done again after a crash. */
const batch = { renders: 200, collections: 500, jobs: 1_000, events: 5_000, uploads: 500, pictures: 2_000, keys: 250 };

/**
 * Whoever stores bytes writes their record first, due in an hour (repositories/assets.ts). So what falls due this soon may
 * be somebody's who is storing at this moment, and is left to fall due: its bytes would come after its record had gone.
 */
const storingMs = 70 * 60_000;

/** The steps of an erasure. Each ends when nothing is left for it to do, and does no harm when it is done again. */
export function createErasureSteps({
  databases,
  cache,
  storage,
  provider,
  removeDue,
  onProgress,
  onNotice,
  now,
  clock,
}: {
  databases: Databases;
  cache: Cache;
  storage: Pick<Storage, 'delete' | 'list'>;
  provider: Pick<GenerationProvider, 'cancel'>;
  removeDue: RemovalService['removeDue'];
  onProgress: (progress: ErasureProgress) => void;
  onNotice: (notice: ErasureNotice) => void;
  now: () => Date;
  clock: (() => Date) | null;
}) {
  const system = () => databases.service({ kind: 'system' });
  const states = createJobStates({ databases, cache, clock });

  /** Does a batch after the other, until one had nothing to do. */
  async function inBatches(
    { ownerId, step, signal }: { readonly ownerId: string; readonly step: string; readonly signal: AbortSignal },
    work: () => Promise<number>,
  ): Promise<void> {
    for (let done = 0; ; ) {
      signal.throwIfAborted();
      const count = await work();
      if (count === 0) return;
      done += count;
      onProgress({ ownerId, step, done });
    }
  }

  /** Does a page of rows after the other, each behind the last row of the one before, until there are no more. */
  async function inPages(
    of: { readonly ownerId: string; readonly step: string; readonly signal: AbortSignal },
    work: (after: erasure.Place | null) => Promise<erasure.LastOfRows | null>,
  ): Promise<void> {
    let after: erasure.Place | null = null;
    await inBatches(of, async () => {
      const last = await work(after);
      after = last ?? after;
      return last?.count ?? 0;
    });
  }

  return {
    /** Cancels what is in flight, by the rules of every cancellation: what had not begun is given back. */
    async cancelJobs(ownerId: string, signal: AbortSignal): Promise<void> {
      for (const { id } of await jobs.findInflightJobForUser(system(), ownerId)) {
        signal.throwIfAborted();
        const predictionId = await states.underLock({ id, ownerId }, async (tx, job, at) =>
          (await cancelJob(tx, job, at)) ? job.predictionId : null,
        );
        if (predictionId === null) continue;
        // Nobody waits for it: the provider may be away, and what it makes is discarded.
        void provider.cancel(predictionId).catch((error: unknown) => {
          onNotice({ ownerId, message: 'A provider could not be asked to stop.', reason: reasonOf(error) });
        });
      }
    },

    /** Notes that Stripe has forgotten a customer. What was paid for has ended, and its history says when. */
    async forgetCustomer(ownerId: string, customerId: string): Promise<void> {
      await system().transaction(async (tx) => {
        const kept = await billing.lockBilling(tx, ownerId);
        if (kept?.customerId !== customerId) return;
        await erasure.forgetCustomer(tx, ownerId, customerId);
        if (!kept.hasAccess) return;
        const at = Math.floor((clock?.() ?? now()).getTime() / 1_000);
        await billing.recordPlanChange(tx, ownerId, { status: 'canceled', priceId: null }, { at, eventId: null });
      });
    },

    /** Deletes renders, with variants and places in collections; looks that were published from them live on. */
    eraseRenders: (ownerId: string, signal: AbortSignal): Promise<void> =>
      inBatches({ ownerId, step: 'renders', signal }, async () => {
        const ids = await erasure.listRenderIds(system(), ownerId, batch.renders);
        if (ids.length === 0) return 0;
        await system().transaction(async (tx) => {
          const deleted = await renders.deleteRenders(tx, ownerId, ids);
          await assets.markAssets(tx, ownerId, deleted.flatMap(({ pictures }) => pictures), now());
        });
        return ids.length;
      }),

    eraseCollections: (ownerId: string, signal: AbortSignal): Promise<void> =>
      inBatches({ ownerId, step: 'collections', signal }, () => erasure.deleteCollections(system(), ownerId, batch.collections)),

    /** Takes words, photos and keys out of the jobs, which stay for the ledger. */
    eraseJobs: (ownerId: string, signal: AbortSignal): Promise<void> =>
      inPages({ ownerId, step: 'jobs', signal }, (after) => erasure.eraseJobs(system(), ownerId, { after, limit: batch.jobs })),

    eraseEvents: (ownerId: string, signal: AbortSignal): Promise<void> =>
      inBatches({ ownerId, step: 'events', signal }, () => erasure.deleteEvents(system(), ownerId, batch.events)),

    /**
     * Forgets uploads, and removes what arrived for them and was not completed. A form that was given out is good until its
     * time is over: until then photos may come, and its upload stays, with nothing but its id. Returns whether all are over.
     */
    async closeForms(ownerId: string, signal: AbortSignal): Promise<boolean> {
      await inPages({ ownerId, step: 'uploads', signal }, (after) =>
        erasure.emptyUploads(system(), ownerId, { after, limit: batch.uploads }),
      );
      let areOver = true;
      await inPages({ ownerId, step: 'forms', signal }, async (after) => {
        const forms = await erasure.listForms(system(), ownerId, { after, limit: batch.uploads });
        const last = forms.at(-1);
        if (!last) return null;
        // The time is asked before the bytes are removed: a photo that comes later than both comes by no form.
        const over = new Date(now().getTime() - toleranceMs);
        await storage.delete(forms.map(({ id }) => incomingKey(id)));
        const closed = forms.filter(({ expiresAt }) => expiresAt < over);
        await erasure.deleteUploads(system(), ownerId, closed.map(({ id }) => id));
        areOver &&= closed.length === forms.length;
        return { ...last, count: forms.length };
      });
      return areOver;
    },

    /**
     * Removes the bytes of everything that is kept for the person, and then the records; at last what lies in their folders
     * and is on no record, of which there should be nothing. Returns whether all is gone.
     */
    async removePictures(ownerId: string, signal: AbortSignal): Promise<boolean> {
      const at = now();
      const until = new Date(at.getTime() + storingMs);
      await inBatches({ ownerId, step: 'pictures', signal }, () =>
        erasure.markPictures(system(), ownerId, { at, until, limit: batch.pictures }),
      );
      if (await erasure.hasPictures(system(), ownerId)) await removeDue(signal);
      if (await erasure.hasPictures(system(), ownerId)) return false;
      // From here on nobody announces any: the database refuses records for a deleted account.
      for (const folder of ownerFolders(ownerId)) await removeFolder(folder, signal);
      return true;
    },
  };

  async function removeFolder(folder: string, signal: AbortSignal): Promise<void> {
    let keys: string[] = [];
    for await (const { key } of storage.list(folder)) {
      signal.throwIfAborted();
      keys.push(key);
      if (keys.length < batch.keys) continue;
      await storage.delete(keys);
      keys = [];
    }
    if (keys.length > 0) await storage.delete(keys);
  }
}
