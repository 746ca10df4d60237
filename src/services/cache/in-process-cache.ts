import { LRUCache } from 'lru-cache';
import type { CacheTopic } from '../../domain/cache-topics.js';
import type { Cache, CacheName } from './cache.js';
import { freezeAndMeasure } from './freeze.js';

/**
 * hit: kept, or being loaded for another reader already. miss: loaded. bypass: loaded and not kept, because the cache is
 * paused.
 */
export type CacheOutcome = 'hit' | 'miss' | 'bypass';

/** Told of what the cache does; for metrics. */
export interface CacheCounts {
  read(name: CacheName, outcome: CacheOutcome): void;
  /** What is kept now, in entries and bytes. */
  held(now: { readonly entries: number; readonly bytes: number }): void;
}

export interface InProcessCache extends Cache {
  /** Drops everything. */
  clear(): void;
  /** Drops everything, and keeps and serves nothing until `resume`: changes that others make are not heard of. */
  pause(): void;
  resume(): void;
  /** How many topics are remembered: those of which anything is kept or being loaded. */
  topics(): number;
}

export interface InProcessCacheOptions {
  /** What the entries take together, as far as that can be told; see freeze.ts. */
  readonly maxBytes: number;
  /** From the beginning of its load an entry lives so long. */
  readonly maxAgeMs: number;
  /** Milliseconds on a clock that never goes back, above 0. */
  readonly now?: () => number;
  readonly counts: CacheCounts;
}

/**
 * A topic between two drops: what is kept of it, and what is being loaded. A drop takes the whole object out of the map,
 * so that "has the topic changed since?" is a question of identity, and no version has to be remembered for everybody
 * who ever came by. It goes with its last entry and its last load.
 */
interface Epoch {
  readonly topic: CacheTopic;
  readonly kept: Set<string>;
  readonly loading: Map<string, Promise<unknown>>;
}

interface Entry {
  readonly value: unknown;
  readonly epoch: Epoch;
}

/** The key's text, the entry's places in the store and in its epoch, and its share of the epoch itself. */
function costOf(id: string): number {
  return 400 + 2 * id.length;
}

/**
 * Keeps answers in this process's memory: the least recently read goes first where there are too many bytes, and none
 * grows older than it may. Nothing is kept before `resume` is called for the first time.
 *
 * A reader never gets a value whose load began before the last drop of its topic: a drop forgets the loads under way as
 * well as the entries, and their own readers alone get what they bring.
 *
 * Values are frozen, because all readers share them.
 */
export function createInProcessCache({
  maxBytes,
  maxAgeMs,
  now = () => performance.now(),
  counts,
}: InProcessCacheOptions): InProcessCache {
  const epochs = new Map<CacheTopic, Epoch>();
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    ttl: maxAgeMs,
    // Asks the clock each time, and sets no timer to do so.
    ttlResolution: 0,
    perf: { now },
    dispose: ({ epoch }, id) => {
      epoch.kept.delete(id);
      forgetWhereEmpty(epoch);
    },
  });
  let paused = true;

  const held = () => counts.held({ entries: entries.size, bytes: entries.calculatedSize });

  function epochOf(topic: CacheTopic): Epoch {
    const present = epochs.get(topic);
    if (present) return present;
    const epoch: Epoch = { topic, kept: new Set(), loading: new Map() };
    epochs.set(topic, epoch);
    return epoch;
  }

  function isCurrent(epoch: Epoch): boolean {
    return epochs.get(epoch.topic) === epoch;
  }

  function forgetWhereEmpty(epoch: Epoch): void {
    if (epoch.kept.size === 0 && epoch.loading.size === 0 && isCurrent(epoch)) epochs.delete(epoch.topic);
  }

  function keep(epoch: Epoch, id: string, value: unknown, begun: number): void {
    const size = costOf(id) + freezeAndMeasure(value);
    if (!isCurrent(epoch) || size > maxBytes || now() - begun > maxAgeMs) return;
    epoch.kept.add(id);
    entries.set(id, { value, epoch }, { size, start: begun });
    held();
  }

  function startLoad<T>(epoch: Epoch, id: string, load: () => Promise<T>): Promise<T> {
    const begun = now();
    const done = () => {
      epoch.loading.delete(id);
      forgetWhereEmpty(epoch);
    };
    // The async function makes a rejection of what `load` throws before it returns.
    const loading = (async () => load())().then(
      (value) => {
        keep(epoch, id, value, begun);
        done();
        return value;
      },
      (error: unknown) => {
        done();
        throw error;
      },
    );
    epoch.loading.set(id, loading);
    return loading;
  }

  function clear(): void {
    epochs.clear();
    entries.clear();
    held();
  }

  return {
    async through<T>(
      { name, topic, key }: { readonly name: CacheName; readonly topic: CacheTopic; readonly key: () => string },
      load: () => Promise<T>,
    ): Promise<T> {
      if (paused) {
        counts.read(name, 'bypass');
        return load();
      }
      const id = `${topic} ${name} ${key()}`;
      const kept = entries.get(id);
      const loading = kept ? undefined : epochs.get(topic)?.loading.get(id);
      counts.read(name, kept || loading ? 'hit' : 'miss');
      // What was kept under this key was put there by a reader of the same type: name and key say what is read.
      if (kept) return kept.value as T;
      if (loading) return loading as Promise<T>;
      return startLoad(epochOf(topic), id, load);
    },

    drop(topics) {
      for (const topic of topics) {
        const epoch = epochs.get(topic);
        if (!epoch) continue;
        epochs.delete(topic);
        for (const id of epoch.kept) entries.delete(id);
      }
      held();
    },

    clear,

    pause() {
      paused = true;
      clear();
    },

    resume() {
      paused = false;
    },

    topics: () => epochs.size,
  };
}
