import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { errorCodeOf } from '../../config/error-code.js';
import { MaintenanceRefused } from './command.js';

/** What a file turned out to be. */
export interface FileFacts {
  readonly byteSize: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** A file that is being written, for its owner's eyes alone. Appending from several sides at once keeps pieces whole. */
export interface ExportFile {
  append(bytes: string | Uint8Array): Promise<void>;
  /** Resolves when all of it is with the system. */
  close(): Promise<FileFacts>;
}

/** Opens files; the file system's own by default, another one where a test has its disk fail. */
export type OpenFile = (path: string) => Promise<Pick<FileHandle, 'writeFile' | 'close'>>;

const openNew: OpenFile = (path) => open(path, 'wx', 0o600);

/** @throws MaintenanceRefused, then and later, where the disk does not take it. */
export async function createExportFile(path: string, openFile: OpenFile = openNew): Promise<ExportFile> {
  const file = await onDisk(() => openFile(path));
  const hash = createHash('sha256');
  let byteSize = 0;
  let last: Promise<unknown> = Promise.resolve();
  return {
    append(bytes) {
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
      hash.update(data);
      byteSize += data.length;
      const written = last.then(() => onDisk(() => file.writeFile(data)));
      last = written;
      return written;
    },
    async close() {
      try {
        await last;
      } finally {
        await onDisk(() => file.close());
      }
      return { byteSize, sha256: hash.digest('hex') };
    },
  };
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'a file would be larger than this process may write',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk takes no writing',
  ENOTDIR: 'a part of the path is no folder',
  ENAMETOOLONG: 'the path is too long',
  ENOTEMPTY: 'something else came there meanwhile',
  EEXIST: 'something else came there meanwhile',
};

/** Does something with the disk. @throws MaintenanceRefused with what is wrong with the disk, in words. */
export async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = errorCodeOf(error);
    if (code === null) throw error;
    throw new MaintenanceRefused(`The export cannot be written: ${reasons[code] ?? 'the disk refuses it'} (${code}).`);
  }
}
