import { Kind, parse } from 'graphql';
import type { GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import { ConfigurationError } from '../../config/faults.js';
import { documentKey } from './document-id.js';
import { DocumentRefused } from './documents.js';
import type { Documents } from './documents.js';
import { readManifest } from './manifest.js';
import type { Manifest, ManifestEntry } from './manifest.js';

/** The operations that people who write the apps vouch for: read once, at the start. */
export interface TrustedDocuments {
  /** How many there are; at least 1. */
  readonly size: number;
  /** The text that an id names, as the manifest has it or with the prefix `sha256:`; undefined where it names none. */
  textOf(id: string): string | undefined;
  /** Whether this very text is among them, byte for byte. */
  has(text: string): boolean;
}

/** One document of a manifest that may be executed here. */
export interface TrustedOperation extends ManifestEntry {
  readonly operation: OperationDefinitionNode;
}

/**
 * Reads the manifest and teaches `documents` every text of it, so that the first request finds it parsed, validated and
 * prepared.
 *
 * @throws ConfigurationError with everything that is wrong, by operation, in the name of `TRUSTED_DOCUMENTS`.
 */
export function createTrustedDocuments(path: string, documents: Documents): TrustedDocuments {
  const { operations, problems } = trustManifest(readManifest(path), documents);
  if (problems.length > 0) {
    throw new ConfigurationError(problems.map((problem) => ({ name: 'TRUSTED_DOCUMENTS', problem })));
  }
  const texts = new Map(operations.map(({ key, text }) => [key, text]));
  const known = new Set(texts.values());
  return {
    size: texts.size,
    textOf: (id) => texts.get(documentKey(id)),
    has: (text) => known.has(text),
  };
}

/** Pins what of a manifest may be executed here, and says of everything else why it may not. */
export function trustManifest(
  { entries, problems: found }: Manifest,
  documents: Documents,
): { readonly operations: readonly TrustedOperation[]; readonly problems: readonly string[] } {
  const problems = [...found];
  const operations: TrustedOperation[] = [];
  for (const entry of entries) {
    try {
      documents.pin(entry.text);
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      problems.push(...error.errors.map((fault) => `${entry.label}: ${inWords(fault)}`));
      continue;
    }
    const [operation, ...others] = operationsOf(entry.text);
    if (operation && others.length === 0) operations.push({ ...entry, operation });
    else
      problems.push(`${entry.label}: its document holds ${others.length + 1} operations; give each one of its own`);
  }
  return { operations, problems };
}

/** The text was accepted, so that it parses and holds at least one. */
function operationsOf(text: string): OperationDefinitionNode[] {
  return parse(text).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
}

const ADVICE: Readonly<Record<string, string>> = {
  GRAPHQL_PARSE_FAILED: 'it is not GraphQL; generate the manifest anew',
  GRAPHQL_VALIDATION_FAILED: "it does not fit this version's schema; change the operation, or keep the field that it asks for",
};

/** The limits' own messages say what to do; graphql's do not. */
function inWords({ message, locations, extensions }: GraphQLFormattedError): string {
  const [place] = locations ?? [];
  const advice = ADVICE[String(extensions?.['code'])];
  const said = message.replace(/\s+/g, ' ');
  return `${said}${place ? ` (line ${place.line}, column ${place.column})` : ''}${advice === undefined ? '' : `: ${advice}`}`;
}
