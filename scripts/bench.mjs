// Measures the gateway beside its peers: npm run bench. Installs what only the bench needs, compiles the gateway, and
// hands over to bench/run.ts on the Node that all systems run on, whatever Node this is.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommandLine } from '../bench/command-line.mjs';
import { BuildError, endWith, ensureBuilt, root } from './build.mjs';

const bench = join(root, 'bench');

const asked = readCommandLine(process.argv.slice(2));
if ('help' in asked) {
  process.stdout.write(asked.help);
} else if ('mistake' in asked) {
  process.stderr.write(asked.mistake);
  process.exitCode = 2;
} else {
  try {
    ensureInstalled();
    ensureBuilt();
    handOver(nodeOfBench());
  } catch (error) {
    endWith(error);
  }
}

/** `npm ci` where the packages are missing, or are not those of the list. No script of theirs is needed. */
function ensureInstalled() {
  const stamp = join(bench, 'node_modules', '.roomfeed-bench');
  const wanted = createHash('sha256').update(readFileSync(join(bench, 'package-lock.json'))).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('Installing the packages of bench/ …\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: bench,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new BuildError('The packages of bench/ could not be installed; npm says why above.');
  writeFileSync(stamp, wanted);
}

/** The npm package `node` only fetches one of these at installation; they are named directly, so that no script must run. */
function nodeOfBench() {
  const path = join(bench, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(path)) return path;
  const { optionalDependencies } = JSON.parse(readFileSync(join(bench, 'package.json'), 'utf8'));
  throw new BuildError(
    `The bench runs on Node ${Object.values(optionalDependencies)[0]}, and no package brings it to ` +
      `${process.platform}-${process.arch}. There are: ${Object.keys(optionalDependencies).join(', ')}.`,
  );
}

function handOver(node) {
  // The channel tells run.ts when this process is gone, however it ended.
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(bench, 'run.ts'), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => endWith(error));
  child.once('close', (code) => process.exit(code ?? 1));
}
