import { readdirSync, readFileSync } from 'node:fs';

/** CPU time that a process has used, in milliseconds; null where the system keeps no /proc. */
export function cpuMillis(pid: number): number | null {
  const fields = statOf(pid);
  return fields && (fields.user + fields.system) * millisPerTick;
}

/**
 * CPU time of PostgreSQL with all its processes, in milliseconds, also of those that have ended meanwhile: a server
 * process that ends leaves its time with the postmaster.
 */
export function serverCpuMillis(postmasterPid: number): number | null {
  const postmaster = statOf(postmasterPid);
  if (postmaster === null) return null;
  let ticks = postmaster.user + postmaster.system + postmaster.endedChildren;
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const fields = statOf(Number(entry));
    if (fields?.parent === postmasterPid) ticks += fields.user + fields.system;
  }
  return ticks * millisPerTick;
}

/** Resident memory now and at its highest, in bytes; null where the system keeps no /proc. */
export function memoryOf(pid: number): { readonly resident: number; readonly peak: number } | null {
  const status = read(`/proc/${pid}/status`);
  if (status === null) return null;
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return { resident: kilobytes('VmRSS') * 1_024, peak: kilobytes('VmHWM') * 1_024 };
}

/** Memory that a process shares with no other and no file, in bytes; null where the system keeps no /proc. */
export function privateMemoryOf(pid: number): number | null {
  const status = read(`/proc/${pid}/status`);
  return status === null ? null : Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024;
}

/** Linux counts in hundredths of a second, whatever its kernel was built with (USER_HZ, proc(5)). */
const millisPerTick = 10;

function statOf(pid: number) {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The program's name stands in brackets and may hold anything; what follows is numbers. See proc_pid_stat(5).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
  const at = (field: number): number => fields[field - 3] ?? 0;
  return { parent: at(4), user: at(14), system: at(15), endedChildren: at(16) + at(17) };
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
