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

/** What a listing knows of an object: all but its type, which an S3 server tells of single objects only. */
export type ListedObject = Omit<StoredObject, 'contentType'>;

/** Both ends are inclusive, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Signed URLs that a process remembers, so that it does not sign the same again and again. */
export interface RememberedUrls {
  readonly count: number;
  /** Keys of those that are of a window which is over: nobody is given them any more. */
  readonly expired: readonly string[];
}

export interface SignedUrl {
  readonly url: string;
  readonly expiresAt: Date;
}

/** What may be uploaded by a form, and until when. */
export interface UploadFormTerms {
  /** Of the form `type/subtype`. */
  readonly contentType: string;
  /** Exactly so many bytes. */
  readonly byteSize: number;
  /** A whole second; a fraction of one is left out. */
  readonly expiresAt: Date;
}

/** An upload by anybody who holds it: a POST of multipart/form-data to `url`, all `fields` first, then the part `file`. */
export interface UploadForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** What the product needs of a store. Drivers: files on disk (file-storage.ts), S3 (s3-storage.ts). */
export interface Storage {
  put(key: string, body: Buffer | Readable, options: { contentType: string; byteSize?: number }): Promise<StoredObject>;
  /** Null where there is no such object. */
  stat(key: string): Promise<StoredObject | null>;
  /** Null where there is no such object. A range past the end is the caller's to check against `stat`. */
  get(key: string, range?: ByteRange): Promise<{ object: StoredObject; body: Readable } | null>;
  copy(fromKey: string, toKey: string): Promise<StoredObject>;
  /** Deletes what exists and ignores what does not. */
  delete(keys: readonly string[]): Promise<void>;
  /** In the order of whole keys. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /**
   * A URL to read a private object. Deterministic: the same key in the same window gives the same bytes in every
   * process, and lives at least one more window. Costs no I/O.
   */
  signedUrl(key: string): SignedUrl;
  rememberedUrls(): RememberedUrls;
  /** Forgets signed URLs of a window that is over. */
  forgetExpiredUrls(): void;
  /**
   * A form by which a client stores one object under this key, without going through the API. It may be sent more than
   * once; the last whole upload wins. The store refuses every other key, type and length, and any upload after the end.
   */
  uploadForm(key: string, terms: UploadFormTerms): Promise<UploadForm>;
  /** The plain, cacheable URL of a public object (keys under `community/`). */
  publicUrl(key: string): string;
  /** Resolves when the store can be read and written. */
  check(): Promise<void>;
}
