import type { Logger } from 'pino';
import type { Work } from '../services/generation/work.js';

/** What the queue brings. */
export interface QueuedGeneration {
  readonly jobId: string;
  readonly ownerId: string;
}

/** A job that another process is at is looked at again after this time, lest what it was called for be forgotten. */
const busyPauseMs = 5_000;

export interface GenerationTaskOptions {
  readonly attend: Work['attend'];
  /** Runs work under a name that no other process works under at the same time; null where one does. */
  readonly alone: <T>(name: string, work: (lost: AbortSignal) => Promise<T>) => Promise<T | null>;
  /** Puts the job into the queue again, to be looked at after some milliseconds. */
  readonly lookAgain: (job: QueuedGeneration, afterMs: number) => Promise<void>;
  readonly log: Pick<Logger, 'warn'>;
}

/** The name under which a job is worked on. */
export function workName({ id }: { readonly id: string }): string {
  return `generation ${id}`;
}

/**
 * The queue's task: takes one job as far as it goes now. What another process is at is left to it, and looked at later:
 * whatever called for a look, such as a provider's message, may have come just after that process looked.
 */
export function createGenerationTask({ attend, alone, lookAgain, log }: GenerationTaskOptions) {
  return async (payload: unknown, { signal, isLastTry }: { signal: AbortSignal; isLastTry: boolean }): Promise<void> => {
    if (!isQueuedGeneration(payload)) {
      // Another try would find the same.
      log.warn('A task of the queue names no generation, and was dropped.');
      return;
    }
    const { jobId: id, ownerId } = payload;
    const done = await alone(workName({ id }), async (lost) => ({
      again: await attend({ id, ownerId }, { signal: AbortSignal.any([signal, lost]), isLastTry }),
    }));
    const again = done ? done.again : busyPauseMs;
    if (again !== null) await lookAgain({ jobId: id, ownerId }, again);
  };
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function isQueuedGeneration(payload: unknown): payload is QueuedGeneration {
  const { jobId, ownerId } = Object(payload) as Partial<Record<keyof QueuedGeneration, unknown>>;
  return typeof jobId === 'string' && uuid.test(jobId) && typeof ownerId === 'string' && uuid.test(ownerId);
}
