import {
  parseDataDirectory,
  parseEnvironment,
  parseLogLevel,
  parseProduction,
  type Environment,
  type LogLevel,
} from './environment.js';
import { parseDatabase, parseMigrationDatabase, type MigrationDatabaseSettings } from './environment/database.js';
import { parseSignIn, type SignInSettings } from './environment/sign-in.js';
import { parseStorage } from './environment/storage.js';
import { errorCodeOf } from './error-code.js';
import { ConfigurationError } from './faults.js';
import { parseRuntime } from './parse-runtime.js';
import { placeholderPriceIds } from './runtime-defaults.js';
import type { RuntimeConfiguration } from './runtime.js';
import { text } from './values.js';
import { createVariables, type EnvironmentVariables, type Variables } from './variables.js';

/** All that the gateway is told from outside. `Gap`: see `Environment`. */
export interface Configuration<Gap = never> {
  readonly environment: Environment<Gap>;
  readonly runtime: RuntimeConfiguration;
}

/**
 * Reads the environment and the file that `ROOMFEED_CONFIG` names.
 *
 * @param readFile hands back a file's text, or throws.
 * @throws ConfigurationError with every fault at once; it holds no value of a secret.
 */
export function parseConfiguration(
  variables: EnvironmentVariables,
  readFile: (path: string) => string,
): Configuration<null> {
  const reader = createVariables(variables);
  const environment = parseEnvironment(reader);
  const runtime = readRuntime(reader, readFile);
  if (runtime !== null) refusePlaceholders(reader, environment, runtime);
  if (runtime === null || reader.faults.length > 0) throw new ConfigurationError(reader.faults);
  return { environment, runtime };
}

/** What the migration command needs: it must run where the gateway's secrets are not known. */
export interface MigrationConfiguration {
  readonly production: boolean;
  readonly dataDirectory: string;
  readonly logLevel: LogLevel;
  readonly database: MigrationDatabaseSettings;
}

/** @throws ConfigurationError with every fault at once. */
export function parseMigrationConfiguration(variables: EnvironmentVariables): MigrationConfiguration {
  const reader = createVariables(variables);
  const configuration = {
    production: parseProduction(reader),
    dataDirectory: parseDataDirectory(reader),
    logLevel: parseLogLevel(reader),
    database: parseMigrationDatabase(reader),
  };
  if (reader.faults.length > 0) throw new ConfigurationError(reader.faults);
  return configuration;
}

/** What the token command needs. A missing secret is no fault to it: in production it does nothing anyhow. */
export interface TokenConfiguration<Gap = never> {
  readonly production: boolean;
  readonly dataDirectory: string;
  readonly signIn: SignInSettings<Gap>;
}

/** @throws ConfigurationError with every fault at once. */
export function parseTokenConfiguration(variables: EnvironmentVariables): TokenConfiguration<null> {
  const reader = createVariables(variables);
  const configuration = {
    production: parseProduction(reader),
    dataDirectory: parseDataDirectory(reader),
    signIn: parseSignIn(reader, false),
  };
  if (reader.faults.length > 0) throw new ConfigurationError(reader.faults);
  return configuration;
}

/** What a backup of the embedded database needs: it must run where the gateway's secrets are not known. */
export interface BackupConfiguration {
  readonly dataDirectory: string;
  /** False: the database is one by URL, which this gateway does not back up. */
  readonly isEmbedded: boolean;
  /** Where pictures are kept on disk, as given; null where they are in S3. */
  readonly picturesDirectory: string | null;
}

/** @throws ConfigurationError with every fault at once. */
export function parseBackupConfiguration(variables: EnvironmentVariables): BackupConfiguration {
  const reader = createVariables(variables);
  const dataDirectory = parseDataDirectory(reader);
  const isEmbedded = parseDatabase(reader).kind === 'embedded';
  const storage = parseStorage(reader, { production: false, dataDirectory });
  if (reader.faults.length > 0) throw new ConfigurationError(reader.faults);
  return { dataDirectory, isEmbedded, picturesDirectory: storage.kind === 'files' ? storage.directory : null };
}

/** What the stand-in for Stripe needs beside the runtime configuration. */
export interface StripeDoubleConfiguration {
  readonly production: boolean;
  readonly dataDirectory: string;
}

/** @throws ConfigurationError with every fault at once. */
export function parseStripeDoubleConfiguration(variables: EnvironmentVariables): StripeDoubleConfiguration {
  const reader = createVariables(variables);
  const configuration = { production: parseProduction(reader), dataDirectory: parseDataDirectory(reader) };
  if (reader.faults.length > 0) throw new ConfigurationError(reader.faults);
  return configuration;
}

/**
 * What checking documents needs: it must run where nobody knows the gateway's secrets.
 *
 * @param readFile hands back a file's text, or throws.
 * @throws ConfigurationError with every fault of `ROOMFEED_CONFIG` at once.
 */
export function parseRuntimeConfiguration(
  variables: EnvironmentVariables,
  readFile: (path: string) => string,
): RuntimeConfiguration {
  const reader = createVariables(variables);
  const runtime = readRuntime(reader, readFile);
  if (runtime === null) throw new ConfigurationError(reader.faults);
  return runtime;
}

function readRuntime(variables: Variables, readFile: (path: string) => string): RuntimeConfiguration | null {
  const path = variables.read('ROOMFEED_CONFIG', text);
  const file = path === null ? {} : readJson(variables, path, readFile);
  if (file === undefined) return null;
  const { runtime, problems } = parseRuntime(file);
  for (const problem of problems) variables.fault('ROOMFEED_CONFIG', problem);
  return runtime;
}

/** Undefined where it could not be read; JSON has no such value. */
function readJson(variables: Variables, path: string, readFile: (path: string) => string): unknown {
  let content: string;
  try {
    content = readFile(path);
  } catch (error) {
    const code = errorCodeOf(error) ?? 'unknown reason';
    variables.fault('ROOMFEED_CONFIG', `names a file that cannot be read (${code}); give the path of a JSON file`);
    return undefined;
  }
  try {
    return JSON.parse(content);
  } catch {
    // The parser's own words would quote the file.
    variables.fault(
      'ROOMFEED_CONFIG',
      'names a file that is not valid JSON; look for a missing quote or a comma too many',
    );
    return undefined;
  }
}

/** Checkout with a price that does not exist fails at the moment a customer wants to pay. */
function refusePlaceholders(variables: Variables, environment: Environment<null>, runtime: RuntimeConfiguration): void {
  if (!environment.production || environment.stripe === null) return;
  for (const { id, priceId } of Object.values(runtime.plans)) {
    if (priceId !== null && placeholderPriceIds.includes(priceId)) {
      variables.fault(
        'ROOMFEED_CONFIG',
        `plans.${id}.priceId is still the placeholder; name the price that your Stripe account has`,
      );
    }
  }
}
