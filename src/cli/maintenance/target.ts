import { openStorage } from '../../app/storage.js';
import { loadConfiguration } from '../../config/load.js';
import { createDatabases } from '../../database/databases.js';
import { createExclusive } from '../../database/exclusive.js';
import { provideDatabase } from '../../database/provision.js';
import type { MaintenanceTarget } from './command.js';

/** Maintenance looks through whole tables, and writes files while a transaction is open: what takes long is no fault. */
const pool = {
  max: 4,
  connectionTimeoutMillis: 10_000,
  idleTimeoutMillis: 30_000,
  statementTimeoutMillis: 10 * 60_000,
  lockTimeoutMillis: 30_000,
  idleInTransactionTimeoutMillis: 10 * 60_000,
};

/**
 * The database and storage that the environment names: the embedded server of a gateway that runs, or one started here.
 *
 * @throws ConfigurationError, EmbeddedServerError, MigrationError, UnsafeRoleError, StorageError: with what to do.
 */
export async function openFromEnvironment(say: (message: string) => void): Promise<MaintenanceTarget> {
  const configuration = loadConfiguration();
  const { environment, runtime } = configuration;
  const store = openStorage({ configuration, warn: say });
  await store.prepare();
  const database = await provideDatabase({
    settings: environment.database,
    dataDirectory: environment.dataDirectory,
    beside: true,
    log: { info: say, warn: say, error: say },
  });
  const databases = createDatabases({ gatewayUrl: database.urls.gateway, serviceUrl: database.urls.service, pool });
  const exclusive = createExclusive({
    url: database.urls.service,
    timeoutMs: pool.connectionTimeoutMillis,
    log: { debug: () => undefined, warn: (_fields, message) => say(message) },
  });
  const close = async (): Promise<void> => {
    store.close();
    await exclusive.close();
    await databases.close();
    await database.stop();
  };
  try {
    await databases.verifyRoles();
  } catch (error) {
    await close();
    throw error;
  }
  return { databases, storage: store.storage, runtime, alone: exclusive.during, dataDirectory: environment.dataDirectory, close };
}
