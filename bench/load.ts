import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { end } from './systems.ts';

/** What one run of autocannon is told. */
export interface LoadOrder {
  /** Of one system, or of several processes of it, which share the connections. */
  readonly urls: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Of the same load before the clock starts; 0: none. */
  readonly runUpSeconds: number;
  readonly requests: readonly { readonly path: string; readonly body: string; readonly token: string }[];
  /** Whether a request may be sent only once while there are others left, as for writes. */
  readonly once: boolean;
  /** Requests a second, on so many connections at most; absent: each connection asks again as soon as it is answered. */
  readonly rate?: number;
}

/** What it measured. */
export interface LoadResult {
  readonly seconds: number;
  readonly answers: number;
  /** Answers a second. */
  readonly throughput: number;
  /** Of one answer, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Empty where every answer was good. */
  readonly faults: readonly string[];
}

export type LoadMessage = { readonly kind: 'begins' } | { readonly kind: 'ended'; readonly result: LoadResult };

const running = new Set<ChildProcess>();

/** Puts a system under load, from a process of its own; `onBegin` is called when the clock starts. */
export function runLoad(order: LoadOrder, onBegin: () => void): Promise<LoadResult> {
  const child = fork(fileURLToPath(new URL('load-process.ts', import.meta.url)), [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  running.add(child);
  return new Promise<LoadResult>((resolve, reject) => {
    child.on('message', (raw) => {
      const message = raw as LoadMessage;
      if (message.kind === 'begins') onBegin();
      else resolve(message.result);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      running.delete(child);
      reject(new Error(`The load's process ended with code ${String(code)}.`));
    });
    child.send(order);
  });
}

export async function stopLoad(): Promise<void> {
  await Promise.all([...running].map(end));
}
