import type { DemoFailure } from './demo-content.js';
import { minute } from './demo-setting.js';

/** How a job ended that made no render. */
export interface Outcome {
  readonly status: 'failed' | 'canceled';
  readonly errorCode: string | null;
  readonly error: string | null;
  /** Whether the debit is given back, and the refund's words. */
  readonly refund: string | null;
  /** Milliseconds after its submission; null where it never started. */
  readonly startsAfter: number | null;
  readonly endsAfter: number;
}

/** By the content's word for it. */
export const outcomes: Readonly<Record<DemoFailure['outcome'], Outcome>> = {
  failed: {
    status: 'failed',
    errorCode: 'provider_failed',
    error: 'The picture could not be finished. Nothing was charged; please try again.',
    refund: 'The generation failed',
    startsAfter: 3_000,
    endsAfter: 41_000,
  },
  timed_out: {
    status: 'failed',
    errorCode: 'timed_out',
    error: 'This took too long and was stopped. Nothing was charged; please try again.',
    refund: 'The generation timed out',
    startsAfter: 2_000,
    endsAfter: 10 * minute + 2_000,
  },
  rejected: {
    status: 'failed',
    errorCode: 'provider_rejected',
    error: 'This prompt was declined. Nothing was charged; describe the room in other words.',
    refund: 'The prompt was declined',
    startsAfter: 2_000,
    endsAfter: 6_000,
  },
  canceled_early: {
    status: 'canceled',
    errorCode: null,
    error: null,
    refund: 'Canceled before it started',
    startsAfter: null,
    endsAfter: 5_000,
  },
  canceled_late: { status: 'canceled', errorCode: null, error: null, refund: null, startsAfter: 2_000, endsAfter: 14_000 },
};
