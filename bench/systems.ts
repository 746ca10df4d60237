import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SystemName } from './command-line.mjs';
import type { BenchDatabase } from './database.ts';
import type { SystemKind } from './operations/operation.ts';
import { generatePrismaClient } from './systems/prisma/generate.ts';
import { jwtSecret, poolSize, publicUrl, signingSecret } from './settings.ts';

/** A system that runs as a process of its own and listens. */
export interface System {
  readonly name: SystemName;
  readonly kind: SystemKind;
  readonly url: string;
  readonly pid: number;
  /** What it last said on standard error. */
  complaints(): string;
  stop(): Promise<void>;
}

const definitions: Readonly<Record<SystemName, { kind: SystemKind; environment: Readonly<Record<string, string>> }>> = {
  roomfeed: { kind: 'roomfeed', environment: { CACHE: 'off' } },
  'roomfeed-cache': { kind: 'roomfeed', environment: { CACHE: 'on' } },
  postgraphile: { kind: 'postgraphile', environment: { GRAPHILE_ENV: 'production' } },
  'prisma-idiomatic': { kind: 'prisma', environment: {} },
  limit: { kind: 'limit', environment: {} },
};

const startPatienceMillis = 60_000;

/** Only what a process needs: nothing of this machine's environment changes what is measured. `directory`: the bench's. */
export function environmentOf(
  database: BenchDatabase,
  { port, directory }: { readonly port: number; readonly directory: string },
): Readonly<Record<string, string | undefined>> {
  return {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: publicUrl,
    DATABASE_URL: database.gatewayUrl,
    DATABASE_SERVICE_URL: database.serviceUrl,
    DATABASE_POOL_MAX: String(poolSize),
    JWT_SECRET: jwtSecret,
    ASSET_SIGNING_SECRET: signingSecret,
    STORAGE_URL: `file://${database.storageDirectory}`,
    ROOMFEED_DATA_DIR: join(directory, 'logs'),
    PRISMA_CLIENT: join(directory, 'prisma'),
  };
}

/**
 * Starts a system on a free port and waits until it answers. `directory`: for logs and what is generated. `further`: of its
 * environment.
 */
export async function startSystem(
  name: SystemName,
  database: BenchDatabase,
  directory: string,
  further: Readonly<Record<string, string>> = {},
): Promise<System> {
  const { kind, environment } = definitions[name];
  if (kind === 'prisma') generatePrismaClient(join(directory, 'prisma'));
  const logDirectory = join(directory, 'logs');
  const port = await freePort();
  mkdirSync(logDirectory, { recursive: true });
  const logFile = join(logDirectory, `${name}.log`);
  const errors = openSync(logFile, 'w');
  const program = fileURLToPath(new URL(`systems/${kind}/start.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    env: {
      ...environmentOf(database, { port, directory }),
      ...environment,
      ...further,
    },
    // Log lines are written and go nowhere; what goes wrong is kept. By the channel it hears of the bench's end.
    stdio: ['ignore', 'ignore', errors, 'ipc'],
    // A group of its own: Ctrl-C is run.ts's to handle.
    detached: true,
  });
  closeSync(errors);
  const stop = (): Promise<void> => end(child);
  const url = `http://127.0.0.1:${port}`;
  const complaints = (): string => readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n').trim();
  try {
    await answering(url, child);
  } catch (error) {
    await stop();
    throw new Error(`${name}: ${(error as Error).message}\n${complaints()}`, { cause: error });
  }
  return { name, kind, url, pid: child.pid ?? 0, complaints, stop };
}

/** Resolves when a process answers at its address; rejects where it ends, or takes too long. */
export async function answering(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + startPatienceMillis;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('It ended instead of listening.');
    // Whatever it answers to nobody: it listens.
    const answer = await fetch(`${url}/graphql`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
      .then((response) => response.arrayBuffer(), () => null);
    if (answer !== null) return;
    await delay(50);
  }
  throw new Error(`It did not listen within ${startPatienceMillis / 1_000} seconds.`);
}

/** Ends a child and its group, at first politely. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  signalGroup(child.pid, 'SIGTERM');
  const late = setTimeout(() => signalGroup(child.pid ?? 0, 'SIGKILL'), 5_000);
  await gone;
  clearTimeout(late);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone already.
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ host: '127.0.0.1', port: 0 }, () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address) resolve(address.port);
        else reject(new Error('The system gave no port.'));
      });
    });
  });
}
