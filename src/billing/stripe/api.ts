import type Stripe from 'stripe';
import type { Secret } from '../../config/secret.js';
import { BillingProviderUnavailable } from '../provider.js';
import { stripeLibrary } from './library.js';
import { adviceOn, isTransient, type Refusal, refusalIn } from './refusal.js';
import { fetchAnswer } from './transport.js';

export interface StripeApiOptions {
  readonly secretKey: Secret;
  /** Its origin; its path is not looked at, since the client knows its own. */
  readonly apiBase: string;
  /** How long one try of a call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Told, in words without secrets and without anybody's own, what an operator must see to. */
  readonly onFault: (message: string) => void;
  readonly now: () => Date;
}

/** What a refusal means where it does not mean that the call failed. */
export interface Exception<T> {
  readonly when: (refusal: Refusal) => boolean;
  /** What the call comes to. It may throw. */
  readonly then: () => T;
}

interface CallOptions<T> {
  /** The price that the call is about: an operator is told where Stripe does not know it. */
  readonly priceId?: string;
  /** Advice for an operator, where Stripe refuses. */
  readonly hint?: string;
  readonly unless?: Exception<T>;
}

export type StripeApi = ReturnType<typeof createStripeApi>;

/**
 * A call is tried again twice where no answer came, or one that passes by itself, half a second and more apart and with
 * the same idempotency key. With a time-out of 8 seconds that is half of `observationSeconds`.
 */
const retries = 2;

/** Calls of Stripe by its official client. Each rejects with BillingProviderUnavailable, with nothing in it of what Stripe said. */
export function createStripeApi({ secretKey, apiBase, timeoutMs, onFault, now }: StripeApiOptions) {
  const { protocol, hostname, port } = new URL(apiBase);
  const Library = stripeLibrary();
  const client = new Library(secretKey.reveal(), {
    httpClient: Library.createFetchHttpClient(fetchAnswer),
    protocol: protocol === 'http:' ? 'http' : 'https',
    host: hostname,
    port: port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
    timeout: timeoutMs,
    maxNetworkRetries: retries,
    telemetry: false,
    appInfo: { name: 'roomfeed' },
  });

  function failureOf(error: unknown, what: string, options: CallOptions<unknown>): BillingProviderUnavailable {
    const refusal = refusalIn(error);
    if (!refusal) return new BillingProviderUnavailable(`Stripe could not be asked to ${what}: no answer that could be read.`);
    const { status, code } = refusal;
    if (!isTransient(refusal)) onFault(adviceOn(refusal, what, options));
    return new BillingProviderUnavailable(`Stripe was asked to ${what} and did not: ${status}${code === null ? '' : ` ${code}`}.`, true);
  }

  return {
    /** Asks for something, whose name in messages is `what`: "to" and a verb. */
    async call<T extends object, E = never>(
      what: string,
      ask: (client: Stripe) => Promise<Stripe.Response<T>>,
      options: CallOptions<E> = {},
    ): Promise<Stripe.Response<T> | E> {
      let answer: Stripe.Response<T>;
      try {
        answer = await ask(client);
      } catch (error) {
        // What was caught quotes the answer, and holds its headers.
        const refusal = refusalIn(error);
        const { unless } = options;
        if (refusal && unless?.when(refusal)) return unless.then();
        throw failureOf(error, what, options);
      }
      // The client takes any JSON without an error in it for an answer.
      if (answer.lastResponse.statusCode >= 300) throw misunderstood(what);
      return answer;
    },

    /** When Stripe answered, by its own clock where it says, in seconds. */
    answeredAt({ lastResponse }: Stripe.Response<object>): number {
      // With a client of `fetch` the headers are not the plain object that the client's types say.
      const { headers }: { headers: unknown } = lastResponse;
      const date = headers instanceof Headers ? Date.parse(headers.get('date') ?? '') : Number.NaN;
      return Math.floor((Number.isFinite(date) ? date : now().getTime()) / 1_000);
    },
  };
}

/** An answer that is something else, such as a proxy's page. */
export function misunderstood(what: string): BillingProviderUnavailable {
  return new BillingProviderUnavailable(`Stripe was asked to ${what} and answered something else.`, true);
}
