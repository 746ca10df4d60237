import {
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
} from 'graphql';
import type { GraphQLField, GraphQLNamedType } from 'graphql';

/** What a connection gives where neither `first` nor `last` says otherwise (the client contract). */
export const DEFAULT_PAGE_SIZE = 24;
/** A list whose length nothing tells: variants, cover images, presets. */
const ASSUMED_LIST_SIZE = 10;

/** What the cost of a field depends on, read from its definition once. */
export interface FieldShape {
  readonly name: string;
  /** Of its value, lists and non-nulls taken off. */
  readonly type: GraphQLNamedType;
  readonly isList: boolean;
  /** `edges` and `nodes` of a connection: as long as the page that the connection was asked for. */
  readonly isPage: boolean;
  /** `first` and `last`, with the schema's default. */
  readonly sizeArguments: ReadonlyMap<string, number | undefined>;
  /** An argument whose own length is the answer's: `ids`. */
  readonly idsArgument: string | undefined;
  /** Length where no argument tells it. */
  readonly assumedSize: number;
  /** A list of `__Type` through which introspection can walk in circles. */
  readonly isIntrospectionList: boolean;
}

const PAGE_FIELDS: ReadonlySet<string> = new Set(['edges', 'nodes']);
const SIZE_ARGUMENTS: readonly string[] = ['first', 'last'];
const INTROSPECTION_LISTS: ReadonlySet<string> = new Set(['fields', 'inputFields', 'interfaces', 'possibleTypes']);

/**
 * Looks fields up and remembers their shapes. A list of unusual length says so itself, by `extensions: { listSize: 3 }`
 * on its definition.
 */
export function createFieldShapes(): (parent: GraphQLNamedType | undefined, name: string) => FieldShape | undefined {
  const known = new WeakMap<GraphQLNamedType, Map<string, FieldShape | undefined>>();
  return (parent, name) => {
    if (name === SchemaMetaFieldDef.name) return schemaField;
    if (name === TypeMetaFieldDef.name) return typeField;
    if (!parent || !(isObjectType(parent) || isInterfaceType(parent))) return undefined;
    let shapes = known.get(parent);
    if (!shapes) known.set(parent, (shapes = new Map<string, FieldShape | undefined>()));
    const shape = shapes.get(name);
    if (shape) return shape;
    // An unknown name is not remembered: there is no end of them.
    const field = parent.getFields()[name];
    if (!field) return undefined;
    const read = shapeOf(field, parent);
    shapes.set(name, read);
    return read;
  };
}

function shapeOf(field: GraphQLField<unknown, unknown>, parent?: GraphQLNamedType): FieldShape {
  const isList = isListType(getNullableType(field.type));
  const isConnection = (isObjectType(parent) || isInterfaceType(parent)) && 'pageInfo' in parent.getFields();
  const size = field.extensions['listSize'];
  return {
    name: field.name,
    type: getNamedType(field.type),
    isList,
    isPage: isList && isConnection && PAGE_FIELDS.has(field.name),
    sizeArguments: new Map(
      field.args
        .filter(({ name }) => SIZE_ARGUMENTS.includes(name))
        .map(({ name, defaultValue }) => [name, typeof defaultValue === 'number' ? defaultValue : undefined]),
    ),
    idsArgument: isList
      ? field.args.find(({ name, type }) => name === 'ids' && isListType(getNullableType(type)))?.name
      : undefined,
    assumedSize: typeof size === 'number' ? size : ASSUMED_LIST_SIZE,
    isIntrospectionList: parent?.name === '__Type' && INTROSPECTION_LISTS.has(field.name),
  };
}

const schemaField = shapeOf(SchemaMetaFieldDef);
const typeField = shapeOf(TypeMetaFieldDef);
