import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What differs from the gateway's generators: relations by one statement with joins, and files that Node runs as they are. */
const generators = `
generator client {
  provider            = "prisma-client"
  output              = "./client"
  moduleFormat        = "esm"
  importFileExtension = "ts"
  previewFeatures     = ["partialIndexes", "relationJoins"]
}

generator pothos {
  provider     = "prisma-pothos-types"
  clientOutput = "./client/client.ts"
  output       = "./pothos.ts"
}
`;

/** Writes a Prisma client over the gateway's data model into `directory`, where that model has changed since. */
export function generatePrismaClient(directory: string): void {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const model = readFileSync(join(root, 'prisma', 'schema.prisma'), 'utf8').replace(/^generator \w+ \{[^}]*\}\n/gm, '');
  const [schema, wanted] = [join(directory, 'schema.prisma'), `${generators}${model}`];
  const isCurrent = existsSync(schema) && readFileSync(schema, 'utf8') === wanted;
  if (isCurrent && existsSync(join(directory, 'pothos.ts'))) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(schema, wanted);
  const cli = createRequire(join(root, 'package.json')).resolve('prisma/build/index.js');
  const { status, stderr } = spawnSync(process.execPath, [cli, 'generate', '--no-hints', '--schema', schema], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      // Prisma insists on a program that generating never runs; and it finds Pothos's generator by its name.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PATH: [join(root, 'node_modules', '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter),
      CHECKPOINT_DISABLE: '1',
    },
  });
  if (status !== 0) throw new Error(`Prisma's client for the bench could not be generated:\n${stderr.toString()}`);
}
