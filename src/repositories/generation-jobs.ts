import type { ReadModels } from '../database/read-models.js';
import type { KeysetValues } from '../domain/keyset.js';
import type { Page, PageRows } from '../domain/page.js';
import type { GenerationJob, Prisma } from '../generated/prisma/client.js';

/** The `include` and `select` that plugin-prisma found for a query. */
export type JobQuery = Pick<Prisma.GenerationJobFindManyArgs, 'include' | 'select'>;

/** A page of an owner's jobs that are not archived, newest first. */
export async function listJobs(
  models: ReadModels,
  ownerId: string,
  {
    statuses,
    page,
    totalCount,
    otherSide,
    query,
  }: { statuses: readonly string[]; page: Page; totalCount: boolean; otherSide: boolean; query: JobQuery },
): Promise<PageRows<GenerationJob>> {
  const where: Prisma.GenerationJobWhereInput = {
    ownerId,
    archivedAt: null,
    ...(statuses.length > 0 ? { status: { in: [...statuses] } } : {}),
  };
  const bounds: Prisma.GenerationJobWhereInput[] = [];
  if (page.after) bounds.push(beyond(page.after, 'lt'));
  if (page.before) bounds.push(beyond(page.before, 'gt'));
  const direction = page.backward ? 'asc' : 'desc';
  const cursor = page.backward ? page.before : page.after;
  const [found, total, other] = await Promise.all([
    models.generationJob.findMany({
      ...query,
      where: { AND: [where, ...bounds] },
      orderBy: [{ createdAt: direction }, { id: direction }],
      take: page.size + 1,
    }),
    totalCount ? models.generationJob.count({ where }) : null,
    otherSide && cursor
      ? models.generationJob.findFirst({
          select: { id: true },
          where: { AND: [where, { OR: [beyond(cursor, page.backward ? 'lt' : 'gt'), at(cursor)] }] },
        })
      : null,
  ]);
  const rows = found.slice(0, page.size);
  return {
    rows: page.backward ? rows.reverse() : rows,
    hasMore: found.length > page.size,
    hasOtherSide: otherSide && cursor ? other !== null : null,
    totalCount: total,
  };
}

/** What stands beyond a cursor, in a form that the index on (created_at, id) serves. */
function beyond([createdAt, id]: KeysetValues, side: 'lt' | 'gt'): Prisma.GenerationJobWhereInput {
  const instant = String(createdAt);
  return {
    createdAt: side === 'lt' ? { lte: instant } : { gte: instant },
    OR: [{ createdAt: { [side]: instant } }, { createdAt: instant, id: { [side]: String(id) } }],
  };
}

/** The cursor's own row, which lies on the side that was come from. */
function at([createdAt, id]: KeysetValues): Prisma.GenerationJobWhereInput {
  return { createdAt: String(createdAt), id: String(id) };
}

/** An owner's job by id, archived or not, or null. */
export function getJobById(
  models: ReadModels,
  ownerId: string,
  id: string,
  query: JobQuery,
): Promise<GenerationJob | null> {
  return models.generationJob.findFirst({ ...query, where: { id, ownerId } });
}
