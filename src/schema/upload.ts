import { encodeGlobalId } from '../domain/global-id.js';
import { InvalidInput, NotFound } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import type { Upload } from '../generated/prisma/client.js';
import { FileTooLarge, UnreadableImage, UnsupportedFileType, UploadMissing } from '../services/uploads/errors.js';
import type { OpenUpload } from '../services/uploads/uploads.js';
import { builder } from './builder.js';
import { Image, uploadImage } from './image.js';
import { readIds } from './input-ids.js';
import { forActiveAccounts } from './standing-first.js';
import { sends } from './statements.js';
import { UserError } from './user-errors.js';
import { ChangePayload } from './viewer.js';

builder.objectType(UploadMissing, {
  name: 'UploadMissingError',
  description: 'The photo is not where it should be.',
  interfaces: [UserError],
});

builder.objectType(FileTooLarge, {
  name: 'FileTooLargeError',
  description: 'The photo is larger than one may be.',
  interfaces: [UserError],
  fields: (t) => ({ maxBytes: t.expose('maxBytes', { type: 'SafeInt', description: 'What a photo may have at most.' }) }),
});

builder.objectType(UnsupportedFileType, {
  name: 'UnsupportedFileTypeError',
  description: 'The file is of no type that a photo may have, or its bytes are of another type than was announced.',
  interfaces: [UserError],
  fields: (t) => ({
    acceptedContentTypes: t.stringList({
      description: 'What a photo may be.',
      resolve: ({ acceptedContentTypes }) => [...acceptedContentTypes],
    }),
  }),
});

builder.objectType(UnreadableImage, {
  name: 'UnreadableImageError',
  description: 'The photo is damaged, was cut short, or has more pixels than one may have.',
  interfaces: [UserError],
});

const CreateUploadInput = builder.inputType('CreateUploadInput', {
  description: 'A photo that is about to be uploaded.',
  fields: (t) => ({
    contentType: t.string({ required: true, description: 'One of `presets.limits.acceptedContentTypes`, such as image/jpeg.' }),
    byteSize: t.field({
      type: 'SafeInt',
      required: true,
      description: 'The exact length of the file, from 1 to `presets.limits.maxUploadBytes`.',
    }),
  }),
});

const CreateUploadPayload = builder.objectRef<OpenUpload>('CreateUploadPayload').implement({
  description:
    'A form for one photo. POST it to `url` as multipart/form-data: every one of `fields` first, then the photo as `file`. It may be sent again; the last whole one counts.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    uploadId: t.id({ description: 'For completeUpload, and then for submitGeneration.', resolve: ({ id }) => encodeGlobalId('Upload', id) }),
    url: t.expose('url', { type: 'URL', description: 'Where to send the form. It needs no header of yours.' }),
    fields: t.expose('fields', { type: 'JSONObject', description: 'The names and values to send before the photo, unchanged.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'Until when the form may be sent, and the upload completed.' }),
  }),
});

builder.mutationField('createUpload', (t) =>
  t.field({
    type: CreateUploadPayload,
    // Where too many wait, who asks is looked up once more.
    ...sends(4, { reserve: 1 }),
    description:
      'A signed form for one photo of exactly this type and length. A person may have 50 of them (as configured) waiting for their photo.',
    args: { input: t.arg({ type: CreateUploadInput, required: true, description: 'What will be uploaded.' }) },
    errors: { types: [InvalidInput, FileTooLarge, UnsupportedFileType] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) => services.uploads.createUpload(signedIn(viewer), input)),
  }),
);

const CompleteUploadInput = builder.inputType('CompleteUploadInput', {
  description: 'An upload whose photo was sent.',
  fields: (t) => ({ uploadId: t.id({ required: true, description: 'As createUpload gave it.' }) }),
});

const CompleteUploadPayload = builder.objectRef<Upload>('CompleteUploadPayload').implement({
  description: 'A photo that may be submitted, more than once. One that no submission uses for 30 days is removed.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    uploadId: t.id({ description: 'For `input1` and `input2` of submitGeneration.', resolve: ({ id }) => encodeGlobalId('Upload', id) }),
    image: t.field({ type: Image, description: 'The photo as it is kept.', resolve: uploadImage }),
  }),
});

builder.mutationField('completeUpload', (t) =>
  t.field({
    type: CompleteUploadPayload,
    // Looking, announcing, keeping; one that is complete is only looked at.
    ...sends(10),
    description:
      'Checks the photo that arrived and keeps it: upright, in sRGB, without place, camera or any other metadata; of an animated one the first frame. Completing it again gives the same answer.',
    args: { input: t.arg({ type: CompleteUploadInput, required: true, description: 'Which one.' }) },
    errors: { types: [InvalidInput, NotFound, UploadMissing, UnsupportedFileType, UnreadableImage] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.uploads.completeUpload(
        signedIn(viewer),
        readIds(({ id }) => ({ uploadId: id('Upload', 'uploadId', input.uploadId) })),
      ),
    ),
  }),
);
