/** The double's time: the real one, moved forward by as much as it was told to. In whole seconds since 1970. */
export interface Clock {
  now(): number;
  /** Lets it be `moment` while `work` runs: what falls due happens at its own time. */
  at<Result>(moment: number, work: () => Result): Result;
}

export function createClock({ realNow, offset }: { readonly realNow: () => number; readonly offset: () => number }): Clock {
  let fixed: number | null = null;
  return {
    now: () => fixed ?? Math.floor(realNow() / 1_000) + offset(),
    at(moment, work) {
      const before = fixed;
      fixed = moment;
      try {
        return work();
      } finally {
        fixed = before;
      }
    },
  };
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of "31d", "12h", "90s" or a number of seconds; null where it is neither. */
export function readDuration(value: unknown): number | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : null;
  const match = typeof value === 'string' ? /^(\d{1,9})([smhdw]?)$/.exec(value) : null;
  return match ? Number(match[1]) * (unitSeconds[match[2] || 's'] ?? 1) : null;
}
