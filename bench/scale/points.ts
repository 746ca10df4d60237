import type { WantedScale } from '../command-line.mjs';
import type { BenchDatabase } from '../database.ts';
import { measure, type Measurement, type Requests } from '../measure.ts';
import type { Task } from '../operations/all.ts';
import { feed } from '../operations/feed.ts';
import { createLine } from '../say.ts';
import { type Medians, mediansOf } from '../medians.ts';
import type { System } from '../systems.ts';

/** A place on a curve that is to be measured. */
export interface Spot {
  /** Which line of the chart it belongs to. */
  readonly series: string;
  /** Where on the horizontal axis. */
  readonly at: number;
  readonly connections: number;
  readonly requests: Requests;
  /** Further processes of the gateway, which share the connections. */
  readonly others?: readonly System[];
}

/** What was found there: medians of the rounds. */
export interface Point extends Pick<Spot, 'series' | 'at' | 'connections'>, Medians {
  readonly rounds: readonly Measurement[];
}

/** What all curves are measured with. */
export interface Bench {
  readonly wanted: WantedScale;
  readonly system: System;
  readonly database: BenchDatabase;
}

/** A feed page is what all curves are about. */
const task: Task = { operation: feed, cases: [] };

const runUpSeconds = 1;

/** In rounds over all spots, so that whatever else the machine does meanwhile meets all alike. */
export async function measureSpots(title: string, spots: readonly Spot[], bench: Bench): Promise<readonly Point[]> {
  const { wanted, system, database } = bench;
  const found = spots.map((): Measurement[] => []);
  const line = createLine();
  const warmUpSeconds = wanted.quick ? 1 : 4;
  // V8 compiles, pools fill, statements get their names: once for each kind of question and each set of processes.
  for (const spot of firstOfEach(spots)) {
    line.show(`${title}: warming up`);
    await measure({ task, system, ...spot, seconds: warmUpSeconds, runUpSeconds: 0, round: 0, database });
  }
  for (let round = 1; round <= wanted.rounds; round++) {
    for (const [place, spot] of spots.entries()) {
      line.show(`${title}: round ${round} of ${wanted.rounds}, ${place + 1} of ${spots.length}`);
      found[place]?.push(
        await measure({ task, system, ...spot, seconds: wanted.seconds, runUpSeconds, round, database }),
      );
    }
  }
  line.end();
  return spots.map(({ series, at, connections }, place) => {
    const rounds = found[place] ?? [];
    return { series, at, connections, ...mediansOf(rounds), rounds };
  });
}

function firstOfEach(spots: readonly Spot[]): readonly Spot[] {
  return [...Map.groupBy(spots, ({ series, others = [] }) => `${series} ${others.length}`).values()].flatMap(([first]) => first ?? []);
}
