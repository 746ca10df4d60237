import type { Person } from '../people.ts';
import { dataOf, document, graphql, rowId, type Case, type Operation } from './operation.ts';
import { pictureFields, type Edges, type Nodes, type Picture } from './pictures.ts';

/** A collection of the gallery as all systems answer it. */
interface GalleryAnswer {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly itemCount: number;
  readonly items: readonly { readonly id: string; readonly image: Picture }[];
}

type Plain = Pick<GalleryAnswer, 'title' | 'description' | 'itemCount'>;

const roomfeed = document(`
  query Community($first: Int!) {
    communityCollections(featured: true, first: $first) {
      edges { node {
        id title description itemCount
        items(first: 6) { edges { node { id image(size: THUMBNAIL) { ${pictureFields} } } } }
      } }
    }
  }
`);

interface RoomfeedGallery extends Plain {
  readonly id: string;
  readonly items: Edges<{ readonly id: string; readonly image: Picture }>;
}

const postgraphile = document(`
  query Community($first: Int!) {
    allCommunityCollections(
      first: $first, condition: { isFeatured: true }, orderBy: [ORDER_INDEX_ASC, CREATED_AT_DESC, ROW_ID_DESC]
    ) {
      edges { node {
        rowId title description itemCount
        communityItemsByCollectionId(first: 6, orderBy: [ORDER_INDEX_ASC, ROW_ID_ASC]) {
          nodes { rowId thumbnail { ${pictureFields} } }
        }
      } }
    }
  }
`);

interface PostgraphileGallery extends Plain {
  readonly rowId: string;
  readonly communityItemsByCollectionId: Nodes<{ readonly rowId: string; readonly thumbnail: Picture }>;
}

const prisma = document(`
  query Community($first: Int!) {
    communityCollections(featured: true, first: $first) {
      edges { node {
        id title description itemCount
        items(first: 6) { edges { node { id image: thumbnail { ${pictureFields} } } } }
      } }
    }
  }
`);

function readRelay(body: unknown): GalleryAnswer[] {
  const { communityCollections } = dataOf<{ communityCollections: Edges<RoomfeedGallery> }>(body);
  return communityCollections.edges.map(({ node: { id, title, description, itemCount, items } }) => ({
    id: rowId(id), title, description, itemCount,
    items: items.edges.map(({ node }) => ({ id: rowId(node.id), image: node.image })),
  }));
}

export const community: Operation = {
  name: 'community',
  title: 'The featured gallery, six looks a collection',
  writes: false,
  pageSize: 20,
  comparedPages: 1,
  forms: {
    roomfeed: { request: (_asked, { first }) => graphql(roomfeed, { first }), read: (body) => ({ answer: readRelay(body) }) },
    postgraphile: {
      request: (_asked, { first }) => graphql(postgraphile, { first }),
      read: (body) => ({
        answer: dataOf<{ allCommunityCollections: Edges<PostgraphileGallery> }>(body).allCommunityCollections.edges.map(
          ({ node: { rowId: id, title, description, itemCount, communityItemsByCollectionId } }): GalleryAnswer => ({
            id, title, description, itemCount,
            items: communityItemsByCollectionId.nodes.map((item) => ({ id: item.rowId, image: item.thumbnail })),
          }),
        ),
      }),
    },
    prisma: { request: (_asked, { first }) => graphql(prisma, { first }), read: (body) => ({ answer: readRelay(body) }) },
    limit: {
      request: (_asked, { first }) => ({ path: '/community', body: { first } }),
      read: (body) => ({ answer: body }),
    },
  },
};

export async function communityCases(_superuser: unknown, people: readonly Person[]): Promise<readonly Case[]> {
  return people.map((person) => ({ person }));
}
