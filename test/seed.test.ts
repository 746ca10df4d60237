import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runtimeDefaults } from '../src/config/runtime-defaults.js';
import { createDatabases } from '../src/database/databases.js';
import type { Database } from '../src/database/database.js';
import { seedDemo } from '../src/services/seeding/demo.js';
import { createFileStorage } from '../src/storage/file-storage.js';
import type { Storage, StoredObject } from '../src/storage/storage.js';
import { createTestDatabase } from './support/database.js';

const now = new Date('2026-03-02T09:30:00.000Z');

interface House {
  readonly service: Database;
  readonly storage: Storage;
  readonly serviceUrl: string;
  readonly ownerUrl: string;
  readonly close: () => Promise<void>;
}

async function openHouse(): Promise<House> {
  const database = await createTestDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'roomfeed-seed-'));
  const databases = createDatabases({
    gatewayUrl: database.urls.gateway,
    serviceUrl: database.urls.service,
    pool: {
      max: 4,
      connectionTimeoutMillis: 10_000,
      idleTimeoutMillis: 10_000,
      statementTimeoutMillis: 60_000,
      lockTimeoutMillis: 60_000,
    },
  });
  return {
    service: databases.service({ kind: 'system' }),
    storage: createFileStorage({
      directory,
      publicUrl: new URL('http://127.0.0.1:4000'),
      windowSeconds: 3_600,
      signingSecret: 'a secret of at least thirty-two characters',
    }),
    serviceUrl: database.urls.service,
    ownerUrl: database.urls.owner,
    async close() {
      await databases.close();
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
