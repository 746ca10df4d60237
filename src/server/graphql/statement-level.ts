/** Statements in the ordinary course, and those that may come on top. */
export interface Price {
  readonly budget: number;
  readonly reserve: number;
}

/** Whether rows came with the parts that are asked of them, or bare. */
export type RowState = 'brought' | 'bare';

/** What one selection set costs, for all rows that it is asked of together. */
export interface Level {
  /** Of the fields that send statements, by their names in the answer: GraphQL runs fields of one name as one. */
  readonly own: Map<string, Price>;
  /** Parts that are asked of the rows here: where these are bare, one statement each. */
  readonly parts: Set<string>;
  /** Of everything below, for rows of either kind here. */
  readonly below: Record<RowState, Price>;
  /** Statements that fields share wherever they stand. */
  readonly shared: Set<string>;
  /** The names of the fields; of a connection's with those below them, such as `pageInfo.hasNextPage`. */
  readonly fields: Set<string>;
  /** Whether any part is asked of the rows here. */
  asksParts: boolean;
  /** Below an interface or union: what is asked of one type alone. */
  readonly byType: Map<string, Level>;
}

export function createLevel(): Level {
  return {
    own: new Map(),
    parts: new Set(),
    below: { brought: { budget: 0, reserve: 0 }, bare: { budget: 0, reserve: 0 } },
    shared: new Set(),
    fields: new Set(),
    asksParts: false,
    byType: new Map(),
  };
}

export function plus(left: Price | undefined, right: Price): Price {
  return left ? { budget: left.budget + right.budget, reserve: left.reserve + right.reserve } : right;
}

/** What a level costs whose rows came so; what is shared, and what single types ask, is not in it. */
export function priceOf(level: Level, rows: RowState): Price {
  let price = plus(level.below[rows], { budget: rows === 'bare' ? level.parts.size : 0, reserve: 0 });
  for (const own of level.own.values()) price = plus(price, own);
  return price;
}

/** Adds a selection set that is asked of the same rows. */
export function merge(level: Level, other: Level): void {
  for (const [key, price] of other.own) level.own.set(key, price);
  for (const key of other.parts) level.parts.add(key);
  for (const name of other.shared) level.shared.add(name);
  for (const name of other.fields) level.fields.add(name);
  level.below.brought = plus(level.below.brought, other.below.brought);
  level.below.bare = plus(level.below.bare, other.below.bare);
  level.asksParts ||= other.asksParts;
  for (const [name, ofOneType] of other.byType) {
    const present = level.byType.get(name);
    if (present) merge(present, ofOneType);
    else level.byType.set(name, copyOf(ofOneType));
  }
}

function copyOf(level: Level): Level {
  const copy = createLevel();
  merge(copy, level);
  return copy;
}

/** Adds what is paid below, whatever the rows here are. */
export function addBelow(level: Level, price: Price): void {
  level.below.brought = plus(level.below.brought, price);
  level.below.bare = plus(level.below.bare, price);
}

/** Adds what stands below a field, where its rows come as `rows` says for either kind of row here. */
export function mergeBelow(level: Level, below: Level, rows: Record<RowState, RowState>): void {
  for (const name of below.shared) level.shared.add(name);
  level.below.brought = plus(level.below.brought, priceOf(below, rows.brought));
  level.below.bare = plus(level.below.bare, priceOf(below, rows.bare));
}
