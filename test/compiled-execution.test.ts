import { GraphQLError, type GraphQLScalarType, parse } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';
import { createSchema as createExecutableSchema } from 'graphql-yoga';
import { pino } from 'pino';
import { createSchema } from '../src/schema/schema.js';
import { presentResult } from '../src/server/graphql/answer.js';
import { compileOperation } from '../src/server/graphql/compiled.js';
import { createEngine, type Engine, isStream, type Work } from '../src/server/graphql/engine.js';
import { createTestApp } from './support/app.js';

/**
 * The compiled execution answers what the plain one answers, to the byte. Every operation of the whole suite is executed
 * in all ways (test/support/both-executions.ts); here are the shapes of schemas and faults that our own schema does not have.
 */
const later = <T>(value: T): Promise<T> => Promise.resolve(value);
const fails = (message: string) => (): never => {
  throw new Error(message);
};

const schema = createExecutableSchema({
  typeDefs: /* GraphQL */ `
    interface Named { name: String! }
    type Cat implements Named { name: String! lives: Int! fails: String! }
    type Dog implements Named { name: String! barks: Boolean failsSoftly: String }
    union Pet = Cat | Dog
    enum Size { SMALL LARGE }
    input Filter { size: Size = SMALL names: [String!] below: Filter }
    type Query {
      self: Query!
      text: String
      method(add: Int = 2): Int
      number: Int
      wrongNumber: Int
      needed: String!
      needsNull: String!
      soft: String
      softLater: String
      hardLater: String!
      several: String
      severalHard: String!
      thrownText: String
      given: String
      cat: Cat!
      pets: [Pet!]!
      petsOrNull: [Pet]
      named: [Named!]
      strange: Named
      wrongList: [String]
      words: [String!]
      wordsLater: [String!]
      grid: [[Int!]!]
      echo(filter: Filter, size: Size! = LARGE, id: ID, list: [Int!]): String!
      required(text: String!): String
      failsAt: [Cat]
    }
    type Mutation { first(n: Int!): Int! second(n: Int): Int fails: Int! }
  `,
  resolvers: {
    Pet: { __resolveType: (pet: { lives?: number }) => (pet.lives === undefined ? 'Dog' : 'Cat') },
    Named: { __resolveType: (pet: { lives?: number; odd?: boolean }) => (pet.odd ? 'Fish' : pet.lives === undefined ? 'Dog' : 'Cat') },
    Cat: { fails: fails('A cat'), lives: ({ lives }: { lives: number }) => later(lives) },
    Dog: { failsSoftly: fails('A dog') },
    Query: {
      self: () => ({}),
      text: () => 'text',
      number: () => later(7),
      wrongNumber: () => 'seven',
      needed: () => 'here',
      needsNull: () => null,
      soft: fails('softly'),
      softLater: () => Promise.reject(new Error('softly, later')),
      hardLater: () => Promise.reject(new Error('hard, later')),
      several: () => {
        throw new AggregateError([new Error('one'), new Error('two')], 'several');
      },
      severalHard: () => {
        throw new AggregateError([new Error('one'), new Error('two')], 'several');
      },
      thrownText: () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a careless library throws
        throw 'a text';
      },
      given: () => new GraphQLError('said by hand', { extensions: { code: 'BAD_USER_INPUT' } }),
      cat: () => ({ name: 'Tom', lives: 9 }),
      pets: () => [{ name: 'Tom', lives: 9 }, { name: 'Rex' }],
      petsOrNull: () => [null, { name: 'Tom', lives: 9 }, new Error('no pet'), later({ name: null })],
      named: () => [later({ name: 'Tom', lives: 9 }), { name: 'Rex', barks: true }],
      strange: () => ({ name: 'Wanda', odd: true }),
      wrongList: () => 'no list',
      words: () => ['a', null, 'c'],
      wordsLater: () => [later('a'), later('b')],
      grid: () => [[1, 2], later([3])],
      echo: (_root: unknown, args: object) => JSON.stringify(args),
      required: (_root: unknown, { text }: { text: string }) => text,
      failsAt: () => [1, 2, 3].map((lives) => ({ name: lives === 2 ? null : 'Tom', lives })),
    },
    Mutation: {
      first: (_root: unknown, { n }: { n: number }, { order }: { order: string[] }) => {
        order.push('first begins');
        return new Promise((resolve) => setImmediate(() => resolve((order.push('first ends'), n))));
      },
      second: (_root: unknown, { n }: { n: number | null }, { order }: { order: string[] }) => {
        order.push('second');
        return n;
      },
      fails: fails('A mutation'),
    },
  },
});

const compiled = createEngine({ schema, compiled: true, specializedAfter: null });
const specialized = createEngine({ schema, compiled: true, specializedAfter: 1 });
const plain = createEngine({ schema, compiled: false });

async function bytesOf(engine: Engine, work: Work): Promise<string> {
  const outcome = await engine.execute(work);
  if (isStream(outcome)) throw new Error('A stream.');
  return JSON.stringify(presentResult(outcome, () => ({ requestId: 'r', log: pino({ level: 'silent' }), production: false })));
}

async function both(text: string, variables: Record<string, unknown> = {}): Promise<Record<'compiled' | 'specialized' | 'plain', string>> {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === 'OperationDefinition') as OperationDefinitionNode;
  const work = (): Work => ({ document, operation, variables, contextValue: { order: [] } });
  return {
    compiled: await bytesOf(compiled, work()),
    specialized: await bytesOf(specialized, work()),
    plain: await bytesOf(plain, work()),
  };
}

/** Shapes, and the operations' own words for them. */
const cases: readonly (readonly [name: string, text: string, variables: Record<string, unknown> | undefined])[] = (
  [
  ['leaves, present, late and absent', '{ text number method needed __typename }'],
  ['aliases and merged fields', '{ a: text b: text cat { name } cat { name lives } }'],
  ['fragments, also of interfaces and unions', `
    query { pets { __typename ... on Named { name } ...Cat ... on Dog { barks } } named { name ... on Cat { lives } } }
    fragment Cat on Cat { lives ...Again } fragment Again on Cat { lives name }`],
  ['a fragment that does not apply', '{ cat { ... on Named { name } ...Dog } } fragment Dog on Dog { barks }'],
  ['null where it may not be, up to the next that may', '{ text failsAt { name lives } }'],
  ['null where it may not be, up to the root', '{ text needsNull number }'],
  ['an error that stays where it is', '{ soft text softLater }'],
  ['an error that takes the root with it', '{ text softLater hardLater soft }'],
  ['an error that takes the root with it at once, others under way', '{ number softLater needsNull }'],
  ['several errors at once', '{ several text }'],
  ['several errors at once where one may not be', '{ severalHard }'],
  ['what is no error, thrown', '{ thrownText }'],
  ['an error that is returned', '{ given }'],
  ['a value that does not fit its type', '{ wrongNumber }'],
  ['a type that is none of the interface', '{ strange { name } }'],
  ['what is no list', '{ wrongList }'],
  ['a list with a null too many', '{ words text }'],
  ['lists of promises, and of lists', '{ wordsLater grid }'],
  ['items that are null, errors and promises', '{ petsOrNull { ... on Named { name } } }'],
  ['errors of items, each at its place', '{ pets { ... on Dog { failsSoftly } ... on Cat { name } } }'],
  ['errors of items that take their list with them', '{ pets { ... on Cat { fails } } }'],
  ['literals, defaults and nulls as arguments', '{ a: echo b: echo(filter: null, size: SMALL, id: 7, list: 3) c: echo(filter: { names: "x", below: {} }) }'],
  ['variables, present and absent', 'query ($f: Filter, $s: Size! = SMALL, $i: ID, $n: Int!) { echo(filter: $f, size: $s, id: $i, list: [1, $n]) }', { n: 5, f: { names: ['a'] } }],
  ['a variable inside a literal', 'query ($s: Size) { echo(filter: { size: $s, below: { size: $s } }) }', {}],
  ['null for a variable that defaults', 'query ($s: Size = SMALL) { echo(size: $s) }', { s: null }],
  ['a variable that is missing', 'query ($t: String!) { required(text: $t) }', {}],
  ['a variable of the wrong type', 'query ($t: Int, $s: Size) { text echo(size: $s, list: [$t]) }', { t: 'one', s: 'HUGE' }],
  ['variables of the types that are taken as they are', 'query ($t: String!, $i: ID, $n: Int!, $m: Int = 3, $o: Int) { required(text: $t) echo(id: $i, list: [$n]) method(add: $m) a: method(add: $o) }', { t: 'a', i: 'b', n: -1, o: null }],
  ['numbers that are none of theirs', 'query ($n: Int!, $m: Int) { method(add: $n) a: method(add: $m) }', { n: 2 ** 31, m: 1.5 }],
  ['an id that is a number, and one that is neither', 'query ($i: ID, $j: ID) { echo(id: $i) a: echo(id: $j) }', { i: 7, j: true }],
  ['null for a variable that may not be', 'query ($t: String!) { required(text: $t) }', { t: null }],
  ['a variable under the name of the prototype', 'query ($__proto__: Int) { method(add: $__proto__) }', JSON.parse('{ "__proto__": 4 }')],
  ['arguments that are variables, one of them absent and one null', 'query ($f: Filter, $s: Size!, $i: ID) { echo(filter: $f, size: $s, id: $i) }', { s: 'SMALL', f: null }],
  ['a variable that may be null for an argument that has a default and may not', 'query ($s: Size = SMALL) { echo(size: $s) }', { s: null }],
  ['an argument that turns out to be missing', 'query ($t: String) { text required(text: $t) }', {}],
  ['@skip and @include', 'query ($a: Boolean!, $b: Boolean = true) { text @skip(if: $a) number @include(if: $b) cat @include(if: $a) { name lives @skip(if: $b) } ... @skip(if: $b) { needed } ...F @include(if: $a) } fragment F on Query { needed }', { a: true }],
  ['@skip and @include, the other way', 'query ($a: Boolean!, $b: Boolean = true) { text @skip(if: $a) number @include(if: $b) cat @include(if: $a) { name lives @skip(if: $b) } ... @skip(if: $b) { needed } ...F @include(if: $a) } fragment F on Query { needed }', { a: false, b: false }],
  ['a condition that is null', 'query ($b: Boolean = true) { text number @include(if: $b) }', { b: null }],
  ['a name of a prototype', '{ __proto__: text constructor: number toString: needed }'],
  ['introspection', '{ __schema { queryType { name } } __type(name: "Cat") { fields { name } } text }'],
  ['mutations', 'mutation { a: first(n: 1) second(n: 2) b: first(n: 3) }'],
  ['mutations that fail in the middle', 'mutation { first(n: 1) second fails b: first(n: 3) }'],
] as readonly [string, string, Record<string, unknown>?][]).map(([name, text, variables]) => [name, text, variables]);

describe('an operation executed by its plan', () => {
  it.each(cases)('answers as the plain execution does: %s', async (_name, text, variables) => {
    const answers = await both(text, variables);
    expect(answers.compiled).toBe(answers.plain);
    expect(answers.specialized).toBe(answers.plain);
    expect(answers.plain.length).toBeGreaterThan(10);
  });

  it('runs mutations one after the other', async () => {
    const document = parse('mutation { a: first(n: 1) second(n: 2) b: first(n: 3) }');
    const order: string[] = [];
    const [operation] = document.definitions as [OperationDefinitionNode];
    await compiled.execute({ document, operation, variables: {}, contextValue: { order } });
    expect(order).toEqual(['first begins', 'first ends', 'second', 'first begins', 'first ends']);
  });

  it('tells resolvers of their field what the plain execution tells them', async () => {
    const told: unknown[] = [];
    const field = (schema.getType('Cat') as unknown as { getFields(): Record<string, { resolve?: unknown }> }).getFields()['name']!;
    field.resolve = (_source: unknown, args: unknown, _context: unknown, info: Record<string, unknown>) => {
      const { fieldName, fieldNodes, returnType, parentType, path, fragments, rootValue, operation, variableValues } = info;
      told.push({ args, fieldName, fieldNodes, returnType, parentType, path, fragments, rootValue, operation, variableValues, isSchema: info['schema'] === schema });
      return 'Tom';
    };
    try {
      await both('query ($n: Int) { pets { ...C } echo(list: [$n]) } fragment C on Cat { called: name }', { n: 1 });
    } finally {
      delete field.resolve;
    }
    expect(told).toHaveLength(3);
    expect(told[0]).toEqual(told[2]);
    expect(told[1]).toEqual(told[2]);
  });
});

describe('what is left to the plain execution', () => {
  const compiles = (text: string) => {
    const document = parse(text);
    return compileOperation(schema, document, document.definitions[0] as OperationDefinitionNode) !== null;
  };

  it.each([
    ['introspection', '{ __schema { queryType { name } } }'],
    ['a field under the name of the prototype', '{ __proto__: text }'],
    ['more fields than are worth keeping', `{ ${Array.from({ length: 2_001 }, (_, n) => `a${n}: text`).join(' ')} }`],
    [
      'more fields than are worth keeping, by fragments that multiply',
      `{ ...F11 } fragment F0 on Query { text } ${Array.from(
        { length: 11 },
        (_, n) => `fragment F${n + 1} on Query { a: self { ...F${n} } b: self { ...F${n} } }`,
      ).join(' ')}`,
    ],
  ])('%s', (_name, text) => {
    expect(compiles(text)).toBe(false);
  });

  it('and nothing of a client’s everyday: those operations are compiled', () => {
    expect(compiles('query ($a: Boolean!) { pets { ... on Cat { name @skip(if: $a) } } }')).toBe(true);
    expect(compiles('mutation { first(n: 1) }')).toBe(true);
  });

  it('and what is kept counts a plan for each set of conditions, up to eight', () => {
    const fieldsOf = (text: string) => {
      const document = parse(text);
      return compileOperation(schema, document, document.definitions[0] as OperationDefinitionNode)?.fields;
    };
    expect(fieldsOf('{ text number }')).toBe(2);
    expect(fieldsOf('query ($a: Boolean!) { text @skip(if: $a) number }')).toBe(4);
    const names = ['a', 'b', 'c', 'd', 'e'];
    const many = `query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) { ${names.map((name) => `${name}: text @include(if: $${name})`).join(' ')} }`;
    expect(fieldsOf(many)).toBe(5 * 8);
  });

  it('where a plugin wants to see each execution, everything', async () => {
    const seen: string[] = [];
    const engine = createEngine({ schema, compiled: true, plugins: [{ onExecute: () => void seen.push('executed') }] });
    const document = parse('{ text }');
    await engine.execute({ document, operation: document.definitions[0] as OperationDefinitionNode, variables: {}, contextValue: {} });
    expect(seen).toEqual(['executed']);
  });
});

describe('the comparison that every test’s gateway makes', () => {
  it('compares what was asked, and finds no difference', async () => {
    const gateway = await createTestApp();
    const person = await gateway.signUp();
    await gateway.ask('{ viewer { renders { nodes { id } } favorites { name } } }', { as: person });
    await gateway.ask('mutation { createCollection(input: { name: "" }) { __typename } }', { as: person });
    await expect(gateway.close()).resolves.toBeUndefined();
  });

  it('finds a difference of one letter', async () => {
    const gateway = await createTestApp();
    const text = createSchema().getType('String') as GraphQLScalarType;
    const { serialize } = text;
    let serialized = 0;
    text.serialize = (value) => `${String(serialize(value))} ${(serialized += 1)}`;
    try {
      await gateway.ask('{ presets { styles { label } } }');
    } finally {
      text.serialize = serialize;
    }
    await expect(gateway.close()).rejects.toThrow('1 of 1 operations were answered differently');
  });
});
