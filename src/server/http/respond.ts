import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** A response that is data: never stored, never sniffed, never a page or part of one. */
const DATA_HEADERS: readonly string[] = [
  ['cache-control', 'no-store'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
].flat();

/** Answers with a text, whole; of a HEAD request Node sends the headers alone. Does nothing for a client that has gone. */
export function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
  headers?: OutgoingHttpHeaders,
): void {
  if (response.destroyed || response.headersSent) return;
  // As bytes: a text would be joined to the headers, measured and written out, each a pass over all of it.
  const body = Buffer.from(text);
  const head: OutgoingHttpHeader[] = [...DATA_HEADERS, 'content-type', contentType, 'content-length', body.length];
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) head.push(name, value);
  }
  response.writeHead(status, head);
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, body: object, headers?: OutgoingHttpHeaders): void {
  sendText(response, status, JSON_TYPE, JSON.stringify(body), headers);
}
