import { lineChartOf, type Line } from '../line-chart.ts';
import type { Growth } from './growth.ts';
import type { Point } from './points.ts';

/** The four curves in one picture, as SVG. */
export function growthChart({ sizes, depth, connections, processes, crowdedRenders, machine, startedAt }: Growth): string {
  const pagesASecond = { title: 'pages/s', kind: 'linear' } as const;
  return lineChartOf({
    title: 'A feed page as the work grows',
    caption: `${machine.cpu}, ${machine.cores} cores, with the load on them; cache off; ${startedAt.toISOString().slice(0, 10)}`,
    columns: 2,
    panels: [
      {
        title: 'The database grows',
        across: { title: 'renders in all', kind: 'log', ticks: sizes.map(({ at }) => at) },
        left: pagesASecond,
        right: { title: 'pages of 8 kB', kind: 'linear' },
        lines: [
          ...byThroughput(sizes),
          { name: 'buffers a statement', axis: 'right', points: sizes.map(({ at, explained }) => [at, explained.hit + explained.read]) },
        ],
      },
      {
        title: `Deeper into a list of ${depth.renders.toLocaleString('en-AU')}`,
        across: { title: 'page', kind: 'log' },
        left: pagesASecond,
        lines: byThroughput(depth.points),
      },
      {
        title: `More at once, ${crowdedRenders.toLocaleString('en-AU')} renders`,
        across: { title: 'connections', kind: 'log', ticks: connections.map(({ at }) => at) },
        left: pagesASecond,
        right: { title: 'ms', kind: 'log' },
        lines: [
          ...byThroughput(connections),
          { name: 'p50', axis: 'right', points: connections.map(({ at, p50 }) => [at, p50]) },
          { name: 'p99', axis: 'right', points: connections.map(({ at, p99 }) => [at, p99]) },
        ],
      },
      {
        title: 'A second process on the same cores',
        across: { title: 'processes of the gateway', kind: 'log', ticks: [1, 2] },
        left: pagesASecond,
        lines: byThroughput(processes),
      },
    ],
  });
}

function byThroughput(points: readonly Point[]): Line[] {
  return [...Map.groupBy(points, ({ series }) => series)].map(([name, those]) => ({
    name,
    axis: 'left',
    points: those.map(({ at, throughput }) => [at, throughput]),
  }));
}
