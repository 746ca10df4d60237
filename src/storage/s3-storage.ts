import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Client } from 'minio';
import { StorageError, StorageUnavailable, StoredObjectMissing } from './errors.js';
import { assertPrefix, assertStorageKey, isPublicKey } from './keys.js';
import { assertContentType } from './object-file.js';
import { assertRange } from './range.js';
import { bodyOf, collectBody } from './s3/body.js';
import { bucketsOf, ensureBuckets, letEverybodyRead } from './s3/buckets.js';
import { clientSettings, createConnection, hostOf, usualPatience } from './s3/connection.js';
import type { ConnectionSettings, Patience } from './s3/connection.js';
import { AccessRefused, NoSuchObject, NoSuchRange } from './s3/faults.js';
import { s3Library } from './s3/library.js';
import { listObjects } from './s3/listing.js';
import { createPresigner } from './s3/presign.js';
import type { Storage, StoredObject } from './storage.js';
import { rememberUrls } from './url-memory.js';
import type { UrlMemorySettings } from './url-memory.js';

export interface S3StorageSettings extends ConnectionSettings, UrlMemorySettings {
  /** For private objects; those under `community/` are in the bucket of this name with `-public` behind it. */
  readonly bucket: string;
  /** How clients reach the server, where that differs: scheme, host and port. Null: as the gateway does. */
  readonly publicUrl: string | null;
  readonly patience?: Partial<Patience>;
}

export interface S3Storage extends Storage {
  /**
   * Makes the buckets where they are missing, and makes sure that nobody reads private pictures without a signature.
   * `onRefused` is told what the key may not set up, and the operator has to.
   *
   * @throws StorageUnavailable where the store is away, or a bucket is missing and cannot be made.
   * @throws StorageError where the private bucket is open to everybody.
   */
  prepare(onRefused: (message: string) => void): Promise<void>;
  /** Ends what is under way, and every connection. What is asked of the store afterwards fails. */
  close(): void;
}

/** What a check writes. No key begins with a dot, so no object can be there and no listing shows it. */
const PROBE = '.roomfeed-check';

/** A load balancer that asks whether the gateway is ready gives up after three seconds. */
const checking = { attempts: 2, idleMs: 1_000, callMs: 2_500, pauseMs: 100 };

/** The most keys that a server deletes at once. */
const DELETED_AT_ONCE = 1000;

/**
 * The driver for S3 and the servers that speak its protocol: objects in two buckets, which clients read and write at the
 * server itself, by signed URLs and signed forms.
 *
 * An object appears whole or not at all, the last of several writers of one key wins, and a reader goes on reading what it
 * opened. What may be repeated is, with pauses, while the store is slow or away; then it is `StorageUnavailable`.
 */
export function createS3Storage(settings: S3StorageSettings): S3Storage {
  const { windowSeconds = 3600 } = settings;
  const buckets = bucketsOf(settings.bucket);
  const connection = createConnection(settings, { ...usualPatience, ...settings.patience });
  const { call } = connection;
  const origin = originOf(settings);
  const presign = createPresigner({ ...settings, origin });
  /** Signs forms, which hold no host, and sends nothing. */
  const forms = new (s3Library().Client)({ ...clientSettings(settings), accessKey: settings.accessKey, secretKey: settings.secretKey });
  const urls = rememberUrls(settings, {
    // Signed as of the beginning of the window, so that it is the same whenever within it.
    sign(key, expires) {
      const seconds = 2 * windowSeconds;
      return presign({ path: `/${buckets.of(key)}/${key}`, signedAt: expires - seconds, seconds });
    },
    plain: (key) => `${origin}/${buckets.of(key)}/${key}`,
  });

  /** What clients and caches are told with an object. */
  function headersFor(key: string, contentType: string): Record<string, string> {
    return {
      'Content-Type': contentType,
      'Cache-Control': isPublicKey(key)
        ? 'public, max-age=31536000, immutable'
        : `private, max-age=${windowSeconds}, immutable`,
    };
  }

  async function statObject(key: string): Promise<StoredObject | null> {
    const found = await orNull(call((client) => client.statObject(buckets.of(key), key)));
    if (found === null) return null;
    const { 'content-type': contentType = UNKNOWN_TYPE } = found.metaData as Readonly<Record<string, string | undefined>>;
    return {
      key,
      byteSize: found.size,
      contentType,
      etag: found.etag,
      lastModified: found.lastModified,
    };
  }

  /** What was just written. The answer to a write says neither when it was nor, of a copy, how much. */
  async function written(key: string): Promise<StoredObject> {
    const object = await statObject(key);
    if (object === null) throw new StorageUnavailable(`${key} was stored, and is gone again.`);
    return object;
  }

  async function putProbe(): Promise<void> {
    await call((client) => client.putObject(buckets.private, PROBE, Buffer.from('ok')), checking);
  }

  /** A policy that was meant for the other bucket would show everybody's homes to everybody. */
  async function refuseOpenDoor(): Promise<void> {
    const asAnybody = { ...checking, anonymous: true };
    const wasRead = await call((client) => client.statObject(buckets.private, PROBE), asAnybody).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AccessRefused || error instanceof NoSuchObject) return false;
        throw error;
      },
    );
    if (wasRead) {
      throw new StorageError(
        `Everybody may read the bucket ${buckets.private}, which holds people's photos. Take away the policy that allows it.`,
      );
    }
  }

  return {
    async put(key, body, options) {
      // The body may fail before anybody reads it, and an error that nobody hears ends the process.
      if (body instanceof Readable) body.on('error', ignore);
      try {
        assertStorageKey(key);
        assertContentType(options.contentType);
        const bytes = await collectBody(key, body, options.byteSize);
        const headers = headersFor(key, options.contentType);
        await call((client) => client.putObject(buckets.of(key), key, bytes, bytes.length, { ...headers }));
      } catch (error) {
        if (body instanceof Readable) body.destroy();
        throw error;
      }
      return written(key);
    },

    async stat(key) {
      assertStorageKey(key);
      return statObject(key);
    },

    async get(key, range) {
      assertStorageKey(key);
      if (range !== undefined) assertRange(range);
      try {
        const response = await connection.open((client) =>
          (range === undefined
            ? client.getObject(buckets.of(key), key)
            : client.getPartialObject(buckets.of(key), key, range.start, range.end - range.start + 1)
          ).then((answer) => answer as IncomingMessage),
        );
        return { object: describe(key, response), body: bodyOf(response) };
      } catch (error) {
        if (error instanceof NoSuchObject) return null;
        if (!(error instanceof NoSuchRange)) throw error;
        const object = await statObject(key);
        return object && { object, body: Readable.from([]) };
      }
    },

    async copy(fromKey, toKey) {
      assertStorageKey(fromKey);
      assertStorageKey(toKey);
      const from = await statObject(fromKey);
      if (from === null) throw new StoredObjectMissing(fromKey);
      const { CopyDestinationOptions, CopySourceOptions } = s3Library();
      const source = new CopySourceOptions({ Bucket: buckets.of(fromKey), Object: fromKey });
      const target = new CopyDestinationOptions({
        Bucket: buckets.of(toKey),
        Object: toKey,
        // A public copy is cached otherwise than the private original.
        MetadataDirective: 'REPLACE',
        Headers: headersFor(toKey, from.contentType),
      });
      if ((await orNull(call((client) => client.copyObject(source, target)))) === null) throw new StoredObjectMissing(fromKey);
      return written(toKey);
    },

    async delete(keys) {
      keys.forEach(assertStorageKey);
      for (const bucket of [buckets.private, buckets.public]) {
        const here = keys.filter((key) => buckets.of(key) === bucket);
        for (let first = 0; first < here.length; first += DELETED_AT_ONCE) {
          const batch = here.slice(first, first + DELETED_AT_ONCE);
          await call((client) => deleteBatch(client, bucket, batch));
        }
      }
    },

    list(prefix) {
      assertPrefix(prefix);
      return listObjects(connection, buckets, prefix);
    },

    signedUrl: (key) => urls.signed(key),
    rememberedUrls: () => ({ count: urls.cachedCount(), expired: urls.expired() }),
    forgetExpiredUrls: () => urls.forgetExpired(),
    publicUrl: (key) => urls.public(key),

    async uploadForm(key, { contentType, byteSize, expiresAt }) {
      assertStorageKey(key);
      assertContentType(contentType);
      const policy = forms.newPostPolicy();
      policy.setBucket(buckets.of(key));
      policy.setKey(key);
      policy.setContentType(contentType);
      policy.setContentLengthRange(byteSize, byteSize);
      policy.setExpires(new Date(Math.floor(expiresAt.getTime() / 1000) * 1000));
      const { formData } = await forms.presignedPostPolicy(policy);
      // The address names the bucket, which the policy holds it to; servers do not look at a field of that name.
      const { bucket: _address, ...fields } = formData;
      return { url: `${origin}/${buckets.of(key)}`, fields };
    },

    async check() {
      await Promise.all([
        putProbe(),
        call(async (client) => {
          if (!(await client.bucketExists(buckets.public))) {
            throw new StorageUnavailable(`The bucket ${buckets.public} does not exist. The gateway makes it when it starts.`);
          }
        }, checking),
      ]);
    },

    async prepare(onRefused) {
      await ensureBuckets(connection, buckets, settings.region);
      await putProbe();
      await refuseOpenDoor();
      await letEverybodyRead(connection, buckets.public).catch((error: unknown) => {
        if (!(error instanceof StorageUnavailable)) throw error;
        onRefused(
          `Who may read the bucket ${buckets.public} cannot be looked up or set: ${error.message} Published pictures are ` +
            `read there by everybody; docs/storage.md has the policy.`,
        );
      });
    },

    close: () => connection.close(),
  };
}

const UNKNOWN_TYPE = 'application/octet-stream';

function ignore(): void {}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NoSuchObject) return null;
    throw error;
  }
}

/** An object by the headers of its own answer, so that description and bytes are of one content. */
function describe(key: string, { headers }: IncomingMessage): StoredObject {
  // Of a part, the whole length is behind the slash.
  const whole = headers['content-range']?.split('/')[1] ?? headers['content-length'];
  return {
    key,
    byteSize: Number(whole),
    contentType: headers['content-type'] ?? UNKNOWN_TYPE,
    etag: (headers.etag ?? '').replaceAll('"', ''),
    lastModified: new Date(headers['last-modified'] ?? 0),
  };
}

async function deleteBatch(client: Client, bucket: string, keys: string[]): Promise<void> {
  const failures = (await client.removeObjects(bucket, keys)).map((failure) => failure?.Error ?? failure);
  const first = failures.find((failure) => failure !== null && failure !== undefined);
  if (first) throw Object.assign(new Error('Some objects were not deleted.'), { code: (first as { Code?: unknown }).Code });
}

/** Where clients reach the server: as they are told to, or as the gateway does. Clients are given no path in front. */
function originOf(settings: S3StorageSettings): string {
  const { publicUrl, tls, port } = settings;
  const own = `${tls ? 'https' : 'http'}://${hostOf(settings)}${port === null ? '' : `:${port}`}`;
  return new URL(publicUrl ?? own).origin;
}

