import { setFlagsFromString } from 'node:v8';
import type { Logger } from 'pino';
import type { Configuration } from './config/configuration.js';
import { ConfigurationError } from './config/faults.js';
import { loadConfiguration } from './config/load.js';
import { EmbeddedServerError } from './database/embedded/error.js';
import { DatabaseUnavailable } from './database/errors.js';
import { MigrationError } from './database/migrate/error.js';
import { type ProvidedDatabase, provideDatabase } from './database/provision.js';
import { UnsafeRoleError } from './database/roles.js';
import { createLogger } from './server/logging.js';
import { StorageError } from './storage/errors.js';

/** What a process does when it is asked to stop. */
export interface Stopper {
  /** Adds a step; steps run in the opposite order. */
  then(step: () => Promise<void>): void;
  asked(): boolean;
}

/** What every process of the product begins with. */
export interface BegunProcess {
  readonly configuration: Configuration;
  readonly log: Logger;
  readonly stop: Stopper;
  /** Let go of when the process stops. */
  readonly database: ProvidedDatabase;
}

/**
 * Reads the configuration, and opens the log and the database. `beside`: where the embedded database is running already,
 * that one is taken.
 *
 * @throws what `explain` has words for.
 */
export async function beginProcess({ beside = false }: { readonly beside?: boolean } = {}): Promise<BegunProcess> {
  keepYoungObjectsYoung();
  const configuration = loadConfiguration();
  const { database: settings, dataDirectory, logLevel, production } = configuration.environment;
  const log = createLogger({ level: logLevel, production });
  const stop = createStopper(log);
  const database = await provideDatabase({ settings, dataDirectory, log, beside });
  stop.then(() => database.stop());
  return { configuration, log, stop, database };
}

/**
 * Under load V8 sometimes concludes from a busy moment that the rows of pages live long, and makes all that follow in the old
 * generation, where they stay until the next full collection: one process in five grew from 180 to 350 MB so, and none is
 * faster for it (docs/feed-profile.md). A V8 without this flag says so, and goes on.
 */
function keepYoungObjectsYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}

/**
 * Runs the steps of stopping on SIGTERM and SIGINT. A second signal, from a person who does not want to wait, ends the
 * process at once; the embedded server's watchdog then stops the database.
 */
function createStopper(log: Logger): Stopper {
  const steps: (() => Promise<void>)[] = [];
  let asked = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (asked) process.exit(1);
    asked = true;
    log.info({ signal }, 'Stopping.');
    void runSteps();
  };
  async function runSteps(): Promise<void> {
    for (let step = steps.pop(); step; step = steps.pop()) {
      await step().catch((error: unknown) => {
        process.exitCode = 1;
        log.error({ err: error }, 'A step of stopping failed.');
      });
    }
    log.info('Stopped.');
    process.exit();
  }
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return { then: (step) => void steps.push(step), asked: () => asked };
}

/** Errors that say what to do are shown as they are; a stack would bury them. */
function isForPeople(error: unknown): error is Error {
  return (
    error instanceof ConfigurationError ||
    error instanceof EmbeddedServerError ||
    error instanceof MigrationError ||
    error instanceof UnsafeRoleError ||
    error instanceof StorageError ||
    (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
  );
}

/** What is told of an error that ends the start of a process. */
export function explain(error: unknown): string {
  if (error instanceof DatabaseUnavailable) return `${error.message} Does PostgreSQL run where DATABASE_URL points?`;
  return isForPeople(error) ? error.message : ((error as Error).stack ?? String(error));
}
