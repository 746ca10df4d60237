import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { StripeSettings } from '../../src/config/environment/providers.js';
import { Secret } from '../../src/config/secret.js';

/** One request, as it came. */
export interface StripeCall {
  /** Such as POST /v1/customers. */
  readonly request: string;
  /** The fields of its form or of its query, by their names in brackets. */
  readonly form: Readonly<Record<string, string>>;
  readonly key: string | null;
  readonly headers: IncomingMessage['headers'];
}

export type Reply =
  | { readonly status?: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string | null>> }
  /** No answer, a connection that is cut, half an answer, one that never ends, one that is no JSON. */
  | 'hang'
  | 'reset'
  | 'half'
  | 'endless'
  | 'garbage';

/** An HTTP server that answers with what a test lays out for it, in that order, and keeps what it was asked. */
export interface StripeScript {
  readonly settings: StripeSettings;
  readonly calls: readonly StripeCall[];
  reply(...replies: readonly Reply[]): void;
  /** What was laid out and nobody asked for. */
  left(): number;
  clear(): void;
  close(): Promise<void>;
}

/** In the replies' header, where none says otherwise. */
export const clock = 1_790_000_123;

export function fault(status: number, error: Readonly<Record<string, unknown>> = {}, headers = {}): Reply {
  return { status, body: { error: { type: 'invalid_request_error', ...error } }, headers };
}

export async function createStripeScript(): Promise<StripeScript> {
  const secretKey = `sk_test_${randomBytes(18).toString('hex')}`;
  const calls: StripeCall[] = [];
  const replies: Reply[] = [];
  const server = createServer((request, response) => {
    take(request)
      .then((call) => {
        calls.push(call);
        return answer(replies.shift() ?? fault(400, { code: 'not_in_the_script' }), response);
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiBase = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    settings: {
      secretKey: new Secret(secretKey),
      webhookSecret: new Secret('whsec_x'),
      previousWebhookSecret: null,
      apiBase,
    },
    calls,
    reply: (...next) => void replies.push(...next),
    left: () => replies.length,
    clear() {
      calls.length = 0;
      replies.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function take(request: IncomingMessage): Promise<StripeCall> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = '', query = ''] = (request.url ?? '').split('?');
  const text = request.method === 'POST' ? Buffer.concat(chunks).toString('utf8') : query;
  const key = request.headers['idempotency-key'];
  return {
    request: `${request.method} ${path}`,
    form: Object.fromEntries(new URLSearchParams(text)),
    key: typeof key === 'string' ? key : null,
    headers: request.headers,
  };
}

async function answer(reply: Reply, response: ServerResponse): Promise<void> {
  if (reply === 'hang') return;
  if (reply === 'reset') {
    response.destroy();
    return;
  }
  const headers = { 'content-type': 'application/json', date: new Date(clock * 1_000).toUTCString(), 'request-id': 'req_1' };
  if (reply === 'half') {
    response.writeHead(200, { ...headers, 'content-length': 100 });
    response.write('{"id":');
    return;
  }
  if (reply === 'endless') {
    response.writeHead(200, headers);
    while (!response.destroyed) {
      response.write(' '.repeat(1_000_000));
      await pause(5);
    }
    return;
  }
  if (reply === 'garbage') {
    response.writeHead(200, { ...headers, 'content-type': 'text/html' });
    response.end('<html>sk_test_1234</html>');
    return;
  }
  const given = Object.entries({ ...headers, ...reply.headers }).filter(([, value]) => value !== null);
  response.sendDate = false;
  response.writeHead(reply.status ?? 200, Object.fromEntries(given) as Record<string, string>);
  response.end(JSON.stringify(reply.body));
}
