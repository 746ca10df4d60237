import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** The address that a request is for; a bounded set, because metrics are labelled with it. */
export type Route = 'graphql' | 'assets' | 'webhooks' | 'health' | 'ready' | 'metrics' | 'unknown';

export type OperationType = 'query' | 'mutation' | 'subscription';

/** One request on its way to its answer, and what the rest of the server may know of it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  /** The client's own `X-Request-Id` where it is a plain one, so that its log and ours meet; otherwise a random UUID. */
  readonly id: string;
  /** Writes the request id with every line. */
  readonly log: Logger;
  /** Aborts when the client goes before its answer, when the time is up, and when the server gives up waiting. */
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Set once the operation is known. */
  operation: { readonly type: OperationType; readonly name: string | undefined } | undefined;
}

/** What is left to tell when an exchange is over. */
export interface ExchangeReport {
  readonly exchange: Exchange;
  readonly milliseconds: number;
  /** Whether the client went before it had the whole answer. */
  readonly abandoned: boolean;
}

const PLAIN_REQUEST_ID = /^[\w.:-]{1,64}$/;

/**
 * Opens an exchange: names it, and sets the headers that every answer has. `onEnd` is called once, when the answer is
 * sent or the client has gone.
 */
export function openExchange(
  request: IncomingMessage,
  response: ServerResponse,
  options: { readonly route: Route; readonly log: Logger; readonly onEnd: (report: ExchangeReport) => void },
): Exchange {
  const startedAt = performance.now();
  const wanted = request.headers['x-request-id'];
  const id = typeof wanted === 'string' && PLAIN_REQUEST_ID.test(wanted) ? wanted : randomUUID();
  const controller = new AbortController();
  const exchange: Exchange = {
    request,
    response,
    route: options.route,
    id,
    log: options.log.child({ requestId: id }),
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    operation: undefined,
  };
  response.setHeader('x-request-id', id);
  response.setHeader('x-content-type-options', 'nosniff');
  response.once('close', () => {
    const abandoned = !response.writableFinished;
    if (abandoned) controller.abort(new Error('The client has gone.'));
    options.onEnd({ exchange, milliseconds: performance.now() - startedAt, abandoned });
  });
  return exchange;
}
