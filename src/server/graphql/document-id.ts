import { createHash } from 'node:crypto';

/** Longer than any hash with its prefix; an id is looked up, written into errors and kept. */
export const MAX_DOCUMENT_ID_LENGTH = 256;

const SHA256_ID = /^(?:sha256:)?([0-9a-f]{64})$/;

/**
 * What a document is kept under: GraphQL over HTTP writes a hash as `sha256:<hex>`, while Apollo's clients and the
 * manifests of all generators write the hex alone.
 */
export function documentKey(id: string): string {
  return SHA256_ID.exec(id)?.[1] ?? id;
}

/** The SHA-256 of a document's text in UTF-8, in lower-case hexadecimal digits. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
