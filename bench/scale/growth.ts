import type { WantedScale } from '../command-line.mjs';
import type { Machine } from '../machine.ts';
import type { Depth } from './depth.ts';
import type { Point } from './points.ts';
import type { SizePoint } from './size.ts';

/** Everything that a run found out. */
export interface Growth {
  readonly wanted: WantedScale;
  readonly machine: Machine;
  readonly startedAt: Date;
  readonly sizes: readonly SizePoint[];
  readonly depth: Depth;
  /** Renders of the database in which connections and processes were counted up. */
  readonly crowdedRenders: number;
  readonly connections: readonly Point[];
  readonly processes: readonly Point[];
}
