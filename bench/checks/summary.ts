import { median } from '../medians.ts';
import type { Checked, Demand, FeedWindow } from './found.ts';

/** The feed at one demand, alone or beside checks at one pace. */
export interface FeedSummary {
  readonly demand: Demand;
  /** Null: alone. */
  readonly pace: number | null;
  readonly windows: number;
  /** Answers a second, over all windows together; and of the slowest and the fastest window. */
  readonly throughput: number;
  readonly slowest: number;
  readonly fastest: number;
  /** In which check the slowest window began; null for none. */
  readonly slowestCheck: string | null;
  /** Of what the feed had alone in the same round; the median of the rounds. Null where it was alone. */
  readonly share: number | null;
  /** Milliseconds, medians of the windows; and of the worst window. */
  readonly p50: number;
  readonly p99: number;
  readonly worstP99: number;
  /** How long a whole check took beside it; the median of those that came to their end. Null where there was none. */
  readonly checkSeconds: number | null;
}

export function summarize({ wanted, windows, beside }: Checked): FeedSummary[] {
  return (['all it can', 'a steady rate'] as const).flatMap((demand) =>
    [null, ...wanted.paces].flatMap((pace) => {
      const chosen = windows.filter((one) => one.demand === demand && one.pace === pace);
      const ordered = [...chosen].sort((a, b) => a.measurement.throughput - b.measurement.throughput);
      const [slowest, fastest] = [ordered[0], ordered.at(-1)];
      if (!slowest || !fastest) return [];
      const middle = (of: (one: FeedWindow) => number): number => median(chosen.map(of));
      const seconds = beside.filter((one) => one.demand === demand && one.pace === pace).map((one) => one.seconds);
      return [{
        demand,
        pace,
        windows: chosen.length,
        throughput: throughputOf(chosen),
        slowest: slowest.measurement.throughput,
        fastest: fastest.measurement.throughput,
        slowestCheck: slowest.check,
        share: pace === null ? null : shareOf(chosen, windows.filter((one) => one.demand === demand && one.pace === null)),
        p50: middle(({ measurement }) => measurement.p50),
        p99: middle(({ measurement }) => measurement.p99),
        worstP99: Math.max(...chosen.map(({ measurement }) => measurement.p99)),
        checkSeconds: seconds.length === 0 ? null : median(seconds),
      }];
    }),
  );
}

function throughputOf(windows: readonly FeedWindow[]): number {
  const sum = (of: (one: FeedWindow) => number): number => windows.reduce((total, one) => total + of(one), 0);
  return sum(({ measurement }) => measurement.answers) / sum(({ measurement }) => measurement.seconds);
}

/** Round by round: what slows both is in neither. */
function shareOf(beside: readonly FeedWindow[], alone: readonly FeedWindow[]): number {
  const rounds = [...new Set(beside.map(({ round }) => round))];
  const of = (windows: readonly FeedWindow[], round: number): number => throughputOf(windows.filter((one) => one.round === round));
  return median(rounds.map((round) => of(beside, round) / of(alone, round)));
}
