import type { StatementBuilder } from './statement.js';

/** `expression` is one of `values`. One value becomes an equality, so that an index keeps giving the rows in order. */
export function oneOf(builder: StatementBuilder, expression: string, values: readonly string[]): string {
  return values.length === 1
    ? `${expression} = ${builder.bind(values[0], 'text')}`
    : `${expression} = any(${builder.bind(values, 'text[]')})`;
}

/** `expression` holds `text`, whatever the case; no character of `text` has a meaning of its own. */
export function holdsText(builder: StatementBuilder, expression: string, text: string): string {
  return `position(lower(${builder.bind(text, 'text')}) in lower(${expression})) > 0`;
}
