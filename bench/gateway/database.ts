// The gateway's own embedded server, migrations and seed.
import { load } from './load.ts';

export const { startCluster } = (await load(
  'database/embedded/cluster.js',
)) as typeof import('../../src/database/embedded/cluster.js');
export const { bootstrapDatabase, bootstrapRoles, localUrl, ROLES } = (await load(
  'database/embedded/roles.js',
)) as typeof import('../../src/database/embedded/roles.js');
export const { migrate } = (await load('database/migrate.js')) as typeof import('../../src/database/migrate.js');
export const { seedScale } = (await load('services/seeding/scale.js')) as typeof import('../../src/services/seeding/scale.js');
export const { createFileStorage } = (await load(
  'storage/file-storage.js',
)) as typeof import('../../src/storage/file-storage.js');
