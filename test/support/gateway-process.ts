import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GatewayMessage } from '../fixtures/gateway-process.js';
import { testVariables } from './app.js';
import type { TestDatabase } from './database.js';

/** A gateway in a process of its own, with what it has heard of changes. */
export interface GatewayProcess {
  readonly url: string;
  /** Resolves when it has obeyed a notice with this payload, with the instant in nanoseconds. */
  heard(payload: string): Promise<bigint>;
  stop(): Promise<void>;
  /** Kills it with -9, and resolves when it is gone. */
  kill(): Promise<void>;
}

export interface GatewayProcessOptions {
  readonly database: Pick<TestDatabase, 'urls'>;
  readonly storageDirectory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Its clock stands still. */
  readonly now: Date;
}

export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const { database, storageDirectory, environment, now } = options;
  const child = fork(fileURLToPath(new URL('../fixtures/gateway-process.ts', import.meta.url)), [now.toISOString()], {
    execArgv: ['--import', new URL('./typescript.mjs', import.meta.url).href],
    env: {
      PATH: process.env['PATH'],
      ...testVariables(storageDirectory),
      DATABASE_URL: database.urls.gateway,
      DATABASE_SERVICE_URL: database.urls.service,
      ...environment,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const waiting = new Map<string, (at: bigint) => void>();
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: GatewayMessage) => {
      if (message.kind === 'ready') return resolve(message.url);
      waiting.get(message.payload)?.(BigInt(message.at));
      waiting.delete(message.payload);
    });
    child.once('exit', () => reject(new Error('The gateway did not start; it says why above.')));
  });
  return {
    url,
    heard: (payload) => new Promise((resolve) => waiting.set(payload, resolve)),
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
