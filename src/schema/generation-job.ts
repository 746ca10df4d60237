import { queryFromInfo } from '@pothos/plugin-prisma';
import type { AspectRatio as AspectRatioValue, Mode as ModeValue, Quality as QualityValue } from '../config/runtime.js';
import type { GraphQLResolveInfo } from 'graphql';
import { type KeysetOrder, orders } from '../domain/keyset.js';
import { type ConnectionArguments, toPage } from '../domain/page.js';
import { connectionParts } from '../domain/selection.js';
import type { Viewer as SignedIn } from '../domain/viewer.js';
import type { GenerationJob as GenerationJobModel, Render as RenderModel } from '../generated/prisma/client.js';
import { builder } from './builder.js';
import type { GraphQLContext } from './context.js';
import { AspectRatio, JobErrorCode, JobStatus, Mode, Quality } from './enums.js';
import { decodeIdOf } from './global-id.js';
import { assetImage, Image } from './image.js';
import { connectionSelectionOf, reads } from './look-ahead.js';
import { partsBy, whenRead } from './part-readers.js';
import { Render, renderPart } from './render.js';
import { sends } from './statements.js';
import { Viewer } from './viewer.js';

const jobPart = partsBy<GenerationJobModel>((loaders, { id }) => ({ loader: loaders.partByGenerationJob, id }));
const render = jobPart<RenderModel | null>('render');

export const GenerationJob = builder.prismaNode('GenerationJob', {
  description: 'One request for a restyle. It moves forward only: starting, processing, then succeeded, failed or canceled.',
  id: { field: 'id' },
  fields: (t) => ({
    status: t.field({ type: JobStatus, ...reads('status'), description: 'Where it stands.', resolve: ({ status }) => status as 'starting' }),
    mode: t.field({ type: Mode, ...reads('mode'), description: 'What was asked of the picture.', resolve: ({ mode }) => mode as ModeValue }),
    roomType: t.exposeString('roomType', { nullable: true, description: 'A preset\'s id; see `presets`.' }),
    style: t.exposeString('style', { nullable: true, description: 'A preset\'s id; see `presets`.' }),
    prompt: t.exposeString('prompt', { nullable: true, description: 'The words that it was asked for with.' }),
    aspectRatio: t.field({
      type: AspectRatio,
      ...reads('aspectRatio'),
      description: 'Of the pictures that were asked for.',
      resolve: ({ aspectRatio }) => aspectRatio as AspectRatioValue,
    }),
    quality: t.field({
      type: Quality,
      ...reads('quality'),
      description: 'How much work goes into a picture.',
      resolve: ({ quality }) => quality as QualityValue,
    }),
    variants: t.exposeInt('variants', { description: 'How many pictures were asked for, 1 to 3.' }),
    errorCode: t.field({
      type: JobErrorCode,
      nullable: true,
      ...reads('errorCode'),
      description: 'Why it failed, for programs; null unless it did.',
      resolve: ({ errorCode }) => errorCode as 'internal' | null,
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why it failed, for people.' }),
    progress: t.exposeFloat('progress', { description: '0 to 1.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was submitted.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When work on it began.' }),
    completedAt: t.expose('completedAt', { type: 'DateTime', nullable: true, description: 'When it came to its end.' }),
    render: t.field({
      type: Render,
      nullable: true,
      ...render.needs,
      description: 'What came of it; null while there is nothing, and after the render was deleted.',
      resolve: render.read,
    }),
  }),
});

/** The list's length, and whether something lies on the side that the cursor came from, are asked for by themselves. */
export const askedApart = (order: KeysetOrder) => (args: ConnectionArguments): readonly string[] => {
  const { backward, after, before } = toPage(order, args);
  if ((backward ? before : after) === null) return ['totalCount'];
  return ['totalCount', backward ? 'pageInfo.hasNextPage' : 'pageInfo.hasPreviousPage'];
};

/** A page of somebody's jobs, with what is asked of it. */
export function pageOfJobs(
  owner: SignedIn,
  { status, ...page }: ConnectionArguments & { readonly status?: readonly string[] | null | undefined },
  context: GraphQLContext,
  info: GraphQLResolveInfo,
) {
  const wanted = connectionSelectionOf(info, context, toPage(orders.generationJobs, page).backward);
  return context.services.generation.listJobs(owner, {
    statuses: status ?? [],
    page,
    totalCount: wanted.has(connectionParts.totalCount),
    otherSide: wanted.has(connectionParts.otherSide),
    query: queryFromInfo({ context, info, typeName: 'GenerationJob', paths: [['nodes'], ['edges', 'node']] }),
  });
}

builder.objectField(Viewer, 'generationJobs', (t) =>
  t.connection({
    type: GenerationJob,
    ...sends(1, { more: askedApart(orders.generationJobs) }),
    description: 'Your jobs, newest first; archived ones are left out.',
    args: { status: t.arg({ type: [JobStatus], description: 'One of these. An empty list is no condition.' }) },
    resolve: pageOfJobs,
  }),
);

builder.queryField('generationJob', (t) =>
  t.prismaField({
    type: 'GenerationJob',
    nullable: true,
    ...sends(1),
    description: 'A job of yours, archived or not; null where there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'A job\'s id.' }) },
    resolve: (query, _root, { id }, { viewer, services }) => {
      const jobId = decodeIdOf('GenerationJob', id, 'id');
      return viewer && services.generation.getGeneration(viewer, jobId, query);
    },
  }),
);

const job = renderPart<GenerationJobModel | null>('job');
const inputImages = renderPart<readonly Parameters<typeof assetImage>[0][]>('inputImages');

builder.prismaObjectFields(Render, (t) => ({
  inputImages: t.field({
    type: [Image],
    extensions: { ...inputImages.needs.extensions, listSize: 2 },
    description: 'The photos that it was made from, for a before and after.',
    resolve: (parent, args, context, info) =>
      whenRead(inputImages.read(parent, args, context, info), (photos) => photos.map(assetImage)),
  }),
  job: t.field({
    type: GenerationJob,
    nullable: true,
    ...job.needs,
    description: 'The job that made it.',
    resolve: job.read,
  }),
}));
