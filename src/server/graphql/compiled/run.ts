import { GraphQLError, type GraphQLLeafType, locatedError } from 'graphql';
import type { ArgumentValues } from './arguments.js';
import { aroundField, FieldInfo, pathOf, pathToArray } from './info.js';
import type { Answer, Execution, FieldPlan, Path, SelectionPlan, ValuePlan } from './plan.js';

/*
 * What follows executes plans as the specification has it, and in the steps of the plain execution (graphql-js and its
 * likes): the same calls in the same order, values completed and errors located at the same moments. Only what is known
 * before a request is not found out again: fields, arguments, resolvers and types stand in the plan, and objects whose
 * values are all there are made without a promise.
 */

/** Executes a selection on a value, all fields side by side. */
export function runSelection(
  execution: Execution,
  selection: SelectionPlan,
  source: unknown,
  path: Path | undefined,
): Answer | Promise<Answer> {
  return selection.specialized
    ? selection.specialized(execution, source, path)
    : walkSelection(execution, selection, source, path);
}

/** The same, field by field of the plan. */
export function walkSelection(
  execution: Execution,
  selection: SelectionPlan,
  source: unknown,
  path: Path | undefined,
): Answer | Promise<Answer> {
  const answer: Answer = { ...selection.template };
  let waiting = false;
  try {
    const isObject = typeof source === 'object' && source !== null;
    for (const plan of selection.fields) {
      if (isObject && plan.plain !== null) {
        // Most fields of most rows: their texts stand in the row, and nothing is to be done about them.
        const found = (source as Record<string, unknown>)[plan.field.name];
        if (typeof found === plan.plain) {
          answer[plan.responseName] = found;
          continue;
        }
      }
      const value = runField(execution, plan, source, path);
      answer[plan.responseName] = value;
      if (isPromise(value)) waiting = true;
    }
  } catch (error) {
    if (waiting) return failWhenSettled(answer, error);
    throw error;
  }
  return waiting ? settle(answer) : answer;
}

/** Executes a mutation's fields, one after the other. */
export async function runSerially(execution: Execution, selection: SelectionPlan, source: unknown): Promise<Answer> {
  const answer: Answer = { ...selection.template };
  for (const plan of selection.fields) answer[plan.responseName] = await runField(execution, plan, source, undefined);
  return answer;
}

/** Puts values in the places of their promises. */
export function settle(answer: Answer): Promise<Answer> {
  const waiting: Promise<void>[] = [];
  for (const name in answer) {
    const value = answer[name];
    if (isPromise(value)) {
      waiting.push(
        value.then((settled) => {
          answer[name] = settled;
        }),
      );
    }
  }
  const [first] = waiting;
  return (waiting.length === 1 && first ? first : Promise.all(waiting)).then(() => answer);
}

/** The other fields are under way, and may fail too: nobody would handle that if this did not wait. */
export function failWhenSettled(answer: Answer, error: unknown): Promise<never> {
  const rethrow = (): never => {
    throw error;
  };
  return settle(answer).then(rethrow, rethrow);
}

export function runField(execution: Execution, plan: FieldPlan, source: unknown, parentPath: Path | undefined): unknown {
  const { resolve } = plan;
  try {
    let value: unknown;
    if (resolve) {
      value = resolve(
        source,
        argumentsOf(execution, plan),
        execution.contextValue,
        new FieldInfo(execution.info, plan, parentPath),
      );
    } else {
      value = propertyOf(source, plan.field.name);
      if (typeof value === 'function') value = callProperty(execution, plan, source, parentPath);
    }
    return completeField(execution, plan, value, parentPath);
  } catch (error) {
    return failField(execution, plan, error, parentPath);
  }
}

/** Makes a field's answer of what its resolver gave. What this throws is for `failField`. */
export function completeField(execution: Execution, plan: FieldPlan, value: unknown, parentPath: Path | undefined): unknown {
  if (isPromise(value)) return completeLater(execution, plan, value, parentPath);
  // The many: a leaf that is there. It needs no place, and nothing waits for it.
  if (plan.value.kind === 'leaf' && value != null && !(value instanceof Error)) {
    return completeLeaf(plan.value.type, value);
  }
  const path = pathOf(plan, parentPath);
  const completed = complete(execution, plan, plan.value, value, path);
  return isPromise(completed) ? orFailed(execution, plan, plan.value, completed, path) : completed;
}

/** The answer of a field that threw; throws in turn where it cannot be null. */
export function failField(execution: Execution, plan: FieldPlan, thrown: unknown, parentPath: Path | undefined): null {
  return failed(execution, plan, plan.value, thrown, pathOf(plan, parentPath));
}

/** As the plain execution does where a field without a resolver finds a method. */
function callProperty(execution: Execution, plan: FieldPlan, source: unknown, parentPath: Path | undefined): unknown {
  const { name } = plan.field;
  const info = new FieldInfo(execution.info, plan, parentPath);
  return (source as Record<string, (...given: unknown[]) => unknown>)[name]?.(
    argumentsOf(execution, plan),
    execution.contextValue,
    info,
  );
}

function completeLater(
  execution: Execution,
  plan: FieldPlan,
  value: Promise<unknown>,
  parentPath: Path | undefined,
): Promise<unknown> {
  const path = pathOf(plan, parentPath);
  const completed = value.then((settled) => complete(execution, plan, plan.value, settled, path));
  return orFailed(execution, plan, plan.value, completed, path);
}

export function orFailed(
  execution: Execution,
  plan: FieldPlan,
  at: ValuePlan,
  completed: Promise<unknown>,
  path: Path,
): Promise<unknown> {
  return completed.then(undefined, (error: unknown) => failed(execution, plan, at, error, path));
}

function complete(execution: Execution, plan: FieldPlan, at: ValuePlan, value: unknown, path: Path): unknown {
  if (value instanceof Error) throw value;
  if (value == null) {
    if (!at.required) return null;
    throw new Error(`Cannot return null for non-nullable field ${plan.parentType.name}.${plan.field.name}.`);
  }
  switch (at.kind) {
    case 'leaf':
      return completeLeaf(at.type, value);
    case 'object':
      return completeObject(execution, plan, at.selection, value, path);
    case 'list':
      return completeList(execution, plan, at.item, value, path);
    case 'abstract':
      return completeAbstract(execution, plan, at, value, path);
  }
}

function completeList(execution: Execution, plan: FieldPlan, at: ValuePlan, value: unknown, path: Path): unknown {
  if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) {
    const { parentType, field } = plan;
    throw new GraphQLError(`Expected Iterable, but did not find one for field "${parentType.name}.${field.name}".`);
  }
  const completed: unknown[] = [];
  let waiting = false;
  for (const item of value as Iterable<unknown>) {
    const done = completeItem(execution, plan, at, item, { prev: path, key: completed.length, typename: undefined });
    if (isPromise(done)) waiting = true;
    completed.push(done);
  }
  return waiting ? Promise.all(completed) : completed;
}

function completeItem(execution: Execution, plan: FieldPlan, at: ValuePlan, item: unknown, path: Path): unknown {
  try {
    const completed = isPromise(item)
      ? item.then((settled) => complete(execution, plan, at, settled, path))
      : complete(execution, plan, at, item, path);
    return isPromise(completed) ? orFailed(execution, plan, at, completed, path) : completed;
  } catch (error) {
    return failed(execution, plan, at, error, path);
  }
}

function completeLeaf(type: GraphQLLeafType, value: unknown): unknown {
  let serialized: unknown;
  try {
    serialized = type.serialize(value);
  } catch (error) {
    // As the plain execution does: a value of ours that does not fit is no word for the client.
    throw error instanceof GraphQLError ? new Error(error.message) : error;
  }
  if (serialized == null) throw new Error(`A value of the type "${type.name}" was serialized to nothing.`);
  return serialized;
}

function completeAbstract(
  execution: Execution,
  plan: FieldPlan,
  { type, selections }: Extract<ValuePlan, { kind: 'abstract' }>,
  value: unknown,
  path: Path,
): unknown {
  if (!type.resolveType) throw new Error(`The type "${type.name}" does not tell its values' types.`);
  const goOn = (name: unknown): unknown => {
    const selection = typeof name === 'string' ? selections.get(name) : undefined;
    if (!selection) throw new Error(`A value of "${type.name}" is of no type that is one of its types.`);
    return completeObject(execution, plan, selection, value, path);
  };
  const info = new FieldInfo(execution.info, plan, aroundField(path));
  const name: unknown = type.resolveType(value, execution.contextValue, info, type);
  return isPromise(name) ? name.then(goOn) : goOn(name);
}

function completeObject(
  execution: Execution,
  plan: FieldPlan,
  selection: SelectionPlan,
  value: unknown,
  path: Path,
): unknown {
  const { type } = selection;
  if (!type.isTypeOf) return runSelection(execution, selection, value, path);
  const goOn = (isOfType: boolean): unknown => {
    if (!isOfType) throw new GraphQLError(`A value is not of the type "${type.name}".`, { nodes: plan.nodes });
    return runSelection(execution, selection, value, path);
  };
  const isOfType = type.isTypeOf(value, execution.contextValue, new FieldInfo(execution.info, plan, aroundField(path)));
  return isPromise(isOfType) ? isOfType.then(goOn) : goOn(isOfType);
}

/** Puts an error at its place: it makes the value null, or where that may not be, the value around it. */
function failed(execution: Execution, { nodes }: FieldPlan, at: ValuePlan, thrown: unknown, path: Path): null {
  const place = pathToArray(path);
  // Several at once, as of a host's several addresses: each is told, but what cannot be null stops at the first.
  for (const one of thrown instanceof AggregateError ? (thrown.errors as unknown[]) : [thrown]) {
    const error = locatedError(one instanceof Error ? one : new Error(messageOf(one)), nodes, place);
    if (at.required) throw error;
    execution.errors.push(error);
  }
  return null;
}

function messageOf(thrown: unknown): string {
  const { message } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(thrown);
}

export function argumentsOf({ args: known, info }: Execution, plan: FieldPlan): ArgumentValues {
  const { args } = plan;
  if (args.kind === 'constant') return args.values;
  let values = known.get(plan);
  if (!values) {
    values = args.read(info.variableValues);
    known.set(plan, values);
  }
  return values;
}

function propertyOf(source: unknown, name: string): unknown {
  return typeof source === 'object' && source !== null ? (source as Record<string, unknown>)[name] : undefined;
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
