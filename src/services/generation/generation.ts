import { orders } from '../../domain/keyset.js';
import { type Connection, type ConnectionArguments, toConnection, toPage } from '../../domain/page.js';
import type { RuntimeConfiguration } from '../../config/runtime.js';
import type { Viewer } from '../../domain/viewer.js';
import type { GenerationJob } from '../../generated/prisma/client.js';
import type { GenerationProvider } from '../../generation/provider.js';
import * as jobs from '../../repositories/generation-jobs.js';
import type { ModelService } from '../models.js';
import type { Writes } from '../writes.js';
import { createCancellation } from './cancellation.js';
import { createSubmission } from './submission.js';

export type GenerationService = ReturnType<typeof createGenerationService>;

/** What people do with generations: submit, watch, cancel. */
export function createGenerationService({
  readAs,
  writes,
  runtime,
  provider,
  onProviderFault,
}: {
  readAs: ModelService['readAs'];
  writes: Writes;
  runtime: RuntimeConfiguration;
  provider: Pick<GenerationProvider, 'cancel'>;
  onProviderFault: (error: unknown) => void;
}) {
  return {
    ...createSubmission({ writes, runtime }),
    ...createCancellation({ writes, provider, onProviderFault }),

    /**
     * A page of the viewer's jobs that are not archived; no status is any status.
     *
     * @throws BadUserInput for page arguments out of bounds.
     */
    async listJobs(
      viewer: Viewer,
      input: {
        statuses: readonly string[];
        page: ConnectionArguments;
        totalCount: boolean;
        /** Whether it is asked if something lies on the side of the cursor; it costs a statement. */
        otherSide: boolean;
        query: jobs.JobQuery;
      },
    ): Promise<Connection<GenerationJob>> {
      const { page: asked, ...wanted } = input;
      const page = toPage(orders.generationJobs, asked);
      return toConnection(page, await jobs.listJobs(readAs(viewer), viewer.id, { page, ...wanted }));
    },

    /** The viewer's job, or null where there is none of theirs. */
    getGeneration(viewer: Viewer, id: string, query: jobs.JobQuery): Promise<GenerationJob | null> {
      return jobs.getJobById(readAs(viewer), viewer.id, id, query);
    },
  };
}
