// Compiles src/ to dist/, and generates first what it needs. `node scripts/build.mjs` always builds;
// `ensureBuilt` only where a source changed since, which costs some milliseconds to find out.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The project's folder, whatever the working directory is. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Says that something must be done first; its message is for the person at the console. */
export class BuildError extends Error {}

/** Builds where dist/ is older than a source. An installed image has no sources, and is never stale. */
export function ensureBuilt(directory = root) {
  if (isBuilt(directory)) return;
  if (!canBuild(directory)) {
    if (existsSync(join(directory, 'dist'))) return;
    throw new BuildError('The gateway is not compiled, and the compiler is not installed: run "npm ci" without --omit=dev.');
  }
  build(directory);
}

/** Whether the sources, the compiler and the types that it needs are here; `npm ci --omit=dev` leaves some out. */
export function canBuild(directory = root) {
  const { devDependencies = {} } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return (
    existsSync(join(directory, 'src')) &&
    compiler(directory) !== null &&
    Object.keys(devDependencies)
      .filter((name) => name.startsWith('@types/'))
      .every((name) => existsSync(join(directory, 'node_modules', name)))
  );
}

/** @throws BuildError; what is wrong has been printed to standard error. */
export function build(directory = root) {
  ensureGenerated(directory);
  const begun = new Date();
  const tsc = compiler(directory);
  // The compiler speaks on standard output, which belongs to the command that is run afterwards.
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: directory,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new BuildError('The gateway could not be compiled; the compiler says why above.');
  mkdirSync(join(directory, 'dist'), { recursive: true });
  writeFileSync(stamp(directory), '');
  // A source that is saved while the compiler runs is newer than this.
  utimesSync(stamp(directory), begun, begun);
}

/** Writes Prisma's client where prisma/schema.prisma is newer than it. */
export function ensureGenerated(directory = root) {
  const schema = join(directory, 'prisma', 'schema.prisma');
  if (!existsSync(schema)) return;
  const generated = ['pothos.ts', join('prisma', 'client.ts')].map((name) => join(directory, 'src', 'generated', name));
  if (generated.every((path) => existsSync(path) && statSync(path).mtimeMs >= statSync(schema).mtimeMs)) return;
  const { status } = spawnSync(process.execPath, [join(directory, 'scripts', 'generate.mjs')], {
    cwd: directory,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new BuildError("Prisma's client could not be generated; Prisma says why above.");
}

function isBuilt(directory) {
  if (!existsSync(join(directory, 'src'))) return existsSync(join(directory, 'dist'));
  if (!existsSync(stamp(directory))) return false;
  const sources = ['src', 'prisma/schema.prisma', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  const newest = Math.max(...sources.map((path) => newestChange(join(directory, path))));
  return newest <= statSync(stamp(directory)).mtimeMs;
}

/** In milliseconds. A folder's own time counts too: it tells of files that were deleted. */
function newestChange(path) {
  if (!existsSync(path)) return 0;
  const { mtimeMs } = statSync(path);
  let newest = mtimeMs;
  for (const entry of statSync(path).isDirectory() ? readdirSync(path, { withFileTypes: true, recursive: true }) : []) {
    newest = Math.max(newest, statSync(join(entry.path, entry.name)).mtimeMs);
  }
  return newest;
}

function stamp(directory) {
  return join(directory, 'dist', '.built');
}

function compiler(directory) {
  try {
    return createRequire(join(directory, 'package.json')).resolve('typescript/bin/tsc');
  } catch {
    return null;
  }
}

/** For scripts: ends with the message of an error that is meant for people. */
export function endWith(error) {
  process.stderr.write(`${error instanceof BuildError ? error.message : (error?.stack ?? error)}\n`);
  process.exit(1);
}

if (process.argv[1] !== undefined && pathToFileURL(resolve(process.argv[1])).href === import.meta.url) {
  try {
    build();
  } catch (error) {
    endWith(error);
  }
}
