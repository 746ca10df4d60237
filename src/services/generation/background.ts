import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import type { GenerationProvider } from '../../generation/provider.js';
import { enqueueGeneration } from '../../repositories/generation-queue.js';
import type { Storage } from '../../storage/storage.js';
import type { Cache } from '../cache/cache.js';
import { createRecovery } from './recovery.js';
import { createResults } from './results.js';
import { createJobStates, type JobKey } from './states.js';
import { createFindStuckJobs } from './stuck.js';
import { createGenerationWebhooks } from './webhooks.js';
import { createWork } from './work.js';

export type GenerationBackground = ReturnType<typeof createGenerationBackground>;

/** What is done for generations beside requests: by the gateway, or by workers of their own. */
export function createGenerationBackground({
  databases,
  cache,
  storage,
  provider,
  runtime,
  isWorkedOn,
  onAssetsMarked,
  onFault,
  onProviderFault,
  now,
  clock,
}: {
  databases: Databases;
  cache: Cache;
  storage: Pick<Storage, 'get' | 'put'>;
  provider: GenerationProvider;
  runtime: RuntimeConfiguration;
  /** Whether some process works on a job at this moment. */
  isWorkedOn: (key: JobKey) => Promise<boolean>;
  onAssetsMarked: () => void;
  /** Told of what went wrong with a job that is our own fault. */
  onFault: (error: unknown, key: JobKey) => void;
  /** Told where the provider could not be asked to stop what nobody needs. */
  onProviderFault: (error: unknown) => void;
  now: () => Date;
  /** In place of the database's time; for tests. */
  clock: (() => Date) | null;
}) {
  const states = createJobStates({ databases, cache, clock });
  const results = createResults({ databases, storage, states, onAssetsMarked, now });
  const { attend } = createWork({ databases, storage, provider, states, results, runtime, onFault });
  const findStuck = createFindStuckJobs({ databases, states, runtime, now });
  const { recover, markStuckJobsAsFailed } = createRecovery({ databases, findStuck, isWorkedOn, onFault, now });
  const { receive } = createGenerationWebhooks({ databases, states, provider, onProviderFault });
  return {
    receive,
    attend,
    recover,
    findStuck,
    markStuckJobsAsFailed,

    /** Has a job looked at as soon as somebody is free, or after so many milliseconds. */
    lookAt: (key: JobKey, afterMs = 0): Promise<void> =>
      enqueueGeneration(databases.service({ kind: 'system' }), {
        jobId: key.id,
        ownerId: key.ownerId,
        ...(afterMs > 0 ? { runAt: new Date(Date.now() + afterMs) } : {}),
      }),
  };
}
