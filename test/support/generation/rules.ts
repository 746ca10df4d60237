import type { JobMove } from './moves.js';

/** A job as the rules look at it. */
export interface Standing {
  readonly id: string;
  readonly ownerId: string;
  readonly status: string;
  readonly errorCode: string | null;
  readonly predictionId: string | null;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
}

/** What a plan of these tests allows. */
export const allowed = { generations: 3, inFlight: 2 } as const;

/** As configured by default. */
const stuckAfterMs = { processing: 10 * 60_000, starting: 60 * 60_000 } as const;

export const isUnfinished = ({ status }: Standing): boolean => status === 'starting' || status === 'processing';
const isGivenUp = ({ status, errorCode }: Standing): boolean => status === 'failed' && errorCode === 'timed_out';

/** A job that counts: it may come to something, or has, or was canceled when somebody was at work on it. */
export const isCharged = (job: Standing): boolean =>
  job.status !== 'failed' && !(job.status === 'canceled' && job.startedAt === null);

/** Jobs move forward only; the one exception is a success after all. */
export function mayFollow(before: Standing, after: Standing): boolean {
  if (before.status === after.status) return before.errorCode === after.errorCode;
  if (before.status === 'starting') return true;
  if (before.status === 'processing') return after.status !== 'starting';
  return isGivenUp(before) && after.status === 'succeeded';
}

/** Where a job stands after a move that nothing comes in the way of, as `status` or `status: error code`. */
export function standingAfter(job: Standing, taken: JobMove, isMeant: boolean, now: Date): string {
  const stays = standingOf(job);
  if (taken.move === 'sweep') {
    const since = job.status === 'processing' ? (job.startedAt ?? job.createdAt) : job.createdAt;
    const patience = stuckAfterMs[job.status as keyof typeof stuckAfterMs];
    return isUnfinished(job) && now.getTime() - since.getTime() > patience ? 'failed: timed_out' : stays;
  }
  if (!isMeant) return stays;
  if (taken.move === 'cancel') return isUnfinished(job) ? 'canceled' : stays;
  const { script, isElsewhere, isLastTry } = taken;
  if (isGivenUp(job)) return job.predictionId !== null && script === 'succeeds' ? 'succeeded' : stays;
  if (!isUnfinished(job)) return stays;
  if (script === 'is away') return isLastTry ? 'failed: provider_failed' : stays;
  if (script === 'refuses') return 'failed: provider_rejected';
  // One elsewhere is not asked right after it began.
  if (job.status === 'starting' && isElsewhere) return 'processing';
  if (script === 'works on') return 'processing';
  return script === 'succeeds' ? 'succeeded' : 'failed: provider_failed';
}

export function standingOf({ status, errorCode }: Standing): string {
  return errorCode === null ? status : `${status}: ${errorCode}`;
}
