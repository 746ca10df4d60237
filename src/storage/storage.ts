import type { Readable } from 'node:stream';

/** One stored object. `key` is relative, slash-separated, and immutable: a new content gets a new key. */
export interface StoredObject {
  readonly key: string;
  readonly byteSize: number;
  readonly contentType: string;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
}

/** Both ends are inclusive, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

/** What the product needs of a store. Drivers: files on disk (file-storage.ts), S3 (later). */
export interface Storage {
  put(key: string, body: Buffer | Readable, options: { contentType: string; byteSize?: number }): Promise<StoredObject>;
  /** Null where there is no such object. */
  stat(key: string): Promise<StoredObject | null>;
  /** Null where there is no such object. A range past the end is the caller's to check against `stat`. */
  get(key: string, range?: ByteRange): Promise<{ object: StoredObject; body: Readable } | null>;
  copy(fromKey: string, toKey: string): Promise<StoredObject>;
  /** Deletes what exists and ignores what does not. */
  delete(keys: readonly string[]): Promise<void>;
  list(prefix: string): AsyncIterable<StoredObject>;
  /**
   * A URL to read a private object. Deterministic: the same key in the same window gives the same bytes in every
   * process, and lives at least one more window. Costs no I/O.
   */
  signedUrl(key: string): SignedUrl;
  /** The plain, cacheable URL of a public object (keys under `community/`). */
  publicUrl(key: string): string;
  /** Resolves when the store can be read and written. */
  check(): Promise<void>;
}
