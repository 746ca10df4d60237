import { isIntrospectionType, Kind, SchemaMetaFieldDef, TypeMetaFieldDef } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  GraphQLNamedType,
  GraphQLSchema,
  SelectionSetNode,
  ValueNode,
  VariableDefinitionNode,
} from 'graphql';
import { createFieldShapes, DEFAULT_PAGE_SIZE } from './field-shape.js';
import type { FieldShape } from './field-shape.js';
import { surveyDocument } from './fragments.js';

export type Variables = Readonly<Record<string, unknown>>;

/** What a document asks for. Where it has several operations or unused fragments, the heaviest of them. */
export interface DocumentWeight {
  readonly aliases: number;
  readonly directives: number;
  readonly rootFields: number;
  /** Levels of fields; a fragment adds none. */
  readonly depth: number;
  /** Fields, multiplied by the length of the lists that they are in. */
  readonly cost: number;
  /** The same of what stands below `__schema` and `__type`, which is in neither of the two above. */
  readonly introspection: { readonly depth: number; readonly cost: number; readonly lists: number };
  /** The variables that sizes of pages came from: for other values of them the cost is another. */
  readonly sizeVariables: ReadonlySet<string>;
}

/** Of one selection set. */
interface Weight {
  width: number;
  depth: number;
  /** Paid once. */
  once: number;
  /** Paid for each node of the page that the field around asked for: how long it is, a fragment cannot know. */
  perNode: number;
  /** The longest way down through lists of `__Type`. */
  lists: number;
  introspectionDepth: number;
  introspectionCost: number;
}

/**
 * Makes the function that weighs documents: one pass, linear in the text, each fragment weighed once however often it
 * is spread. The text must have passed scan.ts, which bounds the recursion; it need not be valid, and a field that the
 * schema does not know counts as one field.
 */
export function createScales(schema: GraphQLSchema): (document: DocumentNode, variables: Variables) => DocumentWeight {
  const shapeOf = createFieldShapes();

  return (document, variables) => {
    const { fragments, aliases, directives } = surveyDocument(document);
    const sizes = createSizes(document, variables);
    const weights = new Map<string, Weight>();

    const weigh = (selectionSet: SelectionSetNode, parent: GraphQLNamedType | undefined): Weight => {
      const sum = nothing();
      for (const selection of selectionSet.selections) {
        if (selection.kind === Kind.FIELD) {
          addField(sum, selection, parent);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          const { typeCondition } = selection;
          add(sum, weigh(selection.selectionSet, typeCondition ? schema.getType(typeCondition.name.value) : parent));
        } else {
          const weight = weights.get(selection.name.value);
          if (weight) add(sum, weight);
        }
      }
      return sum;
    };

    const addField = (sum: Weight, field: FieldNode, parent: GraphQLNamedType | undefined): void => {
      const shape = shapeOf(parent, field.name.value);
      sum.width += 1;
      sum.once += 1;
      sum.depth = Math.max(sum.depth, 1);
      if (!field.selectionSet) return;
      const below = weigh(field.selectionSet, shape?.type);
      const size = shape && sizes.of(shape, field);
      const node = below.once + below.perNode * (size ?? DEFAULT_PAGE_SIZE);
      sum.lists = Math.max(sum.lists, below.lists + (shape?.isIntrospectionList ? 1 : 0));
      sum.introspectionCost += below.introspectionCost;
      sum.introspectionDepth = Math.max(sum.introspectionDepth, below.introspectionDepth);
      if (field.name.value === SchemaMetaFieldDef.name || field.name.value === TypeMetaFieldDef.name) {
        sum.introspectionCost += node;
        sum.introspectionDepth = Math.max(sum.introspectionDepth, 1 + below.depth);
        return;
      }
      sum.depth = Math.max(sum.depth, 1 + below.depth);
      if (shape?.isPage) sum.perNode += node;
      else sum.once += shape?.isList ? node * (size ?? shape.assumedSize) : node;
    };

    const heaviest = { rootFields: 0, depth: 0, cost: 0, lists: 0, introspectionDepth: 0, introspectionCost: 0 };
    const note = (weight: Weight, type: GraphQLNamedType | undefined, rootFields: number): void => {
      // The page around a fragment is counted where the fragment is spread; alone it is a page of one.
      const cost = weight.once + weight.perNode;
      const isIntrospection = type !== undefined && isIntrospectionType(type);
      heaviest.rootFields = Math.max(heaviest.rootFields, rootFields);
      heaviest.lists = Math.max(heaviest.lists, weight.lists);
      heaviest.depth = Math.max(heaviest.depth, isIntrospection ? 0 : weight.depth);
      heaviest.cost = Math.max(heaviest.cost, isIntrospection ? 0 : cost);
      heaviest.introspectionDepth = Math.max(
        heaviest.introspectionDepth,
        isIntrospection ? weight.depth : weight.introspectionDepth,
      );
      heaviest.introspectionCost = Math.max(
        heaviest.introspectionCost,
        isIntrospection ? cost : weight.introspectionCost,
      );
    };
    for (const fragment of fragments) {
      const type = schema.getType(fragment.typeCondition.name.value);
      const weight = weigh(fragment.selectionSet, type);
      weights.set(fragment.name.value, weight);
      note(weight, type, 0);
    }
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const type = schema.getRootType(definition.operation) ?? undefined;
      const weight = weigh(definition.selectionSet, type);
      note(weight, type, weight.width);
    }
    const { rootFields, depth, cost, lists, introspectionDepth, introspectionCost } = heaviest;
    return {
      aliases,
      directives,
      rootFields,
      depth,
      cost,
      introspection: { depth: introspectionDepth, cost: introspectionCost, lists },
      sizeVariables: sizes.variables,
    };
  };
}

const nothing = (): Weight => ({
  width: 0,
  depth: 0,
  once: 0,
  perNode: 0,
  lists: 0,
  introspectionDepth: 0,
  introspectionCost: 0,
});

function add(sum: Weight, weight: Weight): void {
  sum.width += weight.width;
  sum.once += weight.once;
  sum.perNode += weight.perNode;
  sum.introspectionCost += weight.introspectionCost;
  sum.depth = Math.max(sum.depth, weight.depth);
  sum.lists = Math.max(sum.lists, weight.lists);
  sum.introspectionDepth = Math.max(sum.introspectionDepth, weight.introspectionDepth);
}

interface Sizes {
  /** How long the field's list is, where its arguments tell; at least 1, so that `first: 0` makes nothing free. */
  of(shape: FieldShape, field: FieldNode): number | undefined;
  /** That were asked for so far. */
  readonly variables: ReadonlySet<string>;
}

function createSizes(document: DocumentNode, variables: Variables): Sizes {
  const defaults = variableDefaults(document);
  const asked = new Set<string>();

  const given = (value: ValueNode): unknown => {
    if (value.kind !== Kind.VARIABLE) return literal(value);
    const name = value.name.value;
    asked.add(name);
    return Object.hasOwn(variables, name) ? variables[name] : defaults.get(name);
  };

  return {
    of(shape, field) {
      const { sizeArguments, idsArgument } = shape;
      if (sizeArguments.size === 0 && idsArgument === undefined) return undefined;
      let size: number | undefined;
      for (const { name, value } of field.arguments ?? []) {
        const isIds = name.value === idsArgument;
        if (!isIds && !sizeArguments.has(name.value)) continue;
        const found = given(value);
        const length = isIds ? (Array.isArray(found) ? found.length : 1) : found;
        if (typeof length === 'number' && Number.isFinite(length)) size = Math.max(size ?? 1, length);
      }
      if (size !== undefined || sizeArguments.size === 0) return size;
      return Math.max(...[...sizeArguments.values()].map((fallback) => fallback ?? 0)) || DEFAULT_PAGE_SIZE;
    },
    variables: asked,
  };
}

/** Of all operations together: fragments are weighed once for all of them, so the largest default counts. */
function variableDefaults(document: DocumentNode): ReadonlyMap<string, unknown> {
  const defaults = new Map<string, unknown>();
  const note = ({ variable, defaultValue }: VariableDefinitionNode): void => {
    if (!defaultValue) return;
    const value = literal(defaultValue);
    const known = defaults.get(variable.name.value);
    const larger =
      (Array.isArray(value) ? value.length : Number(value)) >
      (Array.isArray(known) ? known.length : Number(known ?? 0));
    if (known === undefined || larger) defaults.set(variable.name.value, value);
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) definition.variableDefinitions?.forEach(note);
  }
  return defaults;
}

/** Only what a size can be: an integer, or a list for its length. */
function literal(value: ValueNode): unknown {
  if (value.kind === Kind.INT) return Number(value.value);
  if (value.kind === Kind.LIST) return value.values;
  return undefined;
}
