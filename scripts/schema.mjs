// Writes schema.graphql, the schema as the code builds it: npm run schema.
// With --check it only compares, and fails where the file is not what the code says.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printSchema } from 'graphql';
import { endWith, ensureBuilt, root } from './build.mjs';

const path = join(root, 'schema.graphql');
try {
  ensureBuilt();
} catch (error) {
  endWith(error);
}
const { createSchema } = await import('../dist/schema/schema.js');
// Pothos sorts it, so that the order in which files are loaded changes nothing.
const printed = `${printSchema(createSchema())}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(path, printed);
} else if (readOrEmpty(path) !== printed) {
  process.stderr.write('schema.graphql is not what the code says: run "npm run schema" and commit it.\n');
  process.exitCode = 1;
}

function readOrEmpty(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
