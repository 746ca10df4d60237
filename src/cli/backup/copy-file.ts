import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** What a file turned out to be. */
export interface FileFacts {
  readonly byteSize: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

const largestChunkBytes = 1 << 20;

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** False skips the waits for the disk. */
  readonly durable: boolean;
}

/**
 * Reads a file from its beginning to its end, and where `to` is given writes the same to a new file, for this user's eyes
 * alone; resolves when that is on the disk. A link is not followed.
 */
export async function copyFile(from: string, to: string | null, { signal, durable }: CopyOptions): Promise<FileFacts> {
  const hash = createHash('sha256');
  let byteSize = 0;
  const source = await open(from, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    // Most files are small, and several are copied at once; one more byte finds the end in the same read.
    const chunk = Buffer.allocUnsafe(Math.min(largestChunkBytes, (await source.stat()).size + 1));
    const target = to === null ? null : await open(to, 'wx', 0o600);
    try {
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await source.read(chunk, 0, chunk.length, byteSize);
        if (bytesRead === 0) break;
        const piece = chunk.subarray(0, bytesRead);
        hash.update(piece);
        await target?.writeFile(piece);
        byteSize += bytesRead;
      }
      if (durable) await target?.sync();
    } finally {
      await target?.close();
    }
  } finally {
    await source.close();
  }
  return { byteSize, sha256: hash.digest('hex') };
}

/** Resolves when the names in a folder are on the disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  await folder.sync().finally(() => folder.close());
}
