import { type FieldNode, type GraphQLResolveInfo, visit } from 'graphql';
import type { Selection } from '../domain/selection.js';

interface Known {
  /** The variables that are named below the field: other values of them may be another selection. */
  readonly variables: readonly string[];
  readonly selections: Map<string, Selection>;
}

/** Of one field: clients ask with few values for what is below a list, such as the sizes of inner pages. */
const MAX_SELECTIONS = 16;
/** Longer values are lists of ids and texts, which hardly come again. */
const MAX_KEY_LENGTH = 300;

/**
 * Remembers what look-ahead found for a field, by the field's nodes: a compiled operation hands the same ones to every
 * request, and they go with it. The plain execution makes new ones each time, which finds nothing and keeps nothing.
 */
export function createSelectionMemory() {
  const fields = new WeakMap<readonly FieldNode[], Known>();

  return function remembered(
    kind: string,
    { fieldNodes, fragments, variableValues }: GraphQLResolveInfo,
    find: () => Selection,
  ): Selection {
    // The compiled execution freezes what it keeps.
    if (!Object.isFrozen(fieldNodes)) return find();
    let known = fields.get(fieldNodes);
    if (!known) {
      known = { variables: variablesBelow(fieldNodes, fragments), selections: new Map() };
      fields.set(fieldNodes, known);
    }
    let key = kind;
    for (const name of known.variables) key += `,${JSON.stringify(variableValues[name])}`;
    const found = known.selections.get(key);
    if (found) return found;
    const made = find();
    if (key.length <= MAX_KEY_LENGTH) {
      if (known.selections.size >= MAX_SELECTIONS) known.selections.clear();
      known.selections.set(key, made);
    }
    return made;
  };
}

function variablesBelow(nodes: readonly FieldNode[], fragments: GraphQLResolveInfo['fragments']): string[] {
  const names = new Set<string>();
  const visited = new Set<string>();
  const look = (node: Parameters<typeof visit>[0]): void => {
    visit(node, {
      Variable: ({ name }) => void names.add(name.value),
      FragmentSpread({ name: { value } }) {
        const fragment = fragments[value];
        if (!fragment || visited.has(value)) return;
        visited.add(value);
        look(fragment.selectionSet);
      },
    });
  };
  for (const { selectionSet } of nodes) if (selectionSet) look(selectionSet);
  return [...names].sort();
}
