import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { EVENT_STREAM_TYPE } from '../http/accept.js';

/** Proxies close what is silent for 30 to 60 seconds. */
const PING_MILLISECONDS = 12_000;

const HEADERS: OutgoingHttpHeaders = {
  'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`,
  'cache-control': 'no-store',
  // Asks nginx to pass each event on at once.
  'x-accel-buffering': 'no',
};

/**
 * Writes results as server-sent events, in the "distinct connections" mode of the GraphQL over SSE protocol: `next` for
 * each result, `complete` at the end.
 *
 * Ends when the results end, when `signal` aborts (the client has gone, or the server closes: then with `complete`), or
 * when they fail, which `describe` turns into a last result. A client that reads slowly slows the results down.
 */
export async function sendEventStream<Result>(
  response: ServerResponse,
  results: AsyncIterable<Result>,
  options: {
    readonly signal: AbortSignal;
    readonly present: (result: Result) => object;
    readonly describe: (error: unknown) => object;
  },
): Promise<void> {
  const { signal, present, describe } = options;
  response.writeHead(200, HEADERS);
  const write = async (text: string): Promise<void> => {
    if (!response.write(text)) await once(response, 'drain', { signal });
  };
  const next = (result: object): Promise<void> => write(`event: next\ndata: ${JSON.stringify(result)}\n\n`);

  const pings = setInterval(() => {
    // A client that does not read needs no more to read.
    if (!response.writableNeedDrain) response.write(':\n\n');
  }, PING_MILLISECONDS);
  const iterator = results[Symbol.asyncIterator]();
  const aborted = whenAborted(signal);
  try {
    // Something at once, so that the client knows that it is connected.
    await write(':\n\n');
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted.promise]);
      if (step === 'aborted' || step.done === true) break;
      await next(present(step.value));
    }
  } catch (error) {
    if (!signal.aborted) await next(describe(error)).catch(() => undefined);
  } finally {
    clearInterval(pings);
    aborted.stop();
    // Not awaited: a generator that waits for its next event answers only when that comes.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    if (!response.destroyed) response.end('event: complete\ndata:\n\n');
  }
}

function whenAborted(signal: AbortSignal): { promise: Promise<'aborted'>; stop: () => void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<'aborted'>((resolve) => {
    onAbort = () => resolve('aborted');
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  return { promise, stop: () => signal.removeEventListener('abort', onAbort) };
}
