import { once } from 'node:events';
import type { OutgoingHttpHeaders } from 'node:http';
import type { StreamPosition } from '../../domain/stream-position.js';
import { EVENT_STREAM_TYPE } from '../http/accept.js';
import type { Exchange } from '../http/exchange.js';

/** Proxies close what is silent for 30 to 60 seconds. */
const PING_MILLISECONDS = 12_000;

const HEADERS: OutgoingHttpHeaders = {
  'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`,
  'cache-control': 'no-store',
  // Asks nginx to pass each event on at once.
  'x-accel-buffering': 'no',
};

export interface EventStreams {
  /**
   * Writes results as server-sent events, in the "distinct connections" mode of the GraphQL over SSE protocol: `next` for
   * each result, `complete` at the end.
   *
   * Ends when the results end, when the exchange is aborted (the client has gone, or the server closes: then with
   * `complete`), when `endsAt` has passed, or when the results fail, which `describe` turns into a last one. A client that
   * reads slowly slows the results down; nothing is kept for it but the one that is being written.
   */
  send<Result>(exchange: StreamExchange, results: AsyncIterable<Result>, options: StreamOptions<Result>): Promise<void>;
  /** Ends every stream, so that its client connects elsewhere. */
  endAll(): void;
}

type StreamExchange = Pick<Exchange, 'response' | 'signal' | 'abort'>;

export interface StreamOptions<Result> {
  readonly present: (result: Result) => object;
  readonly describe: (error: unknown) => object;
  /** Its `id` is written with each result, for a client to go on from. Default: results have none. */
  readonly position?: StreamPosition | undefined;
  /** In milliseconds since 1970: nothing is told any more from then on. Default: never. */
  readonly endsAt?: number | undefined;
}

export interface EventStreamsOptions {
  /** Told how many streams are open, when that changes. */
  readonly onCount?: ((open: number) => void) | undefined;
  readonly now?: (() => Date) | undefined;
  /** Between signs of life, and between looks at `endsAt` while nothing is told. */
  readonly pingMilliseconds?: number | undefined;
}

interface OpenStream extends StreamExchange {
  readonly endsAt: number;
}

/** One timer serves all streams, and there is none without them. */
export function createEventStreams({
  onCount = () => undefined,
  now = () => new Date(),
  pingMilliseconds = PING_MILLISECONDS,
}: EventStreamsOptions = {}): EventStreams {
  const open = new Set<OpenStream>();
  let timer: NodeJS.Timeout | undefined;

  const isOver = ({ endsAt }: OpenStream): boolean => now().getTime() >= endsAt;

  function look(): void {
    for (const stream of open) {
      if (isOver(stream)) stream.abort(new Error('The time of the stream is up.'));
      // A client that does not read needs no more to read.
      else if (!stream.response.writableNeedDrain) stream.response.write(':\n\n');
    }
  }

  function enter(stream: OpenStream): void {
    open.add(stream);
    timer ??= setInterval(look, pingMilliseconds);
    onCount(open.size);
  }

  function leave(stream: OpenStream): void {
    open.delete(stream);
    if (open.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
    onCount(open.size);
  }

  return {
    async send(exchange, results, { present, describe, position, endsAt = Infinity }) {
      const { response, signal } = exchange;
      response.writeHead(200, HEADERS);
      const write = async (text: string): Promise<void> => {
        if (!response.write(text)) await once(response, 'drain', { signal });
      };
      const next = (result: object, id?: string): Promise<void> =>
        write(`${id === undefined ? '' : `id: ${id}\n`}event: next\ndata: ${JSON.stringify(result)}\n\n`);

      const stream: OpenStream = { response, signal, endsAt, abort: (reason) => exchange.abort(reason) };
      enter(stream);
      const steps = stepsOf(results[Symbol.asyncIterator](), signal);
      try {
        // Something at once, so that the client knows that it is connected. An id alone is no event, and is remembered.
        await write(position?.id === undefined ? ':\n\n' : `id: ${position.id}\n\n`);
        for (;;) {
          if (position) position.id = undefined;
          const step = await steps.next();
          if (step === 'aborted' || step.done === true || isOver(stream)) break;
          await next(present(step.value), position?.id);
        }
      } catch (error) {
        if (!signal.aborted) await next(describe(error)).catch(() => undefined);
      } finally {
        leave(stream);
        steps.stop();
        if (!response.destroyed) response.end('event: complete\ndata:\n\n');
      }
    },
    endAll() {
      for (const stream of open) stream.abort(new Error('The server closes.'));
    },
  };
}

/**
 * The iterator's steps, until the signal aborts. One promise a step, and no race with one that stays: that would keep
 * something of every event for as long as the stream lives.
 */
function stepsOf<Result>(iterator: AsyncIterator<Result>, signal: AbortSignal) {
  let onAbort = (): void => undefined;
  const listener = (): void => onAbort();
  signal.addEventListener('abort', listener, { once: true });
  return {
    next: () =>
      new Promise<IteratorResult<Result> | 'aborted'>((resolve, reject) => {
        onAbort = () => resolve('aborted');
        if (signal.aborted) onAbort();
        else iterator.next().then(resolve, reject);
      }),
    stop(): void {
      signal.removeEventListener('abort', listener);
      // Not awaited: a generator that waits for its next event answers only when that comes.
      void Promise.resolve(iterator.return?.()).catch(() => undefined);
    },
  };
}
