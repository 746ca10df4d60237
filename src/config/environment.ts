import { z } from 'zod';
import { parseDatabase, type DatabaseSettings } from './environment/database.js';
import { parseOperations, type OperationSettings } from './environment/operations.js';
import { parseProviders, type ReplicateSettings, type StripeSettings } from './environment/providers.js';
import { parseSignIn, type SignInSettings } from './environment/sign-in.js';
import { parseStorage, type StorageSettings } from './environment/storage.js';
import { baseUrl, host, onOff, origins, text, wholeNumber } from './values.js';
import type { Variables } from './variables.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/**
 * What the process's surroundings say. `Gap` is null while secrets are missing that a development machine makes for
 * itself (development-secrets.ts), and never in what the gateway runs with.
 */
export interface Environment<Gap = never> {
  /** `NODE_ENV=production`: secrets are required, and conveniences are off. */
  readonly production: boolean;
  readonly host: string;
  /** 0 lets the system choose; then PUBLIC_URL must be given where clients shall follow signed URLs. */
  readonly port: number;
  /** What clients call the gateway; without a slash at its end. */
  readonly publicUrl: string;
  /** Exact origins of web apps that may read answers; empty: none. */
  readonly corsOrigins: readonly string[];
  /** Exact origins to which people come back from a page of the payment provider. */
  readonly returnOrigins: readonly string[];
  readonly graphiql: boolean;
  readonly operations: OperationSettings;
  readonly logLevel: LogLevel;
  /** Off: every value comes through loaders. Slower; for comparing. */
  readonly lookAhead: boolean;
  /** Off: operations are executed the plain way, by Yoga. Slower; for comparing. */
  readonly compiled: boolean;
  /** Off: every answer is read from the database, and nothing listens for changes of rows. */
  readonly cache: boolean;
  readonly shutdownGraceSeconds: number;
  /** Off: this gateway works on no generation; processes of `npm run worker` do. */
  readonly worker: boolean;
  /** Generations that a process works on at a time. */
  readonly workerConcurrency: number;
  /** Where the embedded database, the files and the development secrets live. As given: it may be relative. */
  readonly dataDirectory: string;
  readonly database: DatabaseSettings;
  /** Connections of each role. */
  readonly databasePoolMax: number;
  readonly signIn: SignInSettings<Gap>;
  readonly storage: StorageSettings<Gap>;
  /** Null: billing is off. */
  readonly stripe: StripeSettings | null;
  /** Null: generations are drawn by the gateway itself. */
  readonly replicate: ReplicateSettings | null;
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const logLevel = z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` });

const nodeEnvironments = ['development', 'test', 'production'] as const;
const nodeEnvironment = z.enum(nodeEnvironments, { error: `must be one of ${nodeEnvironments.join(', ')}` });

/** `NODE_ENV`: anything but production is a machine of somebody's own. */
export function parseProduction(variables: Variables): boolean {
  return variables.read('NODE_ENV', nodeEnvironment) === 'production';
}

export function parseDataDirectory(variables: Variables): string {
  return variables.read('ROOMFEED_DATA_DIR', text) ?? '.roomfeed';
}

export function parseLogLevel(variables: Variables): LogLevel {
  return variables.read('LOG_LEVEL', logLevel) ?? 'info';
}

/** Meaningless where `variables` has faults afterwards: what was wrong has a stand-in then. */
export function parseEnvironment(variables: Variables): Environment<null> {
  const production = parseProduction(variables);
  const listenHost = variables.read('HOST', host) ?? '127.0.0.1';
  const port = variables.read('PORT', wholeNumber(0, 65_535)) ?? 4_000;
  const dataDirectory = parseDataDirectory(variables);
  const operations = parseOperations(variables, production);
  const publicUrl = variables.read('PUBLIC_URL', baseUrl) ?? `http://${reachable(listenHost)}:${port}`;
  const corsOrigins = variables.read('CORS_ORIGINS', origins) ?? [];
  return {
    production,
    host: listenHost,
    port,
    publicUrl,
    corsOrigins,
    // The web apps that may call are those that people come back to; in development GraphiQL is one of them.
    returnOrigins:
      variables.read('RETURN_ORIGINS', origins) ?? (production ? corsOrigins : [...corsOrigins, new URL(publicUrl).origin]),
    graphiql: parseGraphiql(variables, production, operations),
    operations,
    logLevel: parseLogLevel(variables),
    lookAhead: variables.read('LOOK_AHEAD', onOff) ?? true,
    compiled: variables.read('COMPILED_EXECUTION', onOff) ?? true,
    cache: variables.read('CACHE', onOff) ?? true,
    shutdownGraceSeconds: variables.read('SHUTDOWN_GRACE_SECONDS', wholeNumber(0, 3_600)) ?? 10,
    worker: variables.read('WORKER', onOff) ?? true,
    workerConcurrency: variables.read('WORKER_CONCURRENCY', wholeNumber(1, 1_000)) ?? 4,
    dataDirectory,
    database: parseDatabase(variables),
    databasePoolMax: variables.read('DATABASE_POOL_MAX', wholeNumber(1, 1_000)) ?? 10,
    signIn: parseSignIn(variables, production),
    storage: parseStorage(variables, { production, dataDirectory }),
    ...parseProviders(variables),
  };
}

/** Where nobody may send an operation of their own, GraphiQL could not even read the schema. */
function parseGraphiql(variables: Variables, production: boolean, { adHoc }: OperationSettings): boolean {
  const asked = variables.read('GRAPHIQL', onOff);
  if (asked === true && adHoc === 'nobody') {
    variables.fault('GRAPHIQL', 'is on, but AD_HOC_OPERATIONS lets nobody send what it sends; take one of them out');
  }
  return asked ?? (!production && adHoc !== 'nobody');
}

/** One listens on 0.0.0.0 and on ::, but nobody can call them; and an IPv6 address has brackets in a URL. */
function reachable(listenHost: string): string {
  if (listenHost === '0.0.0.0') return '127.0.0.1';
  if (listenHost === '::') return '[::1]';
  return listenHost.includes(':') ? `[${listenHost}]` : listenHost;
}
