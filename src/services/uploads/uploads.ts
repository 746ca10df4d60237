import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { InvalidInput } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import * as uploads from '../../repositories/uploads.js';
import type { Storage, UploadForm } from '../../storage/storage.js';
import type { Writes } from '../writes.js';
import { type Alone, createCompletion } from './completion.js';
import { FileTooLarge, UnsupportedFileType } from './errors.js';

/** What a client is to do with a photo. */
export interface OpenUpload extends UploadForm {
  readonly id: string;
  /** Until then the form may be sent, and the upload completed. */
  readonly expiresAt: Date;
}

export type UploadService = ReturnType<typeof createUploadService>;

/** Photos on their way in: a form for each, and what is made of it when it has arrived. */
export function createUploadService(dependencies: {
  databases: Databases;
  writes: Writes;
  storage: Pick<Storage, 'get' | 'put' | 'delete' | 'uploadForm'>;
  runtime: RuntimeConfiguration;
  alone: Alone;
  now: () => Date;
}) {
  const { writes, storage, runtime } = dependencies;
  const { acceptedContentTypes, maxUploadBytes } = runtime.limits;
  const { expireMinutes, maxPending } = runtime.uploads;

  /** In whole seconds, because a form's signature knows no smaller ones. */
  function expiryFrom(at: Date): Date {
    return new Date(Math.floor(at.getTime() / 1_000) * 1_000 + expireMinutes * 60_000);
  }

  function check({ contentType, byteSize }: { contentType: string; byteSize: number }): void {
    if (!acceptedContentTypes.includes(contentType)) throw new UnsupportedFileType(acceptedContentTypes, null);
    if (byteSize > maxUploadBytes) throw new FileTooLarge(maxUploadBytes);
    if (byteSize < 1) throw wrong('byteSize', 'A photo has at least one byte: give the length of the file.');
  }

  return {
    ...createCompletion(dependencies),

    /**
     * Opens an upload for one photo of exactly this type and length, and gives the form to send it with.
     *
     * @throws UnsupportedFileType, FileTooLarge
     * @throws InvalidInput for a length below 1, and where too many uploads of the viewer's wait for their photo.
     * @throws AccessSuspended
     */
    async createUpload(viewer: Viewer, input: { contentType: string; byteSize: number }): Promise<OpenUpload> {
      const { id, path, contentType, byteSize, expiresAt } = await writes.organise(viewer, async (tx, at) => {
        check(input);
        const upload = await uploads.createUpload(tx, viewer.id, { ...input, at, expiresAt: expiryFrom(at) }, maxPending);
        if (upload) return upload;
        throw wrong(null, `${maxPending} uploads wait for their photo. Complete them, or wait until they expire (${expireMinutes} minutes).`);
      });
      const form = await storage.uploadForm(path, { contentType, byteSize, expiresAt });
      return { ...form, id, expiresAt };
    },
  };
}

function wrong(field: string | null, message: string): InvalidInput {
  return new InvalidInput([{ path: field === null ? [] : [field], message }]);
}
