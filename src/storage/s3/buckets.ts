import type { Client } from 'minio';
import { isPublicKey } from '../keys.js';
import type { Connection } from './connection.js';

/** Where objects are: private ones, and those that everybody may read. */
export interface Buckets {
  readonly private: string;
  readonly public: string;
  of(key: string): string;
}

/** What a public bucket's name ends in, behind the private one's. */
const PUBLIC_SUFFIX = '-public';

/**
 * Two buckets, as access is best given by the bucket: `name` for private objects, and `name-public` for those under
 * `community/`. No rule of a server for one of them can then open the other.
 */
export function bucketsOf(name: string): Buckets {
  const open = `${name}${PUBLIC_SUFFIX}`;
  return { private: name, public: open, of: (key) => (isPublicKey(key) ? open : name) };
}

/** Everybody may get an object whose key they know, and nobody else may list them. */
function readableByAll(bucket: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'PublishedPictures',
        Effect: 'Allow',
        Principal: { AWS: ['*'] },
        Action: ['s3:GetObject'],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
    ],
  });
}

/**
 * Makes the buckets that are missing. Several processes may do it at once.
 *
 * @throws StorageUnavailable where the store is away, or a bucket is missing and cannot be made.
 */
export async function ensureBuckets({ call }: Pick<Connection, 'call'>, buckets: Buckets, region: string): Promise<void> {
  for (const bucket of [buckets.private, buckets.public]) await call((client) => ensureBucket(client, bucket, region));
}

/**
 * Lets everybody read the objects of a bucket, where nothing says yet who may: a policy that is there is the operator's.
 *
 * @throws StorageUnavailable also where the key may not do so.
 */
export async function letEverybodyRead({ call }: Pick<Connection, 'call'>, bucket: string): Promise<void> {
  await call((client) => ensurePolicy(client, bucket));
}

async function ensureBucket(client: Client, bucket: string, region: string): Promise<void> {
  try {
    if (await client.bucketExists(bucket)) return;
  } catch (error) {
    // It is there, and the key may use its objects and nothing else; whether it may, the check says.
    if (hasCode(error, 'AccessDenied', 'Forbidden')) return;
    throw error;
  }
  try {
    await client.makeBucket(bucket, region);
  } catch (error) {
    if (!hasCode(error, 'BucketAlreadyOwnedByYou')) throw error;
  }
}

async function ensurePolicy(client: Client, bucket: string): Promise<void> {
  try {
    if ((await client.getBucketPolicy(bucket)) !== '') return;
  } catch (error) {
    if (!hasCode(error, 'NoSuchBucketPolicy')) throw error;
  }
  await client.setBucketPolicy(bucket, readableByAll(bucket));
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
