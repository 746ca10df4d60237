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

/** Below the first level values come as JSON has them. */
export type Level = 'first' | 'nested';

/**
 * At most one row that stands beside each row, such as a render's cover. It is joined once for all parts that are made of
 * it, and its columns come as columns: packed as JSON, they cost the server as much again, and the gateway too.
 */
export interface Side {
  /** The SELECT that finds it; `expressions` are over its alias, `beside`. */
  select(row: string, beside: string, expressions: string): string;
}

/** A part as the expressions over a side's row that it is made of. */
export interface BesidePart {
  readonly side: Side;
  /** Whether it is reason enough to look aside. One that is not is read there only where another part looks. */
  readonly leads: boolean;
  expressions(builder: StatementBuilder, beside: string, part: Part): readonly string[];
  /** What makes the part of its values, which begin at `at`, and are all null where there is no such row. */
  decoder(part: Part, level: Level): (values: readonly unknown[], at: number) => unknown;
}

/** A value that a row may bring along: one scalar expression over the row, so that it fits into any statement. */
export interface PartDefinition {
  sql(builder: StatementBuilder, row: string, part: Part): string;
  decode?(value: unknown, part: Part): unknown;
  /** The value for a row that is gone or not visible by the time that a loader asks; a connection decodes null. */
  readonly missing?: unknown;
  /** The same value as columns, for rows that are read with a FROM clause of their own. */
  readonly beside?: BesidePart;
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
