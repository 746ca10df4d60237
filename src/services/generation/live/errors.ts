import { PublicError } from '../../../domain/errors.js';

/** There is no such job, or it is not the caller's: which of the two is nobody's business. */
export class NoSuchJob extends PublicError {
  readonly code = 'NOT_FOUND';

  constructor() {
    super('There is no such generation, or it is not yours.');
  }
}

/** A person has as many event streams open as they may have. */
export class TooManyStreams extends PublicError {
  readonly code = 'TOO_MANY_STREAMS';

  constructor(limit: number) {
    super(`You have ${limit} streams open already, which is as many as there may be. Close one, or watch all your jobs by one.`);
  }
}

/** This process has as many event streams open as it may have. */
export class StreamsExhausted extends PublicError {
  readonly code = 'SERVICE_UNAVAILABLE';

  constructor() {
    super('No further stream can be opened here at the moment. Try again in a few seconds.');
  }
}
