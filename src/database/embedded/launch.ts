import { spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedServerError } from './error.js';
import { readPidFile } from './postmaster.js';
import { SERVER_ENVIRONMENT } from './run.js';
import type { ServerAccount } from './run.js';

export interface LaunchOptions {
  readonly postgres: string;
  readonly clusterDirectory: string;
  readonly logFile: string;
  readonly port: number;
  readonly account: ServerAccount | null;
  /** PostgreSQL's own settings, by their names. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A server that accepts connections. */
export interface LaunchedServer {
  /** Shuts down and resolves when the server is gone. */
  stop(): Promise<void>;
  /** Resolves when the server is gone, whoever ended it, with the last lines of its log. */
  readonly ended: Promise<string>;
}

/** The server ended before it accepted connections. */
export class LaunchFailure extends Error {
  constructor(
    /** What the server logged on this attempt. */
    readonly output: string,
  ) {
    super('PostgreSQL ended before it accepted connections.');
  }
}

/**
 * Starts the server and watches over it. Its input is a pipe from the gateway, and it closes when the gateway stops the
 * server, ends or is killed, whatever the signal; then the server is shut down fast (SIGINT, repeated because a server
 * that has only just started does not listen yet), and after a minute immediately (SIGQUIT). A shell does it, since it
 * is there on every system, costs a megabyte, and is the same from source and compiled.
 */
const WATCHDOG = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{
  while read -r _ <&3; do :; done
  seconds=0
  while kill -0 "$server"; do
    if [ "$seconds" -lt 60 ]; then kill -INT "$server"; else kill -QUIT "$server"; fi
    seconds=$((seconds + 1))
    sleep 1
  done
} 2>/dev/null &
watch=$!
exec 3<&-
wait "$server"
status=$?
kill "$watch" 2>/dev/null
exit "$status"
`;

/** Crash recovery replays at most a few checkpoints' log; this is far more than that takes. */
const START_PATIENCE_MS = 300_000;
const STOP_PATIENCE_MS = 90_000;
const LARGEST_LOG_BYTES = 10_000_000;

/** @throws LaunchFailure where the server ends instead of accepting connections, for the caller to interpret */
export async function launch(options: LaunchOptions): Promise<LaunchedServer> {
  const { postgres, clusterDirectory, logFile, port, account } = options;
  await rotate(logFile);
  const log = await open(logFile, 'a', 0o600);
  const { size: logStart } = await log.stat();
  const settings: Readonly<Record<string, string>> = {
    ...options.settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      WATCHDOG,
      'roomfeed-postgresql',
      postgres,
      '-D',
      clusterDirectory,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...(account && { uid: account.uid, gid: account.gid }),
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      stdio: ['pipe', log.fd, log.fd],
      // A session of its own: Ctrl-C and a closed terminal reach the gateway, which still needs its database to drain.
      detached: true,
    },
  );
  const pipe = child.stdin;
  if (!pipe) throw new Error('The watchdog has no pipe.'); // by the types only: its first stdio is one
  const outputNow = async (): Promise<string> => (await readFile(logFile)).subarray(logStart).toString('utf8');

  let alive = true;
  const ended = new Promise<string>((resolve) => {
    const end = (reason: string): void => {
      alive = false;
      void outputNow().then(
        (output) => resolve(output + reason),
        () => resolve(reason),
      );
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', () => end(''));
  });
  pipe.on('error', () => undefined); // closing a pipe whose reader has gone is no fault
  await log.close();

  const stop = async (): Promise<void> => {
    child.ref();
    pipe.end();
    const patience = new AbortController();
    const late = delay(STOP_PATIENCE_MS, 'late', { signal: patience.signal }).catch(() => 'late');
    if ((await Promise.race([ended, late])) === 'late') {
      throw new EmbeddedServerError(
        'stop-failed',
        `The PostgreSQL server in ${clusterDirectory} did not end within ${STOP_PATIENCE_MS / 1000} seconds; its log ` +
          `is ${logFile}.`,
      );
    }
    patience.abort();
  };

  const deadline = Date.now() + START_PATIENCE_MS;
  while (!(await readPidFile(clusterDirectory))?.ready) {
    if (!alive) throw new LaunchFailure(await ended);
    if (Date.now() > deadline) {
      await stop();
      throw new LaunchFailure(`${await ended}\nnot ready after ${START_PATIENCE_MS / 1000} seconds`);
    }
    await delay(20);
  }

  // The server is no reason for a gateway that has nothing else to do to stay; when it ends, the pipe closes.
  child.unref();
  if ('unref' in pipe && typeof pipe.unref === 'function') (pipe.unref as () => void).call(pipe);
  return { stop, ended };
}

/** The last lines of a log, for an error's message. */
export function lastLines(output: string, count = 12): string {
  return output.trim().split('\n').slice(-count).join('\n');
}

/** Keeps one older log, so that a data directory does not grow for ever. */
async function rotate(logFile: string): Promise<void> {
  const size = await stat(logFile).then((found) => found.size, () => 0);
  if (size > LARGEST_LOG_BYTES) await rename(logFile, `${logFile}.old`);
}
