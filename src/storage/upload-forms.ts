import { assertStorageKey } from './keys.js';
import { assertContentType } from './object-file.js';
import { addressBelow } from './signed-urls.js';
import { deriveUploadKey, isGenuine, readExpiry, signUpload } from './signing.js';
import type { UploadForm, UploadFormTerms } from './storage.js';

/** Where the gateway takes upload forms, below the public URL. */
export const UPLOADS_PATH = '/uploads';

/** The fields of a form, each exactly once. */
export const uploadFields = ['key', 'Content-Type', 'byteSize', 'expires', 'signature'] as const;
export type UploadField = (typeof uploadFields)[number];

export interface UploadFormSettings {
  /** Where clients reach the gateway. */
  readonly publicUrl: string;
  /** Signs new forms. */
  readonly signingSecret: string;
}

/**
 * Makes the forms of uploads that the gateway receives itself. Throws `InvalidStorageKey` and `InvalidContentType` for
 * what no store would take.
 */
export function createUploadForms({ publicUrl, signingSecret }: UploadFormSettings) {
  const url = addressBelow(publicUrl, UPLOADS_PATH);
  const uploadKey = deriveUploadKey(signingSecret);
  return {
    form(key: string, { contentType, byteSize, expiresAt }: UploadFormTerms): UploadForm {
      assertStorageKey(key);
      assertContentType(contentType);
      const expires = Math.floor(expiresAt.getTime() / 1000);
      const fields: Record<UploadField, string> = {
        key,
        'Content-Type': contentType,
        byteSize: String(byteSize),
        expires: String(expires),
        signature: signUpload(uploadKey, { key, contentType, byteSize, expires }),
      };
      return { url, fields };
    },
  };
}

/** What a form allows; `expired` is only said of a signature that was genuine. */
export type UploadVerdict =
  | { readonly kind: 'valid'; readonly key: string; readonly contentType: string; readonly byteSize: number }
  | { readonly kind: 'missing' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'expired' };

/** Judges the fields that came before a file. */
export type VerifyUploadForm = (fields: ReadonlyMap<string, string>) => UploadVerdict;

/** A length in one spelling only: no sign, no leading zero. */
const LENGTH = /^[1-9][0-9]{0,9}$/;

/** The other side of `createUploadForms`. `previousSigningSecrets` signed forms that are still good. */
export function createUploadFormVerifier({
  signingSecret,
  previousSigningSecrets = [],
  now = () => new Date(),
}: {
  readonly signingSecret: string;
  readonly previousSigningSecrets?: readonly string[];
  readonly now?: () => Date;
}): VerifyUploadForm {
  const uploadKeys = [signingSecret, ...previousSigningSecrets].map(deriveUploadKey);
  return (fields) => {
    const field = (name: UploadField): string => fields.get(name) ?? '';
    const signature = field('signature');
    if (signature === '') return { kind: 'missing' };
    const expires = readExpiry(field('expires'));
    if (expires === null || !LENGTH.test(field('byteSize'))) return { kind: 'invalid' };
    const terms = { key: field('key'), contentType: field('Content-Type'), byteSize: Number(field('byteSize')), expires };
    if (!isGenuine(signature, uploadKeys.map((uploadKey) => signUpload(uploadKey, terms)))) return { kind: 'invalid' };
    const { key, contentType, byteSize } = terms;
    return now().getTime() < expires * 1000 ? { kind: 'valid', key, contentType, byteSize } : { kind: 'expired' };
  };
}
