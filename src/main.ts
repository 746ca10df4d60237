import type { Logger } from 'pino';
import { createApp } from './app.js';
import { createProgress } from './cli/progress.js';
import type { Configuration } from './config/configuration.js';
import { demoProfiles } from './config/demo-profiles.js';
import { ConfigurationError } from './config/faults.js';
import { loadConfiguration } from './config/load.js';
import { EmbeddedServerError } from './database/embedded/error.js';
import { DatabaseUnavailable } from './database/errors.js';
import { MigrationError } from './database/migrate/error.js';
import { provideDatabase } from './database/provision.js';
import { UnsafeRoleError } from './database/roles.js';
import { signDevelopmentToken } from './server/authentication/development-token.js';
import { createLogger } from './server/logging.js';
import { seedDemo } from './services/seeding/demo.js';

/** Starts the gateway, and stops it on a signal. */
async function main(): Promise<void> {
  const configuration = loadConfiguration();
  const { environment } = configuration;
  const log = createLogger({ level: environment.logLevel, production: environment.production });
  const stop = stopper(log);

  const database = await provideDatabase({
    settings: environment.database,
    dataDirectory: environment.dataDirectory,
    log,
  });
  stop.then(() => database.stop());

  const token = await demoToken(configuration);
  const app = createApp({
    configuration,
    databaseUrls: database.urls,
    log,
    ...(token === null ? {} : { graphiqlToken: token }),
  });
  stop.then(() => app.close());

  await app.prepare();
  if (hasDemo(configuration)) {
    await seedDemo({
      service: app.databases.service({ kind: 'system' }),
      storage: app.storage,
      configuration: configuration.runtime,
      now: new Date(),
      onProgress: createProgress('Drawing the demo rooms'),
    });
  }
  if (stop.asked()) return;
  const { url } = await app.server.listen();
  log.info({ url: `${url}/graphql` }, 'Roomfeed is ready.');
  if (!environment.production) process.stdout.write(greeting(`${url}/graphql`, configuration));
}

/** Demo data is for a machine of somebody's own: never in production, never in a database that came by URL. */
function hasDemo({ environment }: Configuration): boolean {
  return !environment.production && environment.database.kind === 'embedded';
}

/** What GraphiQL signs in with; null where there is no demo user, or where tokens are not ours to sign. */
async function demoToken(configuration: Configuration): Promise<string | null> {
  const { signIn } = configuration.environment;
  const [profile] = demoProfiles;
  if (!hasDemo(configuration) || signIn.key.kind !== 'secret' || !profile) return null;
  const { secret } = signIn.key;
  return signDevelopmentToken({
    profile,
    secret,
    issuer: signIn.issuer,
    audience: signIn.audience,
    expiresIn: 30 * 24 * 60 * 60,
  });
}

function greeting(url: string, { environment }: Configuration): string {
  const graphiql = environment.graphiql
    ? `  GraphiQL, signed in as the demo user:  ${url}\n`
    : `  GraphQL:  ${url}\n`;
  const names = demoProfiles.map(({ email }) => email).join(', ');
  return `
${graphiql}  A token for another client:            npm run -s token -- ${demoProfiles[0]?.email ?? ''}
  (there are ${names})

`;
}

interface Stopper {
  /** Adds a step; steps run in the opposite order. */
  then(step: () => Promise<void>): void;
  asked(): boolean;
}

/**
 * Runs the steps of stopping on SIGTERM and SIGINT. A second signal, from a person who does not want to wait, ends the
 * process at once; the embedded server's watchdog then stops the database.
 */
function stopper(log: Logger): Stopper {
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
    (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
  );
}

function explain(error: unknown): string {
  if (error instanceof DatabaseUnavailable) return `${error.message} Does PostgreSQL run where DATABASE_URL points?`;
  return isForPeople(error) ? error.message : ((error as Error).stack ?? String(error));
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
