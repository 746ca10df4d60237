import type { OutgoingHttpHeaders } from 'node:http';

/** A request that is answered by its HTTP status alone, before any GraphQL. The message is for the client. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: OutgoingHttpHeaders = {},
  ) {
    super(message);
    this.name = 'HttpRefusal';
  }
}

export const badRequest = (message: string): HttpRefusal => new HttpRefusal(400, 'BAD_REQUEST', message);

export const methodNotAllowed = (allowed: string): HttpRefusal =>
  new HttpRefusal(405, 'METHOD_NOT_ALLOWED', `This address answers ${allowed} only.`, { allow: allowed });

/** Every refusal has the shape of a GraphQL response, so that clients have one way to read errors. */
export function refusalBody(code: string, message: string): { errors: readonly object[] } {
  return { errors: [{ message, extensions: { code } }] };
}
