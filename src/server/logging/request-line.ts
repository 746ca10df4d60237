import type { DestinationStream, Logger } from 'pino';
import { holdsNoSecret, redactLine } from './redaction.js';
import { lineTime } from './time.js';

/** What is logged of a request that is over. */
export interface RequestLine {
  /** See request-id.ts. */
  readonly requestId: string;
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly ms: number;
  /** The name is one by GraphQL's grammar. */
  readonly operation: { readonly type: string; readonly name: string | undefined } | undefined;
  /** Whether the client went before it had the whole answer. */
  readonly abandoned: boolean;
}

/** A name is the client's text; a log line is not the place for all of it. */
const MAX_LOGGED_NAME = 64;

/** Of the loggers that this process made, by which a line may be written without them. */
const destinations = new WeakMap<Logger, DestinationStream>();

/** Streams that want to be told of each line's level and logger, by pino itself. */
const WANTS_METADATA = Symbol.for('pino.metadata');

/** Says where a logger writes; its lines must begin with the level by name and the time, and nothing else. */
export function writesTo(log: Logger, destination: DestinationStream): void {
  if (!(WANTS_METADATA in destination)) destinations.set(log, destination);
}

/**
 * Returns what logs a request, by the level `info`. There is one such line for each request, so it is put together here, and
 * is, letter for letter, what the logger would make of it, at a third of the cost; by the logger itself where that is not
 * one of ours.
 */
export function createRequestLog(log: Logger): (line: RequestLine) => void {
  const destination = destinations.get(log);
  if (!destination) return (line) => log.info(fieldsOf(line), 'request');
  return (line) => {
    if (log.isLevelEnabled('info')) destination.write(textOf(line));
  };
}

/** For the logger. */
export function fieldsOf({ requestId, route, method, status, ms, operation, abandoned }: RequestLine): object {
  return {
    requestId,
    route,
    method,
    status,
    ms,
    ...(operation && { operation: operation.type, operationName: operation.name?.slice(0, MAX_LOGGED_NAME) }),
    ...(abandoned && { abandoned }),
  };
}

/** None of the values has a character that JSON escapes. Of all of them, clients write only the id and the name. */
function textOf({ requestId, route, method, status, ms, operation, abandoned }: RequestLine): string {
  const name = operation?.name?.slice(0, MAX_LOGGED_NAME);
  const line =
    `{"level":"info"${lineTime()},"requestId":"${requestId}","route":"${route}","method":"${method}","status":${status}` +
    `,"ms":${ms}${operation ? `,"operation":"${operation.type}"` : ''}${name === undefined ? '' : `,"operationName":"${name}"`}` +
    `${abandoned ? ',"abandoned":true' : ''},"msg":"request"}\n`;
  return holdsNoSecret(requestId) && (name === undefined || holdsNoSecret(name)) ? line : redactLine(line);
}
