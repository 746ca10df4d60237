import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** An answer that is no picture. The message says what to do, and nothing of what is or is not stored. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const FRESH_URL = 'Ask the API for this image again and use the URL that it gives you.';

export const methodNotAllowed: Refusal = {
  status: 405,
  code: 'METHOD_NOT_ALLOWED',
  message: 'Assets can be read with GET and HEAD only.',
};

export const badPath: Refusal = {
  status: 400,
  code: 'BAD_PATH',
  message: 'The path is not valid percent-encoded UTF-8. Use the URL exactly as the API gave it.',
};

export const signatureRequired: Refusal = {
  status: 403,
  code: 'SIGNATURE_REQUIRED',
  message: `This URL is not signed. ${FRESH_URL}`,
};

export const signatureInvalid: Refusal = {
  status: 403,
  code: 'SIGNATURE_INVALID',
  message: `The signature does not belong to this URL. ${FRESH_URL}`,
};

export const urlExpired: Refusal = {
  status: 403,
  code: 'URL_EXPIRED',
  message: `This URL has expired. ${FRESH_URL}`,
};

export const notFound: Refusal = {
  status: 404,
  code: 'NOT_FOUND',
  message: 'There is no such asset. It may have been deleted.',
};

export const elsewhere: Refusal = {
  status: 404,
  code: 'NOT_FOUND',
  message: `Pictures are at addresses of the store itself. ${FRESH_URL}`,
};

export const rangeNotSatisfiable: Refusal = {
  status: 416,
  code: 'RANGE_NOT_SATISFIABLE',
  message: 'The asset is shorter than the range asked for. Content-Range says how long it is.',
};

export const unexpected: Refusal = {
  status: 500,
  code: 'INTERNAL_SERVER_ERROR',
  message: 'The asset could not be read. Try again.',
};

/** Answers with `{ error: { code, message } }`. Never cached: what is refused now may be right in a minute. */
export function refuse(response: ServerResponse, refusal: Refusal, headers: OutgoingHttpHeaders = {}): void {
  const { status, code, message } = refusal;
  const body = Buffer.from(JSON.stringify({ error: { code, message } }));
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  response.end(body);
}
