import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { Plugin } from 'graphql-yoga';

/** One answer, or for a subscription a stream of them. */
export type Outcome = ExecutionResult | AsyncIterable<ExecutionResult>;

export interface Engine {
  /** Runs a query or mutation. */
  execute(args: ExecutionArgs): Promise<Outcome>;
  /** Starts a subscription; a single result where it could not be started. */
  subscribe(args: ExecutionArgs): Promise<Outcome>;
}

/**
 * Yoga, for its pipeline and its plugins. Its HTTP side is not used: it costs more than the resolvers of a feed do, and
 * this server answers requests itself (docs/adr/0007). What plugins do `onExecute`, `onSubscribe` and `onContextBuilding`
 * works; hooks on Yoga's requests, parsing and validation are never reached.
 */
export function createEngine(schema: GraphQLSchema, plugins: readonly Plugin[] = []): Engine {
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

  async function run(kind: 'execute' | 'subscribe', args: ExecutionArgs): Promise<Outcome> {
    const enveloped = yoga.getEnveloped(args.contextValue as Record<string, unknown>);
    const contextValue: unknown = await enveloped.contextFactory();
    return (await enveloped[kind]({ ...args, contextValue })) as Outcome;
  }

  return {
    execute: (args) => run('execute', args),
    subscribe: (args) => run('subscribe', args),
  };
}

export function isStream(outcome: Outcome): outcome is AsyncIterable<ExecutionResult> {
  return Symbol.asyncIterator in outcome;
}
