import { errorCodeOf } from '../../config/error-code.js';

/** This cannot be done here, for a reason that its message gives. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused';
}

/** Does something with the disk. @throws BackupRefused where the disk does not let it, in the system's own words. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Told by its shape, as a system's error may be another realm's.
    if (errorCodeOf(error) === null) throw error;
    throw new BackupRefused(`${(error as Error).message}.`, { cause: error });
  }
}
