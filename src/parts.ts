import type { Logger } from 'pino';
import type { BillingProvider } from './billing/provider.js';
import { createStripeProvider } from './billing/stripe.js';
import { openStorage } from './app/storage.js';
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
import { createBillingReconcileSchedule, createBillingRetrySchedule } from './jobs/billing-schedule.js';
import { createCleanupSchedule } from './jobs/cleanup-schedule.js';
import { createErasureSchedule } from './jobs/erasure-schedule.js';
import { createGenerationTask, workName } from './jobs/generation-task.js';
import { createOrphanSchedule } from './jobs/orphan-schedule.js';
import { createRecoverySchedule } from './jobs/recovery-schedule.js';
import { createRemovalSchedule, type RemovalSchedule } from './jobs/removal-schedule.js';
import type { Schedule } from './jobs/schedule.js';
import { createUploadSweepSchedule } from './jobs/upload-sweep-schedule.js';
import { type BillingEvents, createBillingEvents } from './services/billing/events.js';
import { type BillingNotice, createSubscriptions, type Subscriptions } from './services/billing/subscriptions.js';
import { type BillingUpkeep, createBillingUpkeep } from './services/billing/upkeep.js';
import type { Cache } from './services/cache/cache.js';
import { type Cleanup, createCleanup } from './services/data/cleanup.js';
import { createErasing } from './services/erasure/erasing.js';
import { createGenerationBackground, type GenerationBackground } from './services/generation/background.js';
import { createOrphanSweep } from './services/storage/orphans.js';
import { createRemovalService } from './services/storage/removal.js';
import { createUploadSweeping } from './services/uploads/sweeping.js';
import type { Storage } from './storage/storage.js';

/** What is there of billing. */
export interface BillingParts {
  /** Null: billing is switched off. */
  readonly provider: BillingProvider | null;
  readonly subscriptions: Subscriptions;
  /** Null where billing is switched off: then nobody tells of anything. */
  readonly events: BillingEvents | null;
  /** Null where billing is switched off. */
  readonly upkeep: BillingUpkeep | null;
}

/** What the gateway and a worker of its own are both made of. */
export interface Parts {
  readonly databases: Databases;
  readonly storage: Storage;
  readonly provider: GenerationProvider;
  readonly generation: GenerationBackground;
  readonly billing: BillingParts;
  /** The removal of what nobody needs any more. */
  readonly cleanup: Cleanup;
  /** Runs what one process at a time does (database/exclusive.ts). */
  readonly alone: Exclusive['during'];
  /** The removal of pictures that nothing needs any more. */
  readonly removals: RemovalSchedule;
  /** The erasure of deleted accounts. */
  readonly erasures: Schedule;
  /** Checks the roles, sets up the store and brings the queue up to date; rejects where the process must not work. */
  prepare(): Promise<void>;
  /** Begins the work beside requests: removals, billing's upkeep, and where `generations` is set the work on them. */
  start(work: { readonly generations: boolean }): Promise<void>;
  /** Stops the work, and closes the connections of the database and the store. */
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
  /** Puts itself before the configured payment provider; for tests. */
  readonly wrapBilling?: ((provider: BillingProvider | null) => BillingProvider | null) | undefined;
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
  const store = openStorage({ configuration, now, warn: (message) => log.warn(message) });
  const storage = options.wrapStorage?.(store.storage) ?? store.storage;
  const provider = createProvider(options);

  const { removeDue } = createRemovalService({ databases, storage, now });
  const removals = createRemovalSchedule({ removeDue, log });
  const { removeUncompleted, listArrived } = createUploadSweeping({ storage, runtime, now });
  const sweeps = createUploadSweepSchedule({ removeUncompleted, log });

  const exclusive = createExclusive({ url: databaseUrls.service, timeoutMs: connectionTimeoutMillis, log });
  const { sweepUnattended } = createOrphanSweep({ databases, storage, runtime, now });
  const orphans = createOrphanSchedule({ sweepUnattended, alone: exclusive.during, onMarked: removals.kick, log });
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
  const { findStuck } = generation;
  const cleanup = createCleanup({ databases, storage, runtime, findStuck, listArrived, alone: exclusive.during, now });
  const cleanups = createCleanupSchedule({ cleanup, log });
  const { billing, schedules: billingSchedules } = createBilling(options, databases);
  const { eraseDue } = createErasing({
    databases,
    cache,
    storage,
    provider,
    billing: billing.provider,
    removeDue,
    alone: exclusive.during,
    onProgress: ({ ownerId, step, done }) => log.info({ account: ownerId, [step]: done }, 'A deleted account is being erased.'),
    onNotice: ({ ownerId, message, reason }) => log.warn({ account: ownerId, reason }, message),
    now,
    clock,
  });
  const erasures = createErasureSchedule({ eraseDue, log });
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
    billing,
    cleanup,
    alone: exclusive.during,
    removals,
    erasures,
    async prepare() {
      await databases.verifyRoles();
      await store.prepare();
      await queue.install();
    },
    async start({ generations }) {
      removals.start();
      erasures.start();
      sweeps.start();
      orphans.start();
      cleanups.start();
      for (const schedule of billingSchedules) schedule.start();
      if (!generations) return;
      await queue.start();
      recoveries.start();
    },
    async close() {
      await recoveries.stop();
      await queue.stop();
      await Promise.all(billingSchedules.map((schedule) => schedule.stop()));
      await cleanups.stop();
      await orphans.stop();
      await sweeps.stop();
      await erasures.stop();
      await removals.stop();
      await exclusive.close();
      store.close();
      await databases.close();
    },
  };
}

function createBilling(
  { configuration, log, cache, now, wrapBilling = (made) => made }: PartsOptions,
  databases: Databases,
): { readonly billing: BillingParts; readonly schedules: readonly Schedule[] } {
  const { environment, runtime } = configuration;
  const { stripe: settings } = environment;
  const onNotice = ({ message, ownerId, details }: BillingNotice): void => log.warn({ account: ownerId, ...details }, message);
  const provider = wrapBilling(
    settings ? createStripeProvider({ settings, onFault: (message) => log.error(message) }) : null,
  );
  const subscriptions = createSubscriptions({ runtime, onNotice });
  if (provider === null) return { billing: { provider, subscriptions, events: null, upkeep: null }, schedules: [] };
  const events = createBillingEvents({ databases, cache, subscriptions, provider, onNotice, now });
  const upkeep = createBillingUpkeep({ databases, cache, subscriptions, provider, now });
  return {
    billing: { provider, subscriptions, events, upkeep },
    schedules: [
      createBillingRetrySchedule({ retryDue: events.retryDue, log }),
      createBillingReconcileSchedule({ reconcile: upkeep.reconcile, log }),
    ],
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
