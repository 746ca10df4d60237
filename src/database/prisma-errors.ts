import { Prisma } from '../generated/prisma/client.js';
import { DatabaseError, DatabaseUnavailable, fromSqlState, RowNotFound, SerializationFailure } from './errors.js';

/**
 * Makes one of errors.ts of what Prisma threw, since its own words hold source lines, and lets anything else pass: ours,
 * which the pool threw beneath it, and the caller's own out of a transaction
 * (https://www.prisma.io/docs/orm/reference/error-reference).
 */
export function fromPrisma(error: unknown): unknown {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return fromKnown(error);
  if (error instanceof Prisma.PrismaClientValidationError)
    return new DatabaseError('The query does not fit the data model.');
  if (error instanceof Prisma.PrismaClientInitializationError)
    return new DatabaseUnavailable('The database cannot be reached.');
  return isPrismaInternal(error) ? new DatabaseError('The database refused the query.') : error;
}

function fromKnown({ code, meta }: Prisma.PrismaClientKnownRequestError): DatabaseError {
  if (code === 'P2025') return new RowNotFound('There is no such row, or it is not visible.');
  const cause = driverCause(meta);
  if (cause) return fromSqlState(cause.originalCode, cause.constraint?.index);
  if (code === 'P2034') return new SerializationFailure('Another transaction was in the way; run the work again.');
  // P1…: connecting; P2024: no connection free; P2028: a transaction not begun, or not ended, in time.
  if (code.startsWith('P1') || code === 'P2024' || code === 'P2028') {
    return new DatabaseUnavailable(`The database did not serve the query in time (${code}).`);
  }
  return new DatabaseError(`The database refused the query (${code}).`);
}

interface DriverCause {
  readonly originalCode: string;
  readonly constraint?: { readonly index?: string };
}

function driverCause(meta: Record<string, unknown> | undefined): DriverCause | undefined {
  const adapterError = meta?.['driverAdapterError'];
  if (typeof adapterError !== 'object' || adapterError === null || !('cause' in adapterError)) return undefined;
  const { cause } = adapterError;
  return typeof cause === 'object' &&
    cause !== null &&
    'originalCode' in cause &&
    typeof cause.originalCode === 'string'
    ? (cause as DriverCause)
    : undefined;
}

/** The rest of Prisma's errors, of which its runtime exports no class, and the adapter's. */
function isPrismaInternal(error: unknown): boolean {
  return error instanceof Error && /^(DriverAdapterError|UserFacingError|TransactionManager|Prisma)/.test(error.name);
}
