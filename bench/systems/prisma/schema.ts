import { decodeGlobalID } from '@pothos/plugin-relay';
import { prismaConnectionHelpers } from '@pothos/plugin-prisma';
import { thumbnailSize } from '../../gateway/pictures.ts';
import { planOfPriceId, runtime } from '../../gateway/plans.ts';
import type { Builder } from './builder.ts';
import { readUsage, type Usage } from './usage.ts';

interface Picture {
  readonly url: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly byteSize: number | null;
  readonly placeholder: string | null;
}

const small = (width: number | null, height: number | null) =>
  width === null || height === null ? { width, height } : thumbnailSize({ width, height });

/** The types and fields that the bench asks for, as Pothos's guide shows them: relations by the plugin, narrow selects. */
export function createSchema(builder: Builder) {
  const Image = builder.objectRef<Picture>('Image').implement({
    fields: (t) => ({
      url: t.exposeString('url'),
      width: t.exposeInt('width', { nullable: true }),
      height: t.exposeInt('height', { nullable: true }),
      byteSize: t.exposeInt('byteSize', { nullable: true }),
      placeholder: t.exposeString('placeholder', { nullable: true }),
    }),
  });

  const RenderVariant = builder.prismaObject('RenderVariant', {
    select: { id: true },
    fields: (t) => ({
      index: t.exposeInt('idx'),
      image: t.field({
        type: Image,
        select: { imagePath: true, width: true, height: true, byteSize: true, placeholder: true },
        resolve: ({ imagePath, ...measures }, _args, { urls }) => ({ url: urls.signed(imagePath).url, ...measures }),
      }),
      thumbnail: t.field({
        type: Image,
        select: { thumbPath: true, width: true, height: true, placeholder: true },
        resolve: ({ thumbPath, width, height, placeholder }, _args, { urls }) => ({
          url: urls.signed(thumbPath).url, ...small(width, height), byteSize: null, placeholder,
        }),
      }),
    }),
  });

  const GenerationJob = builder.prismaObject('GenerationJob', {
    select: { id: true },
    fields: (t) => ({
      status: t.exposeString('status'),
      quality: t.exposeString('quality'),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true }),
    }),
  });

  const Render = builder.prismaNode('Render', {
    id: { field: 'id' },
    select: { id: true },
    fields: (t) => ({
      mode: t.exposeString('mode'),
      roomType: t.exposeString('roomType', { nullable: true }),
      style: t.exposeString('style', { nullable: true }),
      prompt: t.exposeString('prompt', { nullable: true }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      variantCount: t.relationCount('variants'),
      variants: t.relation('variants', { query: { orderBy: { idx: 'asc' } } }),
      // Prisma cannot compare a variant's column with the render's, so that all three come and one is taken.
      cover: t.field({
        type: RenderVariant,
        nullable: true,
        select: (_args, _context, nestedSelection) => ({
          coverVariant: true,
          variants: nestedSelection({ select: { id: true, idx: true }, orderBy: { idx: 'asc' } }),
        }),
        resolve: ({ coverVariant, variants }) => variants.find(({ idx }) => idx === coverVariant) ?? variants[0] ?? null,
      }),
      job: t.relation('job', { type: GenerationJob, nullable: true }),
    }),
  });

  const Collection = builder.prismaNode('Collection', {
    id: { field: 'id' },
    select: { id: true },
    fields: (t) => ({
      name: t.exposeString('name'),
      isDefaultFavorites: t.exposeBoolean('isDefaultFavorites'),
      itemCount: t.relationCount('items'),
    }),
  });

  const itemRenders = prismaConnectionHelpers(builder, 'CollectionItem', {
    cursor: 'collectionId_renderId',
    select: (nodeSelection) => ({ render: nodeSelection({ select: { id: true } }) }),
    resolveNode: ({ render }) => render,
  });
  builder.prismaObjectField(Collection, 'items', (t) =>
    t.connection({
      type: Render,
      select: (args, context, nestedSelection) => ({
        items: {
          ...itemRenders.getQuery(args, context, nestedSelection),
          orderBy: [{ addedAt: 'desc' }, { renderId: 'desc' }],
        },
      }),
      resolve: ({ items }, args, context) => itemRenders.resolve(items, args, context),
    }),
  );
  const itemCollections = prismaConnectionHelpers(builder, 'CollectionItem', {
    cursor: 'collectionId_renderId',
    select: (nodeSelection) => ({ collection: nodeSelection({ select: { id: true } }) }),
    resolveNode: ({ collection }) => collection,
  });
  builder.prismaObjectField(Render, 'collections', (t) =>
    t.connection({
      type: Collection,
      select: (args, context, nestedSelection) => ({
        collectionItems: itemCollections.getQuery(args, context, nestedSelection),
      }),
      resolve: ({ collectionItems }, args, context) => itemCollections.resolve(collectionItems, args, context),
    }),
  );

  const CommunityItem = builder.prismaNode('CommunityItem', {
    id: { field: 'id' },
    select: { id: true },
    fields: (t) => ({
      thumbnail: t.field({
        type: Image,
        select: { externalImageUrl: true, thumbPath: true, width: true, height: true, placeholder: true },
        resolve: ({ externalImageUrl, thumbPath, width, height, placeholder }, _args, { urls }) => ({
          url: externalImageUrl ?? urls.public(thumbPath ?? ''), ...small(width, height), byteSize: null, placeholder,
        }),
      }),
    }),
  });

  builder.prismaNode('CommunityCollection', {
    id: { field: 'id' },
    select: { id: true },
    fields: (t) => ({
      title: t.exposeString('title'),
      description: t.exposeString('description', { nullable: true }),
      itemCount: t.relationCount('items'),
      items: t.relatedConnection('items', {
        type: CommunityItem,
        cursor: 'id',
        query: { orderBy: [{ orderIndex: 'asc' }, { id: 'asc' }] },
      }),
    }),
  });

  const ModeCount = builder.objectRef<Usage['byMode'][number]>('ModeCount').implement({
    fields: (t) => ({ mode: t.exposeString('mode'), count: t.exposeInt('count') }),
  });
  const Plan = builder.objectRef<{ readonly id: string }>('Plan').implement({
    fields: (t) => ({ id: t.exposeString('id') }),
  });
  const UsageRef = builder.objectRef<Usage>('Usage').implement({
    fields: (t) => ({
      periodStart: t.expose('periodStart', { type: 'DateTime' }),
      plan: t.expose('plan', { type: Plan }),
      monthlyLimit: t.exposeInt('monthlyLimit'),
      used: t.exposeInt('used'),
      remaining: t.exposeInt('remaining'),
      byMode: t.expose('byMode', { type: [ModeCount] }),
    }),
  });

  const Viewer = builder.objectRef<{ readonly id: string }>('Viewer').implement({
    fields: (t) => ({
      renders: t.prismaConnection({
        type: Render,
        cursor: 'id',
        args: { mode: t.arg.string(), style: t.arg.string() },
        resolve: (query, { id }, { mode, style }, { prisma }) =>
          prisma.client.render.findMany({
            ...query,
            where: { ownerId: id, ...(mode == null ? {} : { mode }), ...(style == null ? {} : { style }) },
            orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          }),
      }),
      collections: t.prismaConnection({
        type: Collection,
        cursor: 'id',
        resolve: (query, { id }, _args, { prisma }) =>
          prisma.client.collection.findMany({
            ...query,
            where: { ownerId: id },
            orderBy: [{ isDefaultFavorites: 'desc' }, { createdAt: 'desc' }, { id: 'desc' }],
          }),
      }),
      usage: t.field({
        type: UsageRef,
        resolve: ({ id }, _args, { prisma }) =>
          readUsage(prisma, id, (priceId) => planOfPriceId(runtime, priceId).plan),
      }),
    }),
  });

  builder.queryFields((t) => ({
    viewer: t.field({ type: Viewer, resolve: (_root, _args, { viewer }) => ({ id: viewer }) }),
    render: t.prismaField({
      type: Render,
      nullable: true,
      args: { id: t.arg.globalID({ required: true, for: Render }) },
      resolve: (query, _root, { id }, { prisma }) => prisma.client.render.findUnique({ ...query, where: { id: id.id } }),
    }),
    communityCollections: t.prismaConnection({
      type: 'CommunityCollection',
      cursor: 'id',
      args: { featured: t.arg.boolean() },
      resolve: (query, _root, { featured }, { prisma }) =>
        prisma.client.communityCollection.findMany({
          ...query,
          where: featured == null ? {} : { isFeatured: featured },
          orderBy: [{ orderIndex: 'asc' }, { createdAt: 'desc' }, { id: 'desc' }],
        }),
    }),
  }));

  interface Favored {
    readonly renderId: string;
    readonly itemCount: number;
  }
  const FavoredRender = builder.objectRef<Favored>('FavoredRender').implement({
    fields: (t) => ({
      id: t.id({ resolve: ({ renderId }) => Buffer.from(`Render:${renderId}`).toString('base64') }),
      isFavorite: t.boolean({ resolve: () => true }),
    }),
  });
  const Favorites = builder.objectRef<Favored>('Favorites').implement({
    fields: (t) => ({ itemCount: t.exposeInt('itemCount') }),
  });
  const Payload = builder.objectRef<Favored>('AddToFavoritesPayload').implement({
    fields: (t) => ({
      render: t.field({ type: FavoredRender, resolve: (favored) => favored }),
      favorites: t.field({ type: Favorites, resolve: (favored) => favored }),
    }),
  });
  const FavoriteInput = builder.inputType('FavoriteInput', { fields: (t) => ({ renderId: t.id({ required: true }) }) });
  builder.mutationField('addToFavorites', (t) =>
    t.field({
      type: Payload,
      args: { input: t.arg({ type: FavoriteInput, required: true }) },
      resolve: (_root, { input }, { viewer, prisma }) =>
        prisma.transaction(async (tx): Promise<Favored> => {
          const renderId = decodeGlobalID(input.renderId).id;
          const owned = { ownerId: viewer };
          await tx.render.findFirstOrThrow({ where: { id: renderId, ...owned }, select: { id: true } });
          const { id: collectionId } = await tx.collection.findFirstOrThrow({
            where: { isDefaultFavorites: true, ...owned },
            select: { id: true },
          });
          await tx.collectionItem.createMany({ data: [{ collectionId, renderId, ...owned }], skipDuplicates: true });
          return { renderId, itemCount: await tx.collectionItem.count({ where: { collectionId } }) };
        }),
    }),
  );

  return builder.toSchema();
}
