import { isPublicKey, isStorageKey, PUBLIC_PREFIX } from '../keys.js';
import type { ListedObject } from '../storage.js';
import type { Buckets } from './buckets.js';
import type { Connection } from './connection.js';

/** The most that a server gives at once. */
const PAGE = 1000;

/** Everything whose key begins with the prefix, of both buckets, in the order of whole keys. */
export function listObjects(
  connection: Pick<Connection, 'call'>,
  buckets: Buckets,
  prefix: string,
): AsyncGenerator<ListedObject> {
  return inOrder(
    ownObjects(connection, buckets, buckets.private, prefix),
    ownObjects(connection, buckets, buckets.public, prefix),
  );
}

/** The objects of one bucket that are the driver's: what else may be there has another place, or no key. */
async function* ownObjects(
  { call }: Pick<Connection, 'call'>,
  buckets: Buckets,
  bucket: string,
  prefix: string,
): AsyncGenerator<ListedObject> {
  if (!mayHold(buckets, bucket, prefix)) return;
  for (let last = ''; ; ) {
    // By the last key and not by the server's token, which the client takes for a number where it looks like one.
    const after = last;
    const page = await call((client) => client.listObjectsV2Query(bucket, prefix, '', '', PAGE, after));
    for (const { name, size, etag, lastModified } of page.objects) {
      if (name === undefined) continue;
      last = name;
      if (!isStorageKey(name) || buckets.of(name) !== bucket) continue;
      yield { key: name, byteSize: size, etag: String(etag), lastModified: wholeSecond(lastModified) };
    }
    if (!page.isTruncated || last === after) return;
  }
}

/** Spares a request where the prefix itself says which bucket is meant. */
function mayHold(buckets: Buckets, bucket: string, prefix: string): boolean {
  if (isPublicKey(prefix)) return bucket === buckets.public;
  return bucket === buckets.private || PUBLIC_PREFIX.startsWith(prefix);
}

/** As HTTP tells it, so that listing and reading one object agree. */
function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** Two sorted sequences as one. */
async function* inOrder(
  first: AsyncGenerator<ListedObject>,
  second: AsyncGenerator<ListedObject>,
): AsyncGenerator<ListedObject> {
  try {
    let [a, b] = await Promise.all([first.next(), second.next()]);
    while (!a.done || !b.done) {
      if (b.done || (!a.done && a.value.key < b.value.key)) {
        if (!a.done) yield a.value;
        a = await first.next();
      } else {
        yield b.value;
        b = await second.next();
      }
    }
  } finally {
    await first.return(undefined);
    await second.return(undefined);
  }
}
