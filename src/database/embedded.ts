import { findCluster, startCluster } from './embedded/cluster.js';
import type { ClusterOptions } from './embedded/cluster.js';
import { bootstrapDatabase, bootstrapRoles, localUrl, type RolePasswords, ROLES } from './embedded/roles.js';

/** A PostgreSQL server of this gateway's own, ready for migrations. */
export interface EmbeddedServer {
  /** The database `roomfeed` as each role. The owner is no superuser. */
  readonly urls: { readonly owner: string; readonly gateway: string; readonly service: string };
  readonly port: number;
  /** Where the data really is; not always the data directory that was asked for. */
  readonly directory: string;
  /** Shuts down and resolves when the server is gone. May be called more than once. */
  stop(): Promise<void>;
}

const DATABASE = 'roomfeed';

/**
 * Starts the embedded PostgreSQL server on `dataDirectory` (made where absent), with the product's roles and database.
 * It listens on the loopback interface only, and ends with this process, however that ends.
 *
 * @throws EmbeddedServerError with what to do: another gateway runs on the directory, another version made it, …
 */
export async function startEmbeddedServer(
  options: Pick<ClusterOptions, 'dataDirectory' | 'log' | 'elsewhere' | 'durable'>,
): Promise<EmbeddedServer> {
  const cluster = await startCluster(options);
  const { port, directory, passwords, stop } = cluster;
  try {
    await bootstrapRoles(cluster.superuserUrl('postgres'), passwords);
    await bootstrapDatabase(cluster.superuserUrl('postgres'), DATABASE);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: urlsOf(passwords, port), port, directory, stop };
}

/**
 * The database of a gateway that runs on `dataDirectory` now, for a command beside it; null where none does. The server
 * stays the gateway's, and ends with it.
 */
export async function findRunningServer(options: {
  readonly dataDirectory: string;
  readonly elsewhere?: string;
}): Promise<Pick<EmbeddedServer, 'urls'> | null> {
  const running = await findCluster(options);
  return running && { urls: urlsOf(running.passwords, running.port) };
}

function urlsOf(passwords: RolePasswords, port: number): EmbeddedServer['urls'] {
  const url = (kind: keyof typeof ROLES): string => localUrl(ROLES[kind], passwords[kind], port, DATABASE);
  return { owner: url('owner'), gateway: url('gateway'), service: url('service') };
}
