import { Logger as QueueLogger, run, runMigrations, type Runner, type RunnerOptions } from 'graphile-worker';
import pg from 'pg';
import { connectionSettings } from './connection-settings.js';
import type { DatabaseLog } from './scoped-pool.js';

/** What a task is told beside what was queued. */
export interface TaskCircumstances {
  /** Aborts when this process stops and waits no longer; the task is tried again elsewhere. */
  readonly signal: AbortSignal;
  /** Whether it is not tried again where it rejects. */
  readonly isLastTry: boolean;
}

export type Task = (payload: unknown, circumstances: TaskCircumstances) => Promise<void>;

/** The queue of graphile-worker, whose tables belong to the service's role. */
export interface TaskQueue {
  /** Makes the queue's tables, or brings them to this version's. */
  install(): Promise<void>;
  /** Begins to take tasks; from then on an outage of the database is waited out. */
  start(): Promise<void>;
  /** Takes no more. Resolves when those under way have ended; after `graceMs` their signal asks them to. */
  stop(): Promise<void>;
}

export interface TaskQueueOptions {
  readonly url: string;
  readonly tasks: Readonly<Record<string, Task>>;
  /** How many at a time. */
  readonly concurrency: number;
  readonly graceMs: number;
  readonly timeouts: { readonly connectionMs: number; readonly statementMs: number; readonly lockMs: number };
  readonly log: DatabaseLog;
}

/** Tasks that fall due without a notice, such as tries again, are looked for at this interval. */
const pollIntervalMs = 1_000;
/** The database is given so long to come back before the queue is begun anew. */
const restartAfterMs = 1_000;

export function createTaskQueue({ url, tasks, concurrency, graceMs, timeouts, log }: TaskQueueOptions): TaskQueue {
  const pool = new pg.Pool({
    ...connectionSettings('service', url, {
      // One listens, and a task needs one only to be taken and to be done with.
      max: 1 + Math.min(concurrency, 4),
      connectionTimeoutMillis: timeouts.connectionMs,
      idleTimeoutMillis: 30_000,
      statementTimeoutMillis: timeouts.statementMs,
      lockTimeoutMillis: timeouts.lockMs,
    }),
    application_name: 'roomfeed queue',
  });
  // A connection that is lost while nobody uses it; the next one to be asked for is new.
  pool.on('error', () => undefined);
  // One that is lost while it is used fails what waits for it; Node would end the process where nobody listens.
  pool.on('connect', (client) => client.on('error', () => undefined));

  const options: RunnerOptions = {
    pgPool: pool,
    concurrency,
    pollInterval: pollIntervalMs,
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: graceMs,
    // What goes wrong in a task is told by the task; the rest is for whoever looks for it.
    logger: new QueueLogger(() => (level, message) => {
      log.debug({ level }, `task queue: ${message}`);
    }),
    // Without a delay set, what cannot be written down of a task's end would be a rejection that nobody handles, and the
    // end of the process. With one, whatever its length, the runner ends, and is begun anew.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    // Without it, files of the working directory would be read.
    crontab: '',
    taskList: Object.fromEntries(
      Object.entries(tasks).map(([name, task]) => [
        name,
        (payload: unknown, { job, abortSignal }) =>
          task(payload, { signal: abortSignal, isLastTry: job.attempts >= job.max_attempts }),
      ]),
    ),
  };
  let runner: Runner | null = null;
  let restart: NodeJS.Timeout | undefined;
  let beginning: Promise<void> | null = null;
  let stopped: Promise<void> | undefined;

  async function begin(): Promise<void> {
    const begun = await run(options);
    runner = begun;
    // A runner that cannot write down what became of a task gives up for good, as in an outage of the database.
    void begun.promise.catch(() => undefined).then(beginAnew);
  }

  function beginAnew(): void {
    if (stopped) return;
    log.warn({}, 'the task queue ended by itself and begins anew');
    restart = setTimeout(() => {
      beginning = begin().catch(beginAnew);
    }, restartAfterMs).unref();
  }

  return {
    install: () => runMigrations(options),

    start: begin,

    stop: () =>
      (stopped ??= (async () => {
        clearTimeout(restart);
        await beginning;
        // Stopping what has ended by itself is no fault.
        await runner?.stop().catch(() => undefined);
        await pool.end();
      })()),
  };
}
