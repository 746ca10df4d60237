import type { OperationName } from '../command-line.mjs';
import type { Person } from '../people.ts';

/** Kinds of API; the gateway with and without its cache is asked the same. */
export type SystemKind = 'roomfeed' | 'postgraphile' | 'prisma' | 'limit';

/** Who asks, and for what, in words of no system. */
export interface Case {
  readonly person: Person;
  readonly [variable: string]: unknown;
}

export interface Request {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Where a page begins, in the system's own words (null: at the start), and how many rows it has. */
export interface Position {
  readonly after: string | null;
  readonly first: number;
}

/** How one kind of API is asked, and how its answer reads in the form that all share. */
export interface Form {
  request(asked: Case, position: Position): Request;
  /** What a correct answer says; throws where the answer is none. */
  read(body: unknown): Reading;
}

export interface Reading {
  /** The common form: compared with those of the other systems, letter for letter. */
  readonly answer: unknown;
  /** Where the next page begins, for that system. */
  readonly endCursor?: string | null;
}

export interface Operation {
  readonly name: OperationName;
  /** For a reader of the results. */
  readonly title: string;
  readonly writes: boolean;
  /** Rows of a page; for operations that have pages. */
  readonly pageSize: number;
  /** How many pages in a row are compared. */
  readonly comparedPages: number;
  /** How many rows each case skips first, by the system's own cursor. */
  skip?(asked: Case): number;
  readonly forms: Readonly<Record<SystemKind, Form>>;
}

/** A document is sent whole with each request, as clients without persisted documents do. */
export function graphql(document: string, variables: Readonly<Record<string, unknown>>): Request {
  return { path: '/graphql', body: { query: document, variables } };
}

/** The data of a GraphQL answer. */
export function dataOf<Data>(body: unknown): Data {
  const { data, errors } = body as { data?: Data; errors?: readonly { message: string }[] };
  if (errors !== undefined || data == null) throw new Error(`The answer has errors: ${JSON.stringify(errors ?? body)}`);
  return data;
}

/** A document on one line, as a client's build step leaves it. */
export function document(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** The row's id within a Relay global id, which each system spells in its own way. */
export function rowId(globalId: string): string {
  const found = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(Buffer.from(globalId, 'base64').toString('latin1'));
  if (found === null) throw new Error(`There is no row's id in "${globalId}".`);
  return found[0];
}

/** An instant in one spelling. */
export const instant = (text: string): string => new Date(text).toISOString();
