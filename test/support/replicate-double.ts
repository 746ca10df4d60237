import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type ReplicateCall = 'create' | 'get' | 'cancel' | 'upload' | 'download';

/**
 * What goes wrong with a call: a status, no answer, a connection that is cut before anything was done or after all of it
 * was, an answer that is no JSON, or one that is JSON of something else.
 */
export type Fault = number | 'hang' | 'reset' | 'lost answer' | 'garbage' | 'something else';

export interface DoublePrediction {
  readonly id: string;
  status: string;
  readonly model: string | undefined;
  readonly version: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
  readonly webhook: string | undefined;
  readonly webhook_events_filter: readonly string[] | undefined;
  output: unknown;
  error: unknown;
  logs: string;
}

/** A file that the double hands out; what is wrong with it is the test's to say. */
export interface ServedFile {
  readonly body: Buffer;
  readonly contentType?: string;
  readonly status?: number;
  readonly location?: string;
  /** Sent without saying how long it is. */
  readonly isChunked?: boolean;
}

export interface Delivery {
  /** Of the gateway. */
  readonly to: string;
  /** Default: a new event. */
  readonly eventId?: string;
  /** Default: now. */
  readonly at?: Date;
  /** Default: the double's own. */
  readonly secret?: string;
  /** Default: the prediction as it stands. */
  readonly body?: string;
  /** Changed after it was signed. */
  readonly tamper?: (body: string) => string;
  /** In place of the address that the prediction was begun with. */
  readonly path?: string;
}

/** Replicate over HTTP, as far as the gateway uses it, with a memory; what it makes and when is the test's to say. */
export interface ReplicateDouble {
  readonly environment: Readonly<Record<string, string>>;
  readonly token: string;
  readonly secret: string;
  readonly predictions: readonly DoublePrediction[];
  /** Photos that were uploaded, by their address. */
  readonly photos: ReadonlyMap<string, { readonly bytes: Buffer; readonly contentType: string }>;
  calls(call: ReplicateCall): number;
  /** Headers of every download. */
  readonly downloadHeaders: readonly IncomingMessage['headers'][];
  /** Resolves when a prediction was canceled. */
  canceled(id: string): Promise<void>;
  fail(call: ReplicateCall, ...faults: Fault[]): void;
  /** Hands out a file from now on; returns its address. */
  serve(file: ServedFile): string;
  finish(id: string, change: Partial<Pick<DoublePrediction, 'status' | 'output' | 'error' | 'logs'>>): void;
  /** Sends a signed webhook to the gateway; resolves with its answer. */
  deliver(id: string, delivery: Delivery): Promise<Response>;
  close(): Promise<void>;
}

export async function createReplicateDouble(): Promise<ReplicateDouble> {
  const token = `r8_${randomBytes(18).toString('hex')}`;
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const predictions: DoublePrediction[] = [];
  const files = new Map<string, ServedFile>();
  const photos = new Map<string, { bytes: Buffer; contentType: string }>();
  const counts = new Map<ReplicateCall, number>();
  const faults = new Map<ReplicateCall, Fault[]>();
  const downloadHeaders: IncomingMessage['headers'][] = [];
  const cancellations = new EventEmitter();
  const sockets = new Set<Socket>();

  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const find = (id: string): DoublePrediction => {
    const found = predictions.find((prediction) => prediction.id === id);
    if (!found) throw new Error(`There is no prediction ${id}.`);
    return found;
  };

  function describe(prediction: DoublePrediction): object {
    const { id } = prediction;
    return { ...prediction, urls: { get: `${url}/v1/predictions/${id}`, cancel: `${url}/v1/predictions/${id}/cancel` } };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', url);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const call = callOf(request.method, pathname);
    if (!call) return json(response, 404, { detail: 'Not found' });
    counts.set(call, (counts.get(call) ?? 0) + 1);
    const fault = faults.get(call)?.shift();
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (fault === 'garbage') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Busy</h1>');
    if (fault === 'something else') return json(response, 200, { detail: 'Hello' });
    if (typeof fault === 'number') return json(response, fault, { detail: 'A reason that nobody else needs to read.' });
    if (fault === 'lost answer') response.end = () => response.destroy();
    if (call === 'download') {
      downloadHeaders.push(request.headers);
      return send(response, files.get(pathname));
    }
    if (request.headers.authorization !== `Bearer ${token}`) return json(response, 401, { detail: 'Unauthenticated' });
    switch (call) {
      case 'create':
        return json(response, 201, describe(create(pathname, JSON.parse(body.toString()) as Partial<DoublePrediction>)));
      case 'upload':
        return json(response, 201, { urls: { get: await keep(request, body) } });
      case 'get':
      case 'cancel': {
        const prediction = predictions.find(({ id }) => pathname.split('/')[3] === id);
        if (!prediction) return json(response, 404, { detail: 'Not found' });
        if (call === 'cancel' && ['starting', 'processing'].includes(prediction.status)) {
          prediction.status = 'canceled';
          cancellations.emit(prediction.id);
        }
        return json(response, 200, describe(prediction));
      }
    }
  }

  function create(pathname: string, sent: Partial<DoublePrediction>): DoublePrediction {
    const prediction: DoublePrediction = {
      id: randomUUID().replaceAll('-', ''),
      status: 'starting',
      model: /^\/v1\/models\/(.+)\/predictions$/.exec(pathname)?.[1],
      version: sent.version,
      input: sent.input ?? {},
      webhook: sent.webhook,
      webhook_events_filter: sent.webhook_events_filter,
      output: null,
      error: null,
      logs: '',
    };
    predictions.push(prediction);
    return prediction;
  }

  async function keep(request: IncomingMessage, body: Buffer): Promise<string> {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': request.headers['content-type'] ?? '' } }).formData();
    const content = form.get('content') as File;
    const address = `${url}/v1/files/${randomUUID()}`;
    photos.set(address, { bytes: Buffer.from(await content.arrayBuffer()), contentType: content.type });
    return address;
  }

  function send(response: ServerResponse, file: ServedFile | undefined): void {
    if (!file) return json(response, 404, {});
    const { body, contentType = 'image/webp', status = 200, location, isChunked = false } = file;
    response.writeHead(status, {
      'content-type': contentType,
      ...(isChunked ? {} : { 'content-length': body.length }),
      ...(location === undefined ? {} : { location }),
    });
    response.end(body);
  }

  return {
    environment: { REPLICATE_API_TOKEN: token, REPLICATE_WEBHOOK_SECRET: secret, REPLICATE_API_BASE: url },
    token,
    secret,
    predictions,
    photos,
    downloadHeaders,
    calls: (call) => counts.get(call) ?? 0,
    async canceled(id) {
      if (find(id).status !== 'canceled') await once(cancellations, id);
    },
    fail: (call, ...more) => void faults.set(call, [...(faults.get(call) ?? []), ...more]),
    serve(file) {
      const path = `/outputs/${randomUUID()}`;
      files.set(path, file);
      return url + path;
    },
    finish: (id, change) => void Object.assign(find(id), change),
    deliver(id, { to, eventId = `msg_${randomUUID()}`, at = new Date(), secret: key = secret, body, tamper = (text) => text, path }) {
      const prediction = find(id);
      const text = body ?? JSON.stringify(describe(prediction));
      const timestamp = String(Math.floor(at.getTime() / 1_000));
      const called = new URL(prediction.webhook ?? 'https://gateway.test/webhooks/replicate');
      return fetch(to + (path ?? called.pathname + called.search), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': eventId,
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,${signatureOf(key, `${eventId}.${timestamp}.${text}`)}`,
        },
        body: tamper(text),
      });
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As Standard Webhooks has it. */
export function signatureOf(secret: string, signed: string): string {
  return createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64')).update(signed).digest('base64');
}

function callOf(method: string | undefined, path: string): ReplicateCall | null {
  if (method === 'GET' && path.startsWith('/outputs/')) return 'download';
  if (method === 'POST' && path === '/v1/files') return 'upload';
  if (method === 'POST' && /^\/v1\/(models\/[^/]+\/[^/]+\/)?predictions$/.test(path)) return 'create';
  if (method === 'POST' && /^\/v1\/predictions\/[^/]+\/cancel$/.test(path)) return 'cancel';
  if (method === 'GET' && /^\/v1\/predictions\/[^/]+$/.test(path)) return 'get';
  return null;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
