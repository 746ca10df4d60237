import { spawn } from 'node:child_process';

/** The unprivileged user that the server runs as where the gateway is root. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Outcome {
  /** The exit code, as a shell would say it; 126 where the program could not be started at all. */
  readonly code: number;
  /** Both streams, in the order they came. */
  readonly output: string;
}

/** Runs a program to its end as `account` (null: as ourselves), in `/` and with nothing of our environment. */
export function run(
  program: string,
  parameters: readonly string[],
  account: ServerAccount | null,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, parameters, {
      ...(account && { uid: account.uid, gid: account.gid }),
      cwd: '/',
      env: SERVER_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C in the terminal is the gateway's to handle.
      detached: true,
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.once('error', (error) => resolve({ code: 126, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 128, output }));
  });
}

/** No secret and no PG* variable of the gateway's surroundings reaches the server. */
export const SERVER_ENVIRONMENT: NodeJS.ProcessEnv = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
