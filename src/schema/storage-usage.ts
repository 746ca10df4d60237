import type { StorageUsage as Usage } from '../services/storage/management.js';
import { builder } from './builder.js';
import { sends } from './statements.js';
import { Viewer } from './viewer.js';

const StorageKindUsage = builder.objectRef<Usage['byKind'][number]>('StorageKindUsage').implement({
  description: 'What objects of one kind weigh.',
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'input (your photos), output (renders) or thumbnail.' }),
    bytes: t.expose('bytes', { type: 'SafeInt', description: 'Bytes of this kind.' }),
    objectCount: t.exposeInt('objectCount', { description: 'Objects of this kind.' }),
  }),
});

export const StorageUsage = builder.objectRef<Usage>('StorageUsage').implement({
  description: 'What your photos and renders weigh.',
  fields: (t) => ({
    totalBytes: t.expose('totalBytes', { type: 'SafeInt', description: 'Bytes of all kinds.' }),
    objectCount: t.exposeInt('objectCount', { description: 'Objects of all kinds.' }),
    byKind: t.field({ type: [StorageKindUsage], description: 'Every kind, also where it is empty.', resolve: ({ byKind }) => byKind }),
  }),
});

builder.objectField(Viewer, 'storageUsage', (t) =>
  t.field({
    type: StorageUsage,
    ...sends(1),
    description:
      'What your photos and renders weigh in storage, as the store holds them now: what was deleted counts until its bytes are gone, mostly some seconds later.',
    resolve: (viewer, _args, { services }) => services.storage.calculateStorageUsage(viewer),
  }),
);
