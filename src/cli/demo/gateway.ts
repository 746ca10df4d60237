import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** A gateway that runs, and how to let go of it. */
export interface RunningGateway {
  /** Stops it, where it was started here. */
  release(): Promise<void>;
}

/** On a first start rooms are drawn, which takes its time. */
const patienceMs = 180_000;

/**
 * The gateway at an address; where nothing answers there, one is started for as long as it is needed, on the same
 * environment.
 *
 * @throws Error where it does not become ready.
 */
export async function provideGateway(url: string, program: string, say: (message: string) => void): Promise<RunningGateway> {
  if (await isReady(url)) return { release: () => Promise.resolve() };
  say(`Nothing answers at ${url}: a gateway is started for this.\n`);
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'exit');
  const release = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };
  const until = Date.now() + patienceMs;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error('The gateway did not start; it says why above.');
    if (Date.now() > until) {
      await release();
      throw new Error('The gateway did not become ready in time.');
    }
    await delay(200);
  }
  return { release };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ready`)).ok;
  } catch {
    return false;
  }
}
