import type { Logger } from 'pino';
import type { Configuration } from './config/configuration.js';
import { listPlans } from './config/plans.js';
import { createDatabases } from './database/databases.js';
import type { Databases } from './database/database.js';
import type { StatementListener } from './database/statement.js';
import { DatabaseUnavailable, StatementTimeout } from './database/errors.js';
import { createLoaders } from './loaders/loaders.js';
import * as usage from './repositories/usage.js';
import type { GraphQLContext } from './schema/context.js';
import { createSchema } from './schema/schema.js';
import { createAssetsHandler } from './server/assets.js';
import { createAuthenticator } from './server/authentication.js';
import type { Identity } from './server/authentication/identity.js';
import { type ErrorMapping, UNAVAILABLE } from './server/errors.js';
import { exampleDocuments } from './server/graphiql-examples.js';
import { createMetrics } from './server/metrics.js';
import { createServer, type GatewayServer } from './server/server.js';
import { scopeOf } from './services/scope.js';
import { createServices, type Services } from './services/services.js';
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
  /** Prefilled in GraphiQL, in development. */
  readonly graphiqlToken?: string;
}

export interface App {
  readonly server: GatewayServer;
  readonly services: Services;
  readonly databases: Databases;
  readonly storage: Storage;
  /** Checks the roles and records the plans' limits; rejects where the gateway must not serve. */
  prepare(): Promise<void>;
  /** Stops serving (see GatewayServer.close), then closes the database's connections. */
  close(): Promise<void>;
}

/** A statement that runs longer is a fault: a page takes some milliseconds. */
const statementTimeoutMillis = 10_000;
const lockTimeoutMillis = 5_000;
/** A request that waited so long for a connection is better refused than kept. */
const connectionTimeoutMillis = 5_000;
const idleTimeoutMillis = 30_000;
const readinessTimeoutMillis = 2_000;

/** The composition root: builds every part and hands each what it needs. */
export function createApp(options: AppOptions): App {
  const { configuration, databaseUrls, log, now = () => new Date() } = options;
  const { environment, runtime } = configuration;
  const metrics = createMetrics();

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
      options.onStatement?.(sent);
    },
    log,
  });
  const { storage, assets } = createStorage(configuration, now, log);
  const services = createServices({ databases, storage, runtime, now });

  const server = createServer<Identity, GraphQLContext>({
    host: environment.host,
    port: environment.port,
    production: environment.production,
    corsOrigins: environment.corsOrigins,
    shutdownGraceSeconds: environment.shutdownGraceSeconds,
    limits: runtime.graphql,
    schema: createSchema(),
    log,
    metrics,
    assets,
    authenticate: createAuthenticator({ ...environment.signIn, now }),
    graphiql: environment.graphiql
      ? { documents: exampleDocuments, ...(options.graphiqlToken ? { token: options.graphiqlToken } : {}) }
      : null,
    errorMappings: [databaseFaults],
    checks: { database: () => databases.check(readinessTimeoutMillis), storage: () => storage.check() },
    async createContext({ identity }) {
      const viewer = identity && { id: identity.profileId, email: identity.email, name: identity.name };
      if (viewer) await services.profiles.ensureProfile(viewer);
      return {
        viewer,
        services,
        loaders: createLoaders(databases.gateway(scopeOf(viewer))),
        lookAhead: environment.lookAhead,
      };
    },
  });

  return {
    server,
    services,
    databases,
    storage,
    async prepare() {
      await databases.verifyRoles();
      await usage.recordPlanVersions(
        databases.service({ kind: 'system' }),
        listPlans(runtime).map(({ id, monthlyGenerations }) => ({ planId: id, monthlyLimit: monthlyGenerations })),
      );
    },
    async close() {
      await server.close();
      await databases.close();
    },
  };
}

/** A database that is away, or too slow to wait for, is no fault of the request's. */
const databaseFaults: ErrorMapping = (error) =>
  error instanceof DatabaseUnavailable || error instanceof StatementTimeout ? UNAVAILABLE : undefined;

function createStorage({ environment, runtime }: Configuration, now: () => Date, log: Logger) {
  const settings = environment.storage;
  if (settings.kind === 's3') {
    throw new Error('STORAGE_URL: this version keeps pictures in files only; give a file: address.');
  }
  const signingSecret = settings.signingSecret.reveal();
  const previous = settings.previousSigningSecret?.reveal();
  const storage = createFileStorage({
    directory: settings.directory,
    publicUrl: environment.publicUrl,
    windowSeconds: runtime.signedUrls.windowSeconds,
    signingSecret,
    now,
  });
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
