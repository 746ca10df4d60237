import type { Databases } from '../database/database.js';
import { type ReadModels, readOnlyModels } from '../database/read-models.js';
import type { MaybeViewer } from '../domain/viewer.js';
import { scopeOf } from './scope.js';

export type ModelService = ReturnType<typeof createModelService>;

/**
 * Prisma for reading, as one caller may: what plugin-prisma resolves its own fields with. It writes nothing, runs no
 * SQL, and sees only what the policies let the caller see.
 */
export function createModelService({ databases }: { databases: Databases }) {
  return {
    readAs: (viewer: MaybeViewer): ReadModels => readOnlyModels(databases.gateway(scopeOf(viewer))),
  };
}
