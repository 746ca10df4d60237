import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../config/faults.js';
import { loadMigrationConfiguration } from '../config/load.js';
import type { EnvironmentVariables } from '../config/variables.js';
import { EmbeddedServerError } from '../database/embedded/error.js';
import { findRunningServer, startEmbeddedServer } from '../database/embedded.js';
import { MigrationError } from '../database/migrate/error.js';
import { migrate, pendingMigrations } from '../database/migrate.js';

/** Where the command reads and writes. */
export interface MigrateCommandSurroundings {
  /** Default: `process.env`. */
  readonly variables?: EnvironmentVariables;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const usage = `Brings the database to this version's tables.

  npm run migrate -- [--dry-run]

  --dry-run   names what would be applied, and applies nothing

DATABASE_OWNER_URL names the database, as the role that owns the tables. Without any DATABASE_… variable it is the
embedded one, which is started for it; a gateway that runs on it must be stopped first, and migrates by itself anyway.
`;

/**
 * `npm run migrate`: applies what is pending, all of it or nothing. What was applied goes to `stdout`, one name a line.
 *
 * @returns the exit code: 0; 1 where it could not be done; 2 where it was asked wrongly.
 */
export async function runMigrate(args: readonly string[], surroundings: MigrateCommandSurroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const wanted = readArguments(args);
  if (wanted === null) {
    stderr(usage);
    return 2;
  }
  try {
    const database = await openDatabase(surroundings);
    try {
      await (wanted.dryRun ? listPending(database.ownerUrl) : applyPending(database.ownerUrl));
    } finally {
      await database.close();
    }
    return 0;
  } catch (error) {
    const isForPeople = [ConfigurationError, EmbeddedServerError, MigrationError].some((kind) => error instanceof kind);
    if (!isForPeople) throw error;
    stderr(`Not migrated: ${(error as Error).message}\n`);
    return 1;
  }

  async function listPending(ownerUrl: string): Promise<void> {
    const names = await pendingMigrations(ownerUrl);
    stderr(`${names.length} to apply.\n`);
    for (const name of names) stdout(`${name}\n`);
  }

  async function applyPending(ownerUrl: string): Promise<void> {
    const { applied } = await migrate({
      ownerUrl,
      onProgress: (name, index, total) => stderr(`Applying ${index} of ${total}: ${name}\n`),
    });
    // Only now: all of them are applied in one transaction, or none.
    for (const name of applied) stdout(`${name}\n`);
    stderr(applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.length}.\n`);
  }
}

/** The database that the configuration names; `close` stops a server that was started for it. */
async function openDatabase({ variables, stderr }: MigrateCommandSurroundings): Promise<{
  readonly ownerUrl: string;
  close(): Promise<void>;
}> {
  const { database, dataDirectory } = loadMigrationConfiguration(variables);
  if (database.kind === 'url') {
    return { ownerUrl: database.ownerUrl.reveal(), close: () => Promise.resolve() };
  }
  const running = await findRunningServer({ dataDirectory });
  if (running) return { ownerUrl: running.urls.owner, close: () => Promise.resolve() };
  const say = (message: string): void => stderr(`${message}\n`);
  const server = await startEmbeddedServer({ dataDirectory, log: { info: say, warn: say, error: say } });
  return { ownerUrl: server.urls.owner, close: server.stop };
}

function readArguments(args: readonly string[]): { readonly dryRun: boolean } | null {
  try {
    const { values } = parseArgs({ args: [...args], options: { 'dry-run': { type: 'boolean', default: false } } });
    return { dryRun: values['dry-run'] };
  } catch {
    return null;
  }
}

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await runMigrate(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}
