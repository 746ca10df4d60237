/** Where a job stands. It moves forward only: starting, processing, then one of the others. */
export type JobStatus = 'starting' | 'processing' | 'succeeded' | 'failed' | 'canceled';

/** Why a job failed. */
export type JobErrorCode = 'provider_failed' | 'provider_rejected' | 'timed_out' | 'input_unreadable' | 'internal';

export const unfinished: readonly JobStatus[] = ['starting', 'processing'];

export function isFinished(status: string): boolean {
  return !unfinished.some((other) => other === status);
}

/** A change of a job, in the order of its owner's jobs. */
export interface JobEvent {
  readonly ownerId: string;
  /** Counts the changes of all jobs of the owner, from 1 on. */
  readonly seq: number;
  readonly jobId: string;
  readonly status: JobStatus;
  /** 0 to 1. */
  readonly progress: number;
  readonly createdAt: Date;
}

/** The channel on which each process is told of new events; the payload is `<owner> <newest seq>`. */
export const jobEventsChannel = 'roomfeed_job_events';

/** The task that looks after one job. */
export const generateTask = 'generate';
