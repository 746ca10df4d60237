import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { requestIdOf } from '../logging/request-id.js';
import { setEarlyHeader } from './response.js';

/** The address that a request is for; a bounded set, because metrics are labelled with it. */
export type Route = 'graphql' | 'assets' | 'uploads' | 'webhooks' | 'health' | 'ready' | 'metrics' | 'unknown';

export type OperationType = 'query' | 'mutation' | 'subscription';

/** One request on its way to its answer, and what the rest of the server may know of it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Route;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** See server/logging.ts. */
  readonly id: string;
  /** Writes the request id with every line. */
  readonly log: Logger;
  /** Aborts when the client goes before its answer, when the time is up, and when the server gives up waiting. */
  readonly signal: AbortSignal;
  readonly isAborted: boolean;
  abort(reason: Error): void;
  /**
   * Calls `listener` with the reason when the signal aborts, at once where it has; the returned function calls it off. It
   * costs less than a signal, which is only made for those who ask for one.
   */
  onAbort(listener: (reason: Error) => void): () => void;
  /** Set once the operation is known. */
  operation: { readonly type: OperationType; readonly name: string | undefined } | undefined;
  /** What is told beside the answer, also where the request fails as a whole. */
  extensions: (() => object) | undefined;
  /** Among those that are open; see open-exchanges.ts. */
  place: number;
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

interface Opening {
  readonly route: Route;
  readonly log: Logger;
  /** Called once, when the answer is sent or the client has gone. */
  readonly onEnd: (report: ExchangeReport) => void;
}

/** Opens an exchange: names it, and sets the headers that every answer has. */
export function openExchange(request: IncomingMessage, response: ServerResponse, opening: Opening): Exchange {
  return new OpenExchange(request, response, opening);
}

/** Most exchanges need neither a logger nor a signal of their own, so both are made when they are asked for. */
class OpenExchange implements Exchange {
  readonly id: string;
  readonly route: Route;
  operation: Exchange['operation'];
  extensions: Exchange['extensions'];
  place = -1;
  readonly startedAt = performance.now();
  readonly #opening: Opening;
  #log: Logger | undefined;
  #reason: Error | undefined;
  #controller: AbortController | undefined;
  #listeners: Set<(reason: Error) => void> | undefined;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    opening: Opening,
  ) {
    this.#opening = opening;
    this.route = opening.route;
    this.id = requestIdOf(request.headers['x-request-id']);
    setEarlyHeader(response, 'x-request-id', this.id);
    setEarlyHeader(response, 'x-content-type-options', 'nosniff');
    // It comes once.
    response.on('close', () => this.#end());
  }

  get log(): Logger {
    return (this.#log ??= this.#opening.log.child({ requestId: this.id }));
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#reason !== undefined;
  }

  abort(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    for (const listener of this.#listeners ?? []) listener(reason);
    this.#listeners = undefined;
  }

  onAbort(listener: (reason: Error) => void): () => void {
    if (this.#reason) {
      listener(this.#reason);
      return () => undefined;
    }
    const listeners = (this.#listeners ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  #end(): void {
    const abandoned = !this.response.writableFinished;
    if (abandoned) this.abort(new ClientGone());
    this.#opening.onEnd({ exchange: this, milliseconds: performance.now() - this.startedAt, abandoned });
  }
}
