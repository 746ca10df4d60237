import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from '../errors.js';
import { type Fault, type Faults, matcherOf } from '../faults.js';
import { type FormTree, parseForm } from '../form.js';
import { readText, send } from '../http.js';
import { createIdempotency, type KeyedRequest } from '../idempotency.js';
import { currentVersion } from '../records.js';
import { newId } from '../store.js';
import type { World } from '../world.js';
import { answerCall, authenticate, faultOf } from './api.js';

/** A call of the API, as it was answered; null where it was not. */
export interface RecordedCall {
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | null;
  readonly status: number | null;
}

/** The API over HTTP: keys, faults, and around each call what Stripe's answers have around them. */
export interface ApiFront {
  answer(incoming: IncomingMessage, response: ServerResponse, target: { readonly method: string; readonly path: string; readonly query: string }): Promise<void>;
  /** The request that is being answered at this moment. */
  request(): ReturnType<World['request']>;
  calls(pattern: string): readonly RecordedCall[];
}

export interface ApiFrontParts {
  readonly world: World;
  readonly secretKey: string;
  readonly faults: Faults;
  readonly commit: <Result>(work: () => Result) => Result;
  readonly save: () => void;
  readonly log: (line: string) => void;
}

const MAX_RECORDED_CALLS = 5_000;

interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string | ApiError;
  readonly key: string | null;
  readonly requestId: string;
  readonly version: string;
  readonly fault: Fault | null;
  readonly authorization: string | undefined;
}

interface Result {
  readonly status: number;
  readonly body: string;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function createApiFront({ world, secretKey, faults, commit, save, log }: ApiFrontParts): ApiFront {
  const idempotency = createIdempotency(world.store);
  const calls: RecordedCall[] = [];
  let request: ReturnType<World['request']> = null;

  async function answer(
    incoming: IncomingMessage,
    response: ServerResponse,
    { method, path, query }: { readonly method: string; readonly path: string; readonly query: string },
  ): Promise<void> {
    const header = incoming.headers['idempotency-key'];
    const key = method === 'POST' && typeof header === 'string' && header !== '' ? header : null;
    const requestId = newId('req_', 14);
    const fault = faults.isAway() ? 'reset' : faults.take(method, path);
    const record = (status: number | null): void => {
      calls.push({ method, path, idempotencyKey: key, status });
      if (calls.length > MAX_RECORDED_CALLS) calls.shift();
    };
    const text = await readText(incoming).catch((error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    });
    if (fault === 'hang' || fault === 'reset') {
      record(null);
      if (fault === 'reset') incoming.socket.destroy();
      return;
    }
    const version = typeof incoming.headers['stripe-version'] === 'string' ? incoming.headers['stripe-version'] : currentVersion;
    const result = await perform({ method, path, query, body: text, key, requestId, version, fault, authorization: incoming.headers.authorization });
    record(fault === 'lost answer' ? null : result.status);
    if (fault === 'lost answer') return void incoming.socket.destroy();
    if (fault === 'garbage') return send(response, 200, 'text/html; charset=utf-8', '<h1>Something else</h1>');
    response.setHeader('date', new Date(world.clock.now() * 1_000).toUTCString());
    send(response, result.status, 'application/json', result.body, {
      'request-id': result.requestId,
      'stripe-version': version,
      ...(key === null ? {} : { 'idempotency-key': key }),
      ...result.headers,
    });
  }

  async function perform({ method, path, query, body, key, requestId, version, fault, authorization }: Wanted): Promise<Result> {
    const failed = (error: ApiError, headers: Result['headers'] = {}): Result => ({
      status: error.status,
      body: JSON.stringify(error.body(), null, 2),
      requestId,
      headers,
    });
    let keyed: KeyedRequest | null = null;
    try {
      authenticate(authorization, secretKey);
      if (body instanceof ApiError) throw body;
      const form: FormTree = parseForm(method === 'GET' ? query : [query, body].filter((part) => part !== '').join('&'));
      if (key !== null) {
        const wanted = { key, method, path, form };
        const kept = idempotency.begin(wanted, world.clock.now());
        if (kept !== null) {
          return {
            status: kept.status,
            body: kept.body,
            requestId,
            headers: { 'idempotent-replayed': 'true', 'original-request': kept.requestId, ...(kept.status >= 500 ? { 'stripe-should-retry': 'false' } : {}) },
          };
        }
        keyed = wanted;
      }
      if (typeof fault === 'number') return failRequest(keyed, faultOf(fault), failed);
      const result = commit((): Result => {
        request = { id: requestId, idempotencyKey: key };
        try {
          const answered = answerCall(world, { method, path, form, version });
          return { status: 200, body: JSON.stringify(answered, null, 2), requestId, headers: {} };
        } finally {
          request = null;
        }
      });
      if (typeof fault === 'object' && fault !== null) await new Promise((resolve) => setTimeout(resolve, fault.delay).unref());
      if (keyed !== null) keep(keyed, result);
      return result;
    } catch (error) {
      const known = error instanceof ApiError ? error : new ApiError(500, { type: 'api_error', message: 'The Stripe double failed.' });
      if (!(error instanceof ApiError)) log(`! ${(error as Error).stack ?? String(error)}`);
      const result = failed(known);
      if (keyed !== null) keep(keyed, isBeforeExecution(known) ? null : result);
      return result;
    }
  }

  /** A 500 came in the middle of something, and stays the answer to its key; what else is wrong came before anything. */
  function failRequest(keyed: KeyedRequest | null, error: ApiError, failed: (error: ApiError, headers?: Result['headers']) => Result): Result {
    const isKept = error.status === 500 || error.status === 402;
    const result = failed(error, error.status === 500 && keyed !== null ? { 'stripe-should-retry': 'false' } : {});
    if (keyed !== null) keep(keyed, isKept ? result : null);
    return result;
  }

  function keep(keyed: KeyedRequest, result: Result | null): void {
    idempotency.done(keyed, result === null ? null : { status: result.status, body: result.body, requestId: result.requestId }, world.clock.now());
    save();
  }

  return {
    answer,
    request: () => request,
    calls(pattern) {
      const fits = matcherOf(pattern);
      return calls.filter(({ method, path }) => fits(`${method} ${path}`));
    },
  };
}

/** What Stripe refuses before it begins is not kept: the key may be sent again with better parameters. */
function isBeforeExecution({ status, details }: ApiError): boolean {
  return status === 401 || status === 409 || status === 413 || details.type === 'idempotency_error' || (details.code?.startsWith('parameter') ?? false);
}
