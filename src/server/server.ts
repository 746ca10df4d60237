import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createGraphiQL } from './graphiql.js';
import type { GraphiQLSettings } from './graphiql.js';
import { createGraphQLHandler } from './graphql.js';
import type { GraphQLHandlerOptions } from './graphql.js';
import { createReadiness } from './health.js';
import type { ReadinessChecks } from './health.js';
import { openExchange } from './http/exchange.js';
import type { Exchange, ExchangeReport, Route } from './http/exchange.js';
import { answerFailure } from './http/failure.js';
import { HttpRefusal, methodNotAllowed } from './http/refusal.js';
import { OpenExchanges } from './http/open-exchanges.js';
import { sendJson, sendText } from './http/respond.js';
import { GatewayRequest } from './http/request.js';
import { GatewayResponse } from './http/response.js';
import { createRequestLog, fieldsOf } from './logging/request-line.js';
import type { RequestLine } from './logging/request-line.js';
import type { Metrics } from './metrics.js';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface GatewayServerOptions<Identity, Context extends object> extends Omit<
  GraphQLHandlerOptions<Identity, Context>,
  'graphiql' | 'onAdmission' | 'onStreams'
> {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Null: no GraphiQL. */
  readonly graphiql: GraphiQLSettings | null;
  readonly checks: ReadinessChecks;
  /** Answers `/assets/*`, by itself. */
  readonly assets: RequestHandler;
  /** Receives the forms that are posted to `/uploads`; absent where the store takes them itself. */
  readonly uploads?: ((exchange: Exchange) => Promise<void>) | undefined;
  /** Answers `/webhooks/*`, by itself. */
  readonly webhooks?: RequestHandler | undefined;
  /** How long requests that are being answered may go on after `close`. */
  readonly shutdownGraceSeconds: number;
  /** How long `/ready` says 503 before new connections are refused, so that a load balancer sees it in time. Default 0. */
  readonly shutdownDelaySeconds?: number | undefined;
  readonly timeouts?: ConnectionTimeouts | undefined;
}

export interface GatewayServer {
  /** Rejects, with what to do, where the address cannot be listened on. */
  listen(): Promise<{ readonly url: string; readonly port: number }>;
  /** Answers one request; never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /**
   * Turns unready, refuses new connections, ends event streams, and resolves when what was in flight is answered, or when
   * its time is up and it is cut off. Every call gives the same promise.
   */
  close(): Promise<void>;
}

/** How long a connection may take for what; in milliseconds. */
export interface ConnectionTimeouts {
  /** For a request's headers. Who sends them slower holds a connection and nothing else (slowloris). */
  readonly headers: number;
  /** For a whole request with its body. */
  readonly request: number;
  /** For a whole request that uploads a photo: a phone on a poor connection sends 25 KB a second. Default 600,000. */
  readonly upload?: number;
  /** Between two requests. */
  readonly keepAlive: number;
  /** How often the first two are looked at. */
  readonly check: number;
}

const DEFAULT_TIMEOUTS: ConnectionTimeouts = {
  headers: 10_000,
  request: 30_000,
  // Longer than the 60 seconds after which common load balancers close, so that none sends into a closing connection.
  keepAlive: 65_000,
  check: 2_000,
};

const DEFAULT_UPLOAD_TIMEOUT = 600_000;

/** When closing: for the first request on a connection that was just opened to be on its way. */
const UNUSED_PATIENCE_MILLISECONDS = 100;

/** @throws ConfigurationError where the manifest of trusted documents does not hold what it should. */
export function createServer<Identity, Context extends object>(
  options: GatewayServerOptions<Identity, Context>,
): GatewayServer {
  const { log, metrics, timeouts = DEFAULT_TIMEOUTS } = options;
  const graphql = createGraphQLHandler({
    ...options,
    graphiql: options.graphiql && createGraphiQL(options.graphiql),
    onAdmission: metrics.operationAdmitted,
    onStreams: metrics.streamsOpen,
  });
  const logRequest = createRequestLog(log);
  const readiness = createReadiness(options.checks, log);
  const open = new OpenExchanges();
  let closing: Promise<void> | undefined;

  const server = createHttpServer({
    IncomingMessage: GatewayRequest,
    ServerResponse: GatewayResponse,
    headersTimeout: timeouts.headers,
    requestTimeout: Math.max(timeouts.request, timeouts.upload ?? DEFAULT_UPLOAD_TIMEOUT),
    keepAliveTimeout: timeouts.keepAlive,
    connectionsCheckingInterval: timeouts.check,
  });
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => void handle(request, response);
  server.on('request', onRequest);
  // Without this, Node asks for the body of a request before anybody has looked at its size.
  server.on('checkContinue', onRequest);

  /** Connections without a request so far: Node counts them as busy, and would wait for them at the end. */
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });

  /** Node has one bound for all requests, which is that of a photo; all others are held to theirs here. */
  const impatience = setInterval(() => {
    const tooOld = performance.now() - timeouts.request;
    for (const exchange of open.list()) {
      if (exchange.route === 'uploads' || exchange.request.complete || exchange.startedAt > tooOld) continue;
      const refusal = requestTooSlow();
      exchange.abort(refusal);
      answerFailure(exchange, refusal);
      if (exchange.response.headersSent) exchange.response.once('finish', () => exchange.request.destroy());
    }
  }, timeouts.check).unref();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    unused.delete(request.socket);
    const route = routeOf(request.url ?? '');
    const exchange = openExchange(request, response, { route, log, onEnd });
    open.add(exchange);
    metrics.exchangeOpened();
    if (closing) response.setHeader('connection', 'close');
    try {
      const answering = answer(exchange);
      if (answering) await answering;
    } catch (error) {
      answerFailure(exchange, error, options.errorMappings);
    }
  }

  function answer(exchange: Exchange): Promise<void> | undefined {
    const { request, response, route } = exchange;
    switch (route) {
      case 'graphql':
        return graphql.handle(exchange);
      case 'assets':
        return options.assets(request, response);
      case 'uploads':
        if (options.uploads) return options.uploads(exchange);
        throw notFound();
      case 'webhooks':
        if (options.webhooks) return options.webhooks(request, response);
        throw notFound();
      case 'health':
        requireGet(request);
        sendJson(response, 200, { status: 'alive' });
        return undefined;
      case 'ready':
        requireGet(request);
        return readiness.send(response);
      case 'metrics':
        requireGet(request);
        return metrics.render().then(({ contentType, text }) => sendText(response, 200, contentType, text));
      case 'unknown':
        throw notFound();
    }
  }

  function onEnd(report: ExchangeReport): void {
    const { exchange, milliseconds, abandoned } = report;
    open.delete(exchange);
    metrics.exchangeEnded(report);
    // A connection that was busy when the closing began is idle now, and would be kept alive.
    if (closing) setImmediate(() => server.closeIdleConnections());
    const { route, request, response, operation } = exchange;
    const line: RequestLine = {
      requestId: exchange.id,
      route,
      // Of a request that a server received it is always there.
      method: request.method ?? '',
      status: response.statusCode,
      ms: Math.round(milliseconds * 10) / 10,
      operation,
      abandoned,
    };
    // Probes come every few seconds and say nothing new.
    if (route === 'health' || route === 'ready' || route === 'metrics') log.debug(fieldsOf(line), 'request');
    else logRequest(line);
  }

  async function shutDown(): Promise<void> {
    readiness.turnAway();
    if (options.shutdownDelaySeconds) await delay(options.shutdownDelaySeconds * 1000);
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    graphql.endStreams();
    server.closeIdleConnections();
    const patience = setTimeout(() => {
      for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
    }, UNUSED_PATIENCE_MILLISECONDS);
    const timer = setTimeout(() => {
      log.warn({ requests: open.size }, 'cut off: not answered in time');
      for (const exchange of open.list())
        exchange.abort(new HttpRefusal(503, 'SERVICE_UNAVAILABLE', 'The server closes. Try again.'));
      server.closeAllConnections();
    }, options.shutdownGraceSeconds * 1000);
    await closed;
    clearTimeout(patience);
    clearTimeout(timer);
    clearInterval(impatience);
  }

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(unableToListen(error, options)));
        server.listen(options.port, options.host, () => {
          const { port } = server.address() as AddressInfo;
          const host = options.host.includes(':') ? `[${options.host}]` : options.host;
          resolve({ url: `http://${host}:${port}`, port });
        });
      }),
    handle,
    close: () => (closing ??= shutDown()),
  };
}

const EXACT_ROUTES: ReadonlyMap<string, Route> = new Map([
  ['/graphql', 'graphql'],
  ['/uploads', 'uploads'],
  ['/health', 'health'],
  ['/ready', 'ready'],
  ['/metrics', 'metrics'],
]);

function routeOf(url: string): Route {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  return (
    EXACT_ROUTES.get(path) ??
    (path.startsWith('/assets/') ? 'assets' : path.startsWith('/webhooks/') ? 'webhooks' : 'unknown')
  );
}

function requireGet({ method }: IncomingMessage): void {
  if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed('GET, HEAD');
}

const requestTooSlow = (): HttpRefusal =>
  new HttpRefusal(408, 'REQUEST_TIMEOUT', 'The request did not arrive in time. Send it again.', { connection: 'close' });

const notFound = (): HttpRefusal =>
  new HttpRefusal(404, 'NOT_FOUND', 'There is nothing at this address. The API is at /graphql.');

function unableToListen(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): Error {
  const reason =
    error.code === 'EADDRINUSE'
      ? `port ${port} is taken by another program: stop that one, or set PORT to a free port`
      : error.code === 'EACCES'
        ? `port ${port} is for privileged users: set PORT to 1024 or above`
        : error.code === 'EADDRNOTAVAIL'
          ? 'this machine has no such address: set HOST to 127.0.0.1, or to an address it has'
          : (error.code ?? error.message);
  return new Error(`Cannot listen on ${host}:${port}: ${reason}.`, { cause: error });
}
