import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Identity } from './identity.js';

/** Tokens that were found good, so that a page of requests with one token verifies it once. */
export interface VerifiedTokens {
  get(token: string): Identity | null;
  set(token: string, identity: Identity, expiresAtSeconds: number): void;
}

/**
 * An entry lives to its token's `exp`, and at most `maxAgeSeconds`. A token cannot be called back before its `exp`,
 * here or without a cache; but the key that signed it can be withdrawn, and this bound is how long that takes longer.
 * Suspending an account does not depend on it: status is read from the database for each write.
 *
 * Entries are kept by hash, so that a dump of the process's memory holds no tokens.
 */
export function createVerifiedTokens(options: {
  maxEntries: number;
  maxAgeSeconds: number;
  now: () => Date;
}): VerifiedTokens {
  const entries = new LRUCache<string, { readonly identity: Identity; readonly until: number }>({
    max: options.maxEntries,
  });
  const keyOf = (token: string): string => hash('sha256', token, 'base64');
  const nowSeconds = (): number => options.now().getTime() / 1_000;
  return {
    get(token) {
      const key = keyOf(token);
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (nowSeconds() < entry.until) return entry.identity;
      entries.delete(key);
      return null;
    },
    set(token, identity, expiresAtSeconds) {
      entries.set(keyOf(token), { identity, until: Math.min(expiresAtSeconds, nowSeconds() + options.maxAgeSeconds) });
    },
  };
}
