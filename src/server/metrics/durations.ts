/** How long requests with one set of labels took. */
export interface DurationSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** By bucket, each on its own; the last is for what is longer than the last bound. */
  readonly counts: number[];
  /** In seconds. */
  sum: number;
}

export interface DurationHistogram {
  /** To be called once for each set of labels, of closed sets of plain words. It is shown from then on. */
  open(labels: DurationSeries['labels']): DurationSeries;
  observe(series: DurationSeries, seconds: number): void;
  /** In the Prometheus text format. */
  render(): string;
}

/**
 * A histogram of what happens many times a second. The library's own checks and joins its labels for each observation; here
 * that is done once, and an observation is two additions.
 *
 * `bounds` are in seconds, from the lowest.
 */
export function createDurationHistogram(name: string, help: string, bounds: readonly number[]): DurationHistogram {
  const opened: DurationSeries[] = [];

  function linesOf({ labels, counts, sum }: DurationSeries): string[] {
    const joined = Object.entries(labels)
      .map(([label, value]) => `${label}="${value}"`)
      .join(',');
    let count = 0;
    const buckets = counts.map((added, bucket) => {
      count += added;
      return `${name}_bucket{le="${bounds[bucket] ?? '+Inf'}",${joined}} ${count}`;
    });
    return [...buckets, `${name}_sum{${joined}} ${sum}`, `${name}_count{${joined}} ${count}`];
  }

  return {
    open(labels) {
      const series = { labels, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
      opened.push(series);
      return series;
    },
    observe(series, seconds) {
      let bucket = 0;
      while (bucket < bounds.length && seconds > (bounds[bucket] ?? Infinity)) bucket += 1;
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
      series.sum += seconds;
    },
    render: () => [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...opened.flatMap(linesOf)].join('\n'),
  };
}
