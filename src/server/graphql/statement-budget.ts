import {
  getArgumentValues,
  getNamedType,
  getNullableType,
  getVariableValues,
  isAbstractType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
} from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  GraphQLField,
  GraphQLNamedType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import type { Arguments, StatementCost } from '../../domain/statement-cost.js';
import { surveyDocument } from '../limits/fragments.js';
import type { Variables } from '../limits/weight.js';
import type { PreparedOperation } from './documents.js';
import { addBelow, createLevel, merge, mergeBelow, plus, priceOf } from './statement-level.js';
import type { Level, Price, RowState } from './statement-level.js';

/** How many SQL statements an operation may send, BEGIN and COMMIT among them. */
export interface StatementBudget {
  /** In the ordinary course. */
  readonly budget: number;
  /** Above it, at most, where something is refused and has to be explained, or was lost and is made anew. */
  readonly reserve: number;
}

export interface StatementBudgetOptions {
  /** Off: every part of a row costs a statement of its own, for all rows of its level. */
  readonly lookAhead: boolean;
}

/**
 * Makes the function that adds up an operation's statements before it runs, from what fields say of themselves: a
 * `part` of a row (schema/look-ahead.ts) and `statements` (domain/statement-cost.ts). It is an upper bound that no
 * number of rows moves: a field counts once for its place in the document, however long the lists around it are.
 *
 * One pass, each fragment once. The document must be within the limits, which bounds the recursion, and valid. Budgets
 * that do not depend on variables are kept with the operation.
 */
export function createStatementBudgets(
  schema: GraphQLSchema,
  { lookAhead }: StatementBudgetOptions,
): (prepared: PreparedOperation, variables: Variables) => StatementBudget {
  const known = new WeakMap<OperationDefinitionNode, StatementBudget>();
  return ({ document, operation }, variables) => {
    const kept = known.get(operation);
    if (kept) return kept;
    const values = createValues(schema, operation, variables);
    const budget = weighOperation(schema, document, operation, lookAhead ? 'brought' : 'bare', values);
    if (!values.wereRead()) known.set(operation, budget);
    return budget;
  };
}

type AnyField = GraphQLField<unknown, unknown>;

/** What a part of a row says of itself, as far as it matters here. */
interface NeededPart {
  readonly name: string;
  readonly args?: unknown;
}

function weighOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  /** How rows are that a statement brings: with their parts, or bare where look-ahead is off. */
  brought: RowState,
  values: Values,
): StatementBudget {
  const fragments = new Map<string, { readonly level: Level; readonly type: GraphQLNamedType | undefined }>();
  const mutation = schema.getMutationType();

  function weigh(selectionSet: SelectionSetNode, type: GraphQLNamedType | undefined): Level {
    const level = createLevel();
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        addField(level, selection, type);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment) mergeInto(level, type, fragment.level, fragment.type);
        continue;
      }
      const condition = selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : type;
      mergeInto(level, type, weigh(selection.selectionSet, condition), condition);
    }
    return level;
  }

  function addField(level: Level, node: FieldNode, parent: GraphQLNamedType | undefined): void {
    const name = node.name.value;
    const field = fieldOf(parent, name);
    // Introspection, and `__typename`.
    if (!field) return;
    const type = getNamedType(field.type);
    const below = node.selectionSet ? weigh(node.selectionSet, type) : createLevel();
    const key = node.alias?.value ?? name;
    const part = field.extensions['part'] as NeededPart | undefined;
    const cost = field.extensions['statements'] as StatementCost | undefined;
    level.fields.add(name);
    if (isConnection(parent)) for (const inner of below.fields) if (!inner.includes('.')) level.fields.add(`${name}.${inner}`);

    if (part) addPart(level, part, key, collapsed(below, field));
    else if (cost) addCost(level, cost, key, node, field, below);
    else if (isConnection(parent) || isEdge(parent)) {
      const found = collapsed(below, field);
      mergeBelow(level, found, { brought: 'brought', bare: 'bare' });
    } else mergeBelow(level, collapsed(below, field), { brought: 'bare', bare: 'bare' });
    // Loaders forget between the root fields of a mutation, so that each of these asks anew what they share.
    if (mutation && parent === mutation) {
      for (const shared of level.shared) level.own.set(`${key} ${shared}`, one);
      level.shared.clear();
    }
  }

  function addPart(level: Level, part: NeededPart, key: string, below: Level): void {
    // Fields that want one part without arguments share a loader, unless what they want of its rows is told to it too.
    const isShared = part.args === undefined && (brought === 'bare' || !below.asksParts);
    level.parts.add(isShared ? `part ${part.name}` : key);
    level.asksParts = true;
    mergeBelow(level, below, { brought, bare: brought });
  }

  function addCost(level: Level, cost: StatementCost, key: string, node: FieldNode, field: AnyField, below: Level): void {
    switch (cost.kind) {
      case 'sends': {
        const { sent, reserve, more } = cost;
        const rows = cost.brings ? brought : 'bare';
        const budget = typeof sent === 'number' ? sent : values.of(field, node, sent, 0);
        level.own.set(key, { budget, reserve });
        for (const path of more ? values.of(field, node, more, []) : []) {
          if (below.fields.has(path)) level.own.set(`${key} ${path}`, one);
        }
        return mergeBelow(level, collapsed(below, field), { brought: rows, bare: rows });
      }
      case 'rereads': {
        const rows = collapsed(below, field);
        if (brought === 'bare' || !rows.asksParts) return mergeBelow(level, rows, { brought: 'bare', bare: 'bare' });
        level.own.set(key, one);
        // A row that somebody deleted meanwhile stays as it was written, and its parts are asked of loaders.
        addBelow(level, { budget: 0, reserve: priceOf(rows, 'bare').budget });
        return mergeBelow(level, rows, { brought, bare: brought });
      }
      case 'shares':
        level.shared.add(cost.name);
        return mergeBelow(level, collapsed(below, field), { brought: 'bare', bare: 'bare' });
      case 'sorts': {
        const groups = values.of(field, node, (args) => cost.groups(args), new Map<string, number>());
        let loads = 0;
        for (const [name, times] of groups) {
          loads += times;
          const rows = ofType(below, name);
          for (let time = 0; time < times; time += 1) mergeBelow(level, rows, { brought: 'bare', bare: 'bare' });
        }
        level.own.set(key, { budget: loads, reserve: 0 });
      }
    }
  }

  for (const { name, typeCondition, selectionSet } of surveyDocument(document).fragments) {
    const type = schema.getType(typeCondition.name.value);
    fragments.set(name.value, { level: weigh(selectionSet, type), type });
  }
  const root = weigh(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
  const { budget, reserve } = priceOf(root, 'bare');
  return { budget: budget + root.shared.size, reserve };
}

function fieldOf(parent: GraphQLNamedType | undefined, name: string): AnyField | undefined {
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

function isConnection(type: GraphQLNamedType | undefined): boolean {
  return isObjectType(type) && 'pageInfo' in type.getFields();
}

function isEdge(type: GraphQLNamedType | undefined): boolean {
  return isObjectType(type) && 'cursor' in type.getFields() && 'node' in type.getFields();
}

/** Adds what a fragment selects. What it asks of one type only is kept apart where the rows may be of others. */
function mergeInto(
  level: Level,
  type: GraphQLNamedType | undefined,
  fragment: Level,
  condition: GraphQLNamedType | undefined,
): void {
  if (isAbstractType(type) && isObjectType(condition)) {
    let ofOneType = level.byType.get(condition.name);
    if (!ofOneType) level.byType.set(condition.name, (ofOneType = createLevel()));
    merge(ofOneType, fragment);
    return;
  }
  merge(level, isObjectType(type) ? ofType(fragment, type.name) : fragment);
}

/** What is selected of the rows of one type, as a level without others. */
function ofType(level: Level, name: string): Level {
  if (level.byType.size === 0) return level;
  const found = createLevel();
  merge(found, { ...level, byType: new Map() });
  const ofOneType = level.byType.get(name);
  if (ofOneType) merge(found, ofOneType);
  return found;
}

/** What is selected below a field, whatever types its rows are of: of a list they may be of all, of one row of one. */
function collapsed(below: Level, { type }: AnyField): Level {
  if (below.byType.size === 0) return below;
  const named = getNamedType(type);
  if (isObjectType(named)) return ofType(below, named.name);
  const found = createLevel();
  merge(found, { ...below, byType: new Map() });
  const isList = isListType(getNullableType(type));
  let dearest: Record<RowState, Price> = { brought: nothing, bare: nothing };
  for (const level of below.byType.values()) {
    const price = { brought: priceOf(level, 'brought'), bare: priceOf(level, 'bare') };
    dearest = { brought: together(dearest.brought, price.brought, isList), bare: together(dearest.bare, price.bare, isList) };
    for (const name of level.shared) found.shared.add(name);
    found.asksParts ||= level.asksParts;
  }
  found.below.brought = plus(found.below.brought, dearest.brought);
  found.below.bare = plus(found.below.bare, dearest.bare);
  return found;
}

const nothing: Price = { budget: 0, reserve: 0 };
const one: Price = { budget: 1, reserve: 0 };

function together(left: Price, right: Price, isList: boolean): Price {
  if (isList) return plus(left, right);
  return { budget: Math.max(left.budget, right.budget), reserve: Math.max(left.reserve, right.reserve) };
}

interface Values {
  /** What a function of a field's arguments gives; `otherwise` where they are wrong, and the field is never run. */
  of<T>(field: AnyField, node: FieldNode, read: (args: Arguments) => T, otherwise: T): T;
  /** Whether any value was asked for that a variable may have given. */
  wereRead(): boolean;
}

function createValues(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode, given: Variables): Values {
  let coerced: Record<string, unknown> | undefined;
  return {
    of(field, node, read, otherwise) {
      coerced ??= getVariableValues(schema, variableDefinitions, given, { maxErrors: 1 }).coerced ?? {};
      try {
        return read(getArgumentValues(field, node, coerced));
      } catch {
        return otherwise;
      }
    },
    wereRead: () => coerced !== undefined,
  };
}
