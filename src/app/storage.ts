import type { Configuration } from '../config/configuration.js';
import { createFileStorage } from '../storage/file-storage.js';
import { createS3Storage } from '../storage/s3-storage.js';
import type { Storage } from '../storage/storage.js';

/** The store that the environment names. */
export interface OpenStorage {
  readonly storage: Storage;
  /** Sets it up where that is missing; rejects where the process must not work with it. */
  prepare(): Promise<void>;
  /** Ends what is under way in it. */
  close(): void;
}

export interface StorageOptions {
  readonly configuration: Configuration;
  readonly now?: () => Date;
  /** Told of what an operator has to set up. */
  readonly warn: (message: string) => void;
}

export function openStorage({ configuration: { environment, runtime }, now, warn }: StorageOptions): OpenStorage {
  const { storage: settings, publicUrl } = environment;
  const urls = { windowSeconds: runtime.signedUrls.windowSeconds, ...(now ? { now } : {}) };
  if (settings.kind === 's3') {
    const { accessKey, secretKey } = settings;
    const storage = createS3Storage({
      ...settings,
      ...urls,
      accessKey: accessKey.reveal(),
      secretKey: secretKey.reveal(),
    });
    return { storage, prepare: () => storage.prepare(warn), close: storage.close };
  }
  const { directory, signingSecret } = settings;
  const storage = createFileStorage({ directory, publicUrl, ...urls, signingSecret: signingSecret.reveal() });
  // A folder is made when it is first written to, and holds nothing open.
  return { storage, prepare: async () => undefined, close: () => undefined };
}
