import { errorCodeOf } from '../../config/error-code.js';
import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
import { BadUserInput } from '../../domain/errors.js';
import type { Alone } from '../../services/uploads/completion.js';
import type { Storage } from '../../storage/storage.js';
import type { StoppableProgress } from '../progress.js';

/** What a maintenance command works on; `close` also stops a server that was started for it. */
export interface MaintenanceTarget {
  readonly databases: Databases;
  readonly storage: Storage;
  readonly runtime: RuntimeConfiguration;
  /** Runs what one process at a time does, gateways among them. */
  readonly alone: Alone;
  /** Where a command puts what it makes, unless it is told otherwise. */
  readonly dataDirectory: string;
  close(): Promise<void>;
}

/** Where a maintenance command reads and writes. */
export interface MaintenanceSurroundings {
  /** Called once the arguments are right. */
  open(): Promise<MaintenanceTarget>;
  readonly now: Date;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly progress: (what: string) => StoppableProgress;
  /** Aborted where the process is asked to stop: the command undoes what is half done, and ends. */
  readonly signal: AbortSignal;
}

/** One of the words behind `npm run maintenance --`. */
export interface MaintenanceCommand {
  /** What it does, in a line. */
  readonly summary: string;
  /**
   * @returns the exit code: 0 where all is done; 1 where it failed; 2 where it was asked wrongly; others as the command says.
   */
  run(args: readonly string[], surroundings: MaintenanceSurroundings): Promise<number>;
}

/** This cannot be done here, for a reason that its message gives. */
export class MaintenanceRefused extends Error {
  override readonly name = 'MaintenanceRefused';
}

/** It was asked wrongly. The message says what is wrong; without one, the command's usage does. */
export class AskedWrongly extends Error {
  override readonly name = 'AskedWrongly';
}

/**
 * A command of its parts. `read` makes of the arguments what is wanted, and throws `AskedWrongly`, or what `parseArgs` throws,
 * where they are wrong; nothing is opened until `act` does. Whatever is wrong with what was asked ends with 2.
 */
export function maintenanceCommand<Wanted extends object>({
  summary,
  usage,
  read,
  act,
}: {
  readonly summary: string;
  readonly usage: string;
  read(args: readonly string[]): Wanted | 'help';
  act(wanted: Wanted, surroundings: MaintenanceSurroundings): Promise<number>;
}): MaintenanceCommand {
  return {
    summary,
    async run(args, surroundings) {
      try {
        const wanted = read(args);
        if (wanted !== 'help') return await act(wanted, surroundings);
        surroundings.stdout(usage);
        return 0;
      } catch (error) {
        const wrong = wrongIn(error, usage);
        if (wrong === null) throw error;
        surroundings.stderr(wrong);
        return 2;
      }
    },
  };
}

/** What is to be told of an error for which whoever asked is to blame; null for any other. */
function wrongIn(error: unknown, usage: string): string | null {
  if (error instanceof BadUserInput) return `${error.message}\n`;
  if (error instanceof AskedWrongly) return error.message === '' ? usage : `${error.message}\n`;
  if (!errorCodeOf(error)?.startsWith('ERR_PARSE_ARGS_')) return null;
  // What follows the first sentence is how to give what looks like an option as something else: nothing here takes that.
  return `${(error as Error).message.replace(/\.\s.*/s, '')}.\n\n${usage}`;
}

/** Works on what `open` gives, and closes it, whatever comes of it. */
export async function onTarget<Result>(
  { open }: MaintenanceSurroundings,
  work: (target: MaintenanceTarget) => Promise<Result>,
): Promise<Result> {
  const target = await open();
  try {
    return await work(target);
  } finally {
    await target.close();
  }
}
