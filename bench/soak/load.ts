import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Requests } from '../measure.ts';
import type { Stops } from '../stops.ts';
import { end } from '../systems.ts';

export interface SoakOrder {
  readonly url: string;
  /** What each connection goes through; their number is that of the connections. */
  readonly lists: readonly Requests[];
  readonly warmUpSeconds: number;
  /** All of it, pauses included. */
  readonly seconds: number;
  /** What is told at once. */
  readonly windowSeconds: number;
}

/** Some seconds of the load. */
export interface Window {
  readonly seconds: number;
  readonly answers: number;
  /** Answers a second. */
  readonly throughput: number;
  /** Of one answer, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were none, and connections that failed. */
  readonly errors: number;
  /** What the first of them said. */
  readonly error: string | null;
}

/** `paused`: for a second nothing is asked. */
export type SoakMessage =
  | { readonly kind: 'begins' }
  | { readonly kind: 'window'; readonly window: Window }
  | { readonly kind: 'paused' }
  | { readonly kind: 'ended' };

/**
 * Puts a system under a mixed load, from a process of its own. `onMessage` is called with each message in its order, one
 * after the other; resolves when the last one is dealt with.
 */
export function runSoakLoad(order: SoakOrder, stops: Stops, onMessage: (message: SoakMessage) => Promise<void>): Promise<void> {
  const child = fork(fileURLToPath(new URL('load-process.ts', import.meta.url)), [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  stops.add(() => end(child));
  return new Promise((resolve, reject) => {
    let dealtWith = Promise.resolve();
    let ended = false;
    child.on('message', (raw) => {
      const message = raw as SoakMessage;
      ended ||= message.kind === 'ended';
      dealtWith = dealtWith.then(() => onMessage(message));
      dealtWith.catch(reject);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (ended) dealtWith.then(resolve, reject);
      else reject(new Error(`The load's process ended with code ${String(code)}.`));
    });
    child.send(order);
  });
}
