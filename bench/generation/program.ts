import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchDatabase } from '../database.ts';
import type { Stops } from '../stops.ts';
import { answering, end, environmentOf, freePort } from '../systems.ts';
import type { Order, Reply } from './programs/obey.ts';

/** A process of `programs/`, which does what it is told by messages. */
export interface Program {
  readonly pid: number;
  /** Where it listens, if it does. */
  readonly url: string;
  /** Tells it to do something, and resolves with what came of it. One at a time. */
  tell<Result>(command: string, order?: unknown): Promise<Result>;
  /** What it last said on standard error. */
  complaints(): string;
  stop(): Promise<void>;
}

/** What every program is started with. */
export interface Ground {
  readonly database: BenchDatabase;
  /** For logs, and for what is configured by file. */
  readonly directory: string;
  readonly stops: Stops;
}

/** Starts a program and waits until it is ready; `listens`: until it answers at its address, too. */
export async function startProgram(
  name: 'gateway' | 'submission-limit' | 'worker' | 'work-limit' | 'bare-queue' | 'bare-streams' | 'watchers',
  { database, directory, stops }: Ground,
  { listens = false, environment = {} }: { readonly listens?: boolean; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<Program> {
  const logs = join(directory, 'logs');
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, `generation-${name}.log`);
  const errors = openSync(logFile, 'w');
  const port = await freePort();
  const program = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  // Memory is read after a full collection, which only the process itself can ask for.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--expose-gc', program], {
    env: { ...environmentOf(database, { port, directory }), ...environment },
    // Log lines are written and go nowhere; what goes wrong is kept.
    stdio: ['ignore', 'ignore', errors, 'ipc'],
    detached: true,
  });
  closeSync(errors);
  stops.add(() => end(child));
  const url = `http://127.0.0.1:${port}`;
  const complaints = (): string => readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n').trim();

  const reply = <Result>(): Promise<Result> =>
    new Promise((resolve, reject) => {
      const over = (code: number | null): void => reject(new Error(`${name} ended with code ${String(code)}.\n${complaints()}`));
      if (child.exitCode !== null) return over(child.exitCode);
      child.once('exit', over);
      child.once('message', (raw) => {
        child.off('exit', over);
        const message = raw as Reply;
        if ('fault' in message) reject(new Error(`${name}: ${message.fault}\n${complaints()}`));
        else resolve(message.result as Result);
      });
    });

  try {
    await reply();
    if (listens) await answering(url, child);
  } catch (error) {
    await end(child);
    throw error;
  }
  return {
    pid: child.pid ?? 0,
    url,
    tell(command, order) {
      const answer = reply<never>();
      child.send({ command, order } satisfies Order);
      return answer;
    },
    complaints,
    stop: () => end(child),
  };
}
