import type { GraphQLResolveInfo } from 'graphql';
import { BadUserInput } from '../domain/errors.js';
import { encodeGlobalId } from '../domain/global-id.js';
import { orders } from '../domain/keyset.js';
import { type Connection, type ConnectionArguments, maxPageSize, toPage } from '../domain/page.js';
import { wantsOnlyColumns } from '../domain/selection.js';
import type {
  Collection as CollectionModel,
  Render as RenderModel,
  RenderVariant as RenderVariantModel,
} from '../generated/prisma/client.js';
import { CollectionLimitReached, FavoritesProtected, InvalidInput, NotFound } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import type { Favored } from '../services/collections/favorites.js';
import { maxCollectionBatch, maxCollectionName, maxRenderBatch } from '../services/collections/input.js';
import type { AddedRenders, OrganizedRenders, RemovedRenders } from '../services/collections/organizing.js';
import { builder } from './builder.js';
import type { GraphQLContext } from './context.js';
import { decodeIdOf } from './global-id.js';
import { Image, pictureColumns, variantImage } from './image.js';
import { readIds } from './input-ids.js';
import { connectionSelectionOf, reads, selectionOf } from './look-ahead.js';
import { afterWrite, partsBy, whenRead } from './part-readers.js';
import { Render, renderNow, renderPart } from './render.js';
import { forActiveAccounts } from './standing-first.js';
import { bringsAll, rereads, sends } from './statements.js';
import { ChangePayload, Viewer } from './viewer.js';

/** A render together with its place in the collection that it was read from. */
type Item = RenderModel & { readonly addedAt: Date };

const collectionPart = partsBy<CollectionModel>((loaders, { id }) => ({ loader: loaders.partByCollection, id }));

const itemCount = collectionPart<number>('itemCount');
const coverVariants = collectionPart<readonly RenderVariantModel[], { first: number }>(
  'coverImages',
  ({ first }) => {
    if (first < 0 || first > maxPageSize) {
      throw new BadUserInput(`"first" must be from 0 to ${maxPageSize}, and was ${first}.`);
    }
    return { first };
  },
  (_args, below) => pictureColumns('thumbnail', below),
);
const containsRender = collectionPart<boolean, { renderId: string }>('containsRender', ({ renderId }) => ({
  renderId: decodeIdOf('Render', renderId, 'renderId'),
}));
const items = collectionPart<Connection<Item>, ConnectionArguments>('items', (args) => ({
  page: toPage(orders.collectionItems, args),
}));

export const Collection = builder.prismaNode('Collection', {
  description: 'An album of renders.',
  id: { field: 'id' },
  fields: (t) => ({
    name: t.exposeString('name', { description: '1 to 100 characters.' }),
    isDefaultFavorites: t.exposeBoolean('isDefaultFavorites', {
      description: 'Everyone has one; it can be neither renamed nor deleted.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    itemCount: t.int({ ...itemCount.needs, description: 'How many renders are in it.', resolve: itemCount.read }),
    coverImages: t.field({
      type: [Image],
      ...coverVariants.needs,
      description: 'Thumbnails of the newest items\' covers.',
      args: { first: t.arg.int({ required: true, defaultValue: 4, description: '0 to 100.' }) },
      resolve: (collection, args, context, info) =>
        whenRead(coverVariants.read(collection, args, context, info), (found) =>
          found.map((variant) => variantImage(variant, 'thumbnail')),
        ),
    }),
    containsRender: t.boolean({
      ...containsRender.needs,
      description: 'For a picker: whether it holds this render.',
      args: { renderId: t.arg.id({ required: true, description: 'A render\'s id.' }) },
      resolve: containsRender.read,
    }),
    items: t.connection(
      {
        type: Render,
        ...items.needs,
        description: 'The renders in it, newest item first.',
        resolve: items.read,
      },
      {},
      {
        description: 'A render\'s place in a collection.',
        fields: (edge) => ({
          addedAt: edge.field({
            type: 'DateTime',
            ...reads('addedAt'),
            description: 'When the render was put into the collection.',
            resolve: ({ node }) => (node).addedAt,
          }),
        }),
      },
    ),
  }),
});

builder.objectFields(Viewer, (t) => ({
  collections: t.connection({
    type: Collection,
    // Favorites that were lost are looked for, made and looked for again, and then the page is.
    ...bringsAll({ reserve: 4 }),
    description: 'Your collections: the default favorites, then the newest first.',
    resolve: (viewer, page, context, info) =>
      context.services.collections.listCollections(viewer, {
        page,
        selection: connectionSelectionOf(info, context, toPage(orders.collections, page).backward),
      }),
  }),
  favorites: t.field({
    type: Collection,
    // Made, and read again, where they were lost.
    ...bringsAll({ reserve: 2 }),
    description: 'Your default favorites.',
    resolve: (viewer, _args, context, info) =>
      context.services.collections.ensureDefaultFavorites(viewer, selectionOf(info, context)),
  }),
}));

const isFavorite = renderPart<boolean>('isFavorite');
const collections = renderPart<Connection<CollectionModel>, ConnectionArguments>('collections', (args) => ({
  page: toPage(orders.collections, args),
}));

builder.prismaObjectFields(Render, (t) => ({
  isFavorite: t.boolean({
    ...isFavorite.needs,
    description: 'Whether it is in your default favorites.',
    resolve: isFavorite.read,
  }),
  collections: t.connection({
    type: Collection,
    ...collections.needs,
    description: 'The collections that hold it.',
    resolve: collections.read,
  }),
}));

builder.queryField('collection', (t) =>
  t.field({
    type: Collection,
    nullable: true,
    ...bringsAll(),
    description: 'A collection of yours; null where there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'A collection\'s id.' }) },
    resolve: (_root, { id }, context, info) => {
      const collectionId = decodeIdOf('Collection', id, 'id');
      return (
        context.viewer &&
        context.services.collections.getCollection(context.viewer, collectionId, selectionOf(info, context))
      );
    },
  }),
);

// ---------------------------------------------------------------- mutations

/** The collection of a payload, with what is asked of it after the change. */
function collectionNow(collection: CollectionModel, context: GraphQLContext, info: GraphQLResolveInfo): Promise<CollectionModel> {
  return afterWrite(collection, selectionOf(info, context), (selection) =>
    context.services.collections.getCollection(signedIn(context.viewer), collection.id, selection),
  );
}

const renderIds = (ids: readonly string[]): string[] => ids.map((id) => encodeGlobalId('Render', id));

const nameDescription = `1 to ${maxCollectionName} characters on one line; white space around them is taken off.`;
const batchDescription = `Ids of 1 to ${maxRenderBatch} renders; naming one twice is naming it once.`;

const CreateCollectionInput = builder.inputType('CreateCollectionInput', {
  description: 'A new collection.',
  fields: (t) => ({ name: t.string({ required: true, description: nameDescription }) }),
});

/** The two payloads that hold one collection and nothing else. */
function collectionPayload(name: string, description: string) {
  return builder.objectRef<{ readonly collection: CollectionModel }>(name).implement({
    description,
    interfaces: [ChangePayload],
    fields: (t) => ({
      collection: t.field({
        type: Collection,
        ...rereads,
        description: 'The collection as it is now.',
        resolve: ({ collection }, _args, context, info) => collectionNow(collection, context, info),
      }),
    }),
  });
}

const CreateCollectionPayload = collectionPayload('CreateCollectionPayload', 'The collection that was made.');
const RenameCollectionPayload = collectionPayload('RenameCollectionPayload', 'The collection that was renamed.');

builder.mutationField('createCollection', (t) =>
  t.field({
    type: CreateCollectionPayload,
    ...sends(4),
    description: 'Makes a collection. Two may have the same name. How many there may be: `presets.limits.maxCollections`.',
    args: { input: t.arg({ type: CreateCollectionInput, required: true, description: 'What it is called.' }) },
    errors: { types: [InvalidInput, CollectionLimitReached] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) => services.collections.createCollection(signedIn(viewer), input)),
  }),
);

const RenameCollectionInput = builder.inputType('RenameCollectionInput', {
  description: 'A new name for a collection.',
  fields: (t) => ({
    collectionId: t.id({ required: true, description: 'A collection of yours.' }),
    name: t.string({ required: true, description: nameDescription }),
  }),
});

builder.mutationField('renameCollection', (t) =>
  t.field({
    type: RenameCollectionPayload,
    ...sends(4, { reserve: 1 }),
    description: 'Renames a collection. The default favorites keep their name.',
    args: { input: t.arg({ type: RenameCollectionInput, required: true, description: 'Which one, and the name.' }) },
    errors: { types: [InvalidInput, NotFound, FavoritesProtected] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.collections.renameCollection(
        signedIn(viewer),
        readIds(({ id }) => ({ collectionId: id('Collection', 'collectionId', input.collectionId), name: input.name })),
      ),
    ),
  }),
);

const DeleteCollectionInput = builder.inputType('DeleteCollectionInput', {
  description: 'A collection to delete.',
  fields: (t) => ({ collectionId: t.id({ required: true, description: 'A collection of yours.' }) }),
});

const DeleteCollectionPayload = builder
  .objectRef<{ readonly collectionId: string }>('DeleteCollectionPayload')
  .implement({
    description: 'The collection that is gone.',
    interfaces: [ChangePayload],
    fields: (t) => ({
      deletedCollectionId: t.id({
        description: 'What its id was, to take it out of lists.',
        resolve: ({ collectionId }) => encodeGlobalId('Collection', collectionId),
      }),
    }),
  });

builder.mutationField('deleteCollection', (t) =>
  t.field({
    type: DeleteCollectionPayload,
    ...sends(4, { reserve: 1 }),
    description: 'Deletes a collection. Its renders stay. The default favorites cannot be deleted.',
    args: { input: t.arg({ type: DeleteCollectionInput, required: true, description: 'Which one.' }) },
    errors: { types: [InvalidInput, NotFound, FavoritesProtected] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.collections.deleteCollection(
        signedIn(viewer),
        readIds(({ id }) => ({ collectionId: id('Collection', 'collectionId', input.collectionId) })),
      ),
    ),
  }),
);

const CollectionRendersInput = builder.inputType('CollectionRendersInput', {
  description: 'Renders of a collection.',
  fields: (t) => ({
    collectionId: t.id({ required: true, description: 'A collection of yours; the favorites are one.' }),
    renderIds: t.idList({ required: true, description: batchDescription }),
  }),
});

const AddRendersToCollectionPayload = builder.objectRef<AddedRenders>('AddRendersToCollectionPayload').implement({
  description: 'What became of each render: every id is in exactly one of the lists, once.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    collection: t.field({
      type: Collection,
      ...rereads,
      description: 'The collection with its new renders.',
      resolve: ({ collection }, _args, context, info) => collectionNow(collection, context, info),
    }),
    added: t.idList({ description: 'Renders that are new in it.', resolve: ({ added }) => renderIds(added) }),
    alreadyPresent: t.idList({
      description: 'Renders that were in it before; their place is as it was.',
      resolve: ({ alreadyPresent }) => renderIds(alreadyPresent),
    }),
    notFound: t.idList({ description: 'No renders of yours.', resolve: ({ notFound }) => renderIds(notFound) }),
  }),
});

builder.mutationField('addRendersToCollection', (t) =>
  t.field({
    type: AddRendersToCollectionPayload,
    ...sends(6),
    description: 'Puts renders into a collection, all that are yours at once. Doing so again changes nothing.',
    args: { input: t.arg({ type: CollectionRendersInput, required: true, description: 'Which renders, and where.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.collections.addRendersToCollection(signedIn(viewer), readCollectionRenders(input)),
    ),
  }),
);

const RemoveRendersFromCollectionPayload = builder.objectRef<RemovedRenders>('RemoveRendersFromCollectionPayload').implement({
  description: 'What became of each render: every id is in exactly one of the lists, once.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    collection: t.field({
      type: Collection,
      ...rereads,
      description: 'The collection without them.',
      resolve: ({ collection }, _args, context, info) => collectionNow(collection, context, info),
    }),
    removed: t.idList({ description: 'Renders that were in it.', resolve: ({ removed }) => renderIds(removed) }),
    notPresent: t.idList({ description: 'Renders that were not.', resolve: ({ notPresent }) => renderIds(notPresent) }),
  }),
});

builder.mutationField('removeRendersFromCollection', (t) =>
  t.field({
    type: RemoveRendersFromCollectionPayload,
    ...sends(5),
    description: 'Takes renders out of a collection; the renders stay. Doing so again changes nothing.',
    args: { input: t.arg({ type: CollectionRendersInput, required: true, description: 'Which renders, and whence.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.collections.removeRendersFromCollection(signedIn(viewer), readCollectionRenders(input)),
    ),
  }),
);

function readCollectionRenders(input: { readonly collectionId: string; readonly renderIds: readonly string[] }) {
  return readIds(({ id, ids }) => ({
    collectionId: id('Collection', 'collectionId', input.collectionId),
    renderIds: ids('Render', 'renderIds', input.renderIds),
  }));
}

const OrganizeRendersInput = builder.inputType('OrganizeRendersInput', {
  description: 'Renders to put into collections and to take out of others, in one step.',
  fields: (t) => ({
    renderIds: t.idList({ required: true, description: batchDescription }),
    addToCollectionIds: t.idList({
      required: true,
      defaultValue: [],
      description: `Up to ${maxCollectionBatch} collections of yours to put them all into.`,
    }),
    removeFromCollectionIds: t.idList({
      required: true,
      defaultValue: [],
      description: `Up to ${maxCollectionBatch} collections of yours to take them all out of; none of those to put them into.`,
    }),
  }),
});

const OrganizeRendersPayload = builder.objectRef<OrganizedRenders>('OrganizeRendersPayload').implement({
  description: 'What was moved.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    collections: t.field({
      type: [Collection],
      extensions: { ...rereads.extensions, listSize: 2 * maxCollectionBatch },
      description: 'The collections that were named, those to add to first.',
      resolve: async ({ collections: written }, _args, context, info) => {
        const selection = selectionOf(info, context);
        if (wantsOnlyColumns(selection)) return written;
        const ids = written.map(({ id }) => id);
        const now = await context.services.collections.listCollectionsByIds(signedIn(context.viewer), ids, selection);
        const byId = new Map(now.map((row) => [row.id, row]));
        return written.map((row) => byId.get(row.id) ?? row);
      },
    }),
    addedCount: t.exposeInt('addedCount', { description: 'New places: a render that is new in two collections counts twice.' }),
    removedCount: t.exposeInt('removedCount', { description: 'Places that are gone, counted likewise.' }),
    notFound: t.idList({ description: 'No renders of yours.', resolve: ({ notFound }) => renderIds(notFound) }),
  }),
});

builder.mutationField('organizeRenders', (t) =>
  t.field({
    type: OrganizeRendersPayload,
    ...sends(7),
    description:
      'Puts renders into collections and takes them out of others, all or nothing: where a collection is not yours, nothing is moved.',
    args: { input: t.arg({ type: OrganizeRendersInput, required: true, description: 'Which renders, where, and whence.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.collections.organizeRenders(
        signedIn(viewer),
        readIds(({ ids }) => ({
          renderIds: ids('Render', 'renderIds', input.renderIds),
          addToCollectionIds: ids('Collection', 'addToCollectionIds', input.addToCollectionIds),
          removeFromCollectionIds: ids('Collection', 'removeFromCollectionIds', input.removeFromCollectionIds),
        })),
      ),
    ),
  }),
);

const FavoriteInput = builder.inputType('FavoriteInput', {
  description: 'A render to like.',
  fields: (t) => ({ renderId: t.id({ required: true, description: 'A render of yours.' }) }),
});

/** The two payloads of a click on the heart, which have the same fields. */
function favoritesPayload(name: string, description: string) {
  return builder.objectRef<Favored>(name).implement({
    description,
    interfaces: [ChangePayload],
    fields: (t) => ({
      render: t.field({
        type: Render,
        ...rereads,
        description: 'The render, with `isFavorite` as it is now.',
        resolve: ({ render }, _args, context, info) => renderNow(render, context, info),
      }),
      favorites: t.field({
        type: Collection,
        ...rereads,
        description: 'Your favorites as they are now.',
        resolve: ({ favorites }, _args, context, info) => collectionNow(favorites, context, info),
      }),
    }),
  });
}

const AddToFavoritesPayload = favoritesPayload('AddToFavoritesPayload', 'The render among your favorites.');
const RemoveFromFavoritesPayload = favoritesPayload('RemoveFromFavoritesPayload', 'The render, no longer among your favorites.');

const readFavorite = (input: { readonly renderId: string }) =>
  readIds(({ id }) => ({ renderId: id('Render', 'renderId', input.renderId) }));

/** One statement; where the favorites were lost, they are made in a transaction that clicks again. */
const click = sends(1, { reserve: 5 });

builder.mutationFields((t) => ({
  addToFavorites: t.field({
    type: AddToFavoritesPayload,
    ...click,
    description: 'Puts a render into your favorites. Doing so again changes nothing.',
    args: { input: t.arg({ type: FavoriteInput, required: true, description: 'Which render.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.collections.addToFavorites(signedIn(viewer), readFavorite(input)),
    ),
  }),
  removeFromFavorites: t.field({
    type: RemoveFromFavoritesPayload,
    ...click,
    description: 'Takes a render out of your favorites. Doing so again changes nothing.',
    args: { input: t.arg({ type: FavoriteInput, required: true, description: 'Which render.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.collections.removeFromFavorites(signedIn(viewer), readFavorite(input)),
    ),
  }),
}));
