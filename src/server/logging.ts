import { createRequire } from 'node:module';
import type { IncomingHttpHeaders } from 'node:http';
import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from '../config/environment.js';
import { redactLine } from './logging/redaction.js';
import { requestIdOf } from './logging/request-id.js';

export interface LoggerSettings {
  readonly level: LogLevel;
  readonly production: boolean;
  /** Default: standard output. */
  readonly destination?: DestinationStream;
}

/**
 * One JSON object a line, with the level by name and the time as ISO 8601; readable lines instead where a person in
 * development looks at a terminal and pino-pretty is installed. No line holds a secret (logging/redaction.ts).
 */
export function createLogger(settings: LoggerSettings): Logger {
  const destination = settings.destination ?? prettyTerminal(settings) ?? pino.destination(1);
  return pino(
    {
      level: settings.level,
      // Containers name the process and the machine themselves.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        err: stdSerializers.errWithCause,
        error: stdSerializers.errWithCause,
        req: requestFields,
        request: requestFields,
      },
      hooks: { streamWrite: redactLine },
    },
    destination,
  );
}

/**
 * The id of a request, and a logger that puts it on each line: `x-request-id` is taken over where it is sane, so that
 * one id follows a request through a proxy.
 */
export function requestLogger(
  logger: Logger,
  request: { readonly headers: IncomingHttpHeaders },
): { readonly requestId: string; readonly log: Logger } {
  const requestId = requestIdOf(request.headers['x-request-id']);
  return { requestId, log: logger.child({ requestId }) };
}

/** What a log may say of a request: no headers, no addresses, and no query, which holds variables and signatures. */
function requestFields(request: unknown): unknown {
  if (typeof request !== 'object' || request === null) return undefined;
  const { method, url } = request as { readonly method?: unknown; readonly url?: unknown };
  return {
    method: typeof method === 'string' ? method : undefined,
    path: typeof url === 'string' ? url.replace(/[?#].*$/s, '') : undefined,
  };
}

/** Null where nobody looks, or where the development dependency is left out. */
function prettyTerminal({ production }: LoggerSettings): DestinationStream | null {
  if (production || !process.stdout.isTTY) return null;
  try {
    const pretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
    return pretty({ sync: true, translateTime: 'SYS:HH:MM:ss.l', singleLine: true });
  } catch {
    return null;
  }
}
