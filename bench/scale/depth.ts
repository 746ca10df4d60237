import type pg from 'pg';
import { ask } from '../ask.ts';
import { encodeCursor, orders } from '../gateway/keyset.ts';
import type { Requests } from '../measure.ts';
import { feed } from '../operations/feed.ts';
import type { Case } from '../operations/operation.ts';
import type { Person } from '../people.ts';
import { explain, type Asked, type Explained } from './explain.ts';
import { measureSpots, type Bench, type Point, type Spot } from './points.ts';

/** A page somewhere in one person's list. `at`: its number, from 1 on. */
export interface DepthPoint extends Point {
  readonly explained: Explained;
}

export interface Depth {
  /** Of the person who was asked for. */
  readonly renders: number;
  /** What the filtered list holds, and how much. */
  readonly filter: { readonly mode: string; readonly style: string; readonly renders: number };
  readonly points: readonly DepthPoint[];
}

const connections = 16;
const pages = [1, 10, 100, 1_000];

interface Row {
  readonly id: string;
  readonly createdAt: Date;
}

interface Place extends Spot {
  readonly asked: Asked;
}

/** Pages near and far in the longest list that there is, all of it and filtered by mode and style. */
export async function measureDepth(busiest: Person, bench: Bench): Promise<Depth> {
  const { superuser } = bench.database;
  const { rows } = await superuser.query<Depth['filter']>(
    `select mode, style, count(*)::int as renders from renders where owner_id = $1
     group by mode, style order by count(*) desc, mode, style limit 1`,
    [busiest.id],
  );
  const [filter] = rows;
  if (filter === undefined) throw new Error('The first person has no renders.');
  const { mode, style } = filter;
  const places = [
    ...(await placesIn('whole list', busiest, { renders: busiest.renders }, bench)),
    ...(await placesIn('filtered', busiest, { mode, style, renders: filter.renders }, bench)),
  ];
  const found = await measureSpots('Pages of one person', places, bench);
  const points: DepthPoint[] = [];
  for (const [place, point] of found.entries()) {
    const { asked } = places[place] as Place;
    points.push({ ...point, explained: await explain(bench, asked) });
  }
  return { renders: busiest.renders, filter, points };
}

/** A list of one person's: all, or those of a mode and a style. */
interface List {
  readonly mode?: string;
  readonly style?: string;
  readonly renders: number;
}

/** The pages that the list has of those that are asked for, and its last one. */
async function placesIn(series: string, person: Person, { mode, style, renders }: List, bench: Bench): Promise<Place[]> {
  const asked: Case = { person, mode, style };
  const filtered = mode === undefined || style === undefined ? [] : [mode, style];
  const last = Math.ceil(renders / feed.pageSize);
  const places: Place[] = [];
  for (const at of [...pages.filter((page) => page < last), last]) {
    // The last one is the end of the list, as full as the others.
    const skipped = at === last ? Math.max(0, renders - feed.pageSize) : (at - 1) * feed.pageSize;
    const before = skipped === 0 ? null : await rowAt(bench.database.superuser, asked, skipped - 1);
    const after = before && encodeCursor(orders.rendersNewest, { ...before });
    const { path, body } = feed.forms.roomfeed.request(asked, { after, first: feed.pageSize });
    const request = { path, body: JSON.stringify(body), token: person.token };
    await check(asked, { request, skipped, isLast: at === last }, bench);
    const cursor = before === null ? [] : [before.createdAt.toISOString(), before.id];
    const values = [person.id, ...filtered, ...cursor];
    const rows = Math.min(feed.pageSize + 1, renders - skipped);
    places.push({ series, at, connections, requests: [request], asked: { request, viewer: person.id, values, rows } });
  }
  return places;
}

/** Read as the superuser, from the list's start: what a cursor spares the gateway. */
async function rowAt(superuser: pg.Client, { person, mode, style }: Case, offset: number): Promise<Row> {
  const { rows } = await superuser.query<Row>(
    `select id, created_at as "createdAt" from renders
     where owner_id = $1 and ($2::text is null or mode = $2) and ($3::text is null or style = $3)
     order by created_at desc, id desc offset $4 limit 1`,
    [person.id, mode ?? null, style ?? null, offset],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`The list ends before row ${offset}.`);
  return row;
}

/** That the page is the one that it is taken for. */
async function check(
  asked: Case,
  { request, skipped, isLast }: { readonly request: Requests[number]; readonly skipped: number; readonly isLast: boolean },
  { database, system }: Bench,
): Promise<void> {
  const { body } = await ask(system, request.token, { path: request.path, body: JSON.parse(request.body) as Record<string, unknown> });
  const { renders, hasNextPage } = feed.forms.roomfeed.read(body).answer as {
    readonly renders: readonly { readonly id: string }[];
    readonly hasNextPage: boolean;
  };
  const first = await rowAt(database.superuser, asked, skipped);
  if (renders[0]?.id === first.id && hasNextPage === !isLast) return;
  throw new Error(`The page behind ${skipped} renders begins or ends elsewhere than the database says.`);
}
