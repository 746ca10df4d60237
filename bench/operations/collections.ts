import type { Person } from '../people.ts';
import { dataOf, document, graphql, rowId, type Case, type Operation } from './operation.ts';
import { pictureFields, type Edges, type Nodes, type Picture } from './pictures.ts';

/** A collection as all systems answer it. */
interface CollectionAnswer {
  readonly id: string;
  readonly name: string;
  readonly isDefaultFavorites: boolean;
  readonly itemCount: number;
  readonly covers: readonly Pick<Picture, 'url' | 'placeholder'>[];
  readonly items: readonly ItemAnswer[];
}

interface ItemAnswer {
  readonly id: string;
  readonly mode: string;
  readonly cover: Picture | null;
}

const roomfeed = document(`
  query Collections($first: Int!) {
    viewer {
      collections(first: $first) {
        edges { node {
          id name isDefaultFavorites itemCount
          coverImages(first: 4) { url placeholder }
          items(first: 5) { edges { node { id mode coverImage(size: THUMBNAIL) { ${pictureFields} } } } }
        } }
      }
    }
  }
`);

interface RoomfeedCollection extends Pick<CollectionAnswer, 'id' | 'name' | 'isDefaultFavorites' | 'itemCount'> {
  readonly coverImages: CollectionAnswer['covers'];
  readonly items: Edges<{ readonly id: string; readonly mode: string; readonly coverImage: Picture | null }>;
}

const newest = 'orderBy: [ADDED_AT_DESC, RENDER_ID_DESC]';

const postgraphile = document(`
  query Collections($first: Int!) {
    allCollections(first: $first, orderBy: [IS_DEFAULT_FAVORITES_DESC, CREATED_AT_DESC, ROW_ID_DESC]) {
      edges { node {
        rowId name isDefaultFavorites itemCount
        covers: items(first: 4, ${newest}) { nodes { render { cover { thumbnail { url placeholder } } } } }
        items(first: 5, ${newest}) { edges { node { render { rowId mode cover { thumbnail { ${pictureFields} } } } } } }
      } }
    }
  }
`);

interface PostgraphileCollection extends Pick<CollectionAnswer, 'name' | 'isDefaultFavorites' | 'itemCount'> {
  readonly rowId: string;
  readonly covers: Nodes<{ readonly render: { readonly cover: { readonly thumbnail: Picture } | null } }>;
  readonly items: Edges<{
    readonly render: { readonly rowId: string; readonly mode: string; readonly cover: { readonly thumbnail: Picture } | null };
  }>;
}

const prisma = document(`
  query Collections($first: Int!) {
    viewer {
      collections(first: $first) {
        edges { node {
          id name isDefaultFavorites itemCount
          covers: items(first: 4) { edges { node { cover { thumbnail { url placeholder } } } } }
          items(first: 5) { edges { node { id mode cover { thumbnail { ${pictureFields} } } } } }
        } }
      }
    }
  }
`);

interface PrismaCollection extends Pick<CollectionAnswer, 'id' | 'name' | 'isDefaultFavorites' | 'itemCount'> {
  readonly covers: Edges<{ readonly cover: { readonly thumbnail: Picture } | null }>;
  readonly items: Edges<{ readonly id: string; readonly mode: string; readonly cover: { readonly thumbnail: Picture } | null }>;
}

const present = <Value>(values: readonly (Value | null | undefined)[]): Value[] => values.filter((value) => value != null);

export const collections: Operation = {
  name: 'collections',
  title: 'Collections with item count, four covers and the five newest items',
  writes: false,
  pageSize: 10,
  comparedPages: 1,
  forms: {
    roomfeed: {
      request: (_asked, { first }) => graphql(roomfeed, { first }),
      read: (body) => ({
        answer: dataOf<{ viewer: { collections: Edges<RoomfeedCollection> } }>(body).viewer.collections.edges.map(
          ({ node: { id, name, isDefaultFavorites, itemCount, coverImages, items } }): CollectionAnswer => ({
            id: rowId(id), name, isDefaultFavorites, itemCount, covers: coverImages,
            items: items.edges.map(({ node }) => ({ id: rowId(node.id), mode: node.mode.toLowerCase(), cover: node.coverImage })),
          }),
        ),
      }),
    },
    postgraphile: {
      request: (_asked, { first }) => graphql(postgraphile, { first }),
      read: (body) => ({
        answer: dataOf<{ allCollections: Edges<PostgraphileCollection> }>(body).allCollections.edges.map(
          ({ node: { rowId: id, name, isDefaultFavorites, itemCount, covers, items } }): CollectionAnswer => ({
            id, name, isDefaultFavorites, itemCount,
            covers: present(covers.nodes.map(({ render }) => render.cover?.thumbnail)),
            items: items.edges.map(({ node: { render } }) => ({
              id: render.rowId, mode: render.mode, cover: render.cover && render.cover.thumbnail,
            })),
          }),
        ),
      }),
    },
    prisma: {
      request: (_asked, { first }) => graphql(prisma, { first }),
      read: (body) => ({
        answer: dataOf<{ viewer: { collections: Edges<PrismaCollection> } }>(body).viewer.collections.edges.map(
          ({ node: { id, name, isDefaultFavorites, itemCount, covers, items } }): CollectionAnswer => ({
            id: rowId(id), name, isDefaultFavorites, itemCount,
            covers: present(covers.edges.map(({ node }) => node.cover?.thumbnail)),
            items: items.edges.map(({ node }) => ({
              id: rowId(node.id), mode: node.mode.toLowerCase(), cover: node.cover && node.cover.thumbnail,
            })),
          }),
        ),
      }),
    },
    limit: {
      request: (_asked, { first }) => ({ path: '/collections', body: { first } }),
      read: (body) => ({ answer: body }),
    },
  },
};

export async function collectionCases(_superuser: unknown, people: readonly Person[]): Promise<readonly Case[]> {
  return people.map((person) => ({ person }));
}
