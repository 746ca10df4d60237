import { createApp } from './app.js';
import { createProgress } from './cli/progress.js';
import type { Configuration } from './config/configuration.js';
import { demoProfiles } from './config/demo-profiles.js';
import { beginProcess, explain } from './lifecycle.js';
import { signDevelopmentToken } from './server/authentication/development-token.js';
import { seedDemo } from './services/seeding/demo.js';

/** Starts the gateway, and stops it on a signal. */
async function main(): Promise<void> {
  const { configuration, log, stop, database } = await beginProcess();
  const { environment } = configuration;

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

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
