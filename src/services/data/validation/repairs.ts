import type { RuntimeConfiguration } from '../../../config/runtime.js';
import type { Database, Databases, Sql } from '../../../database/database.js';
import { isFinished } from '../../../domain/jobs.js';
import { createDefaultFavorites } from '../../../repositories/collections.js';
import * as fixes from '../../../repositories/data-checks/repairs.js';
import { enqueueGeneration } from '../../../repositories/generation-queue.js';
import * as jobs from '../../../repositories/job-writes.js';
import { listNamedPictures } from '../../../repositories/orphans.js';
import * as profiles from '../../../repositories/profiles.js';
import type { GenerationJobRow } from '../../../repositories/rows.js';
import { markProcessed } from '../../../repositories/webhook-events.js';
import type { Storage } from '../../../storage/storage.js';
import { noCache } from '../../cache/cache.js';
import { favoritesName } from '../../collections/favorites.js';
import { createJobStates } from '../../generation/states.js';
import { ago, type Finding, hours, minutes, type RepairName } from './check.js';

export interface Repair {
  /** What is told that was done. */
  readonly action: string;
  /** Looks again under the owner's lock, and repairs; false where there was nothing to repair any more, or it could not be. */
  run(finding: Finding): Promise<boolean>;
}

/** What can be put right without losing anything. No entry of the ledger is written, and nothing is deleted. */
export function createRepairs({
  databases,
  storage,
  runtime,
  now,
}: {
  databases: Databases;
  storage: Pick<Storage, 'stat'>;
  runtime: RuntimeConfiguration;
  now: () => Date;
}): Readonly<Record<RepairName, Repair>> {
  const system = (): Database => databases.service({ kind: 'system' });
  // Other processes hear of every change by the database's notices.
  const states = createJobStates({ databases, cache: noCache, clock: null });

  /** In one transaction, with the owner's row locked where there is an owner: nobody else writes for them meanwhile. */
  function locked<T>(ownerId: string | null, work: (tx: Sql) => Promise<T>): Promise<T> {
    return system().transaction(async (tx) => {
      if (ownerId !== null && !(await profiles.lockStanding(tx, ownerId))) throw new Error('An account with rows has no profile.');
      return work(tx);
    });
  }

  const ownerOf = ({ ownerId }: Finding): string => {
    if (ownerId === null) throw new Error('What is repaired here has an owner.');
    return ownerId;
  };

  function isStuck({ status, startedAt, createdAt }: GenerationJobRow): boolean {
    const { processing, starting } = runtime.stuckAfterMinutes;
    if (status === 'processing') return (startedAt ?? createdAt) < ago(now(), processing * minutes);
    return status === 'starting' && createdAt < ago(now(), starting * minutes);
  }

  async function setSize({ id, ownerId }: Finding, recorded: number): Promise<boolean> {
    const stored = await storage.stat(id);
    if (!stored || stored.byteSize === recorded) return false;
    return locked(ownerId, (tx) => fixes.setRecordedSize(tx, { path: id, recorded, byteSize: stored.byteSize }));
  }

  return {
    make_favorites: {
      action: 'made',
      run: (finding) =>
        locked(finding.ownerId, async (tx) => {
          await createDefaultFavorites(tx, ownerOf(finding), favoritesName);
          return true;
        }),
    },
    set_cover: {
      action: 'corrected',
      run: (finding) => locked(finding.ownerId, (tx) => fixes.setExistingCover(tx, ownerOf(finding), finding.id)),
    },
    recompute_sums: {
      action: 'computed',
      run: (finding) => locked(finding.ownerId, (tx) => fixes.recomputeSums(tx, ownerOf(finding), String(finding.detail['period']))),
    },
    keep_picture: {
      action: 'kept',
      run: ({ id, ownerId, detail }) => locked(ownerId, (tx) => fixes.keepPicture(tx, String(detail['path']), id)),
    },
    record_picture: {
      action: 'recorded',
      async run({ id, ownerId, detail }) {
        const path = String(detail['path']);
        const stored = await storage.stat(path);
        if (!stored) return false;
        const { byteSize, contentType } = stored;
        return locked(ownerId, (tx) => fixes.recordPicture(tx, { path, namedBy: id, byteSize, contentType }));
      },
    },
    mark_picture: {
      action: 'marked',
      // By the rule of the sweep that finds the same pictures (services/storage/orphans.ts), with its grace.
      async run({ id, ownerId }) {
        // A row that its key does not name may show it. That reads tables whole, and so before anybody is locked.
        if ((await listNamedPictures(system(), [id])).size > 0) return false;
        const at = new Date(now().getTime() + runtime.retention.orphanGraceHours * hours);
        return locked(ownerId, (tx) => fixes.markUnreferenced(tx, id, at));
      },
    },
    set_size: { action: 'corrected', run: (finding) => setSize(finding, Number(finding.detail['recorded'])) },
    give_up_job: {
      action: 'failed',
      run: (finding) => states.giveUp({ id: finding.id, ownerId: ownerOf(finding) }, isStuck),
    },
    enqueue_job: {
      action: 'enqueued',
      run: (finding) =>
        locked(finding.ownerId, async (tx) => {
          const ownerId = ownerOf(finding);
          const job = await jobs.getJobForWork(tx, ownerId, finding.id);
          if (!job || isFinished(job.status)) return false;
          await enqueueGeneration(tx, { jobId: job.id, ownerId });
          return true;
        }),
    },
    process_event: {
      action: 'processed',
      run: ({ id }) =>
        system().transaction(async (tx) => {
          const event = await fixes.lockUnprocessedEvent(tx, id);
          const { prediction } = Object(event?.payload) as { prediction?: unknown };
          const job = event && typeof prediction === 'string' ? await jobs.findJobByPrediction(tx, prediction) : null;
          if (!event || !job) return false;
          await enqueueGeneration(tx, { jobId: job.id, ownerId: job.ownerId });
          return markProcessed(tx, event);
        }),
    },
  };
}
