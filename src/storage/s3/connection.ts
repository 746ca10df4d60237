import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, ClientOptions } from 'minio';
import { StorageUnavailable } from '../errors.js';
import { explain, isRepeatable } from './faults.js';
import { s3Library } from './library.js';
import { createAgent, createTransport } from './transport.js';

export interface ConnectionSettings {
  readonly host: string;
  /** Null: the usual one of HTTP or HTTPS. */
  readonly port: number | null;
  readonly tls: boolean;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** How long the driver waits, in milliseconds, and how often it tries. */
export interface Patience {
  /** Nothing moves on the connection. Default 5,000. */
  readonly idleMs: number;
  /** One call with all its repetitions; of a read it is the time until the body begins. Default 30,000. */
  readonly callMs: number;
  /** How often a request is sent, the first time among it. Default 4. */
  readonly attempts: number;
  /** The longest pause before the second attempt; it doubles with each. A pause is random up to that. Default 200. */
  readonly pauseMs: number;
}

export const usualPatience: Patience = { idleMs: 5_000, callMs: 30_000, attempts: 4, pauseMs: 200 };

/** Requests at once. More wait their turn, within their time. */
const maxSockets = 64;

export interface CallOptions extends Partial<Patience> {
  /** Without a key, as anybody would ask. */
  readonly anonymous?: boolean;
}

/** A client for one attempt, whose requests end with that. */
type Work<T> = (client: Client) => Promise<T>;

export interface Connection {
  /**
   * One call, repeated where the store may answer in a moment; so the work must be fit to be done twice. Rejects with
   * `NoSuchObject`, `NoSuchRange`, `StorageUnavailable`, and what else of storage's errors the work throws.
   */
  call<T>(work: Work<T>, options?: CallOptions): Promise<T>;
  /** The same for an answer that is read afterwards. The connection is let go when the body ends or is destroyed. */
  open<T extends Readable>(work: Work<T>): Promise<T>;
  /** Ends every call, every body and every connection. */
  close(): void;
}

type How = Patience & Pick<CallOptions, 'anonymous'>;

/** The region's own host, which is right for every bucket of it; the global one answers for one region and redirects. */
export function hostOf({ host, region }: Pick<ConnectionSettings, 'host' | 'region'>): string {
  return host === 's3.amazonaws.com' ? `s3.${region}.amazonaws.com` : host;
}

/** The client's settings. It wants an IPv6 address without the brackets that it has in a URL. */
export function clientSettings(settings: ConnectionSettings): ClientOptions {
  return {
    endPoint: hostOf(settings).replace(/^\[(.*)\]$/, '$1'),
    ...(settings.port === null ? {} : { port: settings.port }),
    useSSL: settings.tls,
    // Without it the client asks the server for the region of each bucket.
    region: settings.region,
  };
}

export function createConnection(settings: ConnectionSettings, usual: Patience): Connection {
  const agent = createAgent({ tls: settings.tls, maxSockets, idleMs: usual.idleMs });
  const open = new Set<AbortController>();
  let isClosed = false;

  function clientFor(signal: AbortSignal, how: How, onStatus: (status: number) => void): Client {
    return new (s3Library().Client)({
      ...clientSettings(settings),
      ...(how.anonymous ? {} : { accessKey: settings.accessKey, secretKey: settings.secretKey }),
      transport: createTransport({ tls: settings.tls, signal, idleMs: how.idleMs, onStatus }),
      transportAgent: agent,
      // It would write to the console, and leave the store no time.
      retryOptions: { disableRetry: true },
    });
  }

  async function attempt<T>(work: Work<T>, controller: AbortController, how: How): Promise<T> {
    const { signal } = controller;
    for (let count = 1; ; count += 1) {
      let status: number | null = null;
      try {
        return await work(clientFor(signal, how, (seen) => (status = seen)));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        const failure = { error, status };
        if (count >= how.attempts || !isRepeatable(failure)) throw explain(failure);
      }
      const pause = Math.random() * how.pauseMs * 2 ** (count - 1);
      await delay(pause, undefined, { signal }).catch(() => {
        throw signal.reason;
      });
    }
  }

  /** Until `end`, closing the store ends it. */
  async function begin<T>(work: Work<T>, how: How): Promise<{ result: T; end: () => void }> {
    if (isClosed) throw closed();
    const controller = new AbortController();
    const end = (): void => void open.delete(controller);
    const timer = setTimeout(() => controller.abort(tooLate(how.callMs)), how.callMs);
    open.add(controller);
    try {
      return { result: await attempt(work, controller, how), end };
    } catch (error) {
      end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    async call(work, options = {}) {
      const { result, end } = await begin(work, { ...usual, ...options });
      end();
      return result;
    },

    async open(work) {
      const { result, end } = await begin(work, usual);
      result.once('close', end);
      return result;
    },

    close() {
      isClosed = true;
      for (const controller of open) controller.abort(closed());
      open.clear();
      agent.destroy();
    },
  };
}

function tooLate(callMs: number): StorageUnavailable {
  return new StorageUnavailable(`The S3 store did not answer within ${callMs} ms. Check STORAGE_URL, and whether it runs.`);
}

function closed(): StorageUnavailable {
  return new StorageUnavailable('The store was closed, as the process ends.');
}
