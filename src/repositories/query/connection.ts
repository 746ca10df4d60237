import type { Sql } from '../../database/database.js';
import type { KeysetColumn, KeysetOrder, KeysetValues } from '../../domain/keyset.js';
import { reversed } from '../../domain/keyset.js';
import { type Connection, type Page, toConnection } from '../../domain/page.js';
import { connectionParts, type Part, type Selection } from '../../domain/selection.js';
import { type Columns, decodeRow, type Entity, type PartDefinition, relationAs, rowJson, selectList } from './entity.js';
import { StatementBuilder } from './statement.js';

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

interface PageText {
  /** Without its select list. */
  readonly tail: string;
  readonly row: string;
}

function pageTail(builder: StatementBuilder, list: ListDefinition, page: Page, rowsWanted: boolean): PageText {
  const row = builder.alias('r');
  const conditions = conditionsOf(builder, list, row);
  if (page.after) conditions.push(beyond(builder, list, row, page.order, page.after, false));
  if (page.before) conditions.push(beyond(builder, list, row, reversed(page.order), page.before, false));
  const order = page.backward ? reversed(page.order) : page.order;
  const orderBy = order.columns
    .map(({ field, direction }) => `${keyExpression(list, row, field)} ${direction}`)
    .join(', ');
  // One more than the page tells whether the list goes on.
  const limit = builder.bind(rowsWanted ? page.size + 1 : 0, 'integer');
  const cut = `${fromClause(builder, list, row)}${whereClause(conditions)} order by ${orderBy} limit ${limit}`;
  if (!list.link) return { row, tail: ` from ${cut}` };
  const link = linkAlias(row);
  const join = `join ${relationAs(builder, list.entity, row)} on ${list.link.on(link, row)}`;
  return { row, tail: ` from (select ${link}.* from ${cut}) ${link} ${join} order by ${orderBy}` };
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

type Raw = Record<string, unknown>;

interface Wanted {
  readonly rows: boolean;
  readonly total: boolean;
  readonly otherSide: boolean;
}

function wanted(selection: Selection): Wanted {
  return {
    rows: selection.has(connectionParts.rows),
    total: selection.has(connectionParts.totalCount),
    otherSide: selection.has(connectionParts.otherSide),
  };
}

function connect<Row extends object>(
  list: ListDefinition,
  page: Page,
  selection: Selection,
  level: 'first' | 'nested',
  raws: readonly Raw[],
  totalCount: number | null,
  hasOtherSide: boolean | null,
): Connection<Row> {
  const rows = raws.slice(0, page.size).map((raw) => decodeRow<Row>(list.entity, selection, raw, level, list.extra));
  return toConnection(page, {
    rows: page.backward ? rows.reverse() : rows,
    hasMore: raws.length > page.size,
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
  const want = wanted(selection);
  const totalSql = want.total ? countSql(builder, list) : null;
  const otherSql = want.otherSide ? otherSideSql(builder, list, page) : null;
  const { tail, row } = pageTail(builder, list, page, want.rows);
  const select = `select ${selectList(builder, list.entity, row, selection, list.extra)}`;
  if (totalSql === null && otherSql === null) {
    const raws = await builder.run<Raw>(db, select + tail);
    return connect(list, page, selection, 'first', raws, null, null);
  }
  // The facts about the list stand also where the page is empty, hence the outer join from them to it.
  const facts = [`${totalSql ?? 'null::int'} as "$total"`, `${otherSql ?? 'null::boolean'} as "$other"`];
  const raws = await builder.run<Raw & { $total: number | null; $other: boolean | null; $position: string | null }>(
    db,
    `select facts.*, page.* from (select ${facts.join(', ')}) facts left join lateral ` +
      `(select row_number() over () as "$position", listed.* from (${select}${tail}) listed) page on true ` +
      `order by page."$position"`,
  );
  const [first] = raws;
  const present = raws.filter(({ $position }) => $position !== null);
  return connect(list, page, selection, 'first', present, first?.$total ?? null, first?.$other ?? null);
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
      const { tail, row } = pageTail(builder, definition, args.page, want.rows);
      const json = rowJson(builder, definition.entity, row, part.selection, definition.extra);
      const item = builder.alias('j');
      const rows = `(select coalesce(json_agg(${item}.json), '[]'::json) from (select ${json} as json${tail}) ${item})`;
      const total = want.total ? countSql(builder, definition) : 'null';
      const other = (want.otherSide ? otherSideSql(builder, definition, args.page) : null) ?? 'null';
      return `json_build_object('rows', ${rows}, 'total', ${total}, 'other', ${other})`;
    },
    decode(value, part: Part) {
      const args = part.args as Args;
      const { rows, total, other } = (value ?? { rows: [], total: 0, other: null }) as {
        rows: Raw[];
        total: number | null;
        other: boolean | null;
      };
      return connect(list('', args), args.page, part.selection, 'nested', rows, total, other);
    },
  };
}
