import { createRequire } from 'node:module';
import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import type { LogLevel } from '../config/environment.js';
import { redactLine } from './logging/redaction.js';
import { writesTo } from './logging/request-line.js';
import { lineTime } from './logging/time.js';

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
  const destination = settings.destination ?? prettyTerminal(settings) ?? standardOutput(settings);
  const log = pino(
    {
      level: settings.level,
      // Containers name the process and the machine themselves.
      base: null,
      timestamp: () => lineTime(),
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
  writesTo(log, destination);
  return log;
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

/**
 * In production lines are written some pages at a time, at the latest after a second and at the end of the process: a
 * system call for each request would cost as much as its database statement does here. A process that is killed outright
 * loses what it had not written yet.
 */
function standardOutput({ production }: LoggerSettings): DestinationStream {
  if (!production) return pino.destination(1);
  const buffered = pino.destination({ dest: 1, sync: false, minLength: 4_096, periodicFlush: 1_000 });
  process.on('exit', () => {
    try {
      buffered.flushSync();
    } catch {
      // It was never opened, or nobody reads it any more.
    }
  });
  return buffered;
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
