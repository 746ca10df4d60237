import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseServerAccount } from './account.js';
import { ELSEWHERE, startCluster } from './cluster.js';
import { wasShutDown } from './control-file.js';
import { EmbeddedServerError } from './error.js';
import { readVersion } from './initialise.js';
import { acquireLock } from './lock.js';
import type { GatewayLock } from './lock.js';
import type { Log } from './log.js';
import { choosePlace } from './place.js';
import { settlePrevious } from './postmaster.js';

/** A cluster that no server uses, nor may until it is released. */
export interface ColdCluster {
  /** A real path. Its files are complete in themselves. */
  readonly directory: string;
  /** The major version of the PostgreSQL that made it, such as `18`. */
  readonly major: string;
  /** Lets gateways start again. */
  release(): Promise<void>;
}

/** Of the cluster's own files: they speak of a running server, and the next one makes them anew. */
export const FILES_OF_A_SERVER: ReadonlySet<string> = new Set(['postmaster.pid', 'postmaster.opts']);

/**
 * Takes the cluster of a data directory for copying. One whose gateway was killed is started and shut down first, so
 * that its files need no recovery.
 *
 * @throws EmbeddedServerError with what to do: a gateway runs on it, there is none, …
 */
export async function takeColdCluster(options: {
  readonly dataDirectory: string;
  readonly log: Log;
  readonly elsewhere?: string;
}): Promise<ColdCluster> {
  const { dataDirectory, log, elsewhere = ELSEWHERE } = options;
  // Looking for the place would make the folder.
  if (!(await exists(dataDirectory))) throw nothingThere(dataDirectory);
  const chosen = await chooseServerAccount(join(dataDirectory, 'cluster'));
  const place = await choosePlace(dataDirectory, chosen, elsewhere);
  const directory = join(place.directory, 'cluster');

  for (let attempt = 1; ; attempt += 1) {
    const lock = await acquireLock(place.directory, log);
    try {
      const major = await readVersion(directory, place.directory);
      if (major === null) throw nothingThere(dataDirectory);
      await settlePrevious(directory, { orphaned: lock.predecessorKilled, log });
      if (await wasShutDown(directory)) return { directory, major, release: lock.release };
    } catch (error) {
      await lock.release();
      throw error;
    }
    if (attempt > 1) throw await notShutDown(lock, directory);
    log.info('The database was not shut down: it is started and stopped once, so that nothing has to be recovered later.');
    await lock.release();
    await (await startCluster({ dataDirectory, log, elsewhere })).stop();
  }
}

function nothingThere(dataDirectory: string): EmbeddedServerError {
  return new EmbeddedServerError(
    'no-cluster',
    `There is no database in ${dataDirectory}. Set ROOMFEED_DATA_DIR to the folder that the gateway keeps its data in.`,
  );
}

async function notShutDown(lock: GatewayLock, directory: string): Promise<EmbeddedServerError> {
  await lock.release();
  return new EmbeddedServerError(
    'stop-failed',
    `The database in ${directory} does not say that it was shut down, though it was started and stopped. Its files would ` +
      'be no whole copy. The server.log beside it says more.',
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
