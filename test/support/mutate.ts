import { getNamedType, type GraphQLObjectType, isObjectType, isUnionType } from 'graphql';
import { createSchema } from '../../src/schema/schema.js';
import type { Answer, Person, TestApp } from './app.js';

/** What a mutation answered with: the payload's selected fields, or an error's. */
export interface Outcome {
  readonly __typename: string;
  /** Of an error. */
  readonly code?: string;
  readonly message?: string;
  readonly issues?: readonly { readonly path: readonly string[]; readonly message: string }[];
  readonly [field: string]: unknown;
}

export interface MutateOptions {
  readonly as?: Person | undefined;
  /** What is selected of the payload. */
  readonly payload?: string;
}

/** The document of one mutation, with everything that its errors tell. */
export function documentOf(field: string, payload = '__typename'): string {
  const definition = createSchema().getMutationType()?.getFields()[field];
  const input = definition?.args[0]?.type.toString();
  const result = definition && getNamedType(definition.type);
  if (!input || !isUnionType(result)) throw new Error(`There is no mutation ${field}.`);
  const members = result.getTypes().map((type) => {
    const isPayload = type.name.endsWith('Payload');
    return `... on ${type.name} { ${isPayload ? payload : errorFields(type)} }`;
  });
  return `mutation ($input: ${input}) { ${field}(input: $input) { __typename ${members.join(' ')} } }`;
}

/** Every field of an error that is no object with arguments of its own; `issues` with theirs. */
function errorFields(type: GraphQLObjectType): string {
  return Object.values(type.getFields())
    .map(({ name, type: of }) => {
      if (!isObjectType(getNamedType(of))) return name;
      return name === 'issues' ? 'issues { path message }' : '';
    })
    .join(' ');
}

/** Sends one mutation and returns its outcome with the statements that it sent; throws for a top-level error. */
export async function mutateCounting<Result = Outcome>(
  app: TestApp,
  field: string,
  input: object,
  { as, payload }: MutateOptions = {},
): Promise<{ readonly outcome: Result } & Pick<Answer<unknown>, 'statements' | 'cost'>> {
  const answer = await app.ask<Record<string, Result>>(documentOf(field, payload), { as, variables: { input } });
  if (answer.errors) throw new Error(`${field} failed: ${JSON.stringify(answer.errors)}`);
  return { outcome: answer.data[field]!, statements: answer.statements, ...(answer.cost ? { cost: answer.cost } : {}) };
}

/** Sends one mutation and returns its outcome; throws for a top-level error. */
export async function mutate<Result = Outcome>(
  app: TestApp,
  field: string,
  input: object,
  options: MutateOptions = {},
): Promise<Result> {
  return (await mutateCounting<Result>(app, field, input, options)).outcome;
}
