import { InvalidInput, NotFound } from '../domain/user-errors.js';
import { signedIn } from '../domain/viewer.js';
import type { Profile as ProfileModel } from '../generated/prisma/client.js';
import { maxPreferencesBytes } from '../services/preferences.js';
import { maxProfileName, maxStatusReason } from '../services/profiles.js';
import { builder } from './builder.js';
import { AccountStatus, Role } from './enums.js';
import { readIds } from './input-ids.js';
import { Plan } from './plan.js';
import { forActiveAccounts, forAdministrators } from './standing-first.js';
import { sends, sendsNothing } from './statements.js';
import { ChangePayload, Viewer } from './viewer.js';

export const Profile = builder.prismaNode('Profile', {
  description: 'An account. It is made when a person first signs in.',
  id: { field: 'id' },
  fields: (t) => ({
    email: t.exposeString('email', { nullable: true, description: 'As the sign-in service told it; it may be absent.' }),
    name: t.exposeString('name', { nullable: true, description: 'What the person is called; at most 100 characters.' }),
    role: t.field({ type: Role, description: 'What the account may do.', resolve: ({ role }) => role as 'user' }),
    accountStatus: t.field({
      type: AccountStatus,
      description: 'Whether the account may write.',
      resolve: ({ accountStatus }) => accountStatus as 'active',
    }),
    preferences: t.field({
      type: 'JSONObject',
      description: 'What the apps keep for the person.',
      resolve: ({ preferences }) => preferences as Record<string, unknown>,
    }),
    plan: t.field({
      type: Plan,
      ...sendsNothing,
      description: 'The plan in force now.',
      resolve: (profile, _args, { services }) => services.presets.planOfProfile(profile),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the person first signed in.' }),
  }),
});

builder.objectField(Viewer, 'profile', (t) =>
  t.prismaField({
    type: 'Profile',
    ...sends(1),
    description: 'Your account.',
    resolve: (query, viewer, _args, { services }) => services.profiles.getProfile(viewer, query),
  }),
);

// ---------------------------------------------------------------- mutations

const UpdateProfileInput = builder.inputType('UpdateProfileInput', {
  description: 'What to change of your profile; what is absent stays as it is.',
  fields: (t) => ({
    name: t.string({
      description: `1 to ${maxProfileName} characters on one line; white space around them is taken off. Null takes the name away.`,
    }),
    preferences: t.field({
      type: 'JSONObject',
      description: `Merged over what is there, key by key at the top level; a key that is null is taken out, and null alone takes out everything. Together at most ${maxPreferencesBytes} bytes and 10 levels.`,
    }),
  }),
});

const UpdateProfilePayload = builder.objectRef<{ readonly profile: ProfileModel }>('UpdateProfilePayload').implement({
  description: 'Your profile after the change.',
  interfaces: [ChangePayload],
  fields: (t) => ({
    profile: t.field({ type: Profile, description: 'Your profile.', resolve: ({ profile }) => profile }),
  }),
});

builder.mutationField('updateProfile', (t) =>
  t.field({
    type: UpdateProfilePayload,
    ...sends(4, { reserve: 1 }),
    description: 'Changes your name and preferences. Role, plan and status are not yours to change.',
    args: { input: t.arg({ type: UpdateProfileInput, required: true, description: 'What to change.' }) },
    errors: { types: [InvalidInput] },
    resolve: forActiveAccounts((_root, { input }, { services, viewer }) => services.profiles.updateProfile(signedIn(viewer), input)),
  }),
);

const SetAccountStatusInput = builder.inputType('SetAccountStatusInput', {
  description: 'A decision about an account.',
  fields: (t) => ({
    profileId: t.id({ required: true, description: 'A profile other than your own.' }),
    status: t.field({ type: AccountStatus, required: true, description: 'What the account is from now on.' }),
    reason: t.string({
      required: true,
      description: `Why, for the record; 1 to ${maxStatusReason} characters. The person is not shown it.`,
    }),
  }),
});

const SetAccountStatusPayload = builder.objectRef<{ readonly profile: ProfileModel }>('SetAccountStatusPayload').implement({
  description: 'The account after the decision.',
  fields: (t) => ({
    profile: t.field({ type: Profile, description: 'The account.', resolve: ({ profile }) => profile }),
  }),
});

builder.mutationField('setAccountStatus', (t) =>
  t.field({
    type: SetAccountStatusPayload,
    ...sends(6),
    description:
      'Suspends an account, which then reads and changes nothing, or lifts that; the decision is recorded with its reason. Administrators only.',
    args: { input: t.arg({ type: SetAccountStatusInput, required: true, description: 'Whose, what, and why.' }) },
    errors: { types: [InvalidInput, NotFound] },
    resolve: forAdministrators((_root, { input }, { services, viewer }) =>
      services.profiles.setAccountStatus(
        signedIn(viewer),
        readIds(({ id }) => ({ ...input, profileId: id('Profile', 'profileId', input.profileId) })),
      ),
    ),
  }),
);
