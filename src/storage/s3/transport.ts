import http from 'node:http';
import https from 'node:https';
import { isPassing } from './faults.js';

/** How the driver's requests go out; the client calls it in place of node:http. */
export interface Transport {
  readonly request: typeof http.request;
}

export interface TransportOptions {
  readonly tls: boolean;
  /** Ends the request, and its answer where that is still coming. */
  readonly signal: AbortSignal;
  /** The request ends where nothing moves for so long, from connecting to the last byte. */
  readonly idleMs: number;
  /** Told of each status that comes. */
  readonly onStatus: (status: number) => void;
}

/** The connection was silent for too long. */
class TimedOut extends Error {
  override readonly name = 'TimedOut';
  readonly code = 'ETIMEDOUT';
}

/** Bounds what the client leaves unbounded: it knows no time-out, no signal, and leaves some answers unread. */
export function createTransport({ tls, signal, idleMs, onStatus }: TransportOptions): Transport {
  const { request } = tls ? https : http;
  function send(options: http.RequestOptions, onResponse: (response: http.IncomingMessage) => void): http.ClientRequest {
    const sent = request({ ...options, signal, timeout: idleMs }, (response) => {
      const status = response.statusCode ?? 0;
      onStatus(status);
      // The client throws at these without reading them, and the connection would be kept from others for ever.
      if (isPassing(status)) response.resume();
      onResponse(response);
    });
    sent.on('timeout', () => sent.destroy(new TimedOut(`Nothing came for ${idleMs} ms.`)));
    return sent;
  }
  return { request: send as typeof http.request };
}

/** Keeps connections between requests; `destroy` ends them. */
export function createAgent({ tls, maxSockets, idleMs }: { tls: boolean; maxSockets: number; idleMs: number }): http.Agent {
  const Agent = tls ? https.Agent : http.Agent;
  return new Agent({ keepAlive: true, maxSockets, timeout: idleMs });
}
