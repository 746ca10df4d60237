import type { KeysetValues } from '../../domain/keyset.js';
import type { Page, PageRows } from '../../domain/page.js';

/** What stands beyond a cursor, in a form that an index on (created_at, id) serves. */
function beyond([createdAt, id]: KeysetValues, side: 'lt' | 'gt') {
  const instant = String(createdAt);
  return {
    createdAt: side === 'lt' ? { lte: instant } : { gte: instant },
    OR: [{ createdAt: { [side]: instant } }, { createdAt: instant, id: { [side]: String(id) } }],
  };
}

/** The cursor's own row, which lies on the side that was come from. */
function at([createdAt, id]: KeysetValues) {
  return { createdAt: String(createdAt), id: String(id) };
}

/** A condition on where rows stand, for any of Prisma's models that has both columns. */
export type Bound = ReturnType<typeof beyond> | { OR: (ReturnType<typeof beyond> | ReturnType<typeof at>)[] };

type Direction = 'asc' | 'desc';

/** The questions that a page costs; each is asked only where it must be. */
export interface ModelPageQueries<Row> {
  rows(bounds: Bound[], orderBy: [{ createdAt: Direction }, { id: Direction }], take: number): Promise<Row[]>;
  count(): Promise<number>;
  first(bound: Bound): Promise<object | null>;
}

/** A page of one of Prisma's models by creation, newest first. */
export async function readModelPage<Row>(
  { page, totalCount, otherSide }: { readonly page: Page; readonly totalCount: boolean; readonly otherSide: boolean },
  queries: ModelPageQueries<Row>,
): Promise<PageRows<Row>> {
  const bounds: Bound[] = [];
  if (page.after) bounds.push(beyond(page.after, 'lt'));
  if (page.before) bounds.push(beyond(page.before, 'gt'));
  const direction = page.backward ? 'asc' : 'desc';
  const cursor = page.backward ? page.before : page.after;
  const [found, total, other] = await Promise.all([
    queries.rows(bounds, [{ createdAt: direction }, { id: direction }], page.size + 1),
    totalCount ? queries.count() : null,
    otherSide && cursor ? queries.first({ OR: [beyond(cursor, page.backward ? 'lt' : 'gt'), at(cursor)] }) : null,
  ]);
  const rows = found.slice(0, page.size);
  return {
    rows: page.backward ? rows.reverse() : rows,
    hasMore: found.length > page.size,
    hasOtherSide: otherSide && cursor ? other !== null : null,
    totalCount: total,
  };
}
