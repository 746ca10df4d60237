import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '../config/faults.js';
import { EmbeddedServerError } from '../database/embedded/error.js';
import { DatabaseError } from '../database/errors.js';
import { MigrationError } from '../database/migrate/error.js';
import { UnsafeRoleError } from '../database/roles.js';
import { StorageError } from '../storage/errors.js';
import { MaintenanceRefused, type MaintenanceCommand, type MaintenanceSurroundings } from './maintenance/command.js';
import { cleanupCommand } from './maintenance/cleanup.js';
import { createExportCommand } from './maintenance/export.js';
import { storageCommand } from './maintenance/storage.js';
import { openFromEnvironment } from './maintenance/target.js';
import { createValidateCommand } from './maintenance/validate.js';
import { createProgress } from './progress.js';
import { untilAsked } from './until-asked.js';

/** By the word that calls them; each is a file of maintenance/. */
export type MaintenanceCommands = Readonly<Record<string, MaintenanceCommand>>;

const allCommands: MaintenanceCommands = { export: createExportCommand(), cleanup: cleanupCommand, storage: storageCommand, validate: createValidateCommand() };

const usage = (commands: MaintenanceCommands): string => `What operators do beside a gateway that runs, or without one.

  npm run -s maintenance -- <command> …

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}\n`)
  .join('')}
Each of them explains itself when it is given --help.
`;

/** `npm run maintenance`. @returns the exit code, see `MaintenanceCommand`. */
export async function runMaintenance(
  args: readonly string[],
  surroundings: MaintenanceSurroundings,
  commands = allCommands,
): Promise<number> {
  const [name = '', ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    surroundings.stderr(usage(commands));
    return 2;
  }
  try {
    return await command.run(rest, surroundings);
  } catch (error) {
    if (surroundings.signal.aborted) {
      surroundings.stderr('Interrupted; what was half done is undone.\n');
      return 1;
    }
    const known = [ConfigurationError, EmbeddedServerError, MigrationError, UnsafeRoleError, MaintenanceRefused, DatabaseError, StorageError];
    if (!known.some((kind) => error instanceof kind)) throw error;
    surroundings.stderr(`Not done: ${(error as Error).message}\n`);
    return 1;
  }
}

// Started, and not imported by a test. The path may come through a link.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const stderr = (text: string): void => void process.stderr.write(text);
  process.exitCode = await runMaintenance(process.argv.slice(2), {
    open: () => openFromEnvironment((message) => stderr(`${message}\n`)),
    now: new Date(),
    stdout: (text) => process.stdout.write(text),
    stderr,
    progress: (what) => createProgress(what),
    signal: untilAsked(),
  });
}
