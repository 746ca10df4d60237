import { connectionParts, nothing, type Part, type Selection, wantedColumns } from '../../domain/selection.js';
import type { BesidePart, Column, Columns, Entity, Level, PartDefinition, Side } from './entity.js';
import { createRowDecoder, type Member, type RowDecoder } from './row-decoder.js';
import { StatementBuilder } from './statement.js';

/** What a row brings for one selection: its columns, behind them its parts, and then those of its sides, in this order. */
interface RowShape {
  readonly columns: readonly (Column & { readonly field: string })[];
  readonly parts: readonly { readonly key: string; readonly part: Part; readonly definition: PartDefinition }[];
  readonly sides: readonly SideShape[];
}

interface SideShape {
  readonly side: Side;
  /** `width` is how many values a part is made of. */
  readonly parts: readonly { readonly key: string; readonly part: Part; readonly beside: BesidePart; readonly width: number }[];
}

/** How a row is selected. */
export interface RowSelect {
  /** Its expressions, for a select list or a function's arguments. */
  readonly list: string;
  /** What has to be joined to the row for them; begins with a space where it is not empty. */
  readonly joins: string;
}

/** A first-level select list, and what it has bound, so that it is not written again for the next request. */
interface KeptSelect {
  readonly row: string;
  readonly select: RowSelect;
  readonly state: ReturnType<StatementBuilder['state']>;
}

interface Kept {
  readonly extra: Columns;
  readonly shape: RowShape;
  first?: KeptSelect;
  readonly decoders: Partial<Record<Level, RowDecoder>>;
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
  const found: Kept = { extra, shape: shapeOf(entity, selection, extra), decoders: {} };
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
  return { columns, ...placed(parts) };
}

/** Which parts are read beside the row, and which as expressions over it. */
function placed(parts: RowShape['parts']): Pick<RowShape, 'parts' | 'sides'> {
  const lookedAt = new Set(parts.flatMap(({ definition: { beside } }) => (beside?.leads ? [beside.side] : [])));
  const isBeside = ({ beside }: PartDefinition): boolean => beside !== undefined && lookedAt.has(beside.side);
  const sides = [...lookedAt].map((side): SideShape => ({
    side,
    parts: parts.flatMap(({ key, part, definition: { beside } }) =>
      beside?.side === side
        ? [{ key, part, beside, width: beside.expressions(new StatementBuilder(), '', part).length }]
        : [],
    ),
  }));
  return { parts: parts.filter(({ definition }) => !isBeside(definition)), sides };
}

export function partDefinition(entity: Entity, name: string): PartDefinition {
  const definition = entity.parts[name];
  if (!definition) throw new Error(`These rows have no part "${name}": they have ${Object.keys(entity.parts).join(', ')}.`);
  return definition;
}

function columnSql({ sql }: Column, row: string): string {
  return sql.includes('$row') ? sql.replaceAll('$row', row) : `${row}.${sql}`;
}

function ownExpressions(builder: StatementBuilder, { columns, parts }: RowShape, row: string): string[] {
  return [
    ...columns.map((column) => columnSql(column, row)),
    ...parts.map(({ part, definition }) => definition.sql(builder, row, part)),
  ];
}

function selectOf(builder: StatementBuilder, shape: RowShape, row: string): RowSelect {
  const expressions = ownExpressions(builder, shape, row);
  let joins = '';
  for (const side of shape.sides) {
    const [beside, joined] = [builder.alias('b'), builder.alias('s')];
    const found = side.parts.flatMap((one) => one.beside.expressions(builder, beside, one.part));
    const names = found.map((_, index) => `c${index + 1}`);
    joins += ` left join lateral (${side.side.select(row, beside, found.join(', '))}) ${joined} (${names.join(', ')}) on true`;
    expressions.push(...names.map((name) => `${joined}.${name}`));
  }
  return { list: expressions.join(', '), joins };
}

/**
 * The select list of a first-level row, to be read by `decodeRow`. Kept for the next statement where it is the first
 * thing that is written of one.
 */
export function selectRow(
  builder: StatementBuilder,
  entity: Entity,
  row: string,
  selection: Selection,
  extra: Columns = noExtra,
): RowSelect {
  const known = keptFor(entity, selection, extra);
  if (!builder.isFresh) return selectOf(builder, known.shape, row);
  if (known.first?.row !== row) {
    const select = selectOf(builder, known.shape, row);
    known.first = { row, select, state: builder.state() };
  } else builder.resume(known.first.state);
  return known.first.select;
}

/** The same row as one JSON array, for the levels below the first, and what has to be joined to it. */
export function selectJson(
  builder: StatementBuilder,
  entity: Entity,
  row: string,
  selection: Selection,
  extra: Columns = noExtra,
): { readonly json: string; readonly joins: string } {
  const { list, joins } = selectOf(builder, keptFor(entity, selection, extra).shape, row);
  // An array: the names of an object's members would cost the server as much as their values, for each row.
  return { json: `json_build_array(${list})`, joins };
}

/**
 * The JSON array of a row that no joins stand beside: one of an entity whose parts all are expressions over it, or with
 * no parts wanted.
 */
export function rowJson(builder: StatementBuilder, entity: Entity, row: string, selection: Selection): string {
  const { json, joins } = selectJson(builder, entity, row, selection);
  if (joins !== '') throw new Error('A row with sides needs a FROM clause that they can be joined in.');
  return json;
}

/** The expressions of a row that stands beside another; it may not have sides itself. */
export function rowExpressions(builder: StatementBuilder, entity: Entity, row: string, selection: Selection): readonly string[] {
  const { shape } = keptFor(entity, selection, noExtra);
  if (shape.sides.length > 0) throw new Error('A row that stands beside another has no sides of its own.');
  return ownExpressions(builder, shape, row);
}

/** Makes the values of a selected row the model's shape, its parts decoded under their keys. */
export function rowDecoder(entity: Entity, selection: Selection, level: Level, extra: Columns = noExtra): RowDecoder {
  const { shape, decoders } = keptFor(entity, selection, extra);
  return (decoders[level] ??= decoderOf(shape, level));
}

function decoderOf({ columns, parts, sides }: RowShape, level: Level): RowDecoder {
  const members = columns.map(
    ({ field, timestamp }): Member => ({ name: field, width: 1, decode: timestamp && level === 'nested' ? instantAt : null }),
  );
  const ownParts = parts.map(({ key, part, definition: { decode } }): Member => ({
    name: key,
    width: 1,
    decode: decode ? (values, at) => decode(values[at], part) : null,
  }));
  const sideParts = sides.flatMap((side) =>
    side.parts.map(({ key, part, beside, width }): Member => ({ name: key, width, decode: beside.decoder(part, level) })),
  );
  return createRowDecoder(members, [...ownParts, ...sideParts]);
}

function instantAt(values: readonly unknown[], at: number): unknown {
  const value = values[at];
  return typeof value === 'string' ? new Date(value) : value;
}

/** One row, the first of whose values is at `begin`. */
export function decodeRow<Row>(
  entity: Entity,
  selection: Selection,
  values: readonly unknown[],
  level: Level,
  extra: Columns = noExtra,
  begin = 0,
): Row {
  return rowDecoder(entity, selection, level, extra)(values, begin) as Row;
}

/** Rows, whose values begin with theirs. */
export function decodeRows<Row>(
  entity: Entity,
  selection: Selection,
  rows: readonly (readonly unknown[])[],
  level: Level,
  extra: Columns = noExtra,
): Row[] {
  const decode = rowDecoder(entity, selection, level, extra);
  return rows.map((values) => decode(values, 0) as Row);
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
