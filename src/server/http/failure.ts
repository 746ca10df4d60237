import { maskedFault, publicFaultOf } from '../errors.js';
import type { ErrorMapping } from '../errors.js';
import { ClientGone } from './exchange.js';
import type { Exchange } from './exchange.js';
import { HttpRefusal, refusalBody } from './refusal.js';
import { sendJson } from './respond.js';

/** A client that waits so long before it asks again is no part of a stampede. */
export const RETRY_AFTER_SECONDS = '2';

const STATUS: Readonly<Record<string, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  ACCOUNT_DELETED: 403,
  SERVICE_UNAVAILABLE: 503,
  REQUEST_TIMEOUT: 504,
};

const HEADERS: Readonly<Record<string, Record<string, string>>> = {
  UNAUTHENTICATED: { 'www-authenticate': 'Bearer' },
  SERVICE_UNAVAILABLE: { 'retry-after': RETRY_AFTER_SECONDS },
};

/** Answers a request that failed as a whole: in the shape of a GraphQL response, and masked where it is our fault. */
export function answerFailure(exchange: Exchange, error: unknown, mappings: readonly ErrorMapping[] = []): void {
  const { response, log } = exchange;
  if (error instanceof ClientGone) return;
  if (response.headersSent) {
    // Half an answer cannot be taken back: a broken connection is the one honest sign of it.
    log.error({ err: error }, 'failed in the middle of an answer');
    response.destroy();
    return;
  }
  const extensions = exchange.extensions && { extensions: exchange.extensions() };
  if (error instanceof HttpRefusal) {
    sendJson(response, error.status, { ...refusalBody(error.code, error.message), ...extensions }, error.headers);
    return;
  }
  const known = publicFaultOf(error, mappings);
  const fault = known ?? maskedFault(exchange.id);
  const status = STATUS[fault.code] ?? 500;
  if (status === 503) log.warn({ err: error }, 'unavailable');
  else if (status >= 500) log.error({ err: error }, 'unexpected error');
  sendJson(response, status, { ...refusalBody(fault.code, fault.message), ...extensions }, HEADERS[fault.code]);
}
