import type pg from 'pg';
import type { Person } from '../people.ts';
import { dataOf, document, graphql, instant, rowId, type Case, type Operation } from './operation.ts';
import { pictureFields, type Edges, type Nodes, type Picture } from './pictures.ts';

/** A render as all systems answer it. */
interface RenderAnswer {
  readonly id: string;
  readonly mode: string;
  readonly roomType: string | null;
  readonly style: string | null;
  readonly prompt: string | null;
  readonly createdAt: string;
  readonly variants: readonly { readonly index: number; readonly image: FullPicture }[];
  readonly job: JobAnswer | null;
  /** By name: their order is not compared. */
  readonly collections: readonly string[];
}

interface FullPicture extends Picture {
  readonly byteSize: number | null;
}

interface JobAnswer {
  readonly status: string;
  readonly quality: string;
  readonly createdAt: string;
  readonly completedAt: string | null;
}

type Plain = Pick<RenderAnswer, 'mode' | 'roomType' | 'style' | 'prompt' | 'createdAt'>;

const fields = 'mode roomType style prompt createdAt';
const imageFields = `${pictureFields} byteSize`;

const roomfeed = document(`
  query Render($id: ID!) {
    render(id: $id) {
      id ${fields}
      variants { index image(size: FULL) { ${imageFields} } }
      job { status quality createdAt completedAt }
      collections { edges { node { name } } }
    }
  }
`);

interface RoomfeedRender extends Plain {
  readonly id: string;
  readonly variants: RenderAnswer['variants'];
  readonly job: JobAnswer | null;
  readonly collections: Edges<{ readonly name: string }>;
}

const postgraphile = document(`
  query Render($id: UUID!) {
    renderByRowId(rowId: $id) {
      rowId ${fields}
      variants(orderBy: [IDX_ASC]) { nodes { index: idx image { ${imageFields} } } }
      job { status quality createdAt completedAt }
      places { nodes { collection { name } } }
    }
  }
`);

interface PostgraphileRender extends Plain {
  readonly rowId: string;
  readonly variants: Nodes<RenderAnswer['variants'][number]>;
  readonly job: JobAnswer | null;
  readonly places: Nodes<{ readonly collection: { readonly name: string } }>;
}

const prisma = document(`
  query Render($id: ID!) {
    render(id: $id) {
      id ${fields}
      variants { index image { ${imageFields} } }
      job { status quality createdAt completedAt }
      collections { edges { node { name } } }
    }
  }
`);

function plain({ mode, roomType, style, prompt, createdAt }: Plain): Plain {
  return { mode: mode.toLowerCase(), roomType, style, prompt, createdAt: instant(createdAt) };
}

function readJob(job: JobAnswer | null): JobAnswer | null {
  return (
    job && {
      status: job.status.toLowerCase(),
      quality: job.quality.toLowerCase(),
      createdAt: instant(job.createdAt),
      completedAt: job.completedAt === null ? null : instant(job.completedAt),
    }
  );
}

const globalId = ({ id }: Case): string => Buffer.from(`Render:${String(id)}`).toString('base64');

function readRelay(body: unknown): RenderAnswer {
  const { render } = dataOf<{ render: RoomfeedRender }>(body);
  return {
    id: rowId(render.id),
    ...plain(render),
    variants: render.variants,
    job: readJob(render.job),
    collections: render.collections.edges.map(({ node }) => node.name).sort(),
  };
}

export const render: Operation = {
  name: 'render',
  title: 'A render by id with variants, job and the names of its collections',
  writes: false,
  pageSize: 1,
  comparedPages: 1,
  forms: {
    roomfeed: { request: (asked) => graphql(roomfeed, { id: globalId(asked) }), read: (body) => ({ answer: readRelay(body) }) },
    postgraphile: {
      request: ({ id }) => graphql(postgraphile, { id }),
      read(body) {
        const { renderByRowId: row } = dataOf<{ renderByRowId: PostgraphileRender }>(body);
        const answer: RenderAnswer = {
          id: row.rowId,
          ...plain(row),
          variants: row.variants.nodes,
          job: readJob(row.job),
          collections: row.places.nodes.map(({ collection }) => collection.name).sort(),
        };
        return { answer };
      },
    },
    prisma: { request: (asked) => graphql(prisma, { id: globalId(asked) }), read: (body) => ({ answer: readRelay(body) }) },
    limit: {
      request: ({ id }) => ({ path: '/render', body: { id } }),
      read: (body) => ({ answer: { ...(body as RenderAnswer), collections: [...(body as RenderAnswer).collections].sort() } }),
    },
  },
};

/** Three renders of each person, from anywhere in their feed. */
export async function renderCases(superuser: pg.Client, people: readonly Person[]): Promise<readonly Case[]> {
  const { rows } = await superuser.query<{ id: string; owner_id: string }>(
    `select r.id, r.owner_id from unnest($1::uuid[]) with ordinality as p (id, place)
     cross join lateral (select id, owner_id from renders where owner_id = p.id order by md5(id::text) limit 3) r
     order by md5(r.id::text)`,
    [people.map(({ id }) => id)],
  );
  const byId = new Map(people.map((person) => [person.id, person]));
  return rows.flatMap(({ id, owner_id }) => {
    const person = byId.get(owner_id);
    return person === undefined ? [] : [{ person, id }];
  });
}
