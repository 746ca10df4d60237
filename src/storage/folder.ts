import { constants } from 'node:fs';
import { lstat, mkdir, open, realpath, rmdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { StorageKeyConflict } from './errors.js';

/**
 * The folder that a file store lives in, and the one place that turns a key into a path. Keys are valid (keys.ts), so a
 * path is always below the root by name; what is left are symbolic links, which this follows nowhere below the root.
 */
export interface Folder {
  /** Where a valid key lives. Nothing is promised about what is there. */
  pathOf(key: string): Promise<string>;
  /** Opens a file for reading, or null where there is none, where it is a link, or the way to it leads through one. */
  open(key: string): Promise<FileHandle | null>;
  /** The same for a file in what `subfolder` has given, without asking again for the way to it. */
  openIn(subfolder: string, name: string): Promise<FileHandle | null>;
  /** Makes the folders on the way to a key. Throws `StorageKeyConflict` where a file or a link is in the way. */
  makeWay(key: string): Promise<void>;
  /** Removes the folders on the way to a key that are empty now. */
  pruneWay(key: string): Promise<void>;
  /** A subfolder, or null where it does not exist or the way to it leads through a link. `''` is the root. */
  subfolder(path: string): Promise<string | null>;
}

/** What a path may lack, or be, for there to be no object: everything else is a fault of the disk and is thrown. */
const NO_SUCH_FILE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR', 'ENAMETOOLONG', 'ENXIO', 'EMLINK'];

/** Home photos are here: nobody but the gateway's own user looks in. */
const FOLDER_MODE = 0o700;

export function createFolder(directory: string): Folder {
  const root = resolve(directory);

  /** The root itself may be reached through links: that is the operator's choice. */
  async function realRoot(): Promise<string> {
    try {
      return await realpath(root);
    } catch (error) {
      if (!isNoSuchFile(error)) throw error;
      await mkdir(root, { recursive: true, mode: FOLDER_MODE });
      return realpath(root);
    }
  }

  async function subfolder(path: string): Promise<string | null> {
    const wanted = resolve(await realRoot(), path);
    try {
      // Also false on a disk that ignores case, where `A/x` would be another name of `a/x`.
      if ((await realpath(wanted)) !== wanted) return null;
      return (await lstat(wanted)).isDirectory() ? wanted : null;
    } catch (error) {
      if (isNoSuchFile(error)) return null;
      throw error;
    }
  }

  async function openIn(parent: string, name: string): Promise<FileHandle | null> {
    try {
      // NONBLOCK, so that a named pipe in the folder does not hold a thread until somebody writes to it.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      return await open(join(parent, name), flags);
    } catch (error) {
      if (isNoSuchFile(error)) return null;
      throw error;
    }
  }

  return {
    subfolder,
    pathOf: async (key) => join(await realRoot(), key),

    openIn,
    async open(key) {
      const parent = await subfolder(dirname(key));
      return parent === null ? null : openIn(parent, basename(key));
    },

    async makeWay(key) {
      if ((await subfolder(dirname(key))) !== null) return;
      let path = await realRoot();
      for (const segment of key.split('/').slice(0, -1)) {
        path = join(path, segment);
        try {
          await mkdir(path, { mode: FOLDER_MODE });
        } catch (error) {
          if (!hasCode(error, 'EEXIST')) throw error;
          if (!(await lstat(path)).isDirectory()) throw new StorageKeyConflict(key);
        }
      }
    },

    async pruneWay(key) {
      const top = await realRoot();
      for (let way = dirname(key); way !== '.'; way = dirname(way)) {
        try {
          await rmdir(join(top, way));
        } catch {
          // Not empty, or gone already: either way there is nothing above it to remove.
          return;
        }
      }
    },
  };
}

export function isNoSuchFile(error: unknown): boolean {
  return hasCode(error, ...NO_SUCH_FILE);
}

/** By its code alone and not by class: a system error may come from another realm than our `Error`. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
