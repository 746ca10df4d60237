import { createHash } from 'node:crypto';
import { ApiError } from './errors.js';
import type { FormTree } from './form.js';
import type { KeptAnswer } from './records.js';
import type { Store } from './store.js';
import { DAY } from './world.js';

export interface KeyedRequest {
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly form: FormTree;
}

export interface Idempotency {
  /**
   * The answer that was given before; null for a first request, which is in flight from then on, until `done`.
   *
   * @throws ApiError where the key stands for something else, or for what is still in flight.
   */
  begin(request: KeyedRequest, now: number): KeptAnswer | null;
  /** Keeps an answer for a day. Null: nothing was begun, so that the same key may be sent again. */
  done(request: KeyedRequest, answer: { readonly status: number; readonly body: string; readonly requestId: string } | null, now: number): void;
}

const MAX_KEY_LENGTH = 255;

/** One key stands for one request: repeated it is answered again, and done no more. */
export function createIdempotency(store: Store): Idempotency {
  const inFlight = new Set<string>();
  return {
    begin({ key, method, path, form }, now) {
      if (key.length > MAX_KEY_LENGTH) throw refusal(400, `Idempotency keys may be at most ${MAX_KEY_LENGTH} characters long.`);
      if (inFlight.has(key)) {
        throw refusal(
          409,
          `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
          'idempotency_key_in_use',
        );
      }
      const kept = store.get('kept_answer', key);
      if (kept === null || kept.created + DAY <= now) {
        inFlight.add(key);
        return null;
      }
      if (kept.method !== method || kept.path !== path) {
        throw refusal(
          400,
          `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${kept.path}'). Try using a key other than '${key}' if you meant to execute a different request.`,
        );
      }
      if (kept.parameters !== digestOf(form)) {
        throw refusal(
          400,
          `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
        );
      }
      return kept;
    },
    done({ key, method, path, form }, answer, now) {
      inFlight.delete(key);
      if (answer === null) return;
      store.put('kept_answer', { id: key, object: 'kept_answer', created: now, method, path, parameters: digestOf(form), ...answer });
      for (const { id, created } of store.list('kept_answer')) if (created + DAY <= now) store.remove('kept_answer', id);
    },
  };
}

const digestOf = (form: FormTree): string => createHash('sha256').update(JSON.stringify(form)).digest('base64');

function refusal(status: number, message: string, code?: string): ApiError {
  return new ApiError(status, { type: 'idempotency_error', message, ...(code === undefined ? {} : { code }) });
}
