import { beginProcess, explain } from './lifecycle.js';
import { createParts } from './parts.js';
import { noCache } from './services/cache/cache.js';

/**
 * Works on generations in a process of its own, beside gateways with WORKER=off or on, and stops on a signal. Of the
 * embedded database it takes the one that a gateway runs.
 */
async function main(): Promise<void> {
  const { configuration, log, stop, database } = await beginProcess({ beside: true });
  const { environment } = configuration;

  const parts = createParts({
    configuration,
    databaseUrls: database.urls,
    log,
    cache: noCache,
    now: () => new Date(),
    clock: null,
  });
  stop.then(() => parts.close());

  await parts.prepare();
  if (stop.asked()) return;
  await parts.start({ generations: true });
  log.info({ concurrency: environment.workerConcurrency, provider: parts.provider.name }, 'The worker is ready.');
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
