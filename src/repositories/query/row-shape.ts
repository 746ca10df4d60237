import { connectionParts, nothing, type Part, type Selection, wantedColumns } from '../../domain/selection.js';
import type { Column, Columns, Entity, PartDefinition } from './entity.js';
import type { StatementBuilder } from './statement.js';

/** What a row brings for one selection: its columns, and behind them its parts, in this order. */
interface RowShape {
  readonly columns: readonly (Column & { readonly field: string })[];
  readonly parts: readonly { readonly key: string; readonly part: Part; readonly definition: PartDefinition }[];
}

/** A first-level select list, and what it has bound, so that it is not written again for the next request. */
interface KeptSelectList {
  readonly row: string;
  readonly sql: string;
  readonly state: ReturnType<StatementBuilder['state']>;
}

interface Kept {
  readonly extra: Columns;
  readonly shape: RowShape;
  list?: KeptSelectList;
}

const noExtra: Columns = {};

/** Look-ahead gives the same selection for the same operation, so that this is found out once for it. */
const kept = new WeakMap<Entity, WeakMap<Selection, Kept>>();

function keptFor(entity: Entity, selection: Selection, extra: Columns): Kept {
  let bySelection = kept.get(entity);
  if (!bySelection) {
    bySelection = new WeakMap();
    kept.set(entity, bySelection);
  }
  const known = bySelection.get(selection);
  if (known?.extra === extra) return known;
  const found: Kept = { extra, shape: shapeOf(entity, selection, extra) };
  bySelection.set(selection, found);
  return found;
}

function shapeOf(entity: Entity, selection: Selection, extra: Columns): RowShape {
  const parts = [...selection].flatMap(([key, part]) => {
    if (/^[$.]/.test(part.name)) return [];
    return [{ key, part, definition: partDefinition(entity, part.name) }];
  });
  const all = { ...entity.columns, ...extra };
  const wanted = wantedColumns(selection);
  // A name that is no column is a value that somebody makes of columns which are not known here.
  const { always = [], ordering = [] } = entity;
  const cursors = selection.has(connectionParts.cursors) ? [...ordering, ...Object.keys(extra)] : [];
  const narrow = wanted?.every((field) => field in all) ? new Set([...wanted, ...always, ...cursors]) : null;
  const columns = Object.entries(all)
    .filter(([field]) => !narrow || narrow.has(field))
    .map(([field, definition]) => ({ ...definition, field }));
  return { columns, parts };
}

export function partDefinition(entity: Entity, name: string): PartDefinition {
  const definition = entity.parts[name];
  if (!definition) throw new Error(`These rows have no part "${name}": they have ${Object.keys(entity.parts).join(', ')}.`);
  return definition;
}

function columnSql({ sql }: Column, row: string): string {
  return sql.includes('$row') ? sql.replaceAll('$row', row) : `${row}.${sql}`;
}

function expressions(builder: StatementBuilder, { columns, parts }: RowShape, row: string): string {
  return [
    ...columns.map((column) => columnSql(column, row)),
    ...parts.map(({ part, definition }) => definition.sql(builder, row, part)),
  ].join(', ');
}

/**
 * The select list of a first-level row, to be read by `decodeRow`. Kept for the next statement where it is the first
 * thing that is written of one.
 */
export function selectList(
  builder: StatementBuilder,
  entity: Entity,
  row: string,
  selection: Selection,
  extra: Columns = noExtra,
): string {
  const known = keptFor(entity, selection, extra);
  if (!builder.isFresh) return expressions(builder, known.shape, row);
  if (known.list?.row !== row) {
    const sql = expressions(builder, known.shape, row);
    known.list = { row, sql, state: builder.state() };
  } else builder.resume(known.list.state);
  return known.list.sql;
}

/** The same row as one JSON array, for the levels below the first. */
export function rowJson(
  builder: StatementBuilder,
  entity: Entity,
  row: string,
  selection: Selection,
  extra: Columns = noExtra,
): string {
  // An array: the names of an object's members would cost the server as much as their values, for each row.
  return `json_build_array(${expressions(builder, keptFor(entity, selection, extra).shape, row)})`;
}

/** Makes the values of `selectList` or `rowJson` the model's shape, its parts decoded under their keys. */
export function decodeRow<Row>(
  entity: Entity,
  selection: Selection,
  values: readonly unknown[],
  level: 'first' | 'nested',
  extra: Columns = noExtra,
): Row {
  const { columns, parts } = keptFor(entity, selection, extra).shape;
  const row: Record<string, unknown> = {};
  let at = 0;
  for (const { field, timestamp } of columns) {
    const value = values[at];
    row[field] = timestamp && level === 'nested' && typeof value === 'string' ? new Date(value) : value;
    at += 1;
  }
  const decoded: Record<string, unknown> = {};
  for (const { key, part, definition } of parts) {
    const value = values[at];
    decoded[key] = definition.decode ? definition.decode(value, part) : value;
    at += 1;
  }
  row['parts'] = decoded;
  return row as Row;
}

/** The columns alone, by their model names, as a RETURNING clause takes them; `returnedRow` reads them. */
export function returning(entity: Entity): string {
  const { relation } = entity;
  if (typeof relation !== 'string') throw new Error('Only a table returns rows that were written.');
  return keptFor(entity, nothing, noExtra)
    .shape.columns.map((column) => `${columnSql(column, relation)} as "${column.field}"`)
    .join(', ');
}

/** A row that a statement with `returning` gave; null where it gave none. */
export function returnedRow<Row>(returned: Readonly<Record<string, unknown>> | undefined): Row | null {
  return returned ? ({ ...returned, parts: {} } as Row) : null;
}
