import type { GraphQLResolveInfo } from 'graphql';
import { encodeGlobalId } from '../domain/global-id.js';
import { InvalidInput, NotFound, StaleOrder } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import type {
  CommunityCollection as CommunityCollectionModel,
  CommunityItem as CommunityItemModel,
} from '../generated/prisma/client.js';
import {
  maxCommunityDescription,
  maxCommunityItems,
  maxCommunityTitle,
  maxOrderIndex,
} from '../services/community/input.js';
import { ApplySettingsInput } from './apply-settings.js';
import { builder } from './builder.js';
import { CommunityCollection, CommunityItem } from './community.js';
import type { GraphQLContext } from './context.js';
import { readIds } from './input-ids.js';
import { selectionOf } from './look-ahead.js';
import { afterWrite } from './part-readers.js';
import { forAdministrators } from './standing-first.js';
import { rereads, sends } from './statements.js';

/** The collection of a payload, with what is asked of it after the change. */
function collectionNow(
  { communityCollection }: WithCollection,
  context: GraphQLContext,
  info: GraphQLResolveInfo,
): Promise<CommunityCollectionModel> {
  return afterWrite(communityCollection, selectionOf(info, context), (selection) =>
    context.services.community.getCommunityCollection(context.viewer, communityCollection.id, selection),
  );
}

function itemNow({ communityItem }: WithItem, context: GraphQLContext, info: GraphQLResolveInfo): Promise<CommunityItemModel> {
  return afterWrite(communityItem, selectionOf(info, context), (selection) =>
    context.services.community.getCommunityItem(context.viewer, communityItem.id, selection),
  );
}

interface WithCollection {
  readonly communityCollection: CommunityCollectionModel;
}

interface WithItem {
  readonly communityItem: CommunityItemModel;
}

function collectionPayload(name: string, description: string) {
  return builder.objectRef<WithCollection>(name).implement({
    description,
    fields: (t) => ({
      communityCollection: t.field({
        type: CommunityCollection,
        ...rereads,
        description: 'The collection as it is now.',
        resolve: (payload, _args, context, info) => collectionNow(payload, context, info),
      }),
    }),
  });
}

function itemPayload(name: string, description: string) {
  return builder.objectRef<WithItem>(name).implement({
    description,
    fields: (t) => ({
      communityItem: t.field({
        type: CommunityItem,
        ...rereads,
        description: 'The look as it is now.',
        resolve: (payload, _args, context, info) => itemNow(payload, context, info),
      }),
    }),
  });
}

const titleDescription = `1 to ${maxCommunityTitle} characters on one line; white space around them is taken off.`;
const descriptionDescription = `At most ${maxCommunityDescription} characters; white space around them is taken off, and an empty text is none.`;
const orderDescription = `0 to ${maxOrderIndex}, lowest first`;
const leftOut = 'Left out: unchanged.';
const collectionIdDescription = 'A community collection.';
const itemIdDescription = 'A look.';
const adminsOnly = 'Only administrators may.';

// ---------------------------------------------------------------- collections

const CreateCommunityCollectionInput = builder.inputType('CreateCommunityCollectionInput', {
  description: 'A new community collection.',
  fields: (t) => ({
    title: t.string({ required: true, description: titleDescription }),
    description: t.string({ description: descriptionDescription }),
    isFeatured: t.boolean({ required: true, defaultValue: false, description: 'Featured collections come first.' }),
    orderIndex: t.int({ description: `${orderDescription}; of equal ones the newest is first. Left out: 0.` }),
  }),
});

const CreateCommunityCollectionPayload = collectionPayload('CreateCommunityCollectionPayload', 'The collection that was made.');

builder.mutationField('createCommunityCollection', (t) =>
  t.field({
    type: CreateCommunityCollectionPayload,
    ...sends(4),
    description: `Makes a collection in the gallery. ${adminsOnly}`,
    args: { input: t.arg({ type: CreateCommunityCollectionInput, required: true, description: 'What it is.' }) },
    errors: { types: [InvalidInput] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.curation.createCommunityCollection(signedIn(viewer), input),
    ),
  }),
);

const UpdateCommunityCollectionInput = builder.inputType('UpdateCommunityCollectionInput', {
  description: 'What to change of a community collection. A field that is left out stays as it is.',
  fields: (t) => ({
    communityCollectionId: t.id({ required: true, description: collectionIdDescription }),
    title: t.string({ description: `${titleDescription} ${leftOut}` }),
    description: t.string({ description: `${descriptionDescription} ${leftOut} Null: taken away.` }),
    isFeatured: t.boolean({ description: `Featured collections come first. ${leftOut}` }),
    orderIndex: t.int({ description: `${orderDescription}. ${leftOut}` }),
  }),
});

const UpdateCommunityCollectionPayload = collectionPayload('UpdateCommunityCollectionPayload', 'The collection that was changed.');

builder.mutationField('updateCommunityCollection', (t) =>
  t.field({
    type: UpdateCommunityCollectionPayload,
    ...sends(4),
    description: `Changes a collection of the gallery. ${adminsOnly}`,
    args: { input: t.arg({ type: UpdateCommunityCollectionInput, required: true, description: 'Which one, and what.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.curation.updateCommunityCollection(
        signedIn(viewer),
        readIds(({ id }) => ({
          ...input,
          communityCollectionId: id('CommunityCollection', 'communityCollectionId', input.communityCollectionId),
        })),
      ),
    ),
  }),
);

const DeleteCommunityCollectionInput = builder.inputType('DeleteCommunityCollectionInput', {
  description: 'A community collection to delete.',
  fields: (t) => ({ communityCollectionId: t.id({ required: true, description: collectionIdDescription }) }),
});

const DeleteCommunityCollectionPayload = builder
  .objectRef<{ readonly communityCollectionId: string }>('DeleteCommunityCollectionPayload')
  .implement({
    description: 'The collection that is gone.',
    fields: (t) => ({
      deletedCommunityCollectionId: t.id({
        description: 'What its id was, to take it out of lists.',
        resolve: ({ communityCollectionId }) => encodeGlobalId('CommunityCollection', communityCollectionId),
      }),
    }),
  });

builder.mutationField('deleteCommunityCollection', (t) =>
  t.field({
    type: DeleteCommunityCollectionPayload,
    ...sends(7),
    description: `Deletes a collection of the gallery with the looks in it. Renders that they were made from stay. ${adminsOnly}`,
    args: { input: t.arg({ type: DeleteCommunityCollectionInput, required: true, description: 'Which one.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.curation.deleteCommunityCollection(
        signedIn(viewer),
        readIds(({ id }) => ({
          communityCollectionId: id('CommunityCollection', 'communityCollectionId', input.communityCollectionId),
        })),
      ),
    ),
  }),
);

// ---------------------------------------------------------------- looks

const AddCommunityItemInput = builder.inputType('AddCommunityItemInput', {
  description: 'A new look. Exactly one of `renderId` and `externalImageUrl` is given.',
  fields: (t) => ({
    communityCollectionId: t.id({
      required: true,
      description: `${collectionIdDescription} It holds at most ${maxCommunityItems} looks.`,
    }),
    renderId: t.id({
      description: 'A render of yours. Its cover is copied: the look stays when the render goes.',
    }),
    externalImageUrl: t.field({
      type: 'URL',
      description:
        'A picture from elsewhere: an https address of a public host, without user, password and port, at most 2048 characters. It is loaded by whoever looks, never by this server.',
    }),
    applySettings: t.field({ type: ApplySettingsInput, description: 'What "Try this look" begins with. Left out: it is not offered.' }),
    orderIndex: t.int({ description: `${orderDescription}; of equal ones the newest is last. Left out: the last place.` }),
  }),
});

const AddCommunityItemPayload = itemPayload('AddCommunityItemPayload', 'The look that was added.');

builder.mutationField('addCommunityItem', (t) =>
  t.field({
    type: AddCommunityItemPayload,
    // A render's picture is copied between two transactions; what fails after the first is written down.
    ...sends(({ input }) => ((input as { renderId?: unknown }).renderId == null ? 7 : 16), { reserve: 1 }),
    description: `Adds a look to a collection of the gallery: a render of yours, or a picture from elsewhere. ${adminsOnly}`,
    args: { input: t.arg({ type: AddCommunityItemInput, required: true, description: 'What, and where.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.curation.addCommunityItem(
        signedIn(viewer),
        readIds(({ id }) => ({
          ...input,
          communityCollectionId: id('CommunityCollection', 'communityCollectionId', input.communityCollectionId),
          renderId: input.renderId == null ? null : id('Render', 'renderId', input.renderId),
        })),
      ),
    ),
  }),
);

const UpdateCommunityItemInput = builder.inputType('UpdateCommunityItemInput', {
  description: 'What to change of a look. A field that is left out stays as it is.',
  fields: (t) => ({
    communityItemId: t.id({ required: true, description: itemIdDescription }),
    applySettings: t.field({
      type: ApplySettingsInput,
      description: `What "Try this look" begins with; it replaces what was there. ${leftOut} Null: it is not offered any more.`,
    }),
    orderIndex: t.int({ description: `${orderDescription}. ${leftOut}` }),
  }),
});

const UpdateCommunityItemPayload = itemPayload('UpdateCommunityItemPayload', 'The look that was changed.');

builder.mutationField('updateCommunityItem', (t) =>
  t.field({
    type: UpdateCommunityItemPayload,
    ...sends(5),
    description: `Changes a look's settings or its place. ${adminsOnly}`,
    args: { input: t.arg({ type: UpdateCommunityItemInput, required: true, description: 'Which one, and what.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.curation.updateCommunityItem(
        signedIn(viewer),
        readIds(({ id }) => ({ ...input, communityItemId: id('CommunityItem', 'communityItemId', input.communityItemId) })),
      ),
    ),
  }),
);

const RemoveCommunityItemInput = builder.inputType('RemoveCommunityItemInput', {
  description: 'A look to remove.',
  fields: (t) => ({ communityItemId: t.id({ required: true, description: itemIdDescription }) }),
});

const RemoveCommunityItemPayload = builder
  .objectRef<{ readonly communityItemId: string }>('RemoveCommunityItemPayload')
  .implement({
    description: 'The look that is gone.',
    fields: (t) => ({
      removedCommunityItemId: t.id({
        description: 'What its id was, to take it out of lists.',
        resolve: ({ communityItemId }) => encodeGlobalId('CommunityItem', communityItemId),
      }),
    }),
  });

builder.mutationField('removeCommunityItem', (t) =>
  t.field({
    type: RemoveCommunityItemPayload,
    ...sends(6),
    description: `Removes a look from its collection for good. The render that it was made from stays. ${adminsOnly}`,
    args: { input: t.arg({ type: RemoveCommunityItemInput, required: true, description: 'Which one.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.curation.removeCommunityItem(
        signedIn(viewer),
        readIds(({ id }) => ({ communityItemId: id('CommunityItem', 'communityItemId', input.communityItemId) })),
      ),
    ),
  }),
);

const ReorderCommunityItemsInput = builder.inputType('ReorderCommunityItemsInput', {
  description: 'The whole order of a community collection.',
  fields: (t) => ({
    communityCollectionId: t.id({ required: true, description: collectionIdDescription }),
    itemIds: t.idList({ required: true, description: 'Every look in it, each once, the first one first.' }),
  }),
});

const ReorderCommunityItemsPayload = collectionPayload('ReorderCommunityItemsPayload', 'The collection in its new order.');

builder.mutationField('reorderCommunityItems', (t) =>
  t.field({
    type: ReorderCommunityItemsPayload,
    ...sends(6),
    description: `Puts the looks of a collection into an order: they get the places 0, 1, 2 and so on. Refused where others are in the collection than are named. ${adminsOnly}`,
    args: { input: t.arg({ type: ReorderCommunityItemsInput, required: true, description: 'Which one, and its order.' }) },
    errors: { types: [InvalidInput, NotFound, StaleOrder] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.curation.reorderCommunityItems(
        signedIn(viewer),
        readIds(({ id, ids }) => ({
          communityCollectionId: id('CommunityCollection', 'communityCollectionId', input.communityCollectionId),
          itemIds: ids('CommunityItem', 'itemIds', input.itemIds),
        })),
      ),
    ),
  }),
);
