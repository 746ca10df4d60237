import { stripeLibrary } from './library.js';

/** What Stripe answered in place of what it was asked for: its own words for the kind of error, and none of its sentences. */
export interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  readonly code: string | null;
  /** The parameter that is at fault. */
  readonly param: string | null;
  /** Whether it is that the customer has nothing to pay with. */
  readonly hasNothingToPayWith: boolean;
}

/** The refusal that an error of the client's stands for; null where there was no answer, or none of the API's. */
export function refusalIn(error: unknown): Refusal | null {
  if (!(error instanceof stripeLibrary().errors.StripeError)) return null;
  const { statusCode: status } = error;
  if (status === undefined || status < 400) return null;
  const code = safe(error.code, /^[a-z][a-z0-9_]{0,79}$/);
  const param = safe(error.param, /^[a-z][a-z0-9_[\]]{0,119}$/);
  return {
    status,
    code,
    param,
    // It has the code of a thing that is not there, and names no parameter.
    hasNothingToPayWith:
      code === 'resource_missing' && param === null && /payment (source|method)/i.test(error.message.slice(0, 1_000)),
  };
}

function safe(value: unknown, shape: RegExp): string | null {
  return typeof value === 'string' && shape.test(value) ? value : null;
}

/** Whether it passes by itself: too many requests, another one at work on the same thing, a fault of Stripe's. */
export const isTransient = ({ status, code }: Refusal): boolean =>
  status >= 500 || status === 408 || status === 409 || status === 429 || code === 'rate_limit' || code === 'lock_timeout';

/** Whether what was asked about is not there. */
export const isMissing = ({ code, hasNothingToPayWith }: Refusal): boolean =>
  code === 'resource_missing' && !hasNothingToPayWith;

/** Whether the payment did not go through. */
export const isDeclined = ({ status, hasNothingToPayWith }: Refusal): boolean => status === 402 || hasNothingToPayWith;

/** What an operator has to see to, where Stripe refused for good to do something. */
export function adviceOn(refusal: Refusal, what: string, { priceId, hint }: { priceId?: string; hint?: string }): string {
  const { status, code, param } = refusal;
  if (status === 401) return 'Stripe does not know the key in STRIPE_SECRET_KEY (401). Give one that is in force.';
  if (status === 403) return `The key in STRIPE_SECRET_KEY may not ${what} (403). Give it the permission in Stripe's dashboard.`;
  if (priceId !== undefined && isMissing(refusal) && /(^|\[)price\]?$/.test(param ?? '')) {
    return (
      `Stripe knows no price ${priceId}. Correct "priceId" of its plan (plans.….priceId), or STRIPE_SECRET_KEY where it ` +
      "is another account's, or of test mode in place of live mode."
    );
  }
  const words = [String(status), code, param && `(${param})`].filter((word) => word !== null).join(' ');
  return `Stripe refused to ${what}: ${words}.${hint === undefined ? '' : ` ${hint}`}`;
}
