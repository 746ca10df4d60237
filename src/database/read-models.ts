import type { Prisma } from '../generated/prisma/client.js';
import type { Database } from './database.js';
import { DatabaseError } from './errors.js';
import type { ModelClient } from './models.js';

const READS = [
  'findUnique',
  'findUniqueOrThrow',
  'findFirst',
  'findFirstOrThrow',
  'findMany',
  'count',
  'aggregate',
  'groupBy',
] as const;

type ModelProperty = Uncapitalize<Prisma.ModelName>;

/** The reading half of a {@link ModelClient}, fit to be plugin-prisma's `client`. */
export type ReadModels = {
  readonly [Model in ModelProperty]: Pick<ModelClient[Model], (typeof READS)[number] & keyof ModelClient[Model]>;
} & { $connect(): Promise<void> };

/** A view of a database's models that refuses every write, raw SQL and transactions, with a {@link DatabaseError}. */
export function readOnlyModels(database: Database): ReadModels {
  return database.models.$extends({
    client: { $transaction: () => Promise.reject(readOnly('$transaction')) },
    query: {
      $allOperations({ operation, args, query }) {
        if (!(READS as readonly string[]).includes(operation)) return Promise.reject(readOnly(operation));
        return query(args);
      },
    },
  }) as unknown as ReadModels;
}

function readOnly(operation: string): DatabaseError {
  return new DatabaseError(`${operation} is not for reading; write through database.models or SQL.`);
}
