import { readFileSync, statSync } from 'node:fs';
import { documentKey, hashOf, MAX_DOCUMENT_ID_LENGTH } from './document-id.js';

/** One document as a manifest names it; nothing is known of its text yet. */
export interface ManifestEntry {
  /** Bare, where it is a SHA-256 (document-id.ts). */
  readonly key: string;
  readonly text: string;
  /** For people, such as `operation Feed (id 5f0c…)`. */
  readonly label: string;
}

export interface Manifest {
  readonly entries: readonly ManifestEntry[];
  /** What is wrong with it so far, each in one line with what to do. */
  readonly problems: readonly string[];
}

/** Thousands of operations. What is read is kept for the life of the process, parsed. */
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

/** Of Apollo's tools: https://www.apollographql.com/docs/graphos/platform/security/persisted-queries */
const APOLLO_FORMAT = 'apollo-persisted-query-manifest';

/** The characters that GraphQL over HTTP allows in an id that is no hash, with its prefix for ids of one's own. */
const CUSTOM_ID = /^(?:x-[\w.~-]+:)?[\w.~-]+$/;
const LOOKS_LIKE_SHA256 = /^(?:sha256:)?[0-9a-f]{64}$/i;
const OPERATION_NAME = /\b(?:query|mutation|subscription)\s+([A-Za-z_]\w*)/;

/**
 * Reads a manifest: `{ "<id>": "<document>" }`, as GraphQL Code Generator and Relay write it, or Apollo's
 * `{ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [{ "id", "body", … }] }`. Never throws:
 * what is wrong is told by `problems`, all of it at once.
 */
export function readManifest(path: string): Manifest {
  const content = readText(path);
  return 'problem' in content ? { entries: [], problems: [content.problem] } : parseManifest(content.text);
}

function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('the file is not valid JSON; generate it anew');
  }
  const listed = listEntries(value);
  if (typeof listed === 'string') return refused(listed);
  if (listed.length === 0) {
    return refused('the manifest holds no operation; generate it where the documents of the app are');
  }
  return checkEntries(listed);
}

const refused = (problem: string): Manifest => ({ entries: [], problems: [problem] });

function readText(path: string): { readonly text: string } | { readonly problem: string } {
  try {
    const file = statSync(path);
    // Reading a pipe or a device may never end.
    if (!file.isFile()) return { problem: 'this is no file; give the path of a manifest' };
    const { size } = file;
    if (size > MAX_MANIFEST_BYTES) {
      return { problem: `the file has ${size} bytes; a manifest has at most ${MAX_MANIFEST_BYTES}` };
    }
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    return { problem: `the file cannot be read (${code}); give the path of a manifest` };
  }
}

interface ListedEntry {
  readonly id: unknown;
  readonly text: unknown;
  readonly name?: unknown;
}

/** What the manifest holds, in whichever format; a problem where it has none that is known. */
function listEntries(value: unknown): readonly ListedEntry[] | string {
  if (!isObject(value)) {
    return 'the file is no manifest; it must be a JSON object, such as {"<id>": "query …"}';
  }
  if (!('format' in value)) return Object.entries(value).map(([id, text]) => ({ id, text }));
  const { format, version, operations } = value;
  if (format !== APOLLO_FORMAT || version !== 1 || !Array.isArray(operations)) {
    return `the format of the manifest is unknown; it must be {"<id>": "query …"}, or "${APOLLO_FORMAT}" of version 1`;
  }
  return operations.map((operation: unknown) =>
    isObject(operation)
      ? { id: operation['id'], text: operation['body'], name: operation['name'] }
      : { id: undefined, text: undefined },
  );
}

function checkEntries(listed: readonly ListedEntry[]): Manifest {
  const entries = new Map<string, ManifestEntry>();
  const problems: string[] = [];
  listed.forEach((entry, index) => {
    const { id, text } = entry;
    if (typeof id !== 'string' || typeof text !== 'string') {
      const which = typeof id === 'string' ? `the operation with id ${shortened(id)}` : `operation ${index + 1}`;
      problems.push(`${which} must have an id and a text, both of them strings; generate the manifest anew`);
      return;
    }
    const label = labelOf(id, text, entry.name);
    const key = documentKey(id);
    const problem = problemOfId(id, text) ?? problemOfRepetition(entries.get(key), text);
    if (problem !== undefined) problems.push(`${label}: ${problem}`);
    else entries.set(key, { key, text, label });
  });
  return { entries: [...entries.values()], problems };
}

/** A hash is checked, so that a manifest which somebody edited is found, and a client's check finds what it expects. */
function problemOfId(id: string, text: string): string | undefined {
  if (LOOKS_LIKE_SHA256.test(id)) {
    const hash = hashOf(text);
    if (documentKey(id) === hash) return undefined;
    return `the id is not the SHA-256 of the text, which is ${hash}; generate the manifest anew instead of editing it`;
  }
  if (id.length <= MAX_DOCUMENT_ID_LENGTH && CUSTOM_ID.test(id)) return undefined;
  return (
    `the id must be a SHA-256, or 1 to ${MAX_DOCUMENT_ID_LENGTH} of the characters A-Z a-z 0-9 - . _ ~; ` +
    'let the generator make SHA-256 ids'
  );
}

/** The same twice is what merged manifests hold. */
function problemOfRepetition(known: ManifestEntry | undefined, text: string): string | undefined {
  return known === undefined || known.text === text
    ? undefined
    : 'the id names another text in this manifest as well; let the generator make SHA-256 ids';
}

function labelOf(id: string, text: string, listedName: unknown): string {
  const name = OPERATION_NAME.exec(text)?.[1] ?? (typeof listedName === 'string' ? listedName : undefined);
  return `${name === undefined ? 'the operation without a name' : `operation ${shortened(name)}`} (id ${shortened(id)})`;
}

/** For one line of a log or a terminal: whatever a file holds, it is told without line breaks and at no great length. */
function shortened(text: string): string {
  const printable = text.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ');
  return printable.length > 80 ? `${printable.slice(0, 79)}…` : printable;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
