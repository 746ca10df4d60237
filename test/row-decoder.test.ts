import { createRowDecoder, type Member, walkingDecoder, writtenDecoder } from '../src/repositories/query/row-decoder.js';

const plain = (name: string): Member => ({ name, width: 1, decode: null });

describe('a row', () => {
  const pair: Member = { name: 'pair', width: 2, decode: (values, at) => [values[at], values[at + 1]] };
  const hostile = ['__proto__', 'constructor', '"]: 1', '`${1}`', "a'b", 'page({"first":2})', '\u2028', '', 'begin', 'values', 'parts', '2', 'é'];

  test.each([
    ['columns alone', [plain('id'), plain('mode')], []],
    ['no columns', [], [plain('count')]],
    ['values of several columns', [plain('id'), pair], [pair, plain('count')].map((one) => ({ ...one, name: `${one.name}s` }))],
    ['names that mean something', [plain('id')], hostile.filter((name) => name !== '__proto__').map(plain)],
  ])('of %s is the same by written code as without', (_what, members, parts) => {
    const values = Array.from({ length: 40 }, (_, index) => `value ${index}`);

    for (const begin of [0, 3]) {
      const written = writtenDecoder(members, parts)?.(values, begin);
      expect(written).toStrictEqual(walkingDecoder(members, parts)(values, begin));
      expect(Object.keys(written ?? {})).toEqual([...members.map(({ name }) => name), 'parts']);
    }
  });

  test('takes nothing that a name says for code', () => {
    const decode = writtenDecoder([plain('id')], hostile.map(plain));
    const row = decode?.(['id', ...hostile], 0) as { readonly parts: object };

    expect(Object.entries(row.parts).sort()).toEqual(hostile.map((name) => [name, name]).sort());
    expect(Object.getPrototypeOf(row.parts)).toBe(Object.prototype);
  });
});

describe('the rows of a selection', () => {
  const members = [plain('id'), plain('mode')];
  const rowsOf = (length: number): unknown[] => {
    const decode = createRowDecoder(members, [plain('count')]);
    return Array.from({ length }, (_, index) => decode([index, `mode ${index}`, -index], 0));
  };
  const expected = (length: number): unknown[] =>
    Array.from({ length }, (_, index) => ({ id: index, mode: `mode ${index}`, parts: { count: -index } }));

  test('are the same before and after they have code of their own', () => {
    expect(rowsOf(2_500)).toStrictEqual(expected(2_500));
  });

  test('are the same where this process may not make code', () => {
    const realm = globalThis as { Function: FunctionConstructor };
    const { Function: real } = realm;
    let asked = 0;
    realm.Function = function refused() {
      asked += 1;
      throw new EvalError('Code generation from strings disallowed for this context');
    } as unknown as FunctionConstructor;
    try {
      expect(rowsOf(2_500)).toStrictEqual(expected(2_500));
      // Once is enough.
      expect(asked).toBe(1);
    } finally {
      realm.Function = real;
    }
  });
});
