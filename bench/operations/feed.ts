import type pg from 'pg';
import type { Person } from '../people.ts';
import { dataOf, document, graphql, instant, rowId, type Case, type Operation, type Position } from './operation.ts';
import { pictureFields, type Edges, type PageInfo, type Picture } from './pictures.ts';

/** A page of renders as all systems answer it. */
interface FeedAnswer {
  readonly renders: readonly FeedRender[];
  readonly hasNextPage: boolean;
}

interface FeedRender {
  readonly id: string;
  readonly mode: string;
  readonly roomType: string | null;
  readonly style: string | null;
  readonly prompt: string | null;
  readonly createdAt: string;
  readonly variants: number;
  readonly cover: Picture | null;
}

interface Connection<Node> extends Edges<Node> {
  readonly pageInfo: PageInfo;
}

const roomfeed = document(`
  query Feed($first: Int!, $after: String, $filter: RenderFilter) {
    viewer {
      renders(first: $first, after: $after, filter: $filter) {
        edges { node {
          id mode roomType style prompt createdAt variantCount
          coverImage(size: THUMBNAIL) { ${pictureFields} }
        } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

interface RoomfeedRender extends Omit<FeedRender, 'variants' | 'cover'> {
  readonly variantCount: number;
  readonly coverImage: Picture | null;
}

const postgraphile = document(`
  query Feed($first: Int!, $after: Cursor, $condition: RenderCondition) {
    allRenders(first: $first, after: $after, condition: $condition, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) {
      edges { node {
        rowId mode roomType style prompt createdAt variantCount
        coverVariant: cover { thumbnail { ${pictureFields} } }
      } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

interface PostgraphileRender extends Omit<FeedRender, 'id' | 'variants' | 'cover'> {
  readonly rowId: string;
  readonly variantCount: number;
  readonly coverVariant: { readonly thumbnail: Picture } | null;
}

const prisma = document(`
  query Feed($first: Int!, $after: String, $mode: String, $style: String) {
    viewer {
      renders(first: $first, after: $after, mode: $mode, style: $style) {
        edges { node {
          id mode roomType style prompt createdAt variantCount
          cover { thumbnail { ${pictureFields} } }
        } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);

interface PrismaRender extends Omit<FeedRender, 'variants' | 'cover'> {
  readonly variantCount: number;
  readonly cover: { readonly thumbnail: Picture } | null;
}

function reading<Node>({ edges, pageInfo }: Connection<Node>, render: (node: Node) => FeedRender) {
  const answer: FeedAnswer = { renders: edges.map(({ node }) => render(node)), hasNextPage: pageInfo.hasNextPage };
  return { answer, endCursor: pageInfo.endCursor };
}

/** Null where the case has no filter. */
const filterOf = ({ mode, style }: Case): { mode: string; style: string } | null =>
  typeof mode === 'string' && typeof style === 'string' ? { mode, style } : null;

const forms: Operation['forms'] = {
  roomfeed: {
    request(asked, position: Position) {
      const filter = filterOf(asked);
      return graphql(roomfeed, {
        ...position,
        ...(filter === null ? {} : { filter: { modes: [filter.mode.toUpperCase()], styles: [filter.style] } }),
      });
    },
    read: (body) =>
      reading(
        dataOf<{ viewer: { renders: Connection<RoomfeedRender> } }>(body).viewer.renders,
        ({ id, mode, roomType, style, prompt, createdAt, variantCount, coverImage }) => ({
          id: rowId(id), mode: mode.toLowerCase(), roomType, style, prompt, createdAt: instant(createdAt),
          variants: variantCount, cover: coverImage,
        }),
      ),
  },
  postgraphile: {
    request: (asked, position) => graphql(postgraphile, { ...position, condition: filterOf(asked) }),
    read: (body) =>
      reading(
        dataOf<{ allRenders: Connection<PostgraphileRender> }>(body).allRenders,
        ({ rowId: id, mode, roomType, style, prompt, createdAt, variantCount, coverVariant }) => ({
          id, mode, roomType, style, prompt, createdAt: instant(createdAt), variants: variantCount,
          cover: coverVariant && coverVariant.thumbnail,
        }),
      ),
  },
  prisma: {
    request: (asked, position) => graphql(prisma, { ...position, ...filterOf(asked) }),
    read: (body) =>
      reading(
        dataOf<{ viewer: { renders: Connection<PrismaRender> } }>(body).viewer.renders,
        ({ id, mode, roomType, style, prompt, createdAt, variantCount, cover }) => ({
          id: rowId(id), mode: mode.toLowerCase(), roomType, style, prompt, createdAt: instant(createdAt),
          variants: variantCount, cover: cover && cover.thumbnail,
        }),
      ),
  },
  limit: {
    request: (asked, position) => ({ path: '/feed', body: { ...position, ...filterOf(asked) } }),
    read(body) {
      const { endCursor, ...answer } = body as FeedAnswer & { readonly endCursor: string | null };
      return { answer, endCursor };
    },
  },
};

export const feed: Operation = {
  name: 'feed',
  title: 'The 20 newest renders with variant count and signed cover',
  writes: false,
  pageSize: 20,
  comparedPages: 3,
  forms,
};

export const deepFeed: Operation = {
  ...feed,
  name: 'deep-feed',
  title: 'The same, of one mode and style, in the middle of the busiest feed',
  comparedPages: 2,
  skip: ({ skip }) => Number(skip),
};

export async function feedCases(_superuser: pg.Client, people: readonly Person[]): Promise<readonly Case[]> {
  return people.map((person) => ({ person }));
}

/** Where all cases of the deep feed stand: in the middle of a list of so many renders at least. */
const shortestDeepFeed = 60;
/** Each system walks to where each case begins, and one of them takes a third of a second a step. */
const deepFeeds = 16;

/** Modes and styles of the busiest person that have pages behind their middle. */
export async function deepFeedCases(superuser: pg.Client, people: readonly Person[]): Promise<readonly Case[]> {
  const [busiest] = people;
  if (busiest === undefined) return [];
  const { rows } = await superuser.query<{ mode: string; style: string; renders: number }>(
    `select mode, style, count(*)::int as renders from renders where owner_id = $1
     group by mode, style order by count(*) >= $2 desc, md5(mode || style)`,
    [busiest.id, shortestDeepFeed],
  );
  const long = rows.filter(({ renders }) => renders >= shortestDeepFeed);
  // A small database has no long one; then any will do.
  return (long.length > 0 ? long : rows.filter(({ renders }) => renders > 1)).slice(0, deepFeeds).map(({ mode, style, renders }) => ({
    person: busiest, mode, style, skip: Math.floor(renders / 2),
  }));
}
