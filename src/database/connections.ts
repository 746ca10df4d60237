import type pg from 'pg';
import { AnswerWatch } from './answer-watch.js';
import type { RowDescription } from './pipelined-query.js';
import { PreparedStatements } from './prepared-statements.js';

/** Statements that one connection keeps prepared. */
const PREPARED_LIMIT = 256;

/** One connection, as the pool's books have it. */
export class PooledClient {
  readonly prepared = new PreparedStatements<RowDescription>(PREPARED_LIMIT);
  readonly watch: AnswerWatch;
  /** Whether somebody has it. */
  isOut = false;
  /** Whether it failed or ended, so that nobody gets it any more. */
  isLost = false;
  /** Of `performance.now()`. */
  idleSince = 0;

  constructor(
    readonly client: pg.PoolClient,
    answerMillis: number,
  ) {
    this.watch = new AnswerWatch(answerMillis);
  }
}

export interface ConnectionsOptions {
  /** Connections at most. */
  readonly max: number;
  /** How long somebody waits for one; 0: for ever. */
  readonly waitMillis: number;
  /** After so long without a statement a connection is closed; 0: never. */
  readonly idleMillis: number;
  /** After so long without an answer a connection is ended; 0: never. */
  readonly answerMillis: number;
  /** Opens one more. Its `release` closes it. */
  open(): Promise<pg.PoolClient>;
  /** How many there are, those that are being opened or in use among them. */
  count(): number;
  /** Told of one that was lost while nobody had it. */
  onIdleLost(error: unknown): void;
}

interface Waiter {
  /** Of `performance.now()`. */
  readonly since: number;
  resolve(pooled: PooledClient): void;
  reject(error: Error): void;
}

/**
 * Who has which connection. `pg`'s pool opens and closes them, and this hands them out in between: there, lending one and
 * taking it back costs promises, closures, listeners and a timer of its own, as much as the statement in between. Here it
 * is a list, and one timer for all that are idle and one for all who wait.
 *
 * A connection is one caller's at a time. Those who wait are served in their order, by whatever comes first: a connection
 * that is given back, or one that is opened.
 */
export class Connections {
  /** Those that nobody has, the one that was given back last at the end. */
  readonly #idle: PooledClient[] = [];
  /** Nobody is in here while one is idle. */
  readonly #waiting: Waiter[] = [];
  #opening = 0;
  #isClosed = false;
  #idleTimer: NodeJS.Timeout | undefined;
  #waitTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ConnectionsOptions) {}

  /** One that is idle, and of these the one that was given back last; undefined where there is none. */
  take(): PooledClient | undefined {
    const pooled = this.#idle.pop();
    if (pooled) pooled.isOut = true;
    return pooled;
  }

  /** An idle one, or the next that is given back or opened. Rejects in time, or with what the opening failed with. */
  acquire(): Promise<PooledClient> {
    if (this.#isClosed) return Promise.reject(new Error('The pool was closed.'));
    const idle = this.take();
    if (idle) return Promise.resolve(idle);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ since: performance.now(), resolve, reject });
      this.#watchWaiting();
      this.openForWaiting();
    });
  }

  /** Takes one back that `take` or `acquire` gave; it is closed where it is not usable. Throws where nobody has it. */
  giveBack(pooled: PooledClient, usable: boolean): void {
    if (!pooled.isOut) throw new Error('This connection was given back before.');
    pooled.isOut = false;
    if (!usable || pooled.isLost || this.#isClosed) pooled.client.release(true);
    else this.#handOn(pooled);
  }

  /** To be called whenever there may be room for another connection. */
  openForWaiting(): void {
    const { max, count } = this.options;
    while (!this.#isClosed && count() < max) {
      // Those before it get what is being opened already.
      const waiter = this.#waiting[this.#opening];
      if (!waiter) return;
      void this.#openFor(waiter);
    }
  }

  /** From now on nothing is handed out; what is in use is closed when it is given back. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#waitTimer);
    for (const pooled of this.#idle.splice(0)) pooled.client.release(true);
    for (const waiter of this.#waiting.splice(0)) waiter.reject(new Error('The pool was closed.'));
  }

  async #openFor(waiter: Waiter): Promise<void> {
    this.#opening += 1;
    try {
      const client = await this.options.open();
      const pooled = new PooledClient(client, this.options.answerMillis);
      client.on('error', (error) => this.#lose(pooled, error));
      client.on('end', () => this.#lose(pooled, undefined));
      this.#opening -= 1;
      if (this.#isClosed) client.release(true);
      else this.#handOn(pooled);
    } catch (error) {
      this.#opening -= 1;
      // Nobody else fails with it, and who has been served meanwhile does not either.
      const at = this.#waiting.indexOf(waiter);
      if (at >= 0) this.#waiting.splice(at, 1);
      waiter.reject(error instanceof Error ? error : new Error('No connection could be opened.'));
      this.openForWaiting();
    }
  }

  #handOn(pooled: PooledClient): void {
    const waiter = this.#waiting.shift();
    if (waiter) {
      pooled.isOut = true;
      waiter.resolve(pooled);
      return;
    }
    pooled.idleSince = performance.now();
    this.#idle.push(pooled);
    this.#watchIdle();
  }

  #lose(pooled: PooledClient, error: unknown): void {
    pooled.isLost = true;
    const at = this.#idle.indexOf(pooled);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    pooled.client.release(true);
    this.options.onIdleLost(error);
  }

  /** The first is the one that is idle for longest. */
  #watchIdle(): void {
    const [first] = this.#idle;
    const { idleMillis } = this.options;
    if (!first || this.#idleTimer || idleMillis === 0) return;
    this.#idleTimer = after(first.idleSince + idleMillis, (now) => {
      this.#idleTimer = undefined;
      for (const pooled of takeUntil(this.#idle, ({ idleSince }) => idleSince + idleMillis > now)) pooled.client.release(true);
      this.#watchIdle();
    });
  }

  /** The first is the one who waits for longest. */
  #watchWaiting(): void {
    const [first] = this.#waiting;
    const { waitMillis } = this.options;
    if (!first || this.#waitTimer || waitMillis === 0) return;
    this.#waitTimer = after(first.since + waitMillis, (now) => {
      this.#waitTimer = undefined;
      for (const waiter of takeUntil(this.#waiting, ({ since }) => since + waitMillis > now)) {
        waiter.reject(new Error('No connection became free in time.'));
      }
      this.#watchWaiting();
    });
  }
}

/** Takes out what stands before the first that `stays`. */
function takeUntil<Item>(items: Item[], stays: (item: Item) => boolean): Item[] {
  const first = items.findIndex(stays);
  return items.splice(0, first < 0 ? items.length : first);
}

/** Does something at a time of `performance.now()`, or little later. Keeps no process alive: the connections do. */
function after(time: number, work: (now: number) => void): NodeJS.Timeout {
  return setTimeout(() => work(Math.max(performance.now(), time)), Math.max(1, time - performance.now())).unref();
}
