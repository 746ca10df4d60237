// Runs the tests: npm test -- [Jest's own arguments]. With --prove first, at full counts (npm run prove).
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { endWith, ensureBuilt, root } from './build.mjs';
import { ensureDocuments } from './codegen.mjs';

const args = process.argv.slice(2);
const prove = args[0] === '--prove';
try {
  // The tests themselves run on the sources; some start the commands as a user would.
  ensureBuilt();
  ensureDocuments();
} catch (error) {
  endWith(error);
}

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const child = spawn(process.execPath, [jest, ...args.slice(prove ? 1 : 0)], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(prove ? { ROOMFEED_PROVE: '1' } : {}),
    // Jest loads ES modules by an interface of Node's that is still called experimental; its workers inherit this.
    NODE_OPTIONS: [process.env.NODE_OPTIONS, '--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
      .filter(Boolean)
      .join(' '),
  },
});
// Ctrl-C goes to the whole group, and Jest ends by it; this waits for Jest to have tidied up.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
});
