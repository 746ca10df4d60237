import fc from 'fast-check';
import { BadUserInput } from '../src/domain/errors.js';
import { decodeCursor, encodeCursor, type KeysetOrder, orders, reversed } from '../src/domain/keyset.js';
import { maxPageSize, toConnection, toPage } from '../src/domain/page.js';

const id = '0197b000-0000-7000-8000-000000000001';
const createdAt = new Date('2026-03-01T10:20:30.456Z');

const values = {
  timestamptz: fc
    .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
    .map((date) => ({ stored: date, bound: date.toISOString() })),
  uuid: fc.uuid().map((uuid) => ({ stored: uuid, bound: uuid })),
  boolean: fc.boolean().map((value) => ({ stored: value, bound: value })),
  integer: fc.integer().map((value) => ({ stored: value, bound: value })),
  date: fc
    .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true })
    .map((date) => ({ stored: date.toISOString().slice(0, 10), bound: date.toISOString().slice(0, 10) })),
};

const everyOrder = Object.entries<KeysetOrder>(orders);

it.each(everyOrder)('a cursor of %s gives back the very values of its row', (_name, order) => {
  const row = fc.tuple(...order.columns.map(({ field, type }) => values[type].map((value) => ({ field, ...value }))));
  fc.assert(
    fc.property(row, (columns) => {
      const cursor = encodeCursor(order, Object.fromEntries(columns.map(({ field, stored }) => [field, stored])));
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(decodeCursor(order, cursor, 'after')).toEqual(columns.map(({ bound }) => bound));
    }),
    { numRuns: 50 },
  );
});

it.each([-(2 ** 31), 2 ** 31 - 1])('a cursor holds %d, an end of what the database counts to', (orderIndex) => {
  const order = orders.communityItemsByIndex;
  const row = { orderIndex, id: '0197b000-0000-7000-8000-000000000001' };

  expect(decodeCursor(order, encodeCursor(order, row), 'after')).toEqual([orderIndex, row.id]);
});

it('every order has a name of its own and ends in a unique column', () => {
  expect(new Set(everyOrder.map(([, { name }]) => name)).size).toBe(everyOrder.length);
  // A month is unique in the history of its account.
  for (const [name, { columns }] of everyOrder) expect([name, columns.at(-1)?.field]).toEqual([name, name === 'usageHistory' ? 'period' : 'id']);
});

it.each(everyOrder)('a cursor of %s is refused by every other list', (name, order) => {
  const row = { createdAt, addedAt: createdAt, id, isDefaultFavorites: true, isFeatured: false, orderIndex: 7, period: '2026-03-01' };
  const cursor = encodeCursor(order, row);
  for (const [other, otherOrder] of everyOrder) {
    if (other === name) expect(() => decodeCursor(otherOrder, cursor, 'after')).not.toThrow();
    else expect(() => decodeCursor(otherOrder, cursor, 'after')).toThrow(BadUserInput);
  }
});

const encode = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url');

it.each([
  ['nothing', ''],
  ['words', 'page 2'],
  ['bytes', Buffer.from([0xff, 0x00, 0xfe]).toString('base64url')],
  ['another shape', encode({ name: 'r' })],
  ['null', encode(null)],
  ['too few values', encode(['r', 1])],
  ['too many values', encode(['r', 1, id, id])],
  ['a text for a time', encode(['r', '2026-03-01', id])],
  ['half a millisecond', encode(['r', 1.5, id])],
  ['a negative time', encode(['r', -1, id])],
  ['a time beyond every calendar', encode(['r', 8.64e15, id])],
  ['a time that is no number in JSON', Buffer.from(`["r",1e999,"${id}"]`).toString('base64url')],
  ['null for a time', encode(['r', null, id])],
  ['an id that is none', encode(['r', 1, 'id'])],
  ['an id with more behind it', encode(['r', 1, `${id}'; drop table renders`])],
  ['an id in a list', encode(['r', 1, [id]])],
  ['what is far too long', encode(['r', 1, id]) + ' '.repeat(10_000)],
])('refuses %s', (_what, cursor) => {
  expect(() => decodeCursor(orders.rendersNewest, cursor, 'after')).toThrow(
    '"after" is not a cursor of this list. Pass a cursor that this list gave you, unchanged, or leave it out to start at the beginning.',
  );
});

it.each([
  ['a whole number', orders.communityItemsByIndex, ['o', 1.5, id]],
  ['32 bits', orders.communityItemsByIndex, ['o', 2 ** 31, id]],
  ['a truth', orders.collections, ['c', 1, 1, id]],
  ['a day of the calendar', orders.usageHistory, ['h', '2026-02-30']],
  ['a month of the calendar', orders.usageHistory, ['h', '2026-13-01']],
  ['a year that there was', orders.usageHistory, ['h', '0000-01-01']],
  ['a date alone', orders.usageHistory, ['h', '2026-01-01T00:00:00Z']],
] as [string, KeysetOrder, unknown[]][])('wants %s where the order has one', (_what, order, content) => {
  expect(() => decodeCursor(order, encode(content), 'before')).toThrow(/^"before" is not a cursor of this list\./);
});

it('throws nothing but BadUserInput, whatever it is given', () => {
  const anything = fc.oneof(fc.string(), fc.jsonValue().map(encode), fc.array(fc.jsonValue()).map((rest) => encode(['r', ...rest])));
  fc.assert(
    fc.property(anything, (cursor) => {
      try {
        decodeCursor(orders.rendersNewest, cursor, 'after');
      } catch (error) {
        expect(error).toBeInstanceOf(BadUserInput);
      }
    }),
    { numRuns: 300 },
  );
});

it('turns each direction round, and round again', () => {
  for (const [, order] of everyOrder) {
    expect(reversed(order).columns.every(({ direction }, index) => direction !== order.columns[index]?.direction)).toBe(true);
    expect(reversed(reversed(order))).toEqual(order);
  }
});

describe('the arguments of a page', () => {
  const cursor = encodeCursor(orders.rendersNewest, { createdAt, id });
  const bound = [createdAt.toISOString(), id];

  it.each([
    ['nothing', {}, { size: 24, backward: false, after: null, before: null }],
    ['nulls', { first: null, after: null, last: null, before: null }, { size: 24, backward: false, after: null, before: null }],
    ['first', { first: 5 }, { size: 5, backward: false }],
    ['first: 0', { first: 0 }, { size: 0, backward: false }],
    ['last', { last: 5 }, { size: 5, backward: true }],
    ['the largest page', { first: maxPageSize }, { size: 100, backward: false }],
    ['after', { after: cursor }, { size: 24, backward: false, after: bound }],
    ['before alone, which reads backwards', { before: cursor }, { size: 24, backward: true, before: bound }],
    ['first and before', { first: 3, before: cursor }, { size: 3, backward: false, before: bound }],
    ['last and after', { last: 3, after: cursor }, { size: 3, backward: true, after: bound }],
    ['a span', { first: 3, after: cursor, before: cursor }, { size: 3, backward: false, after: bound, before: bound }],
  ])('may be %s', (_what, args, page) => {
    expect(toPage(orders.rendersNewest, args)).toMatchObject(page);
  });

  it.each([
    ['first above 100', { first: 101 }, '"first" must be from 0 to 100, and was 101.'],
    ['first below 0', { first: -1 }, '"first" must be from 0 to 100, and was -1.'],
    ['last above 100', { last: 1_000 }, '"last" must be from 0 to 100, and was 1000.'],
    ['last below 0', { last: -1 }, '"last" must be from 0 to 100, and was -1.'],
    ['first with last', { first: 1, last: 1 }, 'Pass "first" or "last", not both: "first" reads forwards, "last" backwards.'],
    ['first: 0 with last: 0', { first: 0, last: 0 }, 'Pass "first" or "last", not both: "first" reads forwards, "last" backwards.'],
  ])('may not be %s', (_what, args, message) => {
    expect(() => toPage(orders.rendersNewest, args)).toThrow(new BadUserInput(message));
  });
});

describe('a connection', () => {
  const cursor = encodeCursor(orders.rendersNewest, { createdAt, id });
  const rows = [{ createdAt, id, name: 'only' }];
  const found = { rows, hasOtherSide: null, totalCount: null };

  it('gives each row its cursor', () => {
    const { edges, pageInfo, totalCount } = toConnection(toPage(orders.rendersNewest, {}), { ...found, hasMore: false });
    expect(edges.map((edge) => ({ cursor: edge.cursor, node: edge.node }))).toEqual([{ cursor, node: rows[0] }]);
    expect(pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false, startCursor: cursor, endCursor: cursor });
    expect(totalCount).toBeNull();
  });

  it.each([
    ['forwards from the start', { first: 1 }, true, null, { hasNextPage: true, hasPreviousPage: false }],
    ['forwards from a cursor', { first: 1, after: cursor }, false, null, { hasNextPage: false, hasPreviousPage: true }],
    ['forwards from a cursor whose side is empty by now', { first: 1, after: cursor }, false, false, { hasNextPage: false, hasPreviousPage: false }],
    ['backwards from the end', { last: 1 }, true, null, { hasNextPage: false, hasPreviousPage: true }],
    ['backwards from a cursor', { last: 1, before: cursor }, false, null, { hasNextPage: true, hasPreviousPage: false }],
    ['backwards from a cursor whose side is empty by now', { last: 1, before: cursor }, true, false, { hasNextPage: false, hasPreviousPage: true }],
  ])('knows what lies around it, read %s', (_what, args, hasMore, hasOtherSide, pageInfo) => {
    const page = toPage(orders.rendersNewest, args);
    expect(toConnection(page, { ...found, hasMore, hasOtherSide }).pageInfo).toMatchObject(pageInfo);
  });

  it('has no cursors where it has no rows', () => {
    const connection = toConnection(toPage(orders.rendersNewest, {}), { ...found, rows: [], hasMore: false, totalCount: 0 });
    expect(connection.pageInfo).toMatchObject({ startCursor: null, endCursor: null });
    expect(connection.totalCount).toBe(0);
  });
});
