import { LRUCache } from 'lru-cache';
import { InvalidStorageKey } from './errors.js';
import { assertStorageKey, isPublicKey } from './keys.js';
import { signedUrlExpiry } from './signing.js';
import type { SignedUrl } from './storage.js';

export interface AssetUrls {
  /** See `Storage.signedUrl`. Throws `InvalidStorageKey`. */
  signed(key: string): SignedUrl;
  /** See `Storage.publicUrl`. Throws `InvalidStorageKey`, also for a key that is private. */
  public(key: string): string;
  /** How many signed URLs are remembered now, for metrics and tests. */
  cachedCount(): number;
  /** The keys of those whose window is over, which nobody is given any more. */
  expired(): readonly string[];
  /** Forgets those whose window is over; signing anything in a later window does it, too. */
  forgetExpired(): void;
}

export interface UrlMemorySettings {
  /** How long the same asset has the same URL, in whole seconds. Default 3600; a URL lives one to two windows. */
  readonly windowSeconds?: number;
  readonly now?: () => Date;
  /** How many signed URLs are remembered. Default 20,000: about 10 MB, and a thousand pages of a feed. */
  readonly signedUrlCacheSize?: number;
}

/** How a driver makes the URLs of keys that were checked. */
export interface UrlMaker {
  /** The URL of a private object, until `expires` (Unix seconds, the end of a window). A pure function of the two. */
  sign(key: string, expires: number): string;
  /** The plain URL of a public object. */
  plain(key: string): string;
}

/** Checks keys and remembers URLs, for every driver alike. Throws a RangeError for a window that cannot work. */
export function rememberUrls(settings: UrlMemorySettings, maker: UrlMaker): AssetUrls {
  const { windowSeconds = 3600, now = () => new Date(), signedUrlCacheSize = 20_000 } = settings;
  if (!Number.isInteger(windowSeconds) || windowSeconds < 1) {
    throw new RangeError(`A window of ${windowSeconds} seconds cannot be signed for. Give a whole number from 1 up.`);
  }

  /** By age: what was asked for last is hardly worth knowing, because all of them are forgotten together. */
  const remembered = new Map<string, SignedUrl>();
  let rememberedExpiry = 0;
  /** Checking a key costs more than its URL, and everybody looks at the same gallery. */
  const published = new LRUCache<string, string>({ max: 5_000 });

  /** All remembered URLs are of one window, so they all go together when it ends: no timers, no ages. */
  const isOver = (expires: number): boolean => expires !== rememberedExpiry;

  function beginWindow(): number {
    const expires = signedUrlExpiry(now(), windowSeconds);
    if (isOver(expires)) {
      remembered.clear();
      rememberedExpiry = expires;
    }
    return expires;
  }

  return {
    signed(key) {
      const expires = beginWindow();
      const known = remembered.get(key);
      if (known !== undefined) return known;

      assertStorageKey(key);
      const made = Object.freeze({ url: maker.sign(key, expires), expiresAt: new Date(expires * 1000) });
      remembered.set(key, made);
      if (remembered.size > signedUrlCacheSize) {
        for (const oldest of remembered.keys()) {
          remembered.delete(oldest);
          break;
        }
      }
      return made;
    },

    public(key) {
      const known = published.get(key);
      if (known !== undefined) return known;
      assertStorageKey(key);
      if (!isPublicKey(key)) {
        throw new InvalidStorageKey(key, 'only keys under community/ have a public URL. Use signedUrl for the rest');
      }
      const url = maker.plain(key);
      published.set(key, url);
      return url;
    },

    cachedCount: () => remembered.size,
    expired: () => (isOver(signedUrlExpiry(now(), windowSeconds)) ? [...remembered.keys()] : []),
    forgetExpired: () => void beginWindow(),
  };
}
