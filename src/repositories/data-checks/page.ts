import type { Sql } from '../../database/database.js';

/*
 * A data check walks through a table in the order of a key, a page a statement. A page's rows and all that they are held
 * against are read by that one statement, and so stand as they stood at one instant: what a transaction changes together
 * is never seen half done, and nobody is kept waiting by a long one.
 */

/** A row that is not as it should be. */
export interface Fault {
  readonly category: string;
  readonly id: string;
  readonly ownerId: string | null;
  /** What is wrong in particular; nothing that a person wrote. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What a page came to. */
export interface CheckedPage {
  readonly examined: number;
  readonly faults: readonly Fault[];
  /** The key of its last row, behind which the next page begins; null where there is no next one. */
  readonly next: readonly string[] | null;
}

export interface PageDefinition {
  /** A SELECT of all rows, which names the columns that are needed. */
  readonly rows: string;
  /** The same of one owner, for whom `{owner}` stands; null where nobody owns them. Must be found by an index. */
  readonly ownedRows: string | null;
  /** Columns of `rows` that name a row, in an order that an index of the table has; each with a value before all others. */
  readonly key: readonly { readonly column: string; readonly type: string; readonly first: string }[];
  readonly size: number;
  /** How many things a page is, where that is not its rows: a SELECT of one number from `page`. */
  readonly examined?: string;
  /**
   * A SELECT of (category, id, owner_id, detail json) from `page`, the page's rows. Values are bound from $1 on, and each of
   * them stands in it. Where a row's fault is computed, OFFSET 0 has it computed once, and not again for each mention.
   */
  readonly faults: string;
}

export const uuidKey = (column: string) => ({ column, type: 'uuid', first: '00000000-0000-0000-0000-000000000000' });

/**
 * Whether a query, from its FROM on, has a row. EXISTS, in a list of conditions, may be answered by reading the whole table
 * once a page, where the planner thinks little of it; this is always a look by an index.
 */
export const has = (query: string): string => `((select true ${query} limit 1) is true)`;

/**
 * Has the statements of this transaction walk along indexes. The planner thinks that the service role's policies leave few
 * rows, because it cannot know that nobody's scope is set, and would read and sort a whole table for each page of it. Where no
 * index serves, a table is still read; and costs that are this far off must neither have statements compiled nor give them
 * parallel workers, who take longer to begin than a page takes, and the cores of those who wait for an answer.
 */
export async function walkByIndexes(tx: Sql): Promise<void> {
  await tx.query(
    `select set_config(name, value, true)
     from (values ('enable_seqscan', 'off'), ('enable_sort', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('jit', 'off'),
       ('max_parallel_workers_per_gather', '0')) setting (name, value)`,
  );
}

/** Rows of a table that has an owner; the two halves of a condition are for tables whose indexes are partial. */
export function rowsOf(
  table: string,
  columns: string,
  { owner = 'owner_id', halves = ['true'] }: { readonly owner?: string; readonly halves?: readonly string[] } = {},
): Pick<PageDefinition, 'rows' | 'ownedRows'> {
  return {
    rows: `select ${columns} from ${table}`,
    ownedRows: halves.map((half) => `select ${columns} from ${table} where ${owner} = {owner} and ${half}`).join(' union all '),
  };
}

/** One page behind `after`, of all rows or of one owner's; in a transaction that walks by indexes. */
export async function checkPage(
  tx: Sql,
  definition: PageDefinition,
  { ownerId, after }: { readonly ownerId: string | null; readonly after: readonly string[] | null },
  values: readonly unknown[] = [],
): Promise<CheckedPage> {
  const { rows, ownedRows, key, size, faults, examined = 'select count(*) from page' } = definition;
  // Rows of somebody who has none.
  if (ownerId !== null && ownedRows === null) return { examined: 0, faults: [], next: null };
  const columns = key.map(({ column }) => `t.${column}`).join(', ');
  const bound = key.map(({ type }, position) => `$${values.length + position + 1}::${type}`).join(', ');
  const owner = `$${values.length + key.length + 1}::uuid`;
  // OFFSET 0 keeps the planner from walking through everybody's rows in the key's order to find one owner's.
  const source = ownerId === null ? rows : `${(ownedRows ?? '').replaceAll('{owner}', owner)} offset 0`;
  const [page] = await tx.query<{ count: number; examined: number; last: string[] | null; faults: Fault[] }>(
    `with page as materialized (
       select t.* from (${source}) t where (${columns}) > (${bound}) order by ${columns} limit ${size}
     )
     select (select count(*)::int from page) as count, (${examined})::int as examined,
       (select array[${key.map(({ column }) => `t.${column}::text`).join(', ')}] from page t
        order by ${key.map(({ column }) => `t.${column} desc`).join(', ')} limit 1) as last,
       coalesce((
         select json_agg(json_build_object('category', f.category, 'id', f.id, 'ownerId', f.owner_id, 'detail', f.detail))
         from (${faults}) f (category, id, owner_id, detail)
       ), '[]'::json) as faults`,
    [...values, ...(after ?? key.map(({ first }) => first)), ...(ownerId === null ? [] : [ownerId])],
  );
  if (!page) throw new Error('A statement that always has a row had none.');
  return { examined: page.examined, faults: page.faults, next: page.count === size ? page.last : null };
}
