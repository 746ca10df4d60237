import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { parseUrl } from '../config/parse-url.js';
import { createApiFront, type ApiFront, type RecordedCall } from './api/front.js';
import { stockPrice, type CatalogPrice } from './catalog.js';
import { createClock } from './clock.js';
import { createControl, runCommand, type Control } from './control.js';
import { nextDueAt, settleUntil } from './due.js';
import { ApiError } from './errors.js';
import { createFaults } from './faults.js';
import { parseForm } from './form.js';
import { isForLoopback, readText, send } from './http.js';
import { checkoutPage } from './pages/checkout.js';
import { notFound, type PageAnswer } from './pages/html.js';
import { invoicePage } from './pages/invoice.js';
import { portalPage } from './pages/portal.js';
import { currentVersion, type StoredEvent } from './records.js';
import { createStore, type Store } from './store.js';
import { stockSubscriber, type Subscriber } from './subscribers.js';
import { createWebhooks, signatureOf } from './webhooks.js';
import { HOUR, type World } from './world.js';

export interface StripeDoubleOptions {
  /** Default: 0, any that is free. */
  readonly port?: number;
  /** An address of this machine alone. */
  readonly host?: '127.0.0.1' | '::1' | 'localhost';
  readonly secretKey: string;
  readonly webhookSecret: string;
  /** Where events are sent to; left out, or null, to nobody until `setWebhookUrl`. */
  readonly webhookUrl?: string | null;
  readonly prices: readonly CatalogPrice[];
  /** Who has subscribed already; those whom the state file knows stay as they are. */
  readonly subscribers?: readonly Subscriber[];
  /** Milliseconds since 1970. Default: the real time. The double's own clock may be ahead of it. */
  readonly now?: () => number;
  /** Where the state is kept, so that it outlives the process. Default: nowhere. */
  readonly stateFile?: string | null;
  /** The API version in which events are written, such as 2024-06-20. Default: the official client's. */
  readonly eventVersion?: string;
  /** Milliseconds until each further attempt to deliver an event. */
  readonly retryMilliseconds?: readonly number[];
  /** Days after a renewal's first failure at which it is tried again. */
  readonly retryDays?: readonly number[];
  /** As long as a renewal's invoice is a draft. */
  readonly draftSeconds?: number;
  readonly log?: (line: string) => void;
}

export interface StripeDouble extends Control {
  /** Without a slash at its end. */
  readonly url: string;
  /** What a gateway is to be started with to use it. */
  readonly environment: Readonly<Record<'STRIPE_SECRET_KEY' | 'STRIPE_WEBHOOK_SECRET' | 'STRIPE_API_BASE', string>>;
  setWebhookUrl(url: string | null): void;
  /** The latest calls of the API that a pattern fits, as `fail` takes it; all without one. */
  calls(pattern?: string): readonly RecordedCall[];
  /** The header for a body that a test writes itself. `at`: seconds; default: now, in real time. */
  signatureOf(body: string, at?: number): string;
  close(): Promise<void>;
}

const MAX_EVENTS = 5_000;
const LONGEST_TIMER = 60_000;

/**
 * Stripe over HTTP, as far as subscriptions go, with a memory and a clock that can be moved.
 *
 * @throws Error where it cannot listen, or the state file is none.
 */
export async function createStripeDouble(options: StripeDoubleOptions): Promise<StripeDouble> {
  const { secretKey, webhookSecret, now: realNow = Date.now, log = () => undefined } = options;
  const host = options.host ?? '127.0.0.1';
  if (!['127.0.0.1', '::1', 'localhost'].includes(host)) throw new Error('The Stripe double listens on this machine only.');
  const store = createStore(options.stateFile ?? null);
  const faults = createFaults();
  let webhookUrl = options.webhookUrl ?? null;
  let isHolding = false;
  let address = '';
  let timer: NodeJS.Timeout | undefined;
  let saving: NodeJS.Timeout | undefined;

  const world: World = {
    store,
    clock: createClock({ realNow, offset: () => store.clockOffset() }),
    address: () => address,
    request: () => front.request(),
    rules: {
      eventVersion: options.eventVersion ?? currentVersion,
      isHolding: () => isHolding,
      draftSeconds: options.draftSeconds ?? HOUR,
      retryDays: options.retryDays ?? [1, 3, 5, 7],
    },
  };
  const webhooks = createWebhooks({
    store,
    secret: webhookSecret,
    url: () => webhookUrl,
    realNow,
    retryMilliseconds: options.retryMilliseconds ?? [1_000, 5_000, 30_000, 120_000, 600_000, 3_600_000],
    onDelivery(event) {
      // One that is not noted is delivered again, which may happen anyhow; so many deliveries are noted at once.
      saving ??= setTimeout(save, 100).unref();
      log(describeDelivery(event));
    },
  });

  function save(): void {
    clearTimeout(saving);
    saving = undefined;
    forgetOldEvents(store);
    store.save();
  }

  /** What has fallen due by now comes first; what is done is saved before anybody is told. */
  function commit<Result>(work: () => Result): Result {
    try {
      settleUntil(world, world.clock.now());
      return work();
    } finally {
      save();
      webhooks.wake();
      rearm();
    }
  }

  /** Time passes by itself, too. */
  function rearm(): void {
    clearTimeout(timer);
    const next = nextDueAt(world);
    if (next === null) return;
    const wait = Math.min(Math.max((next - world.clock.now()) * 1_000, 0), LONGEST_TIMER);
    timer = setTimeout(() => {
      try {
        commit(() => undefined);
      } catch (error) {
        log(`! ${(error as Error).stack ?? String(error)}`);
      }
    }, wait).unref();
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = parseUrl(`http://double${incoming.url ?? '/'}`);
    const method = incoming.method ?? 'GET';
    response.setHeader('date', new Date(world.clock.now() * 1_000).toUTCString());
    if (!isForLoopback(incoming)) return send(response, 403, 'text/html; charset=utf-8', notFoundText);
    if (target === null) return send(response, 404, 'text/html; charset=utf-8', notFoundText);
    const { pathname: path, search } = target;
    if (path.startsWith('/v1/')) return front.answer(incoming, response, { method, path, query: search.slice(1) });
    if (path.startsWith('/double/')) return answerControl(incoming, response, { method, path });
    return answerPage(incoming, response, { method, path });
  }

  async function answerControl(incoming: IncomingMessage, response: ServerResponse, { method, path }: { readonly method: string; readonly path: string }): Promise<void> {
    try {
      const body = await readText(incoming);
      // A form on some web page cannot send this type.
      if (method !== 'GET' && body !== '' && !(incoming.headers['content-type'] ?? '').startsWith('application/json')) {
        throw new ApiError(415, { type: 'invalid_request_error', message: 'Send application/json.' });
      }
      if (incoming.headers['sec-fetch-site'] === 'cross-site') throw new ApiError(403, { type: 'invalid_request_error', message: 'Not from another site.' });
      const done = await runCommand(control, { method, path, body });
      if (done === null) throw new ApiError(404, { type: 'invalid_request_error', message: `There is no command ${method} ${path}.` });
      send(response, 200, 'application/json', `${JSON.stringify(done, null, 2)}\n`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      send(response, error.status, 'application/json', `${JSON.stringify(error.body(), null, 2)}\n`);
    }
  }

  async function answerPage(incoming: IncomingMessage, response: ServerResponse, { method, path }: { readonly method: string; readonly path: string }): Promise<void> {
    try {
      const body = method === 'POST' ? parseForm(await readText(incoming)) : {};
      const action = typeof body['action'] === 'string' ? body['action'] : null;
      const [, kind, id = '', ...rest] = path.split('/');
      const open = rest.length === 0 && (method === 'GET' || method === 'POST') ? pages[kind ?? ''] : undefined;
      const shown = open === undefined ? notFound() : commit(() => store.transact(() => open(id, action)));
      if (shown.kind === 'redirect') {
        response.writeHead(303, { location: shown.to, 'content-length': 0, 'referrer-policy': 'no-referrer' }).end();
        return;
      }
      send(response, shown.status, 'text/html; charset=utf-8', shown.page.html, pageHeaders);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      send(response, error.status, 'text/html; charset=utf-8', notFoundText, pageHeaders);
    }
  }

  const pages: Readonly<Record<string, (id: string, action: string | null) => PageAnswer>> = {
    checkout: (id, action) => checkoutPage(world, id, action),
    portal: (id, action) => portalPage(world, id, action),
    invoices: (id) => invoicePage(world, id),
  };

  const front: ApiFront = createApiFront({ world, secretKey, faults, commit, save, log });
  const control = createControl({ world, faults, webhooks, commit: (work) => commit(() => store.transact(work)), setHolding: (holding) => void (isHolding = holding) });

  for (const price of options.prices) stockPrice(world, price);
  for (const subscriber of options.subscribers ?? []) stockSubscriber(world, subscriber);
  // What the process before did not get rid of goes out now, however long it was going to wait.
  for (const event of store.list('event')) {
    if (event.double.status === 'pending' || event.double.status === 'held') {
      store.put('event', { ...event, double: { ...event.double, status: 'pending', nextAttemptAt: 0 } });
    }
  }
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      // A client that is gone needs no answer, and no line in the log.
      if (!incoming.destroyed || incoming.complete) log(`! ${(error as Error).stack ?? String(error)}`);
      response.destroy();
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(options.port ?? 0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  address = `http://${host === '::1' ? '[::1]' : host}:${port}`;
  commit(() => undefined);

  return {
    ...control,
    url: address,
    environment: { STRIPE_SECRET_KEY: secretKey, STRIPE_WEBHOOK_SECRET: webhookSecret, STRIPE_API_BASE: address },
    setWebhookUrl(url) {
      webhookUrl = url;
      webhooks.wake();
    },
    calls: (pattern = '*') => front.calls(pattern),
    signatureOf: (body, at = Math.floor(realNow() / 1_000)) => signatureOf(webhookSecret, body, at),
    async close() {
      clearTimeout(timer);
      await webhooks.close();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      save();
    },
  };
}

/** The newest are kept, and those that wait to be delivered. */
function forgetOldEvents(store: Store): void {
  const events = store.list('event');
  for (const { id, double } of events.slice(0, Math.max(events.length - MAX_EVENTS, 0))) {
    if (double.status !== 'pending' && double.status !== 'held') store.remove('event', id);
  }
}

const notFoundText = '<!doctype html><title>Not found</title><p>There is nothing here.</p>';

/** No script, and nothing from elsewhere. Where forms lead is not limited: paying ends in the gateway's pages. */
const pageHeaders = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

function describeDelivery({ id, type, double }: StoredEvent): string {
  const answer = double.lastAnswer === null ? '' : ` (${double.lastAnswer})`;
  return `${type} ${id}: ${double.status === 'pending' ? 'to be tried again' : double.status}${answer}`;
}
