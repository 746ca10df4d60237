import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { developmentSecretsFile } from '../../config/development-secrets.js';
import { errorCodeOf } from '../../config/error-code.js';
import { copyFile } from './copy-file.js';
import { BackupRefused, onDisk } from './refused.js';

/*
 * A backup is a folder: `cluster/`, `pictures/` where they are kept on disk, the development secrets where there are any;
 * `files.jsonl`, a line for each file and folder of these; and `manifest.json`, written last, which vouches for that list.
 */

export const manifestFile = 'manifest.json';
export const listFile = 'files.jsonl';
export const clusterFolder = 'cluster';
export const picturesFolder = 'pictures';

/** What the format is called, for programs; the version changes where a reader would have to. */
export const format = { format: 'roomfeed-backup', version: 1 } as const;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();

const manifestShape = z.object({
  format: z.literal(format.format),
  version: z.number().int(),
  createdAt: z.iso.datetime(),
  /** The major version that made the cluster. */
  postgresql: z.string().regex(/^\d+$/),
  /** Where the pictures were: in this backup, or in a store that is backed up by itself. */
  pictures: z.enum(['included', 'elsewhere']),
  files: count,
  byteSize: count,
  list: z.object({ byteSize: count, sha256 }),
});

export type Manifest = z.infer<typeof manifestShape>;

/** Paths are below the backup's folder, and lead into it. */
const path = z.string().refine(
  (value) =>
    !value.includes('\0') &&
    value.split('/').every((name) => name !== '' && name !== '.' && name !== '..') &&
    (value === developmentSecretsFile || [clusterFolder, picturesFolder].includes(value.split('/')[0] ?? '')),
);

const entryShape = z.union([
  z.strictObject({ folder: path }),
  z.strictObject({ file: path, byteSize: count, sha256 }),
]);

export type BackupEntry = z.infer<typeof entryShape>;

/**
 * Reads what a backup says of itself, and checks its list against it; the files themselves are not looked at yet.
 *
 * @throws BackupRefused where it is none, or damaged.
 */
export async function readManifest(folder: string, signal: AbortSignal): Promise<Manifest> {
  const written = await readFile(join(folder, manifestFile), 'utf8').catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCodeOf(error) ?? '')) {
      throw new BackupRefused(`${folder} is no backup: there is no ${manifestFile} in it, which is written last.`);
    }
    return onDisk(() => Promise.reject(error));
  });
  const value = jsonOf(written);
  const parsed = manifestShape.safeParse(value);
  if (!parsed.success) throw damaged(manifestFile);
  const { version, list } = parsed.data;
  if (version !== format.version) {
    throw new BackupRefused(`${folder} has version ${version} of the format, and this release reads ${format.version}. Use the release that made it.`);
  }
  const found = await onDisk(() => copyFile(join(folder, listFile), null, { signal, durable: false }));
  if (found.sha256 !== list.sha256) throw damaged(listFile);
  return parsed.data;
}

/** The lines of a backup's list, one at a time: there may be millions. */
export async function* readEntries(folder: string): AsyncGenerator<BackupEntry> {
  const lines = createInterface({ input: createReadStream(join(folder, listFile), 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) {
    const parsed = entryShape.safeParse(jsonOf(line));
    if (!parsed.success) throw damaged(listFile);
    yield parsed.data;
  }
}

/** The error of a backup that is no longer what was written. */
export function damaged(file: string): BackupRefused {
  return new BackupRefused(`The backup is damaged: ${file} is not what was written. Use another one.`);
}

function jsonOf(written: string): unknown {
  try {
    return JSON.parse(written);
  } catch {
    return undefined;
  }
}
