import { BadUserInput } from './errors.js';

/** How a column of an order is written into a cursor and read back. */
export type KeysetType = 'timestamptz' | 'uuid' | 'boolean' | 'integer' | 'date';

export interface KeysetColumn {
  /** The name that the row's value has in the model. */
  readonly field: string;
  readonly type: KeysetType;
  readonly direction: 'asc' | 'desc';
}

/**
 * A total order of a list: its own columns and, last, a unique one. A cursor holds a row's values of these columns,
 * never an id to look up, so that a deleted row, an equal timestamp or a concurrent insert neither skips nor repeats.
 */
export interface KeysetOrder {
  /** Stands in each cursor, so that a cursor of another list is refused and not misread. */
  readonly name: string;
  readonly columns: readonly KeysetColumn[];
}

export type KeysetValue = string | number | boolean;
export type KeysetValues = readonly KeysetValue[];

const created: KeysetColumn = { field: 'createdAt', type: 'timestamptz', direction: 'desc' };
const id: KeysetColumn = { field: 'id', type: 'uuid', direction: 'desc' };

/** Every order that a connection pages by. */
export const orders = {
  rendersNewest: { name: 'r', columns: [created, id] },
  rendersOldest: { name: 'R', columns: [ascending(created), ascending(id)] },
  generationJobs: { name: 'j', columns: [created, id] },
  /** The default favorites first, then the newest. */
  collections: {
    name: 'c',
    columns: [{ field: 'isDefaultFavorites', type: 'boolean', direction: 'desc' }, created, id],
  },
  collectionItems: {
    name: 'i',
    columns: [{ field: 'addedAt', type: 'timestamptz', direction: 'desc' }, id],
  },
  /** Featured first, then by orderIndex, then the newest. */
  communityCollections: {
    name: 'g',
    columns: [
      { field: 'isFeatured', type: 'boolean', direction: 'desc' },
      { field: 'orderIndex', type: 'integer', direction: 'asc' },
      created,
      id,
    ],
  },
  communityItemsByIndex: {
    name: 'o',
    columns: [{ field: 'orderIndex', type: 'integer', direction: 'asc' }, ascending(id)],
  },
  communityItemsNewest: { name: 'n', columns: [created, id] },
  usageEntries: { name: 'u', columns: [created, id] },
  usageHistory: { name: 'h', columns: [{ field: 'period', type: 'date', direction: 'desc' }] },
  profiles: { name: 'p', columns: [created, id] },
} as const satisfies Record<string, KeysetOrder>;

function ascending(column: KeysetColumn): KeysetColumn {
  return { ...column, direction: 'asc' };
}

/** The same order read from its other end. */
export function reversed(order: KeysetOrder): KeysetOrder {
  return {
    name: order.name,
    columns: order.columns.map((column) => ({ ...column, direction: column.direction === 'asc' ? 'desc' : 'asc' })),
  };
}

/** The opaque cursor of a row: base64url of the order's name and the row's values. */
export function encodeCursor(order: KeysetOrder, row: Readonly<Record<string, unknown>>): string {
  const values = order.columns.map(({ field, type }) => {
    const value = row[field];
    return type === 'timestamptz' ? (value as Date).getTime() : value;
  });
  return Buffer.from(JSON.stringify([order.name, ...values])).toString('base64url');
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const datePattern = /^\d{4}-\d{2}-\d{2}$/;
/** PostgreSQL's timestamps end before JavaScript's do; anything beyond the year 9999 is no cursor of ours. */
const latestInstant = Date.UTC(9999, 11, 31);
const longestCursor = 400;

const readers: Record<KeysetType, (value: unknown) => KeysetValue | null> = {
  timestamptz: (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= latestInstant
      ? new Date(value as number).toISOString()
      : null,
  uuid: (value) => (typeof value === 'string' && uuidPattern.test(value) ? value : null),
  boolean: (value) => (typeof value === 'boolean' ? value : null),
  integer: (value) =>
    Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 31 ? (value as number) : null,
  date: (value) => (typeof value === 'string' && datePattern.test(value) && isDay(value) ? value : null),
};

/** A day that PostgreSQL's calendar has: no year 0, and no February 30, which JavaScript would read as March 2. */
function isDay(text: string): boolean {
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && !text.startsWith('0000');
}

/**
 * A cursor's values, ready to be bound.
 *
 * @throws BadUserInput where it is not a cursor of this order.
 */
export function decodeCursor(order: KeysetOrder, cursor: string, argument: string): KeysetValues {
  const values = cursor.length <= longestCursor ? parse(cursor) : null;
  if (values === null || values.length !== order.columns.length + 1 || values[0] !== order.name) {
    throw notACursor(argument);
  }
  return order.columns.map(({ type }, index) => {
    const value = readers[type](values[index + 1]);
    if (value === null) throw notACursor(argument);
    return value;
  });
}

function parse(cursor: string): unknown[] | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(values) ? (values as unknown[]) : null;
  } catch {
    return null;
  }
}

function notACursor(argument: string): BadUserInput {
  return new BadUserInput(
    `"${argument}" is not a cursor of this list. Pass a cursor that this list gave you, unchanged, or leave it out to start at the beginning.`,
  );
}
