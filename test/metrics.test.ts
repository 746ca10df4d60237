import { Histogram, Registry } from 'prom-client';
import { createDurationHistogram } from '../src/server/metrics/durations.js';

const NAME = 'request_seconds';
const HELP = 'How long requests took.';
const BOUNDS = [0.001, 0.0025, 0.5, 1, 30];

describe('a histogram of durations', () => {
  test('reads, line for line, like one of the library', async () => {
    const registry = new Registry();
    const theirs = new Histogram({
      name: NAME,
      help: HELP,
      labelNames: ['route', 'status'] as const,
      buckets: BOUNDS,
      registers: [registry],
    });
    const ours = createDurationHistogram(NAME, HELP, BOUNDS);
    const observed = new Map([
      [{ route: 'graphql', status: '200' }, [0, 0.001, 0.0011, 0.4, 0.5, 0.7, 1, 29.9, 30, 31, 500]],
      [{ route: 'assets', status: 'abandoned' }, [0.1 + 0.2]],
    ]);

    for (const [labels, durations] of observed) {
      const series = ours.open(labels);
      for (const seconds of durations) {
        ours.observe(series, seconds);
        theirs.observe(labels, seconds);
      }
    }

    expect(`${ours.render()}\n`).toBe(await registry.metrics());
  });

  test('that has seen nothing says what it is, like one of the library', async () => {
    const registry = new Registry();
    new Histogram({ name: NAME, help: HELP, labelNames: ['route'] as const, buckets: BOUNDS, registers: [registry] });

    expect(`${createDurationHistogram(NAME, HELP, BOUNDS).render()}\n`).toBe(await registry.metrics());
  });
});
