import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  type GraphQLSchema,
  GraphQLString,
  type GraphQLType,
  getVariableValues,
  isNonNullType,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql';
import type { ArgumentValues } from './arguments.js';

/** Gives a request's variables as their types have them; null where they do not fit, and what is wrong is to be told. */
export type VariableReader = (sent: ArgumentValues) => ArgumentValues | null;

const MAX_VARIABLE_ERRORS = 50;

/** Values that the specification's own scalars take as they are; of what they turn into another value, nothing here. */
const asTheyAre = new Map<GraphQLType | undefined, (value: unknown) => boolean>([
  [GraphQLString, (value) => typeof value === 'string'],
  [GraphQLID, (value) => typeof value === 'string'],
  [GraphQLBoolean, (value) => typeof value === 'boolean'],
  [GraphQLInt, (value) => typeof value === 'number' && (value | 0) === value],
  [GraphQLFloat, (value) => Number.isFinite(value)],
]);

interface Variable {
  readonly name: string;
  readonly required: boolean;
  readonly hasDefault: boolean;
  /** Null: its type has more to say. */
  readonly isAsItIs: ((value: unknown) => boolean) | null;
}

/**
 * Finds out once what the variables of an operation are. Most requests send texts, numbers and nothing, for which the
 * general way looks up types and prepares errors each time; it is left to requests that send more.
 */
export function planVariables(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]): VariableReader {
  const variables = definitions.map((definition) => variableOf(schema, definition));
  const readAny: VariableReader = (sent) =>
    getVariableValues(schema, definitions, sent, { maxErrors: MAX_VARIABLE_ERRORS }).coerced ?? null;
  // An object with this name for a property has to be made with care.
  if (variables.some(({ name }) => name === '__proto__')) return readAny;

  return (sent) => {
    const read: Record<string, unknown> = {};
    for (const { name, required, hasDefault, isAsItIs } of variables) {
      const isSent = Object.hasOwn(sent, name);
      const value = isSent ? sent[name] : undefined;
      if (isSent ? isAsItIs?.(value) : !required && !hasDefault) {
        if (isSent) read[name] = value;
      } else if (isSent && value === null && !required) read[name] = null;
      else return readAny(sent);
    }
    return read;
  };
}

function variableOf(schema: GraphQLSchema, { variable, type, defaultValue }: VariableDefinitionNode): Variable {
  const found: GraphQLType | undefined = typeFromAST(schema, type);
  const required = isNonNullType(found);
  return {
    name: variable.name.value,
    required,
    hasDefault: defaultValue !== undefined,
    isAsItIs: asTheyAre.get(required ? found.ofType : found) ?? null,
  };
}
