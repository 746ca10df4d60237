import type pg from 'pg';
import type { OperationName } from '../command-line.mjs';
import { prepareRequests, type Requests } from '../measure.ts';
import { listTasks, type Task } from '../operations/all.ts';
import { document, graphql, type Case } from '../operations/operation.ts';
import type { Person } from '../people.ts';
import type { System } from '../systems.ts';

/**
 * Of a hundred requests, so many of each: people look at their feed, open what they see, and click now and then. Half of
 * the clicks put a render into the favorites, the others take the same one out again, so that each is a real write however
 * long it lasts.
 */
export const shares: Readonly<Record<OperationName, number>> = {
  feed: 40,
  'deep-feed': 10,
  collections: 15,
  render: 15,
  community: 5,
  usage: 10,
  'add-favorite': 5,
};

/** Requests that a connection goes through, again and again. */
const listLength = 200;

const removal = document(`
  mutation RemoveFromFavorites($id: ID!) {
    removeFromFavorites(input: { renderId: $id }) {
      __typename
      ... on RemoveFromFavoritesPayload { render { id isFavorite } favorites { itemCount } }
      ... on UserError { message }
    }
  }
`);

/** A list of requests for each connection, in the proportions of `shares`. No two connections click on the same render. */
export async function planWork(options: {
  readonly superuser: pg.Client;
  readonly people: readonly Person[];
  readonly system: System;
  readonly connections: number;
}): Promise<readonly Requests[]> {
  const { superuser, people, system, connections } = options;
  const tasks = await listTasks(Object.keys(shares) as OperationName[], superuser, people);
  const prepared = await Promise.all(tasks.map((task) => requestsOf(task, system)));
  return Array.from({ length: connections }, (_, connection) =>
    interleave(
      tasks.map(({ operation }, place) => {
        const all = prepared[place] ?? [];
        const count = (listLength * shares[operation.name]) / 100;
        // Writes: a part of its own. Reads: each connection begins elsewhere.
        const from = operation.writes ? connection * count : Math.floor((all.length * connection) / connections);
        if (all.length === 0 || (operation.writes && from + count > all.length)) {
          throw new Error(`The database has too little for ${operation.name} on ${connections} connections.`);
        }
        return Array.from({ length: count }, (_, i) => all[(from + i) % all.length] as Requests[number]);
      }),
    ),
  );
}

async function requestsOf(task: Task, system: System): Promise<Requests> {
  const requests = await prepareRequests(task, system);
  if (!task.operation.writes) return requests;
  return requests.flatMap((added, place) => {
    const { id } = task.cases[place] as Case;
    const { path, body } = graphql(removal, { id: Buffer.from(`Render:${String(id)}`).toString('base64') });
    return [added, { path, body: JSON.stringify(body), token: added.token }];
  });
}

/** Spreads each list evenly over the whole, in its own order. */
function interleave(lists: readonly Requests[]): Requests {
  return lists
    .flatMap((list) => list.map((request, i) => ({ request, place: (i + 0.5) / list.length })))
    .sort((a, b) => a.place - b.place)
    .map(({ request }) => request);
}
