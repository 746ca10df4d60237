import {
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  GraphQLBoolean,
  type GraphQLField,
  GraphQLID,
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  GraphQLString,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
  TypeNameMetaFieldDef,
} from 'graphql';
import { templateOf } from '../../../domain/template.js';
import { planArguments } from './arguments.js';
import type { FieldPlan, SelectionPlan, ValuePlan } from './plan.js';

/** The truth of the variables that `@skip` and `@include` name; `everything` leaves nothing out, to find how much there can be. */
export type Conditions = Readonly<Record<string, unknown>> | 'everything';

/** Leaves that the specification's own types answer as they are. */
const plainTypes: ReadonlyMap<GraphQLLeafType, 'string' | 'boolean'> = new Map<GraphQLLeafType, 'string' | 'boolean'>([
  [GraphQLString, 'string'],
  [GraphQLID, 'string'],
  [GraphQLBoolean, 'boolean'],
]);

/** The document is one that the compiled execution leaves to the plain one. */
export class NotCompiled extends Error {}

/** The variables that decide which fields there are; a plan holds for one set of their values. */
export function conditionsOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly string[] {
  const names = new Set<string>();
  const visit = (set: SelectionSetNode): void => {
    for (const node of set.selections) {
      for (const { name, arguments: args = [] } of node.directives ?? []) {
        if (name.value !== GraphQLSkipDirective.name && name.value !== GraphQLIncludeDirective.name) continue;
        for (const { value } of args) if (value.kind === 'Variable') names.add(value.name.value);
      }
      if (node.kind !== 'FragmentSpread' && node.selectionSet) visit(node.selectionSet);
    }
  };
  visit(operation.selectionSet);
  for (const { selectionSet } of fragments.values()) visit(selectionSet);
  return [...names];
}

/**
 * Plans an operation for one set of conditions: collects fields as the specification says, fragments resolved and fields
 * of one name merged.
 *
 * @throws NotCompiled where it has more than `maxFields` fields, each place counted for itself.
 */
export function planOperation(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  conditions: Conditions,
  maxFields: number,
): { readonly root: SelectionPlan; readonly fields: number } {
  const root = schema.getRootType(operation.operation);
  if (!root) throw new NotCompiled('The schema has no such operations.');
  let planned = 0;

  const planSelection = (type: GraphQLObjectType, sets: readonly SelectionSetNode[]): SelectionPlan => {
    const found = [...collect(type, sets)];
    const fields = found.flatMap(([responseName, nodes]) => planField(type, responseName, nodes) ?? []);
    return { type, fields, template: templateOf(fields.map(({ responseName }) => responseName)), specialized: null };
  };

  const planValue = (type: GraphQLOutputType, sets: readonly SelectionSetNode[], required = false): ValuePlan => {
    if (isNonNullType(type)) return planValue(type.ofType, sets, true);
    if (isListType(type)) return { kind: 'list', required, item: planValue(type.ofType, sets) };
    if (isLeafType(type)) return { kind: 'leaf', required, type };
    if (isObjectType(type)) return { kind: 'object', required, selection: planSelection(type, sets) };
    const selections = schema.getPossibleTypes(type).map((one) => [one.name, planSelection(one, sets)] as const);
    return { kind: 'abstract', required, type, selections: new Map(selections) };
  };

  const planField = (parentType: GraphQLObjectType, responseName: string, nodes: FieldNode[]): FieldPlan | undefined => {
    const [node] = nodes;
    const field = node && fieldOf(schema, parentType, node.name.value);
    if (!field) return undefined;
    planned += 1;
    if (planned > maxFields) throw new NotCompiled('The operation has too many fields.');
    // An object of the answer with this key would get it as its prototype.
    if (responseName === '__proto__') throw new NotCompiled('A field is answered under a name with a meaning of its own.');
    const value = planValue(field.type, nodes.flatMap(({ selectionSet }) => selectionSet ?? []));
    return {
      responseName,
      field,
      // Frozen: look-ahead knows by it that the same nodes come again (schema/selection-memory.ts).
      nodes: Object.freeze(nodes),
      parentType,
      resolve: field.resolve,
      args: planArguments(field, node),
      value,
      plain: field.resolve === undefined && value.kind === 'leaf' ? (plainTypes.get(value.type) ?? null) : null,
    };
  };

  const collect = (type: GraphQLObjectType, sets: readonly SelectionSetNode[]): Map<string, FieldNode[]> => {
    const found = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    const visit = ({ selections }: SelectionSetNode): void => {
      for (const selection of selections) {
        if (!isIncluded(selection, conditions)) continue;
        if (selection.kind === 'Field') {
          const name = (selection.alias ?? selection.name).value;
          const nodes = found.get(name);
          if (nodes) nodes.push(selection);
          else found.set(name, [selection]);
          continue;
        }
        let fragment: { typeCondition?: FragmentDefinitionNode['typeCondition'] | undefined; selectionSet: SelectionSetNode };
        if (selection.kind === 'FragmentSpread') {
          const name = selection.name.value;
          const definition = fragments.get(name);
          if (!definition || visited.has(name)) continue;
          if (applies(schema, definition.typeCondition, type)) visited.add(name);
          fragment = definition;
        } else fragment = selection;
        if (applies(schema, fragment.typeCondition, type)) visit(fragment.selectionSet);
      }
    };
    for (const set of sets) visit(set);
    return found;
  };

  return { root: planSelection(root, [operation.selectionSet]), fields: planned };
}

function isIncluded(node: SelectionNode, conditions: Conditions): boolean {
  if (conditions === 'everything' || !node.directives || node.directives.length === 0) return true;
  if (getDirectiveValues(GraphQLSkipDirective, node, conditions)?.['if'] === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, conditions)?.['if'] !== false;
}

function applies(
  schema: GraphQLSchema,
  condition: FragmentDefinitionNode['typeCondition'] | undefined,
  type: GraphQLObjectType,
): boolean {
  if (!condition) return true;
  const named = typeFromAST(schema, condition);
  return named === type || (isAbstractType(named) && schema.isSubType(named, type));
}

function fieldOf(schema: GraphQLSchema, type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  // `__schema` and `__type` belong to the query's root; people ask them by hand, and rarely.
  if (type === schema.getQueryType() && name.startsWith('__')) throw new NotCompiled('Introspection is not compiled.');
  return type.getFields()[name];
}
