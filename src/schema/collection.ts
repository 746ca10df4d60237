import { BadUserInput } from '../domain/errors.js';
import { orders } from '../domain/keyset.js';
import { type Connection, type ConnectionArguments, maxPageSize, toPage } from '../domain/page.js';
import type {
  Collection as CollectionModel,
  Render as RenderModel,
  RenderVariant as RenderVariantModel,
} from '../generated/prisma/client.js';
import { builder } from './builder.js';
import { decodeIdOf } from './global-id.js';
import { Image, variantImage } from './image.js';
import { connectionSelectionOf, partsBy, selectionOf } from './look-ahead.js';
import { Render, renderPart } from './render.js';
import { Viewer } from './viewer.js';

/** A render together with its place in the collection that it was read from. */
type Item = RenderModel & { readonly addedAt: Date };

const collectionPart = partsBy<CollectionModel>((loaders, { id }) => ({ loader: loaders.partByCollection, id }));

const itemCount = collectionPart<number>('itemCount');
const coverVariants = collectionPart<readonly RenderVariantModel[], { first: number }>('coverImages', ({ first }) => {
  if (first < 0 || first > maxPageSize) {
    throw new BadUserInput(`"first" must be from 0 to ${maxPageSize}, and was ${first}.`);
  }
  return { first };
});
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
      resolve: async (collection, args, context, info) => {
        const found = await coverVariants.read(collection, args, context, info);
        return found.map((variant) => variantImage(variant, 'thumbnail'));
      },
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
    description: 'Your collections: the default favorites, then the newest first.',
    resolve: (viewer, page, context, info) =>
      context.services.collections.listCollections(viewer, {
        page,
        selection: connectionSelectionOf(info, context, toPage(orders.collections, page).backward),
      }),
  }),
  favorites: t.field({
    type: Collection,
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
