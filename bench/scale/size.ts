import { prepareRequests } from '../measure.ts';
import { feed, feedCases } from '../operations/feed.ts';
import type { Person } from '../people.ts';
import { explain, type Explained } from './explain.ts';
import { measureSpots, type Bench, type Point } from './points.ts';

/** The first page of a feed in a database of one size. */
export interface SizePoint extends Point {
  readonly profiles: number;
  /** How many different people asked. */
  readonly people: number;
  /** Of the person whose statement was explained. */
  readonly rendersOfOne: number;
  readonly databaseBytes: number;
  readonly explained: Explained;
}

const connections = 16;

/** Asks as people with an ordinary number of renders: the first has a share of all, and would grow with the database. */
export async function measureSize(size: { renders: number; profiles: number }, people: readonly Person[], bench: Bench): Promise<SizePoint> {
  const others = people.slice(1);
  const ordinary = [...others].sort((a, b) => a.renders - b.renders)[others.length >> 1];
  if (ordinary === undefined) throw new Error('Nobody but the first person has a page of renders.');
  const cases = await feedCases(bench.database.superuser, others);
  const requests = await prepareRequests({ operation: feed, cases }, bench.system);
  const title = `${size.renders.toLocaleString('en-AU')} renders`;
  const [point] = await measureSpots(title, [{ series: 'first page', at: size.renders, connections, requests }], bench);
  const [own] = await prepareRequests({ operation: feed, cases: [{ person: ordinary }] }, bench.system);
  if (point === undefined || own === undefined) throw new Error('Nothing was measured.');
  const { rows } = await bench.database.superuser.query<{ bytes: string }>('select pg_database_size(current_database()) as bytes');
  return {
    ...point,
    profiles: size.profiles,
    people: others.length,
    rendersOfOne: ordinary.renders,
    databaseBytes: Number(rows[0]?.bytes),
    explained: await explain(bench, {
      request: own,
      viewer: ordinary.id,
      values: [ordinary.id],
      rows: Math.min(feed.pageSize + 1, ordinary.renders),
    }),
  };
}
