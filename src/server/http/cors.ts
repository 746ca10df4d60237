import type { IncomingMessage, ServerResponse } from 'node:http';
import { setEarlyHeader } from './response.js';

const PREFLIGHT_SECONDS = 600;
/** What a client may send beside the headers that browsers always allow. */
const ALLOWED_HEADERS = 'authorization, content-type, last-event-id, x-graphql-cost, x-request-id';

/**
 * Cross-origin access, closed unless an origin is listed, letter for letter (`https://app.example.com`). Callers show
 * who they are by a bearer token, so credentials (cookies) are never allowed.
 *
 * The returned function adds the headers, and says whether the request was a preflight that is thereby answered.
 */
export function createCors(
  origins: readonly string[],
  methods: string,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const allowed: ReadonlySet<string> = new Set(origins);
  return (request, response) => {
    // A cache must not hand one origin's answer to another.
    if (allowed.size > 0) setEarlyHeader(response, 'vary', 'Origin');
    const { origin } = request.headers;
    const isAllowed = origin !== undefined && allowed.has(origin);
    if (isAllowed) {
      setEarlyHeader(response, 'access-control-allow-origin', origin);
      setEarlyHeader(response, 'access-control-expose-headers', 'retry-after, x-request-id');
    }
    if (request.method !== 'OPTIONS') return false;
    if (isAllowed) {
      response.setHeader('access-control-allow-methods', methods);
      response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
      response.setHeader('access-control-max-age', PREFLIGHT_SECONDS);
    }
    response.writeHead(204, { allow: `${methods}, OPTIONS` });
    response.end();
    return true;
  };
}
