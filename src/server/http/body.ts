import { isUtf8 } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ClientGone } from './exchange.js';
import { badRequest, HttpRefusal } from './refusal.js';
import { type BodyTaker, GatewayRequest } from './request.js';

/**
 * Of a body that was refused, so much more is read and thrown away: a client that is still sending gets to read the
 * answer, and its connection stays usable. Who sends more than that is cut off.
 */
const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;
/** Nor may it take longer than this. */
const MAX_DISCARDING_MILLISECONDS = 30_000;

/**
 * Reads a request's body as UTF-8 text, at most `maxBytes` of it: what `Content-Length` claims is refused at once, and
 * what comes is counted, whatever was claimed. `advice` says what to do instead.
 *
 * @throws HttpRefusal 413 `PAYLOAD_TOO_LARGE`, 400 `BAD_REQUEST` for bytes that are no UTF-8; ClientGone.
 */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  maxBytes: number,
  advice = 'Photos do not travel in GraphQL: ask createUpload for a place to send them.',
): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(request, maxBytes, advice);
    if (request.headers.expect !== undefined) response.writeContinue();
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      leave(request, onData);
      reject(tooLarge(request, maxBytes, advice));
    };
    // A request that was read closes too: an error, with its stack, is only made for one that was not.
    const onGone = (): void => reject(new ClientGone());
    // It comes once.
    const onEnd = (): void => {
      request.off('close', onGone);
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      if (isUtf8(body)) resolve(body.toString());
      else reject(badRequest('The body must be UTF-8 text.'));
    };
    request.on('error', onGone);
    request.on('close', onGone);
    take(request, { onData, onEnd });
  });
}

function take(request: IncomingMessage, taker: BodyTaker): void {
  if (request instanceof GatewayRequest && request.takeBody(taker)) return;
  request.on('data', taker.onData);
  request.on('end', taker.onEnd);
}

function leave(request: IncomingMessage, onData: BodyTaker['onData']): void {
  if (request instanceof GatewayRequest) request.leaveBody();
  request.off('data', onData);
}

function tooLarge(request: IncomingMessage, maxBytes: number, advice: string): HttpRefusal {
  discard(request);
  return new HttpRefusal(
    413,
    'PAYLOAD_TOO_LARGE',
    `The body is larger than ${maxBytes} bytes. ${advice}`,
    // A client that waits for leave to send may now send its body or not; only a new connection makes that clear.
    request.headers.expect === undefined ? {} : { connection: 'close' },
  );
}

/** Reads the rest of a body that was refused, within bounds, and throws it away. */
export function discard(request: IncomingMessage): void {
  let discarded = 0;
  const timer = setTimeout(() => request.destroy(), MAX_DISCARDING_MILLISECONDS).unref();
  request.once('close', () => clearTimeout(timer));
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED_BYTES) request.destroy();
  });
  request.on('error', () => {
    // The client gave up sending, which is what it was asked to do.
  });
  request.resume();
}
