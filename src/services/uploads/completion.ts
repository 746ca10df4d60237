import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases, Sql } from '../../database/database.js';
import { DatabaseUnavailable, PrivilegeDenied } from '../../database/errors.js';
import { inputKey } from '../../domain/storage-keys.js';
import { NotFound } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import { type PhotoType, preparePhoto, type PreparedPhoto, UnreadablePhoto, WrongPhotoType } from '../../generation/photos.js';
import * as assets from '../../repositories/assets.js';
import * as uploads from '../../repositories/uploads.js';
import type { Storage } from '../../storage/storage.js';
import { scopeOf } from '../scope.js';
import { createTurns } from '../turns.js';
import type { Writes } from '../writes.js';
import { UnreadableImage, UnsupportedFileType, UploadMissing } from './errors.js';

/** Runs work that one process at a time does; null, without running it, where another one is at it. */
export type Alone = <T>(name: string, work: (lost: AbortSignal) => Promise<T>) => Promise<T | null>;

/** Storing a photo takes a second. What was begun an hour ago was left by a process that is gone. */
const abandonedAfterMs = 60 * 60 * 1_000;

const day = 24 * 60 * 60 * 1_000;

/** A person's photos are decoded one after the other, each in a second or two: one account does not fill the memory. */
const line = { patienceMs: 20_000, longestLine: 50 };

/** While another process completes the same upload. */
const pauseMs = 100;
const longestWait = 200;

const extensions: Readonly<Record<PhotoType, string>> = { 'image/jpeg': 'jpg', 'image/png': 'png', 'image/webp': 'webp' };

/**
 * Completes uploads: checks the bytes that arrived, and keeps what is made of them. As rows and bytes cannot change in one
 * step, the record of the photo is written first, due in an hour; then its bytes; then the upload is ready and the record
 * adopted, in one transaction. Whatever ends it on the way leaves a pending upload, which may be completed again, and at
 * most a record that falls due.
 */
export function createCompletion({
  databases,
  writes,
  storage,
  runtime,
  alone,
  now,
}: {
  databases: Databases;
  writes: Writes;
  storage: Pick<Storage, 'get' | 'put' | 'delete'>;
  runtime: RuntimeConfiguration;
  alone: Alone;
  now: () => Date;
}) {
  const inTurn = createTurns(line);
  const { maxUploadPixels, acceptedContentTypes } = runtime.limits;
  /** A photo that nobody uses is kept so long; a submission that uses it takes the mark away. */
  const unusedAfterMs = runtime.retention.unusedInputDays * day;

  async function look(tx: Sql, viewer: Viewer, id: string, at: Date): Promise<uploads.UploadRow> {
    const upload = await uploads.getUpload(tx, viewer.id, id);
    if (!upload) throw new NotFound('upload');
    if (upload.state === 'pending' && upload.expiresAt <= at) throw new UploadMissing('expired');
    return upload;
  }

  /** What arrived, whole. The form allows the announced length alone; nothing longer is read, whatever is there. */
  async function arrived({ path, byteSize }: uploads.UploadRow): Promise<Buffer> {
    const found = await storage.get(path);
    if (!found) throw new UploadMissing('nothing arrived');
    if (found.object.byteSize !== byteSize) {
      found.body.destroy();
      throw new UnreadableImage({ damaged: true });
    }
    return buffer(found.body);
  }

  async function prepare(upload: uploads.UploadRow): Promise<PreparedPhoto> {
    const bytes = await arrived(upload);
    try {
      return await preparePhoto(bytes, { contentType: upload.contentType as PhotoType, maxPixels: maxUploadPixels });
    } catch (error) {
      if (error instanceof WrongPhotoType) throw new UnsupportedFileType(acceptedContentTypes, upload.contentType);
      if (!(error instanceof UnreadablePhoto)) throw error;
      throw new UnreadableImage(error.reason === 'damaged' ? { damaged: true } : { maxPixels: maxUploadPixels });
    }
  }

  async function complete(viewer: Viewer, id: string, lost: AbortSignal): Promise<uploads.UploadRow> {
    const upload = await writes.serve(viewer, (tx, at) => look(tx, viewer, id, at));
    if (upload.state !== 'pending') return upload;
    const { image, contentType, ...measures } = await prepare(upload);
    const path = inputKey(viewer.id, id, extensions[contentType]);
    const record: assets.NewAsset = { path, ownerId: viewer.id, kind: 'input', byteSize: image.length, contentType };
    const due = new Date(now().getTime() + abandonedAfterMs);
    await assets.announceAssets(databases.service(scopeOf(viewer)), [record], due).catch(async (error: unknown) => {
      // Policies stop an account that was suspended or deleted meanwhile; the frame of every write says which it was.
      if (error instanceof PrivilegeDenied) await writes.serve(viewer, async () => undefined);
      throw error;
    });
    if (lost.aborted) throw new DatabaseUnavailable('Another process may have begun to complete the same upload.');
    await storage.put(path, image, { contentType, byteSize: image.length });
    const ready = await writes.serve(viewer, async (tx) => {
      const at = now();
      const adopted = await assets.adoptAssets(tx, [record], { now: at, until: new Date(at.getTime() + unusedAfterMs) });
      if (adopted !== 1) throw new Error('Storing took so long that the photo was given up.');
      const written = await uploads.readyUpload(tx, viewer.id, id, { path, byteSize: image.length, ...measures });
      if (!written) throw new Error('An upload was completed by somebody else meanwhile.');
      return written;
    });
    // What arrived is needed no more. Where it cannot be deleted now, it goes with what nobody completed (sweeping.ts).
    await storage.delete([upload.path]).catch(() => undefined);
    return ready;
  }

  return {
    /**
     * Checks what arrived for an upload of the viewer's and keeps it. Of any number of completions, also at once, one does
     * so, and all have the same answer.
     *
     * @throws NotFound
     * @throws UploadMissing where nothing arrived, or the time is over.
     * @throws UnsupportedFileType where the bytes are not of the type that was announced.
     * @throws UnreadableImage where they are damaged, or too many pixels.
     * @throws AccessSuspended, StorageUnavailable
     */
    completeUpload(viewer: Viewer, { uploadId }: { uploadId: string }): Promise<uploads.UploadRow> {
      return inTurn(viewer.id, async () => {
        for (let waited = 0; waited < longestWait; waited += 1) {
          const upload = await alone(`upload ${viewer.id} ${uploadId}`, (lost) => complete(viewer, uploadId, lost));
          if (upload) return upload;
          await delay(pauseMs);
        }
        throw new DatabaseUnavailable('Another process has been completing the same upload for too long.');
      });
    },
  };
}
