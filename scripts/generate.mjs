// Writes src/generated/ (Prisma's client and Pothos's types) without any download.
// `prisma generate` insists on a schema-engine binary that it never runs; naming any executable satisfies it.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, resolve } from 'node:path';

const cli = createRequire(import.meta.url).resolve('prisma/build/index.js');
const { status, stderr } = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
  // What it says while all goes well is of no interest.
  stdio: ['ignore', 'ignore', 'pipe'],
  // The Pothos generator is found by name, so its folder must be on the path also when npm did not start this.
  env: {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    ...process.env,
    PATH: `${resolve('node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
    CHECKPOINT_DISABLE: '1',
  },
});
if (status !== 0) process.stderr.write(stderr ?? '');
process.exitCode = status ?? 1;
