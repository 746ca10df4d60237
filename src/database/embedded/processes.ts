import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { isErrno } from './error.js';

const execute = promisify(execFile);

/**
 * What tells this process from a later one with the same pid: the boot and the start time within it. Null where no
 * such process lives (a zombie counts as gone).
 */
export async function processIdentity(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
      // The second field is the command's name in parentheses and may hold spaces, so count from its end.
      const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || state === 'X') return null;
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1');
      return `${boot.trim()}/${fields[18] ?? ''}`;
    } catch {
      return null;
    }
  }
  const [state, ...started] = (await ps(pid, 'state=,lstart=')).trim().split(/\s+/);
  return !state || state.startsWith('Z') ? null : started.join(' ');
}

/**
 * Whether `pid` is a server of the cluster in `clusterDirectory` (a real path). A pid alone proves nothing: after a
 * reboot it may be anybody's.
 */
export async function isServerOf(pid: number, clusterDirectory: string): Promise<boolean> {
  if (process.platform === 'linux') {
    try {
      // Every process of a server stands in its cluster's directory.
      if ((await readlink(`/proc/${pid}/cwd`)) !== clusterDirectory) return false;
      return basename(await readlink(`/proc/${pid}/exe`)).startsWith('postgres');
    } catch (error) {
      if (!isErrno(error, 'EACCES', 'EPERM')) return false;
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const [program = '', ...rest] = command.split('\0');
      return basename(program) === 'postgres' && rest.includes(clusterDirectory);
    }
  }
  const command = await ps(pid, 'command=');
  return /^\S*postgres\s/.test(command) && command.includes(` ${clusterDirectory} `);
}

/** Sends a signal; false where there is nobody to receive it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

async function ps(pid: number, columns: string): Promise<string> {
  try {
    return (await execute('ps', ['-ww', '-p', String(pid), '-o', columns])).stdout;
  } catch {
    return '';
  }
}
