import type { IncomingMessage } from 'node:http';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { Logger } from 'pino';
import type { OperationSettings } from '../config/environment/operations.js';
import type { GraphqlLimits } from '../config/runtime.js';
import type { StreamPosition } from '../domain/stream-position.js';
import { maskedFault, publicFaultOf } from './errors.js';
import type { ErrorMapping, ErrorScope } from './errors.js';
import type { GraphiQL } from './graphiql.js';
import { createAdmission } from './graphql/admission.js';
import type { AdmissionKind } from './graphql/admission.js';
import { presentResult, sendResult } from './graphql/answer.js';
import type { PresentedResult } from './graphql/answer.js';
import { createCosts, withCost } from './graphql/cost.js';
import type { CostOptions } from './graphql/cost.js';
import { withDeadline } from './graphql/deadline.js';
import { createDocuments, DocumentRefused } from './graphql/documents.js';
import type { PreparedOperation } from './graphql/documents.js';
import { createEngine, endStream, type Engine, isStream, type Work } from './graphql/engine.js';
import { createEventStreams, type StreamOptions } from './graphql/event-stream.js';
import { readParameters } from './graphql/parameters.js';
import type { GraphQLParameters } from './graphql/parameters.js';
import { createTrustedDocuments } from './graphql/trusted-documents.js';
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
  /** Of a subscription; null for everything else. */
  readonly position: StreamPosition | null;
}

export interface GraphQLHandlerOptions<Identity, Context extends object> {
  readonly schema: GraphQLSchema;
  readonly limits: GraphqlLimits;
  readonly production: boolean;
  /** Origins that browsers may call from, such as `https://app.example.com`; none: closed. */
  readonly corsOrigins: readonly string[];
  /** Null: switched off. */
  readonly graphiql: GraphiQL | null;
  readonly log: Logger;
  /** Which operations are taken. Default: all. */
  readonly operations?: OperationSettings | undefined;
  /**
   * Where administrators may send operations beyond the trusted ones: whether this person is one, at this moment.
   * Default: nobody is.
   */
  readonly mayAskAdHoc?: ((identity: Identity) => Promise<boolean>) | undefined;
  /** Told of each operation, before it is parsed. */
  readonly onAdmission: (kind: AdmissionKind) => void;
  /** Who the `Authorization` header says the caller is. Fails with a public error (server/errors.ts) where it is wrong. */
  authenticate(header: string | undefined): Promise<Identity | null> | Identity | null;
  /** Called once for each operation that will be executed, and for no other. */
  createContext(scope: RequestScope<Identity>): Context | Promise<Context>;
  /** Tells those who ask what their operation costs. Default: nobody is told. */
  readonly cost?: CostOptions<Identity> | undefined;
  /** When a person's token ends, in milliseconds since 1970: their streams end with it. Default: never. */
  readonly expiryOf?: ((identity: Identity) => number) | undefined;
  /** Told how many event streams are open, when that changes. */
  readonly onStreams?: ((open: number) => void) | undefined;
  readonly now?: (() => Date) | undefined;
  readonly errorMappings?: readonly ErrorMapping[] | undefined;
  readonly plugins?: readonly Plugin[] | undefined;
  /** Whether operations are compiled; plugins switch it off. Default: they are. */
  readonly compiled?: boolean | undefined;
  /** Puts itself around the execution; for tests that compare one way of it with the other. */
  readonly wrapEngine?: ((engine: Engine) => Engine) | undefined;
}

export interface GraphQLHandler {
  /** @throws HttpRefusal at once where the headers alone are wrong; else it rejects. */
  handle(exchange: Exchange): Promise<void> | undefined;
  /** Ends every open event stream, so that its client connects elsewhere. */
  endStreams(): void;
}

const METHODS = 'GET, POST';

/**
 * Answers `/graphql`: GraphQL over HTTP for queries and mutations, server-sent events for subscriptions, GraphiQL for people.
 *
 * @throws ConfigurationError where the manifest of trusted documents does not hold what it should.
 */
export function createGraphQLHandler<Identity, Context extends object>(
  options: GraphQLHandlerOptions<Identity, Context>,
): GraphQLHandler {
  const { schema, limits, production, graphiql, errorMappings = [] } = options;
  const cors = createCors(options.corsOrigins, METHODS);
  const { wrapEngine = (made: Engine) => made } = options;
  const engine = wrapEngine(createEngine({ schema, plugins: options.plugins, compiled: options.compiled ?? true }));
  const documents = createDocuments({ schema, limits, production, onPin: engine.compile });
  const { manifest, adHoc } = options.operations ?? { manifest: null, adHoc: 'everyone' };
  const trusted = manifest === null ? null : createTrustedDocuments(manifest, documents);
  if (trusted) {
    options.log.info({ operations: trusted.size, adHoc, graphiql: graphiql !== null }, 'Trusted documents are loaded.');
  }
  const admit = createAdmission<Identity>({
    trusted,
    adHoc,
    mayAskAdHoc: options.mayAskAdHoc ?? (() => Promise.resolve(false)),
    count: options.onAdmission,
  });
  const openAccount = options.cost && createCosts(schema, limits, options.cost);
  const streams = createEventStreams({ onCount: options.onStreams, now: options.now });

  const scopeOf = ({ id, log }: Exchange): ErrorScope => ({ requestId: id, log, production, mappings: errorMappings });

  function handle(exchange: Exchange): Promise<void> | undefined {
    const { request, response } = exchange;
    if (cors(request, response)) return undefined;
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
    return run(exchange, acceptance);
  }

  /** Whatever is there at once is not waited for: each wait costs as much as a short step does. */
  async function run(exchange: Exchange, acceptance: Acceptance): Promise<void> {
    const { request, response } = exchange;
    const received = await readParameters(request, response, limits.maxBodyBytes);
    const authenticated = options.authenticate(request.headers.authorization);
    const identity = authenticated instanceof Promise ? await authenticated : authenticated;
    let parameters: GraphQLParameters;
    let prepared: PreparedOperation;
    try {
      const admitted = admit(received, identity);
      parameters = admitted instanceof Promise ? await admitted : admitted;
      prepared = documents.prepare(parameters);
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      return answer(exchange, acceptance, { errors: error.errors });
    }
    const { document, operation } = prepared;
    exchange.operation = { type: operation.operation, name: operation.name?.value };
    if (request.method === 'GET' && operation.operation === OperationTypeNode.MUTATION) {
      throw new HttpRefusal(405, 'METHOD_NOT_ALLOWED', 'Mutations are sent by POST.', { allow: 'POST' });
    }
    const opening = openAccount?.(exchange, identity, { document, operation }, parameters.variables);
    const account = opening ? await opening : null;
    exchange.extensions = account?.told;
    const position = operation.operation === OperationTypeNode.SUBSCRIPTION ? positionOf(request) : null;
    const workIn = (contextValue: Context): Work => {
      account?.contextMade();
      return { document, operation, variables: parameters.variables, contextValue };
    };
    const makeContext = () => options.createContext(new RequestScopeOf(exchange, identity, position));
    if (position) {
      if (!acceptance.eventStream) {
        throw new HttpRefusal(
          406,
          'NOT_ACCEPTABLE',
          'Subscriptions are answered as server-sent events: send "Accept: text/event-stream".',
        );
      }
      const outcome = await withDeadline(exchange, limits.requestTimeoutSeconds, async () => {
        const begun = await engine.subscribe(workIn(await makeContext()));
        // Nobody waits for it any more, and nobody else would end it.
        if (exchange.isAborted) endStream(begun);
        return begun;
      });
      await stream(exchange, isStream(outcome) ? outcome : only(outcome), {
        present: (result) => presentResult(result, () => scopeOf(exchange)),
        position,
        ...(identity && options.expiryOf ? { endsAt: options.expiryOf(identity) } : {}),
      });
      return;
    }
    const execute = () => {
      const context = makeContext();
      return context instanceof Promise
        ? context.then((made) => engine.execute(workIn(made)))
        : engine.execute(workIn(context));
    };
    const executing = withDeadline(exchange, limits.requestTimeoutSeconds, () =>
      account ? account.counting(execute) : execute(),
    );
    const outcome = executing instanceof Promise ? await executing : executing;
    if (isStream(outcome)) throw new Error('A query or mutation gave a stream: incremental delivery is not supported.');
    const result = presentResult(outcome, () => scopeOf(exchange));
    return answer(exchange, acceptance, account ? withCost(result, account) : result);
  }

  function answer(exchange: Exchange, acceptance: Acceptance, result: PresentedResult): Promise<void> | undefined {
    if (!acceptance.json) return stream(exchange, only(result), { present: (same) => same });
    sendResult(exchange, acceptance.json, result);
    return undefined;
  }

  async function stream<Result>(
    exchange: Exchange,
    results: AsyncIterable<Result>,
    options: Omit<StreamOptions<Result>, 'describe'>,
  ): Promise<void> {
    await streams.send(exchange, results, {
      ...options,
      describe(error) {
        // The execution wraps what its source throws.
        const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
        const known = publicFaultOf(cause, errorMappings);
        if (!known) exchange.log.error({ err: cause }, 'a subscription failed');
        const { code, message } = known ?? maskedFault(exchange.id);
        return { errors: [{ message, extensions: { code } }] };
      },
    });
  }

  return {
    handle,
    endStreams: streams.endAll,
  };
}

/** An exchange as those see it who make a context of it. Few ask for a logger or a signal, which are made then. */
class RequestScopeOf<Identity> implements RequestScope<Identity> {
  readonly #exchange: Exchange;

  constructor(
    exchange: Exchange,
    readonly identity: Identity | null,
    readonly position: StreamPosition | null,
  ) {
    this.#exchange = exchange;
  }

  get request(): IncomingMessage {
    return this.#exchange.request;
  }

  get requestId(): string {
    return this.#exchange.id;
  }

  get log(): Logger {
    return this.#exchange.log;
  }

  get signal(): AbortSignal {
    return this.#exchange.signal;
  }
}

function positionOf({ headers }: IncomingMessage): StreamPosition {
  const lastEventId = headers['last-event-id'];
  return { lastEventId: typeof lastEventId === 'string' ? lastEventId : undefined, id: undefined };
}

async function* only<Result>(result: Result): AsyncGenerator<Result> {
  yield result;
}
