/**
 * What a store refuses. The messages are for operators and logs: they name keys, never a path on this machine. The
 * HTTP side has words of its own for clients.
 */
export class StorageError extends Error {
  override readonly name: string = 'StorageError';
}

/** The key is not one that a store may hold; see keys.ts for the rule. */
export class InvalidStorageKey extends StorageError {
  override readonly name = 'InvalidStorageKey';

  constructor(key: string, problem: string) {
    const shown = key.length > 80 ? `${key.slice(0, 80)}…` : key;
    super(`${JSON.stringify(shown)} is not a storage key: ${problem}.`);
  }
}

/** The content type is not of the form `type/subtype`. */
export class InvalidContentType extends StorageError {
  override readonly name = 'InvalidContentType';

  constructor(contentType: string) {
    super(`${JSON.stringify(contentType.slice(0, 80))} is not a content type. Pass one such as "image/webp".`);
  }
}

/** The body is longer or shorter than announced; nothing was stored. */
export class StorageSizeMismatch extends StorageError {
  override readonly name = 'StorageSizeMismatch';

  constructor(
    readonly key: string,
    readonly expectedBytes: number,
    /** How many bytes had come when the difference was seen. */
    readonly seenBytes: number,
  ) {
    super(`${key}: announced as ${expectedBytes} bytes, and ${seenBytes} came. Nothing was stored; send it again.`);
  }
}

/** The body is longer than the driver takes; nothing was stored. */
export class StorageBodyTooLarge extends StorageError {
  override readonly name = 'StorageBodyTooLarge';

  constructor(
    readonly key: string,
    readonly maxBytes: number,
  ) {
    super(`${key}: a body may have at most ${maxBytes} bytes in this store. Nothing was stored.`);
  }
}

/** A copy was asked of an object that does not exist. */
export class StoredObjectMissing extends StorageError {
  override readonly name = 'StoredObjectMissing';

  constructor(readonly key: string) {
    super(`${key} is not in the store.`);
  }
}

/** On disk `a` and `a/b` exclude each other, as a name is a file or a folder. */
export class StorageKeyConflict extends StorageError {
  override readonly name = 'StorageKeyConflict';

  constructor(readonly key: string) {
    super(`${key} cannot be stored: a part of it is taken by another object, or it is itself a folder of others.`);
  }
}

/** The store cannot be read and written; `cause` holds the system's error, where there is one that may be shown. */
export class StorageUnavailable extends StorageError {
  override readonly name = 'StorageUnavailable';
}
