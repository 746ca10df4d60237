import type { Measurement } from './measure.ts';

/** What several rounds of one measurement come to. */
export interface Medians {
  /** Answers a second: the median of the rounds, and their extremes. */
  readonly throughput: number;
  readonly slowest: number;
  readonly fastest: number;
  /** Milliseconds, medians of the rounds; null where this machine does not tell. */
  readonly p50: number;
  readonly p99: number;
  readonly nodeCpu: number | null;
  readonly databaseCpu: number | null;
}

/** What of a round goes into its medians. */
export type Round = Pick<Measurement, 'throughput' | 'p50' | 'p99' | 'nodeCpu' | 'databaseCpu'>;

export function mediansOf(rounds: readonly Round[]): Medians {
  const of = (value: (one: Round) => number): number => median(rounds.map(value));
  const known = (value: (one: Round) => number | null): number | null =>
    rounds.every((one) => value(one) !== null) ? of((one) => value(one) ?? 0) : null;
  return {
    throughput: of((one) => one.throughput),
    slowest: Math.min(...rounds.map((one) => one.throughput)),
    fastest: Math.max(...rounds.map((one) => one.throughput)),
    p50: of((one) => one.p50),
    p99: of((one) => one.p99),
    nodeCpu: known((one) => one.nodeCpu),
    databaseCpu: known((one) => one.databaseCpu),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
