import { createHmac } from 'node:crypto';
import type { Delivery, StoredEvent } from './records.js';
import type { Store } from './store.js';

export interface WebhookSettings {
  readonly store: Store;
  readonly secret: string;
  /** Null where nobody is to be told. */
  url(): string | null;
  /** Milliseconds of the real time: receivers compare a signature's with theirs. */
  readonly realNow: () => number;
  /** How long after each attempt that failed the next one is made. After the last the event has failed. */
  readonly retryMilliseconds: readonly number[];
  readonly onDelivery: (event: StoredEvent) => void;
}

/** Sends events to the endpoint, at least once, in the background. */
export interface Webhooks {
  /** Looks for what is to be sent. */
  wake(): void;
  /** Sends one event now, whatever became of it before. Returns the status, or why there was none. */
  send(id: string): Promise<number | string>;
  /** Resolves when nothing is under way or waits to be tried again. What is held is not waited for. */
  whenDelivered(): Promise<void>;
  close(): Promise<void>;
}

const ANSWER_MILLISECONDS = 10_000;

export function createWebhooks(settings: WebhookSettings): Webhooks {
  const { store, onDelivery, retryMilliseconds } = settings;
  const closing = new AbortController();
  let waiting: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let run: Promise<void> | null = null;

  const pending = (): StoredEvent[] => store.list('event').filter(({ double }) => double.status === 'pending');

  function wake(): void {
    clearTimeout(timer);
    if (closing.signal.aborted || run !== null) return;
    run = sendDue().finally(() => {
      run = null;
      const left = pending();
      if (left.length === 0) {
        for (const resolve of waiting.splice(0)) resolve();
        return;
      }
      const next = Math.min(...left.map(({ double }) => double.nextAttemptAt));
      timer = setTimeout(wake, Math.max(next - Date.now(), 0)).unref();
    });
  }

  /** One after the other, in the order in which they happened; one that failed waits, and the others go on. */
  async function sendDue(): Promise<void> {
    // Whoever caused them is answered first.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const next = pending().find(({ double }) => double.nextAttemptAt <= Date.now());
      if (next === undefined || closing.signal.aborted) return;
      if (settings.url() === null) note(next, { status: 'off' });
      else await send(next.id);
    }
  }

  async function send(id: string): Promise<number | string> {
    const event = store.get('event', id);
    const url = settings.url();
    if (event === null) throw new Error(`There is no event ${id}.`);
    if (url === null) throw new Error('There is no webhook endpoint.');
    const answer = await post(url, event);
    // A process that ends leaves the event to the next one.
    if (closing.signal.aborted) return answer;
    const { double: now } = store.get('event', id) ?? event;
    const isDelivered = typeof answer === 'number' && answer >= 200 && answer < 300;
    const wait = retryMilliseconds[now.attempts];
    note(event, {
      attempts: now.attempts + 1,
      lastAnswer: answer,
      ...(isDelivered
        ? { status: 'delivered' }
        : now.status !== 'pending'
          ? {}
          : wait === undefined
            ? { status: 'failed' }
            : { nextAttemptAt: Date.now() + wait }),
    });
    return answer;
  }

  async function post(url: string, event: StoredEvent): Promise<number | string> {
    const { double: _, ...visible } = event;
    const body = JSON.stringify(visible, null, 2);
    const timeout = AbortSignal.timeout(ANSWER_MILLISECONDS);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': signatureOf(settings.secret, body, Math.floor(settings.realNow() / 1_000)),
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([timeout, closing.signal]),
      });
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      return timeout.aborted ? 'no answer in time' : reasonOf(error);
    }
  }

  function note(event: StoredEvent, change: Partial<Delivery>): void {
    const present = store.get('event', event.id) ?? event;
    const double = { ...present.double, ...change };
    onDelivery(store.put('event', { ...present, pending_webhooks: double.status === 'delivered' ? 0 : present.pending_webhooks, double }));
  }

  return {
    wake,
    send,
    whenDelivered() {
      if (closing.signal.aborted || (run === null && pending().length === 0)) return Promise.resolve();
      const done = new Promise<void>((resolve) => waiting.push(resolve));
      wake();
      return done;
    },
    async close() {
      closing.abort();
      clearTimeout(timer);
      await run;
      for (const resolve of waiting) resolve();
      waiting = [];
    },
  };
}

/** The header that Stripe signs a webhook with. `at`: seconds. */
export function signatureOf(secret: string, body: string, at: number): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code ?? 'no connection';
}
