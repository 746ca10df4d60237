/** The object that Stripe's API answers with where something is wrong. */
export interface ErrorBody {
  readonly error: {
    readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
    readonly message: string;
    readonly code?: string;
    readonly param?: string;
    readonly decline_code?: string;
    readonly doc_url?: string;
    readonly charge?: string;
  };
}

/** An answer of the API that is an error. The words are Stripe's where they are known. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly details: ErrorBody['error'],
    /** Whether what was done before stays done, as a payment that was tried does. */
    readonly keepsChanges = false,
  ) {
    super(details.message);
  }

  keepingChanges(): ApiError {
    return new ApiError(this.status, this.details, true);
  }

  body(): ErrorBody {
    const { code } = this.details;
    return {
      error: { ...this.details, ...(code === undefined ? {} : { doc_url: `https://stripe.com/docs/error-codes/${code.replaceAll('_', '-')}` }) },
    };
  }
}

export function invalidRequest(message: string, { code, param }: { code?: string; param?: string } = {}): ApiError {
  return new ApiError(400, {
    type: 'invalid_request_error',
    message,
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
  });
}

/** `noun` as in "No such customer". In a path it is 404, in a parameter 400. */
export function missing(noun: string, id: string, param = 'id'): ApiError {
  return new ApiError(param === 'id' ? 404 : 400, {
    type: 'invalid_request_error',
    code: 'resource_missing',
    message: `No such ${noun}: '${id}'`,
    param,
  });
}

/** What Stripe can do and the double cannot: better told than pretended. */
export function unsupported(what: string, param: string): ApiError {
  return invalidRequest(`The Stripe double does not support ${what}.`, { param });
}

export function declined(charge: string | null): ApiError {
  return new ApiError(402, {
    type: 'card_error',
    code: 'card_declined',
    decline_code: 'generic_decline',
    message: 'Your card was declined.',
    ...(charge === null ? {} : { charge }),
  });
}
