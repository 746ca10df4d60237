import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Sql } from '../../database/database.js';
import type { Statement } from '../../database/statement.js';

/** Collects the values and aliases of one statement while its text is put together. */
export class StatementBuilder {
  readonly values: unknown[] = [];
  #aliases = 0;

  /** Binds a value and returns its placeholder. `type` is SQL's, such as `uuid[]`, so that the plan never guesses. */
  bind(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }

  /** An alias that no other relation of the statement has. */
  alias(prefix: string): string {
    this.#aliases += 1;
    return `${prefix}${this.#aliases}`;
  }

  /** Whether nothing has been written yet but the alias of the first relation. */
  get isFresh(): boolean {
    return this.values.length === 0 && this.#aliases === 1;
  }

  /** What has been bound and named so far. */
  state(): { readonly values: readonly unknown[]; readonly aliases: number } {
    return { values: [...this.values], aliases: this.#aliases };
  }

  /** Goes on from there, as if what was written then had been written again. */
  resume({ values, aliases }: ReturnType<StatementBuilder['state']>): void {
    for (const value of values) this.values.push(value);
    this.#aliases = aliases;
  }

  /** Runs the statement; rows are objects by the names of their columns. */
  run<Row>(db: Sql, text: string): Promise<Row[]> {
    return db.query<Row>(named(text), this.values);
  }

  /** Runs the statement; rows are lists, in the order of the columns. */
  rows(db: Sql, text: string): Promise<unknown[][]> {
    return db.query<unknown[]>({ ...named(text), rows: 'arrays' }, this.values);
  }

  /** The same of `select`, a list that is kept for its operation, and what stands behind it. */
  rowsOf(db: Sql, select: KeptList, tail: string): Promise<unknown[][]> {
    return db.query<unknown[]>(statementOf(select, tail), this.values);
  }
}

/** A select list, known by what it is and not by its text. */
export interface KeptList {
  readonly list: string;
}

/** Of one list: clients ask with few filters and sizes of pages. */
const maxTails = 16;

/** Putting a text of thousands of characters together and looking for its name costs more than the rest of asking for it. */
const statements = new WeakMap<KeptList, Map<string, Statement>>();

function statementOf(select: KeptList, tail: string): Statement {
  const tails = statements.get(select);
  const known = tails?.get(tail);
  if (known) return known;
  // Frozen: the pool checks what is kept once.
  const statement: Statement = Object.freeze({ ...named(`select ${select.list}${tail}`), rows: 'arrays' });
  // What is not met often has no name yet.
  if (statement.name === undefined) return statement;
  if (tails && tails.size < maxTails) tails.set(tail, statement);
  else statements.set(select, new Map([[tail, statement]]));
  return statement;
}

/**
 * A page's length as it stands in the text. Bound, it would be unknown to the planner, which then takes a page for a tenth
 * of the table, finds that a plan for any length is a bad one, and plans anew each time: twice the work of a feed.
 */
export function limitSql(rows: number): string {
  if (!Number.isSafeInteger(rows) || rows < 0) throw new RangeError(`A page of ${rows} rows cannot be read.`);
  return String(rows);
}

/**
 * A text gets a name, and so a kept plan, when it is met for the third time: clients choose the shapes of statements, a
 * connection keeps only the 256 named ones that it used last, and a stream of shapes that never come again would push
 * the feed's out.
 */
const meetingsBeforeName = 3;

/** Clients choose how long a text is, too. */
const mostCharacters = 8_000_000;
const sizeCalculation = (_value: unknown, text: string): number => text.length;

/** Both remember what was met last; what they forget is met anew. The name depends on the text alone. */
const names = new LRUCache<string, string>({ max: 500, maxSize: mostCharacters, sizeCalculation });
const meetings = new LRUCache<string, number>({ max: 5_000, maxSize: mostCharacters, sizeCalculation });

function named(text: string): Statement {
  const name = names.get(text);
  if (name !== undefined) return { text, name };
  const met = (meetings.get(text) ?? 0) + 1;
  if (met < meetingsBeforeName) {
    meetings.set(text, met);
    return { text };
  }
  meetings.delete(text);
  const made = `roomfeed_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, made);
  return { text, name: made };
}
