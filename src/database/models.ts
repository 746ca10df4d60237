import { createHash } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { getDatamodel } from '../generated/pothos.js';
import { Prisma, PrismaClient } from '../generated/prisma/client.js';
import { ScopeError } from './errors.js';
import { fromPrisma } from './prisma-errors.js';
import type { Scope } from './scope.js';
import type { ScopedPool } from './scoped-pool.js';
import { createUniqueWhere } from './unique-where.js';

/**
 * Prisma's client of one scope. `findUnique` is there, and runs as `findFirst`; `$transaction` takes a callback, and no
 * array.
 */
export type ModelClient = Omit<PrismaClient, '$connect' | '$disconnect' | '$on' | '$transaction'> & {
  $transaction<T>(
    work: (tx: Prisma.TransactionClient) => Promise<T>,
    options?: { maxWait?: number; timeout?: number; isolationLevel?: Prisma.TransactionIsolationLevel },
  ): Promise<T>;
};

/** One role's Prisma, of which each scope has its view. */
export interface Models {
  in(scope: Scope): ModelClient;
  close(): Promise<void>;
}

/** Query plans that Prisma keeps, by the shape of the query; a plan is some kilobytes. */
const QUERY_PLANS = 1_000;

/** Prisma over a pool's connections. Nothing is opened before the first query. */
export function createModels(pool: ScopedPool): Models {
  const client = new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: ({ sql }) => statementName(sql) }),
    queryPlanCacheMaxSize: QUERY_PLANS,
    errorFormat: 'minimal',
    transactionOptions: { maxWait: pool.options.connectionTimeoutMillis || 5_000 },
  });
  const uniqueWhere = createUniqueWhere(getDatamodel());

  return {
    in: (scope) => {
      const guarded = client.$extends(guard(pool, scope, uniqueWhere));
      const scoped = guarded.$extends({ client: { $transaction: scopedTransaction(pool, scope, guarded) } });
      // The extensions change what the methods do, and leave their types as they were.
      return scoped as unknown as ModelClient;
    },
    close: () => client.$disconnect(),
  };
}

/**
 * Holds every operation to a scope, and keeps it from being merged with another's. Prisma collects the `findUnique`
 * calls of one tick, whoever makes them, and runs them as one query in the first caller's context: under row-level
 * security that hands one person's row to another. `findFirst` is never collected.
 */
function guard(pool: ScopedPool, scope: Scope, uniqueWhere: ReturnType<typeof createUniqueWhere>) {
  return Prisma.defineExtension({
    model: {
      $allModels: {
        findUnique(args: UniqueArguments) {
          const model = modelOf(this);
          return model.findFirst({ ...args, where: uniqueWhere(model.$name, args.where) });
        },
        findUniqueOrThrow(args: UniqueArguments) {
          const model = modelOf(this);
          return model.findFirstOrThrow({ ...args, where: uniqueWhere(model.$name, args.where) });
        },
      },
    },
    query: {
      async $allOperations({ operation, args, query }) {
        if (operation === 'findUnique' || operation === 'findUniqueOrThrow') {
          throw new ScopeError('findUnique reached Prisma unguarded, where calls of several scopes are merged.');
        }
        return inScope<unknown>(pool, scope, () => query(args));
      },
    },
  });
}

type TransactionWork = (tx: unknown) => Promise<unknown>;

/**
 * Prisma's `$transaction` with the scope around its BEGIN; what the caller does meanwhile is outside of it. The array
 * form is refused: Prisma collects its operations like `findUnique`, and begins the transactions of everybody's arrays
 * of one tick in the first caller's context.
 */
function scopedTransaction(
  pool: ScopedPool,
  scope: Scope,
  guarded: { $transaction(work: TransactionWork, options?: object): Promise<unknown> },
) {
  return async (work: TransactionWork, options?: object): Promise<unknown> => {
    if (typeof work !== 'function') throw new ScopeError('$transaction takes a callback; its array form mixes scopes.');
    return inScope(pool, scope, () =>
      guarded.$transaction((tx) => pool.inAmbientScope(undefined, () => work(tx)), options),
    );
  };
}

async function inScope<T>(pool: ScopedPool, scope: Scope, work: () => Promise<T>): Promise<T> {
  try {
    return await pool.inAmbientScope(scope, work);
  } catch (error) {
    throw fromPrisma(error);
  }
}

interface UniqueArguments {
  readonly where: unknown;
}

/** What `this` is in a model's extension: the model's own methods, in the transaction where there is one. */
interface ModelContext {
  readonly $name: string;
  findFirst(args: object): Promise<unknown>;
  findFirstOrThrow(args: object): Promise<unknown>;
}

function modelOf(context: unknown): ModelContext {
  return Prisma.getExtensionContext(context) as ModelContext;
}

/** The same text has the same name in every process, and no two texts have one; 28 characters of 63. */
function statementName(sql: string): string {
  return `p${createHash('sha1').update(sql).digest('base64url')}`;
}
