import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { testVariables } from './app.js';
import type { TestDatabase } from './database.js';

/** A worker in a process of its own; see test/fixtures/worker-process.ts. */
export interface WorkerProcess {
  hasEnded(): boolean;
  stop(): Promise<void>;
  /** Kills it with -9, and resolves when it is gone. */
  kill(): Promise<void>;
}

export async function startWorkerProcess({
  database,
  storageDirectory,
}: {
  readonly database: Pick<TestDatabase, 'urls'>;
  readonly storageDirectory: string;
}): Promise<WorkerProcess> {
  const child = fork(fileURLToPath(new URL('../fixtures/worker-process.ts', import.meta.url)), [], {
    execArgv: ['--import', new URL('./typescript.mjs', import.meta.url).href],
    env: {
      PATH: process.env['PATH'],
      TEST_LOG_LEVEL: process.env['TEST_LOG_LEVEL'],
      ...testVariables(storageDirectory),
      DATABASE_URL: database.urls.gateway,
      DATABASE_SERVICE_URL: database.urls.service,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error('The worker did not start; it says why above.')));
  });
  return {
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      child.disconnect();
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
