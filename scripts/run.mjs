// Runs a compiled program, compiled anew where a source changed: node scripts/run.mjs cli/token demo@roomfeed.test
// In this very process, so that signals, exit codes and standard output are the program's own.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { endWith, ensureBuilt, root } from './build.mjs';

const [program = '', ...args] = process.argv.slice(2);
try {
  ensureBuilt();
} catch (error) {
  endWith(error);
}
const path = join(root, 'dist', `${program}.js`);
process.argv = [process.execPath, path, ...args];
await import(pathToFileURL(path).href);
