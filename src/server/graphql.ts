import type { IncomingMessage } from 'node:http';
import { OperationTypeNode } from 'graphql';
import type { ExecutionArgs, GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { GraphqlLimits } from '../config/runtime.js';
import { maskedFault, publicFaultOf } from './errors.js';
import type { ErrorMapping, ErrorScope } from './errors.js';
import type { GraphiQL } from './graphiql.js';
import { presentResult, sendResult } from './graphql/answer.js';
import type { PresentedResult } from './graphql/answer.js';
import { withDeadline } from './graphql/deadline.js';
import { createDocuments, DocumentRefused } from './graphql/documents.js';
import { createEngine, isStream } from './graphql/engine.js';
import { sendEventStream } from './graphql/event-stream.js';
import { readParameters } from './graphql/parameters.js';
import { parseAccept } from './http/accept.js';
import type { Acceptance } from './http/accept.js';
import { createCors } from './http/cors.js';
import type { Exchange } from './http/exchange.js';
import { HttpRefusal, methodNotAllowed } from './http/refusal.js';

/** What a context is made from. */
export interface RequestScope<Identity> {
  /** Null: nobody is signed in. */
  readonly identity: Identity | null;
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly log: Logger;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface GraphQLHandlerOptions<Identity, Context extends object> {
  readonly schema: GraphQLSchema;
  readonly limits: GraphqlLimits;
  readonly production: boolean;
  /** Origins that browsers may call from, such as `https://app.example.com`; none: closed. */
  readonly corsOrigins: readonly string[];
  /** Null: switched off. */
  readonly graphiql: GraphiQL | null;
  /** Who the `Authorization` header says the caller is. Rejects with a public error (server/errors.ts) where it is wrong. */
  authenticate(header: string | undefined): Promise<Identity | null>;
  /** Called once for each operation that will be executed, and for no other. */
  createContext(scope: RequestScope<Identity>): Context | Promise<Context>;
  readonly errorMappings?: readonly ErrorMapping[] | undefined;
  readonly plugins?: readonly Plugin[] | undefined;
}

export interface GraphQLHandler {
  handle(exchange: Exchange): Promise<void>;
  /** Ends every open event stream, so that its client connects elsewhere. */
  endStreams(): void;
}

const METHODS = 'GET, POST';

/** Answers `/graphql`: GraphQL over HTTP for queries and mutations, server-sent events for subscriptions, GraphiQL for people. */
export function createGraphQLHandler<Identity, Context extends object>(
  options: GraphQLHandlerOptions<Identity, Context>,
): GraphQLHandler {
  const { schema, limits, production, graphiql, errorMappings = [] } = options;
  const cors = createCors(options.corsOrigins, METHODS);
  const prepare = createDocuments({ schema, limits, production });
  const engine = createEngine(schema, options.plugins);
  const streams = new Set<Exchange>();

  const scopeOf = ({ id, log }: Exchange): ErrorScope => ({ requestId: id, log, production, mappings: errorMappings });

  async function handle(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    if (cors(request, response)) return;
    if (request.method !== 'GET' && request.method !== 'POST') throw methodNotAllowed(METHODS);
    const acceptance = parseAccept(request.headers.accept);
    if (request.method === 'GET' && acceptance.html) {
      if (graphiql) return graphiql.send(request, response);
      if (!request.url?.includes('?'))
        throw new HttpRefusal(404, 'NOT_FOUND', 'GraphiQL is switched off here. Send operations by POST, as JSON.');
    }
    if (!acceptance.json && !acceptance.eventStream) {
      throw new HttpRefusal(
        406,
        'NOT_ACCEPTABLE',
        'Accept application/graphql-response+json, application/json, or text/event-stream for subscriptions.',
      );
    }
    try {
      await run(exchange, acceptance);
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      await answer(exchange, acceptance, { errors: error.errors });
    }
  }

  async function run(exchange: Exchange, acceptance: Acceptance): Promise<void> {
    const { request, response, log, signal } = exchange;
    const parameters = await readParameters(request, response, limits.maxBodyBytes);
    const identity = await options.authenticate(request.headers.authorization);
    const { document, operation } = prepare(parameters);
    exchange.operation = { type: operation.operation, name: operation.name?.value };
    if (request.method === 'GET' && operation.operation === OperationTypeNode.MUTATION) {
      throw new HttpRefusal(405, 'METHOD_NOT_ALLOWED', 'Mutations are sent by POST.', { allow: 'POST' });
    }
    const argumentsFor = async (): Promise<ExecutionArgs> => ({
      schema,
      document,
      operationName: operation.name?.value,
      variableValues: parameters.variables,
      contextValue: await options.createContext({ identity, request, requestId: exchange.id, log, signal }),
    });
    if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
      if (!acceptance.eventStream) {
        throw new HttpRefusal(
          406,
          'NOT_ACCEPTABLE',
          'Subscriptions are answered as server-sent events: send "Accept: text/event-stream".',
        );
      }
      const outcome = await withDeadline(exchange, limits.requestTimeoutSeconds, async () =>
        engine.subscribe(await argumentsFor()),
      );
      await stream(exchange, isStream(outcome) ? outcome : only(outcome), (result) =>
        presentResult(result, scopeOf(exchange)),
      );
      return;
    }
    const outcome = await withDeadline(exchange, limits.requestTimeoutSeconds, async () =>
      engine.execute(await argumentsFor()),
    );
    if (isStream(outcome)) throw new Error('A query or mutation gave a stream: incremental delivery is not supported.');
    await answer(exchange, acceptance, presentResult(outcome, scopeOf(exchange)));
  }

  async function answer(exchange: Exchange, acceptance: Acceptance, result: PresentedResult): Promise<void> {
    if (acceptance.json) sendResult(exchange, acceptance.json, result);
    else await stream(exchange, only(result), (same) => same);
  }

  async function stream<Result>(
    exchange: Exchange,
    results: AsyncIterable<Result>,
    present: (result: Result) => object,
  ): Promise<void> {
    streams.add(exchange);
    try {
      await sendEventStream(exchange.response, results, {
        signal: exchange.signal,
        present,
        describe(error) {
          const known = publicFaultOf(error, errorMappings);
          if (!known) exchange.log.error({ err: error }, 'a subscription failed');
          const { code, message } = known ?? maskedFault(exchange.id);
          return { errors: [{ message, extensions: { code } }] };
        },
      });
    } finally {
      streams.delete(exchange);
    }
  }

  return {
    handle,
    endStreams() {
      for (const exchange of streams) exchange.abort(new Error('The server closes.'));
    },
  };
}

async function* only<Result>(result: Result): AsyncGenerator<Result> {
  yield result;
}
