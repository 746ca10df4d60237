import { parseRuntime } from '../../../src/config/parse-runtime.js';
import type { RuntimeConfiguration } from '../../../src/config/runtime.js';
import { noCache } from '../../../src/services/cache/cache.js';
import { createCurationService } from '../../../src/services/community/curation.js';
import { createErasing } from '../../../src/services/erasure/erasing.js';
import { createErasureService } from '../../../src/services/erasure/erasure.js';
import { createGenerationBackground } from '../../../src/services/generation/background.js';
import { createSubmission } from '../../../src/services/generation/submission.js';
import { createRenderService } from '../../../src/services/renders.js';
import { createPictureMoves } from '../../../src/services/storage/moving.js';
import { createOrphanSweep } from '../../../src/services/storage/orphans.js';
import { createRemovalService } from '../../../src/services/storage/removal.js';
import type { Alone } from '../../../src/services/uploads/completion.js';
import { createUploadSweeping } from '../../../src/services/uploads/sweeping.js';
import { createUploadService } from '../../../src/services/uploads/uploads.js';
import { createWrites } from '../../../src/services/writes.js';
import type { Storage } from '../../../src/storage/storage.js';
import type { TestApp } from '../app.js';
import { type Fuse, fusedDatabases } from '../generation/fuse.js';
import { createScriptedProvider, type Script } from '../generation/scripted-provider.js';

export const runtime = parseRuntime({
  plans: { free: { monthlyGenerations: 10_000, maxConcurrentJobs: 1_000 } },
}).runtime as RuntimeConfiguration;

/** A process of the gateway's, as far as it stores, refers to and removes pictures; its fuse says when it is killed. */
export type Process = ReturnType<typeof createProcess>;

export function createProcess({
  app,
  storage: store,
  alone,
  now,
  fuse,
  script = 'succeeds',
}: {
  readonly app: TestApp;
  readonly storage: Storage;
  readonly alone: Alone;
  readonly now: () => Date;
  readonly fuse: Fuse;
  readonly script?: Script;
}) {
  const databases = fusedDatabases(app.app.databases, fuse);
  const storage = fusedStore(store, fuse);
  const writes = createWrites({ databases, cache: noCache, clock: now });
  const nobody = (): void => undefined;
  const { removeDue } = createRemovalService({ databases, storage, now });
  const { eraseDue } = createErasing({
    databases,
    cache: noCache,
    storage,
    provider: { cancel: async () => undefined },
    billing: null,
    removeDue,
    alone,
    onProgress: nobody,
    onNotice: nobody,
    now,
    clock: now,
  });
  return {
    uploads: createUploadService({ databases, writes, storage, runtime, alone, now }),
    submission: createSubmission({ writes, runtime }),
    generation: createGenerationBackground({
      databases,
      cache: noCache,
      storage,
      provider: createScriptedProvider(() => script),
      runtime,
      isWorkedOn: () => Promise.resolve(false),
      onAssetsMarked: nobody,
      onFault: nobody,
      onProviderFault: nobody,
      now,
      clock: now,
    }),
    renders: createRenderService({ databases, cache: noCache, writes, checkFilter: () => ({}), onAssetsMarked: nobody, now }),
    curation: createCurationService({ databases, writes, storage, runtime, onAssetsMarked: nobody, now }),
    accounts: createErasureService({ writes, onHeard: nobody, onErased: nobody }),
    moves: createPictureMoves({ databases, storage, now }),
    orphans: createOrphanSweep({ databases, storage, runtime, now }),
    uncompleted: createUploadSweeping({ storage, runtime, now }),
    removeDue,
    eraseDue,
  };
}

/** A store to which every call may be its process's last. */
function fusedStore(storage: Storage, fuse: Fuse): Storage {
  return {
    ...storage,
    put: (...args) => fuse.call(() => storage.put(...args)),
    copy: (...args) => fuse.call(() => storage.copy(...args)),
    stat: (...args) => fuse.call(() => storage.stat(...args)),
    delete: (...args) => fuse.call(() => storage.delete(...args)),
    async get(...args) {
      const found = await storage.get(...args);
      return fuse.call(() => Promise.resolve(found)).catch((error: unknown) => {
        found?.body.destroy();
        throw error;
      });
    },
  };
}
