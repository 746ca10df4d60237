import type { RuntimeConfiguration } from '../config/runtime.js';
import type { Databases } from '../database/database.js';
import type { Storage } from '../storage/storage.js';
import type { Cache } from './cache/cache.js';
import { createCollectionService } from './collections/collections.js';
import { createCommunityService } from './community/community.js';
import { createCurationService } from './community/curation.js';
import { createGenerationService } from './generation.js';
import { createModelService } from './models.js';
import { createNodeService } from './nodes.js';
import { createPresetService } from './presets.js';
import { createProfileService } from './profiles.js';
import { createRenderService } from './renders.js';
import { createStorageService } from './storage/management.js';
import { createUsageService } from './usage.js';
import { createWrites } from './writes.js';

export type Services = ReturnType<typeof createServices>;

export interface ServiceDependencies {
  readonly databases: Databases;
  readonly storage: Storage;
  readonly cache: Cache;
  readonly runtime: RuntimeConfiguration;
  readonly now: () => Date;
  /** Called when pictures were marked for removal, after the commit. */
  readonly onAssetsMarked: () => void;
}

/** What the product does, one service a noun. */
export function createServices({ databases, storage, cache, runtime, now, onAssetsMarked }: ServiceDependencies) {
  const writes = createWrites({ databases, cache });
  const models = createModelService({ databases });
  const presets = createPresetService({ runtime });
  const usage = createUsageService({ databases, cache, runtime, now });
  const { checkFilter } = presets;
  const { readAs } = models;
  return {
    models,
    presets,
    usage,
    nodes: createNodeService({ readAs, listUsageByIds: usage.listUsageByIds }),
    profiles: createProfileService({ databases, writes }),
    renders: createRenderService({ databases, cache, writes, checkFilter, onAssetsMarked, now }),
    collections: createCollectionService({ databases, cache, writes, runtime }),
    generation: createGenerationService({ readAs }),
    community: createCommunityService({ databases, cache, runtime, checkFilter }),
    curation: createCurationService({ databases, writes, storage, runtime, onAssetsMarked, now }),
    storage: createStorageService({ databases, storage }),
  };
}
