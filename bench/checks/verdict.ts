import { defaultPace } from '../gateway/checks.ts';
import type { Checked } from './found.ts';
import { summarize } from './summary.ts';

/** What must hold at the end. */
export const bounds = {
  /** The weakest lock there is, which every SELECT takes: it stands in the way of nothing but DROP, TRUNCATE, most of ALTER and the like. */
  lockModes: ['AccessShareLock'],
  /** Looks in which anybody waited for a lock. */
  waiting: 0,
  /** Of a check's transaction, in milliseconds. */
  transaction: 2_000,
  /** Of what the feed can do alone, beside a check at the command's own pace. */
  share: 0.8,
} as const;

export interface Verdict {
  readonly passed: boolean;
  /** All modes that were seen, the weakest first. */
  readonly lockModes: readonly string[];
  readonly looks: number;
  readonly looksWithWaiting: number;
  readonly longestTransaction: number;
  /** What the feed kept beside a check at the command's own pace. */
  readonly share: number;
  /** Whether enough was measured for `share` to count. */
  readonly shareCounts: boolean;
}

export function verdictOf(found: Checked): Verdict {
  const watched = [...found.alone, ...found.beside].map((run) => run.watched);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const lockModes = [...new Set(watched.flatMap((one) => one.lockModes))];
  const looksWithWaiting = sum(watched.map((one) => one.looksWithWaiting));
  const longestTransaction = Math.max(...watched.map((one) => one.longestTransaction));
  const share = summarize(found).find((one) => one.demand === 'all it can' && one.pace === defaultPace)?.share ?? NaN;
  const shareCounts = !found.wanted.quick;
  return {
    passed:
      lockModes.every((mode) => bounds.lockModes.some((allowed) => allowed === mode)) &&
      looksWithWaiting <= bounds.waiting &&
      longestTransaction <= bounds.transaction &&
      (!shareCounts || share >= bounds.share),
    lockModes,
    looks: sum(watched.map((one) => one.looks)),
    looksWithWaiting,
    longestTransaction,
    share,
    shareCounts,
  };
}
