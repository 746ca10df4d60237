import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { type CompiledOperation, compileOperation, type Specialization } from './compiled.js';

/** One answer, or for a subscription a stream of them. */
export type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>;

/** What is executed: a document that was prepared, with the variables as they were sent. */
export interface Work {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly contextValue: object;
}

export interface Engine {
  /** Runs a query or mutation. */
  execute(work: Work): Promise<Outcome> | Outcome;
  /** Starts a subscription; a single result where it could not be started. */
  subscribe(work: Work): Promise<Outcome>;
  /** Compiles an operation before anybody asks for it. */
  compile(document: DocumentNode, operation: OperationDefinitionNode): void;
}

export interface EngineOptions {
  readonly schema: GraphQLSchema;
  readonly plugins?: readonly Plugin[] | undefined;
  /** Off: everything is executed the plain way. */
  readonly compiled: boolean;
  /** After how many executions an operation's plan gets code of its own; null: never. Default: 20. */
  readonly specializedAfter?: number | null | undefined;
}

/** Of all plans that are kept together: some 20 MB. What is pushed out is planned again when it is asked for. */
const MAX_KEPT_FIELDS = 40_000;

/** Of all plans that have code of their own: some 10 MB. */
const MAX_SPECIALIZED_FIELDS = 10_000;
const SPECIALIZED_AFTER = 20;

/**
 * Executes operations: by a plan made once for each (docs/adr/0011), or the plain way by Yoga, for its pipeline and its
 * plugins. Yoga's HTTP side is not used: it costs more than the resolvers of a feed do, and this server answers requests
 * itself (docs/adr/0007). What plugins do `onExecute`, `onSubscribe` and `onContextBuilding` works, and where there is a
 * plugin nothing goes past it; hooks on Yoga's requests, parsing and validation are never reached.
 */
export function createEngine(options: EngineOptions): Engine {
  const { schema, plugins = [], compiled, specializedAfter = SPECIALIZED_AFTER } = options;
  const yoga = createYoga({
    schema,
    plugins: [...plugins],
    // Each is done by a part of this server, before or after.
    maskedErrors: false,
    parserAndValidationCache: false,
    graphiql: false,
    landingPage: false,
    cors: false,
    logging: false,
  });
  const compiles = compiled && plugins.length === 0;
  const specialization: Specialization | null =
    specializedAfter === null ? null : { after: specializedAfter, room: MAX_SPECIALIZED_FIELDS };
  const plans = new LRUCache<OperationDefinitionNode, { readonly compiled: CompiledOperation | null }>({
    maxSize: MAX_KEPT_FIELDS,
    sizeCalculation: (kept) => (kept.compiled?.fields ?? 0) + 1,
    dispose: (kept) => kept.compiled?.release(),
  });

  function compile(document: DocumentNode, operation: OperationDefinitionNode): CompiledOperation | null {
    const known = plans.get(operation);
    if (known) return known.compiled;
    const made = compileOperation(schema, document, operation, specialization);
    plans.set(operation, { compiled: made });
    return made;
  }

  async function run(kind: 'execute' | 'subscribe', { document, operation, variables, contextValue }: Work): Promise<Outcome> {
    const args: ExecutionArgs = { schema, document, operationName: operation.name?.value, variableValues: variables };
    const enveloped = yoga.getEnveloped(contextValue as Record<string, unknown>);
    return (await enveloped[kind]({ ...args, contextValue: await enveloped.contextFactory() })) as Outcome;
  }

  return {
    execute(work) {
      const executor = compiles ? compile(work.document, work.operation) : null;
      const outcome = executor?.execute({ contextValue: work.contextValue, variableValues: work.variables });
      return outcome ?? run('execute', work);
    },
    subscribe: (work) => run('subscribe', work),
    compile(document, operation) {
      if (compiles) compile(document, operation)?.specialize();
    },
  };
}

/** Ends what was begun and will not be read; does nothing with a single answer. */
export function endStream(outcome: Outcome): void {
  if (!isStream(outcome)) return;
  void Promise.resolve(outcome[Symbol.asyncIterator]().return?.()).catch(() => undefined);
}

export function isStream(outcome: Outcome): outcome is AsyncIterable<ExecutionResult> {
  return Symbol.asyncIterator in outcome;
}
