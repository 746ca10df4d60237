import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { requestLogger } from '../logging.js';

/** The address that a request is for; a bounded set, because metrics are labelled with it. */
export type Route = 'graphql' | 'assets' | 'webhooks' | 'health' | 'ready' | 'metrics' | 'unknown';

export type OperationType = 'query' | 'mutation' | 'subscription';

/** One request on its way to its answer, and what the rest of the server may know of it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  /** See server/logging.ts. */
  readonly id: string;
  /** Writes the request id with every line. */
  readonly log: Logger;
  /** Aborts when the client goes before its answer, when the time is up, and when the server gives up waiting. */
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Set once the operation is known. */
  operation: { readonly type: OperationType; readonly name: string | undefined } | undefined;
}

/** The client went away before it had its answer: there is nobody to tell of anything. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';

  constructor() {
    super('The client has gone.');
  }
}

/** What is left to tell when an exchange is over. */
export interface ExchangeReport {
  readonly exchange: Exchange;
  readonly milliseconds: number;
  /** Whether the client went before it had the whole answer. */
  readonly abandoned: boolean;
}

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
  const { requestId: id, log } = requestLogger(options.log, request);
  const controller = new AbortController();
  const exchange: Exchange = {
    request,
    response,
    route: options.route,
    id,
    log,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    operation: undefined,
  };
  response.setHeader('x-request-id', id);
  response.setHeader('x-content-type-options', 'nosniff');
  response.once('close', () => {
    const abandoned = !response.writableFinished;
    if (abandoned) controller.abort(new ClientGone());
    options.onEnd({ exchange, milliseconds: performance.now() - startedAt, abandoned });
  });
  return exchange;
}
