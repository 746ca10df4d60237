import type { CacheTopic } from '../../domain/cache-topics.js';

/**
 * Answers that are kept in this process for a while. Values are shared between requests: nobody changes one.
 */
export interface Cache {
  /**
   * The kept value of `key`, or what `load` gives, which is kept then. `name` is one of a closed set and labels the
   * counts. A value is dropped when its topic changes, and is not kept at all where the topic changed while it was
   * loaded. What `load` throws is thrown and not kept.
   *
   * A key never leaves its topic: two topics may use the same one. It is made only where something is kept, because it
   * costs more than it may where nothing is.
   */
  through<T>(entry: { readonly name: CacheName; readonly topic: CacheTopic; readonly key: () => string }, load: () => Promise<T>): Promise<T>;
  /** Drops what depends on these topics: rows of them were changed here, or another process said so. */
  drop(topics: readonly CacheTopic[]): void;
}

/** What is kept. */
export type CacheName = 'community' | 'collections' | 'feed' | 'usage';

/** Keeps nothing: the cache switched off. */
export const noCache: Cache = {
  through: (_entry, load) => load(),
  drop: () => undefined,
};
