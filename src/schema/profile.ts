import { builder } from './builder.js';
import { AccountStatus, Role } from './enums.js';
import { Plan } from './plan.js';
import { Viewer } from './viewer.js';

export const Profile = builder.prismaNode('Profile', {
  description: 'An account. It is made when a person first signs in.',
  id: { field: 'id' },
  fields: (t) => ({
    email: t.exposeString('email', { nullable: true, description: 'As the sign-in service told it; it may be absent.' }),
    name: t.exposeString('name', { nullable: true }),
    role: t.field({ type: Role, resolve: ({ role }) => role as 'user' }),
    accountStatus: t.field({ type: AccountStatus, resolve: ({ accountStatus }) => accountStatus as 'active' }),
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
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
  }),
});

builder.objectField(Viewer, 'profile', (t) =>
  t.prismaField({
    type: 'Profile',
    resolve: (query, viewer, _args, { services }) => services.profiles.getProfile(viewer, query),
  }),
);
