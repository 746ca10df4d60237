import { parseUrl } from '../config/parse-url.js';
import { deriveSigningKey, signPath, verifySignedPath } from './signing.js';
import type { SignatureVerdict, SignedPath } from './signing.js';
import { rememberUrls } from './url-memory.js';
import type { AssetUrls, UrlMemorySettings } from './url-memory.js';

/** Where `/assets` is served, below the public URL. */
export const ASSETS_PATH = '/assets/';

export interface AssetUrlSettings extends UrlMemorySettings {
  /** Where clients reach the gateway, such as `http://127.0.0.1:4000`; http or https, a path in front is kept. */
  readonly publicUrl: string;
  /** Signs new URLs. The configuration asks for at least 32 bytes. */
  readonly signingSecret: string;
}

/** Makes the URLs of assets that the gateway serves itself. Throws a RangeError for settings that cannot work. */
export function createAssetUrls(settings: AssetUrlSettings): AssetUrls {
  const base = addressBelow(settings.publicUrl, ASSETS_PATH);
  const signingKey = deriveSigningKey(settings.signingSecret);
  return rememberUrls(settings, {
    sign: (key, expires) => `${base}${key}?expires=${expires}&signature=${signPath(signingKey, key, expires)}`,
    plain: (key) => base + key,
  });
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
