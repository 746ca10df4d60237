import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canEnter, chooseServerAccount } from '../../src/database/embedded/account.js';

/**
 * Makes a temporary folder, by its real path, that an embedded server's user gets into. Root's own temporary folder may
 * be closed to that user; then the system's is taken. The caller removes it.
 */
export async function openFolder(prefix: string): Promise<string> {
  const account = await chooseServerAccount('/nonexistent');
  for (const parent of [tmpdir(), '/tmp', '/var/tmp']) {
    const folder = await mkdtemp(join(parent, prefix));
    await chmod(folder, 0o711);
    if (!account || (await canEnter(folder, account))) return realpath(folder);
    await rm(folder, { recursive: true });
  }
  throw new Error(`${account?.name ?? 'The server'} gets into no temporary folder here; set TMPDIR to an open one.`);
}
