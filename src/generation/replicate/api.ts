import Replicate from 'replicate';
import type { Secret } from '../../config/secret.js';
import { ProviderUnavailable } from '../provider.js';
import { parseAnswer, type PredictionAnswer } from './answer.js';
import { readAtMost } from './bytes.js';
import type { ModelReference } from './input.js';

/** Replicate will not do it, and would not another time. The message is for logs: nothing of what it said. */
export class ReplicateRefusal extends Error {
  override readonly name = 'ReplicateRefusal';

  constructor(
    readonly status: number,
    what: string,
  ) {
    super(`Replicate refused to ${what}: ${status}.`);
  }
}

export interface ReplicateApiOptions {
  readonly token: Secret;
  /** With or without the API's version. */
  readonly apiBase: string;
  /** How long a call may take, in milliseconds. */
  readonly timeouts: { readonly call: number; readonly upload: number };
  /** Told, in words without secrets, what an operator must see to. */
  readonly onFault: (message: string) => void;
}

export type ReplicateApi = ReturnType<typeof createReplicateApi>;

/** A prediction's description with its logs; what is longer is no answer of an API. */
const maxAnswerBytes = 8 * 1024 * 1024;

/** Nobody but an operator can do something about these: the token, its rights, the account's credit. */
const operatorStatuses: ReadonlySet<number> = new Set([401, 402, 403]);

/**
 * The calls that we make, by the official client. Each is one request at most: the client would send a request five times
 * more, at once, where a connection fails, a creation too; what is worth another try is for the queue to say.
 *
 * Each call rejects with ProviderUnavailable for what passes by itself, and with ReplicateRefusal for what does not.
 */
export function createReplicateApi({ token, apiBase, timeouts, onFault }: ReplicateApiOptions) {
  const baseUrl = baseUrlOf(apiBase);

  async function call(
    what: string,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
    ask: (client: Replicate, signal: AbortSignal) => Promise<unknown>,
  ): Promise<unknown> {
    const limited = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
    let sent: Promise<Response> | undefined;
    let status: number | undefined;
    async function send(input: Request | string | URL, init?: RequestInit): Promise<Response> {
      // The token goes to the configured address and to no other.
      const response = await fetch(input, { ...init, redirect: 'error' });
      const body = await readAtMost(response, maxAnswerBytes);
      if (body === null) throw new Error('The answer is too long.');
      status = response.status;
      const { headers, statusText } = response;
      return new Response(hasNoBody(response.status) ? null : body, { status: response.status, statusText, headers });
    }
    const client = new Replicate({
      auth: token.reveal(),
      baseUrl,
      useFileOutput: false,
      fetch: (input, init) => (sent ??= send(input, init)),
    });
    try {
      return await ask(client, limited);
    } catch {
      // What was caught quotes the answer and holds the request, with the token.
      throw failureOf(what, status);
    }
  }

  function failureOf(what: string, status: number | undefined): Error {
    if (status === undefined) return new ProviderUnavailable(`Replicate could not be asked to ${what}: no answer in time.`);
    if (operatorStatuses.has(status)) {
      onFault(`Replicate answered ${status} when it was asked to ${what}. Check REPLICATE_API_TOKEN, and the account's credit.`);
      return new ProviderUnavailable(`Replicate could not be asked to ${what}: ${status}.`);
    }
    const isForGood = status >= 400 && status < 500 && status !== 408 && status !== 429;
    // A success that could not be read is somebody else's, such as a proxy's page.
    return isForGood
      ? new ReplicateRefusal(status, what)
      : new ProviderUnavailable(`Replicate could not be asked to ${what}: ${status}.`);
  }

  function understood(what: string, answer: unknown): PredictionAnswer {
    const parsed = parseAnswer(answer);
    if (!parsed) throw new ProviderUnavailable(`Replicate was asked to ${what} and answered something else.`);
    return parsed;
  }

  return {
    /** Keeps a photo for a model to read, for a day; returns its address. */
    async uploadPhoto(bytes: Buffer, contentType: string, signal: AbortSignal): Promise<string> {
      const what = 'take a photo';
      // The name is all that a model may know of its type.
      const file = new File([new Uint8Array(bytes)], `photo.${contentType.slice(contentType.indexOf('/') + 1)}`, { type: contentType });
      const answer = await call(what, { timeoutMs: timeouts.upload, signal }, (client, limited) =>
        client.files.create(file, {}, { signal: limited }),
      );
      const url = (answer as { urls?: { get?: unknown } } | null)?.urls?.get;
      if (typeof url !== 'string') throw new ProviderUnavailable(`Replicate was asked to ${what} and answered something else.`);
      return url;
    },

    async createPrediction(
      {
        reference,
        input,
        webhook,
      }: { reference: ModelReference; input: Readonly<Record<string, unknown>>; webhook: string | null },
      signal: AbortSignal,
    ): Promise<PredictionAnswer> {
      const what = 'create a prediction';
      const answer = await call(what, { timeoutMs: timeouts.call, signal }, (client, limited) =>
        client.predictions.create({
          ...reference,
          input,
          ...(webhook === null ? {} : { webhook, webhook_events_filter: ['start', 'completed'] }),
          signal: limited,
        }),
      );
      return understood(what, answer);
    },

    async getPrediction(id: string, signal: AbortSignal): Promise<PredictionAnswer> {
      const what = 'describe a prediction';
      const answer = await call(what, { timeoutMs: timeouts.call, signal }, (client, limited) =>
        client.predictions.get(encodeURIComponent(id), { signal: limited }),
      );
      return understood(what, answer);
    },

    async cancelPrediction(id: string): Promise<void> {
      await call('cancel a prediction', { timeoutMs: timeouts.call }, (client, limited) =>
        client.predictions.cancel(encodeURIComponent(id), { signal: limited }),
      );
    },
  };
}

/** The API's own address has no path, and the client wants its version in it. */
function baseUrlOf(apiBase: string): string {
  const url = new URL(apiBase);
  return url.pathname === '/' ? new URL('/v1', url).href : apiBase;
}

function hasNoBody(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}
