import {
  type FieldNode,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import type { Page } from '../domain/page.js';
import {
  allColumns,
  columnPart,
  connectionParts,
  mergeSelections,
  nothing,
  type Part,
  partKey,
  type Selection,
} from '../domain/selection.js';
import type { GraphQLContext } from './context.js';
import { createSelectionMemory } from './selection-memory.js';

/**
 * Look-ahead: which columns and parts of its rows a query wants, found from the selection below a field, so that one
 * statement brings them all, and no more. A field says itself which part it needs (`extensions.part`), beside its
 * resolver, and which columns its resolver reads (`extensions.columns`) where that is not the one of its own name. A
 * field that says nothing gets every column: a new field is never wrong, at most slower.
 */
export interface NeededPart {
  readonly name: string;
  /** The part's arguments from the field's; what it throws, the field's own resolver throws again, at its place. */
  args?(args: Arguments): unknown;
  /** Where the field's type is not that of the part's rows: the columns that the rows need for the fields below. */
  readonly columns?: ColumnsRead;
}

export type Arguments = Readonly<Record<string, unknown>>;

/** The columns that a resolver reads, by their model names; `below` holds the names of the fields that are selected below. */
export type ColumnsRead = (args: Arguments, below: ReadonlySet<string>) => readonly string[];

/** To be spread into a field's options: its resolver reads these columns of the row, and no others. */
export const reads = (...columns: readonly string[]) => ({ extensions: { columns: () => columns } });

/** The same for columns that depend on the field's arguments and on what is selected below it. */
export const readsFor = (columns: ColumnsRead) => ({ extensions: { columns } });

/** One answer for all requests of a compiled operation, which come with the same nodes. */
const remembered = createSelectionMemory();

/** What the rows of a field want, for a field that returns a row (or a list of rows). */
export function selectionOf(info: GraphQLResolveInfo, { lookAhead }: GraphQLContext): Selection {
  const type = getNamedType(info.returnType);
  if (!lookAhead || !isObjectType(type)) return nothing;
  return remembered('row', info, () => rowSelection(type, selectionSets(info.fieldNodes), info));
}

/** What a connection's field wants: of its rows, and of the list itself. */
export function connectionSelectionOf(
  info: GraphQLResolveInfo,
  { lookAhead }: GraphQLContext,
  backward: boolean,
): Selection {
  const type = getNamedType(info.returnType);
  if (!isObjectType(type)) return nothing;
  return remembered(`${lookAhead ? 'connection' : 'list'} ${backward ? 'backward' : 'forward'}`, info, () => {
    const selection = connectionSelection(type, selectionSets(info.fieldNodes), info, backward);
    return lookAhead ? selection : onlyOfList(selection);
  });
}

function onlyOfList(selection: Selection): Selection {
  return new Map([...selection].filter(([, { name }]) => name.startsWith('$')));
}

function selectionSets(nodes: readonly FieldNode[]): SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
}

/** Only of these are rows what a table holds; others are made by services, which read what they need. */
function isStored(type: GraphQLObjectType): boolean {
  return type.extensions['pothosPrismaModel'] !== undefined;
}

function rowSelection(type: GraphQLObjectType, sets: readonly SelectionSetNode[], info: GraphQLResolveInfo): Selection {
  const selection = new Map<string, Part>();
  const want = (part: Part) => {
    const key = partKey(part.name, part.args);
    const present = selection.get(key);
    selection.set(key, present ? { ...part, selection: mergeSelections(present.selection, part.selection) } : part);
  };
  const fields = type.getFields();
  for (const [name, nodes] of fieldsOf(type, sets, info)) {
    const field = fields[name];
    if (!field) continue;
    const needed = field.extensions['part'] as NeededPart | undefined;
    for (const node of nodes) {
      if (!needed) {
        if (isStored(type)) columnsOf(field, node, info).forEach((column) => want(columnPart(column)));
        continue;
      }
      const args = argsOf(() => getArgumentValues(field, node, info.variableValues));
      const partArgs = args === refused ? refused : argsOf(() => needed.args?.(args));
      if (args === refused || partArgs === refused) continue;
      const below = needed.columns
        ? new Map(needed.columns(args, namesBelow(field, node, info)).map((column) => [`.${column}`, columnPart(column)]))
        : belowSelection(getNamedType(field.type), selectionSets([node]), info, partArgs);
      want({ name: needed.name, args: partArgs, selection: below });
    }
  }
  // Whoever names no column would get all of them.
  if (isStored(type) && [...selection.keys()].every((key) => !key.startsWith('.'))) want(columnPart('id'));
  return selection;
}

/** The columns that the field's resolver reads. */
function columnsOf(field: GraphQLField<unknown, unknown>, node: FieldNode, info: GraphQLResolveInfo): readonly string[] {
  const { columns, pothosExposedField: exposed } = field.extensions as { columns?: ColumnsRead; pothosExposedField?: string };
  if (columns) {
    const args = argsOf(() => getArgumentValues(field, node, info.variableValues));
    return args === refused ? [] : columns(args, namesBelow(field, node, info));
  }
  if (exposed !== undefined) return [exposed];
  return field.resolve ? [allColumns.slice(1)] : [field.name];
}

function namesBelow(field: GraphQLField<unknown, unknown>, node: FieldNode, info: GraphQLResolveInfo): ReadonlySet<string> {
  const type = getNamedType(field.type);
  return new Set(isObjectType(type) ? fieldsOf(type, selectionSets([node]), info).keys() : []);
}

const refused = Symbol('refused');

function argsOf<Value>(read: () => Value): Value | typeof refused {
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

/** Of edges and of `pageInfo`. */
const cursorFields = ['cursor', 'startCursor', 'endCursor'];

function connectionSelection(
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
  info: GraphQLResolveInfo,
  backward: boolean,
): Selection {
  const ofList = new Map<string, Part>();
  const want = (name: string) => ofList.set(name, { name, args: undefined, selection: nothing });
  let ofRows: Selection | null = null;
  const wantRows = (row: GraphQLObjectType, nodes: readonly FieldNode[]) => {
    const selection = rowSelection(row, selectionSets(nodes), info);
    ofRows = ofRows ? mergeSelections(ofRows, selection) : selection;
  };
  const ofEdges = new Map<string, Part>();
  const wantColumn = (column: string) => ofEdges.set(`.${column}`, columnPart(column));
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
    if (name === 'pageInfo') {
      if (inner.has(backward ? 'hasPreviousPage' : 'hasNextPage')) want(connectionParts.more);
      if (inner.has(backward ? 'hasNextPage' : 'hasPreviousPage')) want(connectionParts.otherSide);
    }
    if (cursorFields.some((field) => inner.has(field))) want(connectionParts.cursors);
    if (name === 'nodes') wantRows(below, nodes);
    if (name === 'edges') {
      for (const [edgeName, edgeNodes] of inner) {
        const field = below.getFields()[edgeName];
        if (!field || edgeName === 'cursor') continue;
        const row = objectBelow(below, edgeName);
        if (edgeName === 'node' && row) wantRows(row, edgeNodes);
        else edgeNodes.forEach((node) => columnsOf(field, node, info).forEach((column) => wantColumn(column)));
      }
    }
  }
  const row = objectBelow(type, 'nodes');
  return new Map([...ofList, ...(ofRows ?? (row && isStored(row) ? [['.id', columnPart('id')] as const] : [])), ...ofEdges]);
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
