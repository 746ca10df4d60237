import type { WantedGeneration } from '../command-line.mjs';
import type { Machine } from '../machine.ts';
import type { PickUps } from './pick-up.ts';
import type { Submissions } from './submissions.ts';
import type { Watching } from './watching.ts';
import type { WorkRound } from './work.ts';

/** Everything that a run found out. */
export interface Generations {
  readonly wanted: WantedGeneration;
  readonly machine: Machine;
  readonly startedAt: Date;
  /** In whose names it was asked. */
  readonly people: number;
  readonly submissions: Submissions;
  readonly pickUps: PickUps;
  readonly work: readonly WorkRound[];
  readonly watching: Watching;
}
