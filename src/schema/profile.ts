import { builder } from './builder.js';
import { AccountStatus, Role } from './enums.js';
import { Plan } from './plan.js';
import { Viewer } from './viewer.js';

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
      description: 'The plan in force now.',
      resolve: (profile, _args, { services }) => services.presets.planOfProfile(profile),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the person first signed in.' }),
  }),
});

builder.objectField(Viewer, 'profile', (t) =>
  t.prismaField({
    type: 'Profile',
    description: 'Your account.',
    resolve: (query, viewer, _args, { services }) => services.profiles.getProfile(viewer, query),
  }),
);
