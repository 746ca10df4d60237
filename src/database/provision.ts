import type { DatabaseSettings } from '../config/environment/database.js';
import { findRunningServer, startEmbeddedServer } from './embedded.js';
import type { Log } from './embedded/log.js';
import { migrate } from './migrate.js';

/** A migrated database, and how to let go of it. */
export interface ProvidedDatabase {
  /** The owner's is null where it was not given. */
  readonly urls: { readonly owner: string | null; readonly gateway: string; readonly service: string };
  /** Stops the embedded server; nothing to do for a database by URL. */
  stop(): Promise<void>;
}

/**
 * Gives the database that the settings name, migrated: the embedded server, started here, or the one behind the URLs.
 * There, migrations run only where the owner's URL is given; otherwise `npm run migrate` has done it before.
 *
 * @throws EmbeddedServerError, MigrationError: with what to do.
 */
export async function provideDatabase(options: {
  readonly settings: DatabaseSettings;
  readonly dataDirectory: string;
  readonly log: Log;
  /** True for a command that may run beside a gateway: it uses that one's embedded server, which is migrated already. */
  readonly beside?: boolean;
}): Promise<ProvidedDatabase> {
  const { settings, dataDirectory, log, beside = false } = options;
  const apply = async (ownerUrl: string) => {
    const { applied } = await migrate({ ownerUrl });
    if (applied.length > 0) log.info(`Applied ${applied.length} migration${applied.length === 1 ? '' : 's'}.`);
  };
  if (settings.kind === 'urls') {
    if (settings.ownerUrl) await apply(settings.ownerUrl.reveal());
    const urls = {
      owner: settings.ownerUrl?.reveal() ?? null,
      gateway: settings.gatewayUrl.reveal(),
      service: settings.serviceUrl.reveal(),
    };
    return { urls, stop: () => Promise.resolve() };
  }
  const running = beside ? await findRunningServer({ dataDirectory }) : null;
  if (running) return { urls: running.urls, stop: () => Promise.resolve() };
  const server = await startEmbeddedServer({ dataDirectory, log });
  try {
    await apply(server.urls.owner);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { urls: server.urls, stop: server.stop };
}
