// A worker as src/worker.ts makes it, with a provider that answers at once where BENCH_PROVIDER is "instant": then what is
// left is the gateway's own work on a generation.
import '../../systems/shared/end-with-parent.ts';
import { createLogger, createParts, loadConfiguration, noCache, type GenerationProvider } from '../../gateway/worker.ts';
import { readEnvironment } from '../../systems/shared/environment.ts';
import { instantPicture } from './instant-picture.ts';
import { obey } from './obey.ts';

async function instantProvider(): Promise<GenerationProvider> {
  const picture = await instantPicture();
  return {
    name: 'instant',
    lookAgainAfterMs: 0,
    start: ({ jobId }) => Promise.resolve({ predictionId: `instant-${jobId}` }),
    collect: () => Promise.resolve({ status: 'succeeded', outputs: [picture] }),
    cancel: () => Promise.resolve(),
  };
}

const configuration = loadConfiguration();
const { environment } = configuration;
const { databaseUrl, serviceUrl } = readEnvironment();
const instant = process.env['BENCH_PROVIDER'] === 'instant' ? await instantProvider() : null;
const parts = createParts({
  configuration,
  databaseUrls: { gateway: databaseUrl, service: serviceUrl },
  log: createLogger({ level: environment.logLevel, production: environment.production }),
  cache: noCache,
  now: () => new Date(),
  clock: null,
  ...(instant === null ? {} : { wrapProvider: () => instant }),
});
await parts.prepare();
await parts.start({ generations: true });
obey({});
