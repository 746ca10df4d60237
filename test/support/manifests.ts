import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const WHO = 'query Who { viewer { profile { name } } }';
export const PAGE = 'query Page($first: Int) { viewer { renders(first: $first) { nodes { id } } } }';
export const CREATE =
  'mutation Create($name: String!) { createCollection(input: { name: $name }) { __typename ... on CreateCollectionPayload { collection { name } } } }';

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
export const manifestOf = (...texts: readonly string[]) => Object.fromEntries(texts.map((text) => [hashOf(text), text]));

/** A folder for a test file's manifests, which goes with its last test. */
export function manifestFolder() {
  let folder = '';
  let files = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'roomfeed-documents-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    pathOf: (name: string): string => join(folder, name),
    /** Writes a file and returns its path; what is no text becomes JSON. */
    fileOf(content: unknown): string {
      files += 1;
      const path = join(folder, `manifest-${files}.json`);
      writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },
  };
}
