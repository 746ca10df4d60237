import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './errors.js';

const MAX_BODY_BYTES = 1024 * 1024;

/** @throws ApiError 413 for a larger body, 400 for one that is no UTF-8 text; Error where the client is gone. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and thrown away, so that the client gets to read the answer.
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    if (size > 64 * MAX_BODY_BYTES) request.destroy();
  }
  if (size > MAX_BODY_BYTES) {
    throw new ApiError(413, { type: 'invalid_request_error', message: `The body is larger than ${MAX_BODY_BYTES} bytes.` });
  }
  const body = Buffer.concat(chunks);
  if (!isUtf8(body)) throw new ApiError(400, { type: 'invalid_request_error', message: 'The body must be UTF-8 text.' });
  return body.toString();
}

export function send(
  response: ServerResponse,
  status: number,
  type: 'application/json' | 'text/html; charset=utf-8',
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether a request came under a name of this machine: no web page elsewhere can use a name of its own for it. */
export function isForLoopback({ headers }: IncomingMessage): boolean {
  return loopback.has((headers.host ?? '').replace(/:\d+$/, ''));
}
