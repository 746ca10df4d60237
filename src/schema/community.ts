import { orders } from '../domain/keyset.js';
import { type Connection, type ConnectionArguments, toPage } from '../domain/page.js';
import type {
  CommunityCollection as CommunityCollectionModel,
  CommunityItem as CommunityItemModel,
} from '../generated/prisma/client.js';
import { readExternalImageUrl } from '../services/community/external-image.js';
import { ApplySettings } from './apply-settings.js';
import { builder } from './builder.js';
import { CommunitySourceType, ImageSize, Mode } from './enums.js';
import { decodeIdOf } from './global-id.js';
import { Image, type ImageSizeValue, type ImageSource, pictureColumns, pictureImage } from './image.js';
import { type ColumnsRead, connectionSelectionOf, reads, readsFor, selectionOf } from './look-ahead.js';
import { partsBy, whenRead } from './part-readers.js';
import { bringsAll, sendsNothing } from './statements.js';

const itemPart = partsBy<CommunityItemModel>((loaders, { id }) => ({ loader: loaders.partByCommunityItem, id }));
const collectionPart = partsBy<CommunityCollectionModel>((loaders, { id }) => ({
  loader: loaders.partByCommunityCollection,
  id,
}));

const collection = itemPart<CommunityCollectionModel>('collection');

/** Leads nowhere, and every client may load it. */
const nowhere = 'about:blank';

/**
 * The published copy of an internal look, or the address of an external one. An address that is none, or that today's
 * rule refuses, is replaced: it must take neither the viewer to a host inside their network, nor its whole list away.
 */
function itemImage(item: CommunityItemModel, size: ImageSizeValue): ImageSource {
  const { imagePath, thumbPath, externalImageUrl, width, height, byteSize, contentType, placeholder } = item;
  const measures = { width, height, byteSize, contentType, placeholder };
  if (externalImageUrl !== null) {
    return { place: { kind: 'external', url: readExternalImageUrl(externalImageUrl) ?? nowhere }, ...measures };
  }
  if (imagePath === null) throw new Error('An internal look has no picture.');
  // Without a thumbnail the whole copy stands for it, with its own measures.
  return pictureImage({ imagePath, thumbPath: thumbPath ?? imagePath, ...measures }, thumbPath ? size : 'full', 'public');
}

/** What `itemImage` reads: where the picture is always, and its measures where they are asked for. */
const itemImageColumns: ColumnsRead = (_args, below) => [
  'externalImageUrl',
  'imagePath',
  'thumbPath',
  ...pictureColumns('full', below),
];

export const CommunityItem = builder.prismaNode('CommunityItem', {
  description: 'A look in the curated gallery.',
  id: { field: 'id' },
  fields: (t) => ({
    sourceType: t.field({
      type: CommunitySourceType,
      description: 'Where its picture comes from.',
      ...reads('source'),
      resolve: ({ source }) => source as 'internal',
    }),
    image: t.field({
      type: Image,
      description:
        'Public: its URL never changes and may be cached for good. A picture from elsewhere is loaded by the app, never by this server; `about:blank` stands for an address that must not be loaded.',
      args: { size: t.arg({ type: ImageSize, required: true, defaultValue: 'full', description: 'Which of its two sizes.' }) },
      ...readsFor(itemImageColumns),
      resolve: (item, { size }) => itemImage(item, size),
    }),
    orderIndex: t.exposeInt('orderIndex', { description: 'Its place in the collection, lowest first.' }),
    applySettings: t.field({
      type: ApplySettings,
      nullable: true,
      extensions: { ...sendsNothing.extensions, ...reads('applySettings').extensions },
      description: '"Try this look": what to submit for a render like this; null where the curator gave none.',
      resolve: ({ applySettings }, _args, { services }) => services.presets.extractApplySettings(applySettings),
    }),
  }),
});

const itemCount = collectionPart<number>('itemCount');
const coverItem = collectionPart<CommunityItemModel | null>('coverItem', undefined, itemImageColumns);
const items = collectionPart<Connection<CommunityItemModel>, ConnectionArguments>('items', (args) => ({
  page: toPage(orders.communityItemsByIndex, args),
}));

export const CommunityCollection = builder.prismaNode('CommunityCollection', {
  description: 'A gallery that the curators put together; everyone may look.',
  id: { field: 'id' },
  fields: (t) => ({
    title: t.exposeString('title', { description: '1 to 200 characters.' }),
    description: t.exposeString('description', { nullable: true, description: 'What is in it, in the curators\' words.' }),
    isFeatured: t.exposeBoolean('isFeatured', { description: 'Featured collections come first.' }),
    orderIndex: t.exposeInt('orderIndex', { description: 'Its place among the collections, lowest first.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    itemCount: t.int({ ...itemCount.needs, description: 'How many looks are in it.', resolve: itemCount.read }),
    coverImage: t.field({
      type: Image,
      nullable: true,
      ...coverItem.needs,
      description: 'A thumbnail of the first look.',
      resolve: (parent, args, context, info) =>
        whenRead(coverItem.read(parent, args, context, info), (item) => item && itemImage(item, 'thumbnail')),
    }),
    items: t.connection({
      type: CommunityItem,
      ...items.needs,
      description: 'Its looks, by orderIndex.',
      resolve: items.read,
    }),
  }),
});

builder.prismaObjectField(CommunityItem, 'collection', (t) =>
  t.field({
    type: CommunityCollection,
    ...collection.needs,
    description: 'The collection that it is in.',
    resolve: collection.read,
  }),
);

const CommunityItemFilter = builder.inputType('CommunityItemFilter', {
  description: 'Every condition that is given must hold. An empty list, or an empty text, is no condition.',
  fields: (t) => ({
    modes: t.field({ type: [Mode], description: 'Whose settings have one of these modes.' }),
    roomTypes: t.stringList({ description: 'Whose settings have one of these presets, by id.' }),
    styles: t.stringList({ description: 'Whose settings have one of these presets, by id.' }),
    search: t.string({
      description:
        'In the settings\' prompt, or in the label of their room type or style, whatever the case. At most 200 characters.',
    }),
    featured: t.boolean({ description: 'In a featured collection, or (false) in another.' }),
  }),
});

builder.queryFields((t) => ({
  communityCollections: t.connection({
    type: CommunityCollection,
    ...bringsAll(),
    description: 'The gallery: featured collections first, then by orderIndex, then the newest. Open to everyone.',
    args: { featured: t.arg.boolean({ description: 'Only those that are featured, or only those that are not.' }) },
    resolve: (_root, { featured, ...page }, context, info) =>
      context.services.community.listCommunityCollections(context.viewer, {
        featured: featured ?? null,
        page,
        selection: connectionSelectionOf(info, context, toPage(orders.communityCollections, page).backward),
      }),
  }),
  communityItems: t.connection({
    type: CommunityItem,
    ...bringsAll(),
    description: 'Looks of all collections, newest first. Open to everyone.',
    args: { filter: t.arg({ type: CommunityItemFilter, description: 'Which of them.' }) },
    resolve: (_root, { filter, ...page }, context, info) =>
      context.services.community.listCommunityItems(context.viewer, {
        filter: filter ?? {},
        page,
        selection: connectionSelectionOf(info, context, toPage(orders.communityItemsNewest, page).backward),
      }),
  }),
  communityCollection: t.field({
    type: CommunityCollection,
    nullable: true,
    ...bringsAll(),
    description: 'A collection of the gallery; null where there is none with this id. Open to everyone.',
    args: { id: t.arg.id({ required: true, description: 'A community collection\'s id.' }) },
    resolve: (_root, { id }, context, info) =>
      context.services.community.getCommunityCollection(
        context.viewer,
        decodeIdOf('CommunityCollection', id, 'id'),
        selectionOf(info, context),
      ),
  }),
}));
