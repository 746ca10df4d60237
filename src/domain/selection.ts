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
 * What a connection itself is asked for, as parts of its selection: its rows (a client may want `totalCount` alone),
 * its length, which costs a COUNT, and whether something lies on the side that it was come from, which costs a probe.
 */
export const connectionParts = { rows: '$rows', totalCount: '$totalCount', otherSide: '$otherSide' } as const;

/** Names a part within its row: two aliases with the same arguments share one. */
export function partKey(name: string, args: unknown): string {
  return args === undefined ? name : `${name}:${JSON.stringify(args)}`;
}

/** The union of two selections; equal parts merge what they want below. */
export function mergeSelections(left: Selection, right: Selection): Selection {
  if (left.size === 0) return right;
  if (right.size === 0) return left;
  const merged = new Map(left);
  for (const [key, part] of right) {
    const present = merged.get(key);
    merged.set(key, present ? { ...part, selection: mergeSelections(present.selection, part.selection) } : part);
  }
  return merged;
}

/** A text that is equal for equal selections. */
export function selectionKey(selection: Selection): string {
  if (selection.size === 0) return '';
  return [...selection]
    .map(([key, part]) => `${key}{${selectionKey(part.selection)}}`)
    .sort()
    .join(',');
}

/** A row together with the parts that its statement brought. Rows that came another way have none, and loaders serve. */
export interface WithParts {
  readonly parts?: Readonly<Record<string, unknown>>;
}
