import type pg from 'pg';
import { DatabaseUnavailable } from './errors.js';
import type { Answer, AnswerShape, PipelinedQuery, WireStatement } from './pipelined-query.js';

type Dispatch = (statements: readonly WireStatement[], shape?: AnswerShape) => PipelinedQuery;

/**
 * One connection out of the pool, for a transaction. Statements go one after the other, in the order in which they were
 * asked for. Rejects with the driver's own errors.
 */
export class Lease {
  #previous: Promise<unknown> = Promise.resolve();
  #usable = true;
  #released = false;

  constructor(
    private readonly client: pg.PoolClient,
    /** What sets the scope; undefined where the scope is `system`. */
    readonly scopeStatement: WireStatement | undefined,
    private readonly dispatch: Dispatch,
    private readonly giveBack: (usable: boolean) => void,
  ) {
    // A connection that dies while nobody waits for an answer, such as a forgotten transaction's, leaves the pool at once.
    client.once('end', this.#onEnd);
  }

  /** `I` outside of a transaction, `T` in one, `E` in a failed one. */
  get transactionStatus(): ReturnType<pg.PoolClient['getTransactionStatus']> {
    return this.client.getTransactionStatus();
  }

  /** Sends statements in one round trip, behind those sent before; answers with the last one's rows. */
  send(statements: readonly WireStatement[], shape?: AnswerShape): Promise<Answer> {
    return this.sendWhenIdle(() => statements, shape);
  }

  /** The same, with statements that are chosen when the connection is idle and its status therefore known. */
  sendWhenIdle(choose: () => readonly WireStatement[], shape?: AnswerShape): Promise<Answer> {
    const answer = this.#previous.then(async () => {
      if (!this.#usable || this.#released) throw new DatabaseUnavailable('The connection of this transaction is gone.');
      const query = this.dispatch(choose(), shape);
      try {
        return await query.answer;
      } finally {
        this.#usable = query.usable;
      }
    });
    this.#previous = answer.catch(() => undefined);
    return answer;
  }

  /** Resolves when everything asked for so far has been answered. */
  async settled(): Promise<void> {
    await this.#previous;
  }

  /** Gives the connection back, or ends it where it is broken or still in a transaction. Twice is once. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.client.removeListener('end', this.#onEnd);
    this.giveBack(this.#usable && this.transactionStatus === 'I');
  }

  readonly #onEnd = (): void => {
    this.#usable = false;
    this.release();
  };
}
