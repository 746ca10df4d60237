// graphile-worker with a task that does nothing: the least that picking up work costs on this queue.
import '../../systems/shared/end-with-parent.ts';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { readEnvironment } from '../../systems/shared/environment.ts';
import { obey } from './obey.ts';
import { runBareQueue } from './run-bare-queue.ts';

/** Milliseconds of one task. */
export interface PickUp {
  /** From sending `add_job` to its answer. */
  readonly answered: number;
  /** From the same moment to the task's beginning. */
  readonly begun: number;
}

const { serviceUrl } = readEnvironment();
let onTask = (): void => undefined;

await runBareQueue({ nothing: () => onTask() });

const client = new pg.Client({ connectionString: serviceUrl, application_name: 'bench client' });
await client.connect();

/** One at a time, a moment after the one before. */
async function pickUps({ count, pauseMs }: { readonly count: number; readonly pauseMs: number }): Promise<PickUp[]> {
  const found: PickUp[] = [];
  for (let i = 0; i < count; i++) {
    const sent = performance.now();
    const begun = new Promise<number>((resolve) => {
      onTask = () => resolve(performance.now() - sent);
    });
    await client.query({ name: 'add', text: `select from graphile_worker.add_job('nothing', max_attempts := 7)` });
    const answered = performance.now() - sent;
    found.push({ answered, begun: await begun });
    await delay(pauseMs);
  }
  onTask = () => undefined;
  return found;
}

obey({ pickUps });
