import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, lstat, open, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { eachAtOnce } from '../domain/at-once.js';
import { StorageKeyConflict, StorageUnavailable, StoredObjectMissing } from './errors.js';
import { createFolder, hasCode, isNoSuchFile } from './folder.js';
import { assertPrefix, assertStorageKey, isStorageKey } from './keys.js';
import { assertContentType, describeBody, readDescription } from './object-file.js';
import { createAssetUrls } from './signed-urls.js';
import type { AssetUrlSettings } from './signed-urls.js';
import { assertRange } from './range.js';
import type { Storage, StoredObject } from './storage.js';
import { createUploadForms } from './upload-forms.js';

export interface FileStorageSettings extends AssetUrlSettings {
  /** Made where it does not exist, for this user alone. Several processes may share it. */
  readonly directory: string;
}

/** No key begins with a dot, so no object can be in here and no listing shows it. */
const TEMPORARY = '.temporary';

/** No write takes this long: what is older was left by a process that was killed. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** Node has four threads for files by default: more would wait in line for them, before files that somebody reads. */
const FOLDERS_AT_ONCE = 4;

/** A concurrent delete may take a folder away that was just made. It does not do so twenty times in a row. */
const COMMIT_ATTEMPTS = 20;

/**
 * The embedded driver: objects are files below one folder, served by the gateway itself at `/assets`.
 *
 * A file appears whole or not at all: it is written beside the objects and renamed into its place, so the last of
 * several writers of one key wins, and a reader goes on reading what it opened. There is no fsync: after a power cut
 * the newest objects may be missing, and never half there.
 */
export function createFileStorage(settings: FileStorageSettings): Storage {
  const { now = () => new Date() } = settings;
  const folder = createFolder(settings.directory);
  const urls = createAssetUrls(settings);
  const forms = createUploadForms(settings);
  let swept: Promise<void> | null = null;

  async function temporaryPath(): Promise<string> {
    const name = `${TEMPORARY}/${randomUUID()}`;
    await folder.makeWay(name);
    swept ??= removeAbandoned(await folder.subfolder(TEMPORARY), now().getTime() - ABANDONED_AFTER_MS);
    await swept;
    return folder.pathOf(name);
  }

  /** Moves a finished file to its key. */
  async function commit(temporary: string, key: string): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await folder.makeWay(key);
        await rename(temporary, await folder.pathOf(key));
        return;
      } catch (error) {
        if (hasCode(error, 'ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY')) throw new StorageKeyConflict(key);
        if (!hasCode(error, 'ENOENT') || attempt === COMMIT_ATTEMPTS) throw error;
      }
    }
  }

  /** The caller closes the file. */
  async function openObject(key: string): Promise<{ object: StoredObject; file: FileHandle } | null> {
    return describe(key, await folder.open(key));
  }

  /** What an open file is; closes one that is no object. */
  async function describe(key: string, file: FileHandle | null): Promise<{ object: StoredObject; file: FileHandle } | null> {
    if (file === null) return null;
    try {
      const description = await readDescription(file);
      if (description !== null) return { object: { key, ...description }, file };
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return null;
  }

  async function statObject(key: string): Promise<StoredObject | null> {
    const found = await openObject(key);
    await found?.file.close();
    return found?.object ?? null;
  }

  /** Walks in the order of the whole keys, as S3 lists them: a folder sorts as its name and the slash behind it. */
  async function* walk(below: string, prefix: string): AsyncGenerator<StoredObject> {
    const directory = await folder.subfolder(below);
    if (directory === null) return;
    const names: string[] = [];
    for (const entry of await entriesOf(directory)) {
      if (entry.isDirectory()) names.push(`${below}${entry.name}/`);
      else if (entry.isFile()) names.push(`${below}${entry.name}`);
    }
    for (const name of names.sort((a, b) => (a < b ? -1 : 1))) {
      if (!name.startsWith(prefix)) continue;
      if (name.endsWith('/')) {
        if (isStorageKey(name.slice(0, -1))) yield* walk(name, prefix);
      } else if (isStorageKey(name)) {
        // The way to the folder is known: to ask for it again with each file would be half of what a listing costs.
        const found = await describe(name, await folder.openIn(directory, basename(name)));
        await found?.file.close();
        if (found !== null) yield found.object;
      }
    }
  }

  return {
    async put(key, body, options) {
      const source = body instanceof Readable ? body : Readable.from([body]);
      // The body may fail before the pipeline listens to it, and an error that nobody hears ends the process.
      source.on('error', ignore);
      let temporary: string | null = null;
      try {
        assertStorageKey(key);
        assertContentType(options.contentType);
        temporary = await temporaryPath();
        const file = await open(temporary, 'wx', 0o600);
        const describing = describeBody(key, { ...options, lastModified: now() });
        await pipeline(source, describing.stage, file.createWriteStream());
        await commit(temporary, key);
        return { key, ...describing.description() };
      } catch (error) {
        source.destroy();
        if (temporary !== null) await rm(temporary, { force: true });
        throw error;
      }
    },

    async stat(key) {
      assertStorageKey(key);
      return statObject(key);
    },

    async get(key, range) {
      assertStorageKey(key);
      if (range !== undefined) assertRange(range);
      const found = await openObject(key);
      if (found === null) return null;
      const { object, file } = found;
      // Behind the content is the trailer, which is nobody's to read.
      const end = Math.min(range?.end ?? Infinity, object.byteSize - 1);
      const start = range?.start ?? 0;
      if (start > end) {
        await file.close();
        return { object, body: Readable.from([]) };
      }
      return { object, body: file.createReadStream({ start, end }) };
    },

    async copy(fromKey, toKey) {
      assertStorageKey(fromKey);
      assertStorageKey(toKey);
      const object = await statObject(fromKey);
      if (object === null) throw new StoredObjectMissing(fromKey);
      const temporary = await temporaryPath();
      try {
        await linkOrCopy(await folder.pathOf(fromKey), temporary);
        await commit(temporary, toKey);
      } catch (error) {
        if (isNoSuchFile(error)) throw new StoredObjectMissing(fromKey);
        throw error;
      } finally {
        // POSIX: renaming a link over another link of the same file does nothing, and leaves both.
        await rm(temporary, { force: true });
      }
      return { ...object, key: toKey };
    },

    async delete(keys) {
      keys.forEach(assertStorageKey);
      // A folder is looked for and pruned once for all its files: that is most of the calls to the disk.
      await eachAtOnce(byFolder(keys), FOLDERS_AT_ONCE, async (files) => {
        const directory = await folder.subfolder(dirname(files[0]));
        // Through a link the files would be somebody else's.
        if (directory === null) return;
        for (const key of files) await removeFile(join(directory, basename(key)));
        await folder.pruneWay(files[0]);
      });
    },

    list(prefix) {
      assertPrefix(prefix);
      return walk(prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix);
    },

    signedUrl: (key) => urls.signed(key),
    rememberedUrls: () => ({ count: urls.cachedCount(), expired: urls.expired() }),
    forgetExpiredUrls: () => urls.forgetExpired(),
    publicUrl: (key) => urls.public(key),
    uploadForm: async (key, terms) => forms.form(key, terms),

    async check() {
      const probe = randomUUID();
      try {
        const path = await temporaryPath();
        try {
          await open(path, 'wx', 0o600).then((file) => file.writeFile(probe).finally(() => file.close()));
          if ((await readFile(path, 'utf8')) !== probe) throw new Error('What was written is not what is read.');
        } finally {
          await rm(path, { force: true });
        }
      } catch (cause) {
        throw new StorageUnavailable(
          'The storage folder cannot be read and written. Check STORAGE_URL, its permissions and the free space.',
          { cause },
        );
      }
    },
  };
}

function ignore(): void {}

/** Keys by the folder that they are in, in their order. */
function byFolder(keys: readonly string[]): Iterable<readonly [string, ...string[]]> {
  const folders = new Map<string, [string, ...string[]]>();
  for (const key of keys) {
    const files = folders.get(dirname(key));
    if (files) files.push(key);
    else folders.set(dirname(key), [key]);
  }
  return folders.values();
}

/** A folder of that name is no object, and stays. */
async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (isNoSuchFile(error)) return;
    // Not every system says of a folder that it is one.
    if (hasCode(error, 'EPERM') && (await lstat(path)).isDirectory()) return;
    throw error;
  }
}

/** Objects never change in place, so two keys may share one file; where the disk knows no links, it is copied. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (isNoSuchFile(error)) throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
}

async function entriesOf(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (isNoSuchFile(error)) return [];
    throw error;
  }
}

/** Once a process, and never in the way of the write that waits for it. */
async function removeAbandoned(directory: string | null, before: number): Promise<void> {
  if (directory === null) return;
  try {
    for (const { name } of await entriesOf(directory)) {
      const path = join(directory, name);
      // The change time, as a linked copy has the modification time of its original.
      const { ctimeMs } = await stat(path);
      if (ctimeMs < before) await rm(path, { force: true });
    }
  } catch {
    // Another process sweeps too, or the disk is failing, which the write itself will tell.
  }
}
