import type { Requests } from '../measure.ts';
import type { System } from '../systems.ts';
import { measureSpots, type Bench, type Point } from './points.ts';

const connections = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** More and more requests at once, to one process of the gateway. */
export function measureConnections(requests: Requests, bench: Bench): Promise<readonly Point[]> {
  const spots = connections.map((count) => ({ series: 'one process', at: count, connections: count, requests }));
  return measureSpots('Connections', spots, bench);
}

/** The same number of requests at once, to one process and to two that share them. */
export function measureProcesses(requests: Requests, second: System, bench: Bench): Promise<readonly Point[]> {
  const spots = [16, 64].flatMap((count) =>
    [1, 2].map((at) => ({
      series: `${count} connections`, at, connections: count, requests, others: at === 2 ? [second] : [],
    })),
  );
  return measureSpots('Processes', spots, bench);
}
