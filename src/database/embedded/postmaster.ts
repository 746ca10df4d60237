import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedServerError } from './error.js';
import { inUse } from './lock.js';
import type { Log } from './log.js';
import { isServerOf, signal } from './processes.js';

/** `postmaster.pid`, as far as we read it. Its lines: pid, directory, start, port, socket, address, memory, state. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** A pid that no system gives out. */
const NOBODY = 2_147_483_646;

/** How long the killed gateway's watchdog gets to end its server before we do it. */
const WATCHDOG_GRACE_MS = 3_000;
const FAST_SHUTDOWN_MS = 30_000;
const IMMEDIATE_SHUTDOWN_MS = 15_000;

/** Null where there is no file, or no living server's file. */
export async function readPidFile(clusterDirectory: string): Promise<PidFile | null> {
  const lines = (await readFile(pidFilePath(clusterDirectory), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || pid === NOBODY) return null;
  return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' };
}

/**
 * Sees to it that nothing of an earlier run is in the way: a server left by a killed gateway is waited for, then ended;
 * a pid file left by a crash or a reboot is disowned; a living server that is not ours to end is an `in-use` error.
 */
export async function settlePrevious(
  clusterDirectory: string,
  { orphaned, log }: { orphaned: boolean; log: Log },
): Promise<void> {
  const previous = await readPidFile(clusterDirectory);
  if (!previous) return;
  if (await isServerOf(previous.pid, clusterDirectory)) {
    if (!orphaned) throw inUse(clusterDirectory, previous.pid);
    log.info(`Waiting for the PostgreSQL server of a gateway that was killed (process ${previous.pid}) to end.`);
    await endServer(previous.pid, clusterDirectory);
  }
  await disown(clusterDirectory);
}

/** Ends a living server: waits for its watchdog to do it, then asks it to, then insists. */
async function endServer(pid: number, clusterDirectory: string): Promise<void> {
  const gone = async (withinMs: number): Promise<boolean> => {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(50)) {
      if (!(await isServerOf(pid, clusterDirectory))) return true;
    }
    return false;
  };
  if (await gone(WATCHDOG_GRACE_MS)) return;
  signal(pid, 'SIGINT');
  if (await gone(FAST_SHUTDOWN_MS)) return;
  signal(pid, 'SIGQUIT');
  if (await gone(IMMEDIATE_SHUTDOWN_MS)) return;
  throw new EmbeddedServerError(
    'in-use',
    `The PostgreSQL server of a gateway that was killed (process ${pid}) does not end. End it with "kill -9 ${pid}" ` +
      'and start again.',
  );
}

/**
 * Makes a dead server's pid file one of nobody's. PostgreSQL itself only asks whether its pid lives, and refuses where
 * another process of the same user has that pid by now. The file stays, because by it PostgreSQL also finds out whether
 * a process of the dead server still has its memory attached.
 */
async function disown(clusterDirectory: string): Promise<void> {
  const path = pidFilePath(clusterDirectory);
  const content = await readFile(path, 'utf8').catch(() => null);
  if (content !== null) await writeFile(path, content.replace(/^-?\d+/, String(NOBODY)));
}

function pidFilePath(clusterDirectory: string): string {
  return join(clusterDirectory, 'postmaster.pid');
}
