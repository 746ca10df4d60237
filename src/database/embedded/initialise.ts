import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';
import { EmbeddedServerError, isErrno, USE_YOUR_OWN } from './error.js';
import { lastLines } from './launch.js';
import type { RolePasswords } from './roles.js';
import { run } from './run.js';
import type { ServerAccount } from './run.js';

export interface ClusterPasswords extends RolePasswords {
  readonly superuser: string;
}

export const SUPERUSER = 'postgres';

/** Beside PostgreSQL's own files, so that a cluster and its passwords are made, moved and deleted together. */
const PASSWORD_FILE = 'roomfeed-passwords.json';
const DRAFT_PREFIX = 'initialising-';

/** What a restore of a backup writes to until it is whole. */
export const RESTORE_PREFIX = 'restoring-';

/**
 * Makes the cluster in `directory/cluster` where there is none, and returns its passwords.
 *
 * It is made under another name and moved to its own when it is whole, so a killed first start leaves nothing that a
 * second would trip over. To be called under the directory's lock. `durable: false` skips the waits for the disk.
 */
export async function initialiseCluster(
  directory: string,
  { binaries, account, durable }: { binaries: Binaries; account: ServerAccount | null; durable: boolean },
): Promise<ClusterPasswords> {
  const cluster = join(directory, 'cluster');
  const version = await readVersion(cluster, directory);
  if (version !== null) {
    if (version !== binaries.major) throw wrongVersion(cluster, version, binaries.major);
    return readPasswords(cluster);
  }

  const entries = await readdir(directory);
  // A new database would look like the one that was to be restored, and be empty.
  const half = entries.find((entry) => entry.startsWith(RESTORE_PREFIX));
  if (half !== undefined) throw halfRestored(join(directory, half));
  for (const entry of entries) {
    if (entry.startsWith(DRAFT_PREFIX)) await rm(join(directory, entry), { recursive: true, force: true });
  }
  const draft = await mkdtemp(join(directory, DRAFT_PREFIX));
  try {
    if (account) await chown(draft, account.uid, account.gid);
    const passwords = await initdb(draft, { binaries, account, durable });
    await rename(join(draft, 'cluster'), cluster);
    return passwords;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function initdb(
  draft: string,
  { binaries, account, durable }: { binaries: Binaries; account: ServerAccount | null; durable: boolean },
): Promise<ClusterPasswords> {
  const passwords: ClusterPasswords = {
    superuser: newPassword(),
    owner: newPassword(),
    gateway: newPassword(),
    service: newPassword(),
  };
  const cluster = join(draft, 'cluster');
  const passwordFile = join(draft, 'superuser-password');
  await writePrivately(passwordFile, `${passwords.superuser}\n`, account);
  const { code, output } = await run(
    binaries.initdb,
    [
      `--pgdata=${cluster}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // PostgreSQL's own locale: orders by code point on every system, and upgrades of the C library change nothing.
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ],
    account,
  );
  if (code !== 0) {
    throw new EmbeddedServerError(
      'start-failed',
      `A new database could not be made in ${draft} (initdb ended with code ${code}):\n${lastLines(output)}\n` +
        `Where it names what is missing, mend that and start again. ${USE_YOUR_OWN}`,
    );
  }
  await writePrivately(join(cluster, PASSWORD_FILE), JSON.stringify(passwords, null, 2), account);
  return passwords;
}

/** The major version that made a cluster; null where there is none. */
export async function readVersion(cluster: string, directory: string): Promise<string | null> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return null;
    throw new EmbeddedServerError(
      'no-access',
      `The database in ${directory} belongs to another user (${String(cause)}): it was made when the gateway ran as ` +
        'that user, or as root. Start the gateway as the same user again, or give this user another folder with ' +
        `ROOMFEED_DATA_DIR. ${USE_YOUR_OWN}`,
      { cause },
    );
  }
}

export async function readPasswords(cluster: string): Promise<ClusterPasswords> {
  const path = join(cluster, PASSWORD_FILE);
  const value: unknown = await readFile(path, 'utf8').then(
    (text) => JSON.parse(text) as unknown,
    () => null,
  );
  const password = (role: keyof ClusterPasswords): string => {
    const found: unknown = typeof value === 'object' && value ? Reflect.get(value, role) : undefined;
    if (typeof found === 'string' && found !== '') return found;
    throw new EmbeddedServerError(
      'start-failed',
      `The file ${path} with the database's passwords is missing or damaged. Restore it from a backup; or, to begin ` +
        `with an empty database, move ${cluster} away.`,
    );
  };
  return {
    superuser: password('superuser'),
    owner: password('owner'),
    gateway: password('gateway'),
    service: password('service'),
  };
}

function halfRestored(draft: string): EmbeddedServerError {
  return new EmbeddedServerError(
    'start-failed',
    `A backup was being restored to ${dirname(draft)} and did not come to its end. Restore it again, after moving away what ` +
      `may be in the way; or, to begin with an empty database, delete ${draft}.`,
  );
}

function wrongVersion(cluster: string, found: string, wanted: string): EmbeddedServerError {
  return new EmbeddedServerError(
    'wrong-version',
    `The database in ${cluster} was made by PostgreSQL ${found}, and this release brings PostgreSQL ${wanted}, which ` +
      `cannot read it. Dump it with the release that made it (pg_dump) and load it into a new one; or, where it ` +
      `holds demo data only, move that folder away and start again. ${USE_YOUR_OWN}`,
  );
}

async function writePrivately(path: string, content: string, account: ServerAccount | null): Promise<void> {
  await writeFile(path, content, { mode: 0o600 });
  await chmod(path, 0o600);
  if (account) await chown(path, account.uid, account.gid);
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
