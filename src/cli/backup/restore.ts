import { lstat, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { developmentSecretsFile } from '../../config/development-secrets.js';
import type { Log } from '../../database/embedded/log.js';
import { RESTORE_PREFIX } from '../../database/embedded/initialise.js';
import { openRestorePlace } from '../../database/embedded/restore-place.js';
import { copyFile, syncFolder } from './copy-file.js';
import { clusterFolder, picturesFolder } from './manifest.js';
import { isWithin, realPathOf } from './paths.js';
import { readBackup, type ReadOptions } from './read.js';
import { BackupRefused, onDisk } from './refused.js';

export interface RestoreOptions extends ReadOptions {
  /** Absent, or empty. */
  readonly dataDirectory: string;
  /** Absent, or empty; null where pictures are not kept on disk. */
  readonly picturesDirectory: string | null;
  readonly log: Log;
  readonly elsewhere: string | undefined;
}

/**
 * Brings a backup back. Everything is written beside its place and checked, and PostgreSQL is started on it once; only
 * then it is moved to its place, the database last. What fails or is interrupted leaves nothing.
 *
 * @throws BackupRefused, EmbeddedServerError: with what to do.
 */
export async function restoreBackup(options: RestoreOptions): Promise<void> {
  const { manifest, dataDirectory, log, elsewhere, signal, durable } = options;
  const pictures = await onDisk(() => pictureTarget(options));
  const place = await openRestorePlace({
    dataDirectory,
    major: manifest.postgresql,
    log,
    durable,
    ...(elsewhere === undefined ? {} : { elsewhere }),
  });
  /** What to take back where a later step fails, the last first. */
  const undo: (() => Promise<unknown>)[] = [() => place.release()];
  try {
    const draft = pictures === null ? null : await onDisk(() => draftBeside(pictures));
    if (draft !== null) undo.push(() => rm(draft, { recursive: true, force: true }));
    await onDisk(() => mkdir(join(place.draft, clusterFolder), { mode: 0o700 }));
    const pathOf = (path: string): string => {
      const [part = '', ...below] = path.split('/');
      // The manifest says whether there are any, and the list is of the same hand.
      if (part === picturesFolder && draft === null) throw new BackupRefused('The backup holds pictures that its manifest does not speak of.');
      return part === picturesFolder ? join(draft ?? '', ...below) : join(place.draft, path);
    };
    const folders = [...(draft === null ? [] : [draft]), join(place.draft, clusterFolder)];
    await readBackup(options, {
      fileFor: pathOf,
      makeFolder: (path) => {
        folders.push(pathOf(path));
        return mkdir(pathOf(path), { mode: 0o700 });
      },
    });
    if (durable) await onDisk(() => Promise.all(folders.map(syncFolder)));
    await place.tryOut();
    signal.throwIfAborted();
    await onDisk(async () => {
      if (pictures !== null && draft !== null) {
        await rename(draft, pictures);
        undo.push(() => rm(pictures, { recursive: true, force: true }));
        await syncFolder(dirname(pictures));
      }
      const secrets = join(place.draft, developmentSecretsFile);
      if (await isThere(secrets)) {
        const kept = join(dataDirectory, developmentSecretsFile);
        await copyFile(secrets, kept, { signal, durable });
        undo.push(() => rm(kept, { force: true }));
      }
      await place.adopt();
    });
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
  await place.release();
}

/** Where the backup's pictures go; null where there are none in it. */
async function pictureTarget({ manifest, picturesDirectory, dataDirectory }: RestoreOptions): Promise<string | null> {
  if (manifest.pictures === 'elsewhere') return null;
  if (picturesDirectory === null) {
    throw new BackupRefused('The backup holds pictures that were kept on disk, and STORAGE_URL names S3. Restore it with a file: address, and move the pictures then.');
  }
  const target = await realPathOf(picturesDirectory);
  if (isWithin(await realPathOf(dataDirectory), target)) {
    throw new BackupRefused(`The pictures' folder ${target} is the data directory, or above it. Name another one with STORAGE_URL.`);
  }
  const found = await lstat(target).catch(() => null);
  if (found === null) return target;
  if (!found.isDirectory() || (await readdir(target)).length > 0) {
    throw new BackupRefused(`${target} is there already, and a restore overwrites nothing. Move it away, or name a new folder with STORAGE_URL.`);
  }
  if (found.dev !== (await lstat(dirname(target))).dev) {
    throw new BackupRefused(`${target} is a disk of its own, which cannot be replaced in one step. Name a new folder on it with STORAGE_URL.`);
  }
  return target;
}

async function draftBeside(target: string): Promise<string> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  return mkdtemp(join(dirname(target), `${RESTORE_PREFIX}${basename(target).slice(0, 200)}-`));
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}
