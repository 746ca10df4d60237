import { createHash } from 'node:crypto';
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
 * A text gets a name, and so a kept plan, when it is met for the third time. Each connection keeps every named
 * statement until it closes, and clients choose the shapes: without the two bounds a stream of new shapes would fill
 * the database's memory.
 */
const meetingsBeforeName = 3;
const maxNames = 500;
const maxMeetings = 5_000;

const names = new Map<string, string>();
const meetings = new Map<string, number>();

function named(text: string): Statement {
  const name = names.get(text);
  if (name !== undefined) return { text, name };
  if (names.size >= maxNames) return { text };
  const met = (meetings.get(text) ?? 0) + 1;
  if (met < meetingsBeforeName) {
    if (meetings.size >= maxMeetings) meetings.clear();
    meetings.set(text, met);
    return { text };
  }
  meetings.delete(text);
  const made = `roomfeed_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, made);
  return { text, name: made };
}
