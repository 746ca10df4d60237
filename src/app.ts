import type { Logger } from 'pino';
import { createAssets, createUploads, createWebhooks } from './app/handlers.js';
import { createCache, createNotices } from './app/notices.js';
import { RequestContext } from './app/request-context.js';
import type { BillingProvider } from './billing/provider.js';
import type { Configuration } from './config/configuration.js';
import { listPlans } from './config/plans.js';
import type { RuntimeConfiguration } from './config/runtime.js';
import type { Databases } from './database/database.js';
import type { StatementListener } from './database/statement.js';
import { DatabaseUnavailable, StatementTimeout } from './database/errors.js';
import { Forbidden } from './domain/errors.js';
import { AccessSuspended } from './domain/user-errors.js';
import type { Viewer } from './domain/viewer.js';
import type { GenerationProvider } from './generation/provider.js';
import { createLiveSchedule } from './jobs/live-schedule.js';
import type { RemovalSchedule } from './jobs/removal-schedule.js';
import type { Schedule } from './jobs/schedule.js';
import { type BillingParts, createParts } from './parts.js';
import * as usage from './repositories/usage.js';
import type { GraphQLContext } from './schema/context.js';
import { createSchema } from './schema/schema.js';
import { createAuthenticator } from './server/authentication.js';
import type { Identity } from './server/authentication/identity.js';
import { type ErrorMapping, UNAVAILABLE } from './server/errors.js';
import type { Engine } from './server/graphql/engine.js';
import { createManifestCheck, type ManifestCheck } from './server/graphql/manifest-check.js';
import { exampleDocuments } from './server/graphiql-examples.js';
import { createStatementCounts } from './server/graphql/statement-counts.js';
import { createMetrics } from './server/metrics.js';
import { createServer, type GatewayServer } from './server/server.js';
import { noCache } from './services/cache/cache.js';
import type { GenerationBackground } from './services/generation/background.js';
import { createServices, type Services } from './services/services.js';
import { StorageUnavailable } from './storage/errors.js';
import type { Storage } from './storage/storage.js';

export interface AppOptions {
  readonly configuration: Configuration;
  /** Where the database is: the configuration's URLs, or the embedded server's. */
  readonly databaseUrls: { readonly gateway: string; readonly service: string };
  readonly log: Logger;
  readonly now?: () => Date;
  /** Told of every statement; for tests that count. */
  readonly onStatement?: StatementListener;
  /** Told of every notice of a change, when what it drops has been dropped; for tests that wait for one. */
  readonly onNotice?: (payload: string) => void;
  /**
   * Whether the gateway works beside requests, as it does by default: on generations, unless its environment says
   * otherwise, and on the removal of pictures that nothing needs any more. Off for tests that count statements.
   */
  readonly background?: boolean;
  /** Puts itself before the configured store; for tests in which it fails, or takes its time. */
  readonly wrapStorage?: (storage: Storage) => Storage;
  /** Puts itself before the configured provider; for tests in which it fails, or takes its time. */
  readonly wrapProvider?: (provider: GenerationProvider) => GenerationProvider;
  /** Puts itself before the configured payment provider; for tests in which it fails, or takes its time. */
  readonly wrapBilling?: (provider: BillingProvider | null) => BillingProvider | null;
  /** Puts itself around the execution of operations; for tests that compare one way of it with the other. */
  readonly wrapEngine?: (engine: Engine) => Engine;
  /** Prefilled in GraphiQL, in development. */
  readonly graphiqlToken?: string;
}

export interface App {
  readonly server: GatewayServer;
  readonly services: Services;
  readonly databases: Databases;
  readonly storage: Storage;
  /** The removal of pictures that nothing needs any more. */
  readonly removals: RemovalSchedule;
  /** The erasure of deleted accounts. */
  readonly erasures: Schedule;
  /** The work on generations. */
  readonly generation: GenerationBackground;
  /** What is there of billing. */
  readonly billing: BillingParts;
  /**
   * Checks the roles, records the plans' limits and begins to listen for changes; rejects where the gateway must not
   * serve. Without notices it may: nothing is cached until they arrive.
   */
  prepare(): Promise<void>;
  /** Stops serving (see GatewayServer.close), then the work beside it, and closes the database's connections. */
  close(): Promise<void>;
}

const readinessTimeoutMillis = 2_000;
/** So long the start waits for notices of changes; without them the gateway serves from the database. */
const noticePatienceMillis = 2_000;

/**
 * The composition root: builds every part and hands each what it needs.
 *
 * @throws ConfigurationError where the manifest of trusted documents does not hold what it should.
 */
export function createApp(options: AppOptions): App {
  const { configuration, databaseUrls, log, now = () => new Date() } = options;
  const { environment, runtime } = configuration;
  const metrics = createMetrics();
  const counts = createStatementCounts();

  const kept = createCache(configuration, metrics);
  const cache = kept ?? noCache;
  const parts = createParts({
    configuration,
    databaseUrls,
    log,
    cache,
    now,
    clock: options.now ?? null,
    onStatement: (sent) => {
      metrics.statementSent(sent);
      counts.statementSent();
      options.onStatement?.(sent);
    },
    wrapStorage: options.wrapStorage,
    wrapProvider: options.wrapProvider,
    wrapBilling: options.wrapBilling,
  });
  const { databases, storage, removals, erasures, provider, generation, billing, cleanup, alone } = parts;
  const services = createServices({
    databases,
    storage,
    cache,
    runtime,
    now,
    clock: options.now ?? null,
    provider,
    onProviderFault: (error) => log.warn({ err: error }, 'A provider could not be asked to stop.'),
    billing: { ...billing, returnOrigins: environment.returnOrigins },
    cleanup,
    alone,
    onAssetsMarked: () => counts.apart(removals.kick),
    onAccountErased: () => counts.apart(erasures.kick),
  });
  const { live } = services;
  const looks = createLiveSchedule({ look: live.look, intervalMs: runtime.subscriptions.pollSeconds * 1_000, log });
  const notices = createNotices(options, metrics, {
    kept,
    onJobEvent: live.hear,
    onErased: services.erasure.heard,
    onUp() {
      services.profiles.hear(true);
      looks.kick();
    },
    onDown: () => services.profiles.hear(false),
  });

  const server = createServer<Identity, GraphQLContext>({
    host: environment.host,
    port: environment.port,
    production: environment.production,
    corsOrigins: environment.corsOrigins,
    shutdownGraceSeconds: environment.shutdownGraceSeconds,
    limits: runtime.graphql,
    schema: createSchema(),
    compiled: environment.compiled,
    wrapEngine: options.wrapEngine,
    log,
    metrics,
    assets: createAssets(options, storage, now),
    uploads: createUploads(options, storage, now),
    webhooks: createWebhooks(options, { generation, billing: billing.events, now }),
    authenticate: createAuthenticator({ ...environment.signIn, now }),
    expiryOf: ({ expiresAtSeconds }) => expiresAtSeconds * 1_000,
    now,
    graphiql: environment.graphiql
      ? { documents: exampleDocuments, ...(options.graphiqlToken ? { token: options.graphiqlToken } : {}) }
      : null,
    errorMappings: [databaseFaults, storageFaults],
    operations: environment.operations,
    mayAskAdHoc: (identity) => isAdministrator(services, viewerOf(identity)),
    cost: {
      lookAhead: environment.lookAhead,
      counts,
      // services.profiles.ensureProfile
      firstSight: 1,
      mayAsk: async (identity) =>
        !environment.production || (identity !== null && isAdministrator(services, viewerOf(identity))),
      onExceeded: metrics.statementBudgetExceeded,
    },
    checks: { database: () => databases.check(readinessTimeoutMillis), storage: () => storage.check() },
    createContext({ identity, position }) {
      const viewer = identity && viewerOf(identity);
      const context = new RequestContext(viewer, services, environment.lookAhead, position, databases);
      const sight = viewer && services.profiles.ensureProfile(viewer);
      return sight ? sight.then(() => context) : context;
    },
  });

  return {
    server,
    services,
    databases,
    storage,
    removals,
    erasures,
    generation,
    billing,
    async prepare() {
      await parts.prepare();
      await notices.start(noticePatienceMillis);
      looks.start();
      await usage.recordPlanVersions(
        databases.service({ kind: 'system' }),
        listPlans(runtime).map(({ id, monthlyGenerations }) => ({ planId: id, monthlyLimit: monthlyGenerations })),
      );
      if (options.background ?? true) await parts.start({ generations: environment.worker });
    },
    async close() {
      await server.close();
      await looks.stop();
      await notices.close();
      await parts.close();
    },
  };
}

/** Checks a manifest of trusted documents as the start of a gateway does; for `npm run documents`. Needs no database. */
export function createDocumentCheck({ graphql }: RuntimeConfiguration): ManifestCheck {
  return createManifestCheck({ schema: createSchema(), limits: graphql });
}

function viewerOf({ profileId, email, name }: Identity): Viewer {
  return { id: profileId, email, name };
}

/** By role and status as the database has them at this moment. */
async function isAdministrator({ profiles }: Services, viewer: Viewer): Promise<boolean> {
  await profiles.ensureProfile(viewer);
  try {
    await profiles.admitAdministrator(viewer);
    return true;
  } catch (error) {
    if (error instanceof Forbidden || error instanceof AccessSuspended) return false;
    throw error;
  }
}

/** A database that is away, or too slow to wait for, is no fault of the request's. */
const databaseFaults: ErrorMapping = (error) =>
  error instanceof DatabaseUnavailable || error instanceof StatementTimeout ? UNAVAILABLE : undefined;

/** Nor is a store that is away. */
const storageFaults: ErrorMapping = (error) => (error instanceof StorageUnavailable ? UNAVAILABLE : undefined);
