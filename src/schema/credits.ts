import { InvalidInput, NotFound } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import { type AdjustedCredits, maxCredit, maxCreditReason } from '../services/credits.js';
import { IdempotencyConflict } from '../services/generation/errors.js';
import { builder } from './builder.js';
import { readIds } from './input-ids.js';
import { forAdministrators } from './standing-first.js';
import { sends } from './statements.js';
import { Usage, UsageEntry } from './usage.js';

const AdjustCreditsInput = builder.inputType('AdjustCreditsInput', {
  description: 'Generations to grant.',
  fields: (t) => ({
    profileId: t.id({ required: true, description: 'Whom.' }),
    amount: t.int({ required: true, description: `How many, 1 to ${maxCredit}; they count in the present month.` }),
    reason: t.string({ required: true, description: `Why, 1 to ${maxCreditReason} characters. The person reads it in their ledger.` }),
    idempotencyKey: t.field({
      type: 'UUID',
      required: true,
      description: 'One for each intent: the same again grants nothing, and answers with what the first one wrote.',
    }),
  }),
});

const AdjustCreditsPayload = builder.objectRef<AdjustedCredits>('AdjustCreditsPayload').implement({
  description: 'What was granted.',
  fields: (t) => ({
    entry: t.field({ type: UsageEntry, description: 'The line in the account\'s ledger.', resolve: ({ entry }) => entry }),
    usage: t.field({ type: Usage, description: 'The account\'s present month after it.', resolve: ({ usage }) => usage }),
  }),
});

builder.mutationField('adjustCredits', (t) =>
  t.field({
    type: AdjustCreditsPayload,
    ...sends(6, { reserve: 1 }),
    description: 'Grants an account generations on top of its plan\'s, in the present month. Administrators only.',
    args: { input: t.arg({ type: AdjustCreditsInput, required: true, description: 'Whom, how many, and why.' }) },
    errors: { types: [InvalidInput, NotFound, IdempotencyConflict] },
    resolve: forAdministrators(async (_root, { input }, context) => {
      const granted = await context.services.credits.adjustCredits(
        signedIn(context.viewer),
        readIds(({ id }) => ({ ...input, profileId: id('Profile', 'profileId', input.profileId) })),
      );
      context.openAccount(granted.usage.ownerId);
      return granted;
    }),
  }),
);
