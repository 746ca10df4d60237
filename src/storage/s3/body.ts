import { PassThrough, type Readable, pipeline } from 'node:stream';
import { StorageBodyTooLarge, StorageSizeMismatch } from '../errors.js';
import { toBuffer } from '../object-file.js';
import { explain } from './faults.js';

/** Four times the largest photo: a body is held in memory while it is sent. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/**
 * A whole body in memory. So it is sent in one request, which stores all or nothing, carries a checksum and may be
 * repeated. In parts, as larger objects are sent, two writers of one key could mix, and a crash would leave parts behind.
 *
 * @throws StorageSizeMismatch as soon as more comes than announced, or at the end where less did.
 * @throws StorageBodyTooLarge
 */
export async function collectBody(key: string, body: Buffer | Readable, announced: number | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteSize = 0;
  for await (const chunk of Buffer.isBuffer(body) ? [body] : (body as AsyncIterable<unknown>)) {
    const bytes = toBuffer(chunk);
    byteSize += bytes.length;
    if (announced !== undefined && byteSize > announced) throw new StorageSizeMismatch(key, announced, byteSize);
    if (byteSize > MAX_BODY_BYTES) throw new StorageBodyTooLarge(key, MAX_BODY_BYTES);
    chunks.push(bytes);
  }
  if (announced !== undefined && byteSize !== announced) throw new StorageSizeMismatch(key, announced, byteSize);
  return Buffer.concat(chunks, byteSize);
}

/**
 * The body of an answer, as a stream that fails in the words of the interface: one that is cut off is `StorageUnavailable`.
 * Destroying it lets the connection go. One that nobody reads ends like one that does not come.
 */
export function bodyOf(response: Readable): Readable {
  const body = new PassThrough({
    destroy(error, done) {
      done(error === null ? null : explain({ error, status: null }));
    },
  });
  // What happened is told by the body; who let go of it knows.
  pipeline(response, body, () => undefined);
  return body;
}
