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

  run<Row>(db: Sql, text: string): Promise<Row[]> {
    return db.query<Row>(named(text), this.values);
  }
}

/**
 * A text gets a name, and so a kept plan, when it is met for the third time: clients choose the shapes of statements, a
 * connection keeps only the 256 named ones that it used last, and a stream of shapes that never come again would push
 * the feed's out.
 */
const meetingsBeforeName = 3;

/** Both remember what was met last; what they forget is met anew. The name depends on the text alone. */
const names = new LRUCache<string, string>({ max: 500 });
const meetings = new LRUCache<string, number>({ max: 5_000 });

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
