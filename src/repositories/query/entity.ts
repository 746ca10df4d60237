import type { Part } from '../../domain/selection.js';
import type { StatementBuilder } from './statement.js';

/** A stored column of an entity. */
export interface Column {
  /** The column's name, or an expression in which `$row` stands for the row's alias. */
  readonly sql: string;
  /** JSON has no dates: below the first level a timestamp arrives as text and is made a Date again. */
  readonly timestamp?: boolean;
}

export type Columns = Readonly<Record<string, Column>>;

/** A value that a row may bring along: one scalar expression over the row, so that it fits into any statement. */
export interface PartDefinition {
  sql(builder: StatementBuilder, row: string, part: Part): string;
  decode?(value: unknown, part: Part): unknown;
  /** The value for a row that is gone or not visible by the time that a loader asks; a connection decodes null. */
  readonly missing?: unknown;
}

/**
 * A table (or a relation that stands for one) with the parts that its rows may bring. The one definition of a part
 * serves both ways of reading: written into the page's own statement by look-ahead, and batched over ids by a loader.
 */
export interface Entity {
  /** A table's name, or a parenthesised subquery that may bind values. */
  readonly relation: string | ((builder: StatementBuilder) => string);
  readonly columns: Columns;
  /** Columns that every row brings, whatever is asked of it. Default: none. */
  readonly always?: readonly string[];
  /** Columns that its lists are ordered by, and cursors are made of; rows bring them where a cursor is asked for. */
  readonly ordering?: readonly string[];
  readonly parts: Readonly<Record<string, PartDefinition>>;
  /** How ids find their rows. Default: `id = any(ids)`. */
  readonly key?: { readonly sql: string; matching(builder: StatementBuilder, row: string, ids: readonly string[]): string };
}

/** `timestamp('created_at')`, `column('owner_id')`: the two kinds of columns. */
export const column = (sql: string): Column => ({ sql });
export const timestamp = (sql: string): Column => ({ sql, timestamp: true });

/** An entity's relation as it stands in a FROM clause, with the alias that its rows have there. */
export function relationAs(builder: StatementBuilder, { relation }: Entity, alias: string): string {
  return `${typeof relation === 'string' ? relation : relation(builder)} ${alias}`;
}
