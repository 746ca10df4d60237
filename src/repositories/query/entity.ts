import type { Sql } from '../../database/database.js';
import { nothing, type Part, type Selection } from '../../domain/selection.js';
import { StatementBuilder } from './statement.js';

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
  readonly parts: Readonly<Record<string, PartDefinition>>;
  /** How ids find their rows. Default: `id = any(ids)`. */
  readonly key?: { readonly sql: string; matching(builder: StatementBuilder, row: string, ids: readonly string[]): string };
}

/** `timestamp('created_at')`, `column('owner_id')`: the two kinds of columns. */
export const column = (sql: string): Column => ({ sql });
export const timestamp = (sql: string): Column => ({ sql, timestamp: true });

function columnSql({ sql }: Column, row: string): string {
  return sql.includes('$row') ? sql.replaceAll('$row', row) : `${row}.${sql}`;
}

/** The select list of a first-level row: columns by their model names, parts as "$0", "$1", … */
export function selectList(
  builder: StatementBuilder,
  entity: Entity,
  row: string,
  selection: Selection,
  extra: Columns = {},
): string {
  const columns = Object.entries({ ...entity.columns, ...extra }).map(
    ([field, definition]) => `${columnSql(definition, row)} as "${field}"`,
  );
  const parts = rowParts(entity, selection).map(
    ([part, definition], index) => `${definition.sql(builder, row, part)} as "$${index}"`,
  );
  return [...columns, ...parts].join(', ');
}

/** The columns alone, as a RETURNING clause takes them; a row of them is `Raw` to `decodeRow` with no selection. */
export function returning(entity: Entity): string {
  if (typeof entity.relation !== 'string') throw new Error('Only a table returns rows that were written.');
  return selectList(new StatementBuilder(), entity, entity.relation, nothing);
}

/** The same row as one JSON object, for the levels below the first. */
export function rowJson(
  builder: StatementBuilder,
  entity: Entity,
  row: string,
  selection: Selection,
  extra: Columns = {},
): string {
  const columns = Object.entries({ ...entity.columns, ...extra }).map(
    ([field, definition]) => `'${field}', ${columnSql(definition, row)}`,
  );
  const parts = rowParts(entity, selection).map(
    ([part, definition], index) => `'$${index}', ${definition.sql(builder, row, part)}`,
  );
  return `json_build_object(${[...columns, ...parts].join(', ')})`;
}

type Raw = Record<string, unknown>;

/** Makes the raw row of `selectList` or `rowJson` the model's shape, its parts decoded under their keys. */
export function decodeRow<Row>(
  entity: Entity,
  selection: Selection,
  raw: Raw,
  level: 'first' | 'nested',
  extra: Columns = {},
): Row {
  const row: Raw = {};
  const parts: Raw = {};
  const columns = { ...entity.columns, ...extra };
  for (const field in columns) {
    const value = raw[field];
    row[field] =
      level === 'nested' && columns[field]?.timestamp && typeof value === 'string' ? new Date(value) : value;
  }
  rowParts(entity, selection).forEach(([part, definition, key], index) => {
    const value = raw[`$${index}`];
    parts[key] = definition.decode ? definition.decode(value, part) : value;
  });
  row['parts'] = parts;
  return row as Row;
}

/** The selection's parts that belong to the row; those of the connection around it are left out. */
function rowParts(entity: Entity, selection: Selection): [Part, PartDefinition, string][] {
  const found: [Part, PartDefinition, string][] = [];
  for (const [key, part] of selection) {
    if (part.name.startsWith('$')) continue;
    found.push([part, partDefinition(entity, part.name), key]);
  }
  return found;
}

/** An entity's relation as it stands in a FROM clause, with the alias that its rows have there. */
export function relationAs(builder: StatementBuilder, { relation }: Entity, alias: string): string {
  return `${typeof relation === 'string' ? relation : relation(builder)} ${alias}`;
}

function partDefinition(entity: Entity, name: string): PartDefinition {
  const definition = entity.parts[name];
  if (!definition) throw new Error(`These rows have no part "${name}": they have ${Object.keys(entity.parts).join(', ')}.`);
  return definition;
}

const idKey: NonNullable<Entity['key']> = {
  sql: '$row.id',
  matching: (builder, row, ids) => `${row}.id = any(${builder.bind(ids, 'uuid[]')})`,
};

/** One part of many rows in one statement, in the order of the rows' ids. */
export async function loadPart(
  db: Sql,
  entity: Entity,
  part: Part,
  ids: readonly string[],
): Promise<readonly unknown[]> {
  const builder = new StatementBuilder();
  const row = builder.alias('k');
  const definition = partDefinition(entity, part.name);
  const key = entity.key ?? idKey;
  const value = definition.sql(builder, row, part);
  const rows = await builder.run<{ id: string; value: unknown }>(
    db,
    `select ${key.sql.replaceAll('$row', row)} as id, ${value} as value from ${relationAs(builder, entity, row)} ` +
      `where ${key.matching(builder, row, ids)}`,
  );
  const values = new Map(rows.map((found) => [found.id, found.value]));
  return ids.map((id) => {
    if (!values.has(id) && 'missing' in definition) return definition.missing;
    const raw = values.get(id) ?? null;
    return definition.decode ? definition.decode(raw, part) : raw;
  });
}

/** The rows that a condition finds, with the parts that are wanted of them. */
export async function readRows<Row>(
  db: Sql,
  entity: Entity,
  selection: Selection,
  where: (builder: StatementBuilder, row: string) => string,
): Promise<Row[]> {
  const builder = new StatementBuilder();
  const row = builder.alias('r');
  const rows = await builder.run<Raw>(
    db,
    `select ${selectList(builder, entity, row, selection)} from ${relationAs(builder, entity, row)} ` +
      `where ${where(builder, row)}`,
  );
  return rows.map((raw) => decodeRow<Row>(entity, selection, raw, 'first'));
}

/** A part that is one row of another entity, or null. */
export function rowPart(
  entity: () => Entity,
  find: (builder: StatementBuilder, row: string, below: string) => string,
): PartDefinition {
  return {
    sql(builder, row, part) {
      const below = builder.alias('b');
      const json = rowJson(builder, entity(), below, part.selection);
      return `(select ${json} from ${relationAs(builder, entity(), below)} where ${find(builder, row, below)} limit 1)`;
    },
    missing: null,
    decode: (value, part) =>
      value === null ? null : decodeRow(entity(), part.selection, value as Raw, 'nested'),
  };
}

/** A part that is all rows of another entity that belong to this one; only for what is bounded by nature. */
export function rowsPart(
  entity: () => Entity,
  find: (builder: StatementBuilder, row: string, below: string) => string,
  orderBy: string,
): PartDefinition {
  return {
    sql(builder, row, part) {
      const below = builder.alias('b');
      const json = rowJson(builder, entity(), below, part.selection);
      return (
        `(select coalesce(json_agg(${json} order by ${orderBy.replaceAll('$row', below)}), '[]'::json) ` +
        `from ${relationAs(builder, entity(), below)} where ${find(builder, row, below)})`
      );
    },
    missing: [],
    decode: (value, part) =>
      (value as Raw[]).map((raw) => decodeRow(entity(), part.selection, raw, 'nested')),
  };
}
