import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Databases } from '../../database/database.js';
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
