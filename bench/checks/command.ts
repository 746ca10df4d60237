import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchDatabase } from '../database.ts';
import { dataChecks } from '../gateway/checks.ts';
import { serverCpuMillis } from '../processes.ts';
import type { Stops } from '../stops.ts';
import { end, environmentOf } from '../systems.ts';
import type { CheckFound, CheckRun } from './found.ts';
import { checkApplication, watchCheck } from './watch.ts';

/** The check found something in data that is as it should be, or has not looked at all of it: no figure of it means anything. */
export class CheckFault extends Error {
  override readonly name = 'CheckFault';
}

/** What a check is made of. */
export interface CheckGround {
  readonly database: BenchDatabase;
  readonly renders: number;
  /** How many rows each check has to look at, by its name. */
  readonly rows: ReadonlyMap<string, number>;
  /** The store that it looks through. */
  readonly storageDirectory: string;
  /** For logs. */
  readonly directory: string;
  readonly stops: Stops;
}

/** A check that runs. */
export interface RunningCheck {
  /** Which of the checks is under way; null at the end. */
  current(): string | null;
  isOver(): boolean;
  /** Resolves at its end; with null where it was stopped before. @throws CheckFault where it found something, or failed. */
  readonly done: Promise<CheckRun | null>;
  /** Has it end before it comes to its end. */
  stop(): Promise<void>;
}

/** A line of what it prints. */
type Line =
  | { readonly type: 'issue'; readonly check: string; readonly category: string; readonly affectedId: string }
  | { readonly type: 'check'; readonly name: string; readonly examined: number }
  | { readonly type: 'summary'; readonly critical: number; readonly warning: number; readonly info: number };

/** The same, with a name by which its connections are told from all others. */
function named(url: string): string {
  const other = new URL(url);
  other.searchParams.set('application_name', checkApplication);
  return other.href;
}

const program = fileURLToPath(new URL('../../dist/cli/maintenance.js', import.meta.url));

/** `npm run maintenance -- validate --json --pace …`, the command that operators run, in a process of its own. */
export async function startCheck(ground: CheckGround, pace: number): Promise<RunningCheck> {
  const { database, renders, directory, storageDirectory, stops } = ground;
  const began = performance.now();
  const cpuBefore = serverCpuMillis(database.postmasterPid);
  const child = spawn(process.execPath, [program, 'validate', '--json', '--pace', String(pace)], {
    env: {
      // It listens nowhere.
      ...environmentOf(database, { port: 4_000, directory }),
      STORAGE_URL: `file://${storageDirectory}`,
      DATABASE_URL: named(database.gatewayUrl),
      DATABASE_SERVICE_URL: named(database.serviceUrl),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  stops.add(() => end(child));
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  const watch = await watchCheck(database, child.pid ?? 0);

  const checks: CheckFound[] = [];
  const issues: string[] = [];
  let issueCount: number | null = null;
  let isStopped = false;
  let isOver = false;
  let since = began;
  let complaints = '';
  child.stderr.on('data', (piece: Buffer) => (complaints = `${complaints}${piece.toString()}`.slice(-2_000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const record = JSON.parse(line) as Line;
    if (record.type === 'check') {
      checks.push({ name: record.name, examined: record.examined, seconds: (performance.now() - since) / 1_000 });
      since = performance.now();
    } else if (record.type === 'summary') issueCount = record.critical + record.warning + record.info;
    else if (issues.length < 5) issues.push(`${record.check}: ${record.category} of ${record.affectedId}`);
  });

  async function follow(): Promise<CheckRun | null> {
    const code = await exited;
    isOver = true;
    const seconds = (performance.now() - began) / 1_000;
    const cpuAfter = serverCpuMillis(database.postmasterPid);
    const watched = await watch.end();
    if (isStopped) return null;
    if (code !== 0 || issueCount !== 0) {
      throw new CheckFault(
        `The check of data that is as it should be ended with ${String(code)}, and found ${String(issueCount)}.\n${issues.join('\n')}\n${complaints}`,
      );
    }
    const short = [...ground.rows].find(([name, rows]) => checks.find((check) => check.name === name)?.examined !== rows);
    if (short) {
      const [name, rows] = short;
      throw new CheckFault(`${name} looked at ${String(checks.find((check) => check.name === name)?.examined)} of ${rows}.`);
    }
    const databaseCpu = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
    return { renders, pace, seconds, checks, watched, databaseCpu };
  }

  const done = follow();
  // Whoever waits hears of it; until then nobody does.
  done.catch(() => undefined);
  return {
    current: () => (isOver ? null : (dataChecks[checks.length]?.name ?? null)),
    isOver: () => isOver,
    done,
    async stop() {
      isStopped = true;
      await end(child);
      await done;
    },
  };
}
