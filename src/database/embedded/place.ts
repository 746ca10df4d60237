import { createHash } from 'node:crypto';
import { access, chmod, mkdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canEnter } from './account.js';
import { EmbeddedServerError, USE_YOUR_OWN } from './error.js';
import type { Log } from './log.js';
import type { ServerAccount } from './run.js';

/** Names the database's real directory, in the data directory that it could not live in. */
const SIGNPOST = 'database-is-elsewhere.txt';

export interface Place {
  /** A real path: holds the cluster, the log and the lock. */
  readonly directory: string;
  /** Where it is not the data directory, says why. */
  readonly reason: string | null;
  /** To be called under the directory's lock, before its cluster is used. */
  claim(log: Log): Promise<void>;
}

/**
 * Where the database lives: in `dataDirectory`, unless the server's user cannot get there. Then it is in `elsewhere`,
 * under a name made from the data directory's path, and a signpost in the data directory says so.
 */
export async function choosePlace(
  dataDirectory: string,
  account: ServerAccount | null,
  elsewhere: string,
): Promise<Place> {
  await makeDirectory(dataDirectory);
  const wanted = await realpath(dataDirectory);
  const signpost = join(wanted, SIGNPOST);
  const signposted = (await readFile(signpost, 'utf8').catch(() => null)) !== null;
  if (!account || (!signposted && (await canEnter(wanted, account)))) {
    return { directory: wanted, reason: null, claim: () => Promise.resolve() };
  }
  if (await exists(join(wanted, 'cluster'))) {
    throw new EmbeddedServerError(
      'no-access',
      `The database in ${wanted} can no longer be reached by ${account.name}, whom PostgreSQL runs as because it ` +
        'refuses root. Let others pass through the folders above it ("chmod o+x"), or set a new ROOMFEED_DATA_DIR. ' +
        USE_YOUR_OWN,
    );
  }

  const name = createHash('sha256').update(wanted).digest('hex').slice(0, 16);
  await makeOpenDirectory(elsewhere);
  await makeOpenDirectory(join(elsewhere, name));
  const directory = await realpath(join(elsewhere, name));
  if (!(await canEnter(directory, account))) {
    throw new EmbeddedServerError(
      'no-access',
      `PostgreSQL refuses root and runs as ${account.name}, who reaches neither ${wanted} nor ${directory}. Set ` +
        `ROOMFEED_DATA_DIR to a folder that is open to other users. ${USE_YOUR_OWN}`,
    );
  }
  return {
    directory,
    reason: `${account.name}, whom PostgreSQL runs as because it refuses root, cannot enter ${wanted}`,
    claim: async (log) => {
      if (!signposted) await setAside(directory, log);
      await writeFile(signpost, `${directory}\n`);
    },
  };
}

/**
 * Without a signpost the data directory is new, so a database of its name belongs to one that was deleted, together
 * with the files that its rows speak of. It is kept as the one previous database, and a new one is begun.
 */
async function setAside(directory: string, log: Log): Promise<void> {
  const cluster = join(directory, 'cluster');
  if (!(await exists(cluster))) return;
  const previous = join(directory, 'cluster.previous');
  await rm(previous, { recursive: true, force: true });
  await rename(cluster, previous);
  log.warn(`The database of a data directory that was deleted is kept in ${previous}; delete it once you are sure.`);
}

/** Makes a folder that everybody may pass through, whatever the umask; one that exists is left as it is. */
export async function makeOpenDirectory(directory: string): Promise<void> {
  if (await makeDirectory(directory)) await chmod(directory, 0o755);
}

/** Makes a folder and those above it; false where it existed. */
async function makeDirectory(directory: string): Promise<boolean> {
  try {
    return (await mkdir(directory, { recursive: true })) !== undefined;
  } catch (cause) {
    throw new EmbeddedServerError(
      'no-access',
      `The folder ${directory} for the embedded database cannot be made (${String(cause)}). Set ROOMFEED_DATA_DIR to ` +
        `one that this user may write to. ${USE_YOUR_OWN}`,
      { cause },
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
