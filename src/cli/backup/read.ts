import { join } from 'node:path';
import { errorCodeOf } from '../../config/error-code.js';
import type { Progress } from '../progress.js';
import { copyFile } from './copy-file.js';
import { copiesAtATime, createLanes } from './lanes.js';
import { type BackupEntry, damaged, type Manifest, manifestFile, readEntries } from './manifest.js';
import { onDisk } from './refused.js';

export interface ReadOptions {
  /** The backup's. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly signal: AbortSignal;
  /** False skips the waits for the disk. */
  readonly durable: boolean;
  /** In bytes. */
  readonly onProgress: Progress;
}

/** Where the parts of a backup are read to; null: they are only read. */
export interface ReadTarget {
  makeFolder(path: string): Promise<unknown>;
  /** Where a file is written to. */
  fileFor(path: string): string;
}

/**
 * Reads every file of a backup to its end and compares it with what was written, and in the same breath copies it to
 * where `target` says.
 *
 * @throws BackupRefused with the first file that is missing or changed, or where the disk does not take it.
 */
export async function readBackup(
  { folder, manifest, signal, durable, onProgress }: ReadOptions,
  target: ReadTarget | null,
): Promise<void> {
  const lanes = createLanes(copiesAtATime);
  let files = 0;
  let bytes = 0;
  try {
    for await (const entry of readEntries(folder)) {
      signal.throwIfAborted();
      if ('file' in entry) await lanes.add(() => copy(entry));
      else await onDisk(async () => target?.makeFolder(entry.folder));
    }
  } finally {
    await lanes.done();
  }
  if (files !== manifest.files || bytes !== manifest.byteSize) throw damaged(manifestFile);

  async function copy({ file, byteSize, sha256 }: Extract<BackupEntry, { readonly file: string }>): Promise<void> {
    const to = target?.fileFor(file) ?? null;
    const facts = await onDisk(() => copyFile(join(folder, file), to, { signal, durable })).catch((error: unknown) => {
      // The target's folders were made a moment ago: what is missing is missing from the backup.
      const isMissing = ['ENOENT', 'ENOTDIR', 'ELOOP', 'EISDIR'].includes(errorCodeOf((error as Error).cause) ?? '');
      throw isMissing ? damaged(file) : error;
    });
    if (facts.byteSize !== byteSize || facts.sha256 !== sha256) throw damaged(file);
    files += 1;
    bytes += facts.byteSize;
    onProgress(bytes, manifest.byteSize);
  }
}
