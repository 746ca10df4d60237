import { ServerResponse } from 'node:http';
import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import type { GatewayRequest } from './request.js';

/**
 * A response of which some headers are known before its answer is. What is set early Node checks, keeps and copies, and joins
 * when the head is written; a flat list it joins at once. So early headers wait here, and go with the head, whoever writes it.
 */
export class GatewayResponse extends ServerResponse<GatewayRequest> {
  readonly #early: OutgoingHttpHeader[] = [];

  setEarly(name: string, value: string): void {
    this.#early.push(name, value);
  }

  override writeHead(
    statusCode: number,
    statusMessage?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
  ): this {
    const own = typeof statusMessage === 'string' ? headers : (statusMessage ?? headers);
    const message = typeof statusMessage === 'string' ? statusMessage : undefined;
    if (message === undefined && Array.isArray(own)) return super.writeHead(statusCode, this.#early.concat(own));
    for (let at = 0; at < this.#early.length; at += 2) {
      const name = String(this.#early[at]);
      if (!this.hasHeader(name)) this.setHeader(name, this.#early[at + 1] ?? '');
    }
    return super.writeHead(statusCode, message, own);
  }
}

/**
 * Sets a header that every answer to this request has, before anybody knows the answer; each once. Nobody takes it back.
 */
export function setEarlyHeader(response: ServerResponse, name: string, value: string): void {
  if (response instanceof GatewayResponse) response.setEarly(name, value);
  else response.setHeader(name, value);
}
