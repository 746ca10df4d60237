import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './http/body.js';
import { HttpRefusal, methodNotAllowed } from './http/refusal.js';
import { sendJson } from './http/respond.js';

/** What a provider sent; nothing of it is checked so far. */
export interface WebhookDelivery {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** As it was sent: signatures are over these characters. */
  readonly body: string;
}

/**
 * Checks a delivery and sees to it. When it resolves, the event is kept and the provider need not send it again.
 *
 * @throws HttpRefusal for what is not the provider's, or too old. Whatever else it throws is answered as our fault, and
 * the provider tries again.
 */
export type WebhookReceiver = (delivery: WebhookDelivery) => Promise<void>;

/** A provider's event without its pictures; what is larger is none. */
const maxBodyBytes = 1_048_576;

/** Answers `POST /webhooks/<provider>`, for the providers that are configured. */
export function createWebhooksHandler(receivers: ReadonlyMap<string, WebhookReceiver>) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '', query = ''] = splitAt(request.url ?? '', '?');
    const receive = receivers.get(path.slice('/webhooks/'.length));
    if (!receive) throw new HttpRefusal(404, 'NOT_FOUND', 'No provider is configured that calls this address.');
    if (request.method !== 'POST') throw methodNotAllowed('POST');
    const body = await readBody(request, response, maxBodyBytes, 'No event is that large.');
    await receive({ headers: request.headers, query: new URLSearchParams(query), body });
    sendJson(response, 200, { received: true });
  };
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
