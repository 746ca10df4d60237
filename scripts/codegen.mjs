// Writes test/support/generated/, the typed documents that codegen.ts describes, with their manifest: npm run codegen.
// With --if-stale only where they are older than what they are made of.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BuildError, endWith, root } from './build.mjs';

const stamp = join(root, 'test', 'support', 'generated', '.written');

/** Writes the documents where the schema, codegen.ts or a document is newer than they are. */
export function ensureDocuments() {
  const documents = join(root, 'test', 'documents');
  const sources = [
    join(root, 'schema.graphql'),
    join(root, 'codegen.ts'),
    documents,
    ...readdirSync(documents).map((name) => join(documents, name)),
  ];
  if (existsSync(stamp) && sources.every((path) => statSync(path).mtimeMs <= statSync(stamp).mtimeMs)) return;
  writeDocuments();
}

/** @throws BuildError; what is wrong has been printed. */
export function writeDocuments() {
  const begun = new Date();
  const manifest = createRequire(import.meta.url).resolve('@graphql-codegen/cli/package.json');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(dirname(manifest), 'cjs', 'bin.js'), '--config', 'codegen.ts'],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (status !== 0) {
    // It narrates every step; of interest only where one went wrong.
    process.stderr.write(`${stdout}${stderr}`);
    throw new BuildError('A document in test/documents/ does not fit schema.graphql; see above.');
  }
  writeFileSync(stamp, '');
  utimesSync(stamp, begun, begun);
}

if (process.argv[1] !== undefined && pathToFileURL(resolve(process.argv[1])).href === import.meta.url) {
  try {
    (process.argv.includes('--if-stale') ? ensureDocuments : writeDocuments)();
  } catch (error) {
    endWith(error);
  }
}
