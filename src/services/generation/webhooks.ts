import type { Databases } from '../../database/database.js';
import { reasonOf } from '../../domain/reasons.js';
import type { GenerationProvider } from '../../generation/provider.js';
import { enqueueGeneration } from '../../repositories/generation-queue.js';
import * as jobs from '../../repositories/job-writes.js';
import * as events from '../../repositories/webhook-events.js';
import type { JobStates } from './states.js';

/** What a provider tells of one of its predictions. It is known to be the provider's, and may come late, twice or never. */
export interface PredictionEvent {
  /** The same however often it is delivered. */
  readonly eventId: string;
  readonly predictionId: string;
  /** The provider's own word for where it stands. */
  readonly status: string;
  /** The job that it was begun for, where that is known. */
  readonly jobId: string | null;
}

/** The ends of a prediction at Replicate. */
const ends: ReadonlySet<string> = new Set(['succeeded', 'failed', 'canceled', 'aborted']);

export type GenerationWebhooks = ReturnType<typeof createGenerationWebhooks>;

/** Takes what a provider tells: only when to look, and which prediction is whose. What became of it the work asks itself. */
export function createGenerationWebhooks({
  databases,
  states,
  provider,
  onProviderFault,
}: {
  databases: Databases;
  states: Pick<JobStates, 'begin'>;
  provider: Pick<GenerationProvider, 'name' | 'cancel'>;
  /** Told where the provider could not be asked to stop what nobody needs. */
  onProviderFault: (error: unknown) => void;
}) {
  const system = () => databases.service({ kind: 'system' });

  /**
   * A prediction that no job has: whoever began it died before it was written down, or is about to write it down. The job
   * that it names takes it over; where that has another one, or has ended, nobody needs this one.
   */
  async function attach({ predictionId, jobId, status }: PredictionEvent): Promise<void> {
    if (jobId === null || (await jobs.findJobByPrediction(system(), predictionId))) return;
    const key = await jobs.findJob(system(), jobId);
    if (!key) return;
    const attached = await states.begin(key, predictionId);
    if (attached !== predictionId && !ends.has(status)) void provider.cancel(predictionId).catch(onProviderFault);
  }

  async function process(event: PredictionEvent, key: events.EventKey): Promise<void> {
    await attach(event);
    await system().transaction(async (tx) => {
      if (!(await events.markProcessed(tx, key)) || !ends.has(event.status)) return;
      const job = await jobs.findJobByPrediction(tx, event.predictionId);
      // For one that was given up, too: it may be a success after all.
      if (job) await enqueueGeneration(tx, { jobId: job.id, ownerId: job.ownerId });
    });
  }

  return {
    /**
     * Sees to an event: an end has its job looked at now. One that was seen to before, and one of a prediction that is
     * nobody's, change nothing.
     *
     * @throws whatever went wrong, with the event written down as not processed, so that it is delivered again.
     */
    async receive(event: PredictionEvent): Promise<void> {
      const key = { provider: provider.name, eventId: event.eventId };
      // Not the whole of it: it holds people's words, and addresses of their pictures.
      const payload = { prediction: event.predictionId, status: event.status };
      const { isProcessed } = await events.recordEvent(system(), key, { type: `prediction.${event.status}`, payload });
      if (isProcessed) return;
      try {
        await process(event, key);
      } catch (error) {
        await events.noteFailure(system(), key, reasonOf(error)).catch(() => undefined);
        throw error;
      }
    },
  };
}
