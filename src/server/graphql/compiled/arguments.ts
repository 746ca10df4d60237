import { type FieldNode, getArgumentValues, type GraphQLField, type ValueNode } from 'graphql';

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
  if ((node.arguments ?? []).some(({ value }) => namesVariable(value))) return { kind: 'variable', read };
  try {
    return { kind: 'constant', values: Object.freeze(read({})) };
  } catch {
    // A literal that its scalar refuses is the field's error, wherever the field stands in the answer.
    return { kind: 'variable', read };
  }
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
