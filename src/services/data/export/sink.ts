import type { Readable } from 'node:stream';
import type { ExportKind } from '../../../repositories/account-export.js';

/** A row as the person gets it: the API's names, its ids, its words for enumerations, and times as ISO 8601 texts. */
export type ExportRecord = Readonly<Record<string, unknown>>;

/** A picture that belongs to the account. */
export interface ExportPicture {
  /** Its key in the store. Not the person's business: it names how the store is built. */
  readonly key: string;
  /** What the records call it: a relative path with slashes, of letters, digits, `.`, `_` and `-`. */
  readonly file: string;
}

/**
 * Where an export goes: a folder, an archive, a bucket. The service calls one method at a time, except `picture`, of
 * which a few run at once; whatever one rejects with ends the export.
 */
export interface ExportSink {
  /** Takes records of a kind, in their order. Called at least once for each kind, with none where there are none. */
  records(kind: ExportKind, records: readonly ExportRecord[]): Promise<void>;
  /** Remembers pictures that the records name. They may be hundreds of thousands: no place for memory. */
  remember(pictures: readonly ExportPicture[]): Promise<void>;
  /** What was remembered, once all records are there. */
  remembered(): AsyncIterable<ExportPicture>;
  /** Takes a picture's bytes; null where the store has none. */
  picture(picture: ExportPicture, body: Readable | null): Promise<void>;
}
