import {
  type ExecutionArgs,
  type ExecutionResult,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  OperationTypeNode,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Execution, SelectionPlan } from './compiled/plan.js';
import { type Conditions, conditionsOf, NotCompiled, planOperation } from './compiled/planning.js';
import { runSelection, runSerially } from './compiled/run.js';
import { specialize } from './compiled/specialize.js';
import { planVariables } from './compiled/variables.js';

/** Executes a query or mutation by its plan. */
export type CompiledExecutor = (
  args: Pick<ExecutionArgs, 'contextValue'> & { readonly variableValues: Readonly<Record<string, unknown>> },
) => ExecutionResult | Promise<ExecutionResult> | null;

export interface CompiledOperation {
  readonly execute: CompiledExecutor;
  /** Of all its plans that may come to be kept. */
  readonly fields: number;
  /** Specializes it now where no variable decides which fields it has; see Specialization. */
  specialize(): void;
  /** It is not kept any more. */
  release(): void;
}

/** Code made for what is asked often (compiled/specialize.ts); shared by the operations of an engine. */
export interface Specialization {
  /** A plan is specialized when it has been executed so often, at least once: what is asked once is not worth it. */
  readonly after: number;
  /** Fields that may still be specialized, by all operations together; below 0 where no code may be made. */
  room: number;
}

interface KeptPlan {
  readonly root: SelectionPlan;
  readonly fields: number;
  executions: number;
  isSpecialized: boolean;
}

/** Of one operation; one that has more is left to the plain execution. */
const MAX_FIELDS = 2_000;
/** Plans of one operation, for the conditions of its `@skip` and `@include`. */
const MAX_PLANS = 8;

/**
 * Compiles an operation; null where it is left to the plain execution: subscriptions, introspection, and what is too
 * large to be worth keeping. The executor in turn gives null, and has done nothing, where this request's variables ask
 * for the plain execution: they do not fit, or decide by something other than true and false which fields there are.
 *
 * It answers, byte for byte, what the plain execution answers (test/compiled-execution.test.ts), and costs about a third.
 */
export function compileOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  specialization: Specialization | null = null,
): CompiledOperation | null {
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
  const fragments = fragmentsOf(document);
  const conditions = conditionsOf(operation, fragments);
  const isMutation = operation.operation === OperationTypeNode.MUTATION;
  const readVariables = planVariables(schema, operation.variableDefinitions ?? []);
  const fragmentMap = Object.assign(Object.create(null), Object.fromEntries(fragments)) as Record<string, FragmentDefinitionNode>;
  const plans = new LRUCache<string, KeptPlan>({ max: MAX_PLANS, dispose: giveBack });

  const plan = (values: Conditions) => planOperation(schema, operation, fragments, values, MAX_FIELDS);

  function keep(key: string, { root, fields }: ReturnType<typeof plan>): KeptPlan {
    const made: KeptPlan = { root, fields, executions: 0, isSpecialized: false };
    plans.set(key, made);
    return made;
  }

  function specializePlan(kept: KeptPlan): void {
    if (!specialization || kept.isSpecialized || specialization.room < kept.fields) return;
    if (!specialize(kept.root)) return void (specialization.room = -1);
    kept.isSpecialized = true;
    specialization.room -= kept.fields;
  }

  function giveBack(kept: KeptPlan): void {
    if (specialization && kept.isSpecialized) specialization.room += kept.fields;
  }

  /** Null where a condition is neither true nor false. */
  const planFor = (variables: Readonly<Record<string, unknown>>): SelectionPlan | null => {
    let key = '';
    for (const name of conditions) {
      const value = variables[name];
      if (typeof value !== 'boolean') return null;
      key += value ? '1' : '0';
    }
    const kept = plans.get(key) ?? keep(key, plan(variables));
    kept.executions += 1;
    // Again and again: where there is no room, some may be given back.
    if (specialization && kept.executions % specialization.after === 0) specializePlan(kept);
    return kept.root;
  };

  let fields: number;
  try {
    const largest = plan(conditions.length === 0 ? {} : 'everything');
    // A plan for each set of conditions may come to be kept.
    fields = largest.fields * Math.min(2 ** conditions.length, MAX_PLANS);
    if (conditions.length === 0) keep('', largest);
  } catch (error) {
    if (error instanceof NotCompiled) return null;
    throw error;
  }

  const execute: CompiledExecutor = ({ contextValue, variableValues }) => {
    const coerced = readVariables(variableValues);
    const root = coerced && planFor(coerced);
    if (!root) return null;
    const execution: Execution = {
      contextValue,
      info: { schema, fragments: fragmentMap, operation, variableValues: coerced },
      errors: [],
      args: new Map(),
    };
    const answered = (data: Record<string, unknown> | null): ExecutionResult =>
      execution.errors.length === 0 ? { data } : { errors: execution.errors, data };
    const broken = (error: unknown): ExecutionResult => {
      execution.errors.push(error as GraphQLError);
      return answered(null);
    };
    try {
      const data = isMutation ? runSerially(execution, root, undefined) : runSelection(execution, root, undefined, undefined);
      return data instanceof Promise ? data.then(answered, broken) : answered(data);
    } catch (error) {
      return broken(error);
    }
  };
  return {
    execute,
    fields,
    specialize() {
      const kept = plans.get('');
      if (kept) specializePlan(kept);
    },
    release: () => plans.clear(),
  };
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
}
