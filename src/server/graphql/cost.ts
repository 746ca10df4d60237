import type { IncomingMessage } from 'node:http';
import { OperationTypeNode } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { GraphqlLimits } from '../../config/runtime.js';
import type { Exchange } from '../http/exchange.js';
import { createScales } from '../limits/weight.js';
import type { Variables } from '../limits/weight.js';
import type { PreparedOperation } from './documents.js';
import { createStatementBudgets } from './statement-budget.js';
import type { StatementCount, StatementCounts } from './statement-counts.js';

/** The request header by which `extensions.cost` is asked for; its value is 1. */
export const COST_HEADER = 'x-graphql-cost';

/** What is told as `extensions.cost` (docs/cost.md). */
export interface OperationCost {
  readonly statements: {
    /** SQL statements that the operation may send in the ordinary course; known before it ran. */
    readonly budget: number;
    /** Above the budget, at most, where something is refused, or was lost and is made anew. */
    readonly reserve: number;
    readonly used: number;
    /** Sent before the operation, for a person who is seen for the first time. */
    readonly firstSight: number;
  };
  /** The cost that limits are set for: fields, times the length of the lists around them. */
  readonly complexity: { readonly used: number; readonly limit: number };
  readonly depth: { readonly used: number; readonly limit: number };
  /** From the first sight of the person to the last field's value. */
  readonly milliseconds: number;
}

export interface CostOptions<Identity> {
  /** As the schema's look-ahead is set. */
  readonly lookAhead: boolean;
  readonly counts: StatementCounts;
  /** Statements that making a context may take. */
  readonly firstSight: number;
  /** Whether who asks is told. Where it rejects, the request fails. */
  mayAsk(identity: Identity | null): Promise<boolean>;
  /** Told of an operation that sent more than its budget and reserve together: a field says less than it does. */
  readonly onExceeded: () => void;
}

/** One operation whose cost is told. */
export interface CostAccount {
  /** Runs the operation, its statements counted. */
  counting<T>(operate: () => Promise<T> | T): Promise<T>;
  /** To be called when the context is made: what was sent until then is the first sight's. */
  contextMade(): void;
  /** What is known so far. */
  told(): { readonly cost: OperationCost };
}

/**
 * Opens an account for an operation: null at once where its cost is not asked for, and later where who asks is not told
 * it. A subscription has none: each of its events would need one.
 */
export type OpenAccount<Identity> = (
  exchange: Exchange,
  identity: Identity | null,
  prepared: PreparedOperation,
  variables: Variables,
) => Promise<CostAccount | null> | null;

/** A name is the client's text; a log line is not the place for all of it. */
const MAX_LOGGED_NAME = 64;

export function createCosts<Identity>(
  schema: GraphQLSchema,
  limits: Pick<GraphqlLimits, 'maxCost' | 'maxDepth'>,
  { counts, firstSight, lookAhead, mayAsk, onExceeded }: CostOptions<Identity>,
): OpenAccount<Identity> {
  const budgetOf = createStatementBudgets(schema, { lookAhead });
  const weigh = createScales(schema);

  function open(exchange: Exchange, prepared: PreparedOperation, variables: Variables): CostAccount {
    const { budget, reserve } = budgetOf(prepared, variables);
    const { cost, depth } = weigh(prepared.document, variables);
    let count: StatementCount = { sent: 0 };
    let sentBefore: number | undefined;
    let startedAt = performance.now();
    let endedAt: number | undefined;

    const statements = () => {
      const { sent } = count;
      return { budget, reserve, used: sent - (sentBefore ?? sent), firstSight: sentBefore ?? sent };
    };

    function check(): void {
      const found = statements();
      if (found.used <= budget + reserve && found.firstSight <= firstSight) return;
      onExceeded();
      const operationName = prepared.operation.name?.value.slice(0, MAX_LOGGED_NAME);
      exchange.log.error({ operationName, ...found }, 'an operation sent more statements than its budget');
    }

    return {
      counting: (operate) =>
        counts.counting(async (counted) => {
          count = counted;
          startedAt = performance.now();
          try {
            return await operate();
          } finally {
            endedAt = performance.now();
            check();
          }
        }),
      contextMade() {
        sentBefore = count.sent;
      },
      told: () => ({
        cost: {
          statements: statements(),
          complexity: { used: cost, limit: limits.maxCost },
          depth: { used: depth, limit: limits.maxDepth },
          milliseconds: Math.round(((endedAt ?? performance.now()) - startedAt) * 10) / 10,
        },
      }),
    };
  }

  return (exchange, identity, prepared, variables) => {
    if (!asks(exchange.request) || prepared.operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
    return mayAsk(identity).then((isTold) => (isTold ? open(exchange, prepared, variables) : null));
  };
}

/** An answer with the cost in its extensions. */
export function withCost<Result extends { readonly extensions?: unknown }>(
  result: Result,
  account: CostAccount,
): Result & { readonly extensions: object } {
  return { ...result, extensions: { ...(result.extensions as object | undefined), ...account.told() } };
}

function asks({ headers }: IncomingMessage): boolean {
  return headers[COST_HEADER] === '1';
}
