import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { say } from './say.ts';

/** What it was measured on, in words. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  /** Of the last minute, before the bench began. */
  readonly loadBefore: number;
  /** The gateway's commit; null where this is no checkout. */
  readonly commit: string | null;
  readonly versions: Readonly<Record<string, string>>;
}

const ownPackages = ['postgraphile', 'grafast', 'grafserv', '@dataplan/pg', 'autocannon', 'pg', 'graphql'];
const gatewayPackages = ['graphql-yoga', '@pothos/core', '@pothos/plugin-prisma', 'prisma', 'graphql', 'pg'];

export function describeMachine(postgresVersion: string): Machine {
  const versions: Record<string, string> = { node: process.versions.node, PostgreSQL: postgresVersion };
  for (const name of ownPackages) versions[name] = versionOf(name, import.meta.url);
  for (const name of gatewayPackages) {
    const found = versionOf(name, new URL('../package.json', import.meta.url).href);
    if (versions[name] === undefined) versions[name] = found;
    else if (versions[name] !== found) versions[`${name} of the gateway`] = found;
  }
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${distribution()}, ${type()} ${release()}`,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    commit: commit(),
    versions,
  };
}

/** To be called before the work: what else the machine does is measured as well. */
export function sayWhereBusy({ loadBefore, cores }: Machine): void {
  if (loadBefore > cores / 4) say(`Something else works on this machine (load ${loadBefore}): what is measured says little.`);
}

export function machineText({ cpu, cores, memoryGigabytes, system, loadBefore }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGigabytes} GB of memory; ${system}; load before: ${loadBefore}`;
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown system';
  } catch {
    return 'unknown system';
  }
}

/** Packages need not export their package.json, so that it is looked for upwards, as Node looks for packages. */
function versionOf(name: string, from: string): string {
  for (const directory of createRequire(from).resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(`${directory}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch {
      // It lies further up.
    }
  }
  return 'unknown';
}

function commit(): string | null {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : null;
}
