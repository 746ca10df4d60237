import type { GraphQLResolveInfo } from 'graphql';
import { encodeGlobalId } from '../domain/global-id.js';
import { orders } from '../domain/keyset.js';
import { toPage } from '../domain/page.js';
import type { RenderStatistics as Statistics } from '../domain/renders.js';
import { InvalidInput, NotFound } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import type { Render as RenderModel, RenderVariant as RenderVariantModel } from '../generated/prisma/client.js';
import { type DeletedRenders, maxDeletedRenders } from '../services/renders.js';
import { builder } from './builder.js';
import type { GraphQLContext } from './context.js';
import { ImageSize, Mode, OrderDirection } from './enums.js';
import { decodeIdOf } from './global-id.js';
import { Image, type ImageSizeValue, pictureColumns, variantImage } from './image.js';
import { readIds } from './input-ids.js';
import { connectionSelectionOf, reads, readsFor, selectionOf } from './look-ahead.js';
import { afterWrite, partsBy, whenRead } from './part-readers.js';
import { forActiveAccounts } from './standing-first.js';
import { bringsAll, rereads, sends } from './statements.js';
import { ChangePayload, Viewer } from './viewer.js';

const variantPart = partsBy<RenderVariantModel>((loaders, { id }) => ({ loader: loaders.partByRenderVariant, id }));
const isCover = variantPart<boolean>('isCover');

export const RenderVariant = builder.prismaNode('RenderVariant', {
  description: 'One picture of a render.',
  id: { field: 'id' },
  fields: (t) => ({
    index: t.exposeInt('idx', { description: 'Its place among the variants, from 0.' }),
    isCover: t.boolean({
      ...isCover.needs,
      description: 'Whether it is the render\'s cover.',
      resolve: isCover.read,
    }),
    image: t.field({
      type: Image,
      description: 'The picture itself.',
      args: { size: t.arg({ type: ImageSize, required: true, defaultValue: 'full', description: 'Which of its two sizes.' }) },
      ...readsFor(({ size }, below) => pictureColumns(size as ImageSizeValue, below)),
      resolve: (variant, { size }) => variantImage(variant, size),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

/** Readers of what a render may bring along; the nouns that add fields to Render use it too. */
export const renderPart = partsBy<RenderModel>((loaders, { id }) => ({ loader: loaders.partByRender, id }));

const variantCount = renderPart<number>('variantCount');
const cover = renderPart<RenderVariantModel | null>('cover');
/** The same part, where only its picture is asked for. */
const coverPicture = renderPart<RenderVariantModel | null, { size: ImageSizeValue }>(
  'cover',
  undefined,
  ({ size }, below) => pictureColumns(size as ImageSizeValue, below),
);
const variants = renderPart<readonly RenderVariantModel[]>('variants');

export const Render = builder.prismaNode('Render', {
  description: 'A finished restyle of a room, with one to three variants.',
  id: { field: 'id' },
  fields: (t) => ({
    mode: t.field({
      type: Mode,
      description: 'What was asked of the picture.',
      ...reads('mode'),
      resolve: ({ mode }) => mode as Statistics['byMode'][number]['mode'],
    }),
    roomType: t.exposeString('roomType', { nullable: true, description: 'A preset\'s id; see `presets`.' }),
    style: t.exposeString('style', { nullable: true, description: 'A preset\'s id; see `presets`.' }),
    prompt: t.exposeString('prompt', { nullable: true, description: 'The words that it was asked for with.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made; the feed is in this order.' }),
    variantCount: t.int({
      ...variantCount.needs,
      description: 'How many variants it has, 1 to 3.',
      resolve: variantCount.read,
    }),
    coverVariant: t.field({
      type: RenderVariant,
      nullable: true,
      ...cover.needs,
      description: 'The variant that stands for the render: the chosen one, or else the first.',
      resolve: cover.read,
    }),
    coverImage: t.field({
      type: Image,
      nullable: true,
      ...coverPicture.needs,
      description: 'The cover\'s picture.',
      args: { size: t.arg({ type: ImageSize, required: true, defaultValue: 'thumbnail', description: 'Which of its two sizes.' }) },
      resolve: (render, args, context, info) =>
        whenRead(coverPicture.read(render, args, context, info), (variant) => variant && variantImage(variant, args.size)),
    }),
    variants: t.field({
      type: [RenderVariant],
      extensions: { ...variants.needs.extensions, listSize: 3 },
      description: 'All variants, by index.',
      resolve: variants.read,
    }),
  }),
});

const RenderFilter = builder.inputType('RenderFilter', {
  description: 'Every condition that is given must hold. An empty list, or an empty text, is no condition.',
  fields: (t) => ({
    modes: t.field({ type: [Mode], description: 'One of these modes.' }),
    roomTypes: t.stringList({ description: 'One of these presets, by id.' }),
    styles: t.stringList({ description: 'One of these presets, by id.' }),
    createdAfter: t.field({ type: 'DateTime', description: 'Made at this instant or after it.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Made before this instant.' }),
    collectionId: t.id({ description: 'In this collection of yours.' }),
    favorite: t.boolean({ description: 'In your favorites, or (false) not in them.' }),
    search: t.string({
      description: 'In the prompt, or in the label of the room type or style, whatever the case. At most 200 characters.',
    }),
  }),
});

const RenderOrder = builder.inputType('RenderOrder', {
  description: 'By creation.',
  fields: (t) => ({ direction: t.field({ type: OrderDirection, required: true, defaultValue: 'desc', description: 'Which end comes first.' }) }),
});

builder.objectField(Viewer, 'renders', (t) =>
  t.connection({
    type: Render,
    ...bringsAll(),
    description: 'Your renders, newest first.',
    args: {
      filter: t.arg({ type: RenderFilter, description: 'Which of them.' }),
      orderBy: t.arg({ type: RenderOrder, description: 'In which order; newest first where nothing is said.' }),
    },
    resolve: (viewer, { filter, orderBy, ...page }, context, info) => {
      const direction = orderBy?.direction ?? 'desc';
      const order = direction === 'desc' ? orders.rendersNewest : orders.rendersOldest;
      return context.services.renders.listRenders(viewer, {
        filter: {
          ...filter,
          collectionId: filter?.collectionId == null ? null : decodeIdOf('Collection', filter.collectionId, 'collectionId'),
        },
        direction,
        page,
        selection: connectionSelectionOf(info, context, toPage(order, page).backward),
      });
    },
  }),
);

const ModeCountRef = builder.objectRef<Statistics['byMode'][number]>('ModeCount');
export const ModeCount = ModeCountRef.implement({
  description: 'How many there are of a mode.',
  fields: (t) => ({
    mode: t.expose('mode', { type: Mode, description: 'The mode.' }),
    count: t.exposeInt('count', { description: 'Above 0.' }),
  }),
});

const PresetCount = builder.objectRef<Statistics['byStyle'][number]>('PresetCount').implement({
  description: 'How many there are of a preset.',
  fields: (t) => ({
    preset: t.exposeString('preset', { nullable: true, description: 'A preset\'s id; null for renders without one.' }),
    count: t.exposeInt('count', { description: 'Above 0.' }),
  }),
});

const RenderStatistics = builder.objectRef<Statistics>('RenderStatistics').implement({
  description: 'Counts over all of your renders, as the database has them now. Lists have the largest count first.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'Renders in all.' }),
    thisMonth: t.exposeInt('thisMonth', { description: 'Made in the present UTC calendar month.' }),
    variants: t.exposeInt('variants', { description: 'Pictures in all.' }),
    byMode: t.field({ type: [ModeCount], description: 'Renders by their mode.', resolve: ({ byMode }) => byMode }),
    byRoomType: t.field({
      type: [PresetCount],
      description: 'Renders by their room type.',
      resolve: ({ byRoomType }) => byRoomType,
    }),
    byStyle: t.field({ type: [PresetCount], description: 'Renders by their style.', resolve: ({ byStyle }) => byStyle }),
    firstAt: t.expose('firstAt', { type: 'DateTime', nullable: true, description: 'When the oldest was made.' }),
    lastAt: t.expose('lastAt', { type: 'DateTime', nullable: true, description: 'When the newest was made.' }),
  }),
});

builder.objectField(Viewer, 'renderStatistics', (t) =>
  t.field({
    type: RenderStatistics,
    ...sends(1),
    description: 'Counts over all of your renders.',
    resolve: (viewer, _args, { services }) => services.renders.getStatistics(viewer),
  }),
);

builder.queryField('render', (t) =>
  t.field({
    type: Render,
    nullable: true,
    ...bringsAll(),
    description: 'A render of yours; null where there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'A render\'s id.' }) },
    resolve: (_root, { id }, context, info) => {
      const renderId = decodeIdOf('Render', id, 'id');
      return context.viewer && context.services.renders.getRender(context.viewer, renderId, selectionOf(info, context));
    },
  }),
);

// ---------------------------------------------------------------- mutations

/** The render of a payload, with what is asked of it after the change. */
export function renderNow(render: RenderModel, context: GraphQLContext, info: GraphQLResolveInfo): Promise<RenderModel> {
  return afterWrite(render, selectionOf(info, context), (selection) =>
    context.services.renders.getRender(signedIn(context.viewer), render.id, selection),
  );
}

const SetRenderCoverInput = builder.inputType('SetRenderCoverInput', {
  description: 'A variant to stand for its render.',
  fields: (t) => ({
    renderId: t.id({ required: true, description: 'A render of yours.' }),
    variantIndex: t.int({ required: true, description: 'The `index` of one of its variants.' }),
  }),
});

const SetRenderCoverPayload = builder.objectRef<{ readonly render: RenderModel }>('SetRenderCoverPayload').implement({
  description: 'The render with its cover.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    render: t.field({
      type: Render,
      ...rereads,
      description: 'The render, with `coverVariant` and `coverImage` as they are now.',
      resolve: ({ render }, _args, context, info) => renderNow(render, context, info),
    }),
  }),
});

builder.mutationField('setRenderCover', (t) =>
  t.field({
    type: SetRenderCoverPayload,
    // What is wrong with an index is found out, and then the account's standing.
    ...sends(4, { reserve: 2 }),
    description: 'Chooses the variant that stands for a render, in the feed and on collections. Doing so again changes nothing.',
    args: { input: t.arg({ type: SetRenderCoverInput, required: true, description: 'Which render, and which of its variants.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.renders.setRenderCover(
        signedIn(viewer),
        readIds(({ id }) => ({ renderId: id('Render', 'renderId', input.renderId), variantIndex: input.variantIndex })),
      ),
    ),
  }),
);

const DeleteRendersInput = builder.inputType('DeleteRendersInput', {
  description: 'Renders to delete.',
  fields: (t) => ({
    renderIds: t.idList({
      required: true,
      description: `Ids of 1 to ${maxDeletedRenders} renders; naming one twice is naming it once.`,
    }),
  }),
});

const DeleteRendersPayload = builder.objectRef<DeletedRenders>('DeleteRendersPayload').implement({
  description: 'What became of each render: every id is in exactly one of the lists, once.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    deletedIds: t.idList({
      description: 'What the ids of those that are gone were, to take them out of lists.',
      resolve: ({ deleted }) => deleted.map((id) => encodeGlobalId('Render', id)),
    }),
    notFound: t.idList({
      description: 'No renders of yours, or no longer.',
      resolve: ({ notFound }) => notFound.map((id) => encodeGlobalId('Render', id)),
    }),
  }),
});

builder.mutationField('deleteRenders', (t) =>
  t.field({
    type: DeleteRendersPayload,
    ...sends(5),
    description:
      'Deletes renders with their pictures and their places in collections, for good. Their jobs and what they cost stay, as do the photos they were made from and looks that were published of them.',
    args: { input: t.arg({ type: DeleteRendersInput, required: true, description: 'Which renders.' }) },
    errors: { types: [InvalidInput] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) =>
      services.renders.deleteRenders(
        signedIn(viewer),
        readIds(({ ids }) => ({ renderIds: ids('Render', 'renderIds', input.renderIds) })),
      ),
    ),
  }),
);
