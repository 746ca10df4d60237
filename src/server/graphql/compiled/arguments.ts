import { type FieldNode, getArgumentValues, type GraphQLField, isNonNullType, Kind, type ValueNode } from 'graphql';

export type ArgumentValues = Readonly<Record<string, unknown>>;

/** How a field's arguments come about. */
export type ArgumentsPlan =
  /** They are the same for every request. */
  | { readonly kind: 'constant'; readonly values: ArgumentValues }
  /** They depend on the request's variables. */
  | { readonly kind: 'variable'; readonly read: (variables: ArgumentValues) => ArgumentValues };

/** Reads a field's arguments once where no variable is among them. */
export function planArguments(field: GraphQLField<unknown, unknown>, node: FieldNode): ArgumentsPlan {
  const read = (variables: ArgumentValues): ArgumentValues => getArgumentValues(field, node, variables);
  const given = node.arguments ?? [];
  if (given.some(({ value }) => namesVariable(value))) {
    const areVariables = given.every(({ value }) => value.kind === Kind.VARIABLE);
    return { kind: 'variable', read: areVariables ? readByName(field, node, read) : read };
  }
  try {
    return { kind: 'constant', values: Object.freeze(read({})) };
  } catch {
    // A literal that its scalar refuses is the field's error, wherever the field stands in the answer.
    return { kind: 'variable', read };
  }
}

/**
 * Of arguments that are variables and nothing else, which were read by their types before: the names are all that has to be
 * known. What is missing, or null where it may not be, is told by the general way, `readAny`.
 */
function readByName(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  readAny: (variables: ArgumentValues) => ArgumentValues,
): (variables: ArgumentValues) => ArgumentValues {
  const variables = new Map(
    (node.arguments ?? []).map(({ name, value }) => [name.value, value.kind === Kind.VARIABLE ? value.name.value : '']),
  );
  const parameters = field.args.map(({ name, type, defaultValue }) => ({
    name,
    variable: variables.get(name),
    required: isNonNullType(type),
    defaultValue,
  }));
  return (values) => {
    const read: Record<string, unknown> = {};
    for (const { name, variable, required, defaultValue } of parameters) {
      if (variable !== undefined && Object.hasOwn(values, variable)) {
        const value = values[variable];
        if (value === undefined || (value === null && required)) return readAny(values);
        read[name] = value;
      } else if (defaultValue !== undefined) read[name] = defaultValue;
      else if (required) return readAny(values);
    }
    return read;
  };
}

function namesVariable(value: ValueNode): boolean {
  switch (value.kind) {
    case 'Variable':
      return true;
    case 'ListValue':
      return value.values.some(namesVariable);
    case 'ObjectValue':
      return value.fields.some(({ value: inner }) => namesVariable(inner));
    default:
      return false;
  }
}
