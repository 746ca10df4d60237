import type { Logger } from 'pino';
import type { Configuration } from './config/configuration.js';
import type { Databases } from './database/database.js';
import { createDatabases } from './database/databases.js';
import { createExclusive, type Exclusive } from './database/exclusive.js';
import type { StatementListener } from './database/statement.js';
import { createTaskQueue } from './database/task-queue.js';
import { generateTask } from './domain/jobs.js';
import { createLocalProvider } from './generation/local.js';
import type { GenerationProvider } from './generation/provider.js';
import { createReplicateProvider } from './generation/replicate.js';
import { createGenerationTask, workName } from './jobs/generation-task.js';
import { createRecoverySchedule } from './jobs/recovery-schedule.js';
import { createRemovalSchedule, type RemovalSchedule } from './jobs/removal-schedule.js';
import { createUploadSweepSchedule } from './jobs/upload-sweep-schedule.js';
import type { Cache } from './services/cache/cache.js';
import { createGenerationBackground, type GenerationBackground } from './services/generation/background.js';
import { createRemovalService } from './services/storage/removal.js';
import { createUploadSweeping } from './services/uploads/sweeping.js';
import { createFileStorage } from './storage/file-storage.js';
import type { Storage } from './storage/storage.js';

/** What the gateway and a worker of its own are both made of. */
export interface Parts {
  readonly databases: Databases;
  readonly storage: Storage;
  readonly provider: GenerationProvider;
  readonly generation: GenerationBackground;
  /** Runs what one process at a time does (database/exclusive.ts). */
  readonly alone: Exclusive['during'];
  /** The removal of pictures that nothing needs any more. */
  readonly removals: RemovalSchedule;
  /** Checks the roles and brings the queue up to date; rejects where the process must not work. */
  prepare(): Promise<void>;
  /** Begins the work beside requests: removals, and where `generations` is set the work on them. */
  start(work: { readonly generations: boolean }): Promise<void>;
  /** Stops the work, and closes the database's connections. */
  close(): Promise<void>;
}

export interface PartsOptions {
  readonly configuration: Configuration;
  /** Where the database is: the configuration's URLs, or the embedded server's. */
  readonly databaseUrls: { readonly gateway: string; readonly service: string };
  readonly log: Logger;
  readonly cache: Cache;
  readonly now: () => Date;
  /** In place of the database's time; for tests. */
  readonly clock: (() => Date) | null;
  readonly onStatement?: StatementListener | undefined;
  /** Puts itself before the configured store; for tests in which it fails, or takes its time. */
  readonly wrapStorage?: ((storage: Storage) => Storage) | undefined;
  /** Puts itself before the configured provider; for tests. */
  readonly wrapProvider?: ((provider: GenerationProvider) => GenerationProvider) | undefined;
}

/** A statement that runs longer is a fault: a page takes some milliseconds. */
const statementTimeoutMillis = 10_000;
const lockTimeoutMillis = 5_000;
/** A request that waited so long for a connection is better refused than kept. */
const connectionTimeoutMillis = 5_000;
const idleTimeoutMillis = 30_000;

export function createParts(options: PartsOptions): Parts {
  const { configuration, databaseUrls, log, cache, now, clock } = options;
  const { environment, runtime } = configuration;

  const databases = createDatabases({
    gatewayUrl: databaseUrls.gateway,
    serviceUrl: databaseUrls.service,
    pool: {
      max: environment.databasePoolMax,
      connectionTimeoutMillis,
      idleTimeoutMillis,
      statementTimeoutMillis,
      lockTimeoutMillis,
    },
    onStatement: options.onStatement,
    log,
  });
  const storage = createStorage(options);
  const provider = createProvider(options);

  const { removeDue } = createRemovalService({ databases, storage, now });
  const removals = createRemovalSchedule({ removeDue, log });
  const { removeUncompleted } = createUploadSweeping({ storage, runtime, now });
  const sweeps = createUploadSweepSchedule({ removeUncompleted, log });

  const exclusive = createExclusive({ url: databaseUrls.service, timeoutMs: connectionTimeoutMillis, log });
  const generation = createGenerationBackground({
    databases,
    cache,
    storage,
    provider,
    runtime,
    isWorkedOn: (key) => exclusive.isHeld(workName(key)),
    onAssetsMarked: removals.kick,
    onFault: (error, { id }) => log.error({ err: error, job: id }, 'A generation failed.'),
    onProviderFault: (error) => log.warn({ err: error }, 'A provider could not be asked to stop.'),
    now,
    clock,
  });
  const recoveries = createRecoverySchedule({ recover: generation.recover, log });
  const queue = createTaskQueue({
    url: databaseUrls.service,
    concurrency: environment.workerConcurrency,
    graceMs: environment.shutdownGraceSeconds * 1_000,
    timeouts: { connectionMs: connectionTimeoutMillis, statementMs: statementTimeoutMillis, lockMs: lockTimeoutMillis },
    log,
    tasks: {
      [generateTask]: createGenerationTask({
        attend: generation.attend,
        alone: exclusive.during,
        lookAgain: ({ jobId, ownerId }, afterMs) => generation.lookAt({ id: jobId, ownerId }, afterMs),
        log,
      }),
    },
  });

  return {
    databases,
    storage,
    provider,
    generation,
    alone: exclusive.during,
    removals,
    async prepare() {
      await databases.verifyRoles();
      await queue.install();
    },
    async start({ generations }) {
      removals.start();
      sweeps.start();
      if (!generations) return;
      await queue.start();
      recoveries.start();
    },
    async close() {
      await recoveries.stop();
      await queue.stop();
      await sweeps.stop();
      await removals.stop();
      await exclusive.close();
      await databases.close();
    },
  };
}

function createProvider({ configuration, log, wrapProvider = (made) => made }: PartsOptions): GenerationProvider {
  const { environment, runtime } = configuration;
  const { replicate: settings, publicUrl } = environment;
  return wrapProvider(
    settings
      ? createReplicateProvider({ settings, runtime, publicUrl, onFault: (message) => log.error(message) })
      : createLocalProvider({ runtime }),
  );
}

function createStorage({ configuration, now, wrapStorage = (store) => store }: PartsOptions): Storage {
  const { environment, runtime } = configuration;
  const settings = environment.storage;
  if (settings.kind === 's3') {
    throw new Error('STORAGE_URL: this version keeps pictures in files only; give a file: address.');
  }
  return wrapStorage(
    createFileStorage({
      directory: settings.directory,
      publicUrl: environment.publicUrl,
      windowSeconds: runtime.signedUrls.windowSeconds,
      signingSecret: settings.signingSecret.reveal(),
      now,
    }),
  );
}
