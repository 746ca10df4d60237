import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { developmentSecretsFile } from '../../config/development-secrets.js';
import { FILES_OF_A_SERVER, type ColdCluster } from '../../database/embedded/cold-copy.js';
import type { Progress } from '../progress.js';
import { copyFile, type FileFacts, syncFolder } from './copy-file.js';
import { type BackupEntry, clusterFolder, format, listFile, type Manifest, manifestFile, picturesFolder } from './manifest.js';
import { copiesAtATime, createLanes } from './lanes.js';
import { onDisk } from './refused.js';
import { entriesBelow, type TreeOptions } from './tree.js';

export interface BackupSource {
  readonly cluster: ColdCluster;
  readonly dataDirectory: string;
  /** A real path; null where the pictures are not on disk. It may not exist yet. */
  readonly picturesDirectory: string | null;
}

export interface CreateOptions extends BackupSource {
  /** A real path where nothing is. */
  readonly target: string;
  readonly createdAt: Date;
  readonly signal: AbortSignal;
  /** False skips the waits for the disk. */
  readonly durable: boolean;
  /** In bytes. */
  readonly onProgress: Progress;
}

/** A part of a backup, and where it comes from. */
interface Part {
  readonly name: string;
  readonly from: string;
  readonly options: TreeOptions;
}

/** What the store is writing, or was when its process was killed; no key begins like it. */
const unfinishedPictures = '.temporary';

/**
 * Copies a cluster and what belongs to it into a new folder. It gets its name when all of it is on the disk: a process
 * that is killed leaves one that says `.partial-`.
 *
 * @throws BackupRefused where the disk does not take it. What was written by then is removed.
 */
export async function createBackup(options: CreateOptions): Promise<Manifest> {
  const { cluster, picturesDirectory, dataDirectory, target, createdAt, signal, durable, onProgress } = options;
  const parts: Part[] = [
    { name: clusterFolder, from: cluster.directory, options: { without: FILES_OF_A_SERVER, others: 'refused' } },
    ...(picturesDirectory !== null && (await isThere(picturesDirectory))
      ? [{ name: picturesFolder, from: picturesDirectory, options: { without: new Set([unfinishedPictures]), others: 'left-out' as const } }]
      : []),
  ];
  const secrets = join(dataDirectory, developmentSecretsFile);
  const total = await onDisk(() => weigh(parts, signal));

  await onDisk(() => mkdir(dirname(target), { recursive: true, mode: 0o700 }));
  const draft = await onDisk(() => mkdtemp(join(dirname(target), `.${basename(target).slice(0, 200)}.partial-`)));
  try {
    return await onDisk(write);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }

  async function write(): Promise<Manifest> {
    const list = await createList(join(draft, listFile));
    let files = 0;
    let byteSize = 0;
    const copy = async (from: string, file: string): Promise<void> => {
      const facts = await copyFile(from, join(draft, file), { signal, durable });
      await list.enter({ file, ...facts });
      files += 1;
      byteSize += facts.byteSize;
      onProgress(byteSize, Math.max(total, byteSize));
    };
    const lanes = createLanes(copiesAtATime);
    const written: string[] = [];
    const makeFolder = async (name: string): Promise<void> => {
      await mkdir(join(draft, name), { mode: 0o700 });
      written.push(name);
    };
    try {
      for (const { name, from, options: treeOptions } of parts) {
        await makeFolder(name);
        for await (const entry of entriesBelow(from, treeOptions)) {
          signal.throwIfAborted();
          if ('file' in entry) await lanes.add(() => copy(join(from, entry.file), `${name}/${entry.file}`));
          else {
            await makeFolder(`${name}/${entry.folder}`);
            await list.enter({ folder: `${name}/${entry.folder}` });
          }
        }
      }
      if (await isThere(secrets)) await lanes.add(() => copy(secrets, developmentSecretsFile));
    } finally {
      await lanes.done().finally(list.close);
    }
    const manifest: Manifest = {
      ...format,
      createdAt: createdAt.toISOString(),
      postgresql: cluster.major,
      pictures: picturesDirectory === null ? 'elsewhere' : 'included',
      files,
      byteSize,
      list: list.facts(),
    };
    await writeDurably(join(draft, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
    if (durable) for (const name of [...written, '.']) await syncFolder(join(draft, name));
    signal.throwIfAborted();
    // Over anything but an empty folder it fails.
    await rename(draft, target);
    await syncFolder(dirname(target));
    return manifest;
  }
}

async function weigh(parts: readonly Part[], signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const { from, options } of parts) {
    for await (const entry of entriesBelow(from, options)) {
      signal.throwIfAborted();
      if ('file' in entry) bytes += entry.byteSize;
    }
  }
  return bytes;
}

/** The list of what is in a backup, a line at a time. */
async function createList(path: string): Promise<{
  enter(entry: BackupEntry): Promise<void>;
  close(): Promise<void>;
  /** To be asked once it is closed. */
  facts(): FileFacts;
}> {
  const file = await open(path, 'wx', 0o600);
  const hash = createHash('sha256');
  let byteSize = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    enter(entry) {
      const line = Buffer.from(`${JSON.stringify(entry)}\n`);
      hash.update(line);
      byteSize += line.length;
      last = last.then(() => file.writeFile(line));
      return last;
    },
    close: () => file.sync().finally(() => file.close()),
    facts: () => ({ byteSize, sha256: hash.digest('hex') }),
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}
