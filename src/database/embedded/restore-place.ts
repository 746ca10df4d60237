import { access, chmod, chown, lchown, mkdtemp, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseServerAccount } from './account.js';
import { prepareBinaries } from './binaries.js';
import { ELSEWHERE, startCluster } from './cluster.js';
import { EmbeddedServerError, isErrno } from './error.js';
import { RESTORE_PREFIX } from './initialise.js';
import { acquireLock } from './lock.js';
import type { Log } from './log.js';
import { choosePlace } from './place.js';
import type { ServerAccount } from './run.js';

/** Where a cluster is brought back to. Until it is adopted no gateway starts on the data directory. */
export interface RestorePlace {
  /** An empty folder that the cluster is to be written to, as its folder `cluster`. */
  readonly draft: string;
  /**
   * Starts PostgreSQL on what was written and stops it again, so that what is adopted is known to work.
   *
   * @throws EmbeddedServerError with the server's last words
   */
  tryOut(): Promise<void>;
  /** Moves the cluster to its place: the last step of a restore. */
  adopt(): Promise<void>;
  /** Removes what was not adopted, and lets gateways start. */
  release(): Promise<void>;
}

/**
 * Prepares `dataDirectory`, which must be absent or empty, for a cluster of PostgreSQL `major`, and takes it for this
 * process. A process that is killed leaves its draft behind, which keeps gateways from starting; the next restore takes it
 * away.
 *
 * @throws EmbeddedServerError with what to do
 */
export async function openRestorePlace(options: {
  readonly dataDirectory: string;
  readonly major: string;
  readonly log: Log;
  /** False skips the waits for the disk while it is tried out. Default: true. */
  readonly durable?: boolean;
  readonly elsewhere?: string;
}): Promise<RestorePlace> {
  const { dataDirectory, major, log, elsewhere = ELSEWHERE, durable = true } = options;
  await refuseContent(dataDirectory);
  const chosen = await chooseServerAccount(join(dataDirectory, 'cluster'));
  const place = await choosePlace(dataDirectory, chosen, elsewhere);
  const cluster = join(place.directory, 'cluster');
  const { major: ours } = await prepareBinaries(chosen, elsewhere);
  if (major !== ours) throw wrongVersion(major, ours);

  const lock = await acquireLock(place.directory, log);
  try {
    // Once more, as somebody else may have restored or started meanwhile.
    await refuseContent(dataDirectory);
    if (await exists(cluster)) throw inTheWay(cluster);
    for (const folder of new Set([place.directory, await realpath(dataDirectory)])) await removeDrafts(folder);
    const draft = await mkdtemp(join(place.directory, RESTORE_PREFIX));
    // The server's user passes through and writes nothing here: what is beside the cluster is not theirs.
    await chmod(draft, chosen ? 0o711 : 0o700);
    return {
      draft,
      async tryOut() {
        if (chosen) await handOver(join(draft, 'cluster'), chosen);
        await (await startCluster({ dataDirectory: draft, log, elsewhere, durable })).stop();
      },
      async adopt() {
        await place.claim(log);
        // Over anything but an empty folder it fails.
        await rename(join(draft, 'cluster'), cluster);
        await syncFolder(place.directory);
      },
      async release() {
        await rm(draft, { recursive: true, force: true });
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** @throws EmbeddedServerError where the folder holds anything of somebody's. */
async function refuseContent(directory: string): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(await realpath(directory));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw new EmbeddedServerError('no-access', `The folder ${directory} cannot be looked into (${String(error)}).`);
  }
  // What others left of a lock or a restore is nobody's; a disk of its own has a folder for what is lost.
  const nobodys = ['gateway.lock', RESTORE_PREFIX];
  const content = names.filter((name) => name !== 'lost+found' && !nobodys.some((prefix) => name.startsWith(prefix)));
  if (content.length > 0) throw inTheWay(directory, content);
}

function inTheWay(directory: string, content: readonly string[] = []): EmbeddedServerError {
  const held = content.length > 0 ? ` (it holds ${content.slice(0, 3).join(', ')}${content.length > 3 ? ', …' : ''})` : '';
  return new EmbeddedServerError(
    'not-empty',
    `${directory} is there already${held}, and a restore overwrites nothing. Move it away, or set ROOMFEED_DATA_DIR to a ` +
      'new folder.',
  );
}

function wrongVersion(found: string, wanted: string): EmbeddedServerError {
  return new EmbeddedServerError(
    'wrong-version',
    `The backup was made by PostgreSQL ${found}, and this release brings PostgreSQL ${wanted}, which cannot read it. ` +
      'Restore it with the release that made it.',
  );
}

/** To be called under the lock: then no restore is under way. */
async function removeDrafts(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(RESTORE_PREFIX)) await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** Gives a tree to the server's user. */
async function handOver(path: string, account: ServerAccount): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) await handOver(below, account);
    else await lchown(below, account.uid, account.gid);
  }
  await chown(path, account.uid, account.gid);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
