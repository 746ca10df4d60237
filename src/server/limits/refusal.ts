import { GraphQLError } from 'graphql';

/** The codes of requests that ask for too much. */
export type LimitCode =
  | 'DOCUMENT_TOO_LARGE'
  | 'QUERY_TOO_DEEP'
  | 'TOO_MANY_ALIASES'
  | 'TOO_MANY_DIRECTIVES'
  | 'TOO_MANY_ROOT_FIELDS'
  | 'QUERY_TOO_COSTLY';

/** Above this a count is only "more than": fragments that double make numbers which no longer say anything. */
const LARGEST_NAMED = 1_000_000_000;

/** A refusal that names the limit and what was found, in words and in `extensions`. */
export function refusal(code: LimitCode, message: string, numbers: { limit: number; found: number }): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, limit: numbers.limit, found: Math.min(numbers.found, LARGEST_NAMED) },
  });
}

/** A count for people. */
export function worded(count: number): string {
  return count > LARGEST_NAMED ? `more than ${LARGEST_NAMED}` : String(count);
}
