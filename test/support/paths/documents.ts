import { getNamedType, type GraphQLObjectType, type GraphQLSchema, isObjectType, isUnionType } from 'graphql';
import type { ArgumentTexts } from './arguments.js';
import { type AnyField, isLeaf, leadsToList, type ListPath, type Step, stepsOf } from './list-paths.js';

/** A path as a document, with the names under which its lists stand in the answer. */
export interface PathDocument {
  readonly text: string;
  /** `Type.field` of everything that it selects. */
  readonly fields: ReadonlySet<string>;
}

/** Rows of the lists that are not under test. */
export const shortList = 2;
/** Rows of the one that is. */
export const longList = 50;

export interface DocumentOptions {
  /** Which of the path's lists is as long as can be; the others are short. */
  readonly long: number;
  /** Which of its two ways to ask for that list: both, under two names, or the one or the other. */
  readonly names: 'both' | 'first' | 'second';
  readonly args: ArgumentTexts;
  readonly mutation: { readonly inputType: string } | null;
}

/**
 * Writes the document of a path. From the list under test on downwards every value and every single object is selected;
 * what is above it is when that is under test, and what is above the first list is with that.
 */
export function documentOf(
  schema: GraphQLSchema,
  path: ListPath,
  { long, names, args, mutation }: DocumentOptions,
): PathDocument {
  const fields = new Set<string>();
  const longStep = path.levels[long] ?? -1;

  /** The values and the single objects of a type; an object that it is itself a part of is not asked for again. */
  function values(type: GraphQLObjectType, seen: ReadonlySet<string>): string {
    const texts: string[] = [];
    for (const field of Object.values(type.getFields())) {
      if (!isLeaf(field)) continue;
      fields.add(`${type.name}.${field.name}`);
      texts.push(...underTwoNames(field.name, args.of(type.name, field, shortList, ''), ''));
    }
    for (const step of stepsOf(schema, type)) {
      const isResult = isUnionType(getNamedType(step.field.type));
      if (step.kind !== 'single' || (step.isAbstract && !isResult) || seen.has(step.type.name)) continue;
      // A statement each: those that lead to lists have paths of their own.
      if (isEntrance(type) && leadsToList(schema, step.type)) continue;
      fields.add(`${type.name}.${step.field.name}`);
      const below = values(step.type, new Set([...seen, step.type.name]));
      // Of a result what comes where nothing is wrong.
      const selection = isResult ? ` { __typename ... on ${step.type.name} { ${below} } }` : ` { ${below} }`;
      texts.push(...underTwoNames(step.field.name, args.of(type.name, step.field, shortList, step.type.name), selection));
    }
    return texts.join(' ');
  }

  function rows(index: number, type: GraphQLObjectType): string {
    const own = index > longStep || long === 0 ? values(type, new Set([type.name])) : '';
    return `__typename ${own} ${index < path.steps.length ? stepText(index) : ''}`;
  }

  function stepText(index: number): string {
    const step = path.steps[index];
    if (!step) throw new Error('A path ended before its last step.');
    fields.add(`${step.parent.name}.${step.field.name}`);
    if (mutation && index === 0) return `m: ${step.field.name}(input: $input) { __typename ... on ${step.type.name} { ${rows(1, step.type)} } }`;
    const size = index === longStep ? longList : shortList;
    const [one, other] = args.of(step.parent.name, step.field, size, step.type.name);
    const below = rows(index + 1, step.type);
    const first = `s${index}: ${step.field.name}${one} ${selected(step, below, 'edges')}`;
    const second = `t${index}: ${step.field.name}${other} ${selected(step, below, 'nodes')}`;
    if (index === longStep) return names === 'both' ? `${first} ${second}` : names === 'first' ? first : second;
    // Once more with its arguments; on longer ways the answer would be twice as long for nothing new.
    const isTwofold = step.kind === 'single' && one !== other && isEntrance(step.parent) && path.levels.length <= 2;
    return isTwofold ? `${first} ${second}` : first;
  }

  function selected(step: Step, below: string, shape: 'edges' | 'nodes'): string {
    if (step.kind === 'connection') return connectionText(step, below, shape);
    return step.isAbstract ? `{ __typename ... on ${step.type.name} { ${below} } }` : `{ ${below} }`;
  }

  function connectionText({ field }: Step, below: string, shape: 'edges' | 'nodes'): string {
    const connection = connectionTypes(field);
    for (const name of ['totalCount', 'pageInfo', shape]) fields.add(`${connection.type.name}.${name}`);
    for (const name of Object.keys(connection.pageInfo.getFields())) fields.add(`${connection.pageInfo.name}.${name}`);
    const facts = `totalCount pageInfo { ${Object.keys(connection.pageInfo.getFields()).join(' ')} }`;
    if (shape === 'nodes') return `{ ${facts} nodes { ${below} } }`;
    const ofEdge = Object.keys(connection.edge.getFields());
    for (const name of ofEdge) fields.add(`${connection.edge.name}.${name}`);
    return `{ ${facts} edges { ${ofEdge.filter((name) => name !== 'node').join(' ')} node { ${below} } } }`;
  }

  const root = stepText(0);
  return { text: mutation ? `mutation ($input: ${mutation.inputType}) { ${root} }` : `{ ${root} }`, fields };
}

/** Where everything of a person begins: below a query, and below the payload of a mutation. */
const isEntrance = ({ name }: GraphQLObjectType) => name === 'Viewer';

function underTwoNames(name: string, [one, other]: readonly [string, string], below: string): readonly string[] {
  const first = `${name}${one}${below}`;
  return one === other ? [first] : [first, `${name}Other: ${name}${other}${below}`];
}

function connectionTypes(field: AnyField) {
  const type = objectOf(field);
  const below = (name: string) => {
    const found = type.getFields()[name];
    if (!found) throw new Error(`${type.name} has no ${name}.`);
    return objectOf(found);
  };
  return { type, edge: below('edges'), pageInfo: below('pageInfo') };
}

function objectOf(field: AnyField): GraphQLObjectType {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) throw new Error(`${field.name} leads to no object.`);
  return type;
}
