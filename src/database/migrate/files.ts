import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MigrationError } from './error.js';

/** A folder below prisma/migrations and its migration.sql. */
export interface MigrationFile {
  readonly name: string;
  readonly sql: string;
}

/**
 * The absolute path of a file or folder of the package (`prisma/migrations`). Looked for upwards from this module, so
 * that it is found from src/ and from dist/, whatever the working directory is.
 *
 * @throws MigrationError where no parent folder holds it.
 */
export function packagePath(relative: string): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(directory, relative);
    if (existsSync(candidate)) {
      return candidate;
    }
    const parent = dirname(directory);
    if (parent === directory) {
      throw new MigrationError(`${relative} is missing beside the gateway: install the package whole.`, null, null);
    }
    directory = parent;
  }
}

/**
 * Every migration, oldest first. The folders' names begin with a timestamp, so their order is the order of time.
 *
 * @throws MigrationError where the directory, or a folder's migration.sql, cannot be read.
 */
export async function listMigrationFiles(directory: string): Promise<MigrationFile[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => {
    throw new MigrationError(`The migrations cannot be read: ${directory} cannot be opened.`, null, null);
  });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  return Promise.all(
    names.map(async (name) => ({
      name,
      sql: await readFile(join(directory, name, 'migration.sql'), 'utf8').catch(() => {
        throw new MigrationError(`The migration ${name} has no readable migration.sql.`, null, name);
      }),
    })),
  );
}
