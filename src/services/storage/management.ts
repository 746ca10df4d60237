import type { Databases } from '../../database/database.js';
import type { Viewer } from '../../domain/viewer.js';
import * as assets from '../../repositories/assets.js';
import type { SignedUrl, Storage } from '../../storage/storage.js';
import { scopeOf } from '../scope.js';

export interface StorageUsage {
  readonly totalBytes: number;
  readonly objectCount: number;
  /** One for each kind a user can own, also where it is empty. */
  readonly byKind: readonly assets.StorageSum[];
}

const kinds = ['input', 'output', 'thumbnail'];

export type StorageService = ReturnType<typeof createStorageService>;

export function createStorageService({ databases, storage }: { databases: Databases; storage: Storage }) {
  return {
    /** Signs the URLs of private pictures. No network call, whatever their number. */
    generateBatchSignedUrls: (keys: readonly string[]): readonly SignedUrl[] =>
      keys.map((key) => storage.signedUrl(key)),

    signedUrl: (key: string): SignedUrl => storage.signedUrl(key),

    publicUrl: (key: string): string => storage.publicUrl(key),

    /** What the viewer's photos and renders weigh in storage. */
    async calculateStorageUsage(viewer: Viewer): Promise<StorageUsage> {
      const sums = await assets.sumAssetsByKind(databases.gateway(scopeOf(viewer)), viewer.id);
      const total = (pick: (sum: assets.StorageSum) => number) => sums.reduce((all, sum) => all + pick(sum), 0);
      return {
        totalBytes: total(({ bytes }) => bytes),
        objectCount: total(({ objectCount }) => objectCount),
        byKind: kinds.map((kind) => sums.find((sum) => sum.kind === kind) ?? { kind, bytes: 0, objectCount: 0 }),
      };
    },
  };
}
