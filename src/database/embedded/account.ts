import { readFile, stat } from 'node:fs/promises';
import { EmbeddedServerError, USE_YOUR_OWN } from './error.js';
import { run } from './run.js';
import type { ServerAccount } from './run.js';

/**
 * Who the server runs as: null (ourselves) unless we are root, because PostgreSQL refuses root. As root it is the owner
 * of an existing cluster, otherwise the system's `postgres`, otherwise `nobody`, which every system has.
 */
export async function chooseServerAccount(clusterDirectory: string): Promise<ServerAccount | null> {
  if (process.getuid?.() !== 0) return null;
  const owner = await stat(clusterDirectory).catch(() => null);
  if (owner && owner.uid !== 0) return { name: `user ${owner.uid}`, uid: owner.uid, gid: owner.gid };

  const accounts = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = accounts.find(([candidate]) => candidate === wanted) ?? [];
    if (name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) };
  }
  throw new EmbeddedServerError(
    'no-access',
    'PostgreSQL refuses to run as root, and this system has neither a user "postgres" nor "nobody" to run it as. ' +
      `Start the gateway as an ordinary user. ${USE_YOUR_OWN}`,
  );
}

/** Whether `account` gets into `directory`: tried, since one closed folder anywhere above it is enough to fail. */
export async function canEnter(directory: string, account: ServerAccount): Promise<boolean> {
  return (await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], account)).code === 0;
}
