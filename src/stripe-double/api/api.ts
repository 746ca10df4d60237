import { timingSafeEqual, createHash } from 'node:crypto';
import { ApiError, declined } from '../errors.js';
import { expandAnswer } from '../expand.js';
import type { FormTree } from '../form.js';
import { currentVersion, type AnyRecord } from '../records.js';
import { shown } from '../versions.js';
import type { World } from '../world.js';
import { catalogRoutes } from './catalog.js';
import { checkoutRoutes } from './checkout.js';
import { customerRoutes } from './customers.js';
import { eventRoutes } from './events.js';
import { invoiceRoutes } from './invoices.js';
import { paymentRoutes } from './payments.js';
import { portalRoutes } from './portal.js';
import type { Answer, Route } from './route.js';
import { scheduleRoutes } from './schedules.js';
import { subscriptionRoutes } from './subscriptions.js';

const routes: readonly Route[] = [
  ...customerRoutes,
  ...catalogRoutes,
  ...subscriptionRoutes,
  ...scheduleRoutes,
  ...invoiceRoutes,
  ...paymentRoutes,
  ...checkoutRoutes,
  ...portalRoutes,
  ...eventRoutes,
];

const matchers = routes.map((route) => ({
  route,
  // A path without an id is looked for first: create_preview is no invoice.
  fits: new RegExp(`^${route.path.replace(':id', '([^/]+)')}$`),
}));

export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly form: FormTree;
  /** The API version that the client asked for. */
  readonly version: string | undefined;
}

/** Does what a call asks for, wholly or not at all. @throws ApiError */
export function answerCall(world: World, { method, path, form, version = currentVersion }: ApiCall): Readonly<Record<string, unknown>> {
  for (const { route, fits } of matchers) {
    const match = route.method === method ? fits.exec(path) : null;
    if (match === null) continue;
    const { store } = world;
    // What stays done although the call fails is carried out of the transaction beside its end.
    const outcome = store.transact((): { readonly answer: Readonly<Record<string, unknown>> } | { readonly failure: ApiError } => {
      try {
        const answer = show(world, route.answer(world, form, decodeId(match[1] ?? '')), version);
        return { answer: expandAnswer(store, answer, expandsOf(form), version) };
      } catch (error) {
        if (error instanceof ApiError && error.keepsChanges) return { failure: error };
        throw error;
      }
    });
    if ('failure' in outcome) throw outcome.failure;
    return outcome.answer;
  }
  throw new ApiError(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code.`,
  });
}

function show({ store }: World, answer: Answer, version: string): Readonly<Record<string, unknown>> {
  const one = (record: Exclude<AnyRecord, { object: 'invoiceitem' | 'kept_answer' }>) => {
    if (record.object !== 'event') return shown(store, record, version);
    const { double: _, ...visible } = record;
    return visible;
  };
  if ('plain' in answer) return answer.plain;
  if ('record' in answer) return one(answer.record);
  const { data, has_more, url } = answer.page;
  return { object: 'list', data: data.map(one), has_more, url };
}

function expandsOf({ expand }: FormTree): string[] {
  if (expand === undefined || typeof expand === 'string') return [];
  return Object.values(expand).filter((path) => typeof path === 'string');
}

function decodeId(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** @throws ApiError 401 unless the header holds the key, as a bearer's token or a basic user name. */
export function authenticate(header: string | undefined, secretKey: string): void {
  const [scheme = '', value = ''] = header?.split(' ') ?? [];
  const given =
    scheme.toLowerCase() === 'bearer'
      ? value
      : scheme.toLowerCase() === 'basic'
        ? (Buffer.from(value, 'base64').toString().split(':')[0] ?? '')
        : '';
  if (given === '') {
    throw new ApiError(401, {
      type: 'invalid_request_error',
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    });
  }
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(given), digest(secretKey))) {
    throw new ApiError(401, { type: 'invalid_request_error', message: `Invalid API Key provided: ${masked(given)}` });
  }
}

/** As Stripe shows a key that it does not know. */
function masked(key: string): string {
  if (key.length <= 12) return '*'.repeat(key.length);
  return `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}

/** What a status that was asked for looks like in Stripe's words. */
export function faultOf(status: number): ApiError {
  if (status === 402) return declined(null);
  if (status === 429) {
    return new ApiError(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' });
  }
  if (status === 409) return new ApiError(409, { type: 'invalid_request_error', code: 'lock_timeout', message: 'This object cannot be accessed right now because another API request or Stripe process is currently accessing it.' });
  if (status >= 500) return new ApiError(status, { type: 'api_error', message: 'Sorry! There was an error while talking to Stripe.' });
  return new ApiError(status, { type: 'invalid_request_error', message: 'The request was refused.' });
}
