import type { GraphQLResolveInfo } from 'graphql';
import type { FieldPlan, Path, SharedInfo } from './plan.js';

/**
 * What resolvers are told of their field. Few of them look, and a page has hundreds of fields: so it holds three things
 * and finds the rest when it is asked.
 */
export class FieldInfo implements GraphQLResolveInfo {
  readonly #shared: SharedInfo;
  readonly #plan: FieldPlan;
  readonly #parentPath: Path | undefined;

  constructor(shared: SharedInfo, plan: FieldPlan, parentPath: Path | undefined) {
    this.#shared = shared;
    this.#plan = plan;
    this.#parentPath = parentPath;
  }

  get fieldName(): GraphQLResolveInfo['fieldName'] {
    return this.#plan.field.name;
  }

  get fieldNodes(): GraphQLResolveInfo['fieldNodes'] {
    return this.#plan.nodes;
  }

  get returnType(): GraphQLResolveInfo['returnType'] {
    return this.#plan.field.type;
  }

  get parentType(): GraphQLResolveInfo['parentType'] {
    return this.#plan.parentType;
  }

  get path(): Path {
    return pathOf(this.#plan, this.#parentPath);
  }

  get schema(): GraphQLResolveInfo['schema'] {
    return this.#shared.schema;
  }

  get fragments(): GraphQLResolveInfo['fragments'] {
    return this.#shared.fragments;
  }

  get rootValue(): GraphQLResolveInfo['rootValue'] {
    return undefined;
  }

  get operation(): GraphQLResolveInfo['operation'] {
    return this.#shared.operation;
  }

  get variableValues(): GraphQLResolveInfo['variableValues'] {
    return this.#shared.variableValues;
  }
}

/** The place of a field in the answer. */
export function pathOf({ responseName, parentType }: FieldPlan, parentPath: Path | undefined): Path {
  return { prev: parentPath, key: responseName, typename: parentType.name };
}

/** The place that a field's value belongs to, from the place of the value or of an item of it. */
export function aroundField(path: Path): Path | undefined {
  let at = path;
  while (typeof at.key === 'number' && at.prev) at = at.prev;
  return at.prev;
}

export function pathToArray(path: Path): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = path; at; at = at.prev) keys.push(at.key);
  return keys.reverse();
}
