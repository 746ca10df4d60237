import { readFileSync } from 'node:fs';
import {
  parseBackupConfiguration,
  parseConfiguration,
  parseMigrationConfiguration,
  parseRuntimeConfiguration,
  parseStripeDoubleConfiguration,
  parseTokenConfiguration,
  type BackupConfiguration,
  type Configuration,
  type MigrationConfiguration,
  type StripeDoubleConfiguration,
} from './configuration.js';
import { readOrCreateDevelopmentSecrets } from './development-secrets.js';
import type { SignInSettings } from './environment/sign-in.js';
import type { RuntimeConfiguration } from './runtime.js';
import type { EnvironmentVariables } from './variables.js';

/**
 * The configuration of this process, complete: reads the file that `ROOMFEED_CONFIG` names, and in development makes
 * the secrets that are not given. This file is the only reader of `process.env`.
 *
 * @throws ConfigurationError with every fault at once.
 */
export function loadConfiguration(variables: EnvironmentVariables = process.env): Configuration {
  const { environment, runtime } = parseConfiguration(variables, (path) => readFileSync(path, 'utf8'));
  const { signIn, storage, dataDirectory } = environment;
  return {
    runtime,
    environment: {
      ...environment,
      signIn: withDevelopmentKey(signIn, dataDirectory),
      storage:
        storage.kind === 'files'
          ? {
              ...storage,
              signingSecret: storage.signingSecret ?? readOrCreateDevelopmentSecrets(dataDirectory).assetSigningSecret,
            }
          : storage,
    },
  };
}

/** @throws ConfigurationError with every fault at once. */
export function loadMigrationConfiguration(variables: EnvironmentVariables = process.env): MigrationConfiguration {
  return parseMigrationConfiguration(variables);
}

/** Makes nothing that is missing. @throws ConfigurationError with every fault at once. */
export function loadBackupConfiguration(variables: EnvironmentVariables = process.env): BackupConfiguration {
  return parseBackupConfiguration(variables);
}

/** Limits, plans and presets alone. @throws ConfigurationError with every fault at once. */
export function loadRuntimeConfiguration(variables: EnvironmentVariables = process.env): RuntimeConfiguration {
  return parseRuntimeConfiguration(variables, (path) => readFileSync(path, 'utf8'));
}

/** @throws ConfigurationError with every fault at once. */
export function loadStripeDoubleConfiguration(
  variables: EnvironmentVariables = process.env,
): StripeDoubleConfiguration & { readonly runtime: RuntimeConfiguration } {
  return { ...parseStripeDoubleConfiguration(variables), runtime: loadRuntimeConfiguration(variables) };
}

/**
 * How a gateway with the same environment checks tokens; null in production, where nobody signs tokens by hand.
 *
 * @throws ConfigurationError with every fault at once.
 */
export function loadDevelopmentSignIn(variables: EnvironmentVariables = process.env): SignInSettings | null {
  const { production, signIn, dataDirectory } = parseTokenConfiguration(variables);
  return production ? null : withDevelopmentKey(signIn, dataDirectory);
}

/** Touches the data directory only where no key is given; the parser lets none be missing in production. */
function withDevelopmentKey(signIn: SignInSettings<null>, dataDirectory: string): SignInSettings {
  return {
    ...signIn,
    key: signIn.key ?? { kind: 'secret', secret: readOrCreateDevelopmentSecrets(dataDirectory).jwtSecret },
  };
}
