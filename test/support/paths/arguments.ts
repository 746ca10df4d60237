import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLInputField,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
} from 'graphql';
import { encodeCursor, type KeysetOrder, orders } from '../../../src/domain/keyset.js';
import type { AnyField } from './list-paths.js';
import type { World } from './worlds.js';

/** The arguments of one occurrence of a field, as text; '' for none. */
export interface ArgumentTexts {
  /** Two ways to ask: where the field has arguments at all, they differ. */
  of(parent: string, field: AnyField, size: number, ofType: string): readonly [string, string];
}

/** Orders of connections whose name is not that of their rows, so that a cursor can be written for them. */
const orderOf: Readonly<Record<string, KeysetOrder>> = {
  'Viewer.renders': orders.rendersNewest,
  'Viewer.collections': orders.collections,
  'Viewer.generationJobs': orders.generationJobs,
  'Viewer.usageHistory': orders.usageHistory,
  'Collection.items': orders.collectionItems,
  'Render.collections': orders.collections,
  'Usage.entries': orders.usageEntries,
  'Admin.profiles': orders.profiles,
  'Account.generationJobs': orders.generationJobs,
  'Query.communityCollections': orders.communityCollections,
  'Query.communityItems': orders.communityItemsNewest,
  'CommunityCollection.items': orders.communityItemsByIndex,
};

/** What a cursor holds that stands before, or behind, everything there is. */
const extremes = {
  timestamptz: { least: new Date(0), most: new Date('9999-12-30T00:00:00Z') },
  uuid: { least: '00000000-0000-0000-0000-000000000000', most: 'ffffffff-ffff-ffff-ffff-ffffffffffff' },
  boolean: { least: false, most: true },
  integer: { least: 0, most: 2_000_000 },
  date: { least: '1971-01-01', most: '9998-01-01' },
} as const;

function cursorAt(end: 'start' | 'end', order: KeysetOrder): string {
  const row = order.columns.map(({ field, type, direction }): [string, unknown] => {
    const { least, most } = extremes[type];
    return [field, (direction === 'desc') === (end === 'start') ? most : least];
  });
  return JSON.stringify(encodeCursor(order, Object.fromEntries(row)));
}

/**
 * Writes arguments from their types: a connection forwards from a cursor and backwards from another, every enum in its
 * first and in its second value, every filter once left out and once given whole. What types do not tell (ids, presets,
 * instants) stands in the table below; whatever is in neither fails by name.
 */
export function createArguments(world: World): ArgumentTexts {
  const special: Readonly<Record<string, () => string | null>> = {
    'Collection.containsRender.renderId': () => id('Render'),
    'Viewer.usage.asOf': () => JSON.stringify(world.now.toISOString()),
    'Account.usage.asOf': () => JSON.stringify(world.now.toISOString()),
    'Admin.account.profileId': () => id('Member'),
    'Admin.profiles.search': () => JSON.stringify('roomfeed'),
    'Billing.previewPlanChange.planId': () => JSON.stringify('advanced'),
    'RenderFilter.roomTypes': () => JSON.stringify(world.roomTypes),
    'RenderFilter.styles': () => JSON.stringify(world.styles),
    'RenderFilter.search': () => JSON.stringify('calm'),
    'RenderFilter.collectionId': () => id('Collection'),
    'RenderFilter.createdAfter': () => JSON.stringify('2001-01-01T00:00:00Z'),
    'RenderFilter.createdBefore': () => JSON.stringify('2090-01-01T00:00:00Z'),
    'CommunityItemFilter.roomTypes': () => JSON.stringify(world.roomTypes.slice(0, 1)),
    'CommunityItemFilter.styles': () => JSON.stringify(world.styles.slice(0, 1)),
    'CommunityItemFilter.search': () => JSON.stringify('calm'),
  };

  const ids = (type: string): readonly string[] => {
    const known = world.ids[type];
    if (!known?.[0]) throw new Error(`the world has no ids of ${type}`);
    return known;
  };
  const id = (type: string) => JSON.stringify(ids(type)[0]);

  /** The value of an optional or required input; null where it is better left out. */
  function value(path: string, input: GraphQLArgument | GraphQLInputField, turn: 0 | 1): string {
    const found = special[path]?.();
    if (found != null) return found;
    const nullable = getNullableType(input.type);
    const type = getNamedType(input.type);
    if (isEnumType(type)) {
      const names = type.getValues().map(({ name }) => name);
      if (isListType(nullable)) return `[${names.join(', ')}]`;
      return names[turn] ?? names[0] ?? '';
    }
    if (isInputObjectType(type) && !isListType(nullable)) {
      const fields = Object.values(type.getFields()).map((field) => `${field.name}: ${value(`${type.name}.${field.name}`, field, turn)}`);
      return `{ ${fields.join(', ')} }`;
    }
    if (type.name === 'Boolean') return 'true';
    throw new Error(`no value is known for ${path} (${input.type.toString()}): add it to test/support/paths/arguments.ts`);
  }

  /** `first` and a cursor, or `last` and another; null for a field that is not paged so. */
  function paging(path: string, field: AnyField, size: number, turn: 0 | 1): readonly string[] | null {
    const names = new Set(field.args.map(({ name }) => name));
    if (!names.has('first') || !names.has('after')) return null;
    const order = orderOf[path];
    if (!order) throw new Error(`no order is known for the cursors of ${path}: add it to test/support/paths/arguments.ts`);
    return turn === 0 ? [`first: ${size}`, `after: ${cursorAt('start', order)}`] : [`last: ${size}`, `before: ${cursorAt('end', order)}`];
  }

  function texts(parent: string, field: AnyField, size: number, ofType: string, turn: 0 | 1): string {
    const path = `${parent}.${field.name}`;
    const paged = paging(path, field, size, turn);
    const given = paged ? [...paged] : [];
    for (const argument of field.args) {
      const { name } = argument;
      if (paged && ['first', 'after', 'last', 'before'].includes(name)) continue;
      if (name === 'first') given.push(`first: ${size + turn}`);
      else if (name === 'id') given.push(`id: ${JSON.stringify(ids(ofType)[turn % ids(ofType).length])}`);
      else if (name === 'ids') given.push(`ids: ${JSON.stringify(cycled(ids(ofType), Math.min(size, world.rows), turn))}`);
      else if (turn === 1 || isRequiredArgument(argument) || argument.defaultValue !== undefined) {
        given.push(`${name}: ${value(`${path}.${name}`, argument, turn)}`);
      }
    }
    return given.length === 0 ? '' : `(${given.join(', ')})`;
  }

  return {
    of: (parent, field, size, ofType) => [texts(parent, field, size, ofType, 0), texts(parent, field, size, ofType, 1)],
  };
}

/** So many ids, from the beginning again where there are fewer; in another order at each turn. */
function cycled(ids: readonly string[], size: number, turn: number): string[] {
  return Array.from({ length: size }, (_, index) => ids[(index + turn) % ids.length] ?? '');
}
