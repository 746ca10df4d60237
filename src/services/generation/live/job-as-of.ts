import { isFinished } from '../../../domain/jobs.js';
import { partKey } from '../../../domain/selection.js';
import type { JobEventWithJob } from '../../../repositories/job-events.js';
import type { GenerationJobRow } from '../../../repositories/rows.js';
import { stuckMessage } from '../states.js';

const nothingMade = { [partKey('render', undefined)]: null };

/**
 * A job as it was when an event was written, from its row as it is now: with the status and progress of the event, and
 * without what came later. What was made is shown as it is now.
 */
export function jobAsOf({ status, progress, createdAt }: Omit<JobEventWithJob, 'job'>, job: GenerationJobRow): GenerationJobRow {
  return {
    ...job,
    status,
    progress,
    startedAt: status === 'starting' ? null : job.startedAt,
    // A job ends at the instant of the event that says so.
    completedAt: isFinished(status) ? createdAt : null,
    ...(status === 'failed' ? failureOf(job) : { errorCode: null, error: null }),
    parts: status === 'succeeded' ? job.parts : { ...job.parts, ...nothingMade },
  };
}

/** A late success takes the failure away, and only a job that took too long can have one. */
function failureOf({ errorCode, error }: GenerationJobRow): Pick<GenerationJobRow, 'errorCode' | 'error'> {
  return errorCode === null ? { errorCode: 'timed_out', error: stuckMessage } : { errorCode, error };
}
