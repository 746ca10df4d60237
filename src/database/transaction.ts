import { setTimeout as delay } from 'node:timers/promises';
import type { Sql, TransactionOptions } from './database.js';
import type { Scope } from './scope.js';
import type { Statement } from './statement.js';
import { DatabaseError, DatabaseUnavailable, ScopeError, SerializationFailure } from './errors.js';
import type { Lease } from './lease.js';
import { type ScopedPool, shapeOf } from './scoped-pool.js';

const RETRIES = 5;
const FIRST_PAUSE_MILLIS = 10;

/**
 * Runs `work` in one transaction of a scope, and again after a {@link SerializationFailure}, at most five times more.
 * Rejects with what `work` threw, or with one of errors.ts; where a COMMIT's answer was lost, with a
 * {@link DatabaseUnavailable} whose `outcomeUnknown` is true, and without another try.
 */
export async function runTransaction<T>(
  pool: ScopedPool,
  scope: Scope,
  work: (tx: Sql) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await runOnce(pool, scope, work, options);
    } catch (error) {
      if (!(error instanceof SerializationFailure) || retries === RETRIES) throw error;
      // Full jitter: two that collided would collide again if they waited equally long.
      await delay(Math.random() * FIRST_PAUSE_MILLIS * 2 ** retries);
    }
  }
}

async function runOnce<T>(
  pool: ScopedPool,
  scope: Scope,
  work: (tx: Sql) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  const lease = await pool.lease(scope);
  try {
    await begin(pool, lease, options);
    const tx = new OpenTransaction(pool, lease, scope);
    let result: T;
    try {
      result = await work(tx);
    } catch (error) {
      await tx.rollback();
      throw error;
    }
    await tx.commit();
    return result;
  } finally {
    lease.release();
  }
}

/** BEGIN and the scope, in one round trip. */
async function begin(pool: ScopedPool, lease: Lease, { isolation, readOnly }: TransactionOptions): Promise<void> {
  const text = ['BEGIN', isolation && `ISOLATION LEVEL ${isolation.toUpperCase()}`, readOnly && 'READ ONLY']
    .filter(Boolean)
    .join(' ');
  try {
    await lease.send([pool.wire(text), ...(lease.scopeStatement ? [lease.scopeStatement] : [])]);
  } catch (error) {
    throw pool.report(error, text);
  }
}

class OpenTransaction implements Sql {
  #open = true;
  #failure: Error | undefined;

  constructor(
    private readonly pool: ScopedPool,
    private readonly lease: Lease,
    readonly scope: Scope,
  ) {}

  async query<Row>(statement: Statement | string, values: readonly unknown[] = []): Promise<Row[]> {
    if (!this.#open) throw new ScopeError('The transaction has ended; its handle serves no more statements.');
    try {
      const wired = this.pool.wire(statement, values);
      const { rows } = await this.lease.sendWhenIdle(() => {
        // Behind a COMMIT of somebody's own there would be no scope any more.
        if (this.lease.transactionStatus === 'I') throw new ScopeError('A statement ended the transaction by itself.');
        return [wired];
      }, shapeOf(statement));
      // What a row looks like is between the caller and its SQL.
      return rows as Row[];
    } catch (error) {
      const reported = this.pool.report(error, statement);
      this.#failure ??= reported;
      throw reported;
    }
  }

  async commit(): Promise<void> {
    this.#open = false;
    await this.lease.settled();
    if (this.lease.transactionStatus === 'I')
      throw this.#failure ?? new ScopeError('A statement ended the transaction by itself.');
    const { command } = await this.lease.send([this.pool.wire('COMMIT')]).catch((error: unknown) => {
      const reported = this.pool.report(error, 'COMMIT');
      if (!(reported instanceof DatabaseUnavailable)) throw reported;
      throw new DatabaseUnavailable(
        'The connection was lost during COMMIT; whether the work was done is not known.',
        reported.code,
        true,
      );
    });
    // The server answers so where a statement had failed and `work` went on regardless.
    if (command === 'ROLLBACK') throw this.#failure ?? new DatabaseError('The transaction was rolled back.');
  }

  /** Never rejects: the reason to roll back is the error to tell, and a connection that cannot is ended with the lease. */
  async rollback(): Promise<void> {
    this.#open = false;
    await this.lease.settled();
    await this.lease.send([this.pool.wire('ROLLBACK')]).catch(() => undefined);
  }
}
