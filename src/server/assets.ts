import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isPublicKey, isStorageKey } from '../storage/keys.js';
import { ASSETS_PATH } from '../storage/signed-urls.js';
import type { VerifySignedUrl } from '../storage/signed-urls.js';
import type { ByteRange, Storage, StoredObject } from '../storage/storage.js';
import { isUnmodified, requestedRange, validatorsOf } from './assets/conditions.js';
import * as refusals from './assets/refusals.js';
import type { Refusal } from './assets/refusals.js';

export interface AssetsHandlerOptions {
  readonly storage: Pick<Storage, 'stat' | 'get'>;
  /** Judges signed URLs (storage/signed-urls.ts). */
  readonly verify: VerifySignedUrl;
  readonly now?: () => Date;
  /** Told of what no client caused, for the log. A client that goes away is none of it. */
  readonly reportError: (error: unknown) => void;
}

export type AssetsHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What a browser may show. Anything else is handed over as a file to keep: an SVG or HTML would run as our page. */
const SHOWN_TYPES: ReadonlySet<string> = new Set(['image/webp', 'image/jpeg', 'image/png']);

const PUBLIC_CACHING = 'public, max-age=31536000, immutable';

/**
 * Serves `/assets/<key>` by GET and HEAD: plain keys under `community/`, all others by signed URL alone. The returned
 * function answers every request itself and never rejects.
 *
 * The conditional-GET rules are the `fresh` package's; `send`, which would do the rest too, reads files by path, and
 * this must serve any driver's streams.
 */
export function createAssetsHandler(options: AssetsHandlerOptions): AssetsHandler {
  const { storage, verify, now = () => new Date(), reportError } = options;

  /** Who may read the key until when: the caching to answer with, or the refusal. */
  function admit(key: string, query: URLSearchParams): { readonly caching: string } | Refusal {
    if (isPublicKey(key)) return { caching: PUBLIC_CACHING };
    const verdict = verify({ key, expires: onlyValue(query, 'expires'), signature: onlyValue(query, 'signature') });
    switch (verdict.kind) {
      case 'missing':
        return refusals.signatureRequired;
      case 'invalid':
        return refusals.signatureInvalid;
      case 'expired':
        return refusals.urlExpired;
      case 'valid': {
        const seconds = Math.max(0, Math.floor((verdict.expiresAt.getTime() - now().getTime()) / 1000));
        return { caching: `private, max-age=${seconds}, immutable` };
      }
    }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refusals.refuse(response, refusals.methodNotAllowed, { allow: 'GET, HEAD' });
      return;
    }
    const target = parseTarget(request.url ?? '');
    if ('status' in target) {
      refusals.refuse(response, target);
      return;
    }
    const admitted = admit(target.key, target.query);
    if ('status' in admitted) {
      refusals.refuse(response, admitted);
      return;
    }
    const object = await storage.stat(target.key);
    if (object === null) {
      refusals.refuse(response, refusals.notFound);
      return;
    }
    const headers = headersOf(object, admitted.caching);
    if (isUnmodified(request.headers, object)) {
      response.writeHead(304, headers).end();
      return;
    }
    if (request.method === 'HEAD') {
      // Ranges are for GET alone (RFC 9110 §14.2).
      response.writeHead(200, { ...headers, ...contentHeadersOf(object) }).end();
      return;
    }
    const range = requestedRange(request.headers, object);
    if (range === 'unsatisfiable') {
      const contentRange = `bytes */${object.byteSize}`;
      refusals.refuse(response, refusals.rangeNotSatisfiable, { 'content-range': contentRange });
      return;
    }
    await send(response, object, headers, range === 'whole' ? undefined : range);
  }

  async function send(
    response: ServerResponse,
    object: StoredObject,
    headers: OutgoingHttpHeaders,
    range: ByteRange | undefined,
  ): Promise<void> {
    const found = await storage.get(object.key, range);
    if (found === null) {
      refusals.refuse(response, refusals.notFound);
      return;
    }
    if (response.destroyed) {
      found.body.destroy();
      return;
    }
    if (found.object.etag !== object.etag) {
      // Headers of one content before bytes of another would stay in a cache for good.
      found.body.destroy();
      throw new Error(`${object.key} was replaced while it was being read.`);
    }
    response.writeHead(range === undefined ? 200 : 206, { ...headers, ...contentHeadersOf(object, range) });
    // Waits for a slow client, and closes the file when it goes away.
    await pipeline(found.body, response);
  }

  return async (request, response) => {
    try {
      await serve(request, response);
    } catch (error) {
      if (isClientGone(error)) return;
      reportError(error);
      // With the head sent, the pipeline has broken the connection, so that the client sees that bytes are missing.
      if (!response.headersSent) refusals.refuse(response, refusals.unexpected);
    }
  };
}

/** The key and query of `/assets/<key>?<query>`, decoded once. What is no storage key is not found. */
function parseTarget(url: string): { readonly key: string; readonly query: URLSearchParams } | Refusal {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  if (!path.startsWith(ASSETS_PATH)) return refusals.notFound;
  let key: string;
  try {
    // Not through `URL`, which would resolve `..` and make one path of another before anybody looked.
    key = decodeURIComponent(path.slice(ASSETS_PATH.length));
  } catch {
    return refusals.badPath;
  }
  if (!isStorageKey(key)) return refusals.notFound;
  return { key, query: new URLSearchParams(queryAt === -1 ? '' : url.slice(queryAt)) };
}

/** A parameter given twice has no value: two readers could each see another one. */
function onlyValue(query: URLSearchParams, name: string): string | null {
  const values = query.getAll(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** What a 200, a 206 and a 304 have in common. */
function headersOf(object: StoredObject, caching: string): OutgoingHttpHeaders {
  return {
    ...validatorsOf(object),
    'cache-control': caching,
    'accept-ranges': 'bytes',
    // An image opened as a page of its own runs nothing and loads nothing.
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    // Web apps on other origins show these images; the signature is what guards them.
    'cross-origin-resource-policy': 'cross-origin',
  };
}

function contentHeadersOf(object: StoredObject, range?: ByteRange): OutgoingHttpHeaders {
  const shown = SHOWN_TYPES.has(object.contentType);
  const length = range === undefined ? object.byteSize : range.end - range.start + 1;
  return {
    'content-type': shown ? object.contentType : 'application/octet-stream',
    'content-disposition': shown ? 'inline' : 'attachment',
    'content-length': length,
    ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${object.byteSize}` }),
  };
}

/** The response was closed under the pipeline, or before it began. What a store throws has other codes. */
function isClientGone(error: unknown): boolean {
  const codes = ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_UNABLE_TO_PIPE'];
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
