import { createRequire } from 'node:module';

type Library = typeof import('minio');

let library: Library | undefined;

/**
 * The client library, read when the first store is made that needs it: a gateway with its pictures in a folder does not,
 * and would carry 10 MB of it.
 */
export function s3Library(): Library {
  return (library ??= createRequire(import.meta.url)('minio') as Library);
}
