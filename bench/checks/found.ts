import type { WantedChecks } from '../command-line.mjs';
import type { Machine } from '../machine.ts';
import type { Measurement } from '../measure.ts';
import type { Stored } from './pictures.ts';
import type { Watched } from './watch.ts';

/** One of the checks that a run made. */
export interface CheckFound {
  readonly name: string;
  /** Rows or objects that it looked at. */
  readonly examined: number;
  /** Since the one before, and for the first since the process began. */
  readonly seconds: number;
}

/** A whole run of the command, and what was seen of it from outside. */
export interface CheckRun {
  readonly renders: number;
  /** Of a hundred, how much of the time it worked. */
  readonly pace: number;
  /** From the start of the process to its end. */
  readonly seconds: number;
  readonly checks: readonly CheckFound[];
  readonly watched: Watched;
  /** Milliseconds of CPU of all of PostgreSQL's processes meanwhile, whoever they worked for; null where this machine does not tell. */
  readonly databaseCpu: number | null;
}

/** How the feed is asked for. */
export type Demand = 'all it can' | 'a steady rate';

/** Some seconds of the feed. */
export interface FeedWindow {
  readonly demand: Demand;
  readonly round: number;
  /** Of the check beside it; null where it was alone. */
  readonly pace: number | null;
  /** Which check was under way when it began. */
  readonly check: string | null;
  readonly measurement: Measurement;
}

/** Everything that a run found out. */
export interface Checked {
  readonly wanted: WantedChecks;
  readonly machine: Machine;
  readonly startedAt: Date;
  /** In whose names the feed was asked for. */
  readonly people: number;
  readonly stored: Stored;
  /** With nothing beside them: at each size of the database, the smallest first, and the last as often as there are rounds. */
  readonly alone: readonly CheckRun[];
  /** Beside the feed. */
  readonly beside: readonly (CheckRun & { readonly demand: Demand; readonly round: number })[];
  readonly windows: readonly FeedWindow[];
  /** Requests a second of the steady feed. */
  readonly rate: number;
}
