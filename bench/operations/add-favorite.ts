import type pg from 'pg';
import type { Person } from '../people.ts';
import { dataOf, document, graphql, rowId, type Case, type Operation } from './operation.ts';

/** What all systems answer to the click. */
interface FavoriteAnswer {
  readonly id: string;
  readonly isFavorite: boolean;
  readonly itemCount: number;
}

const roomfeed = document(`
  mutation AddToFavorites($id: ID!) {
    addToFavorites(input: { renderId: $id }) {
      __typename
      ... on AddToFavoritesPayload { render { id isFavorite } favorites { itemCount } }
      ... on UserError { message }
    }
  }
`);

const postgraphile = document(`
  mutation AddToFavorites($id: UUID!) {
    addToFavorites(input: { renderId: $id }) { result { renderId isFavorite itemCount } }
  }
`);

const prisma = document(`
  mutation AddToFavorites($id: ID!) {
    addToFavorites(input: { renderId: $id }) { render { id isFavorite } favorites { itemCount } }
  }
`);

interface Relay {
  readonly render: { readonly id: string; readonly isFavorite: boolean };
  readonly favorites: { readonly itemCount: number };
}

function readRelay(body: unknown): FavoriteAnswer {
  const { render, favorites } = dataOf<{ addToFavorites: Relay }>(body).addToFavorites;
  return { id: rowId(render.id), isFavorite: render.isFavorite, itemCount: favorites.itemCount };
}

const globalId = ({ id }: Case): string => Buffer.from(`Render:${String(id)}`).toString('base64');

export const addFavorite: Operation = {
  name: 'add-favorite',
  title: 'A click on the heart: a render into the favorites, with their new count',
  writes: true,
  pageSize: 1,
  comparedPages: 1,
  forms: {
    roomfeed: { request: (asked) => graphql(roomfeed, { id: globalId(asked) }), read: (body) => ({ answer: readRelay(body) }) },
    postgraphile: {
      request: ({ id }) => graphql(postgraphile, { id }),
      read(body) {
        const { renderId, ...rest } = dataOf<{
          addToFavorites: { result: Omit<FavoriteAnswer, 'id'> & { readonly renderId: string } };
        }>(body).addToFavorites.result;
        return { answer: { id: renderId, ...rest } };
      },
    },
    prisma: { request: (asked) => graphql(prisma, { id: globalId(asked) }), read: (body) => ({ answer: readRelay(body) }) },
    limit: {
      request: ({ id }) => ({ path: '/add-favorite', body: { id } }),
      read: (body) => ({ answer: body }),
    },
  },
};

/** More than a measurement gets through, so that each click is somebody's first on that render. */
const clicks = 24_000;

/** Renders that are no favorites yet, each person's in turn. */
export async function favoriteCases(superuser: pg.Client, people: readonly Person[]): Promise<readonly Case[]> {
  const { rows } = await superuser.query<{ id: string; owner_id: string }>(
    `select r.id, r.owner_id from unnest($1::uuid[]) with ordinality as p (id, place)
     cross join lateral (
       select r.id, r.owner_id, row_number() over (order by md5(r.id::text)) as turn
       from renders r join collections f on f.owner_id = r.owner_id and f.is_default_favorites
       where r.owner_id = p.id and not exists (
         select from collection_items i where i.collection_id = f.id and i.render_id = r.id
       )
       order by turn limit $2
     ) r
     order by r.turn, p.place limit $3`,
    [people.map(({ id }) => id), Math.ceil(clicks / people.length), clicks],
  );
  const byId = new Map(people.map((person) => [person.id, person]));
  return rows.flatMap(({ id, owner_id }) => {
    const person = byId.get(owner_id);
    return person === undefined ? [] : [{ person, id }];
  });
}
