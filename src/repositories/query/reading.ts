import type { Sql } from '../../database/database.js';
import type { Part, Selection } from '../../domain/selection.js';
import { type Entity, type PartDefinition, relationAs } from './entity.js';
import { decodeRow, decodeRows, partDefinition, selectJson, selectRow } from './row-shape.js';
import { StatementBuilder } from './statement.js';

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
  const { list, joins } = selectRow(builder, entity, row, selection);
  const rest = ` from ${relationAs(builder, entity, row)}${joins} where ${where(builder, row)}`;
  const rows = await builder.rows(db, `select ${list}${rest}`);
  return decodeRows<Row>(entity, selection, rows, 'first');
}

/** A part that is one row of another entity, or null. */
export function rowPart(
  entity: () => Entity,
  find: (builder: StatementBuilder, row: string, below: string) => string,
): PartDefinition {
  return {
    sql(builder, row, part) {
      const below = builder.alias('b');
      const { json, joins } = selectJson(builder, entity(), below, part.selection);
      const from = `${relationAs(builder, entity(), below)}${joins}`;
      return `(select ${json} from ${from} where ${find(builder, row, below)} limit 1)`;
    },
    missing: null,
    decode: (value, part) =>
      value === null ? null : decodeRow(entity(), part.selection, value as unknown[], 'nested'),
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
      const { json, joins } = selectJson(builder, entity(), below, part.selection);
      return (
        `(select coalesce(json_agg(${json} order by ${orderBy.replaceAll('$row', below)}), '[]'::json) ` +
        `from ${relationAs(builder, entity(), below)}${joins} where ${find(builder, row, below)})`
      );
    },
    missing: [],
    decode: (value, part) => decodeRows(entity(), part.selection, value as unknown[][], 'nested'),
  };
}
