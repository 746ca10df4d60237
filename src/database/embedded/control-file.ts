import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';

/** The states of a cluster as `pg_control` numbers them, as far as they matter here. */
const SHUT_DOWN = 1;

/** Behind the system's identifier (8 bytes), and the versions of this file and of the catalogue (4 each), for ten releases. */
const STATE_OFFSET = 16;

/**
 * Whether the cluster's server was shut down, and not ended in the middle of its work: only then its files are complete in
 * themselves. The package ships no pg_controldata, which reads the same number. False where the file says anything else.
 */
export async function wasShutDown(clusterDirectory: string): Promise<boolean> {
  const control = await readFile(join(clusterDirectory, 'global', 'pg_control'));
  if (control.length < STATE_OFFSET + 4) return false;
  return (endianness() === 'LE' ? control.readInt32LE(STATE_OFFSET) : control.readInt32BE(STATE_OFFSET)) === SHUT_DOWN;
}
