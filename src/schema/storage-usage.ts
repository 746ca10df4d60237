import type { StorageUsage as Usage } from '../services/storage/management.js';
import { builder } from './builder.js';
import { Viewer } from './viewer.js';

const StorageKindUsage = builder.objectRef<Usage['byKind'][number]>('StorageKindUsage').implement({
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'input (your photos), output (renders) or thumbnail.' }),
    bytes: t.expose('bytes', { type: 'SafeInt' }),
    objectCount: t.exposeInt('objectCount'),
  }),
});

export const StorageUsage = builder.objectRef<Usage>('StorageUsage').implement({
  description: 'What your photos and renders weigh.',
  fields: (t) => ({
    totalBytes: t.expose('totalBytes', { type: 'SafeInt' }),
    objectCount: t.exposeInt('objectCount'),
    byKind: t.field({ type: [StorageKindUsage], resolve: ({ byKind }) => byKind }),
  }),
});

builder.objectField(Viewer, 'storageUsage', (t) =>
  t.field({
    type: StorageUsage,
    resolve: (viewer, _args, { services }) => services.storage.calculateStorageUsage(viewer),
  }),
);
