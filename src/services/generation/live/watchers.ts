import type { SubscriptionLimits } from '../../../config/runtime.js';
import { StreamsExhausted, TooManyStreams } from './errors.js';

/** One reader of an owner's events. It has no timer and keeps no events: only how far it has read. */
export interface Watcher {
  /**
   * Resolves with true when there may be events after `position`, the last one that was read; with false when the watcher
   * has left, at once. Each event that is told of wakes it once.
   */
  woken(position: number): Promise<boolean>;
  leave(): void;
}

export interface Watchers {
  /**
   * Begins to watch, before anything is read, so that no event falls in between.
   *
   * @throws TooManyStreams
   * @throws StreamsExhausted
   */
  join(ownerId: string): Watcher;
  /** An owner has this event, and perhaps others before it. Events that nobody waits for wake nobody. */
  told(ownerId: string, seq: number): void;
  /** Nobody watches this owner any more: all of their watchers leave. */
  dismiss(ownerId: string): void;
  /** Each owner that is watched, with the event that all of their watchers have read. */
  watched(): { readonly ownerId: string; readonly after: number }[];
}

export function createWatchers({ maxPerPerson, maxPerProcess }: Omit<SubscriptionLimits, 'pollSeconds'>): Watchers {
  const byOwner = new Map<string, Set<OpenWatcher>>();
  let open = 0;

  return {
    join(ownerId) {
      const present = byOwner.get(ownerId);
      if (present && present.size >= maxPerPerson) throw new TooManyStreams(maxPerPerson);
      if (open >= maxPerProcess) throw new StreamsExhausted();
      const watchers = present ?? new Set();
      byOwner.set(ownerId, watchers);
      const watcher = new OpenWatcher(() => {
        open -= 1;
        watchers.delete(watcher);
        if (watchers.size === 0) byOwner.delete(ownerId);
      });
      open += 1;
      watchers.add(watcher);
      return watcher;
    },
    told(ownerId, seq) {
      for (const watcher of byOwner.get(ownerId) ?? []) watcher.told(seq);
    },
    dismiss(ownerId) {
      for (const watcher of [...(byOwner.get(ownerId) ?? [])]) watcher.leave();
    },
    watched: () =>
      [...byOwner].map(([ownerId, watchers]) => ({
        ownerId,
        after: Math.min(...[...watchers].map(({ position }) => position)),
      })),
  };
}

class OpenWatcher implements Watcher {
  /** Nothing is looked for behind a reader's back before it has read for the first time. */
  position = Infinity;
  /** The newest event that it was told of since it was last woken. */
  #told = 0;
  #resolve: ((more: boolean) => void) | undefined;
  #hasLeft = false;

  constructor(private readonly onLeave: () => void) {}

  woken(position: number): Promise<boolean> {
    const hasMore = this.#told > position;
    this.position = position;
    this.#told = 0;
    if (this.#hasLeft || hasMore) return Promise.resolve(!this.#hasLeft);
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  told(seq: number): void {
    if (!this.#resolve) this.#told = Math.max(this.#told, seq);
    else if (seq > this.position) this.#settle(true);
  }

  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#settle(false);
    this.onLeave();
  }

  #settle(more: boolean): void {
    this.#resolve?.(more);
    this.#resolve = undefined;
  }
}
