import { GraphQLError, Kind } from 'graphql';
import type { DirectiveNode, DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';

export interface Survey {
  /** Every fragment after those that it spreads, so that each can be weighed from finished parts. */
  readonly fragments: readonly FragmentDefinitionNode[];
  /** In the whole document, `__typename`'s included. */
  readonly aliases: number;
  readonly directives: number;
}

/**
 * Counts what a document's text holds and puts its fragments in order. Linear; the recursion is bounded by the nesting
 * of the text (scan.ts), never by the fragments' own.
 *
 * @throws GraphQLError `GRAPHQL_VALIDATION_FAILED` where a fragment spreads itself or two have one name. Validation would
 * say so too, but its rule for overlapping fields, which runs beside, can be made to take for ever by such documents.
 */
export function surveyDocument(document: DocumentNode): Survey {
  let aliases = 0;
  let directives = 0;
  const fragments = new Map<string, FragmentDefinitionNode>();
  const spreads = new Map<string, readonly string[]>();

  const count = (nodes: readonly DirectiveNode[] | undefined): void => {
    directives += nodes?.length ?? 0;
  };
  const survey = (selectionSet: SelectionSetNode, found: string[]): void => {
    for (const selection of selectionSet.selections) {
      count(selection.directives);
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        found.push(selection.name.value);
      } else {
        if (selection.kind === Kind.FIELD && selection.alias) aliases += 1;
        if (selection.selectionSet) survey(selection.selectionSet, found);
      }
    }
  };

  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      count(definition.directives);
      for (const variable of definition.variableDefinitions ?? []) count(variable.directives);
      survey(definition.selectionSet, []);
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      const name = definition.name.value;
      if (fragments.has(name)) throw invalid(`There can be only one fragment named "${name}".`, definition);
      const found: string[] = [];
      count(definition.directives);
      survey(definition.selectionSet, found);
      fragments.set(name, definition);
      spreads.set(name, found);
    }
  }
  return { fragments: inOrder(fragments, spreads), aliases, directives };
}

/** Depth-first with a stack of our own: a chain of fragments may be longer than the call stack is deep. */
function inOrder(
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  spreads: ReadonlyMap<string, readonly string[]>,
): FragmentDefinitionNode[] {
  const ordered: FragmentDefinitionNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  for (const start of fragments.keys()) {
    const stack = state.has(start) ? [] : [{ name: start, next: 0 }];
    state.set(start, state.get(start) ?? 'open');
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const definition = fragments.get(top.name);
      const below = spreads.get(top.name)?.[top.next];
      top.next += 1;
      if (below === undefined) {
        stack.pop();
        state.set(top.name, 'done');
        if (definition) ordered.push(definition);
      } else if (state.get(below) === 'open') {
        throw invalid(`Fragment "${below}" spreads itself, directly or through others.`, fragments.get(below));
      } else if (!state.has(below) && fragments.has(below)) {
        state.set(below, 'open');
        stack.push({ name: below, next: 0 });
      }
    }
  }
  return ordered;
}

function invalid(message: string, node: FragmentDefinitionNode | undefined): GraphQLError {
  return new GraphQLError(message, { nodes: node, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}
