import type { PlanConfiguration } from '../../config/runtime.js';
import { UserError } from '../../domain/user-errors.js';
import type { GenerationJob } from '../../generated/prisma/client.js';
import type { UsageMonth } from '../usage.js';

/** The month's generations are used up. */
export class QuotaExceeded extends UserError {
  readonly code = 'QUOTA_EXCEEDED';

  constructor(
    readonly usage: UsageMonth,
    /** Plans with more of them, cheapest first. */
    readonly upgradeOptions: readonly PlanConfiguration[],
  ) {
    const { plan, used, month } = usage;
    const until = month.end.toISOString().slice(0, 10);
    const more = upgradeOptions.length > 0 ? `Choose a larger plan, or wait until ${until}.` : `There will be new ones on ${until}.`;
    super(`All generations of this month are used (${used}, plan ${plan.label}). ${more}`);
  }
}

/** As many jobs are under way as the plan allows at a time. */
export class TooManyInFlight extends UserError {
  readonly code = 'TOO_MANY_IN_FLIGHT';

  constructor(
    /** Newest first. */
    readonly inFlight: readonly GenerationJob[],
  ) {
    super(
      inFlight.length === 1
        ? 'A generation of yours is under way. Wait until it is done, or cancel it.'
        : `${inFlight.length} generations of yours are under way. Wait until one is done, or cancel one.`,
    );
  }
}

/** The same idempotency key was sent with another input. */
export class IdempotencyConflict extends UserError {
  readonly code = 'IDEMPOTENCY_CONFLICT';

  constructor() {
    super('This idempotency key was used for another request. Send a new key for a new request.');
  }
}

/** The job has come to its end. */
export class JobNotCancelable extends UserError {
  readonly code = 'JOB_NOT_CANCELABLE';

  constructor(status: string) {
    super(`This generation is over (${status}); there is nothing to cancel.`);
  }
}

/** What was written asks for something that is not made here. */
export class PromptRejected extends UserError {
  readonly code = 'PROMPT_REJECTED';

  constructor() {
    super('This prompt asks for something that is not made here. Describe a room, its furniture, materials and light.');
  }
}
