import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { connectionSettings, type PoolSettings } from './connection-settings.js';
import type { ColumnTypes } from './columns.js';
import { Connections, type PooledClient } from './connections.js';
import { DatabaseError, DatabaseUnavailable, ScopeError, toDatabaseError } from './errors.js';
import { Lease } from './lease.js';
import { type Answer, type AnswerShape, PipelinedQuery, type WireStatement } from './pipelined-query.js';
import { PreparedStatements } from './prepared-statements.js';
import { forPrisma, prismaClientOf, prismaQuery, type Wire } from './prisma-pool-client.js';
import { RowClient } from './row-reading.js';
import { type DatabaseRole, type Scope, SET_SCOPE, scopeStatement } from './scope.js';
import type { Statement, StatementListener } from './statement.js';
import { binaryParser, columnParser, encodeValue } from './values.js';

/** What is told of trouble; pino fits. */
export interface DatabaseLog {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ScopedPoolOptions {
  readonly role: DatabaseRole;
  readonly url: string;
  readonly settings: PoolSettings;
  readonly onStatement?: StatementListener | undefined;
  readonly log?: DatabaseLog | undefined;
}

/** Names whose text the pool remembers. */
const NAME_LIMIT = 2_000;
/** NAMEDATALEN - 1: the server cuts a longer name, and two names could become one. */
const NAME_BYTES = 63;
/** The wire counts parameters in 16 bits. */
const PARAMETER_LIMIT = 65_535;

const TYPES: ColumnTypes = { parserOf: columnParser, binaryParserOf: binaryParser };
const OBJECTS: AnswerShape = { rows: 'objects', types: TYPES };
const ARRAYS: AnswerShape = { rows: 'arrays', types: TYPES };

/** How the rows of a statement are to be read. */
export function shapeOf(statement: Statement | string): AnswerShape {
  return typeof statement !== 'string' && statement.rows === 'arrays' ? ARRAYS : OBJECTS;
}

/**
 * One role's connections, on which no statement runs without a scope. Our own code names the scope with each call;
 * Prisma, which knows nothing of scopes, calls `query` and `connect`, and these take the ambient one or refuse.
 */
export class ScopedPool extends pg.Pool {
  readonly role: DatabaseRole;
  readonly #ambient = new AsyncLocalStorage<Scope | undefined>();
  #inAmbient = 0;
  readonly #onStatement: StatementListener | undefined;
  readonly #log: DatabaseLog | undefined;
  readonly #connections: Connections;
  readonly #names = new PreparedStatements(NAME_LIMIT);
  readonly #checked = new WeakSet<Statement>();
  readonly #wire: Wire = (statement, values) => this.wire(statement, values);

  constructor({ role, url, settings, onStatement, log }: ScopedPoolOptions) {
    const { answerTimeoutMillis, ...poolConfig } = connectionSettings(role, url, settings);
    super({ ...poolConfig, Client: RowClient });
    this.role = role;
    this.#onStatement = onStatement;
    this.#log = log;
    this.#connections = new Connections({
      max: settings.max,
      waitMillis: settings.connectionTimeoutMillis,
      idleMillis: settings.idleTimeoutMillis,
      answerMillis: answerTimeoutMillis,
      open: () => super.connect(),
      count: () => this.totalCount,
      onIdleLost: (error) => this.emit('error', error),
    });
    // Node throws where nobody listens: for an idle connection on the pool, for a leased one on the client.
    this.on('error', () => log?.warn({ role }, 'an idle database connection was lost'));
    this.on('connect', (client) => client.on('error', () => undefined));
    this.on('remove', () => this.#connections.openForWaiting());
  }

  /** Runs one statement in a scope, in one round trip. Rejects with one of errors.ts. */
  run(scope: Scope, statement: Statement | string, values: readonly unknown[] = []): Promise<Answer> {
    const report = (error: unknown): never => {
      throw this.report(error, statement);
    };
    try {
      return this.#runInScope(scope, this.wire(statement, values), shapeOf(statement)).catch(report);
    } catch (error) {
      return Promise.reject(this.report(error, statement));
    }
  }

  /** A connection of one's own in one scope, until it is released; nothing is sent yet. Rejects with one of errors.ts. */
  async lease(scope: Scope): Promise<Lease> {
    const inFront = scopeStatement(scope, this.role);
    const pooled = await this.#acquire();
    return new Lease(
      pooled.client,
      inFront,
      (statements, shape = OBJECTS) => this.#dispatch(pooled, scope, statements, shape),
      (usable) => this.#connections.giveBack(pooled, usable),
    );
  }

  /**
   * Does something in which what comes through Prisma has this scope; undefined for code that Prisma calls back, which
   * has none.
   */
  async inAmbientScope<T>(scope: Scope | undefined, work: () => Promise<T>): Promise<T> {
    this.#inAmbient += 1;
    try {
      // Prisma's promises start when they are awaited, so that has to happen inside.
      return await this.#ambient.run(scope, async () => await work());
    } finally {
      this.#inAmbient -= 1;
      // While there is a store to hand on, Node calls a hook for every promise of the process: a tenth of a feed.
      if (this.#inAmbient === 0) this.#ambient.disable();
    }
  }

  /** What Prisma's adapter calls outside of a transaction. */
  override query<R>(config: unknown): R {
    // pg declares seven overloads; the adapter uses one, whose R is the promise of an answer.
    return this.#queryInAmbientScope(config) as R;
  }

  /** What Prisma's adapter calls for a transaction. */
  override connect(): Promise<pg.PoolClient>;
  override connect(
    callback: (error: Error | undefined, client: pg.PoolClient | undefined, done: () => void) => void,
  ): void;
  override async connect(...callback: readonly unknown[]): Promise<pg.PoolClient> {
    if (callback.length > 0) throw new ScopeError('Connections are leased by promise, in a scope.');
    return prismaClientOf(await this.lease(this.#ambientScope()), this.#wire);
  }

  /** Checks a statement and encodes its parameters, before anything is sent. */
  wire(statement: Statement | string, values: readonly unknown[] = []): WireStatement {
    const { text, name = '' } = typeof statement === 'string' ? { text: statement } : statement;
    if (name !== '') this.#checkName(name, text, statement);
    if (values.length > PARAMETER_LIMIT) {
      throw new DatabaseError(`A statement takes at most ${PARAMETER_LIMIT} parameters; send arrays instead.`);
    }
    return { name, text, values: values.map(encodeValue) };
  }

  /** The driver's error in our words. What the server said goes to the debug log alone, because it quotes values. */
  report(error: unknown, statement: Statement | string): Error {
    const reported = toDatabaseError(error);
    if (error instanceof Error && error !== reported) {
      const text = typeof statement === 'string' ? statement : (statement.name ?? statement.text);
      this.#log?.debug({ role: this.role, statement: text, reason: error.message }, 'a statement failed');
    }
    return reported;
  }

  /** Closes what is idle at once, and everything else when it is given back; resolves when all is closed. */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override async end(...callback: readonly unknown[]): Promise<void> {
    if (callback.length > 0) throw new DatabaseError('The end of the pool is told by a promise.');
    const ended = super.end();
    this.#connections.close();
    await ended;
  }

  /** Throws a {@link ScopeError} at once; everything else is told by the promise. */
  #runInScope(scope: Scope, statement: WireStatement, shape: AnswerShape): Promise<Answer> {
    const inFront = scopeStatement(scope, this.role);
    const statements = inFront ? [inFront, statement] : [statement];
    const idle = this.#connections.take();
    return idle
      ? this.#runOn(idle, scope, statements, shape)
      : this.#acquire().then((pooled) => this.#runOn(pooled, scope, statements, shape));
  }

  async #runOn(
    pooled: PooledClient,
    scope: Scope,
    statements: readonly WireStatement[],
    shape: AnswerShape,
  ): Promise<Answer> {
    let query: PipelinedQuery | undefined;
    let usable = false;
    try {
      let answer: Answer;
      try {
        query = this.#dispatch(pooled, scope, statements, shape);
        answer = await query.answer;
      } catch (error) {
        if (!isStalePlan(error)) throw error;
        query = this.#dispatch(pooled, scope, statements, shape);
        answer = await query.answer;
      }
      usable = pooled.client.getTransactionStatus() === 'I';
      if (usable) return answer;
      throw new ScopeError('A statement opened a transaction; use database.transaction(…).');
    } catch (error) {
      usable = !(error instanceof ScopeError) && query?.usable === true;
      throw error;
    } finally {
      this.#connections.giveBack(pooled, usable);
    }
  }

  async #queryInAmbientScope(config: unknown): Promise<Answer> {
    const scope = this.#ambientScope();
    const { statement, shape } = prismaQuery(config, this.#wire);
    try {
      return await this.#runInScope(scope, statement, shape);
    } catch (error) {
      throw forPrisma(error);
    }
  }

  #ambientScope(): Scope {
    const scope = this.#ambient.getStore();
    if (!scope) throw new ScopeError('A statement through Prisma was refused because it has no scope.');
    return scope;
  }

  async #acquire(): Promise<PooledClient> {
    try {
      return await this.#connections.acquire();
    } catch (error) {
      this.#log?.warn(
        { role: this.role, reason: error instanceof Error ? error.message : '' },
        'no database connection',
      );
      // Whatever the server says to somebody who knocks (55000: it takes no connections), it is not there for them.
      throw error instanceof pg.DatabaseError
        ? new DatabaseUnavailable(`The database lets nobody in (${error.code ?? 'without a code'}).`, error.code)
        : new DatabaseUnavailable('No database connection could be had in time.');
    }
  }

  #dispatch(
    { client, prepared, watch }: PooledClient,
    scope: Scope,
    statements: readonly WireStatement[],
    shape: AnswerShape,
  ): PipelinedQuery {
    for (const { text, name } of statements) {
      if (text !== SET_SCOPE) {
        this.#onStatement?.({ text, name: name === '' ? undefined : name, role: this.role, scope });
      }
    }
    return client.query(new PipelinedQuery(statements, prepared, shape, watch));
  }

  #checkName(name: string, text: string, statement: Statement | string): void {
    // One that somebody keeps, and so nobody changes, is looked at once.
    const isKept = typeof statement !== 'string' && Object.isFrozen(statement);
    if (isKept && this.#checked.has(statement)) return;
    if (Buffer.byteLength(name) > NAME_BYTES) {
      throw new DatabaseError(`A statement's name is at most ${NAME_BYTES} bytes long.`);
    }
    const known = this.#names.textOf(name);
    if (known !== undefined && known !== text) {
      throw new DatabaseError(`The statement name ${name} stands for another text already.`);
    }
    this.#names.remember(name, text);
    this.#names.takeDropped();
    if (isKept) this.#checked.add(statement);
  }
}

/**
 * A table changed under a statement that is kept prepared, as by a migration beside a running gateway. The server finds
 * out before it runs anything, and the failed statement was forgotten, so the same one may be sent again.
 */
function isStalePlan(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '0A000' && error.routine === 'RevalidateCachedQuery';
}
