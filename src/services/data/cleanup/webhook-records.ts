import type { RuntimeConfiguration } from '../../../config/runtime.js';
import type { Databases } from '../../../database/database.js';
import * as cleanup from '../../../repositories/data-cleanup.js';
import { type CleanupWork, goThrough, when } from './task.js';

const day = 24 * 60 * 60 * 1_000;

/**
 * Deletes records of events that were processed so long ago that no provider delivers them again. What was not processed
 * stays, however old: somebody has to look at it.
 */
export function createWebhookRecordsTask({
  databases,
  runtime,
  now,
}: {
  databases: Databases;
  runtime: Pick<RuntimeConfiguration, 'webhookRecordsKeptDays'>;
  now: () => Date;
}): CleanupWork {
  const system = () => databases.service({ kind: 'system' });
  return async (pass) => {
    const before = new Date(now().getTime() - runtime.webhookRecordsKeptDays * day);
    await goThrough<cleanup.ProcessedEvent>(pass, {
      list: (page) => cleanup.listProcessedEvents(system(), before, page),
      idOf: ({ id }) => id,
      describe: ({ processedAt }) => ({ action: 'deleted', reason: `It was processed at ${when(processedAt)}, over ${runtime.webhookRecordsKeptDays} days ago.` }),
      change: (events) => cleanup.deleteProcessedEvents(system(), events.map(({ id }) => id), before),
    });
  };
}
