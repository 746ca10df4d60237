import type { Logger } from 'pino';
import type { Configuration } from './config/configuration.js';
import { listPlans } from './config/plans.js';
import type { RuntimeConfiguration } from './config/runtime.js';
import { createDatabases } from './database/databases.js';
import { createNoticeListener } from './database/notices.js';
import type { Databases } from './database/database.js';
import type { StatementListener } from './database/statement.js';
import { DatabaseUnavailable, StatementTimeout } from './database/errors.js';
import { createRemovalSchedule, type RemovalSchedule } from './jobs/removal-schedule.js';
import { Forbidden } from './domain/errors.js';
import { AccessSuspended } from './domain/user-errors.js';
import type { MaybeViewer, Viewer } from './domain/viewer.js';
import { createLoaders, type Loaders } from './loaders/loaders.js';
import * as usage from './repositories/usage.js';
import type { GraphQLContext } from './schema/context.js';
import { createSchema } from './schema/schema.js';
import { createAssetsHandler } from './server/assets.js';
import { createAuthenticator } from './server/authentication.js';
import type { Identity } from './server/authentication/identity.js';
import { type ErrorMapping, UNAVAILABLE } from './server/errors.js';
import type { Engine } from './server/graphql/engine.js';
import { createManifestCheck, type ManifestCheck } from './server/graphql/manifest-check.js';
import { exampleDocuments } from './server/graphiql-examples.js';
import { createStatementCounts } from './server/graphql/statement-counts.js';
import { createMetrics, type Metrics } from './server/metrics.js';
import { createServer, type GatewayServer } from './server/server.js';
import { noCache } from './services/cache/cache.js';
import { createInProcessCache } from './services/cache/in-process-cache.js';
import { changesChannel, obeyNotice } from './services/cache/notices.js';
import { scopeOf } from './services/scope.js';
import { createServices, type Services } from './services/services.js';
import { createRemovalService } from './services/storage/removal.js';
import { StorageUnavailable } from './storage/errors.js';
import { createFileStorage } from './storage/file-storage.js';
import { createSignedUrlVerifier } from './storage/signed-urls.js';
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
   * Whether the gateway works beside requests, as it does by default: removes pictures that nothing needs any more. Off
   * for tests that count statements.
   */
  readonly background?: boolean;
  /** Puts itself before the configured store; for tests in which it fails, or takes its time. */
  readonly wrapStorage?: (storage: Storage) => Storage;
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
  /**
   * Checks the roles, records the plans' limits and begins to listen for changes; rejects where the gateway must not
   * serve. Without notices it may: nothing is cached until they arrive.
   */
  prepare(): Promise<void>;
  /** Stops serving (see GatewayServer.close), then the work beside it, and closes the database's connections. */
  close(): Promise<void>;
}

/** A statement that runs longer is a fault: a page takes some milliseconds. */
const statementTimeoutMillis = 10_000;
const lockTimeoutMillis = 5_000;
/** A request that waited so long for a connection is better refused than kept. */
const connectionTimeoutMillis = 5_000;
const idleTimeoutMillis = 30_000;
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
    onStatement: (sent) => {
      metrics.statementSent(sent);
      counts.statementSent();
      options.onStatement?.(sent);
    },
    log,
  });
  const { storage, assets } = createStorage(options, now);
  const { cache, ...changes } = createCache(options, metrics);
  const { removeDue } = createRemovalService({ databases, storage, now });
  const removals = createRemovalSchedule({ removeDue, log });
  const services = createServices({ databases, storage, cache, runtime, now, onAssetsMarked: () => counts.apart(removals.kick) });

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
    assets,
    authenticate: createAuthenticator({ ...environment.signIn, now }),
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
    async createContext({ identity }) {
      const viewer = identity && viewerOf(identity);
      if (viewer) await services.profiles.ensureProfile(viewer);
      return new RequestContext(viewer, services, environment.lookAhead, databases);
    },
  });

  return {
    server,
    services,
    databases,
    storage,
    removals,
    async prepare() {
      await databases.verifyRoles();
      await changes.listen();
      await usage.recordPlanVersions(
        databases.service({ kind: 'system' }),
        listPlans(runtime).map(({ id, monthlyGenerations }) => ({ planId: id, monthlyLimit: monthlyGenerations })),
      );
      if (options.background ?? true) removals.start();
    },
    async close() {
      await server.close();
      await removals.stop();
      await changes.stopListening();
      await databases.close();
    },
  };
}

/** Checks a manifest of trusted documents as the start of a gateway does; for `npm run documents`. Needs no database. */
export function createDocumentCheck({ graphql }: RuntimeConfiguration): ManifestCheck {
  return createManifestCheck({ schema: createSchema(), limits: graphql });
}

class RequestContext implements GraphQLContext {
  readonly #databases: Databases;
  #loaders: Loaders | undefined;

  constructor(
    readonly viewer: MaybeViewer,
    readonly services: Services,
    readonly lookAhead: boolean,
    databases: Databases,
  ) {
    this.#databases = databases;
  }

  /** Made when a row asks for them: where its statement brought everything, none does. */
  get loaders(): Loaders {
    return (this.#loaders ??= createLoaders(this.#databases.gateway(scopeOf(this.viewer))));
  }
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

/** What this process keeps of answers, and the connection that tells it of changes; neither where it is switched off. */
function createCache({ configuration, databaseUrls, log, onNotice }: AppOptions, metrics: Metrics) {
  const { environment, runtime } = configuration;
  if (!environment.cache) return { cache: noCache, listen: async () => undefined, stopListening: async () => undefined };
  const cache = createInProcessCache({
    maxBytes: runtime.cache.maxBytes,
    maxAgeMs: runtime.cache.maxAgeSeconds * 1_000,
    counts: metrics.cache,
  });
  const listener = createNoticeListener({
    url: databaseUrls.gateway,
    channel: changesChannel,
    onNotice(payload) {
      const known = obeyNotice(cache, payload);
      if (!known) log.debug('a notice of a change was not understood; everything that was cached was dropped');
      metrics.notices.arrived();
      onNotice?.(payload);
    },
    onUp() {
      cache.resume();
      metrics.notices.arrive(true);
    },
    onDown() {
      cache.pause();
      metrics.notices.arrive(false);
    },
    log,
  });
  return { cache, listen: () => listener.start(noticePatienceMillis), stopListening: () => listener.close() };
}

function createStorage({ configuration, log, wrapStorage = (store) => store }: AppOptions, now: () => Date) {
  const { environment, runtime } = configuration;
  const settings = environment.storage;
  if (settings.kind === 's3') {
    throw new Error('STORAGE_URL: this version keeps pictures in files only; give a file: address.');
  }
  const signingSecret = settings.signingSecret.reveal();
  const previous = settings.previousSigningSecret?.reveal();
  const storage = wrapStorage(
    createFileStorage({
      directory: settings.directory,
      publicUrl: environment.publicUrl,
      windowSeconds: runtime.signedUrls.windowSeconds,
      signingSecret,
      now,
    }),
  );
  const verify = createSignedUrlVerifier({
    signingSecret,
    previousSigningSecrets: previous === undefined ? [] : [previous],
    now,
  });
  const assets = createAssetsHandler({
    storage,
    verify,
    now,
    reportError: (error) => log.error({ err: error }, 'an asset could not be sent'),
  });
  return { storage, assets };
}
