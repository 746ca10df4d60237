/**
 * What a query wants of each row beside its own columns: counts, covers, nested pages. Found by look-ahead from the
 * GraphQL selection (schema/look-ahead.ts), and turned into one SQL statement by the repositories, which know nothing
 * of GraphQL.
 */
export interface Part {
  /** The name under which the entity's repository defines it. */
  readonly name: string;
  /** Plain data; parts with other arguments are other parts. */
  readonly args: unknown;
  /** What the rows below it want in turn. */
  readonly selection: Selection;
}

/** Parts by key (see partKey). */
export type Selection = ReadonlyMap<string, Part>;

export const nothing: Selection = new Map<string, Part>();

/**
 * What a connection itself is asked for, as parts of its selection: its rows (a client may want `totalCount` alone), their
 * cursors, its length, which costs a COUNT, whether it goes on past the page, which costs a row, and whether something
 * lies on the side that it was come from, which costs a probe.
 */
export const connectionParts = {
  rows: '$rows',
  cursors: '$cursors',
  totalCount: '$totalCount',
  more: '$more',
  otherSide: '$otherSide',
} as const;

/**
 * The columns that a selection wants of each row, by their model names, are parts of it too: `.prompt`, and `.*` for all
 * of them. A selection that names none wants all, which is what services ask for.
 */
export const allColumns = '.*';

export function columnPart(field: string): Part {
  return { name: `.${field}`, args: undefined, selection: nothing };
}

/** The columns that a selection names; null where it wants all. */
export function wantedColumns(selection: Selection): readonly string[] | null {
  const columns: string[] = [];
  for (const { name } of selection.values()) {
    if (name === allColumns) return null;
    if (name.startsWith('.')) columns.push(name.slice(1));
  }
  return columns.length === 0 ? null : columns;
}

/** Whether nothing is asked of a row but columns of its own, which whoever wrote the row has. */
export function wantsOnlyColumns(selection: Selection): boolean {
  return [...selection.values()].every(({ name }) => name.startsWith('.'));
}

/** Names a part within its row: two aliases with the same arguments share one. */
export function partKey(name: string, args: unknown): string {
  return args === undefined ? name : `${name}:${JSON.stringify(args)}`;
}

/** The union of two selections; equal parts merge what they want below. */
export function mergeSelections(left: Selection, right: Selection): Selection {
  if (left === right) return left;
  const merged = new Map(left);
  for (const [key, part] of right) {
    const present = merged.get(key);
    merged.set(key, present ? { ...part, selection: mergeSelections(present.selection, part.selection) } : part);
  }
  if (wantsAllColumns(left) || wantsAllColumns(right)) merged.set(allColumns, columnPart('*'));
  return merged;
}

/** Who names no columns wants all of them; but what is asked of a list says nothing of its rows. */
function wantsAllColumns(selection: Selection): boolean {
  if (wantedColumns(selection) !== null) return false;
  return selection.size === 0 || [...selection.values()].some(({ name }) => !name.startsWith('$'));
}

const keys = new WeakMap<Selection, string>();

/** A text that is equal for equal selections. */
export function selectionKey(selection: Selection): string {
  let key = keys.get(selection);
  if (key === undefined) {
    key = [...selection]
      .map(([name, part]) => `${name}{${selectionKey(part.selection)}}`)
      .sort()
      .join(',');
    keys.set(selection, key);
  }
  return key;
}

/** A row together with the parts that its statement brought. Rows that came another way have none, and loaders serve. */
export interface WithParts {
  readonly parts?: Readonly<Record<string, unknown>>;
}
