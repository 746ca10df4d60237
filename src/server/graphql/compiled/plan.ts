import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLAbstractType,
  GraphQLError,
  GraphQLField,
  GraphQLFieldResolver,
  GraphQLLeafType,
  GraphQLObjectType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { ArgumentsPlan, ArgumentValues } from './arguments.js';

/** What is done for one field of one selection, found out once for a document. */
export interface FieldPlan {
  readonly responseName: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  readonly parentType: GraphQLObjectType;
  /** Undefined: the value is the property of the field's name. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined;
  readonly args: ArgumentsPlan;
  readonly value: ValuePlan;
  /** Of a field without a resolver: values of which `typeof` are answered as they are; null: none. */
  readonly plain: 'string' | 'boolean' | null;
}

/** What becomes of a value by its type; `required` is a type with an exclamation mark. */
export type ValuePlan =
  | { readonly kind: 'leaf'; readonly required: boolean; readonly type: GraphQLLeafType }
  | { readonly kind: 'list'; readonly required: boolean; readonly item: ValuePlan }
  | { readonly kind: 'object'; readonly required: boolean; readonly selection: SelectionPlan }
  | {
      readonly kind: 'abstract';
      readonly required: boolean;
      readonly type: GraphQLAbstractType;
      /** By the names of the types that it can be. */
      readonly selections: ReadonlyMap<string, SelectionPlan>;
    };

/** The fields that are selected of an object type, in the order of the answer. */
export interface SelectionPlan {
  readonly type: GraphQLObjectType;
  readonly fields: readonly FieldPlan[];
  /** Of its answers. */
  readonly template: Readonly<Record<string, undefined>>;
  /** Executes it as the walk over its fields does; null until it was asked for often (specialize.ts). */
  specialized: SelectionFunction | null;
}

/** A place in the answer. */
export type Path = GraphQLResolveInfo['path'];

/** What every resolver's `info` of one execution has in common. */
export interface SharedInfo {
  readonly schema: GraphQLSchema;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  readonly operation: OperationDefinitionNode;
  /** Coerced. */
  readonly variableValues: ArgumentValues;
}

/** What one execution shares. */
export interface Execution {
  readonly contextValue: unknown;
  readonly info: SharedInfo;
  /** In the order in which they were met. */
  readonly errors: GraphQLError[];
  /** Arguments that depend on variables: read once, however many rows ask. */
  readonly args: Map<FieldPlan, ArgumentValues>;
}

export type Answer = Record<string, unknown>;

/** Executes a selection on a value, all fields side by side. */
export type SelectionFunction = (execution: Execution, source: unknown, path: Path | undefined) => Answer | Promise<Answer>;
