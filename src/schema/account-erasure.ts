import { InvalidInput } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import { builder } from './builder.js';
import { sends } from './statements.js';

const DeleteAccountInput = builder.inputType('DeleteAccountInput', {
  description: 'That you mean it.',
  fields: (t) => ({
    confirm: t.boolean({ required: true, description: 'Must be true: there is no way back.' }),
  }),
});

const DeleteAccountPayload = builder.objectRef<{ readonly erasedAt: Date }>('DeleteAccountPayload').implement({
  description: 'The account is deleted.',
  fields: (t) => ({
    erasedAt: t.field({
      type: 'DateTime',
      description: 'When: from then on the account can do nothing, and every request that is signed in to it is refused with ACCOUNT_DELETED.',
      resolve: ({ erasedAt }) => erasedAt,
    }),
  }),
});

// Whoever is suspended may leave as well, and so the result has one error less than every other.
const DeleteAccountResult = builder.errorUnion('DeleteAccountResult', {
  description: 'What came of it: the payload, or one of the errors that a client should expect.',
  types: [DeleteAccountPayload, InvalidInput],
  omitDefaultTypes: true,
  // What is thrown is known by its class.
  resolveType: () => 'DeleteAccountPayload',
});

builder.mutationField('deleteAccount', (t) =>
  t.field({
    type: DeleteAccountResult,
    ...sends(4),
    description:
      'Deletes your account, at once and for good. Your name, address and preferences are gone with the answer; the subscription is ended, and renders, collections, photos and your words are erased behind it, within minutes (about an hour where an upload was open). The ledger, with ids and times, stays. Looks that you published as an administrator live on. A suspended account may be deleted, too.',
    args: { input: t.arg({ type: DeleteAccountInput, required: true, description: 'Your confirmation.' }) },
    resolve: (_root, { input }, { services, viewer }) => services.erasure.deleteAccount(signedIn(viewer), input),
  }),
);
