import type { Databases } from '../../database/database.js';
import { isFinished } from '../../domain/jobs.js';
import { renderFolder } from '../../domain/storage-keys.js';
import { encodePicture, type EncodedPicture, UnreadablePictureError } from '../../generation/pictures.js';
import * as assets from '../../repositories/assets.js';
import * as jobs from '../../repositories/job-writes.js';
import * as ledger from '../../repositories/ledger.js';
import * as renders from '../../repositories/renders.js';
import type { Storage } from '../../storage/storage.js';
import { moveJob, type JobKey, type JobStates } from './states.js';

/** Storing three pictures takes seconds. What was begun an hour ago was left by a process that is gone. */
const abandonedAfterMs = 60 * 60 * 1_000;

/** A picture that is to be stored, and where. */
interface Draft {
  readonly picture: EncodedPicture;
  readonly image: assets.NewAsset;
  readonly thumb: assets.NewAsset;
}

/** Whether a job may still come to a result: it is under way, or was given up because it took too long, and its owner is there. */
export function mayStillSucceed({ status, errorCode, isOwnerErased }: Pick<jobs.JobForWork, 'status' | 'errorCode' | 'isOwnerErased'>): boolean {
  return !isOwnerErased && (!isFinished(status) || (status === 'failed' && errorCode === 'timed_out'));
}

export type Results = ReturnType<typeof createResults>;

/**
 * Keeps what a provider made: encodes and stores the pictures, and writes the render. Records of the pictures come before
 * their bytes, due in an hour, and are adopted in the transaction that writes the render and ends the job; whatever ends
 * it on the way leaves records that fall due, and another try begins with a render of its own.
 */
export function createResults({
  databases,
  storage,
  states,
  onAssetsMarked,
  now,
}: {
  databases: Databases;
  storage: Pick<Storage, 'put'>;
  states: JobStates;
  onAssetsMarked: () => void;
  now: () => Date;
}) {
  const system = () => databases.service({ kind: 'system' });

  /** What cannot be read is left out: fewer pictures are still a success. */
  async function encode(outputs: readonly Buffer[]): Promise<EncodedPicture[]> {
    const pictures: EncodedPicture[] = [];
    // One after the other: three decoded pictures at once are 60 MB.
    for (const output of outputs) {
      try {
        pictures.push(await encodePicture(output));
      } catch (error) {
        if (!(error instanceof UnreadablePictureError)) throw error;
      }
    }
    return pictures;
  }

  function draft(ownerId: string, renderId: string, picture: EncodedPicture, idx: number): Draft {
    const base = `${renderFolder(ownerId, renderId)}v1/${idx}`;
    const { image, thumbnail, contentType } = picture;
    return {
      picture,
      image: { path: `${base}.webp`, ownerId, kind: 'output', byteSize: image.length, contentType },
      thumb: { path: `${base}_thumb.webp`, ownerId, kind: 'thumbnail', byteSize: thumbnail.length, contentType },
    };
  }

  /** Writes the render and ends the job; false where the job came to another end meanwhile. */
  function settle(key: JobKey, renderId: string, drafts: readonly Draft[]): Promise<boolean | null> {
    return states.underLock(key, async (tx, job, at) => {
      if (!mayStillSucceed(job)) return false;
      const { id: jobId, ownerId } = key;
      if (job.status === 'failed') {
        // It was given up and given back, and is a success after all: charged once more, in its own month.
        const period = await ledger.getPeriodOfCharge(tx, ownerId, jobId);
        if (period !== null) await ledger.debitGeneration(tx, { ownerId, jobId, period, chargeNo: 2, at }, null);
      }
      const { mode, roomType, style, prompt } = job;
      await renders.createRender(tx, { id: renderId, ownerId, jobId, mode: mode as 'redesign', roomType, style, prompt, at });
      for (const [idx, { picture, image, thumb }] of drafts.entries()) {
        const { width, height, contentType, placeholder } = picture;
        const byteSize = image.byteSize;
        const paths = { imagePath: image.path, thumbPath: thumb.path };
        await renders.addVariant(tx, { renderId, ownerId, idx, ...paths, width, height, byteSize, contentType, placeholder });
      }
      const kept = drafts.flatMap(({ image, thumb }) => [image, thumb]);
      if ((await assets.adoptAssets(tx, kept, { now: now() })) !== kept.length) {
        throw new Error('Storing took so long that the pictures were given up.');
      }
      await moveJob(tx, job, { from: [job.status as 'processing'], status: 'succeeded', progress: 1, failure: null, at });
      return true;
    });
  }

  return {
    /**
     * Keeps the pictures of a job, at most as many as were asked for. Returns `kept`; `discarded` where the job had come
     * to another end, as after a cancellation, or its owner's account was deleted; and `unreadable` where nothing of it is a picture.
     *
     * @throws StorageUnavailable and DatabaseUnavailable, with nothing of it to be seen.
     */
    async keep(job: jobs.JobForWork, outputs: readonly Buffer[]): Promise<'kept' | 'discarded' | 'unreadable'> {
      const pictures = await encode(outputs.slice(0, job.variants));
      if (pictures.length === 0) return 'unreadable';
      // A provider takes its time: what nobody waits for any more is not even stored. What happens from here on, the lock
      // below tells.
      const present = await jobs.getJobForWork(system(), job.ownerId, job.id);
      if (!present || !mayStillSucceed(present)) return 'discarded';
      const renderId = await renders.nextRenderId(system());
      const drafts = pictures.map((picture, idx) => draft(job.ownerId, renderId, picture, idx));
      const records = drafts.flatMap(({ image, thumb }) => [image, thumb]);
      await assets.announceAssets(system(), records, new Date(now().getTime() + abandonedAfterMs));
      let isKept = false;
      try {
        for (const { picture, image, thumb } of drafts) {
          await storage.put(image.path, picture.image, { contentType: image.contentType, byteSize: image.byteSize });
          await storage.put(thumb.path, picture.thumbnail, { contentType: thumb.contentType, byteSize: thumb.byteSize });
        }
        isKept = (await settle({ id: job.id, ownerId: job.ownerId }, renderId, drafts)) ?? false;
      } finally {
        if (!isKept) await giveUp(records);
      }
      return isKept ? 'kept' : 'discarded';
    },
  };

  /** What was begun is due at once. Where even that cannot be written, it is due in an hour. */
  async function giveUp(records: readonly assets.NewAsset[]): Promise<void> {
    try {
      await assets.renounceAssets(system(), records, now());
      onAssetsMarked();
    } catch {
      // What failed first is the error to tell.
    }
  }
}
