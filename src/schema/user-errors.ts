import { encodeGlobalId } from '../domain/global-id.js';
import {
  AccessSuspended,
  CollectionLimitReached,
  FavoritesProtected,
  type InputIssue,
  InvalidInput,
  NotFound,
  StaleOrder,
  type UserError as UserErrorClass,
} from '../domain/user-errors.js';
import { builder } from './builder.js';
import { UserErrorCode } from './enums.js';

export const UserError = builder.interfaceRef<UserErrorClass>('UserError').implement({
  description: 'An outcome that a client should expect: why nothing was changed.',
  fields: (t) => ({
    code: t.field({ type: UserErrorCode, description: 'Why, for programs.', resolve: ({ code }) => code }),
    message: t.exposeString('message', { description: 'Why, for people: it says what to do.' }),
  }),
});

const InvalidInputIssue = builder.objectRef<InputIssue>('InvalidInputIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.stringList({ description: 'Where in the input, such as ["renderIds", "3"].', resolve: ({ path }) => [...path] }),
    message: t.exposeString('message', { description: 'What is wrong, and what would be right.' }),
  }),
});

builder.objectType(InvalidInput, {
  name: 'InvalidInputError',
  description: 'Some of the input is wrong; nothing was changed.',
  interfaces: [UserError],
  fields: (t) => ({
    issues: t.field({
      type: [InvalidInputIssue],
      description: 'All that is wrong, as far as it can be told at once.',
      resolve: ({ issues }) => issues,
    }),
  }),
});

builder.objectType(NotFound, {
  name: 'NotFoundError',
  description: 'There is no such object, or it is not yours.',
  interfaces: [UserError],
});

builder.objectType(AccessSuspended, {
  name: 'AccessSuspendedError',
  description: 'The account may read and not write.',
  interfaces: [UserError],
});

builder.objectType(FavoritesProtected, {
  name: 'FavoritesProtectedError',
  description: 'The default favorites may be neither renamed nor deleted.',
  interfaces: [UserError],
});

builder.objectType(CollectionLimitReached, {
  name: 'CollectionLimitReachedError',
  description: 'The account has as many collections as it may have.',
  interfaces: [UserError],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'How many it may have, the favorites included.' }) }),
});

builder.objectType(StaleOrder, {
  name: 'StaleOrderError',
  description: 'The collection changed since its order was read; nothing was moved.',
  interfaces: [UserError],
  fields: (t) => ({
    currentItemIds: t.idList({
      description: 'Its looks as they are now, in their order.',
      resolve: ({ currentIds }) => currentIds.map((id) => encodeGlobalId('CommunityItem', id)),
    }),
  }),
});
