import { readFileSync } from 'node:fs';
import { parse, print, printSchema, type DefinitionNode, type DocumentNode, type InputValueDefinitionNode } from 'graphql';
import { createSchema } from '../src/schema/schema.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

const contract = promisesOf(parse(read('./fixtures/contract.graphql')));
const schema = parse(printSchema(createSchema()));
const ours = promisesOf(schema);

describe('schema.graphql', () => {
  test('is what the code says', () => {
    if (read('../schema.graphql') !== `${printSchema(createSchema())}\n`) {
      throw new Error('schema.graphql is stale: run "npm run schema" and commit it.');
    }
  });
});

describe('the schema', () => {
  test('keeps every name, type, default and nullability of the contract', () => {
    const broken = [...contract]
      .filter(([coordinate, promise]) => ours.get(coordinate) !== promise)
      .map(([coordinate, promise]) => ({ coordinate, contract: promise, ours: ours.get(coordinate) ?? 'missing' }));

    expect(broken).toEqual([]);
  });

  test('asks for no argument or input field that the contract does not have', () => {
    const demanded = [...ours]
      .filter(([coordinate, promise]) => isInput(coordinate) && promise.endsWith('!') && !contract.has(coordinate))
      .filter(([coordinate]) => contract.has(holderOf(coordinate)));

    expect(demanded.map(([coordinate]) => coordinate)).toEqual([]);
  });

  test('gives every connection edges with cursors, nodes, page information and a length', () => {
    const connections = [...ours.keys()].filter((name) => /^\w+Connection$/.test(name));

    expect(connections.length).toBeGreaterThan(6);
    for (const name of connections) {
      const edge = `${name}Edge`;
      const node = ours.get(`${edge}.node`) ?? '';
      expect([name, ours.get(`${name}.edges`)]).toEqual([name, `[${edge}!]!`]);
      expect([name, ours.get(`${name}.nodes`)]).toEqual([name, `[${node}]!`]);
      expect([name, ours.get(`${name}.pageInfo`)]).toEqual([name, 'PageInfo!']);
      expect([name, ours.get(`${name}.totalCount`)]).toEqual([name, 'Int!']);
      expect([name, ours.get(`${edge}.cursor`)]).toEqual([name, 'String!']);
    }
  });
});

describe('the comparison', () => {
  test.each([
    ['type A { b: Int }', 'type A { b: Int! }', 'A.b'],
    ['type A { b(c: Int = 1): Int }', 'type A { b(c: Int = 2): Int }', 'A.b(c:)'],
    ['type A { b(c: Int): Int }', 'type A { b: Int }', 'A.b(c:)'],
    ['enum A { B C }', 'enum A { B }', 'A.C'],
    ['type A implements I { b: Int } interface I { b: Int }', 'type A { b: Int } interface I { b: Int }', 'A implements I'],
    ['input A { b: Int! = 1 }', 'input A { b: Int! }', 'A.b'],
    ['interface A { b: Int }', 'type A { b: Int }', 'A'],
  ])('tells %s from %s', (promised, given, coordinate) => {
    const [left, right] = [promisesOf(parse(promised)), promisesOf(parse(given))];

    expect([...left].filter(([key, value]) => right.get(key) !== value).map(([key]) => key)).toContain(coordinate);
  });
});

/** Everything that clients may rely on, by its coordinate: `Type`, `Type.field`, `Type.field(argument:)`. */
function promisesOf(document: DocumentNode): ReadonlyMap<string, string> {
  const promises = new Map<string, string>();
  for (const definition of document.definitions) {
    if (!('name' in definition) || !definition.name) continue;
    const type = definition.name.value;
    promises.set(type, definition.kind);
    for (const { name } of 'interfaces' in definition ? (definition.interfaces ?? []) : []) {
      promises.set(`${type} implements ${name.value}`, 'true');
    }
    for (const { name } of valuesOf(definition)) promises.set(`${type}.${name.value}`, 'value');
    for (const field of fieldsOf(definition)) {
      promises.set(`${type}.${field.name.value}`, signature(field));
      for (const argument of 'arguments' in field ? (field.arguments ?? []) : []) {
        promises.set(`${type}.${field.name.value}(${argument.name.value}:)`, signature(argument));
      }
    }
  }
  return promises;
}

function fieldsOf(definition: DefinitionNode) {
  return 'fields' in definition ? (definition.fields ?? []) : [];
}

function valuesOf(definition: DefinitionNode) {
  return definition.kind === 'EnumTypeDefinition' ? (definition.values ?? []) : [];
}

function signature(field: Pick<InputValueDefinitionNode, 'type' | 'defaultValue'>): string {
  return `${print(field.type)}${field.defaultValue ? ` = ${print(field.defaultValue)}` : ''}`;
}

function typeOf(coordinate: string): string {
  return coordinate.split(/[. ]/)[0] ?? coordinate;
}

/** The field of an argument, the type of a field. */
function holderOf(coordinate: string): string {
  return coordinate.includes('(') ? coordinate.replace(/\(.*$/, '') : typeOf(coordinate);
}

function isInput(coordinate: string): boolean {
  return coordinate.includes('(') || ours.get(typeOf(coordinate)) === 'InputObjectTypeDefinition';
}
