import type { Window } from './load.ts';
import type { Reading, Soaked } from './reading.ts';

/** What must hold at the end. The first two decide, the others are only said. */
export const bounds = {
  errors: 0,
  /** Megabytes of resident memory a minute, over the second half. */
  growth: 1,
  /** Of the last minute against the first. */
  slower: 1.5,
  throughput: 0.8,
};

/** Over a shorter second half, a line through resident memory says more of garbage collection than of growth. */
const judgedHalfSeconds = 120;

/** A stretch of the load as a whole. */
export interface Stretch {
  readonly throughput: number;
  /** Medians of its windows. */
  readonly p50: number;
  readonly p99: number;
  readonly resident: number | null;
  readonly heapUsed: number;
  readonly connections: number;
  readonly backendMemory: number | null;
}

export interface Verdict {
  readonly passed: boolean;
  readonly errors: number;
  readonly firstError: string | null;
  /** Megabytes a minute; null where this machine does not tell. */
  readonly growth: number | null;
  /** Whether the run was long enough for `growth` to count. */
  readonly growthCounts: boolean;
  /** How long the stretches are. */
  readonly edgeSeconds: number;
  readonly first: Stretch;
  readonly last: Stretch;
}

type Loaded = Reading & { readonly window: Window };

export function verdictOf({ wanted, readings }: Soaked): Verdict {
  const loaded = readings.filter((reading): reading is Loaded => reading.window !== null);
  const end = loaded.at(-1)?.at ?? 0;
  const edgeSeconds = Math.min(60, end / 3);
  const errors = loaded.reduce((sum, { window }) => sum + window.errors, 0);
  const growth = slopeOf(loaded.filter(({ at }) => at > end / 2));
  const growthCounts = wanted.seconds / 2 >= judgedHalfSeconds;
  return {
    passed: errors <= bounds.errors && !(growthCounts && growth !== null && growth > bounds.growth),
    errors,
    firstError: loaded.find(({ window }) => window.error !== null)?.window.error ?? null,
    growth,
    growthCounts,
    edgeSeconds,
    // A reading stands at its window's end.
    first: stretchOf(loaded.filter(({ at }) => at <= edgeSeconds + 1)),
    last: stretchOf(loaded.filter(({ at }) => at > end - edgeSeconds + 1)),
  };
}

/** The slope of the straight line that is nearest to resident memory (least squares), in megabytes a minute. */
function slopeOf(readings: readonly Reading[]): number | null {
  const places = readings.flatMap(({ at, resident }) => (resident === null ? [] : [{ x: at / 60, y: resident / 1_048_576 }]));
  if (places.length < 2) return null;
  const mean = (of: (place: { x: number; y: number }) => number): number =>
    places.reduce((sum, place) => sum + of(place), 0) / places.length;
  const [x, y] = [mean((place) => place.x), mean((place) => place.y)];
  const spread = mean((place) => (place.x - x) ** 2);
  return spread === 0 ? null : mean((place) => (place.x - x) * (place.y - y)) / spread;
}

function stretchOf(readings: readonly Loaded[]): Stretch {
  const sum = (of: (reading: Loaded) => number): number => readings.reduce((total, reading) => total + of(reading), 0);
  const middle = (of: (reading: Loaded) => number): number => [...readings].map(of).sort((a, b) => a - b)[readings.length >> 1] ?? 0;
  const last = readings.at(-1);
  return {
    throughput: sum(({ window }) => window.answers) / Math.max(1e-9, sum(({ window }) => window.seconds)),
    p50: middle(({ window }) => window.p50),
    p99: middle(({ window }) => window.p99),
    resident: readings.every(({ resident }) => resident !== null) ? middle(({ resident }) => resident ?? 0) : null,
    heapUsed: middle(({ heapUsed }) => heapUsed),
    connections: last?.connections ?? 0,
    backendMemory: last?.backendMemory ?? null,
  };
}
