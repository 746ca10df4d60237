import { execFileSync } from 'node:child_process';
import { parse } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';
import { createSchema } from 'graphql-yoga';
import { compileOperation, type Specialization } from '../src/server/graphql/compiled.js';
import { planOperation } from '../src/server/graphql/compiled/planning.js';
import { specialize } from '../src/server/graphql/compiled/specialize.js';
import { createEngine } from '../src/server/graphql/engine.js';

/**
 * What is asked often gets code of its own. That it answers what the plain execution answers is shown where that is shown of
 * the walk, in test/compiled-execution.test.ts and by every operation of the suite; here are when it is made, how much of it
 * there may be, and what may stand in it.
 */
const schema = createSchema({
  typeDefs: /* GraphQL */ `
    type Query { self: Query! text: String number: Int! list: [Query!]! late: String wrong: Int }
  `,
  resolvers: {
    Query: {
      self: () => ({ text: 'below' }),
      number: () => 7,
      list: () => [{ text: 'a' }, { text: 'b' }],
      late: () => Promise.resolve('late'),
      wrong: () => 'seven',
    },
  },
});

function operationOf(text: string) {
  const document = parse(text);
  return { document, operation: document.definitions[0] as OperationDefinitionNode };
}

function compiled(text: string, specialization: Specialization | null) {
  const { document, operation } = operationOf(text);
  const made = compileOperation(schema, document, operation, specialization);
  if (!made) throw new Error('It was not compiled.');
  return made;
}

describe('code for an operation', () => {
  it('is made when it has been asked so often, and not before', () => {
    const specialization: Specialization = { after: 3, room: 100 };
    const { execute } = compiled('{ text self { number } }', specialization);
    const rooms = Array.from({ length: 5 }, () => {
      expect(execute({ contextValue: {}, variableValues: {} })).toMatchObject({ data: { self: { number: 7 } } });
      return specialization.room;
    });
    expect(rooms).toEqual([100, 100, 97, 97, 97]);
  });

  it('is made of each set of conditions by itself', () => {
    const specialization: Specialization = { after: 2, room: 100 };
    const { execute } = compiled('query ($a: Boolean!) { text number @include(if: $a) }', specialization);
    const ask = (a: boolean) => execute({ contextValue: {}, variableValues: { a } });
    expect([ask(true), ask(false), ask(true)]).toEqual([
      { data: { text: null, number: 7 } },
      { data: { text: null } },
      { data: { text: null, number: 7 } },
    ]);
    expect(specialization.room).toBe(98);
    void ask(false);
    expect(specialization.room).toBe(97);
  });

  it('is not made where there is no room for it, and gives its room back when it is not kept', () => {
    const specialization: Specialization = { after: 1, room: 4 };
    const first = compiled('{ text number late }', specialization);
    const second = compiled('{ text number }', specialization);
    const ask = ({ execute }: typeof first) => execute({ contextValue: {}, variableValues: {} });
    expect(ask(second)).toEqual({ data: { text: null, number: 7 } });
    expect(specialization.room).toBe(2);
    void ask(first);
    expect(specialization.room).toBe(2);
    second.release();
    expect(specialization.room).toBe(4);
    first.release();
    expect(specialization.room).toBe(4);
  });

  it('is made at once of an operation that is compiled before anybody asks for it', () => {
    const specialization: Specialization = { after: 20, room: 100 };
    compiled('{ text number }', specialization).specialize();
    expect(specialization.room).toBe(98);
    // Which fields it has is not known before.
    compiled('query ($a: Boolean!) { text @skip(if: $a) }', specialization).specialize();
    expect(specialization.room).toBe(98);
  });

  it('is made where room is given back later, too', () => {
    const specialization: Specialization = { after: 2, room: 2 };
    const first = compiled('{ text number }', specialization);
    const second = compiled('{ number text }', specialization);
    const ask = ({ execute }: typeof first) => execute({ contextValue: {}, variableValues: {} });
    for (const one of [first, first, second, second]) void ask(one);
    first.release();
    expect(specialization.room).toBe(2);
    for (const one of [second, second]) void ask(one);
    expect(specialization.room).toBe(0);
  });

  it.each([
    ['at the twentieth time, and once', {}, [0, 1, 1]],
    ['never, where the engine is told so', { specializedAfter: null }, [0, 0, 0]],
  ])('is made by an engine %s', async (_when, options, expected) => {
    const realm = globalThis as { Function: FunctionConstructor };
    const { Function: real } = realm;
    let made = 0;
    realm.Function = function counted(...given: string[]) {
      made += 1;
      return real(...given);
    } as unknown as FunctionConstructor;
    try {
      const engine = createEngine({ schema, compiled: true, ...options });
      const work = { ...operationOf('{ text }'), variables: {}, contextValue: {} };
      const counts: number[] = [];
      for (const times of [19, 1, 40]) {
        for (let time = 0; time < times; time += 1) expect(await engine.execute(work)).toEqual({ data: { text: null } });
        counts.push(made);
      }
      expect(counts).toEqual(expected);
    } finally {
      realm.Function = real;
    }
  });
});

describe('names that mean something in code', () => {
  const names = [
    'class', 'await', 'yield', 'let', 'arguments', 'eval', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'x',
    'source', 'path', 'tools', 'known', 'k0', 's0', 'v0', 'f', 'e', 'at', 'waiting', 'undefined', '_', '__typename',
  ];

  it.each(names)('are names and nothing else: %s', async (name) => {
    const text = `{ ${name}: number self { ${name}: text late } list { ${name}: text } }`;
    const [plain, specialized] = await Promise.all(
      [{ compiled: false }, { compiled: true, specializedAfter: 1 }].map(async (options) =>
        JSON.stringify(await createEngine({ schema, ...options }).execute({ ...operationOf(text), variables: {}, contextValue: {} })),
      ),
    );
    expect(specialized).toBe(plain);
    expect(plain).toContain(`"${name}":7`);
  });

  it('do not make a promise of an answer', async () => {
    const engine = createEngine({ schema, compiled: true, specializedAfter: 1 });
    const work = { ...operationOf('{ then: number self { then: text } list { then: text } }'), variables: {}, contextValue: {} };
    expect(await engine.execute(work)).toEqual({ data: { then: 7, self: { then: 'below' }, list: [{ then: 'a' }, { then: 'b' }] } });
  });

  it('are all that comes into it: a plan with anything else is refused', () => {
    const { operation } = operationOf('{ text }');
    const { root } = planOperation(schema, operation, new Map(), {}, 10);
    for (const responseName of ['a"b', "a'b", 'a\\b', 'a b', 'a;b', '', '1a', 'ä', 'a\n', '__proto__', '${a}']) {
      const fields = root.fields.map((field) => ({ ...field, responseName }));
      expect(() => specialize({ ...root, fields })).toThrow('is no name');
    }
  });
});

describe('a process that may not make code', () => {
  it('is told so by an EvalError', () => {
    const program = "try { new Function('return 1'); } catch (error) { console.log(error.name); }";
    const flags = ['--disallow-code-generation-from-strings', '--eval', program];
    expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('EvalError\n');
  });

  it('walks the plan instead, and answers the same', () => {
    const specialization: Specialization = { after: 1, room: 100 };
    const realm = globalThis as { Function: FunctionConstructor };
    const { Function: real } = realm;
    realm.Function = function refused() {
      throw new EvalError('Code generation from strings disallowed for this context');
    } as unknown as FunctionConstructor;
    try {
      const { execute } = compiled('{ text number }', specialization);
      expect(execute({ contextValue: {}, variableValues: {} })).toEqual({ data: { text: null, number: 7 } });
    } finally {
      realm.Function = real;
    }
    // Nor is it tried again.
    expect(specialization.room).toBe(-1);
  });
});
