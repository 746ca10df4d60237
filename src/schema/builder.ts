import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import PrismaPlugin from '@pothos/plugin-prisma';
import RelayPlugin from '@pothos/plugin-relay';
import { AccessSuspended } from '../domain/user-errors.js';
import { getDatamodel } from '../generated/pothos.js';
import type PrismaTypes from '../generated/pothos.js';
import type { GraphQLContext } from './context.js';

/**
 * The builder that every schema file adds its noun to. It defines no types itself.
 *
 * Types of stored rows are declared over Prisma's models. On the hot types (Render, RenderVariant, Collection,
 * CommunityCollection, CommunityItem, Usage) fields are plain resolvers on the row that one statement brought, because
 * `t.relation`, `t.relationCount` and `t.prismaConnection` cost more than the query itself (docs/adr/0006).
 */
export const builder = new SchemaBuilder<{
  Context: GraphQLContext;
  PrismaTypes: PrismaTypes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    URL: { Input: URL; Output: string | URL };
    JSONObject: { Input: Record<string, unknown>; Output: Record<string, unknown> };
    UUID: { Input: string; Output: string };
    SafeInt: { Input: number; Output: number };
  };
  Connection: { readonly totalCount: number | null };
}>({
  // Errors goes first: it is the outermost, and so sees what every other one throws.
  plugins: [ErrorsPlugin, PrismaPlugin, RelayPlugin],
  defaultFieldNullability: false,
  prisma: {
    client: ({ services, viewer }) => services.models.readAs(viewer),
    dmmf: getDatamodel(),
    // Descriptions are written for clients, here; those in schema.prisma are for us.
    exposeDescriptions: false,
    onUnusedQuery: 'error',
  },
  errors: {
    // A mutation's result is its payload, or one of the errors that its field lists (docs/adr/0004).
    directResult: true,
    defaultTypes: [AccessSuspended],
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result`,
      description: 'What came of it: the payload, or one of the errors that a client should expect.',
    },
  },
  relay: {
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodesOnConnection: { description: 'The page, without the edges.' },
    edgesFieldOptions: { nullable: { list: false, items: false }, description: 'The page, with a cursor for each.' },
    nodesFieldOptions: { nullable: { list: false, items: false } },
    nodeFieldOptions: { nullable: false, description: 'The row itself.' },
    cursorFieldOptions: { description: 'Its place in the list, for `after` and `before`; opaque.' },
    pageInfoFieldOptions: { description: 'Where the page lies in the list.' },
    hasNextPageFieldOptions: { description: 'Whether the list goes on after the page.' },
    hasPreviousPageFieldOptions: { description: 'Whether something stands before the page.' },
    startCursorFieldOptions: { description: 'Of the first row; null where the page is empty.' },
    endCursorFieldOptions: { description: 'Of the last row, to go on from; null where the page is empty.' },
    defaultConnectionTypeOptions: { description: 'A page of a list.' },
    defaultEdgeTypeOptions: { description: 'A row of a page, with its cursor.' },
    cursorType: 'String',
    nodeTypeOptions: { description: 'Anything that can be fetched again by its id.' },
    idFieldOptions: { description: 'Globally unique and opaque; `node` takes it.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    firstArgOptions: firstLast('first', 'after'),
    lastArgOptions: firstLast('last', 'before'),
    afterArgOptions: { description: 'Read what stands after this cursor.' },
    beforeArgOptions: { description: 'Read what stands before this cursor.' },
  },
});

function firstLast(name: string, cursor: string): { description: string } {
  const end = name === 'first' ? 'beginning' : 'end';
  return {
    description: `How many to read from \`${cursor}\` or the ${end}: 0 to 100, 24 where neither \`first\` nor \`last\` is given.`,
  };
}

builder.queryType({ description: 'Everything that can be read.' });
builder.mutationType({
  description:
    'Everything that can be changed. Each field answers with its payload or with an error to expect; a request that is not signed in gets UNAUTHENTICATED, one that only administrators may make FORBIDDEN. Every request, this or another, that is signed in to a deleted account gets ACCOUNT_DELETED. Fields run one after the other.',
});

builder.subscriptionType({
  description:
    'What changes, while it changes, as server-sent events: send `Accept: text/event-stream`, by POST or GET. Each event has an id; a client that was cut off sends the last one it had in the header `Last-Event-ID`, and gets what came after it: nothing is left out or told twice. A request that is not signed in gets UNAUTHENTICATED. A stream ends with the token that it was opened with.',
});

builder.globalConnectionField('totalCount', (t) =>
  t.int({
    description: 'The length of the whole list, filters applied. It costs a COUNT, only where it is selected.',
    resolve: ({ totalCount }) => {
      if (totalCount === null) throw new Error('The list was read without its length.');
      return totalCount;
    },
  }),
);
