import {
  type FieldNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import type { Page } from '../domain/page.js';
import {
  connectionParts,
  mergeSelections,
  nothing,
  type Part,
  partKey,
  type Selection,
  type WithParts,
} from '../domain/selection.js';
import type { PartByRow } from '../loaders/loaders.js';
import type { GraphQLContext } from './context.js';

/**
 * Look-ahead: which parts of its rows a query wants, found from the selection below a field, so that one statement
 * brings them all. A field says itself which part it needs (`extensions.part`), beside its resolver; nothing else has to
 * be told of a new field.
 */
interface NeededPart {
  readonly name: string;
  /** The part's arguments from the field's; what it throws, the field's own resolver throws again, at its place. */
  args?(args: Readonly<Record<string, unknown>>): unknown;
}

/** What the rows of a field want, for a field that returns a row (or a list of rows). */
export function selectionOf(info: GraphQLResolveInfo, { lookAhead }: GraphQLContext): Selection {
  const type = getNamedType(info.returnType);
  return lookAhead && isObjectType(type) ? rowSelection(type, selectionSets(info.fieldNodes), info) : nothing;
}

/** What a connection's field wants: of its rows, and of the list itself. */
export function connectionSelectionOf(
  info: GraphQLResolveInfo,
  { lookAhead }: GraphQLContext,
  backward: boolean,
): Selection {
  const type = getNamedType(info.returnType);
  if (!isObjectType(type)) return nothing;
  const selection = connectionSelection(type, selectionSets(info.fieldNodes), info, backward);
  return lookAhead ? selection : onlyOfList(selection);
}

function onlyOfList(selection: Selection): Selection {
  return new Map([...selection].filter(([, { name }]) => name.startsWith('$')));
}

function selectionSets(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
}

function rowSelection(type: GraphQLObjectType, sets: readonly SelectionSetNode[], info: GraphQLResolveInfo): Selection {
  let selection = nothing;
  const fields = type.getFields();
  for (const [name, nodes] of fieldsOf(type, sets, info)) {
    const field = fields[name];
    const needed = field?.extensions['part'] as NeededPart | undefined;
    if (!field || !needed) continue;
    for (const node of nodes) {
      const args = argsOf(() => needed.args?.(getArgumentValues(field, node, info.variableValues)));
      if (args === refused) continue;
      const below = getNamedType(field.type);
      const part: Part = { name: needed.name, args, selection: belowSelection(below, selectionSets([node]), info, args) };
      selection = mergeSelections(selection, new Map([[partKey(part.name, args), part]]));
    }
  }
  return selection;
}

const refused = Symbol('refused');

function argsOf(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    // Wrong arguments are the field's own error: its resolver meets them again and answers at its place.
    return refused;
  }
}

function belowSelection(
  type: ReturnType<typeof getNamedType>,
  sets: readonly SelectionSetNode[],
  info: GraphQLResolveInfo,
  args: unknown,
): Selection {
  if (!isObjectType(type)) return nothing;
  const page = (args as { page?: Page } | undefined)?.page;
  return page ? connectionSelection(type, sets, info, page.backward) : rowSelection(type, sets, info);
}

function connectionSelection(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  info: GraphQLResolveInfo,
  backward: boolean,
): Selection {
  let selection = nothing;
  const want = (name: string) => {
    selection = mergeSelections(selection, new Map([[name, { name, args: undefined, selection: nothing }]]));
  };
  const fields = type.getFields();
  const objectBelow = (parent: GraphQLObjectType, name: string) => {
    const field = parent.getFields()[name];
    const below = field && getNamedType(field.type);
    return isObjectType(below) ? below : null;
  };
  for (const [name, nodes] of fieldsOf(type, sets, info)) {
    if (name === 'totalCount') want(connectionParts.totalCount);
    if (!(name in fields) || !['edges', 'nodes', 'pageInfo'].includes(name)) continue;
    want(connectionParts.rows);
    const below = objectBelow(type, name);
    if (!below) continue;
    const inner = fieldsOf(below, selectionSets(nodes), info);
    if (name === 'pageInfo' && inner.has(backward ? 'hasNextPage' : 'hasPreviousPage')) want(connectionParts.otherSide);
    if (name === 'nodes') selection = mergeSelections(selection, rowSelection(below, selectionSets(nodes), info));
    if (name === 'edges') {
      const row = objectBelow(below, 'node');
      const rowNodes = inner.get('node');
      if (row && rowNodes) selection = mergeSelections(selection, rowSelection(row, selectionSets(rowNodes), info));
    }
  }
  return selection;
}

/** The fields that are selected of a type, fragments resolved, `@skip` and `@include` obeyed. */
function fieldsOf(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  info: GraphQLResolveInfo,
): Map<string, FieldNode[]> {
  const found = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const visit = (set: SelectionSetNode): void => {
    for (const node of set.selections) {
      if (getDirectiveValues(GraphQLSkipDirective, node, info.variableValues)?.['if'] === true) continue;
      if (getDirectiveValues(GraphQLIncludeDirective, node, info.variableValues)?.['if'] === false) continue;
      if (node.kind === 'Field') {
        const nodes = found.get(node.name.value);
        if (nodes) nodes.push(node);
        else found.set(node.name.value, [node]);
        continue;
      }
      const fragment = node.kind === 'InlineFragment' ? node : info.fragments[node.name.value];
      if (!fragment || (node.kind === 'FragmentSpread' && visited.has(node.name.value))) continue;
      if (node.kind === 'FragmentSpread') visited.add(node.name.value);
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || condition === type.name || type.getInterfaces().some(({ name }) => name === condition)) {
        visit(fragment.selectionSet);
      }
    }
  };
  for (const set of sets) visit(set);
  return found;
}

/**
 * A row that a mutation wrote, with what is asked of it now: read again where anything beside its columns is asked, and
 * as it was written where somebody deleted it meanwhile.
 */
export async function afterWrite<Row>(
  row: Row,
  selection: Selection,
  read: (selection: Selection) => Promise<Row | null>,
): Promise<Row> {
  return selection.size === 0 ? row : ((await read(selection)) ?? row);
}

/** Finds the loader that serves a row's parts, and the row's id there. */
export type LoaderOf<Row> = (loaders: GraphQLContext['loaders'], row: Row) => { loader: PartByRow; id: string };

/** A field's part: what look-ahead is told, and how a resolver reads it. */
export interface PartReader<Row, Args, Value> {
  /** To be spread into the field's options. */
  readonly needs: { readonly extensions: { readonly part: NeededPart } };
  /** From the row where its statement brought the part, else through the loader. */
  read(row: Row, args: Args, context: GraphQLContext, info: GraphQLResolveInfo): Value | Promise<Value>;
}

/** Makes the part readers of a type. */
export function partsBy<Row>(loaderOf: LoaderOf<Row>) {
  return function part<Value, Args = object>(
    name: string,
    toArgs?: (args: Args) => unknown,
  ): PartReader<Row, Args, Value> {
    const needed: NeededPart = toArgs ? { name, args: (args) => toArgs(args as Args) } : { name };
    return {
      needs: { extensions: { part: needed } },
      read(row, args, context, info) {
        const partArgs = toArgs?.(args);
        const { parts } = row as WithParts;
        const key = partKey(name, partArgs);
        if (parts && key in parts) return parts[key] as Value;
        const page = (partArgs as { page?: Page } | undefined)?.page;
        const selection = page ? connectionSelectionOf(info, context, page.backward) : selectionOf(info, context);
        const { loader, id } = loaderOf(context.loaders, row);
        return loader.load({ name, args: partArgs, selection }, id) as Promise<Value>;
      },
    };
  };
}
