import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedServerError, isErrno, USE_YOUR_OWN } from './error.js';
import type { Log } from './log.js';
import { processIdentity } from './processes.js';

/** Proof that this gateway, and no other, uses the data directory. */
export interface GatewayLock {
  /** The last gateway went without giving its lock back: it was killed. */
  readonly predecessorKilled: boolean;
  /** Tells a gateway that starts now that waiting is worth while. */
  announceStop(): Promise<void>;
  release(): Promise<void>;
}

interface Holder {
  readonly pid: number;
  /** What tells the process from a later one with its pid. */
  readonly identity: string;
  readonly stopping: boolean;
}

const STOPPING_PATIENCE_MS = 60_000;

/**
 * Takes the directory for this process. A lock whose holder no longer lives is taken over; a holder that is stopping is
 * waited for, up to a minute; any other is an `in-use` error. PostgreSQL's own lock on its cluster stays the last word.
 */
export async function acquireLock(directory: string, log: Log): Promise<GatewayLock> {
  const path = join(directory, 'gateway.lock');
  const identity = await processIdentity(process.pid);
  if (identity === null) {
    throw new EmbeddedServerError('unsupported-platform', 'This system does not tell when a process started ("ps").');
  }
  const self: Holder = { pid: process.pid, identity, stopping: false };
  const deadline = Date.now() + STOPPING_PATIENCE_MS;
  let predecessorKilled = false;
  let waiting = false;

  while (!(await publish(path, self))) {
    const content = await readFile(path, 'utf8').catch(() => null);
    if (content === null) continue; // given back this very moment
    const holder = parseHolder(content);
    if (holder && (await processIdentity(holder.pid)) === holder.identity) {
      if (!holder.stopping || Date.now() > deadline) throw inUse(directory, holder.pid);
      if (!waiting) log.info(`Waiting for the gateway that is stopping (process ${holder.pid}) to free ${directory}.`);
      waiting = true;
      await delay(50);
    } else if (await removeStale(path, content)) {
      predecessorKilled = true;
    }
  }

  return {
    predecessorKilled,
    announceStop: () => replace(path, { ...self, stopping: true }),
    release: () => unlink(path).catch(() => undefined),
  };
}

/** The error of two gateways on one directory. */
export function inUse(directory: string, pid: number): EmbeddedServerError {
  return new EmbeddedServerError(
    'in-use',
    `The database in ${directory} is in use by process ${pid}: another gateway runs on it. Stop that one, or give ` +
      'this one a data directory of its own with ROOMFEED_DATA_DIR. Several gateways share a PostgreSQL server of ' +
      'your own by DATABASE_URL.',
  );
}

/** Makes the lock, whole from its first instant; false where there is one. */
async function publish(path: string, holder: Holder): Promise<boolean> {
  const draft = await writeDraft(path, holder);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function replace(path: string, holder: Holder): Promise<void> {
  await rename(await writeDraft(path, holder), path);
}

async function writeDraft(path: string, holder: Holder): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, JSON.stringify(holder), { mode: 0o600 });
  } catch (cause) {
    if (!isErrno(cause, 'EACCES', 'EPERM', 'EROFS')) throw cause;
    throw new EmbeddedServerError(
      'no-access',
      `This user may not write to ${dirname(path)}, the embedded database's folder. Start the gateway as the ` +
        `folder's owner, or give it another folder with ROOMFEED_DATA_DIR. ${USE_YOUR_OWN}`,
      { cause },
    );
  }
  return draft;
}

/** Moves the dead holder's lock away, and puts it back where another start was faster and this is its fresh one. */
async function removeStale(path: string, judged: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
  const stale = (await readFile(aside, 'utf8')) === judged;
  if (!stale) await link(aside, path).catch(() => undefined);
  await unlink(aside);
  return stale;
}

function parseHolder(content: string): Holder | null {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || !value || !('pid' in value) || !('identity' in value)) return null;
    const { pid, identity } = value;
    if (typeof pid !== 'number' || typeof identity !== 'string') return null;
    return { pid, identity, stopping: 'stopping' in value && value.stopping === true };
  } catch {
    return null;
  }
}
