import { NotFound } from '../../domain/user-errors.js';
import type { Viewer } from '../../domain/viewer.js';
import type { GenerationJob } from '../../generated/prisma/client.js';
import type { GenerationProvider } from '../../generation/provider.js';
import * as jobs from '../../repositories/job-writes.js';
import type { Writes } from '../writes.js';
import { JobNotCancelable } from './errors.js';
import { cancelJob } from './states.js';

export function createCancellation({
  writes,
  provider,
  onProviderFault,
}: {
  writes: Writes;
  provider: Pick<GenerationProvider, 'cancel'>;
  /** Told where the provider could not be asked to stop; the job is canceled all the same. */
  onProviderFault: (error: unknown) => void;
}) {
  return {
    /**
     * Cancels a job of the viewer's. While it is starting its charge is given back; once a provider is at work it is not,
     * and a result that still comes is discarded.
     *
     * @throws NotFound
     * @throws JobNotCancelable for one that has come to its end.
     * @throws AccessSuspended
     */
    async cancelGeneration(viewer: Viewer, { jobId }: { jobId: string }): Promise<{ job: GenerationJob }> {
      const { job, predictionId } = await writes.serve(viewer, async (tx, at) => {
        const before = await jobs.getJobForWork(tx, viewer.id, jobId);
        if (!before) throw new NotFound('generation');
        const canceled = await cancelJob(tx, before, at);
        if (!canceled) throw new JobNotCancelable(before.status);
        return { job: canceled, predictionId: before.predictionId };
      });
      // Nobody waits for it: the provider may take its time, or be away.
      if (predictionId !== null) void provider.cancel(predictionId).catch(onProviderFault);
      return { job };
    },
  };
}
