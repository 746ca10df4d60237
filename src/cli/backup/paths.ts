import { realpath } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { errorCodeOf } from '../../config/error-code.js';
import { onDisk } from './refused.js';

/** The real path of what may not exist yet: links above it are followed. @throws BackupRefused where a file is in the way. */
export function realPathOf(path: string): Promise<string> {
  return onDisk(() => realPathBelow(resolve(path)));
}

async function realPathBelow(absolute: string): Promise<string> {
  try {
    return await realpath(absolute);
  } catch (error) {
    if (errorCodeOf(error) !== 'ENOENT' || dirname(absolute) === absolute) throw error;
    return join(await realPathBelow(dirname(absolute)), basename(absolute));
  }
}

/** Whether a real path is another one, or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../');
}
