import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { chooseServerAccount } from './account.js';
import { prepareBinaries } from './binaries.js';
import type { Binaries } from './binaries.js';
import { EmbeddedServerError, USE_YOUR_OWN } from './error.js';
import { initialiseCluster, readPasswords, SUPERUSER } from './initialise.js';
import { lastLines, launch, LaunchFailure } from './launch.js';
import type { LaunchedServer, LaunchOptions } from './launch.js';
import { acquireLock } from './lock.js';
import type { Log } from './log.js';
import { choosePlace } from './place.js';
import { readPidFile, settlePrevious } from './postmaster.js';
import { isServerOf } from './processes.js';
import { localUrl } from './roles.js';
import type { RolePasswords } from './roles.js';

export interface ClusterOptions {
  /** Made where absent. Holds the cluster, its log and its lock, unless the server's user cannot get there. */
  readonly dataDirectory: string;
  readonly log: Log;
  /** Where data and programs go that the server's user cannot reach. Default: `/var/lib/roomfeed`. */
  readonly elsewhere?: string;
  /** PostgreSQL's settings beside our own. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False gives up the data on a power cut, for speed. Default: true. */
  readonly durable?: boolean;
  /** Names the port to try next; one that turns out to be taken costs an attempt. Default: asks the system. */
  readonly choosePort?: () => Promise<number>;
}

/** A running server with nothing of the product in it yet. */
export interface Cluster {
  readonly port: number;
  /** Where the data really is. */
  readonly directory: string;
  /** What the product's roles are to be given. */
  readonly passwords: RolePasswords;
  superuserUrl(database: string): string;
  /** Shuts down, waits until the server is gone, and frees the directory. May be called more than once. */
  stop(): Promise<void>;
}

/** Where what the server's user cannot reach in its own place goes. */
export const ELSEWHERE = '/var/lib/roomfeed';
const PORT_ATTEMPTS = 10;
const MEMORY_PATIENCE_MS = 30_000;

/**
 * Starts PostgreSQL on `dataDirectory`, making the cluster on the first start, on a free port of the loopback
 * interface. The server ends with this process, however that ends.
 *
 * @throws EmbeddedServerError with what to do
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { dataDirectory, log, elsewhere = ELSEWHERE, durable = true, choosePort = freePort } = options;
  const chosen = await chooseServerAccount(join(dataDirectory, 'cluster'));
  const place = await choosePlace(dataDirectory, chosen, elsewhere);
  // A cluster elsewhere may belong to another user than the one we would choose for a new one.
  const account = await chooseServerAccount(join(place.directory, 'cluster'));
  const binaries = await prepareBinaries(account, elsewhere);
  announce(place, binaries, log);

  const lock = await acquireLock(place.directory, log);
  let server: LaunchedServer;
  let port: number;
  try {
    await place.claim(log);
    const { superuser, ...passwords } = await initialiseCluster(place.directory, { binaries, account, durable });
    const clusterDirectory = join(place.directory, 'cluster');
    await settlePrevious(clusterDirectory, { orphaned: lock.predecessorKilled, log });
    ({ server, port } = await launchOnFreePort(choosePort, {
      postgres: binaries.postgres,
      clusterDirectory,
      logFile: join(place.directory, 'server.log'),
      account,
      settings: {
        ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
        ...options.settings,
      },
    }));

    let stopping: Promise<void> | undefined;
    void server.ended.then((output) => {
      if (!stopping) log.error(`The embedded PostgreSQL server ended by itself. Its last words:\n${lastLines(output)}`);
    });
    const stop = async (): Promise<void> => {
      await lock.announceStop();
      await server.stop();
      await lock.release();
    };
    return {
      port,
      directory: place.directory,
      passwords,
      superuserUrl: (database) => localUrl(SUPERUSER, superuser, port, database),
      stop: () => (stopping ??= stop()),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What it takes to reach the server that another process runs on `dataDirectory`; null where there is none, or not yet. */
export async function findCluster(
  options: Pick<ClusterOptions, 'dataDirectory' | 'elsewhere'>,
): Promise<Pick<Cluster, 'port' | 'passwords'> | null> {
  const { dataDirectory, elsewhere = ELSEWHERE } = options;
  const place = await choosePlace(dataDirectory, await chooseServerAccount(join(dataDirectory, 'cluster')), elsewhere);
  const clusterDirectory = join(place.directory, 'cluster');
  const server = await readPidFile(clusterDirectory);
  if (!server?.ready || !(await isServerOf(server.pid, clusterDirectory))) return null;
  return { port: server.port, passwords: await readPasswords(clusterDirectory) };
}

function announce(place: { directory: string; reason: string | null }, binaries: Binaries, log: Log): void {
  const moved = [
    ...(place.reason === null ? [] : [`its data is in ${place.directory}, because ${place.reason}`]),
    ...(binaries.copiedTo === null ? [] : [`its programs run from a copy in ${binaries.copiedTo}`]),
  ];
  if (moved.length > 0) log.info(`The embedded PostgreSQL server: ${moved.join('; ')}.`);
}

/** Another program may take the free port between the question and the server's start; then another is tried. */
async function launchOnFreePort(
  choosePort: () => Promise<number>,
  options: Omit<LaunchOptions, 'port'>,
): Promise<{ server: LaunchedServer; port: number }> {
  const deadline = Date.now() + MEMORY_PATIENCE_MS;
  for (let attempt = 1; ; ) {
    const port = await choosePort();
    try {
      return { server: await launch({ ...options, port }), port };
    } catch (error) {
      if (!(error instanceof LaunchFailure)) throw error;
      // A query of a server that was killed without its gateway still runs; it ends as soon as it looks up.
      const memoryInUse = /pre-existing shared memory block/.test(error.output) && Date.now() < deadline;
      const portTaken = /could not create any TCP\/IP sockets|Address already in use/.test(error.output);
      if (memoryInUse) await delay(200);
      else if (!portTaken || attempt++ >= PORT_ATTEMPTS) throw startFailed(options, error);
    }
  }
}

function startFailed(options: Omit<LaunchOptions, 'port'>, failure: LaunchFailure): EmbeddedServerError {
  const { clusterDirectory, logFile } = options;
  const inUse = /lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(failure.output);
  return new EmbeddedServerError(
    inUse ? 'in-use' : 'start-failed',
    `PostgreSQL did not start on ${clusterDirectory}${inUse ? ', because another server still uses it' : ''}. Its ` +
      `last words:\n${lastLines(failure.output)}\nThe whole log is ${logFile}. ${USE_YOUR_OWN}`,
    { cause: failure },
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('The system gave no port.'));
      });
    });
  });
}
