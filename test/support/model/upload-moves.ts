import fc from 'fast-check';
import { globalId } from '../seed.js';
import { reference, type Resolve } from './choices.js';
import { move } from './move.js';
import { kept } from './photos.js';
import { Faults, notFound, readIds, refused } from './rules.js';
import { viewerFields, viewerView } from './views.js';

const accepted = ['image/jpeg', 'image/png', 'image/webp'];
const maxBytes = 15_000_000;

const createUpload = move<{ contentType: string; byteSize: number }>({
  payload: `uploadId ${viewerFields}`,
  inputs: fc
    .record({
      contentType: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...accepted) }, { weight: 1, arbitrary: fc.constantFrom('image/gif', 'IMAGE/PNG', '') }),
      byteSize: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(1, maxBytes) }, { weight: 3, arbitrary: fc.constantFrom(maxBytes + 1, 0, -1) }),
    })
    .map((input) => () => input),
  outcome({ actor, answer }, { contentType, byteSize }) {
    if (!accepted.includes(contentType)) {
      throw refused('UnsupportedFileTypeError', 'UNSUPPORTED_FILE_TYPE', { acceptedContentTypes: accepted });
    }
    if (byteSize > maxBytes) throw refused('FileTooLargeError', 'FILE_TOO_LARGE', { maxBytes });
    const faults = new Faults();
    if (byteSize < 1) faults.add('byteSize');
    faults.tell();
    const id = answer.newId('Upload', 'uploadId');
    actor.uploads.push({ id, arrived: 'nothing', isComplete: false });
    return { __typename: 'CreateUploadPayload', uploadId: globalId('Upload', id), viewer: viewerView(actor) };
  },
});

const completeUpload = move<{ uploadId: string }>({
  touches: 'everything',
  payload: `uploadId image { width height byteSize contentType placeholder } ${viewerFields}`,
  inputs: reference('Upload').map((upload) => (id: Resolve) => ({ uploadId: id(upload) })),
  outcome({ actor }, input) {
    const uploadId = readIds((faults) => faults.id('Upload', input.uploadId, 'uploadId'));
    const upload = actor.uploads.find(({ id }) => id === uploadId);
    if (!upload) throw notFound();
    switch (upload.arrived) {
      case 'nothing':
        throw refused('UploadMissingError', 'UPLOAD_MISSING');
      case 'something else':
        throw refused('UnsupportedFileTypeError', 'UNSUPPORTED_FILE_TYPE', { acceptedContentTypes: accepted });
      case 'half a photo':
        throw refused('UnreadableImageError', 'UNREADABLE_IMAGE');
      case 'photo': {
        upload.isComplete = true;
        const { image, ...facts } = kept;
        return {
          __typename: 'CompleteUploadPayload',
          uploadId: input.uploadId,
          image: { ...facts, byteSize: image.length },
          viewer: viewerView(actor),
        };
      }
    }
  },
});

export const uploadMoves = { createUpload, completeUpload };
