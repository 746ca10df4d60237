import type { OutgoingHttpHeaders } from 'node:http';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { toGraphQLError, UNAVAILABLE } from '../errors.js';
import type { ErrorScope } from '../errors.js';
import { GRAPHQL_TYPE } from '../http/accept.js';
import type { Acceptance } from '../http/accept.js';
import type { Exchange } from '../http/exchange.js';
import { RETRY_AFTER_SECONDS } from '../http/failure.js';
import { sendText } from '../http/respond.js';

/** A result as it is sent: errors first, because a person reads them first. */
export interface PresentedResult {
  readonly errors?: readonly GraphQLFormattedError[];
  readonly data?: unknown;
  readonly extensions?: unknown;
}

/** `scope` is asked for where there are errors to tell. */
export function presentResult({ errors, data, extensions }: ExecutionResult, scope: () => ErrorScope): PresentedResult {
  // Nearly every answer.
  if ((!errors || errors.length === 0) && !extensions && data !== undefined) return { data };
  const told = errors && errors.length > 0 ? scope() : undefined;
  return {
    ...(told && { errors: errors?.map((error) => toGraphQLError(error, told)) }),
    ...(data !== undefined && { data }),
    ...(extensions && { extensions }),
  };
}

/**
 * Sends one result, with the status that GraphQL over HTTP asks for: a client that takes `application/graphql-response+json`
 * is told by 400 that nothing was executed; one that takes `application/json` expects 200 of every well-formed request.
 */
export function sendResult(
  { response }: Exchange,
  type: NonNullable<Acceptance['json']>,
  result: PresentedResult,
): void {
  const unavailable =
    result.data == null &&
    result.errors !== undefined &&
    result.errors.every(({ extensions }) => extensions?.['code'] === UNAVAILABLE.code);
  const status = unavailable ? 503 : result.data === undefined && type === GRAPHQL_TYPE ? 400 : 200;
  const headers: OutgoingHttpHeaders = unavailable ? { 'retry-after': RETRY_AFTER_SECONDS } : {};
  sendText(response, status, `${type}; charset=utf-8`, JSON.stringify(result), headers);
}
