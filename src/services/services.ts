import type { BillingProvider } from '../billing/provider.js';
import type { RuntimeConfiguration } from '../config/runtime.js';
import type { Databases } from '../database/database.js';
import type { GenerationProvider } from '../generation/provider.js';
import type { Storage } from '../storage/storage.js';
import { createAdministrationService } from './administration.js';
import { createBillingService } from './billing/billing.js';
import { createBillingChanges } from './billing/changes.js';
import type { Subscriptions } from './billing/subscriptions.js';
import type { Cache } from './cache/cache.js';
import { createCollectionService } from './collections/collections.js';
import { createCommunityService } from './community/community.js';
import { createCreditService } from './credits.js';
import { createCurationService } from './community/curation.js';
import type { Cleanup } from './data/cleanup.js';
import { createRequestedCleanup } from './data/cleanup/requested.js';
import { createValidationService } from './data/validation.js';
import { createErasureService } from './erasure/erasure.js';
import { createGenerationService } from './generation/generation.js';
import { createLiveService } from './generation/live.js';
import { createModelService } from './models.js';
import { createNodeService } from './nodes.js';
import { createPresetService } from './presets.js';
import { createProfileService } from './profiles.js';
import { createRenderService } from './renders.js';
import { createStorageService } from './storage/management.js';
import type { Alone } from './uploads/completion.js';
import { createUploadService } from './uploads/uploads.js';
import { createUsageService } from './usage.js';
import { createWrites } from './writes.js';

export type Services = ReturnType<typeof createServices>;

export interface ServiceDependencies {
  readonly databases: Databases;
  readonly storage: Storage;
  readonly cache: Cache;
  readonly runtime: RuntimeConfiguration;
  readonly now: () => Date;
  /** In place of the database's time; for tests. */
  readonly clock: (() => Date) | null;
  readonly provider: Pick<GenerationProvider, 'cancel'>;
  /** Told where a provider could not be asked to stop. */
  readonly onProviderFault: (error: unknown) => void;
  readonly billing: {
    /** Null: billing is switched off. */
    readonly provider: BillingProvider | null;
    readonly subscriptions: Subscriptions;
    /** Exact origins to which people come back from the provider's pages. */
    readonly returnOrigins: readonly string[];
  };
  readonly cleanup: Cleanup;
  /** Runs what one process at a time does. */
  readonly alone: Alone;
  /** Called when pictures were marked for removal, after the commit. */
  readonly onAssetsMarked: () => void;
  /** Called when an account was deleted, after the commit. */
  readonly onAccountErased: () => void;
}

/** What the product does, one service a noun. */
export function createServices({
  databases,
  storage,
  cache,
  runtime,
  now,
  clock,
  provider,
  onProviderFault,
  billing,
  cleanup,
  alone,
  onAssetsMarked,
  onAccountErased,
}: ServiceDependencies) {
  const writes = createWrites({ databases, cache, clock });
  const models = createModelService({ databases });
  const presets = createPresetService({ runtime });
  const usage = createUsageService({ databases, cache, runtime, now });
  const changes = createBillingChanges({ databases, writes, runtime, ...billing, now });
  // Of what takes long and is done by the batch: half of a request's time is left for the batch under way.
  const patienceMs = (runtime.graphql.requestTimeoutSeconds * 1_000) / 2;
  const { checkFilter } = presets;
  const { readAs } = models;
  const profiles = createProfileService({ databases, writes });
  const live = createLiveService({ databases, limits: runtime.subscriptions });
  return {
    models,
    presets,
    usage,
    nodes: createNodeService({ readAs, listUsageByIds: usage.listUsageByIds }),
    profiles,
    erasure: createErasureService({
      writes,
      onHeard(profileId) {
        profiles.forget(profileId);
        live.end(profileId);
      },
      onErased: onAccountErased,
    }),
    renders: createRenderService({ databases, cache, writes, checkFilter, onAssetsMarked, now }),
    collections: createCollectionService({ databases, cache, writes, runtime }),
    live,
    generation: createGenerationService({ readAs, writes, runtime, provider, onProviderFault }),
    administration: createAdministrationService({
      databases,
      admitAdministrator: profiles.admitAdministrator,
      validation: createValidationService({ databases, storage, runtime, now }),
      patienceMs,
    }),
    cleanup: createRequestedCleanup({
      cleanup,
      admitAdministrator: profiles.admitAdministrator,
      patienceMs,
    }),
    credits: createCreditService({ writes, runtime }),
    billing: createBillingService({ databases, runtime, provider: billing.provider, usage, changes, now }),
    community: createCommunityService({ databases, cache, runtime, checkFilter }),
    curation: createCurationService({ databases, writes, storage, runtime, onAssetsMarked, now }),
    storage: createStorageService({ databases, storage }),
    uploads: createUploadService({ databases, writes, storage, runtime, alone, now }),
  };
}
