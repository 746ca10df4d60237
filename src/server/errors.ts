import { GraphQLError, Kind } from 'graphql';
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';

/**
 * The codes by which an error of a service may reach a client. An error is shown where its class marks it with
 * `isPublic === true` and its `code` is listed here; everything else is masked.
 */
export const PUBLIC_CODES: ReadonlySet<string> = new Set([
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'ACCOUNT_DELETED',
  'NOT_FOUND',
  'TOO_MANY_STREAMS',
  'SERVICE_UNAVAILABLE',
  'REQUEST_TIMEOUT',
]);

/** What a client is told of an error. */
export interface PublicFault {
  readonly code: string;
  readonly message: string;
}

/** Recognises one kind of error that is not ours to mark, such as a driver's. */
export type ErrorMapping = (error: object) => PublicFault | undefined;

export interface ErrorScope {
  readonly requestId: string;
  /** Writes the request id by itself. */
  readonly log: Logger;
  /** Suggestions ("Did you mean …?") are for developers: they spell out the schema to whoever guesses. */
  readonly production: boolean;
  /** Asked before the built-in ones. */
  readonly mappings?: readonly ErrorMapping[];
}

export const UNAVAILABLE: PublicFault = {
  code: 'SERVICE_UNAVAILABLE',
  message: 'The service is briefly unavailable. Try again in a few seconds.',
};

/** Node's own, of whatever the gateway talks to; the database's are mapped where the parts are put together (app.ts). */
const UNREACHABLE_CODES = /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE)$/;

const builtInMappings: readonly ErrorMapping[] = [
  function unreachable(error) {
    for (let cause: unknown = error, depth = 0; isObject(cause) && depth < 5; cause = cause['cause'], depth += 1) {
      const { code } = cause;
      if (typeof code === 'string' && UNREACHABLE_CODES.test(code)) return UNAVAILABLE;
    }
    return undefined;
  },
  function pothosValidation(error) {
    // Pothos's own refusal of an argument, such as a global id that does not decode; by name, to need no import.
    if (!(error instanceof GraphQLError) || error.name !== 'PothosValidationError') return undefined;
    return { code: 'BAD_USER_INPUT', message: error.message };
  },
];

/** What a client may know of any thrown value, without GraphQL's wrapping; undefined: nothing. */
export function publicFaultOf(error: unknown, mappings: readonly ErrorMapping[] = []): PublicFault | undefined {
  if (!isObject(error)) return undefined;
  const { code, message } = error;
  if (error['isPublic'] === true && typeof code === 'string' && PUBLIC_CODES.has(code) && typeof message === 'string') {
    return { code, message };
  }
  for (const mapping of [...mappings, ...builtInMappings]) {
    const fault = mapping(error);
    if (fault) return fault;
  }
  return undefined;
}

export function maskedFault(requestId: string): PublicFault {
  return {
    code: 'INTERNAL_SERVER_ERROR',
    message: `Something went wrong on our side. Quote request ${requestId} when you report it.`,
  };
}

/**
 * An error of an execution as the client gets it: message, place and `extensions.code`. What the client did not cause is
 * logged, with its stack; what it may not know is masked.
 */
export function toGraphQLError(error: GraphQLError, scope: ErrorScope): GraphQLFormattedError {
  const { cause, innermost } = unwrap(error);
  const fault = publicFaultOf(cause, scope.mappings) ?? inputFault(error, innermost, scope.production);
  if (!fault) scope.log.error({ err: cause, path: error.path }, 'unexpected error');
  else if (fault.code === UNAVAILABLE.code) scope.log.warn({ err: cause, path: error.path }, 'unavailable');
  const { code, message } = fault ?? maskedFault(scope.requestId);
  return {
    message,
    ...(error.locations && { locations: error.locations }),
    ...(error.path && { path: error.path }),
    extensions: { code },
  };
}

/** A refusal from before the execution, made by graphql or by the limits: its words and its code are for the client. */
export function toRefusal(error: GraphQLError, code: string): GraphQLFormattedError {
  return {
    message: error.message,
    ...(error.locations && { locations: error.locations }),
    extensions: { code, ...error.extensions },
  };
}

/** Faults of the input that only the execution finds: variables, and arguments made from them. */
function inputFault(error: GraphQLError, innermost: GraphQLError, production: boolean): PublicFault | undefined {
  const { code } = innermost.extensions;
  // Thrown by hand, with a code that is meant for clients.
  if (typeof code === 'string' && PUBLIC_CODES.has(code)) return { code, message: innermost.message };
  // Without a path no resolver had run yet; with one, graphql points at the argument and not at the field.
  const node = (error.path ? innermost : error).nodes?.[0];
  if (node === undefined || (error.path && node.kind === Kind.FIELD)) return undefined;
  return { code: 'BAD_USER_INPUT', message: production ? withoutSuggestion(error.message) : error.message };
}

function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean .*\?$/s, '');
}

/** GraphQL wraps what is thrown, at times twice: the last GraphQLError on the way in, and what was thrown at first. */
function unwrap(error: GraphQLError): { cause: unknown; innermost: GraphQLError } {
  let innermost = error;
  for (let depth = 0; depth < 10 && innermost.originalError instanceof GraphQLError; depth += 1)
    innermost = innermost.originalError;
  return { cause: innermost.originalError ?? innermost, innermost };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
