import type { RuntimeConfiguration } from '../config/runtime.js';
import type { Databases } from '../database/database.js';
import type { Storage } from '../storage/storage.js';
import { createCollectionService } from './collections.js';
import { createCommunityService } from './community/community.js';
import { createGenerationService } from './generation.js';
import { createModelService } from './models.js';
import { createNodeService } from './nodes.js';
import { createPresetService } from './presets.js';
import { createProfileService } from './profiles.js';
import { createRenderService } from './renders.js';
import { createStorageService } from './storage/management.js';
import { createUsageService } from './usage.js';

export type Services = ReturnType<typeof createServices>;

export interface ServiceDependencies {
  readonly databases: Databases;
  readonly storage: Storage;
  readonly runtime: RuntimeConfiguration;
  readonly now: () => Date;
}

/** What the product does, one service a noun. */
export function createServices({ databases, storage, runtime, now }: ServiceDependencies) {
  const models = createModelService({ databases });
  const presets = createPresetService({ runtime });
  const usage = createUsageService({ databases, runtime, now });
  const { checkFilter } = presets;
  const { readAs } = models;
  return {
    models,
    presets,
    usage,
    nodes: createNodeService({ readAs, listUsageByIds: usage.listUsageByIds }),
    profiles: createProfileService({ databases }),
    renders: createRenderService({ databases, checkFilter, now }),
    collections: createCollectionService({ databases }),
    generation: createGenerationService({ readAs }),
    community: createCommunityService({ databases, checkFilter }),
    storage: createStorageService({ databases, storage }),
  };
}
