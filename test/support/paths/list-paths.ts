import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  isListType,
  isObjectType,
} from 'graphql';

export type AnyField = GraphQLField<unknown, unknown>;

/** One field on the way, with the object type of the rows below it. */
export interface Step {
  readonly field: AnyField;
  readonly parent: GraphQLObjectType;
  readonly kind: 'single' | 'list' | 'connection';
  readonly type: GraphQLObjectType;
  /** Whether the field may answer with other types too, so that a fragment must say which one is meant. */
  readonly isAbstract: boolean;
}

/** A way from a root field down to a list. */
export interface ListPath {
  /** Such as `viewer.renders.collections.items`, and `node<Render>.variants`. */
  readonly name: string;
  readonly operation: 'query' | 'mutation';
  readonly steps: readonly Step[];
  /** Where in `steps` the lists are; the last step is one. None, where a mutation's payload alone is meant. */
  readonly levels: readonly number[];
}

/**
 * Every way to a list, with at most `depth` lists on it, from the fields of Query and from the payload of every mutation;
 * and each payload by itself. A list is a connection or a list of objects; one of scalars is a value like any other.
 *
 * Between two lists no type comes twice, because such a circle (`job { render { job …`) leads to no other list.
 *
 * What is left out: the errors that a mutation may answer with. Their one list, `InvalidInputError.issues`, is made of the
 * input alone, and none of their fields may ask anything (statement-budget.test.ts holds fields to that by name).
 */
export function listPathsOf(schema: GraphQLSchema, depth: number): readonly ListPath[] {
  const paths: ListPath[] = [];
  const query = schema.getQueryType();
  const mutation = schema.getMutationType();

  function walk(operation: ListPath['operation'], from: GraphQLObjectType, way: Way, seen: ReadonlySet<string>): void {
    for (const step of stepsOf(schema, from)) {
      const steps = [...way.steps, step];
      const name = `${way.name}${way.name === '' ? '' : '.'}${step.field.name}${step.isAbstract ? markOf(step) : ''}`;
      if (from === mutation) paths.push({ name, operation, steps, levels: [] });
      if (step.kind === 'single') {
        if (!seen.has(step.type.name)) walk(operation, step.type, { ...way, name, steps }, new Set([...seen, step.type.name]));
        continue;
      }
      const levels = [...way.levels, way.steps.length];
      paths.push({ name, operation, steps, levels });
      if (levels.length < depth) walk(operation, step.type, { name, steps, levels }, new Set([step.type.name]));
    }
  }

  const start: Way = { name: '', steps: [], levels: [] };
  if (query) walk('query', query, start, new Set([query.name]));
  if (mutation) walk('mutation', mutation, start, new Set([mutation.name]));
  return paths;
}

type Way = Pick<ListPath, 'name' | 'steps' | 'levels'>;

/** A payload is the one member of its union that is no error, so that its name would say nothing. */
const markOf = ({ parent, type }: Step) => (parent.name === 'Mutation' ? '' : `<${type.name}>`);

/**
 * What walks whole tables by the page, and so sends more for more data, whatever is asked of it: an administrator's tool, whose
 * pages test/validation.test.ts looks at.
 */
export const walksOfTables: ReadonlySet<string> = new Set(['Admin.validateData']);

/** The fields of a type that lead to objects, once for each type that they may lead to. */
export function stepsOf(schema: GraphQLSchema, parent: GraphQLObjectType): readonly Step[] {
  return Object.values(parent.getFields()).flatMap((field): Step[] => {
    if (walksOfTables.has(`${parent.name}.${field.name}`)) return [];
    const named = getNamedType(field.type);
    const isList = isListType(getNullableType(field.type));
    const row = rowOfConnection(named);
    if (row) return [{ field, parent, kind: 'connection', type: row, isAbstract: false }];
    const kind = isList ? 'list' : 'single';
    if (isObjectType(named)) return [{ field, parent, kind, type: named, isAbstract: false }];
    if (!isAbstractType(named)) return [];
    return schema
      .getPossibleTypes(named)
      .filter((type) => !isUserError(type))
      .map((type) => ({ field, parent, kind, type, isAbstract: true }));
  });
}

/** The type of a connection's rows; null for what is no connection. */
export function rowOfConnection(type: GraphQLNamedType): GraphQLObjectType | null {
  if (!isObjectType(type) || !('pageInfo' in type.getFields())) return null;
  const nodes = type.getFields()['nodes'];
  const row = nodes && getNamedType(nodes.type);
  return isObjectType(row) ? row : null;
}

export function isUserError(type: GraphQLNamedType): boolean {
  return (isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'UserError')) || type.name === 'UserError';
}

/** Whether a field's value needs no selection: a scalar, an enum, or a list of these. */
export function isLeaf(field: AnyField): boolean {
  const type = getNamedType(field.type);
  return !isObjectType(type) && !isInterfaceType(type) && !isAbstractType(type);
}

/** Whether any list can be reached from a type without passing through another list. */
export function leadsToList(schema: GraphQLSchema, type: GraphQLObjectType, seen: ReadonlySet<string> = new Set()): boolean {
  if (seen.has(type.name)) return false;
  return stepsOf(schema, type).some(
    (step) => step.kind !== 'single' || leadsToList(schema, step.type, new Set([...seen, type.name])),
  );
}
