import { EventEmitter } from 'node:events';
import pg from 'pg';
import { DatabaseError, toDatabaseError } from './errors.js';
import type { Lease } from './lease.js';
import type { Answer, AnswerShape, WireStatement } from './pipelined-query.js';
import type { Statement } from './statement.js';
import type { ColumnParser } from './values.js';

/** The one form in which Prisma's adapter (7.10, `performIO`) asks for a statement. */
interface AdapterQuery {
  readonly text: string;
  readonly name?: string | undefined;
  readonly values?: readonly unknown[] | undefined;
  readonly types: { getTypeParser(type: number, format: 'text'): ColumnParser };
}

/** Checks a statement and encodes its parameters: the pool's. */
export type Wire = (statement: Statement, values?: readonly unknown[]) => WireStatement;

/** Statements that touch no row, and of which some may not, or cannot, have another in front of them. */
const TRANSACTION_CONTROL = /^(BEGIN|COMMIT|ROLLBACK|SET TRANSACTION ISOLATION LEVEL [A-Z ]+)$/;

export function prismaQuery(config: unknown, wire: Wire): { statement: WireStatement; shape: AnswerShape } {
  if (!isAdapterQuery(config)) {
    throw new DatabaseError('This pool takes statements from Prisma’s adapter alone; use database.query(…).');
  }
  const { types } = config;
  return {
    statement: wire({ text: config.text, ...(config.name ? { name: config.name } : {}) }, config.values),
    shape: {
      rows: 'arrays',
      // It knows texts alone.
      types: { parserOf: (type) => types.getTypeParser(type, 'text'), binaryParserOf: () => null },
    },
  };
}

/**
 * What Prisma's adapter holds during a transaction. It begins one with BEGIN and, it may be, SET TRANSACTION, which must
 * come before any query; so the scope travels in front of the first statement after these.
 */
export function prismaClientOf(lease: Lease, wire: Wire): pg.PoolClient {
  // The adapter uses on, removeListener, query and release of a client, and nothing else; whatever a later version
  // might use is missing here and fails, rather than reaching an unscoped connection.
  return new PrismaPoolClient(lease, wire) as unknown as pg.PoolClient;
}

class PrismaPoolClient extends EventEmitter {
  #scoped = false;

  constructor(
    private readonly lease: Lease,
    private readonly wire: Wire,
  ) {
    super();
  }

  async query(config: unknown): Promise<Answer> {
    try {
      const { statement, shape } = prismaQuery(config, this.wire);
      const answer = await this.lease.sendWhenIdle(() => this.#inScope(statement), shape);
      if (statement.text === 'COMMIT' && answer.command === 'ROLLBACK') {
        throw new DatabaseError('The transaction was rolled back, because a statement in it had failed.');
      }
      return answer;
    } catch (error) {
      throw forPrisma(error);
    }
  }

  release(): void {
    this.lease.release();
  }

  #inScope(statement: WireStatement): readonly WireStatement[] {
    const { scopeStatement, transactionStatus } = this.lease;
    if (scopeStatement === undefined || TRANSACTION_CONTROL.test(statement.text)) return [statement];
    if (transactionStatus === 'I') return [scopeStatement, statement];
    if (this.#scoped || transactionStatus === 'E') return [statement];
    this.#scoped = true;
    return [scopeStatement, statement];
  }
}

/**
 * What the adapter shall see of an error: the server's own, which it understands and Prisma acts upon, as they are; all
 * others in our words, which both pass on untouched.
 */
export function forPrisma(error: unknown): unknown {
  return error instanceof pg.DatabaseError ? error : toDatabaseError(error);
}

function isAdapterQuery(config: unknown): config is AdapterQuery {
  return typeof config === 'object' && config !== null && 'text' in config && 'types' in config;
}
