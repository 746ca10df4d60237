import type { ReadModels } from '../database/read-models.js';
import type { Page, PageRows } from '../domain/page.js';
import type { GenerationJob, Prisma } from '../generated/prisma/client.js';
import { readModelPage } from './query/model-page.js';

/** The `include` and `select` that plugin-prisma found for a query. */
export type JobQuery = Pick<Prisma.GenerationJobFindManyArgs, 'include' | 'select'>;

/** A page of an owner's jobs that are not archived, newest first. */
export function listJobs(
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
  return readModelPage(
    { page, totalCount, otherSide },
    {
      rows: (bounds, orderBy, take) =>
        models.generationJob.findMany({ ...query, where: { AND: [where, ...bounds] }, orderBy, take }),
      count: () => models.generationJob.count({ where }),
      first: (bound) => models.generationJob.findFirst({ select: { id: true }, where: { AND: [where, bound] } }),
    },
  );
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
