import { queryFromInfo } from '@pothos/plugin-prisma';
import { orders } from '../domain/keyset.js';
import { toPage } from '../domain/page.js';
import { connectionParts } from '../domain/selection.js';
import { signedIn, type Viewer as SignedIn } from '../domain/viewer.js';
import { type Administrator, maxAccountSearch } from '../services/administration.js';
import { Billing } from './billing.js';
import { builder } from './builder.js';
import { askedApart, GenerationJob, pageOfJobs } from './generation-job.js';
import { decodeIdOf } from './global-id.js';
import { connectionSelectionOf, selectionOf } from './look-ahead.js';
import { Profile } from './profile.js';
import { bringsAll, sends } from './statements.js';
import { StorageUsage } from './storage-usage.js';
import { Usage } from './usage.js';

/** Whose account it is, once an administrator opened it. */
const Account = builder.objectRef<SignedIn>('Account').implement({
  description: 'An account, as its owner sees it.',
  fields: (t) => ({
    profile: t.prismaField({
      type: 'Profile',
      ...sends(1),
      description: 'Whose it is.',
      resolve: (query, account, _args, { services }) => services.profiles.getProfile(account, query),
    }),
    usage: t.field({
      type: Usage,
      ...bringsAll(),
      description: 'Its present month; see `Viewer.usage`.',
      args: { asOf: t.arg({ type: 'DateTime', description: 'For a statement: the month that holds this instant, as it stood then.' }) },
      resolve: (account, { asOf }, context, info) =>
        context.services.usage.getUsage(account, asOf ?? null, selectionOf(info, context)),
    }),
    billing: t.field({
      type: Billing,
      ...sends(1),
      description: 'What it pays for.',
      resolve: (account, _args, { services }) => services.billing.getBilling(account),
    }),
    generationJobs: t.connection({
      type: GenerationJob,
      ...sends(1, { more: askedApart(orders.generationJobs) }),
      description: 'Its jobs, newest first; archived ones are left out.',
      resolve: pageOfJobs,
    }),
    storageUsage: t.field({
      type: StorageUsage,
      ...sends(1),
      description: 'What its photos and renders weigh.',
      resolve: (account, _args, { services }) => services.storage.calculateStorageUsage(account),
    }),
  }),
});

export const Admin = builder.objectRef<Administrator>('Admin').implement({
  description: 'What administrators see and do.',
  fields: (t) => ({
    profiles: t.connection({
      type: Profile,
      ...sends(1, { more: askedApart(orders.profiles) }),
      description: 'Every account, newest first; deleted ones too, without their names.',
      args: {
        search: t.arg.string({
          description: `A part of the e-mail address or the name, in any case, or a profile's own id; at most ${maxAccountSearch} characters.`,
        }),
      },
      resolve: (admin, { search, ...page }, context, info) => {
        const wanted = connectionSelectionOf(info, context, toPage(orders.profiles, page).backward);
        return context.services.administration.listProfiles(admin, {
          search,
          page,
          totalCount: wanted.has(connectionParts.totalCount),
          otherSide: wanted.has(connectionParts.otherSide),
          query: queryFromInfo({ context, info, typeName: 'Profile', paths: [['nodes'], ['edges', 'node']] }),
        });
      },
    }),
    account: t.field({
      type: Account,
      nullable: true,
      ...sends(1),
      description: 'One account, to see what its owner sees; null where there is none.',
      args: { profileId: t.arg.id({ required: true, description: 'A profile\'s id.' }) },
      resolve: async (admin, { profileId }, context) => {
        const account = await context.services.administration.openAccount(admin, decodeIdOf('Profile', profileId, 'profileId'));
        if (account) context.openAccount(account.id);
        return account;
      },
    }),
  }),
});

builder.queryField('admin', (t) =>
  t.field({
    type: Admin,
    nullable: true,
    ...sends(1),
    description: 'For administrators; FORBIDDEN for anyone else.',
    resolve: (_root, _args, { services, viewer }) => services.administration.admit(signedIn(viewer)),
  }),
);
