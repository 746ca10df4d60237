import { randomUUID } from 'node:crypto';
import type { Sql } from '../../../src/database/database.js';
import * as assets from '../../../src/repositories/assets.js';
import * as billing from '../../../src/repositories/billing.js';
import * as collections from '../../../src/repositories/collections.js';
import * as community from '../../../src/repositories/community.js';
import * as cleanup from '../../../src/repositories/data-cleanup.js';
import * as erasure from '../../../src/repositories/erasure.js';
import * as jobs from '../../../src/repositories/job-writes.js';
import * as ledger from '../../../src/repositories/ledger.js';
import * as profiles from '../../../src/repositories/profiles.js';
import * as renders from '../../../src/repositories/renders.js';
import * as uploads from '../../../src/repositories/uploads.js';
import { subscription } from '../billing/scripted-provider.js';
import { seedSubscription } from '../billing/seed-subscription.js';
import { globalId } from '../seed.js';
import { insertStartingJob } from './generations.js';
import { type Ground, missing } from './ground.js';

/** What is tried with each mutation. test/mutation-refusals.test.ts holds this list to the schema. */
export interface MutationCase {
  readonly by: 'owners' | 'administrators';
  /** What the owner must have beside everything that is laid. */
  arrange?(ground: Ground): Promise<unknown>;
  /** What works for the owner. */
  input(ground: Ground): object;
  /**
   * What somebody else is answered who names the owner's things: a refusal, or lists in which they are not found. None
   * where an input names nothing that has an owner.
   */
  readonly strangers: readonly Stranger[];
  /** For each error of the result beside AccessSuspendedError, an input of the owner's that reaches it. */
  readonly errors: Readonly<Record<string, Trial>>;
  /** What the service would write, without its checks: the policies must stop it. */
  unchecked(roles: { readonly gateway: Sql; readonly service: Sql }, ground: Ground): Promise<unknown>;
  /** Whose scope `unchecked` works in: an administrator's action on other accounts is nobody's. */
  readonly uncheckedScope?: 'system';
  /** A suspended account may do it as well: then it is refused nothing of it. */
  readonly isForSuspended?: boolean;
  /** It copies stored pictures. */
  readonly needsBytes?: boolean;
  /** What it does is done elsewhere. */
  readonly writesNothing?: boolean;
}

export interface Stranger {
  readonly what: string;
  input(ground: Ground): object;
  /** Of the payload. */
  readonly selects?: string;
  outcome(ground: Ground): object;
}

export interface Trial {
  arrange?(ground: Ground): Promise<unknown>;
  input(ground: Ground): object;
  /** Beside the error's type. */
  outcome?(ground: Ground): object;
}

const notFound = { __typename: 'NotFoundError', code: 'NOT_FOUND' };

/** The stranger sends just what the owner would. */
function names(what: string, input: MutationCase['input']): Stranger {
  return { what, input, outcome: () => notFound };
}

const badName: Trial = { input: () => ({ name: ' ' }), outcome: () => ({ issues: [{ path: ['name'] }] }) };

function malformed(field: string, input: (ground: Ground) => object): Trial {
  return { input: (ground) => ({ ...input(ground), [field]: 'nonsense' }), outcome: () => ({ issues: [{ path: [field] }] }) };
}

function vanished(field: string, type: string, input: (ground: Ground) => object): Trial {
  return { input: (ground) => ({ ...input(ground), [field]: missing(type) }) };
}

const now = new Date();

type Input = MutationCase['input'];

const rename: Input = ({ ids }) => ({ collectionId: ids.collection, name: 'Bathrooms' });
const remove: Input = ({ ids }) => ({ collectionId: ids.collection });
const fill: Input = ({ ids }) => ({ collectionId: ids.collection, renderIds: [ids.otherRender] });
const empty: Input = ({ ids }) => ({ collectionId: ids.collection, renderIds: [ids.render] });
const organize: Input = ({ ids }) => ({
  renderIds: [ids.render],
  addToCollectionIds: [ids.favorites],
  removeFromCollectionIds: [ids.collection],
});
const like: Input = ({ ids }) => ({ renderId: ids.render });
const unlike: Input = ({ ids }) => ({ renderId: ids.otherRender });
const cover: Input = ({ ids }) => ({ renderId: ids.render, variantIndex: 2 });
const destroy: Input = ({ ids }) => ({ renderIds: [ids.render] });
const decide: Input = ({ ids }) => ({ profileId: ids.member, status: 'SUSPENDED', reason: 'Spam' });
const announce: Input = () => ({ contentType: 'image/png', byteSize: 1_000 });
const complete: Input = ({ ids }) => ({ uploadId: ids.upload });
const grantKey = randomUUID();
const grant: Input = ({ ids }) => ({ profileId: ids.member, amount: 5, reason: 'Thanks', idempotencyKey: grantKey });
const submitKey = randomUUID();
const submit: Input = ({ ids }) => ({ mode: 'REDESIGN', input1: ids.photo, idempotencyKey: submitKey });
const cancel: Input = ({ ids }) => ({ jobId: ids.job });
/** The record of an event that was processed long ago. */
const oldRecord = '0197b000-0000-7000-8000-00000000ec0d';
const layOldRecord = ({ seed }: Ground) =>
  seed.sql(
    `insert into webhook_events (id, provider, event_id, type, payload, received_at, processed_at)
     values ($1, 'stripe', 'evt_old', 'invoice.paid', '{}', '2024-01-01Z', '2024-01-01Z') on conflict do nothing`,
    [oldRecord],
  );
const tidy: Input = () => ({ tasks: ['webhook_records'], dryRun: false });
const buy = () => ({ planId: 'starter', successUrl: 'http://127.0.0.1:4000/paid', cancelUrl: 'http://127.0.0.1:4000/' });
const visit: Input = () => ({ returnUrl: 'http://127.0.0.1:4000/account' });
const subscribe = ({ seed, owner }: Ground) => seedSubscription(seed, owner.id);
const retitle: Input = ({ ids }) => ({ communityCollectionId: ids.communityCollection, title: 'Inland' });
const close: Input = ({ ids }) => ({ communityCollectionId: ids.communityCollection });
const publish: Input = ({ ids }) => ({ communityCollectionId: ids.communityCollection, renderId: ids.render });
const move: Input = ({ ids }) => ({ communityItemId: ids.look, orderIndex: 9 });
const withdraw: Input = ({ ids }) => ({ communityItemId: ids.look });
const reorder: Input = ({ ids }) => ({ communityCollectionId: ids.communityCollection, itemIds: [ids.otherLook, ids.look] });

export const cases: Readonly<Record<string, MutationCase>> = {
  createCollection: {
    by: 'owners',
    input: () => ({ name: 'Bathrooms' }),
    strangers: [],
    errors: {
      InvalidInputError: badName,
      CollectionLimitReachedError: {
        arrange: ({ seed, owner }) => seed.collection(owner.id, 'The last one'),
        input: () => ({ name: 'One too many' }),
        outcome: () => ({ limit: 3 }),
      },
    },
    unchecked: ({ gateway }, { owner }) => collections.createCollection(gateway, owner.id, { name: 'Bathrooms', limit: 3 }),
  },
  renameCollection: {
    by: 'owners',
    input: rename,
    strangers: [names('the collection', rename)],
    errors: {
      InvalidInputError: { input: ({ ids }) => ({ collectionId: ids.collection, name: '' }) },
      NotFoundError: vanished('collectionId', 'Collection', rename),
      FavoritesProtectedError: { input: ({ ids }) => ({ collectionId: ids.favorites, name: 'Mine' }) },
    },
    unchecked: ({ gateway }, { owner, rows }) =>
      collections.renameCollection(gateway, owner.id, { id: rows.collection, name: 'Bathrooms' }),
  },
  deleteCollection: {
    by: 'owners',
    input: remove,
    strangers: [names('the collection', remove)],
    errors: {
      InvalidInputError: malformed('collectionId', remove),
      NotFoundError: vanished('collectionId', 'Collection', remove),
      FavoritesProtectedError: { input: ({ ids }) => ({ collectionId: ids.favorites }) },
    },
    unchecked: ({ gateway }, { owner, rows }) => collections.deleteCollection(gateway, owner.id, rows.collection),
  },
  addRendersToCollection: {
    by: 'owners',
    input: fill,
    strangers: [
      names('the collection', fill),
      {
        what: 'the renders',
        input: ({ ids }) => ({ collectionId: ids.strangersCollection, renderIds: [ids.render, ids.otherRender] }),
        selects: 'added alreadyPresent notFound',
        outcome: ({ ids }) => ({ added: [], alreadyPresent: [], notFound: [ids.render, ids.otherRender] }),
      },
      names('the collection beside renders of their own', ({ ids }) => ({
        collectionId: ids.collection,
        renderIds: [ids.strangersRender],
      })),
    ],
    errors: {
      InvalidInputError: { input: ({ ids }) => ({ collectionId: ids.collection, renderIds: [] }) },
      NotFoundError: vanished('collectionId', 'Collection', fill),
    },
    unchecked: ({ gateway }, { owner, rows }) =>
      collections.addToCollection(gateway, owner.id, [rows.collection], [rows.otherRender]),
  },
  removeRendersFromCollection: {
    by: 'owners',
    input: empty,
    strangers: [
      names('the collection', empty),
      {
        what: 'the renders',
        input: ({ ids }) => ({ collectionId: ids.strangersCollection, renderIds: [ids.render] }),
        selects: 'removed notPresent',
        outcome: ({ ids }) => ({ removed: [], notPresent: [ids.render] }),
      },
    ],
    errors: {
      InvalidInputError: { input: ({ ids }) => ({ collectionId: ids.collection, renderIds: [] }) },
      NotFoundError: vanished('collectionId', 'Collection', empty),
    },
    unchecked: ({ gateway }, { owner, rows }) =>
      collections.removeFromCollection(gateway, owner.id, [rows.collection], [rows.render]),
  },
  organizeRenders: {
    by: 'owners',
    input: organize,
    strangers: [
      names('the collections', organize),
      names('a collection to take out of, beside one of their own', ({ ids }) => ({
        renderIds: [ids.strangersRender],
        addToCollectionIds: [ids.strangersCollection],
        removeFromCollectionIds: [ids.collection],
      })),
      {
        what: 'the renders',
        input: ({ ids }) => ({ renderIds: [ids.render], addToCollectionIds: [ids.strangersCollection] }),
        selects: 'addedCount removedCount notFound',
        outcome: ({ ids }) => ({ addedCount: 0, removedCount: 0, notFound: [ids.render] }),
      },
    ],
    errors: {
      InvalidInputError: { input: ({ ids }) => ({ renderIds: [ids.render] }) },
      NotFoundError: {
        input: ({ ids }) => ({ renderIds: [ids.render], addToCollectionIds: [ids.favorites, missing('Collection')] }),
      },
    },
    unchecked: async ({ gateway }, { owner, rows }) => {
      await collections.removeFromCollection(gateway, owner.id, [rows.collection], [rows.render]);
      await collections.addToCollection(gateway, owner.id, [rows.favorites], [rows.render]);
    },
  },
  addToFavorites: {
    by: 'owners',
    input: like,
    strangers: [names('the render', like)],
    errors: {
      InvalidInputError: malformed('renderId', like),
      NotFoundError: vanished('renderId', 'Render', like),
    },
    unchecked: ({ gateway }, { owner, rows }) =>
      collections.addToCollection(gateway, owner.id, [rows.favorites], [rows.render]),
  },
  removeFromFavorites: {
    by: 'owners',
    input: unlike,
    strangers: [names('the render', unlike)],
    errors: {
      InvalidInputError: malformed('renderId', unlike),
      NotFoundError: vanished('renderId', 'Render', unlike),
    },
    unchecked: ({ gateway }, { owner, rows }) =>
      collections.removeFromCollection(gateway, owner.id, [rows.favorites], [rows.otherRender]),
  },
  setRenderCover: {
    by: 'owners',
    input: cover,
    strangers: [
      names('the render', cover),
      names('the render with a variant that it has not', ({ ids }) => ({ renderId: ids.render, variantIndex: 7 })),
    ],
    errors: {
      InvalidInputError: { input: ({ ids }) => ({ renderId: ids.render, variantIndex: 7 }) },
      NotFoundError: vanished('renderId', 'Render', cover),
    },
    unchecked: ({ gateway }, { owner, rows }) =>
      renders.setCoverVariant(gateway, owner.id, { id: rows.render, variantIndex: 2 }),
  },
  deleteRenders: {
    by: 'owners',
    input: destroy,
    strangers: [
      {
        what: 'the render',
        input: destroy,
        selects: 'deletedIds notFound',
        outcome: ({ ids }) => ({ deletedIds: [], notFound: [ids.render] }),
      },
    ],
    errors: { InvalidInputError: { input: () => ({ renderIds: [] }) } },
    unchecked: async ({ service }, { owner, rows }) => {
      const deleted = await renders.deleteRenders(service, owner.id, [rows.render]);
      await assets.markAssets(service, owner.id, deleted.flatMap(({ pictures }) => pictures), now);
    },
  },
  createUpload: {
    by: 'owners',
    input: announce,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: () => ({ contentType: 'image/png', byteSize: 0 }),
        outcome: () => ({ issues: [{ path: ['byteSize'] }] }),
      },
      FileTooLargeError: {
        input: () => ({ contentType: 'image/png', byteSize: 15_000_001 }),
        outcome: () => ({ maxBytes: 15_000_000 }),
      },
      UnsupportedFileTypeError: {
        input: () => ({ contentType: 'image/svg+xml', byteSize: 10 }),
        outcome: () => ({ acceptedContentTypes: ['image/jpeg', 'image/png', 'image/webp'] }),
      },
    },
    unchecked: ({ gateway }, { owner }) =>
      uploads.createUpload(
        gateway,
        owner.id,
        { contentType: 'image/png', byteSize: 10, at: now, expiresAt: new Date(now.getTime() + 60_000) },
        50,
      ),
  },
  completeUpload: {
    by: 'owners',
    needsBytes: true,
    input: complete,
    strangers: [names('the upload', complete)],
    errors: {
      InvalidInputError: malformed('uploadId', complete),
      NotFoundError: vanished('uploadId', 'Upload', complete),
      UploadMissingError: { input: ({ ids }) => ({ uploadId: ids.emptyUpload }) },
      UnsupportedFileTypeError: { input: ({ ids }) => ({ uploadId: ids.wrongUpload }) },
      UnreadableImageError: { input: ({ ids }) => ({ uploadId: ids.damagedUpload }) },
    },
    unchecked: async ({ service }, { owner, rows }) => {
      const path = `inputs/${owner.id}/${rows.upload}.jpg`;
      await uploads.readyUpload(service, owner.id, rows.upload, { path, byteSize: 9, width: 3, height: 2, placeholder: 'thumbhash' });
      const photo = { path, ownerId: owner.id, kind: 'input', byteSize: 9, contentType: 'image/jpeg' } as const;
      await assets.announceAssets(service, [photo], now);
    },
  },
  submitGeneration: {
    by: 'owners',
    input: submit,
    strangers: [names('the photo', submit)],
    errors: {
      InvalidInputError: malformed('input1', submit),
      PromptRejectedError: { input: () => ({ mode: 'IMAGINE', prompt: 'A nude woman on the sofa' }) },
      NotFoundError: vanished('input1', 'Upload', submit),
      UploadMissingError: { input: ({ ids }) => ({ mode: 'REDESIGN', input1: ids.emptyUpload }) },
      IdempotencyConflictError: {
        arrange: ({ seed, rows }) =>
          seed.sql(`update generation_jobs set idempotency_key = $2, request_hash = 'of another request' where id = $1`, [
            rows.job,
            submitKey,
          ]),
        input: submit,
      },
      TooManyInFlightError: { arrange: ({ seed, owner }) => insertStartingJob(seed, owner.id), input: submit },
      QuotaExceededError: {
        arrange: ({ seed, owner }) => seed.sql('update usage_periods set debits = 20 where owner_id = $1', [owner.id]),
        input: submit,
      },
    },
    unchecked: ({ service }, { owner }) =>
      jobs.createJob(service, {
        ownerId: owner.id,
        mode: 'imagine',
        roomType: null,
        style: null,
        prompt: 'A calm room',
        aspectRatio: '1:1',
        quality: 'auto',
        variants: 1,
        input1Path: null,
        input2Path: null,
        idempotencyKey: null,
        requestHash: 'of a request',
        at: now,
      }),
  },
  cancelGeneration: {
    by: 'owners',
    input: cancel,
    strangers: [names('the job', cancel)],
    errors: {
      InvalidInputError: malformed('jobId', cancel),
      NotFoundError: vanished('jobId', 'GenerationJob', cancel),
      JobNotCancelableError: {
        arrange: ({ seed, rows }) =>
          seed.sql(`update generation_jobs set status = 'canceled', completed_at = now() where id = $1`, [rows.job]),
        input: cancel,
      },
    },
    unchecked: ({ service }, { owner, rows }) =>
      jobs.setJobStatus(service, owner.id, rows.job, ['starting'], { status: 'canceled', completedAt: now }),
  },
  updateProfile: {
    by: 'owners',
    input: () => ({ name: 'Somebody else', preferences: { theme: 'dark' } }),
    strangers: [],
    errors: { InvalidInputError: badName },
    unchecked: ({ gateway }, { owner }) => profiles.updateProfile(gateway, owner.id, { name: 'Somebody else' }),
  },
  createCheckoutSession: {
    by: 'owners',
    input: buy,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: () => ({ ...buy(), successUrl: 'https://elsewhere.example.com/', cancelUrl: 'javascript:alert(1)' }),
        outcome: () => ({ issues: [{ path: ['successUrl'] }, { path: ['cancelUrl'] }] }),
      },
      UnknownPlanError: { input: () => ({ ...buy(), planId: 'platinum' }) },
      PlanUnchangedError: { input: () => ({ ...buy(), planId: 'free' }) },
      AlreadySubscribedError: {
        arrange: ({ seed, owner }) => seedSubscription(seed, owner.id),
        input: () => ({ ...buy(), planId: 'advanced' }),
      },
      BillingUnavailableError: {
        arrange: ({ seed, owner }) => seedSubscription(seed, owner.id, { status: 'canceled', customerId: `cus_away_${owner.id}` }),
        input: buy,
      },
    },
    unchecked: ({ service }, { owner }) => billing.setCustomer(service, owner.id, `cus_${owner.id}`),
  },
  createPortalSession: {
    by: 'owners',
    arrange: subscribe,
    input: visit,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: () => ({ returnUrl: 'https://elsewhere.example.com/' }),
        outcome: () => ({ issues: [{ path: ['returnUrl'] }] }),
      },
      NoSubscriptionError: {
        arrange: ({ seed, owner }) => seed.sql('update profiles set customer_id = null where id = $1', [owner.id]),
        input: visit,
      },
      BillingUnavailableError: {
        arrange: ({ seed, owner }) => seedSubscription(seed, owner.id, { customerId: `cus_away_${owner.id}` }),
        input: visit,
      },
    },
    writesNothing: true,
    unchecked: () => Promise.resolve(),
  },
  changePlan: {
    by: 'owners',
    arrange: subscribe,
    input: () => ({ planId: 'advanced' }),
    strangers: [],
    errors: {
      UnknownPlanError: { input: () => ({ planId: '' }) },
      PlanUnchangedError: { input: () => ({ planId: 'starter' }) },
      NoSubscriptionError: {
        arrange: ({ seed, owner }) => seedSubscription(seed, owner.id, { status: 'canceled' }),
        input: () => ({ planId: 'starter' }),
      },
      PaymentDeclinedError: {
        arrange: ({ seed, owner }) => seedSubscription(seed, owner.id, { subscriptionId: `sub_declined_${owner.id}` }),
        input: () => ({ planId: 'advanced' }),
      },
      BillingUnavailableError: {
        arrange: ({ seed, owner }) => seedSubscription(seed, owner.id, { subscriptionId: `sub_away_${owner.id}` }),
        input: () => ({ planId: 'advanced' }),
      },
    },
    unchecked: ({ service }, { owner }) =>
      billing.applySubscription(service, owner.id, subscription({ subscriptionId: 'sub_unchecked', priceId: 'price_advanced_monthly' }), {
        at: 1_790_000_000,
        eventId: null,
      }),
  },
  deleteAccount: {
    by: 'owners',
    input: () => ({ confirm: true }),
    strangers: [],
    errors: { InvalidInputError: { input: () => ({ confirm: false }), outcome: () => ({ issues: [{ path: ['confirm'] }] }) } },
    unchecked: ({ service }, { owner }) => erasure.eraseProfile(service, owner.id, new Date()),
    uncheckedScope: 'system',
    isForSuspended: true,
  },
  setAccountStatus: {
    by: 'administrators',
    input: decide,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: ({ owner }) => ({ profileId: globalId('Profile', owner.id), status: 'SUSPENDED', reason: '' }),
        outcome: () => ({ issues: [{ path: ['reason'] }, { path: ['profileId'] }] }),
      },
      NotFoundError: vanished('profileId', 'Profile', decide),
    },
    unchecked: async ({ service }, { owner, member }) => {
      await profiles.setAccountStatus(service, member.id, 'suspended');
      await profiles.recordStatusChange(service, {
        ownerId: member.id,
        status: 'suspended',
        reason: 'Spam',
        changedBy: owner.id,
      });
    },
    uncheckedScope: 'system',
  },
  adjustCredits: {
    by: 'administrators',
    input: grant,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: (ground) => ({ ...grant(ground), amount: 0, reason: ' ' }),
        outcome: () => ({ issues: [{ path: ['amount'] }, { path: ['reason'] }] }),
      },
      NotFoundError: vanished('profileId', 'Profile', grant),
      IdempotencyConflictError: {
        arrange: ({ seed, member }) =>
          seed.sql(
            `insert into usage_ledger (owner_id, kind, amount, period, reason, idempotency_key)
             values ($1, 'credit_adjustment', 4, '2026-01-01', 'Thanks', $2)`,
            [member.id, grantKey],
          ),
        input: grant,
      },
    },
    unchecked: ({ service }, { member }) =>
      ledger.creditAdjustment(service, {
        ownerId: member.id,
        amount: 5,
        period: '2026-11-01',
        reason: 'Thanks',
        idempotencyKey: randomUUID(),
        at: now,
      }),
    uncheckedScope: 'system',
  },
  runCleanup: {
    by: 'administrators',
    arrange: layOldRecord,
    input: tidy,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: () => ({ tasks: ['webhook_records', 'everything'], dryRun: false }),
        outcome: () => ({ issues: [{ path: ['tasks', '1'] }] }),
      },
    },
    unchecked: ({ service }) => cleanup.deleteProcessedEvents(service, [oldRecord], now),
    uncheckedScope: 'system',
  },
  createCommunityCollection: {
    by: 'administrators',
    input: () => ({ title: 'Inland' }),
    strangers: [],
    errors: { InvalidInputError: { input: () => ({ title: ' ' }) } },
    unchecked: ({ service }) =>
      community.createCommunityCollection(service, { title: 'Inland', description: null, isFeatured: false, orderIndex: 0 }),
  },
  updateCommunityCollection: {
    by: 'administrators',
    input: retitle,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: ({ ids }) => ({ communityCollectionId: ids.communityCollection, isFeatured: null }),
        outcome: () => ({ issues: [{ path: ['isFeatured'] }] }),
      },
      NotFoundError: vanished('communityCollectionId', 'CommunityCollection', retitle),
    },
    unchecked: ({ service }, { rows }) =>
      community.updateCommunityCollection(service, rows.communityCollection, { title: 'Inland' }),
  },
  deleteCommunityCollection: {
    by: 'administrators',
    input: close,
    strangers: [],
    errors: {
      InvalidInputError: malformed('communityCollectionId', close),
      NotFoundError: vanished('communityCollectionId', 'CommunityCollection', close),
    },
    unchecked: ({ service }, { rows }) => community.deleteCommunityCollection(service, rows.communityCollection),
  },
  addCommunityItem: {
    by: 'administrators',
    needsBytes: true,
    input: publish,
    strangers: [
      names('a render', ({ ids }) => ({
        communityCollectionId: ids.communityCollection,
        renderId: ids.strangersRender,
      })),
    ],
    errors: {
      InvalidInputError: {
        input: ({ ids }) => ({ communityCollectionId: ids.communityCollection, externalImageUrl: 'https://localhost/a.webp' }),
        outcome: () => ({ issues: [{ path: ['externalImageUrl'] }] }),
      },
      NotFoundError: vanished('communityCollectionId', 'CommunityCollection', publish),
    },
    unchecked: ({ service }, { rows }) =>
      community.createCommunityItem(service, {
        id: randomUUID(),
        collectionId: rows.communityCollection,
        picture: { externalImageUrl: 'https://pictures.roomfeed.com/a.webp' },
        applySettings: null,
        orderIndex: 0,
      }),
  },
  updateCommunityItem: {
    by: 'administrators',
    input: move,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: ({ ids }) => ({ communityItemId: ids.look, orderIndex: -1 }),
        outcome: () => ({ issues: [{ path: ['orderIndex'] }] }),
      },
      NotFoundError: vanished('communityItemId', 'CommunityItem', move),
    },
    unchecked: ({ service }, { rows }) => community.updateCommunityItem(service, rows.look, { orderIndex: 9 }),
  },
  removeCommunityItem: {
    by: 'administrators',
    input: withdraw,
    strangers: [],
    errors: {
      InvalidInputError: malformed('communityItemId', withdraw),
      NotFoundError: vanished('communityItemId', 'CommunityItem', withdraw),
    },
    unchecked: ({ service }, { rows }) => community.deleteCommunityItem(service, rows.look),
  },
  reorderCommunityItems: {
    by: 'administrators',
    input: reorder,
    strangers: [],
    errors: {
      InvalidInputError: {
        input: ({ ids }) => ({ communityCollectionId: ids.communityCollection, itemIds: [ids.look, ids.look] }),
        outcome: () => ({ issues: [{ path: ['itemIds', '1'] }] }),
      },
      NotFoundError: vanished('communityCollectionId', 'CommunityCollection', reorder),
      StaleOrderError: {
        input: ({ ids }) => ({ communityCollectionId: ids.communityCollection, itemIds: [ids.otherLook] }),
        outcome: ({ ids }) => ({ currentItemIds: [ids.look, ids.otherLook] }),
      },
    },
    unchecked: ({ service }, { rows }) =>
      community.orderItems(service, rows.communityCollection, [rows.otherLook, rows.look]),
  },
};
