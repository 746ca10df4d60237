import type { Sql } from '../../database/database.js';
import type { KeysetColumn, KeysetOrder, KeysetValues } from '../../domain/keyset.js';
import { reversed } from '../../domain/keyset.js';
import { type Connection, type Page, toConnection } from '../../domain/page.js';
import { connectionParts, type Part, type Selection } from '../../domain/selection.js';
import { type Columns, type Entity, type Level, type PartDefinition, relationAs } from './entity.js';
import { decodeRows, selectJson, selectRow } from './row-shape.js';
import { limitSql, StatementBuilder } from './statement.js';

/** A list that can be paged: which rows, and what the order's columns are called in SQL. */
export interface ListDefinition {
  readonly entity: Entity;
  /** The FROM clause; `row` is the alias that the entity's relation must have. Default: the relation alone. */
  from?(row: string): string;
  /**
   * A table of links that the list is ordered by, with one row of the entity behind each. The page is cut from the links
   * alone and joined then: the planner, which knows only the average length of a list, would join a long one whole.
   */
  readonly link?: { readonly relation: string; on(link: string, row: string): string };
  /** `link` is the alias of the link's relation, where there is one. */
  where(builder: StatementBuilder, row: string, link: string): readonly string[];
  /** Expressions of the order's columns where they are not the entity's own; `$row` and `$link` stand for the aliases. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Columns of the link, such as when it was made; they become fields of the row. */
  readonly extra?: Columns;
}

const types: Record<KeysetColumn['type'], string> = {
  timestamptz: 'timestamptz',
  uuid: 'uuid',
  boolean: 'boolean',
  integer: 'integer',
  date: 'date',
};

/** The link's alias beside a row's; columns of `extra` name it as `$rowl`. */
const linkAlias = (row: string) => `${row}l`;

function keyExpression(list: ListDefinition, row: string, field: string): string {
  const special = list.keys?.[field];
  if (special !== undefined) return special.replaceAll('$row', row).replaceAll('$link', linkAlias(row));
  const plain = list.entity.columns[field];
  if (!plain) throw new Error(`The order's column "${field}" is no column of the list's rows.`);
  return `${row}.${plain.sql}`;
}

/** What the list's conditions and order are asked of: the links alone where there are any. */
function fromClause(builder: StatementBuilder, list: ListDefinition, row: string): string {
  if (list.link) return `${list.link.relation} ${linkAlias(row)}`;
  return list.from?.(row) ?? relationAs(builder, list.entity, row);
}

function conditionsOf(builder: StatementBuilder, list: ListDefinition, row: string): string[] {
  return [...list.where(builder, row, linkAlias(row))];
}

/** The rows that stand after the cursor in this order, or at and after it. */
function beyond(
  builder: StatementBuilder,
  list: ListDefinition,
  row: string,
  order: KeysetOrder,
  values: KeysetValues,
  inclusive: boolean,
): string {
  const keys = order.columns.map((column, index) => ({
    expression: keyExpression(list, row, column.field),
    value: builder.bind(values[index], types[column.type]),
    operator: column.direction === 'asc' ? '>' : '<',
  }));
  const equal = inclusive ? '=' : '';
  const [first] = keys;
  if (first && keys.every(({ operator }) => operator === first.operator)) {
    // One row comparison is one index condition.
    const left = keys.map(({ expression }) => expression).join(', ');
    const right = keys.map(({ value }) => value).join(', ');
    return `(${left}) ${first.operator}${equal} (${right})`;
  }
  return keys.reduceRight((rest, { expression, value, operator }) => {
    if (rest === '') return `${expression} ${operator}${equal} ${value}`;
    return `(${expression} ${operator} ${value} or (${expression} = ${value} and ${rest}))`;
  }, '');
}

function whereClause(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}

/** A page without its select list. `joins` are made when the page is cut: a page that is sorted would make them for the list. */
function pageTail(
  builder: StatementBuilder,
  list: ListDefinition,
  page: Page,
  want: Wanted,
  row: string,
  joins: string,
): string {
  const conditions = conditionsOf(builder, list, row);
  if (page.after) conditions.push(beyond(builder, list, row, page.order, page.after, false));
  if (page.before) conditions.push(beyond(builder, list, row, reversed(page.order), page.before, false));
  const order = page.backward ? reversed(page.order) : page.order;
  const orderBy = order.columns
    .map(({ field, direction }) => `${keyExpression(list, row, field)} ${direction}`)
    .join(', ');
  // One more than the page tells whether the list goes on.
  const limit = limitSql(want.rows ? page.size + (want.more ? 1 : 0) : 0);
  const cut = `${fromClause(builder, list, row)}${whereClause(conditions)} order by ${orderBy} limit ${limit}`;
  if (!list.link) {
    return joins === '' ? ` from ${cut}` : ` from (select ${row}.* from ${cut}) ${row}${joins} order by ${orderBy}`;
  }
  const link = linkAlias(row);
  const join = `join ${relationAs(builder, list.entity, row)} on ${list.link.on(link, row)}`;
  return ` from (select ${link}.* from ${cut}) ${link} ${join}${joins} order by ${orderBy}`;
}

function countSql(builder: StatementBuilder, list: ListDefinition): string {
  const row = builder.alias('n');
  return `(select count(*)::int from ${fromClause(builder, list, row)}${whereClause(conditionsOf(builder, list, row))})`;
}

function otherSideSql(builder: StatementBuilder, list: ListDefinition, page: Page): string | null {
  const values = page.backward ? page.before : page.after;
  if (!values) return null;
  const row = builder.alias('o');
  const towards = page.backward ? page.order : reversed(page.order);
  const conditions = [...conditionsOf(builder, list, row), beyond(builder, list, row, towards, values, true)];
  return `(exists (select 1 from ${fromClause(builder, list, row)}${whereClause(conditions)}))`;
}

interface Wanted {
  readonly rows: boolean;
  readonly more: boolean;
  readonly total: boolean;
  readonly otherSide: boolean;
}

function wanted(selection: Selection): Wanted {
  return {
    rows: selection.has(connectionParts.rows),
    more: selection.has(connectionParts.more),
    total: selection.has(connectionParts.totalCount),
    otherSide: selection.has(connectionParts.otherSide),
  };
}

function connect<Row extends object>(
  list: ListDefinition,
  page: Page,
  selection: Selection,
  level: Level,
  found: readonly (readonly unknown[])[],
  totalCount: number | null,
  hasOtherSide: boolean | null,
): Connection<Row> {
  const onPage = found.length > page.size ? found.slice(0, page.size) : found;
  const rows = decodeRows<Row>(list.entity, selection, onPage, level, list.extra);
  return toConnection(page, {
    rows: page.backward ? rows.reverse() : rows,
    hasMore: found.length > page.size,
    hasOtherSide,
    totalCount,
  });
}

/**
 * Reads one page in one statement: the rows with all the parts that are wanted of them, and, where wanted, the list's
 * length and whether something lies before the page.
 */
export async function readConnection<Row extends object>(
  db: Sql,
  list: ListDefinition,
  page: Page,
  selection: Selection,
): Promise<Connection<Row>> {
  const builder = new StatementBuilder();
  const row = builder.alias('r');
  const selected = selectRow(builder, list.entity, row, selection, list.extra);
  const { list: select, joins } = selected;
  const want = wanted(selection);
  const tail = pageTail(builder, list, page, want, row, joins);
  if (!want.total && !want.otherSide) {
    return connect(list, page, selection, 'first', await builder.rowsOf(db, selected, tail), null, null);
  }
  // The facts about the list stand also where the page is empty, hence the outer join from them to it.
  const total = want.total ? countSql(builder, list) : 'null::int';
  const other = (want.otherSide ? otherSideSql(builder, list, page) : null) ?? 'null::boolean';
  const rows = await builder.rows(
    db,
    `select facts.*, page.* from (select ${total}, ${other}) facts left join lateral ` +
      `(select row_number() over () as "$position", listed.* from (select ${select}${tail}) listed) page on true ` +
      `order by page."$position"`,
  );
  const [totalCount, hasOtherSide] = (rows[0] ?? []) as [number | null, boolean | null];
  // A row without a position is that of an empty page.
  const present = rows.filter(([, , position]) => position !== null).map((values) => values.slice(3));
  return connect(list, page, selection, 'first', present, totalCount ?? null, hasOtherSide ?? null);
}

/** A page below a row, as a part of it. `list` and `page` are told by the part's arguments. */
export function connectionPart<Args extends { readonly page: Page }>(
  list: (row: string, args: Args) => ListDefinition,
): PartDefinition {
  return {
    sql(builder, parent, part) {
      const args = part.args as Args;
      const definition = list(parent, args);
      const want = wanted(part.selection);
      const row = builder.alias('r');
      const { json, joins } = selectJson(builder, definition.entity, row, part.selection, definition.extra);
      const tail = pageTail(builder, definition, args.page, want, row, joins);
      const item = builder.alias('j');
      const rows = `(select coalesce(json_agg(${item}.json), '[]'::json) from (select ${json} as json${tail}) ${item})`;
      const total = want.total ? countSql(builder, definition) : 'null';
      const other = (want.otherSide ? otherSideSql(builder, definition, args.page) : null) ?? 'null';
      return `json_build_array(${rows}, ${total}, ${other})`;
    },
    decode(value, part: Part) {
      const args = part.args as Args;
      const [rows, total, other] = (value ?? [[], 0, null]) as [unknown[][], number | null, boolean | null];
      return connect(list('', args), args.page, part.selection, 'nested', rows, total, other);
    },
  };
}
