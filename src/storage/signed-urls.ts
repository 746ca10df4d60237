import { LRUCache } from 'lru-cache';
import { parseUrl } from '../config/parse-url.js';
import { InvalidStorageKey } from './errors.js';
import { assertStorageKey, isPublicKey } from './keys.js';
import { deriveSigningKey, signedUrlExpiry, signPath, verifySignedPath } from './signing.js';
import type { SignatureVerdict, SignedPath } from './signing.js';
import type { SignedUrl } from './storage.js';

/** Where `/assets` is served, below the public URL. */
export const ASSETS_PATH = '/assets/';

export interface AssetUrlSettings {
  /** Where clients reach the gateway, such as `http://127.0.0.1:4000`; http or https, a path in front is kept. */
  readonly publicUrl: string;
  /** Signs new URLs. The configuration asks for at least 32 bytes. */
  readonly signingSecret: string;
  /** How long the same asset has the same URL, in whole seconds. Default 3600; a URL lives one to two windows. */
  readonly windowSeconds?: number;
  readonly now?: () => Date;
  /** How many signed URLs are remembered. Default 20,000: about 10 MB, and a thousand pages of a feed. */
  readonly signedUrlCacheSize?: number;
}

export interface AssetUrls {
  /** See `Storage.signedUrl`. Throws `InvalidStorageKey`. */
  signed(key: string): SignedUrl;
  /** See `Storage.publicUrl`. Throws `InvalidStorageKey`, also for a key that is private. */
  public(key: string): string;
  /** How many signed URLs are remembered now, for metrics and tests. */
  cachedCount(): number;
}

/** Makes the URLs of assets that the gateway serves itself. Throws a RangeError for settings that cannot work. */
export function createAssetUrls(settings: AssetUrlSettings): AssetUrls {
  const { windowSeconds = 3600, now = () => new Date(), signedUrlCacheSize = 20_000 } = settings;
  if (!Number.isInteger(windowSeconds) || windowSeconds < 1) {
    throw new RangeError(`A window of ${windowSeconds} seconds cannot be signed for. Give a whole number from 1 up.`);
  }
  const base = addressBelow(settings.publicUrl, ASSETS_PATH);
  const signingKey = deriveSigningKey(settings.signingSecret);

  const remembered = new LRUCache<string, SignedUrl>({ max: signedUrlCacheSize });
  let rememberedExpiry = 0;
  /** Checking a key costs more than its URL, and everybody looks at the same gallery. */
  const published = new LRUCache<string, string>({ max: 5_000 });

  return {
    signed(key) {
      const expires = signedUrlExpiry(now(), windowSeconds);
      if (expires !== rememberedExpiry) {
        // All remembered URLs are of one window, so they all go together when it ends: no timers, no ages.
        remembered.clear();
        rememberedExpiry = expires;
      }
      const known = remembered.get(key);
      if (known !== undefined) return known;

      assertStorageKey(key);
      const made = Object.freeze({
        url: `${base}${key}?expires=${expires}&signature=${signPath(signingKey, key, expires)}`,
        expiresAt: new Date(expires * 1000),
      });
      remembered.set(key, made);
      return made;
    },

    public(key) {
      const known = published.get(key);
      if (known !== undefined) return known;
      assertStorageKey(key);
      if (!isPublicKey(key)) {
        throw new InvalidStorageKey(key, 'only keys under community/ have a public URL. Use signedUrl for the rest');
      }
      const url = base + key;
      published.set(key, url);
      return url;
    },

    cachedCount: () => remembered.size,
  };
}

export interface VerifierSettings {
  readonly signingSecret: string;
  /** Secrets that signed before it: URLs made with them stay valid until they expire. */
  readonly previousSigningSecrets?: readonly string[];
  readonly now?: () => Date;
}

/** Judges one request to read `key`. */
export type VerifySignedUrl = (path: SignedPath) => SignatureVerdict;

/**
 * The other side of `createAssetUrls`. To change the secret, name the old one as previous for two windows: what is in
 * people's phones goes on working, and everything new is signed with the new one.
 */
export function createSignedUrlVerifier(settings: VerifierSettings): VerifySignedUrl {
  const { now = () => new Date() } = settings;
  const secrets = [settings.signingSecret, ...(settings.previousSigningSecrets ?? [])];
  const signingKeys = secrets.map(deriveSigningKey);
  return (path) => verifySignedPath(signingKeys, path, now());
}

/** The address of a path of the gateway, as clients reach it. Throws a RangeError for a public URL that is none. */
export function addressBelow(publicUrl: string, path: string): string {
  const url = parseUrl(publicUrl);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new RangeError('The public URL must be http or https, without query, such as http://127.0.0.1:4000.');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}${path}`;
}
